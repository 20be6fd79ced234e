"""What tasks or threads have sent at once is refused by an error for each."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from minichannels.consumer import AsyncConsumer
from minichannels.exceptions import ClientGone
from minichannels.flow import record
from minichannels.generic import http
from minichannels.generic.http import AsyncHttpConsumer
from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.types import ASGIApp, Message

LIMIT = 10  # seconds that nothing takes, unless it hangs
ACCEPTED = {"websocket.accept", "http.response.start"}


async def served(
    app: ASGIApp, error: Callable[[], Exception], *events: Message
) -> None:
    """Serve events; all that is sent is refused, and the last one follows."""
    *first, last = events
    coming: asyncio.Queue[Message] = asyncio.Queue()
    for event in first:
        coming.put_nowait(event)

    async def send(event: Message) -> None:
        if event["type"] not in ACCEPTED:
            coming.put_nowait(last)
            raise error()

    scope = {"type": first[0]["type"].partition(".")[0]}
    async with asyncio.timeout(LIMIT):
        await app(scope, coming.get, send)


async def chats(
    consumer: type[AsyncConsumer], error: Callable[[], Exception]
) -> None:
    await served(
        consumer.as_asgi(),
        error,
        {"type": "websocket.connect"},
        {"type": "websocket.receive", "text": "hi"},
        {"type": "websocket.disconnect", "code": 1006},
    )


def by_threads(notes: list[int]) -> type[AsyncConsumer]:
    """Return a class that sends by three threads at once."""

    class Threads(WebsocketConsumer):
        def receive(self, **frame: Any) -> None:  # type: ignore[override]
            with ThreadPoolExecutor() as pool:
                sent = [pool.submit(self.send, each) for each in "abc"]
            for future in sent:
                future.result()

        def disconnect(self, code: int) -> None:
            notes.append(code)

    return Threads


def by_tasks(notes: list[int]) -> type[AsyncConsumer]:
    """Return a class that sends by three tasks at once."""

    class Tasks(AsyncWebsocketConsumer):
        async def receive(self, **frame: Any) -> None:  # type: ignore[override]
            for sent in asyncio.as_completed([*map(self.send, "abc")]):
                await sent

        async def disconnect(self, code: int) -> None:
            notes.append(code)

    return Tasks


@pytest.mark.parametrize("chat", [by_threads, by_tasks])
async def test_first_of_several_errors_says_that_the_client_has_left(
    chat: Callable[[list[int]], type[AsyncConsumer]],
) -> None:
    notes: list[int] = []

    await chats(chat(notes), lambda: RuntimeError("sent after close"))

    assert notes == [1006]


async def test_a_server_may_raise_a_group_of_errors() -> None:
    notes = []

    class Chat(AsyncWebsocketConsumer):
        async def receive(self, **frame: Any) -> None:  # type: ignore[override]
            async with asyncio.TaskGroup() as group:
                group.create_task(self.send("hi"))

        async def disconnect(self, code: int) -> None:
            notes.append(code)

    await chats(Chat, lambda: ExceptionGroup("gone", [KeyError("a stream")]))

    assert notes == [1006]


class Silent(Exception):
    def __str__(self) -> str:
        raise ValueError("it has no text")


async def test_error_of_a_server_need_have_no_text() -> None:
    notes = []

    class Chat(AsyncWebsocketConsumer):
        async def receive(self, **frame: Any) -> None:  # type: ignore[override]
            await self.send("hi")

        async def disconnect(self, code: int) -> None:
            notes.append(code)

    await chats(Chat, Silent)

    assert notes == [1006]


async def test_tasks_in_disconnect_may_find_another_client_gone() -> None:
    class Chat(AsyncWebsocketConsumer):
        async def receive(self, **frame: Any) -> None:  # type: ignore[override]
            await self.send("hi")

        async def disconnect(self, code: int) -> None:
            raise ExceptionGroup("tasks", [ClientGone()])

    await chats(Chat, OSError)


class Events(AsyncHttpConsumer):
    """Sends two streams of events as one, each in a task of its own."""

    async def stream(self) -> None:
        while True:
            await self.send_body(b"x", more_body=True)
            await asyncio.sleep(0)

    async def handle(self, body: bytes) -> None:
        await self.send_headers()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.stream())
            group.create_task(self.stream())


@pytest.mark.parametrize("error", [RuntimeError, ConnectionResetError])
async def test_a_request_that_tasks_answer_ends_quietly(
    error: type[Exception],
) -> None:
    notes = []

    class Page(Events):
        async def disconnect(self) -> None:
            notes.append("disconnect")

    with record(Page.as_asgi()) as flow:
        await served(
            flow.app,
            error,
            {"type": "http.request", "body": b""},
            {"type": "http.disconnect"},
        )

    assert notes == ["disconnect"]
    assert [event for event in flow if event.kind == "crash"] == []


async def test_tasks_that_a_server_refuses_though_the_client_stays_have_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http, "MOMENT", 0.01)

    with pytest.raises(ExceptionGroup) as raised:
        await served(
            Events.as_asgi(),
            lambda: KeyError("no such status"),
            {"type": "http.request", "body": b""},
            {"type": "http.request", "body": b""},  # which no server says
        )

    assert raised.group_contains(KeyError, match="no such status")


async def test_a_client_may_leave_when_a_task_has_failed() -> None:
    # On Python 3.11 a group of tasks asks the task to be cancelled, and leaves
    # it so.
    class Page(AsyncHttpConsumer):
        async def fail(self) -> None:
            raise ZeroDivisionError

        async def handle(self, body: bytes) -> None:
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self.fail())
            except* ZeroDivisionError:
                await self.send_headers()
            self.client_leaves.set()
            await asyncio.Event().wait()

        client_leaves = asyncio.Event()

    async def receive() -> Message:
        await Page.client_leaves.wait()
        return {"type": "http.disconnect"}

    requests = [{"type": "http.request", "body": b""}]

    async def request_first() -> Message:
        return requests.pop() if requests else await receive()

    async def send(event: Message) -> None: ...

    async with asyncio.timeout(LIMIT):
        await Page.as_asgi()({"type": "http"}, request_first, send)
