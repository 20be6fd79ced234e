import asyncio
from pathlib import Path

import pytest

from minichannels.flow import Flow
from minichannels.layers import InMemoryChannelLayer
from support.apart import Pictures, Shop1, Shop2, apart, tell


def who(flow: Flow, seq: int) -> list[tuple[str, str, str]]:
    return [(e.kind, e.source, e.target) for e in flow.why(seq)]


async def test_the_cause_of_a_message_is_found_through_all_processes(
    tmp_path: Path,
) -> None:
    await tell(tmp_path)

    flow = Flow.merge(tmp_path)
    last = [e for e in flow if e.client == "bob@web-2" and e.is_data][-1]
    assert who(flow, last.seq) == [
        ("receive", "ada@web-1", "Shop1#1@web-1"),
        ("channel_send", "Shop1#1@web-1", "layer"),
        ("deliver", "layer", "Pictures#1@worker-1"),
        ("channel_send", "Pictures#1@worker-1", "layer"),
        ("deliver", "layer", "Shop1#1@web-1"),
        ("group_send", "Shop1#1@web-1", "layer"),
        ("deliver", "lobby", "Shop2#1@web-2"),
        ("send", "Shop2#1@web-2", "bob@web-2"),
    ]
    assert [e for e in flow if e.is_lost] == []


async def test_all_members_of_a_group_are_told_of_in_one_place(
    tmp_path: Path,
) -> None:
    await tell(tmp_path)

    flow = Flow.merge(tmp_path)
    sent, one, other = [e for e in flow if e.group and e.type == "tell"]
    assert (sent.kind, sent.members) == ("group_send", 2)
    assert (one.seq, other.seq) == (sent.seq + 1, sent.seq + 2)
    assert (one.process, other.process) == ("web-1", "web-2")
    # bob was there in time, though nothing but that message says so.
    assert repr(flow).index("bob@web-2") < repr(flow).index('"cat"')


async def test_channels_are_called_as_whoever_reads_them(
    tmp_path: Path,
) -> None:
    await tell(tmp_path)

    flow = Flow.merge(tmp_path)
    make = next(e for e in flow if e.type == "make" and e.kind == "deliver")
    assert make.payload == {"of": "cat", "to": "Shop1#1@web-1"}
    answer = next(e for e in flow if e.type == "made")
    assert answer.member == "Shop1#1@web-1"


async def test_the_same_story_is_the_same_flow(tmp_path: Path) -> None:
    for name in ("one", "other"):
        await tell(tmp_path / name)

    one, other = (Flow.merge(tmp_path / name) for name in ("one", "other"))
    assert one.to_json() == other.to_json()
    assert Flow.from_json(one.to_json()) == one


async def test_what_arrived_nowhere_is_undelivered(tmp_path: Path) -> None:
    layer = InMemoryChannelLayer()
    with (
        apart(Shop1.as_asgi(), layer, "web-1", tmp_path) as web,
        apart(Pictures.as_asgi(), layer, "worker-1", tmp_path) as work,
    ):
        await web.layer.send("pictures", {"type": "make", "number": 1})
        await web.layer.send("pictures", {"type": "make", "number": 2})
        await web.layer.send("pictures", {"type": "make", "number": 3})
        await work.layer.receive("pictures")

    flow = Flow.merge(tmp_path)
    got = [e for e in flow if e.kind in ("deliver", "loss")]
    assert [(e.kind, e.payload["number"], e.status, e.reason) for e in got] == [
        ("deliver", 1, "delivered", ""),
        ("deliver", 2, "waiting", "waits 1/100"),
        ("deliver", 3, "waiting", "waits 2/100"),
        ("loss", 2, "undelivered", "undelivered"),
        ("loss", 3, "undelivered", "undelivered"),
    ]
    assert {e.target for e in got} == {"pictures"}
    assert {e.process for e in got} == {""}


