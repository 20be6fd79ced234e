import asyncio
from contextvars import Context, ContextVar
from typing import Any

import pytest

from minichannels.lab.transport.pipe import End, pipe

WORD = ContextVar("word", default="")


class Noting(asyncio.Protocol):
    """Writes down what it is told, and in which context."""

    def __init__(self, keep_open: bool = False) -> None:
        self.told: list[Any] = []
        self._keep_open = keep_open

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.told.append(("made", WORD.get()))

    def data_received(self, data: bytes) -> None:
        self.told.append(data)

    def eof_received(self) -> bool:
        self.told.append("eof")
        return self._keep_open

    def connection_lost(self, exc: Exception | None) -> None:
        self.told.append(("lost", type(exc).__name__))

    def pause_writing(self) -> None:
        self.told.append("pause")

    def resume_writing(self) -> None:
        self.told.append("resume")


def context(word: str) -> Context:
    own = Context()
    own.run(WORD.set, word)
    return own


@pytest.fixture
async def near() -> Noting:
    return Noting()


@pytest.fixture
async def far() -> Noting:
    return Noting()


@pytest.fixture
async def ends(near: Noting, far: Noting) -> tuple[End, End]:
    one, two = pipe(
        (("here", 1), context("near")), (("there", 2), context("far"))
    )
    one.attach(near)
    two.attach(far)
    await turn()
    near.told.clear()
    far.told.clear()
    return one, two


async def turn() -> None:
    """Let the loop do what is due."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_ends_know_each_other_and_their_contexts() -> None:
    near, far = Noting(), Noting()
    one, two = pipe(
        (("here", 1), context("near")), (("there", 2), context("far"))
    )

    one.attach(near)
    two.attach(far)
    assert near.told == far.told == []  # nothing from within a call
    await turn()

    assert (near.told, far.told) == ([("made", "near")], [("made", "far")])
    for end, own, other in (
        (one, ("here", 1), ("there", 2)),
        (two, ("there", 2), ("here", 1)),
    ):
        assert end.get_extra_info("sockname") == own
        assert end.get_extra_info("peername") == other
        assert end.get_extra_info("socket") is None


async def test_what_is_written_arrives_later_in_order_as_a_copy(
    ends: tuple[End, End], far: Noting
) -> None:
    data = bytearray(b"a")

    ends[0].write(data)
    ends[0].write(b"")
    ends[0].write(b"b")
    data[:] = b"z"
    assert far.told == []
    await turn()

    assert far.told == [b"a", b"b"]


async def test_an_end_that_does_not_read_leaves_it_lying(
    ends: tuple[End, End], near: Noting, far: Noting
) -> None:
    one, two = ends
    two.pause_reading()
    one.write(b"x" * 2**18)
    assert near.told == []
    one.write(b"y")
    one.write(b"z")
    await turn()
    assert (near.told, far.told) == (["pause"], [])
    assert one.get_write_buffer_size() == 2**18 + 2
    assert not two.is_reading()

    two.resume_reading()
    await turn()

    assert two.is_reading()
    assert near.told == ["pause", "resume"]
    assert far.told == [b"x" * 2**18, b"y", b"z"]


async def test_close_lets_arrive_what_was_written(
    ends: tuple[End, End], near: Noting, far: Noting
) -> None:
    one, two = ends

    one.write(b"bye")
    one.close()
    one.close()
    one.write(b"too late")
    await turn()

    assert near.told == [("lost", "NoneType")]
    assert far.told == [b"bye", "eof", ("lost", "NoneType")]
    assert two.is_closing()


async def test_an_end_that_said_its_last_reads_on(
    ends: tuple[End, End], near: Noting
) -> None:
    one, two = ends
    keeps = Noting(keep_open=True)
    two.set_protocol(keeps)
    assert two.get_protocol() is keeps
    assert one.can_write_eof()

    one.write_eof()
    one.write_eof()
    one.write(b"too late")
    await turn()
    two.write(b"still here")
    await turn()

    assert keeps.told == ["eof"]
    assert near.told == [b"still here"]


async def test_writing_to_an_end_that_is_closed_ends_the_connection(
    ends: tuple[End, End], near: Noting, far: Noting
) -> None:
    one, two = ends
    one.pause_reading()
    two.abort()
    await turn()
    assert near.told == []

    one.write(b"are you there?")
    await turn()

    assert near.told == [("lost", "ConnectionResetError")]
    assert far.told == [("lost", "NoneType")]


async def test_a_closed_end_reads_no_more(
    ends: tuple[End, End], near: Noting
) -> None:
    one, two = ends

    two.write(b"x")
    one.abort()
    await turn()

    assert near.told == [("lost", "NoneType")]


async def test_limits_are_those_of_sockets(ends: tuple[End, End]) -> None:
    one, two = ends
    one.set_write_buffer_limits(high=1)
    two.pause_reading()

    one.write(b"xx")

    assert one.get_write_buffer_size() == 2
