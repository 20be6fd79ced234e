"""A transcript notes what crosses, on both sides of any server."""

import asyncio
import gc
import warnings
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.frames import CloseCode

from minichannels.lab import Transcript
from minichannels.lab.notebook import transcript as module

MASK = bytes.fromhex("37fa213d")
REQUEST = (
    b"GET /tea HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True) -> bytes:
    """Return a short frame, as a client sends it."""
    data = bytes(b ^ MASK[i % 4] for i, b in enumerate(payload))
    return bytes([128 * fin | opcode, 128 | len(payload)]) + MASK + data


BYE = frame(8, b"\x03\xe8")


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


async def quiet(scope: Any, receive: Any, send: Any) -> None:
    """Be an application that is not called."""


async def of_echo(*sent: bytes) -> tuple[Transcript, list[bytes]]:
    """Return the transcript of a visit to an echo, and the answers."""
    wire = Transcript(quiet)
    async with serve(echo, "127.0.0.1", 0, compression=None) as server:
        await wire.connect(server.server)
        answers = [await wire.ask(data) for data in (REQUEST, *sent, BYE)]
        await wire.leave()
    return wire, answers


def said(wire: Transcript) -> list[tuple[str, str]]:
    """Return what was sent after the handshake, and what it says."""
    return [(c.what, c.meaning) for c in wire.crossings[2:]]


async def test_transcript_notes_bytes_and_what_they_say() -> None:
    wire, answers = await of_echo(frame(1, b"Hello"))

    assert answers[1:] == [b"\x81\x05Hello", b"\x88\x02\x03\xe8"]
    assert [c.source for c in wire.crossings] == ["ada", "server"] * 3
    head, answer = wire.crossings[:2]
    assert (head.what, answer.what) == (
        "GET /tea HTTP/1.1",
        "HTTP/1.1 101 Switching Protocols",
    )
    assert head.meaning == f"… {len(REQUEST)} bytes of HTTP"
    assert said(wire) == [
        ("81 85 37 fa 21 3d 7f 9f 4d 51 58", 'text "Hello", masked'),
        ("81 05 48 65 6c 6c 6f", 'text "Hello"'),
        ("88 82 37 fa 21 3d 34 12", "close 1000, masked"),
        ("88 02 03 e8", "close 1000"),
    ]


@pytest.mark.parametrize(
    ("data", "meaning"),
    [
        (frame(1), 'text "", masked'),
        (frame(2, b"\x00\xff"), "binary <2 bytes>, masked"),
        (frame(9, b"hi"), 'ping "hi", masked'),
        (frame(8, b"\x0f\xa0no room"), 'close 4000 "no room", masked'),
        (frame(8), "close, masked"),
        (frame(1, b"\xff"), 'text "\ufffd", masked'),
        (frame(1, b"Hel", fin=False), 'text "Hel", more follows, masked'),
        (frame(0, b"lo"), 'continued "lo", masked'),
        (b"\x81\x05Hello", "7 bytes"),  # a client has to mask
        (frame(1, b"a")[:-1], "6 bytes"),
        (b"\x8b\x80" + MASK, "6 bytes"),  # there is no such opcode
    ],
)
async def test_transcript_says_what_some_bytes_are(
    data: bytes, meaning: str
) -> None:
    wire = Transcript(quiet)
    async with serve(echo, "127.0.0.1", 0) as server:
        await wire.connect(server.server)
        wire.say(data)
        await wire.leave()

    assert wire.crossings[0].meaning == meaning


async def test_transcript_shows_itself_as_picture_and_words() -> None:
    wire, _ = await of_echo()

    shown = wire._repr_mimebundle_()
    assert shown["text/plain"] == repr(wire) == wire.figure().text
    assert "Wire: bytes crossed 4 times between ada" in repr(wire)
    assert shown["text/html"].startswith("<figure")


async def test_transcript_shows_the_beginning_of_many_bytes() -> None:
    wire, _ = await of_echo(frame(2, bytes(20)))

    assert wire.crossings[3].what == f"82 14{' 00' * 10} …"


async def test_transcript_notes_frames_that_are_sent_at_once() -> None:
    wire, _ = await of_echo(frame(9) + frame(1, b"a"))

    assert said(wire)[:2] == [
        ("89 80 37 fa 21 3d", "ping, masked"),
        ("81 81 37 fa 21 3d 56", 'text "a", masked'),
    ]


@pytest.mark.parametrize("size", [126, 65536])
async def test_transcript_hears_a_long_frame(size: int) -> None:
    data = size.to_bytes(2 if size < 65536 else 8, "big")
    head = bytes([0x82, 128 | (126 if size < 65536 else 127)]) + data

    _, answers = await of_echo(head + bytes(4) + bytes(size))

    assert answers[1] == bytes([0x82, head[1] & 127]) + data + bytes(size)


async def test_transcript_notes_the_events_of_its_application() -> None:
    events = [
        {"type": "websocket.connect"},
        {"type": "websocket.receive", "text": "é", "bytes": None},
        {"type": "websocket.disconnect", "code": CloseCode.NORMAL_CLOSURE},
    ]
    given = iter(events)

    async def receive() -> Any:
        return next(given)

    async def send(event: Any) -> None:
        sent.append(event)

    async def shop(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        await send({"type": "websocket.send", "bytes": b"\x00"})
        await receive()

    sent: list[Any] = []
    wire = Transcript(shop)
    await wire.application({"type": "websocket"}, receive, send)

    assert [event["type"] for event in sent] == [
        "websocket.accept",
        "websocket.send",
    ]
    assert [
        (c.source, c.target, c.what, c.meaning, c.is_life)
        for c in wire.crossings
    ] == [
        ("server", "shop", "websocket.connect", "", True),
        ("shop", "server", "websocket.accept", "", True),
        (
            *("server", "shop"),
            "websocket.receive",
            'text="é", bytes=None',
            False,
        ),
        ("shop", "server", "websocket.send", r"bytes=b'\x00'", False),
        ("server", "shop", "websocket.disconnect", "code=1000", True),
    ]


async def test_hear_says_so_if_no_answer_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LIMIT", 0.01)
    wire = Transcript(quiet, "eve")
    async with serve(echo, "127.0.0.1", 0) as server:
        await wire.connect(server.server)
        with pytest.raises(
            TimeoutError, match=r"eve waited 0\.01 s for an answer"
        ):
            await wire.hear()
        await wire.leave()


@pytest.mark.parametrize("begun", [b"", b"\x81\x05He"])
async def test_hear_says_so_if_the_server_hangs_up(begun: bytes) -> None:
    async def rude(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(begun)
        writer.close()

    wire = Transcript(quiet)
    async with await asyncio.start_server(rude, "127.0.0.1", 0) as server:
        await wire.connect(server)
        with pytest.raises(ConnectionError, match="ada got no answer: the ser"):
            await wire.hear()
        await wire.leave()


async def test_leave_says_so_if_the_application_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LIMIT", 0.01)

    async def stubborn(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.Event().wait()

    wire = Transcript(stubborn)
    call = wire.application({}, quiet, quiet)  # type: ignore[arg-type]
    running = asyncio.ensure_future(call)
    async with serve(echo, "127.0.0.1", 0) as server:
        await wire.connect(server.server)
        with pytest.raises(TimeoutError, match=r"stubborn goes on 0\.01 s"):
            await wire.leave()
    running.cancel()


def test_hang_up_leaves_a_connection_alone_whose_loop_is_closed() -> None:
    async def connect() -> Transcript:
        wire = Transcript(quiet)
        async with serve(echo, "127.0.0.1", 0, open_timeout=0.1) as server:
            await wire.connect(server.server)
            server.close()
        return wire

    wire = asyncio.run(connect())

    module.hang_up_all()

    assert wire not in module._open
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        del wire  # with a transport that nothing can close any more
        gc.collect()
