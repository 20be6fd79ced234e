"""The shortest way of a frame, to a consumer that alone gets to see it."""

import asyncio
import contextlib
import functools
import gc
import sys
import weakref
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from minichannels.consumer import AsyncConsumer
from minichannels.flow import Recorder
from minichannels.flow.journal.events import ON_LOOP, Event
from minichannels.flow.recording.application.causes import CURRENT
from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.types import ASGIApp, Message, Receive, Scope, Send
from support.layers import fresh_layer, no_layer

RECEIVED, ANSWER = "websocket.receive", "websocket.send"

LAYERS = [fresh_layer, no_layer]


def gives(texts: Iterable[str]) -> Receive:
    """Return a receive that gives a client's frames, and then its end."""
    coming: list[Message] = [{"type": "websocket.connect"}]
    coming += [{"type": RECEIVED, "text": text} for text in texts]
    coming += [{"type": "websocket.disconnect", "code": 1001}]

    async def receive() -> Message:
        await asyncio.sleep(0)
        return coming.pop(0) if len(coming) > 1 else coming[0]

    return receive


async def takes(message: Message) -> None:
    """Take what is sent."""


async def told(app: ASGIApp, texts: Iterable[str]) -> tuple[Event, ...]:
    """Return what is written down of an application and a client's frames."""
    recorder = Recorder(app)
    scope = {"type": "websocket", "path": "/", "headers": []}
    await recorder(scope, gives(texts), takes)
    return recorder.journal.line_up()


def causes(events: Iterable[Event]) -> list[str]:
    """Return the texts of the frames that each answer was sent for."""
    came = {e.seq: e.payload["text"] for e in events if e.type == RECEIVED}
    return [came[e.cause or 0] for e in events if e.type == ANSWER]


class Echo(AsyncWebsocketConsumer):
    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        await self.send(text_data=text_data)