@pytest.mark.parametrize("ends", [True, False])
async def test_what_a_process_that_was_killed_had_sent_is_undelivered(
    tmp_path: Path, ends: bool
) -> None:
    layer = InMemoryChannelLayer()
    with apart(Shop1.as_asgi(), layer, "web-1", tmp_path) as web:
        await web.layer.send("pictures", {"type": "make"})
        killed = (tmp_path / "web-1.jsonl").read_bytes()
    if not ends:
        (tmp_path / "web-1.jsonl").write_bytes(killed)

    flow = Flow.merge(tmp_path)
    assert [(e.kind, e.status) for e in flow] == [
        ("channel_send", "delivered"),
        ("deliver", "waiting"),
        ("loss", "undelivered"),
    ]


async def test_a_loss_that_the_layer_tells_of_elsewhere_has_its_cause(
    tmp_path: Path,
) -> None:
    layer = InMemoryChannelLayer(capacity=1)
    with (
        apart(Shop1.as_asgi(), layer, "web-1", tmp_path) as web1,
        apart(Shop2.as_asgi(), layer, "web-2", tmp_path) as web2,
    ):
        channel = await web2.layer.new_channel()
        await web2.layer.group_add("lobby", channel)
        for number in (1, 2):
            await web1.layer.group_send("lobby", {"type": "t", "n": number})
        await web2.layer.receive(channel)

    flow = Flow.merge(tmp_path)
    got = {e.payload["n"]: e for e in flow if e.kind == "deliver"}
    assert (got[1].status, got[1].reason) == ("delivered", "")
    assert (got[2].status, got[2].reason) == ("dropped", "full 1/1")
    causes = [flow.why(got[n].seq).events[0].payload["n"] for n in (1, 2)]
    assert causes == [1, 2]


async def test_a_process_that_came_back_is_told_apart(tmp_path: Path) -> None:
    layer = InMemoryChannelLayer()
    for number in (1, 2):
        with apart(Shop1.as_asgi(), layer, "web-1", tmp_path) as web:
            await web.layer.send("pictures", {"type": "make", "n": number})
            await web.layer.receive("pictures")

    flow = Flow.merge(tmp_path)
    sent = [e.source for e in flow if e.kind == "channel_send"]
    assert sent == ["notebook@web-1", "notebook@web-1(2)"]


async def test_the_journal_of_one_process_is_the_flow_that_it_had(
    tmp_path: Path,
) -> None:
    layer = InMemoryChannelLayer()
    with apart(Shop1.as_asgi(), layer, "web-1", tmp_path) as web:
        ada = web.client("ada")
        await ada.connect()
        await web.layer.group_send("lobby", {"type": "tell", "text": "hi"})
        assert await ada.receive_from() == "hi"
        await ada.disconnect()

    flow = Flow.from_json((tmp_path / "web-1.jsonl").read_text())
    assert repr(flow) == repr(Flow(web.journal))
    assert flow == Flow(web.journal)


async def test_what_a_task_did_says_in_which_event_it_was_begun(
    tmp_path: Path,
) -> None:
    tasks: list[asyncio.Task[None]] = []

    class Later(Shop1):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            await super().receive(text_data)
            tasks.append(asyncio.create_task(self.send("later")))

    layer = InMemoryChannelLayer()
    with (
        apart(Later.as_asgi(), layer, "web-1", tmp_path) as web,
        apart(Pictures.as_asgi(), layer, "worker-1", tmp_path) as work,
    ):
        ada = web.client("ada")
        await ada.connect()
        for text in ("cat", "cow"):
            await ada.send_to(text_data=text)
            assert await ada.receive_from() == "later"
            await work.layer.receive("pictures")
        await ada.disconnect()

    events = {e.seq: e for e in Flow.merge(tmp_path)}
    begun = [e.begun_in for e in events.values() if e.begun_in]
    assert [events[seq].payload for seq in begun] == [
        {"text": "cat"},
        {"text": "cow"},
    ]
