"""A request that is handled without being read, and has others be sent to.

A path that carries nothing need not be read: many frameworks do not. What its
handler sends to others is its doing all the same.
"""

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from anyio import from_thread
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from minichannels.flow import Flow, record
from minichannels.flow.journal.events import Event
from minichannels.layers import InMemoryChannelLayer, get_channel_layer
from minichannels.testing import HttpCommunicator, WebsocketCommunicator

Handler = Callable[[Request], Awaitable[Response]]

sockets: list[WebSocket] = []
tasks: list[asyncio.Task[None]] = []


async def listen(socket: WebSocket) -> None:
    await socket.accept()
    sockets.append(socket)
    await socket.receive()


async def tell_all(text: str = "news") -> None:
    for socket in sockets:
        await socket.send_text(text)


async def in_turn(request: Request) -> Response:
    await tell_all()
    return PlainTextResponse("done")


async def at_once(request: Request) -> Response:
    await asyncio.gather(*(socket.send_text("news") for socket in sockets))
    return PlainTextResponse("done")


def from_a_thread() -> None:
    from_thread.run(tell_all)


async def in_a_thread(request: Request) -> Response:
    await run_in_threadpool(from_a_thread)
    return PlainTextResponse("done")


async def later(request: Request) -> Response:
    tasks.append(asyncio.create_task(tell_all()))
    await asyncio.sleep(0)
    return PlainTextResponse("begun")


async def after(request: Request) -> Response:
    return PlainTextResponse("done", background=BackgroundTask(tell_all))


async def before_it_reads(request: Request) -> Response:
    await tell_all("first")
    await request.body()
    await tell_all("second")
    return PlainTextResponse("done")


async def and_fails(request: Request) -> Response:
    await tell_all()
    raise LookupError("no such room")


async def told_nobody(request: Request) -> Response:
    return PlainTextResponse("done")


async def flow_of(handler: Handler, **options: Any) -> Flow:
    """Return the flow of two that listen and one request."""
    routes = [WebSocketRoute("/ws", listen), Route("/say", handler)]
    sockets.clear()
    with record(Starlette(routes=routes, **options)) as flow:
        clients = [WebsocketCommunicator(flow.app, "/ws") for _ in range(2)]
        for client in clients:
            await client.connect()
        request = HttpCommunicator(flow.app, "GET", "/say?token=abc&room=9")
        with suppress(LookupError):
            await request.get_response()
        if tasks:
            await asyncio.gather(*tasks)
            tasks.clear()
        for client in clients:
            await client.disconnect()
    return flow


def told(flow: Flow) -> list[Event]:
    return [event for event in flow.events if event.type == "websocket.send"]


def requests(flow: Flow) -> list[Event]:
    return [event for event in flow.events if event.type == "http.request"]


@pytest.mark.parametrize("handler", [in_turn, at_once, in_a_thread])
@pytest.mark.parametrize("middleware", [False, True])
async def test_whoever_is_sent_something_is_sent_it_by_the_request(
    handler: Handler, middleware: bool
) -> None:
    passing: Any = Middleware(
        BaseHTTPMiddleware,
        dispatch=lambda request, call_next: call_next(request),
    )
    flow = await flow_of(handler, middleware=[passing] * middleware)
    (request,) = requests(flow)
    assert [event.cause for event in told(flow)] == [request.seq] * 2


async def test_the_request_says_where_it_went() -> None:
    (request,) = requests(await flow_of(in_turn))
    assert (request.payload, request.reason, request.application) == (
        {"method": "GET", "path": "/say?token=•••&room=9"},
        "not read",
        "in_turn#1",
    )


async def test_its_own_answer_comes_after_it() -> None:
    flow = await flow_of(in_turn)
    answers = [e for e in flow.events if e.type.startswith("http.response")]
    assert {e.cause for e in answers} == {requests(flow)[0].seq}


async def test_a_task_that_it_begins_is_said_to_be_begun_there() -> None:
    flow = await flow_of(later)
    (request,) = requests(flow)
    links = {(event.cause, event.begun_in) for event in told(flow)}
    assert links == {(None, request.seq)}


async def test_what_is_sent_after_the_answer_answers_nothing_known() -> None:
    flow = await flow_of(after)
    assert not requests(flow)
    assert {event.cause for event in told(flow)} == {None}


async def test_who_sends_after_the_answer_is_known() -> None:
    flow = await flow_of(after)
    assert {event.sender for event in told(flow)} == {"after#1"}


async def test_whose_a_task_is_that_it_begins_is_not_known() -> None:
    flow = await flow_of(later)
    assert {event.sender for event in told(flow)} == {""}


async def test_who_reads_it_after_all_has_both() -> None:
    flow = await flow_of(before_it_reads)
    assert [event.cause for event in told(flow)] == [
        event.seq for event in requests(flow) for _ in range(2)
    ]


async def test_an_error_says_at_what_it_came() -> None:
    flow = await flow_of(and_fails)
    (crash,) = [event for event in flow.events if event.kind == "crash"]
    assert crash.cause == requests(flow)[0].seq


async def test_who_tells_nobody_has_no_request() -> None:
    assert not requests(await flow_of(told_nobody))


async def to_a_group(request: Request) -> Response:
    layer: Any = get_channel_layer()
    await layer.group_send("room", {"type": "news"})
    return PlainTextResponse("done")


_CHANNELS: Any = importlib.import_module("channels.layers")


@pytest.mark.parametrize(
    "layer", [InMemoryChannelLayer(), _CHANNELS.InMemoryChannelLayer()]
)
async def test_a_message_to_a_group_is_sent_by_the_request(layer: Any) -> None:
    application = Starlette(routes=[Route("/say", to_a_group)])
    with record(application, layer) as flow:
        await layer.group_add("room", "specific.inbox!a")
        await HttpCommunicator(flow.app, "GET", "/say").get_response()

    (sent,) = [event for event in flow if event.kind == "group_send"]
    (request,) = requests(flow)
    assert sent.cause == request.seq == sent.seq - 1
    answers = [e for e in flow if e.type.startswith("http.response")]
    assert {event.cause for event in answers} == {request.seq}
