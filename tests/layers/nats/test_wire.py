import asyncio
import gc
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio

from minichannels.exceptions import LayerUnavailable
from minichannels.layers.nats.connection import NatsConnection
from minichannels.layers.nats.wire import NatsWire
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


async def test_much_that_waits_is_taken_without_waiting_for_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("minichannels.layers.nats.wire._MOST", 0)
    for n in range(5):
        await desk.wire._client.publish("wire.a", b"%d" % n)
    await desk.wire.mark()

    assert len(desk.told) == 5


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


async def test_what_has_arrived_is_taken_when_it_is_closed(desk: Desk) -> None:
    desk.wire._comes(SimpleNamespace(subject="wire.a", data=b"1", reply=""))

    await desk.wire.close("the end")

    assert desk.told == [b"1"]


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


async def test_connection_that_was_never_made_can_be_closed() -> None:
    wire = NatsWire(NatsConnection(), "NATS at here", 1, lambda *_: 0)

    await wire.close("the end")

    with pytest.raises(LayerUnavailable, match="the end"):
        await wire.mark()


async def test_no_more_cannot_be_told_a_server_that_is_gone(desk: Desk) -> None:
    await desk.wire._client.close()

    with pytest.raises(LayerUnavailable, match="is away"):
        await desk.wire.ask_no_more()
