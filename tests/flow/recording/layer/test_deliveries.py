"""What the recorder knows of a layer: members, mailboxes, messages."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest

from minichannels.exceptions import ChannelFull, MessageTooLarge
from minichannels.flow import Flow, Journal
from minichannels.flow.journal.events import Entry, Who
from minichannels.flow.journal.keeping import LARGEST
from minichannels.flow.journal.payloads import LONGEST
from minichannels.flow.recording.application.causes import CURRENT
from minichannels.flow.recording.layer import channels, inflight
from minichannels.flow.recording.layer.layer import RecordedLayer
from minichannels.layers import InMemoryChannelLayer
from minichannels.layers.own import ours
from support.connections import connect
from support.layers import LayerWithoutExtensions
from support.loops import ticks


class Silent:
    """A layer that tells nothing, and keeps one message a channel."""

    def __init__(self) -> None:
        self.messages: dict[str, Any] = {}

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        self.messages[channel] = message

    async def receive(self, channel: str) -> Any:
        return self.messages.pop(channel)


class Told:
    """A log that keeps of which kinds the events are that it is told of."""

    joins = False

    def __init__(self) -> None:
        self.kinds: list[list[str]] = []

    def added(self, entries: Iterable[Entry]) -> None:
        self.kinds.append([entry.kind for entry in entries])

    def took_back(self, entries: Iterable[Entry]) -> None:
        raise NotImplementedError

    def named(self, channel: str, who: Who) -> None:
        pass


class Full(Silent):
    """A layer that takes nothing."""

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        raise ChannelFull


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.fixture
async def layer(journal: Journal) -> AsyncIterator[Any]:
    inner = InMemoryChannelLayer(capacity=2)
    recorded = RecordedLayer(inner, journals=lambda: (journal,))
    yield recorded
    recorded._minichannels_unwatch()


def fates(journal: Journal) -> list[tuple[str, str, str, str]]:
    return [(e.kind, e.type, e.status, e.reason) for e in Flow(journal)]


async def test_a_send_is_delivered_to_the_channel(
    layer: Any, journal: Journal
) -> None:
    await layer.send("notes", {"type": "x", "a": [1]})

    assert await layer.receive("notes") == {"type": "x", "a": [1]}
    sent, delivery = Flow(journal)
    assert (sent.source, sent.target, sent.member) == (
        *("notebook", "layer", "notes"),
    )
    assert (delivery.source, delivery.target) == ("layer", "notes")
    assert (delivery.status, delivery.cause) == ("delivered", 1)


async def test_a_drop_has_its_numbers(layer: Any, journal: Journal) -> None:
    await layer.group_add("chat", "a")
    for _ in range(3):
        await layer.group_send("chat", {"type": "x"})

    assert [fate[2:] for fate in fates(journal) if fate[0] == "deliver"] == [
        ("waiting", "waits 1/2"),
        ("waiting", "waits 2/2"),
        ("dropped", "full 2/2"),
    ]
    assert [
        (e.waiting, e.capacity) for e in Flow(journal) if e.kind == "deliver"
    ] == [(1, 2), (2, 2), (None, 2)]


async def test_a_full_channel_refuses_a_send(
    layer: Any, journal: Journal
) -> None:
    for _ in range(2):
        await layer.send("a", {"type": "x"})
    with pytest.raises(ChannelFull):
        await layer.send("a", {"type": "y"})

    assert fates(journal)[-1] == ("deliver", "y", "refused", "full 2/2")


async def test_a_refusal_without_numbers_has_none(journal: Journal) -> None:
    layer = RecordedLayer(Full(), journals=lambda: (journal,))
    with pytest.raises(ChannelFull):
        await layer.send("a", {"type": "y"})

    assert fates(journal)[-1] == ("deliver", "y", "refused", "full")
    assert Flow(journal).events[-1].capacity is None


async def test_what_the_layer_cannot_take_is_not_delivered(
    layer: Any, journal: Journal
) -> None:
    with pytest.raises(MessageTooLarge):
        await layer.send("a", {"type": "x", "a": "x" * 2_000_000})

    assert fates(journal) == [("channel_send", "x", "refused", "raised")]


@pytest.mark.parametrize(
    ("name", "message"), [(5, {"type": "x"}), ("a", "x"), ([], {})]
)
async def test_nonsense_gets_the_layers_own_error(
    layer: Any, journal: Journal, name: Any, message: Any
) -> None:
    for call in (layer.send, layer.group_send):
        with pytest.raises(TypeError):
            await call(name, message)
    with pytest.raises(TypeError):
        await layer.group_add(name, 5)
    with pytest.raises(TypeError):
        await layer.receive(5)

    assert len(journal) == 0


async def test_a_cycle_gets_the_layers_own_error(
    layer: Any, journal: Journal
) -> None:
    message: dict[str, Any] = {"type": "x"}
    message["self"] = message

    with pytest.raises(TypeError, match="does it contain itself"):
        await layer.send("a", message)

    assert fates(journal) == [("channel_send", "x", "refused", "raised")]


class Lenient(Silent):
    """A layer that takes whatever it is given, and has groups."""

    def __init__(self) -> None:
        super().__init__()
        self.members: list[Any] = []

    async def group_add(self, group: Any, channel: Any) -> None:
        self.members.append(channel)


async def test_a_lenient_layer_may_take_a_cycle(journal: Journal) -> None:
    layer = RecordedLayer(Lenient(), journals=lambda: (journal,))
    message: dict[str, Any] = {"type": "x"}
    message["self"] = message

    await layer.send("a", message)
    received = await layer.receive("a")

    assert received["self"]["self"] is message
    assert message.keys() == {"type", "self"}
    assert [fate[0] for fate in fates(journal)] == ["channel_send", "deliver"]
    assert "<dict>" in repr(Flow(journal).events[0].payload)


async def test_a_lenient_layer_may_take_other_names_unrecorded(
    journal: Journal,
) -> None:
    inner: Any = Lenient()
    layer = RecordedLayer(inner, journals=lambda: (journal,))

    await layer.send(5, {"type": "x"})
    await layer.group_add("chat", 5)

    assert inner.messages == {5: {"type": "x"}}
    assert inner.members == [5]
    assert len(journal) == 0


async def test_a_dict_of_another_class_is_judged_by_the_layer(
    layer: Any, journal: Journal
) -> None:
    message = OrderedDict(type="x", a=1)
    await layer.send("a", message)

    assert await layer.receive("a") == {"type": "x", "a": 1}
    assert [fate[2] for fate in fates(journal)] == ["delivered"] * 2


async def test_what_a_sender_changes_later_does_not_change_the_journal(
    journal: Journal,
) -> None:
    layer = RecordedLayer(Silent(), journals=lambda: (journal,))
    numbers = [1]
    await layer.send("a", {"type": "x", "numbers": numbers})

    numbers.append(2)
    received = await layer.receive("a")
    received["numbers"].append(3)

    assert [dict(event.payload) for event in Flow(journal)] == [
        {"numbers": [1]},
        {"numbers": [1]},
    ]


@pytest.mark.parametrize("type_", [[], {}, 5, None])
async def test_a_type_that_is_no_text_is_recorded_as_text(
    journal: Journal, type_: Any
) -> None:
    layer = RecordedLayer(Silent(), journals=lambda: (journal,))

    await layer.send("a", {"type": type_})

    assert await layer.receive("a") == {"type": type_}
    assert {event.type for event in Flow(journal)} == {str(type_)}


async def test_nothing_is_put_into_a_message_for_whoever_reads_unrecorded(
    layer: Any, journal: Journal
) -> None:
    inner = layer._minichannels_inner
    await layer.group_add("chat", "a")
    await layer.group_send("chat", {"type": "x", "a": {"b": 1}})
    await layer.send("b", {"type": "y"})

    assert await inner.receive("a") == {"type": "x", "a": {"b": 1}}
    assert await inner.receive("b") == {"type": "y"}


async def test_a_message_may_be_as_large_as_without_a_recorder(
    layer: Any, journal: Journal
) -> None:
    def large(size: int) -> dict[str, Any]:
        return {"type": "x", "text": "a" * size}

    size = 1_000_000
    while True:
        try:
            await layer._minichannels_inner.send("a", large(size))
            break
        except MessageTooLarge:
            size -= 1

    await layer.send("b", large(size))

    assert (await layer.receive("b"))["text"] == "a" * size


async def test_of_what_is_too_large_all_keep_the_beginning(
    journal: Journal,
) -> None:
    layer = RecordedLayer(Silent(), journals=lambda: (journal,))
    message = {"type": "x", "text": "a" * (LARGEST + 1)}
    await layer.send("notes", message)

    assert await layer.receive("notes") == message
    sent, delivery = Flow(journal)
    assert sent.payload["text"] == "a" * LONGEST + "…"
    assert delivery.payload == sent.payload
    assert (sent.status, delivery.status) == ("delivered", "delivered")


async def test_a_log_is_told_of_a_send_and_its_deliveries_at_once(
    layer: Any, journal: Journal
) -> None:
    log = Told()
    journal.log = log
    await layer.group_add("room", "ada")
    await layer.group_add("room", "bob")
    await layer.group_send("room", {"type": "x"})

    assert log.kinds[-1] == ["group_send", "deliver", "deliver"]


async def test_of_equal_messages_the_first_is_read_first(
    layer: Any, journal: Journal
) -> None:
    for _ in range(2):
        await layer.send("a", {"type": "x"})

    await layer.receive("a")

    first, second = (e for e in Flow(journal) if e.kind == "deliver")
    assert (first.status, second.status) == ("delivered", "waiting")


async def test_of_equal_messages_the_last_has_no_room(
    layer: Any, journal: Journal
) -> None:
    await layer.group_add("chat", "a")
    for _ in range(3):
        await layer.group_send("chat", {"type": "x"})

    statuses = [e.status for e in Flow(journal) if e.kind == "deliver"]
    assert statuses == ["waiting", "waiting", "dropped"]


async def test_what_was_not_sent_here_has_no_cause(
    layer: Any, journal: Journal
) -> None:
    await layer.send("b", {"type": "x", "n": 1})
    await layer._minichannels_inner.send("a", {"type": "x", "n": 2})

    await layer.receive("a")

    delivery = Flow(journal).events[-1]
    assert (delivery.kind, delivery.cause) == ("deliver", None)


async def test_a_layer_that_refuses_a_group_send_is_taken_at_its_word(
    journal: Journal,
) -> None:
    class Broken(Lenient):
        async def group_send(self, group: str, message: Any) -> None:
            raise ConnectionError

    layer = RecordedLayer(Broken(), journals=lambda: (journal,))
    for channel in "abc":
        await layer.group_add("chat", channel)
    with pytest.raises(ConnectionError):
        await layer.group_send("chat", {"type": "x"})

    assert fates(journal)[3:] == [("group_send", "x", "refused", "raised")]


async def test_a_bad_name_is_no_membership(
    layer: Any, journal: Journal
) -> None:
    with pytest.raises(TypeError):
        await layer.group_add("chat room", "a")

    assert len(journal) == 0


async def test_who_joins_and_leaves_is_written_down(
    layer: Any, journal: Journal
) -> None:
    channel = await layer.new_channel()
    await layer.group_add("chat", channel)
    await layer.group_discard("chat", channel)
    await layer.group_send("chat", {"type": "x"})

    assert [(e.kind, e.group, e.member, e.members) for e in Flow(journal)] == [
        ("join", "chat", "channel#1", 0),
        ("leave", "chat", "channel#1", 0),
        ("group_send", "chat", "", 0),
    ]


async def test_flush_ends_what_waits_and_all_groups(
    layer: Any, journal: Journal
) -> None:
    await layer.group_add("chat", "a")
    await layer.group_send("chat", {"type": "x"})

    await layer.flush()
    await layer.group_send("chat", {"type": "y"})

    assert [fate for fate in fates(journal) if fate[0] != "join"] == [
        ("group_send", "x", "delivered", ""),
        ("deliver", "x", "waiting", "waits 1/2"),
        ("loss", "x", "undelivered", "undelivered"),
        ("group_send", "y", "delivered", ""),
    ]


async def test_members_from_before_are_known(journal: Journal) -> None:
    inner = InMemoryChannelLayer()
    await inner.group_add("chat", "a")
    layer = RecordedLayer(inner, journals=lambda: (journal,))

    await layer.group_send("chat", {"type": "x"})

    assert [event.kind for event in Flow(journal)] == ["group_send", "deliver"]
    layer._minichannels_unwatch()


async def test_a_message_from_before_is_written_down(journal: Journal) -> None:
    inner = InMemoryChannelLayer()
    await inner.send("a", {"type": "x"})
    layer = RecordedLayer(inner, journals=lambda: (journal,))

    assert await layer.receive("a") == {"type": "x"}

    assert fates(journal) == [("deliver", "x", "delivered", "")]
    layer._minichannels_unwatch()


async def test_a_member_that_joined_unseen_gets_its_delivery(
    layer: Any, journal: Journal
) -> None:
    await layer._minichannels_inner.group_add("chat", "a")
    await layer.group_send("chat", {"type": "x"})

    await layer.receive("a")

    sent, delivery = Flow(journal)
    assert delivery.cause == sent.seq


async def test_a_layer_that_nobody_records_works() -> None:
    layer = RecordedLayer(InMemoryChannelLayer())
    await layer.send("a", {"type": "x"})

    assert await layer.receive("a") == {"type": "x"}
    layer._minichannels_unwatch()


async def test_what_a_silent_layer_lost_is_not_received(
    journal: Journal,
) -> None:
    layer = RecordedLayer(Silent(), journals=lambda: (journal,))
    await layer.send("a", {"type": "x"})
    await layer.send("a", {"type": "y"})

    assert (await layer.receive("a"))["type"] == "y"

    assert [fate for fate in fates(journal) if fate[0] == "deliver"] == [
        ("deliver", "x", "undelivered", "not received"),
        ("deliver", "y", "delivered", ""),
    ]


async def test_a_silent_layers_unknown_message_passes_nothing_over(
    journal: Journal,
) -> None:
    inner = Silent()
    layer = RecordedLayer(inner, journals=lambda: (journal,))
    await layer.send("a", {"type": "x"})
    inner.messages["a"] = {"type": "from elsewhere"}

    await layer.receive("a")

    assert ("deliver", "x", "waiting", "waits 1") in fates(journal)


async def test_deliveries_that_are_never_read_are_forgotten(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inflight, "MOST_WAITING", 2)
    layer = RecordedLayer(Silent(), journals=lambda: (journal,))
    for _ in range(5):
        await layer.send("a", {"type": "x"})

    layer._minichannels_mail.finish(journal)

    assert [fate[0] for fate in fates(journal)].count("loss") == 2


async def test_finish_leaves_other_journals_alone(journal: Journal) -> None:
    layer = RecordedLayer(Silent(), journals=lambda: (journal,))
    await layer.send("a", {"type": "x"})

    layer._minichannels_mail.finish(Journal())

    assert [fate[0] for fate in fates(journal)] == ["channel_send", "deliver"]


async def test_finish_ends_what_waits_in_one_journal_alone() -> None:
    first, second = Journal(), Journal()
    layer = RecordedLayer(
        InMemoryChannelLayer(), journals=lambda: (first, second)
    )
    await layer.group_add("chat", "a")
    await layer.group_send("chat", {"type": "x"})
    await layer.send("a", {"type": "y"})

    layer._minichannels_mail.finish(first)

    lost = ("undelivered", "undelivered")
    assert [fate[2:] for fate in fates(first) if fate[0] == "loss"] == [
        lost,
        lost,
    ]
    assert [f[2] for f in fates(second) if f[0] == "deliver"] == [
        "waiting",
        "waiting",
    ]
    before = fates(first)
    assert (await layer.receive("a"))["type"] == "x"
    layer._minichannels_mail.finish(second)
    assert ("deliver", "x", "delivered", "") in fates(second)
    assert ("loss", "y", *lost) in fates(second)
    assert fates(first) == before
    layer._minichannels_unwatch()


async def test_a_busy_reader_reads_later(layer: Any, journal: Journal) -> None:
    ada = connect(journal, "ada")
    token = CURRENT.set(ada)
    channel = await layer.new_channel()
    await layer.send(channel, {"type": "x"})
    ada.add("send", "websocket.send", {})

    await layer.receive(channel)
    CURRENT.reset(token)

    assert fates(journal)[1:] == [
        ("deliver", "x", "waiting", "waits 1/2"),
        ("send", "websocket.send", "delivered", ""),
        ("read", "x", "delivered", ""),
    ]
    assert Flow(journal).events[-1].cause == 2


async def test_each_connection_has_its_own_journal(layer: Any) -> None:
    journals = {name: Journal() for name in ("ada", "bob")}
    for name, own in journals.items():
        token = CURRENT.set(connect(own, name))
        await layer.group_add("chat", await layer.new_channel())
        await layer.group_send("chat", {"type": name})
        CURRENT.reset(token)

    assert [e.kind for e in Flow(journals["ada"])] == [
        *("join", "group_send", "deliver", "deliver"),
    ]
    assert [e.kind for e in Flow(journals["bob"])] == [
        *("join", "group_send", "deliver"),
    ]


async def test_a_ghost_is_a_member_whose_connection_is_over(
    layer: Any, journal: Journal
) -> None:
    ada = connect(journal, "ada")
    token = CURRENT.set(ada)
    channel = await layer.new_channel()
    await layer.group_add("chat", channel)
    await layer.new_channel()  # no member of anything, so no ghost
    CURRENT.reset(token)

    ada.ends()

    ghosts = [event for event in Flow(journal) if event.kind == "ghost"]
    assert [(e.seq, e.member, e.group, e.cause) for e in ghosts] == [
        (0, "app of ada", "chat", None)
    ]


async def test_a_task_that_outlives_its_connection_takes_no_room(
    layer: Any, journal: Journal
) -> None:
    ada = connect(journal, "ada")
    token = CURRENT.set(ada)
    ada.ends()
    for _ in range(3):
        await layer.new_channel()
    CURRENT.reset(token)

    assert layer._minichannels_mail.remembered() == 0
    assert ada.on_end == {}


async def test_what_comes_for_a_ghost_is_drawn_at_its_lane(
    layer: Any, journal: Journal
) -> None:
    ada = connect(journal, "ada")
    token = CURRENT.set(ada)
    await layer.group_add("chat", await layer.new_channel())
    CURRENT.reset(token)
    ada.ends()

    await layer.group_send("chat", {"type": "x"})

    delivery = Flow(journal).events[-1]
    assert (delivery.kind, delivery.target) == ("deliver", "app of ada")


async def test_a_mailbox_that_was_released_is_still_its_readers(
    layer: Any, journal: Journal
) -> None:
    token = CURRENT.set(connect(journal, "ada"))
    channel = await layer.new_channel()
    reading = asyncio.create_task(layer.receive(channel))
    await ticks(1)

    await layer.release(channel)
    await layer.send(channel, {"type": "x"})
    await asyncio.wait_for(reading, 5)
    CURRENT.reset(token)

    delivery = Flow(journal).events[-1]
    assert (delivery.kind, delivery.target) == ("deliver", "app of ada")


@pytest.mark.parametrize("inner", [InMemoryChannelLayer, Lenient])
async def test_what_is_remembered_does_not_grow_with_connections(
    journal: Journal, inner: Any
) -> None:
    layer = RecordedLayer(inner(), journals=lambda: (journal,))
    sizes = set()
    for number in range(300):
        ada = connect(journal, "ada")
        token = CURRENT.set(ada)
        channel = f"specific!{number}"
        layer._minichannels_mail.owns(channel, ada)
        await layer.group_add(f"room{number}", channel)
        await layer.send(channel, {"type": "x"})
        await layer.receive(channel)
        layer._minichannels_mail.leaves(f"room{number}", channel)
        CURRENT.reset(token)
        ada.ends()
        sizes.add(layer._minichannels_mail.remembered())
    layer._minichannels_unwatch()

    assert sizes == {0}


async def test_what_is_remembered_of_the_dead_has_a_limit(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inflight, "MOST_WAITING", 5)
    monkeypatch.setattr(channels, "MOST_GONE", 5)
    monkeypatch.setattr(channels, "MOST_NUMBERED", 5)
    layer = RecordedLayer(Silent(), journals=lambda: (journal,))
    for number in range(100):
        ada = connect(journal, "ada")
        layer._minichannels_mail.owns(f"specific!{number}", ada)
        await layer.send(f"specific!{number}", {"type": "unread"})
        await layer.send(f"stranger!{number}", {"type": "unread"})
        ada.ends()

    assert layer._minichannels_mail.remembered() == 15
    assert journal._named.keys() >= {"channel#100"}


async def test_a_former_observer_goes_on_hearing() -> None:
    class Observer:
        def __init__(self) -> None:
            self.heard: list[Any] = []

        def message_lost(
            self, channel: str, message: dict[str, Any], reason: str
        ) -> None:
            self.heard.append((channel, message, reason))

    inner = InMemoryChannelLayer(capacity=1)
    inner.observer = observer = Observer()
    layer = RecordedLayer(inner)
    await layer.group_add("chat", "a")
    for _ in range(2):
        await layer.group_send("chat", {"type": "x"})

    assert observer.heard == [("a", {"type": "x"}, "full 1/1")]
    layer._minichannels_unwatch()
    assert inner.observer is observer


@pytest.mark.parametrize("later", [1, 2])
async def test_who_was_stopped_out_of_order_hears_nothing_more(
    later: int, journal: Journal
) -> None:
    inner = InMemoryChannelLayer(capacity=1)
    first, *others = [
        RecordedLayer(inner, journals=lambda: (journal,))
        for _ in range(1 + later)
    ]
    await first.group_add("chat", "a")
    await first.group_send("chat", {"type": "x"})
    mail = first._minichannels_mail
    mail.posts("group_send", "chat", {"type": "x"})
    before = fates(journal)

    first._minichannels_unwatch()
    await inner.group_send("chat", {"type": "x"})  # which is full
    assert fates(journal) == before
    for other in others:
        other._minichannels_unwatch()
    assert inner._minichannels.observer is None


async def test_an_observer_that_came_later_stays() -> None:
    inner = InMemoryChannelLayer()
    layer = RecordedLayer(inner)
    later: Any = object()
    inner._minichannels.observer = later

    layer._minichannels_unwatch()

    assert inner._minichannels.observer is later


async def test_what_another_layer_calls_release_is_not_called(
    journal: Journal,
) -> None:
    asked = []

    class Pool(LayerWithoutExtensions):
        async def release(self, connection: str) -> None:
            asked.append(connection)

    layer = RecordedLayer(Pool(), journals=lambda: (journal,))
    release = ours(layer, "release")  # as a consumer's end does
    assert release
    await release("a")

    assert asked == []
    await layer.release("b")
    assert asked == ["b"]


async def test_events_may_be_sent_on(layer: Any, journal: Journal) -> None:
    token = CURRENT.set(connect(journal, "ada"))
    await layer.send("a", {"type": "x"})
    event = await layer.receive("a")

    await layer.send("b", {"type": "y", "event": event})
    CURRENT.reset(token)

    assert await asyncio.wait_for(layer.receive("b"), 1) == {
        "type": "y",
        "event": {"type": "x"},
    }


def expiring(journal: Journal) -> tuple[Any, list[float]]:
    """Return a layer whose messages expire after ten seconds, and the time."""
    now = [0.0]
    inner = InMemoryChannelLayer(expiry=10, clock=lambda: now[0])
    return RecordedLayer(inner, journals=lambda: (journal,)), now


async def test_whose_mail_has_expired_gets_no_more_of_a_group(
    journal: Journal,
) -> None:
    layer, now = expiring(journal)
    await layer.group_add("chat", "dead")
    await layer.group_send("chat", {"type": "first"})
    await layer.group_add("chat", "alive")
    now[0] = 11
    await layer.group_send("chat", {"type": "second"})

    assert await layer.receive("alive") == {"type": "second"}
    assert [
        (e.kind, e.type, e.target, e.status)
        for e in Flow(journal)
        if e.kind in ("deliver", "loss")
    ] == [
        ("deliver", "first", "dead", "waiting"),
        ("loss", "first", "dead", "expired"),
        ("deliver", "second", "alive", "delivered"),
    ]
    layer._minichannels_unwatch()


async def test_group_send_that_is_cancelled_was_sent_all_the_same(
    journal: Journal,
) -> None:
    layer, now = expiring(journal)
    await layer.group_add("chat", "slow")
    await layer.group_send("chat", {"type": "first"})
    now[0] = 6
    sending = asyncio.create_task(layer.group_send("chat", {"type": "second"}))
    await ticks(1)  # it lies in the mailbox, and others may run
    sending.cancel()
    await asyncio.wait([sending])
    for now[0] in (11, 17):
        await layer.send("other", {"type": "x"})

    assert [(e.type, e.status) for e in Flow(journal) if e.kind == "loss"] == [
        ("first", "expired"),
        ("second", "expired"),
    ]
    layer._minichannels_unwatch()
