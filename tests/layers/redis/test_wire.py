"""How fast a connection hands on what comes; a test plays the socket."""

import asyncio
import gc
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
    await ticks(2)
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


async def test_event_loop_is_left_alone_when_all_is_taken(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire, turns = wire_on(transport, Taking()), list[int]()
    take = wire._take

    def counted(rounds: int = 0) -> None:
        turns.append(rounds)
        take(rounds)

    monkeypatch.setattr(wire, "_take", counted)

    wire.data_received(pushes(0, 20))
    await ticks(5)

    assert turns == [0, 0]


async def test_server_has_to_wait_when_too_much_has_come(
    transport: Transport,
) -> None:
    taking = Taking()
    wire = wire_on(transport, taking)
    paused = []
    for first, last in ((0, 500), (500, 600), (600, 1500)):
        wire.data_received(pushes(first, last))
        paused.append(transport.is_paused)
    for rounds in (1, 100):
        await ticks(rounds)
        paused.append(transport.is_paused)

    assert paused == [False, False, True, True, False]
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


async def test_end_disturbs_nobody_who_has_not_waited(
    transport: Transport,
) -> None:
    unheard: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: unheard.append(context))
    wire = wire_on(transport)
    wire.ping()

    await wire.close("why")
    gc.collect()

    assert unheard == []


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


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "it is no Redis: it says b'HTTP/"),
        (b"+hello\r\n", "it says \"b'hello'\", and nobody asked"),
    ],
)
async def test_what_no_server_says_ends_the_connection(
    transport: Transport, said: bytes, why: str
) -> None:
    wire = wire_on(transport)

    wire.data_received(said)
    wire.connection_lost(None)  # which says no more

    assert wire.ended.result().startswith(why)


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (None, "the server closed the connection"),
        (OSError("reset by peer"), "reset by peer"),
    ],
)
async def test_connection_that_is_lost_says_why(
    transport: Transport, error: Exception | None, why: str
) -> None:
    wire = wire_on(transport)

    wire.connection_lost(error)

    assert wire.ended.result() == why


async def test_nobody_waits_for_the_answer_to_a_ping_beside_what_is_published(
    transport: Transport,
) -> None:
    wire = wire_on(transport, Taking())

    wire.ping()
    await ticks(2)

    assert transport.written == [b"*1\r\n$4\r\nPING\r\n"]
    assert not wire._waiting
