import asyncio
import ctypes
import itertools
import socket
import struct
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minichannels.protocols import tcp
from minichannels.protocols.places import Place
from minichannels.protocols.tcp import (
    CHUNK,
    LONGEST_LINE,
    LineReader,
    TcpConnection,
    dialled,
)
from support.held_clock import turns
from support.limit import LIMIT

MUCH = 16_000_000  # bytes, more than sockets hold


@asynccontextmanager
async def connected() -> AsyncIterator[
    tuple[TcpConnection, asyncio.StreamReader, asyncio.StreamWriter]
]:
    """Connect to somebody; give the connection, and the other's end."""
    met: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]]
    met = asyncio.get_running_loop().create_future()

    async def meet(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        met.set_result((reader, writer))

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    place = Place("127.0.0.1", server.sockets[0].getsockname()[1])
    try:
        async with dialled(place) as connection:
            reader, writer = await met
            yield connection, reader, writer
    finally:
        writer.transport.abort()
        server.close()


async def test_each_piece_is_heard_until_the_other_closes() -> None:
    heard: list[bytes] = []
    async with connected() as (connection, _, writer):
        writer.write(b"one\ntwo\nhalf a li")
        writer.close()

        await connection.listen(LineReader(), heard.append, bool)

    assert heard == [b"one", b"two"]


async def test_what_the_listener_raises_ends_it_and_can_be_answered() -> None:
    heard: list[bytes] = []

    def hear(line: bytes) -> None:
        heard.append(line)
        raise ArithmeticError("broken")

    async with connected() as (connection, reader, writer):
        writer.write(b"one\ntwo\n")
        with pytest.raises(ArithmeticError, match="broken"):
            await connection.listen(LineReader(), hear, bool)
        connection.write(b"bye\n")

        assert heard == [b"one"]
        assert await reader.readline() == b"bye\n"


async def test_connection_that_breaks_off_says_so_to_all_who_use_it() -> None:
    async with connected() as (connection, _, writer):
        connection.write(b"x" * MUCH)
        writer.transport.abort()
        with pytest.raises(ConnectionError):
            await connection.listen(LineReader(), print, bool)

        await connection.drain()
        with pytest.raises(BrokenPipeError, match="the connection was lost"):
            connection.write(b"more")


async def test_connection_in_which_nothing_is_said_ends_in_time() -> None:
    async with connected() as (connection, _, _):
        with pytest.raises(TimeoutError, match=r"nothing was said for 0\.01 s"):
            await connection.listen(LineReader(), print, bool, 0.01)


async def test_system_asks_whether_the_other_end_is_still_there() -> None:
    async with connected() as (connection, _, _):
        sock = connection._transport.get_extra_info("socket")

        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) != 0
        for level, option, value in tcp._ASKING:
            assert sock.getsockopt(level, option) == value


# A filter of the system's that lets nothing in: one instruction, "return 0".
DEAF = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
SO_ATTACH_FILTER = 26


@pytest.mark.skipif(sys.platform != "linux", reason="there are such filters")
async def test_connection_ends_though_what_was_sent_is_not_confirmed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    soon = [(*option, min(value, 200)) for *option, value in tcp._ASKING]
    monkeypatch.setattr(tcp, "_ASKING", soon)
    async with connected() as (connection, _, writer):
        deaf = struct.pack("HP", 1, ctypes.addressof(DEAF))
        writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, SO_ATTACH_FILTER, deaf
        )
        connection.write(b"hello\r\n")

        async with asyncio.timeout(LIMIT):
            with pytest.raises(TimeoutError, match="timed out"):
                await connection.listen(LineReader(), print, bool)


class Sizes:
    """Says how much has come."""

    def feed(self, data: bytes) -> list[int]:
        return [len(data)]


async def test_burst_is_read_in_chunks() -> None:
    heard: list[int] = []
    async with connected() as (connection, _, writer):
        writer.write(b"x" * 3 * CHUNK)
        writer.close()

        await connection.listen(Sizes(), heard.append, bool)

    assert max(heard) == CHUNK
    assert sum(heard) == 3 * CHUNK


@pytest.mark.parametrize(("moment", "left"), [(0, 0), (3600, 2 * CHUNK)])
async def test_nothing_is_read_for_a_moment_when_somebody_is_behind(
    monkeypatch: pytest.MonkeyPatch, moment: float, left: int
) -> None:
    monkeypatch.setattr(tcp, "MOMENT", moment)
    heard: list[int] = []
    async with connected() as (connection, _, writer):
        writer.write(b"x" * 3 * CHUNK)
        await turns()  # until it is in the socket
        listening = asyncio.create_task(
            connection.listen(Sizes(), heard.append, lambda: True)
        )
        await turns(50)
        listening.cancel()

    assert 3 * CHUNK - sum(heard) == left


async def test_who_sends_more_than_the_other_takes_waits() -> None:
    async with connected() as (connection, reader, _):
        await connection.drain()
        connection.write(b"x" * MUCH)
        draining = asyncio.create_task(connection.drain())
        await asyncio.sleep(0)
        assert not draining.done()

        async with asyncio.timeout(LIMIT):
            await reader.readexactly(MUCH)
            await draining


async def test_closing_waits_for_ever_for_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tcp, "GRACE", 0)
    async with asyncio.timeout(LIMIT), connected() as (connection, _, _):
        connection.write(b"x" * MUCH)


@given(
    st.lists(st.binary(max_size=700).filter(lambda b: b"\n" not in b)),
    st.lists(st.integers(0, 2000)),
)
def test_lines_are_the_same_however_the_stream_is_cut(
    lines: list[bytes], cuts: list[int]
) -> None:
    stream, reader = b"".join(line + b"\n" for line in lines), LineReader()
    edges = [0, *sorted(cuts), len(stream)]

    read = [
        line
        for first, last in itertools.pairwise(edges)
        for line in reader.feed(stream[first:last])
    ]

    assert len(read) == len(lines)
    for line, whole in zip(read, lines, strict=True):
        # Nobody may take a part of a line for the whole of it.
        assert line == whole or LONGEST_LINE < len(line) < len(whole)


def test_of_an_endless_line_little_is_kept() -> None:
    reader = LineReader()
    for _ in range(100):
        assert reader.feed(b"x" * 100_000) == []

    (line,) = reader.feed(b"\n")

    assert len(line) == LONGEST_LINE + 1
