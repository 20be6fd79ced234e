"""What is so of the layer on NATS alone."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minichannels.exceptions import (
    InvalidChannelLayerError,
    LayerUnavailable,
    MessageTooLarge,
)
from minichannels.layers import ChannelLayerManager
from minichannels.layers.nats import NatsChannelLayer
from minichannels.layers.nats.names import Names, quoted, unquoted
from minichannels.layers.nats.settings import login_of
from minichannels.layers.nats.wire import NANO, status_of
from minichannels.layers.remote.serializing import Envelope, Serializer
from support.clock import Clock
from support.contract import Make, got, numbers
from support.loops import ticks
from support.nats_servers import NatsServer
from support.proxies import Proxy, serving, until
from support.redis_servers import shard_of

BACKEND = "minichannels.layers.nats.NatsChannelLayer"


def connected(layer: Any) -> Any:
    """Return the connection of a layer, if there is one."""
    return layer._minichannels.sessions.by_id and shard_of(layer).link.up


def names_of(layer: Any) -> Names:
    """Return what things of a layer are called at the server."""
    names: Names = layer._minichannels_settings.names
    return names


# Names


@given(st.text(min_size=1))
def test_name_is_one_word_that_tells_the_name(name: str) -> None:
    word = quoted(name)

    assert not set(word) & set(". *>/\\\t\n\r")
    assert unquoted(word) == name


@given(
    st.lists(
        st.text(min_size=1, max_size=16), min_size=2, max_size=2, unique=True
    )
)
def test_two_prefixes_have_no_name_in_common(prefixes: list[str]) -> None:
    one, other = map(Names, prefixes)

    assert one.members != other.members
    assert one.stream(3) != other.stream(3)
    assert one.topic(("group", "a")) != other.topic(("group", "a"))
    assert {one.members, one.all_lists}.isdisjoint(
        {other.stream(3), other.lists(3), other.all_members}
    )


def test_longest_prefix_is_one() -> None:
    assert Names("a" * 200).stream(3).startswith("a" * 200)


# Channels that many processes read


async def test_any_name_is_one_of_a_channel_and_a_group(layer: Any) -> None:
    name = "." * 99
    await layer.group_add(name, name)
    await layer.group_send(name, {"n": 1})
    await layer.send(name, {"n": 2})
    await layer.send(name[1:], {"n": 3})

    assert await numbers(layer, name) == [1, 2]
    assert await numbers(layer, name[1:]) == [3]


async def test_time_that_is_too_short_for_the_server_is_one_here(
    make: Make, clock: Clock
) -> None:
    layer = make(expiry=0.01, group_expiry=0.01)
    await layer.group_add("g", "a")
    await layer.group_send("g", {"n": 1})
    assert await got(layer, "a") == {"n": 1}

    await layer.send("a", {"n": 2})
    clock.now += 1
    await layer.send("a", {"n": 3})
    await layer.group_send("g", {"n": 4})

    assert await numbers(layer, "a") == [3]


async def test_channels_with_capacities_of_their_own_are_full_by_themselves(
    make: Make,
) -> None:
    layer = make(channel_capacity={"tiny*": 1})
    await layer.send("tiny.a", {"n": 0})
    for n in range(3):
        await layer.send("wide", {"n": n})

    assert await numbers(layer, "tiny.a") == [0]
    assert await numbers(layer, "wide") == [0, 1, 2]


async def test_what_waits_or_is_held_back_outlives_its_time_at_the_server(
    layer: Any,
) -> None:
    await layer.send("a", {"n": 0})
    await got(layer, "a")
    wire, stream = (
        connected(layer),
        names_of(layer).stream(3),
    )

    kept = await wire.api(f"STREAM.INFO.{stream}")
    held = await wire.api(f"CONSUMER.INFO.{stream}.a")

    assert kept["config"]["max_age"] > 10 * NANO  # so whoever looks counts it
    assert held["config"]["ack_wait"] > 10 * NANO  # so nobody reads it again
    assert held["config"]["inactive_threshold"]  # and does not stay for ever


async def test_processes_may_differ_in_how_long_a_message_is_good(
    layer: Any, make: Make
) -> None:
    other = make(expiry=20)
    for n, each in enumerate((layer, other)):
        await each.send("a", {"n": n})
        await each.group_add(f"g{n}", "a")

    assert await got(other, "a") == {"n": 0}
    assert await got(layer, "a") == {"n": 1}
    for n in (2, 3):
        await other.group_send(f"g{n - 2}", {"n": n})
    assert await numbers(layer, "a") == [2, 3]


async def test_stream_that_is_gone_is_made_anew(layer: Any) -> None:
    await layer.send("a", {"n": 0})
    await got(layer, "a")
    wire = connected(layer)
    await wire.api(f"STREAM.DELETE.{names_of(layer).stream(3)}")
    with pytest.raises(LayerUnavailable, match="has lost the stream of 'a'"):
        await layer.send("a", {"n": 1})

    reading = asyncio.create_task(layer.receive("a"))
    await layer.send("a", {"n": 2})

    assert await asyncio.wait_for(reading, 10) == {"n": 2}


async def test_reader_that_is_gone_is_made_anew(layer: Any) -> None:
    await layer.send("a", {"n": 0})
    await got(layer, "a")
    wire = connected(layer)
    await wire.api(f"CONSUMER.DELETE.{names_of(layer).stream(3)}.a")

    await layer.send("a", {"n": 1})

    assert await got(layer, "a") == {"n": 1}


async def test_reader_that_waits_for_long_asks_again(make: Make) -> None:
    layer = make(timeout=0.2)
    reading = asyncio.create_task(layer.receive("a"))
    await until(lambda: connected(layer))
    wire = connected(layer)
    asked = wire.next
    times: list[float] = []

    async def counted(*arguments: Any) -> Any:
        times.append(0)
        return await asked(*arguments)

    wire.next = counted
    await until(lambda: len(times) > 2)
    await layer.send("a", {"n": 1})

    assert await asyncio.wait_for(reading, 10) == {"n": 1}


async def at_server(layer: Any) -> dict[str, Any]:
    """Return what the server says of the reader of the channel ``a``."""
    wire = connected(layer)
    (of_reader,) = (each for each in wire.known if " " in each)
    stream, reader = of_reader.split()
    found: dict[str, Any] = await wire.api(f"CONSUMER.INFO.{stream}.{reader}")
    return found


async def test_reader_that_asks_again_waits_once_at_the_server(
    make: Make,
) -> None:
    layer = make(timeout=0.2)
    reading = asyncio.create_task(layer.receive("a"))
    await until(lambda: connected(layer))
    wire = connected(layer)
    asked = wire.next
    answers: list[Any] = []

    async def noted(*arguments: Any) -> Any:
        answers.append(await asked(*arguments))
        return answers[-1]

    wire.next = noted
    await until(lambda: len(answers) > 2)

    assert [status_of(each) for each in answers[:3]] == ["408"] * 3
    assert (await at_server(layer))["num_waiting"] <= 1
    reading.cancel()


async def test_reader_of_one_message_is_given_no_other(layer: Any) -> None:
    for n in range(3):
        await layer.send("a", {"n": n})

    assert await got(layer, "a") == {"n": 0}

    assert (await at_server(layer))["delivered"]["consumer_seq"] == 1


async def test_who_asks_for_no_more_gets_none(layer: Any, peer: Any) -> None:
    await reads(layer)
    wire = connected(layer)
    await until(lambda: any("." in number for number in wire._waiting))
    ask, answers = wire.ask, list[Any]()

    async def noted(subject: str, data: bytes) -> Any:
        answers.append(await ask(subject, data))
        return answers[-1]

    wire.ask = noted
    await wire.ask_no_more()
    await ticks(3)

    assert not any("." in number for number in wire._waiting)
    assert [answer is not None for answer in answers] == [True]
    await peer.send("a", {"n": 1})
    assert await got(peer, "a") == {"n": 1}
    assert (await at_server(peer))["delivered"]["consumer_seq"] == 1


async def test_who_has_got_one_need_not_be_told_of_no_more(layer: Any) -> None:
    await reads(layer)
    wire = connected(layer)
    await until(lambda: any("." in number for number in wire._waiting))

    async def answered() -> None:
        for number, future in wire._waiting.items():
            if "." in number and not future.done():
                future.set_result(None)
        await ticks(5)

    wire.mark = answered
    await wire.ask_no_more()  # no error


async def test_message_for_whoever_gave_up_goes_to_another_process(
    make: Make,
) -> None:
    one, other = make(), make()
    reading = asyncio.create_task(one.receive("a"))
    await one.send("b", {})
    await until(lambda: connected(one))
    await until(lambda: "a" in shard_of(one).readers._readers)
    reading.cancel()
    await asyncio.wait([reading])

    await other.send("a", {"n": 1})

    assert await got(other, "a") == {"n": 1}


def packed(n: int) -> bytes:
    return Serializer().dumps(Envelope({"n": n}, 10.0))


async def reads(layer: Any, readers: int = 1) -> list[asyncio.Task[Any]]:
    """Begin to read the channel ``a``, and wait until somebody does."""
    tasks = [asyncio.create_task(layer.receive("a")) for _ in range(readers)]
    await until(lambda: connected(layer))
    waiting = shard_of(layer).readers._waiting._lines
    await until(lambda: len(waiting.get("a", ())) == readers)
    return tasks


@pytest.mark.parametrize("readers", [1, 2])
async def test_what_came_when_a_reader_gave_up_is_for_the_next_here(
    layer: Any, readers: int
) -> None:
    tasks = await reads(layer, readers)
    waiting = shard_of(layer).readers._waiting._lines
    waiting["a"].popleft().set_result(packed(1))
    tasks[0].cancel()
    await asyncio.wait(tasks[:1])
    await layer.send("a", {"n": 2})

    if readers == 1:
        assert await got(layer, "a") == {"n": 1}
        assert shard_of(layer).readers._left == {}  # nothing stays of it
    else:
        assert await asyncio.wait_for(tasks[1], 10) == {"n": 1}
    assert await numbers(layer, "a") == [2]


async def test_what_came_when_readers_gave_up_is_for_the_next_in_its_order(
    layer: Any,
) -> None:
    tasks = await reads(layer, 2)
    waiting = shard_of(layer).readers._waiting._lines
    for number, task in enumerate(tasks, start=1):
        waiting["a"].popleft().set_result(packed(number))
        task.cancel()
    await asyncio.wait(tasks)

    assert await got(layer, "a") == {"n": 1}
    assert await got(layer, "a") == {"n": 2}
    assert shard_of(layer).readers._left == {}


async def test_what_is_left_when_nobody_reads_any_more_is_sent_again(
    layer: Any, peer: Any
) -> None:
    await layer.send("b", {})
    shard_of(layer).readers._give("a", packed(1))

    assert await got(peer, "a") == {"n": 1}


async def test_message_whose_receipt_nobody_takes_is_read_by_nobody(
    layer: Any, peer: Any
) -> None:
    (reading,) = await reads(layer)
    wire = connected(layer)
    ask = wire.ask

    async def in_vain(subject: str, data: bytes) -> Any:
        if data != b"+ACK":
            return await ask(subject, data)
        wire.ask = ask
        return None

    wire.ask = in_vain
    for n in (1, 2):
        await peer.send("a", {"n": n})

    assert await asyncio.wait_for(reading, 10) == {"n": 2}


async def test_who_gave_up_and_comes_back_goes_on_in_order(
    layer: Any, peer: Any
) -> None:
    (reading,) = await reads(layer)
    shard_of(layer).readers._waiting._lines["a"].popleft().set_result(packed(1))
    reading.cancel()
    await asyncio.wait([reading])
    await peer.send("a", {"n": 2})
    await ticks(5)

    assert await got(layer, "a") == {"n": 1}
    assert await got(layer, "a") == {"n": 2}


async def test_what_nobody_here_comes_for_is_sent_again(make: Make) -> None:
    one, other = make(), make()
    (reading,) = await reads(one)
    shard_of(one).readers._waiting._lines["a"].popleft().set_result(packed(1))
    reading.cancel()
    await asyncio.wait([reading])

    assert await got(other, "a") == {"n": 1}


async def test_what_nobody_took_is_counted_as_the_layer_closes_without_server(
    make: Make, proxy: Proxy
) -> None:
    layer = make(proxy.url, timeout=0.5)
    (reading,) = await reads(layer)
    proxy.is_away = True
    proxy.cut()
    await until(lambda: not connected(layer))
    shard_of(layer).readers._waiting._lines["a"].popleft().set_result(packed(1))
    reading.cancel()
    await asyncio.wait([reading])

    await layer.close()

    assert layer.undelivered == 1


async def test_who_reads_at_a_server_that_never_was_there_is_told(
    make: Make,
) -> None:
    layer = make("nats://127.0.0.1:9", timeout=1)

    with pytest.raises(LayerUnavailable, match="cannot use NATS"):
        await asyncio.wait_for(layer.receive("a"), 10)


async def test_what_cannot_be_sent_again_is_counted(
    make: Make, proxy: Proxy
) -> None:
    layer = make(proxy.url, timeout=0.5)
    (reading,) = await reads(layer)
    shard_of(layer).readers._waiting._lines["a"].popleft().set_result(packed(1))
    reading.cancel()
    proxy.is_away = True
    proxy.cut()

    await until(lambda: layer.undelivered == 1)


async def test_what_is_sent_again_and_finds_no_room_is_dropped(
    layer: Any, peer: Any
) -> None:
    (reading,) = await reads(layer)
    shard_of(layer).readers._waiting._lines["a"].popleft().set_result(packed(1))
    reading.cancel()
    for n in range(3):
        await peer.send("a", {"n": n})

    await until(lambda: layer.observer.seen)

    assert layer.observer.seen == [("a", {"n": 1}, "full 3/3")]
    assert (layer.dropped, layer.undelivered) == (1, 0)


async def test_reading_that_begins_while_the_layer_is_closed_is_told(
    layer: Any,
) -> None:
    await layer.send("a", {})
    readers = shard_of(layer).readers
    await layer.close()
    readers._link._why = "it was there"

    with pytest.raises(LayerUnavailable, match="was closed"):
        await readers.pop("a")


async def test_head_that_is_read_by_another_in_the_meantime_is_no_loss(
    layer: Any, clock: Clock
) -> None:
    for n in range(3):
        await layer.send("a", {"n": n})
    wire = connected(layer)
    ask = wire.ask

    async def read_first(subject: str, data: bytes) -> Any:
        if "DIRECT.GET" in subject:
            wire.ask = ask
            await layer.flush()
        return await ask(subject, data)

    wire.ask = read_first
    await layer.send("a", {"n": 3})

    assert await numbers(layer, "a") == [3]


@pytest.mark.parametrize("what", ["CONSUMER.CREATE", ".list.3.a", "PURGE"])
async def test_refusal_is_told_whatever_is_refused(
    layer: Any, what: str
) -> None:
    await layer.new_channel()
    wire = connected(layer)
    ask = wire.ask

    async def refuse(subject: str, data: bytes) -> Any:
        answer = await ask(subject, data)
        if what in subject:
            error = {"err_code": 10023, "description": "insufficient memory"}
            answer.data = json.dumps({"error": error}).encode()
        return answer

    wire.ask = refuse
    doing = {
        "CONSUMER.CREATE": layer.receive("a"),
        ".list.3.a": layer.send("a", {}),
        "PURGE": layer.flush(),
    }

    with pytest.raises(LayerUnavailable, match="refuses: insufficient memory"):
        await asyncio.wait_for(doing.pop(what), 10)
    for other in doing.values():
        other.close()


async def test_message_that_comes_too_late_goes_back(make: Make) -> None:
    one, other = make(), make()
    (reading,) = await reads(one)
    await until(lambda: any("=list" in n for n in connected(one)._waiting))
    reader = shard_of(one).readers._readers["a"]
    reader.cancel()  # and the server does not know
    await asyncio.wait([reader, reading], return_when="FIRST_COMPLETED")

    await other.send("a", {"n": 1})

    assert await got(other, "a") == {"n": 1}
    reading.cancel()


async def test_member_is_renewed_and_one_entry(
    layer: Any, clock: Clock
) -> None:
    for clock.now in (0, 5, 5):
        await layer.group_add("g.x", "a.b")
    wire = connected(layer)
    info = await wire.api(
        f"STREAM.INFO.{names_of(layer).members}",
        subjects_filter=">",
    )

    await layer.group_send("g.x", {"n": 1})
    await layer.group_discard("g.x", "a.b")
    await layer.group_send("g.x", {"n": 2})

    assert len(info["state"]["subjects"]) == 1
    assert await numbers(layer, "a.b") == [1]


# A server that is not as it should be


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[NatsServer]:
    """Return a server without JetStream, that asks for a token."""
    server = NatsServer(tmp_path, 'authorization {token: "right"}')
    yield server
    server.kill()


async def test_server_without_jetstream_has_mailboxes_and_groups_alone(
    make: Make, plain: NatsServer
) -> None:
    layer = make(plain.url, options={"token": "right", "tls": None})
    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    await layer.send(channel, {"n": 1})
    await layer.group_send("g", {"n": 2})
    await layer.flush()
    await layer.group_add("g", channel)
    await layer.group_send("g", {"n": 3})

    assert await numbers(layer, channel) == [3]
    problem = "runs without JetStream, .* start it with -js"
    for doing in (
        layer.send("list", {}),
        layer.group_add("g", "list"),
        layer.receive("list"),
    ):
        with pytest.raises(LayerUnavailable, match=problem):
            await asyncio.wait_for(doing, 10)


@pytest.mark.parametrize("options", [{}, {"token": "wrong"}])
async def test_token_that_is_missing_or_wrong_is_said(
    make: Make, plain: NatsServer, options: dict[str, Any]
) -> None:
    with pytest.raises(LayerUnavailable, match="Authorization"):
        await make(plain.url, options=options).new_channel()


Limited = Callable[[str], Any]


@pytest.fixture
def servers() -> Iterator[list[NatsServer]]:
    """Return a place for servers, which end with the test."""
    servers: list[NatsServer] = []
    yield servers
    for server in servers:
        server.kill()


@pytest.fixture
def limited(make: Make, tmp_path: Path, servers: list[NatsServer]) -> Limited:
    """Return what makes a layer of a user who may not do all."""

    def of(permissions: str) -> Any:
        user = f"{{user: a, password: b, permissions: {{ {permissions} }} }}"
        settings = f"jetstream {{}}\nauthorization {{ users = [ {user} ] }}\n"
        servers.append(NatsServer(tmp_path, settings))
        url = f"nats://a:b@127.0.0.1:{servers[-1].port}"
        return make(url, prefix="Pp")

    return of


async def test_what_a_user_may_not_hear_is_an_error_at_once(
    limited: Limited,
) -> None:
    layer = limited('publish: ">", subscribe: {deny: "Pp.group.Shut"}')
    channel = await layer.new_channel()

    for _ in range(2):
        with pytest.raises(LayerUnavailable, match="violation for subscr"):
            await layer.group_add("Shut", channel)
    await layer.group_add("Open", channel)
    await layer.group_send("Open", {"n": 1})
    await layer.send(channel, {"n": 2})

    assert await numbers(layer, channel) == [1, 2]
    assert list(layer.groups) == ["Open"]


async def test_what_was_refused_does_not_hinder_the_next_connection(
    limited: Limited,
) -> None:
    layer = limited('publish: ">", subscribe: {deny: "Pp.group.Shut"}')
    channel = await layer.new_channel()
    with pytest.raises(LayerUnavailable):
        await layer.group_add("Shut", channel)

    before = connected(layer)
    await before._client.close()
    await until(lambda: connected(layer) not in (None, before))
    await layer.send(channel, {"n": 1})

    assert await numbers(layer, channel) == [1]


async def test_what_a_user_may_hear_no_more_hinders_nothing_else(
    limited: Limited, servers: list[NatsServer]
) -> None:
    layer = limited('publish: ">", subscribe: ">"')
    channel = await layer.new_channel()
    for group in ("Shut", "Closed", "Open"):
        await layer.group_add(group, channel)
    (server,), before = servers, connected(layer)
    server.kill()
    server.settings = server.settings.replace(
        'subscribe: ">"', 'subscribe: {deny: ["Pp.group.Shut", "*.*.Closed"]}'
    )
    server.start()
    await until(lambda: connected(layer) not in (None, before))

    await layer.group_send("Open", {"n": 1})
    with pytest.raises(LayerUnavailable, match="violation for subscr"):
        await layer.group_add("Shut", channel)

    assert await numbers(layer, channel) == [1]
    assert connected(layer)


async def test_channel_that_a_user_may_not_read_is_an_error_at_once(
    limited: Limited,
) -> None:
    layer = limited('publish: {deny: "$JS.API.CONSUMER.MSG.>"}, subscribe: ">"')

    with pytest.raises(LayerUnavailable, match="violation for publish"):
        await asyncio.wait_for(layer.receive("list"), 10)


async def test_what_a_user_may_not_send_is_an_error_at_once(
    limited: Limited,
) -> None:
    layer = limited('publish: {deny: "Pp.group.Shut"}, subscribe: ">"')
    channel = await layer.new_channel()
    for group in ("Shut", "Open"):
        await layer.group_add(group, channel)

    told: Any = await asyncio.gather(
        layer.group_send("Shut", {"n": 1}),
        layer.group_send("Open", {"n": 2}),
        return_exceptions=True,
    )

    assert isinstance(told[0], LayerUnavailable)
    assert 'violation for publish to "pp.group.shut"' in str(told[0])
    assert told[1] is None
    assert await numbers(layer, channel) == [2]
    assert set(layer.groups) == {"Shut", "Open"}


async def test_user_who_hears_no_answers_is_told(limited: Limited) -> None:
    layer = limited('publish: ">", subscribe: {deny: "_INBOX.>"}')

    with pytest.raises(LayerUnavailable, match=r"cannot use .*_inbox"):
        await layer.new_channel()


async def test_password_is_unquoted(make: Make, tmp_path: Path) -> None:
    settings = 'authorization {user: "ada", password: "a/b#c%"}'
    server = NatsServer(tmp_path, settings)
    try:
        at = f"nats://ada:a%2Fb%23c%25@127.0.0.1:{server.port}"
        channel = await make(at).new_channel()
    finally:
        server.kill()

    assert "!" in channel


async def test_no_server_is_said_at_once(make: Make) -> None:
    with pytest.raises(
        LayerUnavailable, match=r"cannot use NATS at nats://127\.0\.0\.1:9: .*"
    ):
        await make("nats://127.0.0.1:9").new_channel()


async def test_server_that_is_none_is_said(make: Make) -> None:
    async def mute(*_: Any) -> None:
        await asyncio.Event().wait()

    async with serving(mute, "nats") as url:
        with pytest.raises(LayerUnavailable, match="does not answer"):
            await make(url, timeout=0.3).new_channel()


async def test_channels_are_as_many_as_one_reads(
    make: Make, tmp_path: Path
) -> None:
    limits = "limits { default_max_consumers: 1 }"
    server = NatsServer(tmp_path, f"jetstream {{ {limits} }}")
    try:
        layer = make(server.url)
        for channel in ("a", "b"):
            await layer.send(channel, {"in": channel})
            assert await got(layer, channel) == {"in": channel}
    finally:
        server.kill()


async def test_message_that_the_server_does_not_take_is_an_error(
    make: Make, tmp_path: Path
) -> None:
    server = NatsServer(tmp_path, "jetstream {}\nmax_payload: 1000")
    layer = make(server.url)
    channel = await layer.new_channel()
    for name in (channel, "list"):
        with pytest.raises(MessageTooLarge, match="which takes 1000 in a"):
            await layer.send(name, {"text": "x" * 1000})
    with pytest.raises(MessageTooLarge, match="which takes 1000 in a"):
        await layer.group_send("group", {"text": "x" * 1000})
    server.kill()


async def test_server_that_refuses_a_stream_says_why(layer: Any) -> None:
    channel = await layer.new_channel()
    subjects = [
        names_of(layer).lists(3),
        names_of(layer).all_members,
    ]
    await connected(layer).api(
        f"STREAM.CREATE.{layer.prefix}-other",
        name=f"{layer.prefix}-other",
        subjects=subjects,
    )

    for doing in (
        layer.send("list", {}),
        layer.receive("list"),
        layer.group_add("g", "list"),
    ):
        with pytest.raises(LayerUnavailable, match="refuses: subjects overlap"):
            await asyncio.wait_for(doing, 10)
    await layer.send(channel, {"n": 1})
    assert await got(layer, channel) == {"n": 1}


async def test_reader_goes_on_when_the_server_is_back(
    make: Make, proxy: Proxy
) -> None:
    layer = make(proxy.url)
    reading = asyncio.create_task(layer.receive("a"))
    await until(lambda: connected(layer))
    proxy.cut()
    await until(lambda: not connected(layer))
    await until(lambda: connected(layer))

    await layer.send("a", {"n": 1})

    assert await asyncio.wait_for(reading, 10) == {"n": 1}


async def test_closing_says_so_to_whoever_reads(layer: Any) -> None:
    reading = asyncio.create_task(layer.receive("a"))
    await until(lambda: connected(layer))

    await layer.close()

    with pytest.raises(LayerUnavailable, match="was closed"):
        await reading


async def test_closing_asks_for_no_more_and_does_not_wait_for_it(
    layer: Any, peer: Any
) -> None:
    reading = asyncio.create_task(layer.receive("a"))
    await until(lambda: connected(layer))
    wire = connected(layer)
    await until(lambda: any("=list" in number for number in wire._waiting))

    await layer.close()
    await peer.send("a", {"n": 1})

    assert await wire.next("stream", "reader", 1) is None
    assert await got(peer, "a") == {"n": 1}
    with pytest.raises(LayerUnavailable, match="was closed"):
        await reading


async def test_closing_is_no_error_if_the_server_does_not_answer(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = make(timeout=0.2)
    (reading,) = await reads(layer)

    async def ask_no_more() -> None:
        raise LayerUnavailable("it does not answer")

    monkeypatch.setattr(connected(layer), "ask_no_more", ask_no_more)
    link = shard_of(layer).link

    await layer.close()

    assert link.up is None
    with pytest.raises(LayerUnavailable, match="was closed"):
        await reading


async def test_closing_while_the_server_is_away_does_not_wait_for_it(
    make: Make, proxy: Proxy
) -> None:
    layer = make(proxy.url, timeout=20)
    await layer.send("a", {"n": 1})
    assert await got(layer, "a") == {"n": 1}
    reading = asyncio.create_task(layer.receive("a"))
    proxy.is_away = True
    proxy.cut()
    await until(lambda: not connected(layer))

    await asyncio.wait_for(layer.close(), 10)

    with pytest.raises(LayerUnavailable, match="was closed"):
        await reading


async def test_message_that_the_server_gives_as_a_layer_closes_goes_to_another(
    layer: Any, peer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = asyncio.create_task(layer.receive("a"))
    await until(lambda: connected(layer))
    wire = connected(layer)
    take, have_all = wire._client._process_msg, wire._have_all
    late: list[Any] = []

    async def hold(*given: Any) -> None:
        if given[2].startswith(b"$JS.ACK"):
            late.append(given)
        else:
            await take(*given)

    async def wait_for_late(number: str) -> None:
        await wire.mark()  # by now the server knows that no more is wanted
        await take(*late[0])
        await have_all(number)

    monkeypatch.setattr(wire._client, "_process_msg", hold)
    monkeypatch.setattr(wire, "_have_all", wait_for_late)
    await peer.send("a", {"n": 1})
    await until(lambda: late)

    await layer.close()

    assert await got(peer, "a") == {"n": 1}
    with pytest.raises(LayerUnavailable, match="was closed"):
        await reading


async def test_message_that_is_acknowledged_as_a_layer_closes_goes_to_another(
    layer: Any, peer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = asyncio.create_task(layer.receive("a"))
    await until(lambda: connected(layer))
    wire = connected(layer)
    ask, ask_no_more = wire.ask, wire.ask_no_more
    asked, closes = asyncio.Event(), asyncio.Event()

    async def ask_and_wait(subject: str, data: bytes) -> Any:
        answer = await ask(subject, data)
        if data == b"+ACK":
            asked.set()
            await closes.wait()
            await ticks(5)
        return answer

    async def ask_no_more_and_say_so() -> None:
        await ask_no_more()
        closes.set()

    monkeypatch.setattr(wire, "ask", ask_and_wait)
    monkeypatch.setattr(wire, "ask_no_more", ask_no_more_and_say_so)
    await peer.send("a", {"n": 1})
    await asyncio.wait_for(asked.wait(), 10)

    await layer.close()

    assert await got(peer, "a") == {"n": 1}
    with pytest.raises(LayerUnavailable, match="was closed"):
        await reading


# How it is made


def test_registry_makes_it_by_its_dotted_name() -> None:
    layers = ChannelLayerManager()
    config = {"servers": "nats://u:secret@here:4222", "capacity": 7}
    layers.configure({"default": {"BACKEND": BACKEND, "CONFIG": config}})

    layer = layers["default"]

    assert isinstance(layer, NatsChannelLayer)
    assert layer.capacity == 7
    assert repr(layer) == "<NatsChannelLayer at nats://•••@here:4222>"


@pytest.mark.parametrize(
    ("url", "login"),
    [
        ("nats://here", {}),
        ("nats://t%2Fn@here", {"token": "t/n"}),
        ("nats://a%3Ab:c%40%25@here", {"user": "a:b", "password": "c@%"}),
        ("nats://a:b@c@here", {"user": "a", "password": "b@c"}),
    ],
)
def test_url_may_hold_any_login(url: str, login: dict[str, str]) -> None:
    assert login_of(url, {"name": "x"}) == login


def test_an_option_that_is_none_is_none() -> None:
    layer = NatsChannelLayer(options={"tls": None, "user": None, "name": "a"})

    assert layer.options == {"name": "a"}


def test_login_among_the_options_is_what_counts() -> None:
    assert login_of("nats://a:b@here", {"token": "c"}) == {}


def test_no_part_of_a_password_is_shown() -> None:
    layer = NatsChannelLayer("nats://u:top@secret@here")

    assert repr(layer) == "<NatsChannelLayer at nats://•••@here>"


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"servers": "cache:4222"}, "servers is a URL such as 'nats://"),
        ({"servers": []}, "servers is a URL such as 'nats://"),
        ({"servers": [7]}, "servers is a URL such as 'nats://"),
        ({"servers": b"nats://cache"}, "of the kind bytes"),
        ({"servers": "nats://:4222"}, "without a host"),
        ({"servers": "nats://cache:port"}, "a port that can be"),
        ({"servers": "nats://two words"}, "servers is a URL"),
        ({"servers": "NATS://cache"}, "servers is a URL"),
        ({"servers": "nats://cache/2"}, "something behind them"),
        ({"servers": "nats://cache?tls=1"}, "something behind them"),
        ({"servers": "nats://a:1#b@cache"}, "'#' is '%23'"),
        ({"servers": ["ws://a", "nats://b"]}, "some with 'ws://'"),
        ({"options": 7}, "options is a dict .*; not int"),
        ({"options": {"tokn": "x"}}, "'tokn', which nats-py does not know"),
        ({"options": {"servers": "x"}}, "'servers', which is set here"),
        ({"options": {"no_echo": True}}, "'no_echo', which is set here"),
        ({"options": {"tls": True}}, "an ssl.SSLContext, .*; not bool"),
        ({"capacity": 1.5}, "capacity must be a whole number .*; not 1.5"),
        ({"capacity": True}, "capacity must be a whole number .*; not True"),
        ({"capacity": 2**63}, "at most 9,223,372,036,854,775,807; not 9"),
        ({"prefix": "ä" * 34}, "prefix is 204 characters long, at NATS"),
        ({"prefix": "a" * 201}, "prefix is 201 characters long, at NATS"),
        ({"prefix": "\ud800"}, "prefix '.ud800' cannot be written"),
        ({"capacity": -1}, "capacity must be a number above 0, not -1"),
        ({"channel_capacity": {"a": 1.5}}, "capacity of 'a' must be a whole"),
        ({"prefix": 7}, "prefix is a str, not 7"),
        ({"prefix": ""}, "prefix is empty"),
        ({"group_expiry": 0}, "group_expiry must be a number above 0"),
        ({"hosts": []}, "hosts"),
    ],
)
def test_registry_says_what_is_wrong(
    config: dict[str, Any], problem: str
) -> None:
    layers = ChannelLayerManager()
    layers.configure({"default": {"BACKEND": BACKEND, "CONFIG": config}})

    with pytest.raises(InvalidChannelLayerError, match=problem):
        layers["default"]


@pytest.mark.parametrize("missing", ["nats", "msgpack"])
def test_missing_package_is_named_with_what_installs_it(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    for name in list(sys.modules):
        if name.startswith("minichannels.layers.nats"):
            monkeypatch.delitem(sys.modules, name)
    for name in [m for m in sys.modules if m.split(".")[0] == missing]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, missing, None)
    layers = ChannelLayerManager()
    layers.configure({"default": {"BACKEND": BACKEND}})

    with pytest.raises(
        InvalidChannelLayerError,
        match=rf'needs {missing}.*; pip install "minichannels\[nats\]"',
    ):
        layers["default"]


async def test_group_is_heard_again_though_one_of_two_calls_to_hear_it_failed(
    make: Make, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = make(proxy.url)
    channel = await layer.new_channel()
    await layer.group_add("other", channel)
    shard = shard_of(layer)
    wire = await shard.link.wire()
    hear, heard = wire.subscribe, asyncio.Event()
    fails = iter([True, False])

    async def subscribe(topic: str) -> None:
        if next(fails):
            await heard.wait()
            raise LayerUnavailable("it does not answer")
        await hear(topic)
        heard.set()

    monkeypatch.setattr(wire, "subscribe", subscribe)
    calls = [layer.group_add("room", channel) for _ in range(2)]
    first, second = await asyncio.gather(*calls, return_exceptions=True)
    proxy.cut()
    await until(lambda: not connected(layer))
    await until(lambda: connected(layer))
    await layer.group_send("room", {"type": "x"})

    assert (type(first), second) == (LayerUnavailable, None)
    assert await layer.receive(channel) == {"type": "x"}


async def test_what_is_not_connected_has_caught_up_and_hears_no_more(
    make: Make, proxy: Proxy
) -> None:
    layer = make(proxy.url)
    channel = await layer.new_channel()
    await layer.group_add("room", channel)
    await until(lambda: connected(layer))
    shard = shard_of(layer)
    heard = len(shard)
    proxy.is_away = True
    proxy.cut()
    await until(lambda: not connected(layer))

    await shard.caught_up()
    shard.unsubscribe(("group", "room"))

    assert len(shard) == heard - 1
