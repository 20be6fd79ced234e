"""Responses that go a short way or a long one, and what is written down.

Each is a list of what an application sends.
"""

import asyncio
from dataclasses import replace
from typing import Any

from minichannels.flow import Recorder
from minichannels.flow.journal.events import Entry, Event
from minichannels.flow.journal.keeping import HEAVY
from minichannels.flow.recording.calls import calls
from minichannels.types import ASGIApp, Message, Receive, Scope, Send
from support.layers import fresh_layer

START, BODY = "http.response.start", "http.response.body"
TEXT = (b"content-type", b"text/plain; charset=utf-8")


def start(*headers: Any, status: Any = 200, **more: Any) -> dict[str, Any]:
    return {"type": START, "status": status, "headers": [*headers], **more}


def body(text: Any = b"hello", **more: Any) -> dict[str, Any]:
    return {"type": BODY, "body": text, **more}


class Text(bytes):
    __slots__ = ()


WEB_TOKEN = b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzZXZlbiJ9.c2V2ZW4"
"""A secret that is known by its look, with none of the usual signs in it."""

USUAL: list[list[dict[str, Any]]] = [
    [start(TEXT), body()],
    [start(), body(b"")],
    [start(TEXT, (b"Content-Type", b"image/png")), body(b"\x89PNG")],
    [start(TEXT, status=304), body(more_body=False)],
    [start(TEXT), body(b'{"password": "seven", "said": "hi"}')],
    [start(TEXT), body(b"a=1&token=seven")],
    [start(TEXT), body(WEB_TOKEN)],
    [start(TEXT), body(b"Bearer seven-0123456789")],
    [start(), body(b"\x81\xa5token\xa5seven")],
    [start(TEXT), body(b"shown: one-of-two")],
    [start(TEXT), body(b"x" * HEAVY)],
    [start([b"x-as", b"a list"]), body()],
]
"""What goes the short way."""

OTHERS: list[list[dict[str, Any]]] = [
    [start(TEXT, status=404), body()],
    [start(TEXT, status=500), body()],
    [start((b"Content-Range", b"bytes 0-4/9"), status=206), body()],
    [start(TEXT, status=101), body()],
    [start(TEXT, status="200"), body()],
    [start(TEXT, status=True), body()],
    [start((b"set-cookie", b"sid=0123456789abcdef")), body()],
    [start((b"content-encoding", b"br")), body()],
    [start((b"content-type", b"Text/Event-Stream")), body(b"data: 1\n\n")],
    [start(("content-type", "text/plain")), body()],
    [start((b"content-type",)), body()],
    [start((b"content-type", "text/plain")), body()],
    [start(b"7"), body()],
    [start(7), body()],
    [start(TEXT, trailers=False), body()],
    [{"type": START, "status": 200}, body()],
    [{"type": START, "status": 200, "more": 1}, body()],
    [{"type": START, "status": 200, "headers": (TEXT,)}, body()],
    [{"type": START, "headers": [TEXT], "x": 1}, body()],
    [body()],
]
"""What goes the long way from its beginning."""

ENDINGS: list[list[dict[str, Any]]] = [
    [body(more_body=True), body(b" world"), body(b"!", more_body=False)],
    [body(more_body=True), body(b"", more_body=False)],
    [body(b"x" * (HEAVY + 1))],
    [body(Text(b"of another class"))],
    [body("no bytes")],
    [body(more=1)],
    [{"type": BODY}],
    [start(), body()],
    [{"type": "http.response.debug", "info": {}}, body()],
    [body(), body(b"once more")],
    [],
]
"""How a response goes on that began the short way."""

SENT = [*USUAL, *OTHERS, *([start(TEXT), *ending] for ending in ENDINGS)]


def site(sent: list[dict[str, Any]], reads: int = 0, **user: Any) -> ASGIApp:
    """Return an application that reads so often, and then sends all that."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(reads):
            await receive()
        scope.update(user)
        for message in sent:
            await send(message)
            await asyncio.sleep(0)

    return answer


COMING: list[dict[str, Any]] = [
    {"type": "http.request", "body": b"a", "more_body": True},
    {"type": "http.request", "body": b"b", "more_body": False},
    {"type": "http.disconnect"},
]

SHOWN = [(b"cookie", b"sid=one-of-two"), (b"host", b"localhost")]


def recorded(
    app: ASGIApp, fails_at: str = "", *, defers: bool = False, **scope: Any
) -> tuple[list[Message], list[Event], list[Entry]]:
    """Return what a server is sent, and what of it is written down.

    Args:
        app: the application.
        fails_at: the type of what the server does not take.
        defers: whether nobody follows what is written down.
        scope: what stands in the scope besides.
    """
    recorder = Recorder(app, folds_bodies=True)
    recorder.journal.calls = calls
    if not defers:
        recorder.journal.watch(lambda: None)
    coming = iter([dict(event) for event in COMING])
    taken: list[Message] = []

    async def receive() -> Message:
        await asyncio.sleep(0)
        return next(coming)

    async def send(message: Message) -> None:
        if message.get("type") == fails_at:
            raise OSError("gone")
        taken.append(message)

    async def run() -> None:
        full = {"type": "http", "path": "/a", "method": "GET", "headers": []}
        try:
            await recorder({**full, **scope}, receive, send)
        except OSError as error:
            taken.append({"raised": str(error)})

    with fresh_layer():
        asyncio.run(run())
    events = recorder.journal.line_up()
    first = min([event.arrival for event in events], default=0)
    _, entries = recorder.journal.since(0)
    return (
        taken,
        [
            replace(
                event,
                at=None,
                ran=None,
                waited=event.waited is not None,
                arrival=event.arrival - first,
            )
            for event in events
        ],
        entries,
    )
