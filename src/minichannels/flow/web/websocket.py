"""A live view's other end, over a WebSocket.

How it works: each browser has a feed of its own. It is told the whole state
first, then what is new; a browser that is too slow misses an update, notices
that by its number, and asks for the whole state again. Everything is drawn
and written in threads, and a long text is sent in pieces, so that the
application does not wait for it.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any

from minichannels.flow.flow import Flow
from minichannels.flow.journal.events import Event
from minichannels.flow.live.feed import Feed, Update
from minichannels.types import Receive, Send

MOST_WAITING = 100
"""How many updates wait for a browser that is slow."""

PIECE = 500_000
"""How many letters are sent at once: a server compresses them on its loop."""


Resend = Callable[[Event], str]
"""Sends a frame of a client again, and says what was done."""


@dataclass(frozen=True, slots=True)
class Acting:
    """What a page can have done.

    Attributes:
        resend: sends a frame of a client again.
        token: what only the page was told, and says with it.
    """

    resend: Resend
    token: str

    async def answer(self, feed: Feed, asks: Any) -> str:
        """Do what a page asks for; return what was done, in words.

        It is done in the thread of the server's event loop.
        """
        token = str(asks.get("token")).encode("utf-8", "replace")
        if not compare_digest(token, self.token.encode()):
            return "Not sent: the server was begun again; load this page again"
        event = await asyncio.to_thread(feed.find, asks.get("no"))
        if event is None:
            return "Not sent: this event is not kept any more"
        return self.resend(event)


async def stream(
    flow: Flow, receive: Receive, send: Send, acting: Acting | None = None
) -> None:
    """Show a flow to one browser, for as long as it is connected.

    Args:
        flow: the flow.
        receive: receives from the browser.
        send: sends to it.
        acting: what the browser can have done, if anything.
    """
    await receive()
    await send({"type": "websocket.accept"})
    followed = flow.events if flow.journal is None else flow.journal
    feed = await asyncio.to_thread(Feed, followed)
    waiting: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
    loop = asyncio.get_running_loop()

    def tell(update: Update) -> None:  # in any thread
        whole = "state" in update
        with contextlib.suppress(RuntimeError):  # the server's loop is closed
            loop.call_soon_threadsafe(_put, waiting, written(update), whole)

    # In a thread, for it waits while the feed draws.
    unsubscribe = await asyncio.to_thread(feed.subscribe, tell)
    sending = asyncio.create_task(_send_all(waiting, send))
    try:
        await _answer_all(feed, waiting, receive, acting)
    finally:
        sending.cancel()
        await asyncio.to_thread(unsubscribe)
        feed.close()


async def _answer_all(
    feed: Feed,
    waiting: asyncio.Queue[str],
    receive: Receive,
    acting: Acting | None,
) -> None:
    """Do what a browser asks for; tell it all that there is, at first."""
    asks: Any = None
    while True:
        if acting and isinstance(asks, dict) and asks.get("type") == "resend":
            said = await acting.answer(feed, asks)
            _put(waiting, json.dumps({"said": said}))
        elif state := await asyncio.to_thread(_answer, feed, asks):
            _put(waiting, state)
        event = await receive()
        if event["type"] != "websocket.receive":
            return
        asks = _parsed(event.get("text"))


def _put(waiting: asyncio.Queue[str], text: str, whole: bool = False) -> None:
    if whole or waiting.full():  # what waits is in the whole, or too much
        while not waiting.empty():
            waiting.get_nowait()
    waiting.put_nowait(text)


async def _send_all(waiting: asyncio.Queue[str], send: Send) -> None:
    with contextlib.suppress(OSError):  # it has left: receive() says so
        while True:
            for piece in _pieces(await waiting.get()):
                await send({"type": "websocket.send", "text": piece})
                await asyncio.sleep(0)  # others may have waited for this


def _pieces(text: str) -> Iterator[str]:
    """Yield a text; a long one in pieces: ``+`` says that more follow."""
    if len(text) <= PIECE:
        yield text
        return
    for start in range(0, len(text), PIECE):
        end = start + PIECE
        yield f"{'+' if end < len(text) else '.'}{text[start:end]}"


def _answer(feed: Feed, asks: Any) -> str:
    """Return what a browser lacks; nothing if it has that."""
    lacking = feed.hear(asks)
    return "" if lacking is None else written(lacking)


def written(value: Any) -> str:
    """Return JSON, written piece by piece.

    While one large text is written no other thread runs, and the application
    would wait for that.
    """
    if isinstance(value, dict):
        items = (f"{json.dumps(k)}:{written(v)}" for k, v in value.items())
        return f"{{{','.join(items)}}}"
    if isinstance(value, list):
        return f"[{','.join(map(json.dumps, value))}]"
    return json.dumps(value)


def _parsed(text: Any) -> Any:
    """Return what a browser says; None if that is nothing to understand."""
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return None