def behind(application: ASGIApp) -> ASGIApp:
    """Return an application behind a middleware that hands each event on."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def handed_on() -> Message:
            return await receive()

        await application(scope, handed_on, send)

    return app


class Looks(Echo):
    """A consumer that keeps what its frames are handed out as."""

    handed: list[type[Any]]

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        message = sys._getframe(1).f_locals["message"]
        self.handed.append(type(message))


class OwnHandler(Looks):
    async def websocket_receive(self, message: Message) -> None:
        await super().websocket_receive(message)


class OwnDispatch(Looks):
    async def dispatch(self, message: Message) -> None:
        await super().dispatch(message)


class Sync(WebsocketConsumer):
    handed: list[type[Any]]

    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        message = sys._getframe(3).f_locals["message"]
        self.handed.append(type(message))


@pytest.mark.parametrize(
    ("consumer", "wrap", "alone"),
    [
        (Looks, lambda app: app, True),
        (Looks, behind, False),
        (OwnHandler, lambda app: app, False),
        (OwnDispatch, lambda app: app, False),
        (Sync, lambda app: app, False),
    ],
)
async def test_who_alone_sees_a_frame_is_handed_it_as_it_came(
    consumer: Any, wrap: Callable[[ASGIApp], ASGIApp], alone: bool
) -> None:
    consumer.handed = []

    with fresh_layer():
        await told(wrap(consumer.as_asgi()), ["a"] * 10)

    # A frame that notices who reads it is of a class that says it is a dict.
    assert (consumer.handed[-1] is dict) == alone


@pytest.mark.parametrize("layer", LAYERS)
async def test_a_frame_tells_its_handler_and_what_it_was_answered_with(
    layer: Callable[[], AbstractContextManager[Any]],
) -> None:
    with layer():
        events = await told(Echo.as_asgi(), "abc")

    came = [event for event in events if event.type == RECEIVED]
    assert [(e.payload, e.handler, e.thread) for e in came] == [
        ({"text": text}, "receive", ON_LOOP) for text in "abc"
    ]
    assert causes(events) == ["a", "b", "c"]
    assert all(0 < e.began <= e.ended for e in came)
    assert all(e.ran is not None and e.ran >= 0 for e in came)


@pytest.mark.parametrize("layer", LAYERS)
async def test_a_task_begun_by_a_frame_does_not_answer_it_later(
    layer: Callable[[], AbstractContextManager[Any]],
) -> None:
    handled, sent = asyncio.Event(), asyncio.Event()

    class Later(Echo):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            if text_data == "begin":
                self.task = asyncio.create_task(self.answer())
            else:
                handled.set()
                await sent.wait()

        async def answer(self) -> None:
            await handled.wait()
            await self.send(text_data="late")
            sent.set()

    with layer():
        events = await told(Later.as_asgi(), ["begin", "next"])

    begun = {e.payload.get("text"): e.seq for e in events}["begin"]
    [answer] = [e for e in events if e.type == ANSWER]
    assert (answer.cause, answer.begun_in) == (None, begun)


@pytest.mark.parametrize("layer", LAYERS)
async def test_who_logs_in_while_a_frame_is_handled_has_a_name(
    layer: Callable[[], AbstractContextManager[Any]],
) -> None:
    names = []

    class LogsIn(Echo):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            names.append(recorder.journal.line_up()[0].user)
            self.scope["user"] = text_data

    recorder = Recorder(LogsIn.as_asgi())
    scope = {"type": "websocket", "path": "/", "headers": []}
    with layer():
        await recorder(scope, gives(["ada", "bob", "cid"]), takes)

    assert names == ["", "ada", "bob"]


@pytest.mark.parametrize("layer", LAYERS)
async def test_settle_waits_until_a_consumer_has_handled_its_frame(
    layer: Callable[[], AbstractContextManager[Any]],
) -> None:
    handling, goes_on, ends = asyncio.Event(), asyncio.Event(), asyncio.Event()

    class Slow(Echo):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            handling.set()
            await goes_on.wait()

    give = gives(["slow"])

    async def receive() -> Message:
        if handling.is_set():
            await ends.wait()
        return await give()

    with layer():
        recorder = Recorder(Slow.as_asgi())
        recorder.settling.start(asyncio.get_running_loop())
        scope = {"type": "websocket", "path": "/", "headers": []}
        running = asyncio.create_task(recorder(scope, receive, takes))
        await handling.wait()
        with pytest.raises(TimeoutError, match=r"still runs receive\(\)"):
            await recorder.settling.wait(0)
        waiting = asyncio.create_task(recorder.settling.wait(10))
        await asyncio.sleep(0)
        goes_on.set()
        await waiting
        ends.set()
        await running

    assert recorder.journal.line_up()[-1].kind == "receive"  # its end


@pytest.mark.parametrize("layer", LAYERS)
async def test_a_receive_of_the_servers_may_fail(
    layer: Callable[[], AbstractContextManager[Any]],
) -> None:
    give = gives(["a"])

    async def receive() -> Message:
        event = await give()
        if event["type"] == "websocket.disconnect":
            raise RuntimeError("no event comes any more")
        return event

    recorder = Recorder(Echo.as_asgi())
    with layer(), pytest.raises(RuntimeError, match="no event comes"):
        await recorder(
            {"type": "websocket", "path": "/", "headers": []}, receive, takes
        )

    events = recorder.journal.line_up()
    assert causes(events) == ["a"]
    assert [event.kind for event in events][-1] == "crash"


async def test_a_frame_that_is_more_than_one_takes_the_long_way() -> None:
    give = gives(["a"])

    async def receive() -> Message:
        event = await give()
        return {**event, "more": 1} if event["type"] == RECEIVED else event

    recorder = Recorder(Echo.as_asgi())
    with fresh_layer():
        await recorder(
            {"type": "websocket", "path": "/", "headers": []}, receive, takes
        )

    events = recorder.journal.line_up()
    [came] = [event for event in events if event.type == RECEIVED]
    assert came.payload == {"text": "a", "more": 1}
    assert causes(events) == ["a"]


async def test_of_two_consumers_of_one_client_each_tells_its_frames() -> None:
    class Inner(Echo):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            await super().receive(text_data)
            if text_data == "back":
                await self.close()

    class Outer(Echo):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            await super().receive(text_data)
            if text_data == "within":
                with contextlib.suppress(StopAsyncIteration):
                    await Inner()(self.scope, self.theirs, self.base_send)

        async def __call__(
            self, scope: Scope, receive: Receive, send: Send
        ) -> None:
            self.theirs = receive
            await super().__call__(scope, receive, send)

    with no_layer():
        events = await told(Outer.as_asgi(), ["a", "within", "b", "c"])

    assert causes(events) == ["a", "within", "b", "c"]
    came = [event for event in events if event.type == RECEIVED]
    assert [event.handler for event in came] == ["receive"] * 4


async def test_a_consumer_may_begin_behind_the_handshake() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def shake_hands() -> None:
            await receive()
            await send({"type": "websocket.accept"})

        await asyncio.create_task(shake_hands())
        await Echo()(scope, receive, send)

    with no_layer():
        events = await told(app, ["a", "b", "c"])

    assert causes(events) == ["a", "b", "c"]


class Shouts:
    """A ``receive`` that has whatever attribute is asked for."""

    def __init__(self, receive: Receive) -> None:
        self.receive = receive

    def __getattr__(self, name: str) -> Any:
        return getattr(self.receive, name)

    async def __call__(self) -> Message:
        return louder(await self.receive())


class Mocks(Shouts):
    def __getattr__(self, name: str) -> Any:
        return self


def wrapped(receive: Receive) -> Receive:
    """Return a ``receive`` with the attributes of the one that it wraps."""

    @functools.wraps(receive)
    async def shouts() -> Message:
        return louder(await receive())

    return shouts


def louder(message: Message) -> Message:
    """Return a frame that shouts; or what is none, as it is."""
    if message["type"] != RECEIVED:
        return message
    return {**message, "text": message["text"].upper()}


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("wrap", [wrapped, Shouts, Mocks])
async def test_what_wraps_a_receive_is_not_passed_by(
    wrap: Callable[[Receive], Receive],
    layer: Callable[[], AbstractContextManager[Any]],
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await Echo()(scope, wrap(receive), send)

    with layer():
        events = await told(app, "abc")

    answers = [e.payload["text"] for e in events if e.type == ANSWER]
    assert answers == ["A", "B", "C"]


@pytest.mark.parametrize("layer", LAYERS)
async def test_of_frames_that_are_read_ahead_each_tells_its_handler(
    layer: Callable[[], AbstractContextManager[Any]],
) -> None:
    async def lost(message: Message) -> None:
        if message.get("text") == "b":
            raise RuntimeError("the client was given up")

    recorder = Recorder(Echo.as_asgi())
    scope = {"type": "websocket", "path": "/", "headers": []}
    with layer():
        await recorder(scope, gives("abcde"), lost)

    events = recorder.journal.line_up()
    came = [event for event in events if event.type == RECEIVED]
    assert [event.handler for event in came] == ["receive"] * 5
    assert all(event.began <= event.ended for event in came)
    assert causes(events) == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize("layer", LAYERS)
async def test_a_consumer_that_another_one_has_begun_does_not_handle_its_frames(
    layer: Callable[[], AbstractContextManager[Any]],
) -> None:
    runs = asyncio.Event()

    class Part(AsyncConsumer):
        async def websocket_connect(self, message: Message) -> None:
            runs.set()

    class Whole(Echo):
        async def connect(self) -> None:
            await self.accept()
            part = Part()(self.scope, begins_alone(), self.base_send)
            self.part = asyncio.create_task(part)
            await runs.wait()

        async def disconnect(self, code: int) -> None:
            self.part.cancel()

    with layer():
        events = await told(Whole.as_asgi(), "abc")

    came = [event for event in events if event.type == RECEIVED]
    assert [event.handler for event in came] == ["receive"] * 3
    assert causes(events) == ["a", "b", "c"]


def begins_alone() -> Receive:
    """Return a receive that gives a beginning, and then nothing."""
    queue: asyncio.Queue[Message] = asyncio.Queue()
    queue.put_nowait({"type": "websocket.connect"})
    return queue.get


async def test_a_connection_that_is_over_is_no_work_for_the_collector() -> None:
    there: list[weakref.ref[Any]] = []

    class Notes(Echo):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            there.append(weakref.ref(CURRENT.get()))

    gc.disable()
    try:
        with no_layer():
            await told(Notes.as_asgi(), "ab")

        assert [connection() for connection in there] == [None, None]
    finally:
        gc.enable()
