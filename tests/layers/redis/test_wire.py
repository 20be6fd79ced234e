"""How fast a connection hands on what comes; a test plays the socket."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from minichannels.layers.redis.wire import Wire
from support.loops import ticks


class Transport:
    """A socket's place: notes what is asked of it."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.is_paused = False
        self.is_cut = False

    def set_protocol(self, protocol: asyncio.Protocol) -> None: ...

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def is_closing(self) -> bool:
        return self.is_cut

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False

    def abort(self) -> None:
        self.is_cut = True


class Taking:
    """Takes what is published, and asks for rounds of the loop."""

    def __init__(self, rounds: int = 0) -> None:
        self.taken: list[int] = []
        self.rounds = rounds

    def __call__(self, push: Any) -> int:
        self.taken.append(push)
        return self.rounds


@pytest.fixture
def transport() -> Transport:
    return Transport()


def wire_on(transport: Transport, taking: Taking | None = None) -> Wire:
    async def disconnect(nowait: bool) -> None: ...

    connection = SimpleNamespace(
        _writer=SimpleNamespace(transport=transport), disconnect=disconnect
    )
    return Wire(connection, taking)


def pushes(first: int, last: int) -> bytes:
    return b"".join(b":%d\r\n" % n for n in range(first, last))


async def test_one_command_leaves_at_once_and_others_of_the_round_together(
    transport: Transport,
) -> None:
    wire = wire_on(transport)
    calls = [wire.calls(("ECHO", n)) for n in range(4)]
    assert len(transport.written) == 1

    await ticks(1)
    assert len(transport.written) == 2
    wire.data_received(pushes(0, 4))

    assert [await call for call in calls] == [[0], [1], [2], [3]]


async def test_what_comes_in_a_crowd_is_taken_in_rounds(
    transport: Transport,
) -> None:
    taking = Taking()
    wire = wire_on(transport, taking)

    wire.data_received(pushes(0, 40))
    taken = [len(taking.taken)]
    wire.data_received(pushes(40, 41))  # it has to wait for its turn
    for _ in range(2):
        await ticks(1)
        taken.append(len(taking.taken))

    assert taken == [16, 32, 41]
    assert taking.taken == list(range(41))


async def test_reader_that_is_behind_gets_the_rounds_it_needs(
    transport: Transport,
) -> None:
    taking = Taking(rounds=4)
    wire = wire_on(transport, taking)

    wire.data_received(pushes(0, 2))
    rounds = 0
    while len(taking.taken) < 2:
        await ticks(1)
        rounds += 1

    assert rounds == 4


async def test_server_has_to_wait_when_too_much_has_come(
    transport: Transport,
) -> None:
    taking = Taking()
    wire = wire_on(transport, taking)
    wire.data_received(pushes(0, 500))
    paused = [transport.is_paused]

    wire.data_received(pushes(500, 1500))
    paused.append(transport.is_paused)
    await ticks(100)
    paused.append(transport.is_paused)

    assert paused == [False, True, False]
    assert taking.taken == list(range(1500))


async def test_end_is_told_to_whoever_still_waits(
    transport: Transport,
) -> None:
    wire = wire_on(transport)
    gone, waits = wire.calls(("PING",)), wire.calls(("PING",))
    gone.cancel()

    await wire.close("why")

    assert gone.cancelled()
    assert str(waits.exception()) == "why"


async def test_what_came_before_the_end_is_taken(
    transport: Transport,
) -> None:
    taking = Taking(rounds=4)
    wire = wire_on(transport, taking)
    wire.data_received(pushes(0, 5))

    await wire.close("why")

    assert taking.taken == [0, 1, 2, 3, 4]
    await ticks(3)
    wire.tell(("PING",))
    assert transport.written == []
