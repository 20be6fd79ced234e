"""A consumer that is over is gone at once, unless somebody keeps it.

Of two that hold each other Python's collector of garbage has to find out that
nobody wants them; at thousands of connections that is a lot to look at.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any

import pytest

from minichannels.consumer import AsyncConsumer, SyncConsumer
from minichannels.exceptions import StopConsumer
from minichannels.flow import Recorder
from minichannels.generic.http import AsyncHttpConsumer
from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.layers import channel_layers, get_channel_layer
from minichannels.testing import WebsocketCommunicator
from minichannels.types import ASGIApp, Message, Scope
from support.layers import LayerWithoutExtensions, fresh_layer, no_layer
from support.members import LIMIT
from support.refcounts import Seen, without_collector

CONNECT = {"type": "websocket.connect"}
LEFT = {"type": "websocket.disconnect", "code": 1001}


class Caller:
    """A server and a client, for one scope of an application."""

    def __init__(self, app: ASGIApp, kind: str = "websocket") -> None:
        self.inbox: asyncio.Queue[Message] = asyncio.Queue()
        self.outbox: asyncio.Queue[Message] = asyncio.Queue()
        scope = {"type": kind, "path": "/", "headers": [], "method": "POST"}
        self.task = asyncio.create_task(self._serve(app, scope))

    async def _serve(self, app: ASGIApp, scope: Scope) -> None:
        # As servers do: they log an error, and go on.
        with suppress(Exception, asyncio.CancelledError):
            await app(scope, self.inbox.get, self.send)

    async def send(self, message: Message) -> None:
        if message.get("text") == "to nobody":
            raise OSError("gone")
        await self.outbox.put(message)

    async def say(self, *messages: Message) -> None:
        """Give events, and wait for what answers each but the last."""
        for message in messages[:-1]:
            self.inbox.put_nowait(message)
            await asyncio.wait_for(self.outbox.get(), LIMIT)
        self.inbox.put_nowait(messages[-1])

    async def end(self) -> None:
        """Wait until the application is over, and its tasks are."""
        await asyncio.wait([self.task], timeout=LIMIT)
        for _ in range(5):
            await asyncio.sleep(0)


def text(said: str) -> Message:
    return {"type": "websocket.receive", "text": said}


ENDS: dict[str, list[Message]] = {
    "by client": [text("hi"), LEFT],
    "at once": [LEFT],
    "by server": [text("close"), LEFT],
    "by an error": [text("fail")],
    "by StopConsumer": [text("stop")],
    "without a handler": [{"type": "websocket.wonder"}],
    "without a type": [{"no": "type"}],
}
LAYERS: list[Callable[[], AbstractContextManager[Any]]] = [
    fresh_layer,
    no_layer,
]


class Async(AsyncWebsocketConsumer):
    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        if text_data == "fail":
            raise LookupError("in a handler")
        if text_data == "stop":
            raise StopConsumer
        if text_data == "close":
            await self.close()
        else:
            await self.send(text_data)


class Own(Async):
    async def websocket_receive(self, message: Message) -> None:
        await super().websocket_receive(message)


class Sync(WebsocketConsumer):
    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        if text_data == "fail":
            raise LookupError("in a handler")
        if text_data == "stop":
            raise StopConsumer
        if text_data == "close":
            self.close()
        else:
            self.send(text_data)


class InOneThread(Sync):
    thread_sensitive = True


def noted(consumer: type[AsyncConsumer], seen: Seen) -> ASGIApp:
    """Return the application of a class whose instances are noted."""

    class Noted(consumer):  # type: ignore[valid-type, misc]
        def __init__(self) -> None:
            super().__init__()
            seen.note(self)

    app: ASGIApp = Noted.as_asgi()
    return app


def plain(app: ASGIApp) -> ASGIApp:
    return app


either_way = pytest.mark.parametrize("wrap", [plain, Recorder])
with_and_without = pytest.mark.parametrize("layers", LAYERS)
all_styles = pytest.mark.parametrize("style", [Async, Own, Sync, InOneThread])


@either_way
@with_and_without
@all_styles
@pytest.mark.parametrize("end", ENDS)
async def test_consumer_that_is_over_is_gone(
    end: str, style: Any, layers: Any, wrap: Callable[[ASGIApp], ASGIApp]
) -> None:
    with layers(), without_collector() as seen:
        caller = Caller(wrap(noted(style, seen)))
        await caller.say(CONNECT, *ENDS[end])
        await caller.end()

        assert caller.task.done()
        assert await seen.is_gone()


@either_way
@with_and_without
@pytest.mark.parametrize("style", [Async, Sync])
async def test_consumer_that_cannot_send_is_gone(
    style: Any, layers: Any, wrap: Callable[[ASGIApp], ASGIApp]
) -> None:
    with layers(), without_collector() as seen:
        caller = Caller(wrap(noted(style, seen)))
        await caller.say(CONNECT, text("to nobody"))
        caller.inbox.put_nowait(LEFT)
        await caller.end()

        assert caller.task.done()
        assert await seen.is_gone()


@either_way
@with_and_without
@all_styles
async def test_consumer_that_is_cancelled_is_gone(
    style: Any, layers: Any, wrap: Callable[[ASGIApp], ASGIApp]
) -> None:
    with layers(), without_collector() as seen:
        caller = Caller(wrap(noted(style, seen)))
        await caller.say(CONNECT, text("hi"), text("ho"))
        await asyncio.wait_for(caller.outbox.get(), LIMIT)
        caller.task.cancel()
        await caller.end()

        assert await seen.is_gone()


@either_way
@with_and_without
@all_styles
async def test_consumer_whose_own_task_is_cancelled_is_gone(
    style: Any, layers: Any, wrap: Callable[[ASGIApp], ASGIApp]
) -> None:
    with layers(), without_collector() as seen:
        async with WebsocketCommunicator(wrap(noted(style, seen)), "/") as ada:
            await ada.connect(LIMIT)
            await ada.send_to("hi")
            await ada.receive_from(LIMIT)
        del ada

        assert await seen.is_gone()


@either_way
@all_styles
async def test_consumer_with_a_layer_from_elsewhere_is_gone(
    style: Any, wrap: Callable[[ASGIApp], ASGIApp]
) -> None:
    layer: Any = LayerWithoutExtensions()
    before = channel_layers.set("default", layer)
    try:
        with without_collector() as seen:
            caller = Caller(wrap(noted(style, seen)))
            await caller.say(CONNECT, LEFT)
            await caller.end()

            assert await seen.is_gone()
    finally:
        channel_layers.set("default", before)


async def test_consumer_is_gone_when_a_layer_from_elsewhere_fails() -> None:
    layer: Any = LayerWithoutExtensions()

    async def receive(channel: str) -> Message:
        raise LookupError("the layer is away")

    layer.receive = receive
    before = channel_layers.set("default", layer)
    try:
        with without_collector() as seen:
            caller = Caller(noted(Async, seen))
            await caller.end()

            assert caller.task.done()
            assert await seen.is_gone()
    finally:
        channel_layers.set("default", before)


@either_way
@with_and_without
@pytest.mark.parametrize("body", [b"", b"fail", b"stop", b"wait", b"stay"])
async def test_http_consumer_that_is_over_is_gone(
    body: bytes, layers: Any, wrap: Callable[[ASGIApp], ASGIApp]
) -> None:
    class Site(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            if body == b"fail":
                raise LookupError("in handle()")
            if body == b"stop":
                raise StopConsumer
            await self.send_headers(status=200)
            await self.send_body(b"hi", more_body=body != b"")
            if body == b"stay":
                await asyncio.Event().wait()

    with layers(), without_collector() as seen:
        caller = Caller(wrap(noted(Site, seen)), "http")
        caller.inbox.put_nowait({"type": "http.request", "body": body})
        if body in (b"wait", b"stay"):
            await asyncio.wait_for(caller.outbox.get(), LIMIT)
            await asyncio.wait_for(caller.outbox.get(), LIMIT)
            caller.inbox.put_nowait({"type": "http.disconnect"})
        await caller.end()

        assert caller.task.done()
        assert await seen.is_gone()


@pytest.mark.parametrize("member", [AsyncConsumer, SyncConsumer])
async def test_worker_s_consumer_without_a_layer_of_its_own_is_gone(
    member: type[AsyncConsumer],
) -> None:
    with no_layer(), without_collector() as seen:
        caller = Caller(noted(member, seen), "channel")
        caller.inbox.put_nowait({"type": "no.handler"})
        await caller.end()

        assert caller.task.done()
        assert await seen.is_gone()


async def test_consumer_that_somebody_keeps_can_be_used_when_it_is_over() -> (
    None
):
    kept: list[Async] = []

    class Kept(Async):
        async def disconnect(self, code: int) -> None:
            kept.append(self)

    with fresh_layer() as layer:
        caller = Caller(Kept.as_asgi())
        await caller.say(CONNECT, LEFT)
        await caller.end()

        (over,) = kept
        assert over.scope["path"] == "/"
        assert over.channel_layer is get_channel_layer() is layer
        await over.channel_layer.send(over.channel_name, {"type": "hi"})
        assert await over.channel_receive() == {"type": "hi"}
