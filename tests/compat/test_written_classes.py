"""Consumers in forms that Python's classes allow: alike on both."""

import asyncio
import contextlib
import contextvars
import dataclasses
import functools
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.dispatch import Signal

Load = Callable[[str], Any]
LIMIT = 20  # seconds that nothing takes, unless it hangs

# mypy: disable-error-code="name-defined, misc"

pytestmark = pytest.mark.usefixtures("layers")


async def answers(
    package: Load, app: Any, *texts: str, of_each: int = 1
) -> list[Any]:
    """Connect, send texts, and return what comes for each; then leave."""
    client = package("testing").WebsocketCommunicator(app, "/")
    assert await client.connect(LIMIT) == (True, None)
    heard = []
    for text in texts:
        await client.send_to(text)
        heard += [await client.receive_from(LIMIT) for _ in range(of_each)]
    await client.disconnect(timeout=LIMIT)
    return heard


async def test_a_consumer_may_be_a_dataclass(package: Load) -> None:
    @dataclasses.dataclass
    class Told(package("generic.websocket").AsyncWebsocketConsumer):
        limit: int = 3
        heard: list[str] = dataclasses.field(default_factory=list)

        def __post_init__(self) -> None:
            super().__init__()

        async def receive(self, text_data: str) -> None:
            self.heard.append(text_data)
            await self.send(f"{self.limit} {self.heard}")

    app = Told.as_asgi(limit=5)

    assert await answers(package, app, "a", "b") == ["5 ['a']", "5 ['a', 'b']"]
    assert await answers(package, Told.as_asgi(), "c") == ["3 ['c']"]


async def test_a_consumer_may_have_slots(package: Load) -> None:
    class Slotted(package("generic.websocket").AsyncWebsocketConsumer):
        __slots__ = ("room",)

        async def connect(self) -> None:
            self.room = "lobby"
            await self.accept()

        async def receive(self, text_data: str) -> None:
            await self.send(f"{self.room} {text_data}")

    assert await answers(package, Slotted.as_asgi(), "a") == ["lobby a"]


async def test_handlers_may_be_more_than_methods(package: Load) -> None:
    class Handlers(package("generic.websocket").AsyncWebsocketConsumer):
        groups = ["room"]

        async def _say(self, how: str, event: Any) -> None:
            await self.send(how)

        partial = functools.partialmethod(_say, "partial")

        @property
        def made(self) -> Any:
            return functools.partial(self._say, "property")

        def __getattr__(self, name: str) -> Any:
            if name.startswith("on_"):
                return functools.partial(self._say, name)
            raise AttributeError(name)

        async def receive(self, text_data: str) -> None:
            await self.channel_layer.group_send("room", {"type": text_data})

    types = ["partial", "made", "on.any", "on_other"]

    heard = await answers(package, Handlers.as_asgi(), *types)

    assert heard == ["partial", "property", "on_any", "on_other"]


@pytest.mark.parametrize("style", ["Async", ""])
async def test_the_next_handler_sees_what_one_has_set_in_its_context(
    package: Load, style: str
) -> None:
    """And what was set further out, until then."""
    word = contextvars.ContextVar("word", default="nothing")
    base: Any = getattr(
        package("generic.websocket"), f"{style}WebsocketConsumer"
    )

    class Told(base):
        if style:

            async def receive(self, text_data: str) -> None:
                await self.send(word.get())
                word.set(text_data)

        else:

            def receive(self, text_data: str) -> None:
                self.send(word.get())
                word.set(text_data)

    async def around(scope: Any, receive: Any, send: Any) -> None:
        word.set("outer")
        await Told.as_asgi()(scope, receive, send)

    first, second = await answers(package, around, "a", "b")

    assert (first, second) == ("outer", "a")


async def test_a_call_may_hold_what_the_connection_needs(package: Load) -> None:
    log: list[Any] = []

    @contextlib.asynccontextmanager
    async def opened(name: str) -> AsyncIterator[None]:
        log.append(f"open {name}")
        yield
        log.append(f"close {name}")

    class Holding(package("generic.websocket").AsyncWebsocketConsumer):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            async with contextlib.AsyncExitStack() as self.stack:
                await super().__call__(scope, receive, send)

        async def receive(self, text_data: str) -> None:
            await self.stack.enter_async_context(opened(text_data))
            await self.send("held")

        async def disconnect(self, code: int) -> None:
            log.append(code)

    await answers(package, Holding.as_asgi(), "a", "b")

    assert log == ["open a", "open b", 1000, "close b", "close a"]


async def test_a_sync_consumer_may_hear_a_signal_and_send_from_threads(
    package: Load,
) -> None:
    told = Signal()

    class Told(package("generic.websocket").WebsocketConsumer):
        groups = ["room"]

        def connect(self) -> None:
            self.accept()
            told.connect(self.tell)

        def tell(self, sender: Any, text: str, **kwargs: Any) -> None:
            self.send(f"signal {text}")

        def receive(self, text_data: str) -> None:
            told.send(None, text=text_data)
            send = async_to_sync(self.channel_layer.group_send)
            event = {"type": "say", "text": text_data}
            thread = threading.Thread(target=send, args=("room", event))
            thread.start()
            thread.join(LIMIT)

        def say(self, event: Any) -> None:
            self.send(f"group {event['text']}")

        def disconnect(self, code: int) -> None:
            told.disconnect(self.tell)

    heard = await answers(package, Told.as_asgi(), "a", "b", of_each=2)

    assert heard == ["signal a", "group a", "signal b", "group b"]
    assert told.receivers == []


async def test_a_queue_of_the_consumers_own_may_be_full(package: Load) -> None:
    class Slow(package("generic.websocket").AsyncWebsocketConsumer):
        async def connect(self) -> None:
            self.queue: asyncio.Queue[str] = asyncio.Queue(2)
            self.pump = asyncio.create_task(self.run())
            await self.accept()

        async def run(self) -> None:
            while True:
                await self.send(await self.queue.get())

        async def receive(self, text_data: str) -> None:
            for number in range(5):
                await self.queue.put(f"{text_data}{number}")

        async def disconnect(self, code: int) -> None:
            self.pump.cancel()

    heard = await answers(package, Slow.as_asgi(), "a", "b", of_each=5)

    assert heard == [f"{text}{n}" for text in "ab" for n in range(5)]


@pytest.mark.parametrize("code", [-1, 5000])
async def test_a_client_may_be_refused_with_any_code_and_reason(
    package: Load, code: int
) -> None:
    web, testing = package("generic.websocket"), package("testing")
    why = "the server is busy with other things; " * 4

    class Busy(web.AsyncWebsocketConsumer):
        async def connect(self) -> None:
            await self.close(code=code, reason=why)

    class SyncBusy(web.WebsocketConsumer):
        def connect(self) -> None:
            self.close(code=code, reason=why)

    for consumer in (Busy, SyncBusy):
        client = testing.WebsocketCommunicator(consumer.as_asgi(), "/")
        assert await client.connect(LIMIT) == (False, code)


async def test_a_consumer_for_websockets_may_be_one_for_requests_too(
    package: Load,
) -> None:
    web, http = package("generic.websocket"), package("generic.http")
    left = []

    class Both(web.AsyncWebsocketConsumer, http.AsyncHttpConsumer):
        async def receive(self, text_data: str) -> None:
            await self.send(text_data)

        async def disconnect(self, code: int) -> None:
            left.append(code)

    assert await answers(package, Both.as_asgi(), "hi") == ["hi"]
    assert left == [1000]
