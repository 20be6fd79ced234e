"""What a consumer sends may go another way than by ours.

Its own ``__call__()`` may keep the server's ``send``, and a ``send()`` of its
own hold events back.
"""

import asyncio
from collections.abc import Callable
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest

from minichannels.types import Message

Load = Callable[[str], Any]
LIMIT = 20  # seconds that nothing takes, unless it hangs
ACCEPT: Message = {"type": "websocket.accept"}

pytestmark = pytest.mark.usefixtures("layers")


async def echoes(package: Load, consumer: Any) -> None:
    """Try a consumer that is to accept, and to send what it gets."""
    client = package("testing").WebsocketCommunicator(consumer.as_asgi(), "/")
    assert await client.connect(LIMIT) == (True, None)
    await client.send_to(text_data="hi")
    assert await client.receive_from(LIMIT) == "hi"
    await client.disconnect(timeout=LIMIT)


def keeping(base: Any) -> Any:
    """Return a class of consumers that keep the server's ``send``."""

    class Keeping(base):  # type: ignore[misc]
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            self.to_server = send
            await super().__call__(scope, receive, send)

    return Keeping


def echo_of(package: Load) -> Any:
    """Return a consumer that keeps the server's ``send``, and echoes."""
    web = package("generic.websocket")

    class Echo(keeping(web.AsyncWebsocketConsumer)):  # type: ignore[misc]
        async def receive(self, text_data: str) -> None:
            await self.send(text_data)

    return Echo


async def test_connect_may_accept_by_a_send_that_was_kept(
    package: Load,
) -> None:
    class Echo(echo_of(package)):  # type: ignore[misc]
        async def connect(self) -> None:
            await self.to_server(ACCEPT)

    await echoes(package, Echo)


async def test_a_task_may_accept_by_a_send_that_was_kept(
    package: Load,
) -> None:
    class Echo(echo_of(package)):  # type: ignore[misc]
        async def connect(self) -> None:
            self.task = asyncio.create_task(self.to_server(ACCEPT))

    await echoes(package, Echo)


async def test_a_call_of_ones_own_may_accept_before_all_else(
    package: Load,
) -> None:
    class Echo(echo_of(package)):  # type: ignore[misc]
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await send(ACCEPT)
            await super().__call__(scope, receive, send)

    await echoes(package, Echo)


# Requests


def page_of(package: Load, *answered: str) -> Any:
    """Return a consumer that answers; what is named, by the kept ``send``."""
    http = package("generic.http")

    class Page(keeping(http.AsyncHttpConsumer)):  # type: ignore[misc]
        async def handle(self, body: bytes) -> None:
            start = {"type": "http.response.start", "status": 201}
            ways = [self.base_send, self.to_server]
            await ways["start" in answered](start)
            for part in (b"a", b"b"):
                rest = {"body": part, "more_body": part == b"a"}
                await ways["body" in answered](
                    {"type": "http.response.body", **rest}
                )

    return Page


@pytest.mark.parametrize("answered", [("start", "body"), ("start",)])
async def test_a_request_may_be_answered_by_a_send_that_was_kept(
    package: Load, answered: tuple[str, ...]
) -> None:
    page = page_of(package, *answered).as_asgi()
    client = package("testing").HttpCommunicator(page, "GET", "/")

    answer = await client.get_response(LIMIT)

    assert (answer["status"], answer["body"]) == (201, b"ab")
    await client.wait(LIMIT)


# Events that are held back


async def test_what_is_sent_may_wait_in_a_queue_of_ones_own(
    package: Load,
) -> None:
    web = package("generic.websocket")

    class Echo(web.AsyncWebsocketConsumer):  # type: ignore[name-defined, misc]
        async def connect(self) -> None:
            waiting: asyncio.Queue[Message] = asyncio.Queue()
            me: Any = self
            self.task = asyncio.create_task(pump(waiting, me.base_send))
            me.base_send = waiting.put
            await self.accept()

        async def receive(self, text_data: str) -> None:
            await self.send(text_data)

        async def disconnect(self, code: int) -> None:
            self.task.cancel()

    await echoes(package, Echo)


