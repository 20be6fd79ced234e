import asyncio
import gc
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio

from minichannels.exceptions import LayerUnavailable
from minichannels.layers.nats.connection import NatsConnection
from minichannels.layers.nats.requirements import errors
from minichannels.layers.nats.wire import NatsWire
from support.loops import ticks
from support.proxies import until


class Desk:
    """A connection, and what it was told."""

    def __init__(self, connection: Any) -> None:
        self.told: list[bytes] = []
        self.wire = NatsWire(connection, "NATS at here", 10, self.pushed)

    def pushed(self, subject: str, data: bytes) -> int:
        self.told.append(data)
        return 3  # more rounds than one


@pytest_asyncio.fixture
async def desk(url: Any) -> Any:
    connection = NatsConnection()
    await connection.connect(url("nats"))
    desk = Desk(connection)
    await desk.wire.subscribe("wire.a", "wire.b")
    yield desk
    await desk.wire.close("the test is over")


async def test_what_comes_on_several_subjects_keeps_its_order(
    desk: Desk,
) -> None:
    for n in range(50):
        await desk.wire._client.publish(f"wire.{'ab'[n % 2]}", b"%d" % n)
    await desk.wire.mark()

    assert desk.told == [b"%d" % n for n in range(50)]


def come(desk: Desk, messages: int) -> None:
    """Have messages come at once, of 1,001 bytes as they are counted."""
    for n in range(messages):
        desk.wire._comes(
            SimpleNamespace(subject="wire.a", data=b"%d" % n, reply="")
        )


async def test_reader_that_is_behind_gets_the_rounds_it_needs(
    desk: Desk,
) -> None:
    come(desk, 2)
    rounds = 0
    while len(desk.told) < 2:
        await ticks(1)
        rounds += 1

    assert rounds == 4


async def test_much_that_waits_is_taken_without_waiting_for_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("minichannels.layers.nats.wire._MOST", 3003)
    come(desk, 5)

    await ticks(1)

    assert desk.told == [b"0", b"1"]


async def test_what_nobody_has_heard_is_remembered_by_nobody(
    desk: Desk,
) -> None:
    assert await desk.wire.publish("wire.nobody", b"1") is False

    assert not desk.wire._unheard


async def test_what_cannot_be_sent_is_told_in_the_words_of_who_sends(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> None:
        raise errors.OutboundBufferLimitError

    monkeypatch.setattr(desk.wire._client, "publish", fail)

    with pytest.raises(LayerUnavailable, match="outbound buffer limit"):
        await desk.wire.mark()


async def test_what_the_server_cannot_be_told_any_more_disturbs_nobody(
    desk: Desk,
) -> None:
    unheard: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: unheard.append(context))
    await desk.wire._client.close()

    desk.wire.unsubscribe("wire.a")
    await until(lambda: not desk.wire._tasks)
    gc.collect()

    assert unheard == []


async def test_subject_that_two_ask_for_at_once_is_heard_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe = desk.wire._client.subscribe

    async def later(*arguments: Any, **more: Any) -> Any:
        await asyncio.sleep(0)
        return await subscribe(*arguments, **more)

    monkeypatch.setattr(desk.wire._client, "subscribe", later)
    both = (desk.wire.subscribe("wire.c") for _ in range(2))
    await asyncio.gather(*both)

    await desk.wire.publish("wire.c", b"1")

    assert desk.told == [b"1"]


async def test_answer_that_has_arrived_is_given_when_it_is_closed(
    desk: Desk,
) -> None:
    marking = asyncio.create_task(desk.wire.mark())
    await asyncio.sleep(0)
    (number,) = desk.wire._waiting
    mark = SimpleNamespace(
        subject=f"{desk.wire._inbox}.mark.{number}", data=b"", reply=""
    )
    desk.wire._comes(mark)

    await desk.wire.close("the end")

    await marking  # no error


async def test_subject_that_must_not_be_published_on_is_heard_all_the_same(
    desk: Desk,
) -> None:
    refused = 'nats: permissions violation for publish to "wire.a"'
    publishing = asyncio.create_task(desk.wire.publish("wire.a", b"1"))
    await asyncio.sleep(0)

    for _ in range(2):  # of who has been told, nobody is told again
        desk.wire.says(Exception(refused))

    with pytest.raises(LayerUnavailable, match="refuses: nats: permissions"):
        await publishing
    assert desk.wire.hears("wire.a")


async def test_what_has_arrived_is_taken_when_it_is_closed(desk: Desk) -> None:
    come(desk, 1)

    await desk.wire.close("the end")

    assert desk.told == [b"0"]


async def test_closing_tells_all_who_wait(desk: Desk) -> None:
    marks = [asyncio.create_task(desk.wire.mark()) for _ in range(2)]
    await asyncio.sleep(0)
    gone, told = desk.wire._waiting.values()
    gone.cancel()

    await desk.wire.close("the end")

    assert str(told.exception()) == "the end"
    await asyncio.wait(marks)
    with pytest.raises(LayerUnavailable, match="the end"):
        await desk.wire.mark()
    desk.wire.unsubscribe("wire.a")  # which is too late, and no error


async def test_whoever_uses_what_has_ended_is_told_why(desk: Desk) -> None:
    desk.wire._client._err = OSError("reset by peer")
    await desk.wire._client.close()

    with pytest.raises(LayerUnavailable, match=r"is away \(reset by peer\)"):
        await desk.wire.mark()


async def test_connection_that_cannot_be_closed_is_left(desk: Desk) -> None:
    desk.wire._timeout = 0.1
    transport = desk.wire._client._transport

    async def stand_still() -> None:
        await asyncio.Event().wait()

    transport.wait_closed = stand_still

    transport.close = lambda: None

    await desk.wire.close("the end")

    assert transport._io_writer.is_closing()


async def test_answer_that_does_not_come_is_an_error(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.wire, "_answer", lambda *_: None)
    monkeypatch.setattr(desk.wire, "_timeout", 0.05)

    with pytest.raises(LayerUnavailable, match=r"no answer for 0\.05 s"):
        await desk.wire.mark()


async def test_answer_that_nobody_waits_for_is_left(desk: Desk) -> None:
    late = SimpleNamespace(
        subject=f"{desk.wire._inbox}.mark.99", data=b"", reply=""
    )
    desk.wire._comes(late)

    await desk.wire.mark()

    assert desk.told == []


async def test_answer_that_comes_behind_a_refusal_is_left(desk: Desk) -> None:
    told = asyncio.get_running_loop().create_future()
    told.set_result(None)
    desk.wire._waiting["99"] = told  # it has not run since
    desk.wire._comes(
        SimpleNamespace(
            subject=f"{desk.wire._inbox}.mark.99", data=b"", reply=""
        )
    )

    await desk.wire.mark()


async def test_connection_that_was_never_made_can_be_closed() -> None:
    wire = NatsWire(NatsConnection(), "NATS at here", 1, lambda *_: 0)

    await wire.close("the end")

    with pytest.raises(LayerUnavailable, match="the end"):
        await wire.mark()


async def test_no_more_cannot_be_told_a_server_that_is_gone(desk: Desk) -> None:
    await desk.wire._client.close()

    with pytest.raises(LayerUnavailable, match="is away"):
        await desk.wire.ask_no_more()
