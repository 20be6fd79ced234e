"""What is said of applications that are not made like Channels' consumers.

Each of these passes on to all what one client says. A send may be said to
answer the event that it was made of, or nothing: never any other one.
"""

import asyncio
import importlib
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from minichannels.flow import Flow, record
from minichannels.flow.text.wording import details
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.testing import HttpCommunicator, WebsocketCommunicator
from minichannels.types import ASGIApp, Receive, Scope, Send
from support import django_settings

_channels: Any = importlib.import_module("channels.generic.websocket")

Queues = list[asyncio.Queue[str]]


def opened(queues: Queues) -> asyncio.Queue[str]:
    queue: asyncio.Queue[str] = asyncio.Queue()
    queues.append(queue)
    return queue


async def pump(queue: asyncio.Queue[str], send: Send) -> None:
    while True:
        await send({"type": "websocket.send", "text": await queue.get()})


def tell(queues: Queues, text: str) -> None:
    for queue in queues:
        queue.put_nowait(text)


def queue_and_pump() -> ASGIApp:
    queues: Queues = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        queue = opened(queues)
        await receive()
        await send({"type": "websocket.accept"})
        pumping = asyncio.create_task(pump(queue, send))
        while (message := await receive())["type"] == "websocket.receive":
            tell(queues, message["text"])
        pumping.cancel()

    return app


def reader_beside_pump() -> ASGIApp:
    queues: Queues = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        queue = opened(queues)
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept"})

        async def read() -> None:
            while (message := await receive())["type"] == "websocket.receive":
                tell(queues, message["text"])
            pumping.cancel()

        async with asyncio.TaskGroup() as tasks:
            pumping = tasks.create_task(pump(queue, send))
            tasks.create_task(read())

    return app


def one_task_for_all() -> ASGIApp:
    said: asyncio.Queue[str] = asyncio.Queue()
    sends: list[Send] = []
    telling: list[asyncio.Task[None]] = []

    async def tell_all() -> None:
        while text := await said.get():
            for send in sends:
                await send({"type": "websocket.send", "text": text})

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept"})
        sends.append(send)
        telling.append(asyncio.create_task(tell_all()))
        while (message := await receive())["type"] == "websocket.receive":
            said.put_nowait(message["text"])
        sends.remove(send)
        telling.pop().cancel()

    return app


def list_of_sockets() -> ASGIApp:
    sends: list[Send] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        sends.append(send)
        while (message := await receive())["type"] == "websocket.receive":
            for other in sends:
                await other({"type": "websocket.send", "text": message["text"]})
        sends.remove(send)

    return app


def callbacks_from_a_thread() -> ASGIApp:
    sends: list[Send] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept"})
        sends.append(send)
        loop = asyncio.get_running_loop()
        kept = []

        def begin(text: str) -> None:
            for each in sends:
                message = {"type": "websocket.send", "text": text}
                kept.append(asyncio.ensure_future(each(message)))

        while (message := await receive())["type"] == "websocket.receive":
            text = message["text"]
            threading.Thread(
                target=loop.call_soon_threadsafe, args=(begin, text)
            ).start()
        sends.remove(send)

    return app


def starlette_sockets() -> ASGIApp:
    queues: Queues = []

    async def endpoint(socket: WebSocket) -> None:
        queue = opened(queues)
        await socket.accept()

        async def read() -> None:
            while True:
                tell(queues, await socket.receive_text())

        async def write() -> None:
            while True:
                await socket.send_text(await queue.get())

        writing = asyncio.create_task(write())
        try:
            await asyncio.gather(read(), writing)
        except WebSocketDisconnect:
            writing.cancel()

    return Starlette(routes=[WebSocketRoute("/", endpoint)])


def consumer_with_a_pump(base: Any) -> ASGIApp:
    queues: Queues = []

    class Chat(base):  # type: ignore[misc]
        async def connect(self) -> None:
            queue = opened(queues)
            self.pumping = asyncio.create_task(self.pump(queue))
            await self.accept()

        async def pump(self, queue: asyncio.Queue[str]) -> None:
            while True:
                await self.send(text_data=await queue.get())

        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            tell(queues, text_data or "")

        async def disconnect(self, code: int) -> None:
            self.pumping.cancel()

    application: ASGIApp = Chat.as_asgi()
    return application