async def test_a_client_may_be_refused_by_an_event_that_waits(
    package: Load,
) -> None:
    base, web = package("consumer"), package("generic.websocket")

    class Late(base.AsyncConsumer):  # type: ignore[name-defined, misc]
        async def send(self, message: Message) -> None:
            self.task = asyncio.create_task(super().send(message))

    class Closed(web.AsyncWebsocketConsumer, Late):  # type: ignore[name-defined, misc]
        async def connect(self) -> None:
            await self.close(4001)

    app = Closed.as_asgi()
    client = package("testing").WebsocketCommunicator(app, "/")
    assert await client.connect(LIMIT) == (False, 4001)
    assert await client.receive_nothing(0)
    await client.disconnect(timeout=LIMIT)


@pytest.mark.parametrize("style", ["Async", ""])
async def test_a_mock_may_stand_in_for_close(
    package: Load, monkeypatch: pytest.MonkeyPatch, style: str
) -> None:
    web = package("generic.websocket")

    class Closed(getattr(web, f"{style}WebsocketConsumer")):  # type: ignore[misc]
        def connect(self) -> Any:
            return self.close(4003)

    close = AsyncMock() if style else Mock(return_value=None)
    monkeypatch.setattr(Closed, "close", close)
    client = package("testing").WebsocketCommunicator(Closed.as_asgi(), "/")
    await client.send_input({"type": "websocket.connect"})
    await client.disconnect(timeout=LIMIT)

    close.assert_called_once_with(4003)


@pytest.mark.parametrize("sensitive", [True, False])
@pytest.mark.parametrize("style", ["Async", ""])
async def test_base_send_returns_what_a_middleware_says(
    package: Load, style: str, sensitive: bool
) -> None:
    said = []
    frame = {"type": "websocket.send", "text": "hi"}
    web = package("generic.websocket")

    class Tells(getattr(web, f"{style}WebsocketConsumer")):  # type: ignore[misc]
        thread_sensitive = sensitive

        async def tell(self) -> None:
            said.append(await self.base_send(frame))

        def receive(self, text_data: str) -> Any:
            return self.tell() if style else said.append(self.base_send(frame))

    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        async def told(event: Message) -> str:
            await send(event)
            return "sent"

        await Tells()(scope, receive, told)

    client = package("testing").WebsocketCommunicator(middleware, "/")
    assert await client.connect(LIMIT) == (True, None)
    await client.send_to(text_data="hi")
    assert await client.receive_from(LIMIT) == "hi"
    await client.disconnect(timeout=LIMIT)
    assert said == ["sent"]


@pytest.mark.parametrize("kind", [PermissionError, TimeoutError])
async def test_an_error_of_a_middlewares_send_stays_what_it_is(
    package: Load, monkeypatch: pytest.MonkeyPatch, kind: type[OSError]
) -> None:
    # So long an end is waited for that may be the reason of the error.
    monkeypatch.setattr("minichannels.consumer.lifecycle.MOMENT", 0)
    web = package("generic.websocket")
    caught = []

    class Says(web.AsyncWebsocketConsumer):  # type: ignore[name-defined, misc]
        async def receive(self, text_data: str) -> None:
            try:
                await self.send(text_data)
            except OSError as error:
                caught.append(error)
                raise

    said = kind("too much")

    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        async def some(event: Message) -> None:
            if event["type"] == "websocket.send":
                raise said
            await send(event)

        await Says()(scope, receive, some)

    client = package("testing").WebsocketCommunicator(middleware, "/")
    assert await client.connect(LIMIT) == (True, None)
    await client.send_to(text_data="hi")
    with pytest.raises(kind, match="too much"):
        await client.wait(LIMIT)
    assert caught == [said]


async def pump(waiting: "asyncio.Queue[Message]", send: Any) -> None:
    """Send what waits in a queue, one after the other."""
    while True:
        await send(await waiting.get())