def consumer_that_keeps_its_tasks() -> ASGIApp:
    sends: list[Any] = []

    class Chat(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            sends.append(self.send)
            self.tasks: set[asyncio.Task[None]] = set()
            await self.accept()

        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            for send in sends:
                task = asyncio.create_task(send(text_data))
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)

    return Chat.as_asgi()


def consumer_that_gathers() -> ASGIApp:
    sends: list[Any] = []

    class Chat(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            sends.append(self.send)
            await self.accept()

        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            await asyncio.gather(*(send(text_data) for send in sends))

    return Chat.as_asgi()


def sender_beside_a_reader() -> ASGIApp:
    """Read in a task of its own, and send where the socket was accepted."""
    queues: set[asyncio.Queue[str]] = set()

    async def endpoint(websocket: WebSocket) -> None:
        await websocket.accept()
        queue: asyncio.Queue[str] = asyncio.Queue()
        queues.add(queue)

        async def read() -> None:
            async for text in websocket.iter_text():
                for other in queues:
                    other.put_nowait(text)

        reader = asyncio.create_task(read())
        reader.add_done_callback(lambda task: queue.put_nowait(""))
        while text := await queue.get():
            await websocket.send_text(text)
        queues.remove(queue)

    return Starlette(routes=[WebSocketRoute("/", endpoint)])


DESIGNS: dict[str, Callable[[], ASGIApp]] = {
    "queue and pump": queue_and_pump,
    "reader beside pump": reader_beside_pump,
    "sender beside a reader": sender_beside_a_reader,
    "one task for all": one_task_for_all,
    "list of sockets": list_of_sockets,
    "callbacks from a thread": callbacks_from_a_thread,
    "Starlette": starlette_sockets,
    "consumer": lambda: consumer_with_a_pump(AsyncWebsocketConsumer),
    "tasks that are kept": consumer_that_keeps_its_tasks,
    "tasks that are waited for": consumer_that_gathers,
    "consumer of Channels": lambda: consumer_with_a_pump(
        _channels.AsyncWebsocketConsumer
    ),
}


async def chat(make: Callable[[], ASGIApp]) -> Flow:
    """Have two clients talk in turn, each hearing all; return the flow."""
    django_settings.set_up()
    with record(make()) as flow:
        clients = [WebsocketCommunicator(flow.app, "/") for _ in range(2)]
        for client in clients:
            assert (await client.connect())[0]
        for number in range(4):
            await clients[number % 2].send_to(text_data=f"text {number}")
            for client in clients:
                assert await client.receive_from() == f"text {number}"
        for client in clients:
            await client.disconnect()
    return Flow(flow.events)


def data_sent(flow: Flow) -> list[Any]:
    return [event for event in flow if event.type == "websocket.send"]


@pytest.mark.parametrize("make", DESIGNS.values(), ids=DESIGNS)
async def test_no_send_is_said_to_answer_another_event(
    make: Callable[[], ASGIApp],
) -> None:
    flow = await chat(make)
    texts = {event.seq: event.payload.get("text") for event in flow}

    sent = data_sent(flow)

    assert len(sent) == 8
    causes = [texts[e.cause] for e in sent if e.cause is not None]
    own = [e.payload["text"] for e in sent if e.cause is not None]
    assert causes == own


@pytest.mark.parametrize("make", DESIGNS.values(), ids=DESIGNS)
async def test_answers_stand_after_their_questions(
    make: Callable[[], ASGIApp],
) -> None:
    flow = await chat(make)
    asked = {e.payload.get("text"): e.seq for e in flow if e.kind == "receive"}

    for event in data_sent(flow):
        assert asked[event.payload["text"]] < event.seq


@pytest.mark.parametrize("make", [list_of_sockets, consumer_that_gathers])
async def test_what_is_waited_for_answers_who_spoke(
    make: Callable[[], ASGIApp],
) -> None:
    flow = await chat(make)

    assert all(event.cause for event in data_sent(flow))


async def test_what_is_sent_beside_a_reader_answers_nothing_known() -> None:
    sent = data_sent(await chat(sender_beside_a_reader))

    assert {(e.cause, e.begun_in) for e in sent} == {(None, None)}


async def test_all_of_a_response_answers_the_request() -> None:
    async def parts() -> AsyncIterator[str]:
        yield "one"
        yield "two"

    async def endpoint(request: Request) -> StreamingResponse:
        assert await request.body() == b"?"
        return StreamingResponse(parts())

    with record(
        Starlette(routes=[Route("/", endpoint, methods=["POST"])])
    ) as f:
        await HttpCommunicator(f.app, "POST", "/", b"?").get_response()

    sent = [event for event in f if event.kind == "send"]
    assert len(sent) == 2
    assert {event.cause for event in sent} == {1}


async def test_task_begun_in_a_request_does_not_answer_it_elsewhere() -> None:
    sends: list[Send] = []
    ticking: list[asyncio.Task[None]] = []
    ticked = asyncio.Event()

    async def tell_all(text: str) -> None:
        for send in sends:
            await send({"type": "websocket.send", "text": text})
        ticked.set()

    async def tick() -> None:
        await asyncio.sleep(0)  # an eager one does at once what comes before
        await tell_all("tick")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["type"].endswith(("connect", "request"))
        if scope["type"] == "websocket":
            sends.append(send)
            await send({"type": "websocket.accept"})
            await receive()
            return
        ticking.append(asyncio.create_task(tick()))
        await ticked.wait()
        await tell_all("said")
        await asyncio.gather(tell_all("gathered"))
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body"})

    with record(app) as flow:
        ada = WebsocketCommunicator(flow.app, "/")
        await ada.connect()
        await HttpCommunicator(flow.app, "GET", "/").get_response()
        await ada.disconnect()

    (asked,) = [event.seq for event in flow if event.type == "http.request"]
    links = {e.payload["text"]: (e.cause, e.begun_in) for e in data_sent(flow)}
    assert links == {
        "tick": (None, asked),
        "said": (asked, None),
        "gathered": (asked, None),
    }


async def test_a_stream_of_events_has_none_before_what_it_tells_of() -> None:
    news: asyncio.Queue[str] = asyncio.Queue()
    waits = asyncio.Event()

    async def stream(request: Request) -> StreamingResponse:
        assert await request.body() == b"?"

        async def parts() -> AsyncIterator[str]:
            yield "data: none yet\n\n"
            waits.set()
            yield f"data: {await news.get()}\n\n"

        return StreamingResponse(parts(), media_type="text/event-stream")

    async def say(request: Request) -> Response:
        news.put_nowait((await request.body()).decode())
        return Response()

    routes = [Route("/", stream, methods=["POST"])]
    routes += [Route("/say", say, methods=["POST"])]
    with record(Starlette(routes=routes)) as flow:
        ada = HttpCommunicator(flow.app, "POST", "/", b"?")
        reading = asyncio.create_task(ada.get_response(10))
        await waits.wait()
        await HttpCommunicator(flow.app, "POST", "/say", b"hi").get_response()
        await reading

    (said,) = [e for e in flow if e.payload.get("body") == b"hi"]
    (told,) = [e for e in flow if b"hi\n" in e.payload.get("body", b"")]
    assert said.seq < told.seq
    assert (told.cause, told.begun_in) == (None, 1)
    assert "in the stream of 1" in str(flow)
    assert "in the stream that 1 asked for" in details(told)


async def test_what_a_task_sends_names_the_event_it_was_begun_in() -> None:
    flow = await chat(queue_and_pump)

    sent = data_sent(flow)

    begun = {e.begun_in for e in sent}
    assert {flow.events[n - 1].type for n in begun} == {"websocket.connect"}
    assert "by a task of 1" in str(flow)
    assert "by a task begun while 1 was handled" in details(sent[0])
    assert "by a task of 1" in flow.lanes().svg
    assert "by a task begun before" in flow.lanes().svg
    assert Flow.from_json(flow.to_json()) == flow
