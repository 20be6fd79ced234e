"""A request that is handled without being read, and has others be sent to.

A path that carries nothing need not be read: many frameworks do not. What its
handler sends to others is its doing all the same.
"""

import asyncio
import importlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from anyio import from_thread
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import (
    PlainTextResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from minichannels.flow import Flow, Journal, Recorder, record
from minichannels.flow.journal.arrivals import Arrivals
from minichannels.flow.journal.events import Event
from minichannels.flow.model.times import ANSWERED, Times
from minichannels.flow.processes.writing import JournalFile
from minichannels.layers import InMemoryChannelLayer, get_channel_layer
from minichannels.testing import HttpCommunicator, WebsocketCommunicator
from minichannels.types import Message, Receive, Scope, Send
from support.limit import LIMIT
from support.loops import FACTORIES, tasks_made_by

Handler = Callable[[Request], Awaitable[Response]]

passing: Any = Middleware(
    BaseHTTPMiddleware,
    dispatch=lambda request, call_next: call_next(request),
)
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


async def tell_all_later() -> None:
    await asyncio.sleep(0)
    await tell_all()


async def later(request: Request) -> Response:
    tasks.append(asyncio.create_task(tell_all_later()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return PlainTextResponse("begun")


async def after(request: Request) -> Response:
    return PlainTextResponse("done", background=BackgroundTask(tell_all))


async def after_in_a_thread(request: Request) -> Response:
    return PlainTextResponse("done", background=BackgroundTask(from_a_thread))


async def begun_after(request: Request) -> Response:
    async def begin() -> None:
        tasks.append(asyncio.create_task(tell_all_later()))

    return PlainTextResponse("done", background=BackgroundTask(begin))


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
            await request.wait()
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
@pytest.mark.parametrize("factory", FACTORIES)
async def test_whoever_is_sent_something_is_sent_it_by_the_request(
    handler: Handler, middleware: bool, factory: Any
) -> None:
    with tasks_made_by(factory):
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


def answer(flow: Flow) -> Event:
    """Return how the answer to the request begins."""
    begun = [e for e in flow.events if e.type == "http.response.start"]
    (event,) = begun
    return event


@pytest.mark.parametrize("handler", [after, after_in_a_thread])
@pytest.mark.parametrize("middleware", [False, True])
@pytest.mark.parametrize("factory", FACTORIES)
async def test_the_answer_leads_to_what_is_sent_after_it(
    handler: Handler, middleware: bool, factory: Any
) -> None:
    with tasks_made_by(factory):
        flow = await flow_of(handler, middleware=[passing] * middleware)
    cause = answer(flow)
    assert cause.payload["path"] == "/say?token=•••&room=9"
    assert [event.cause for event in told(flow)] == [cause.seq] * 2
    assert {e.sender for e in told(flow)} == {cause.application}


async def test_what_is_sent_after_the_answer_stands_after_it() -> None:
    flow = await flow_of(after)
    (body,) = [e for e in flow.events if e.type == "http.response.body"]
    assert [event.seq for event in told(flow)] == [body.seq + 1, body.seq + 2]


async def test_who_is_told_of_a_request_after_its_answer_is_no_answer() -> None:
    times = Times((await flow_of(after)).events)
    words = {(type_, word) for type_, word in times.by_type()}
    assert {type_ for type_, word in words if word == ANSWERED} == {
        "http.response.start",
        "websocket.connect",
    }


async def test_a_task_that_is_begun_after_the_answer_is_of_it() -> None:
    flow = await flow_of(begun_after)
    links = {(event.cause, event.begun_in) for event in told(flow)}
    assert links == {(None, answer(flow).seq)}


async def test_what_a_stream_of_events_sends_to_others_has_no_cause() -> None:
    async def parts() -> AsyncIterator[str]:
        yield "data: one\n\n"
        await tell_all()

    async def stream(request: Request) -> Response:
        return StreamingResponse(parts(), media_type="text/event-stream")

    flow = await flow_of(stream)
    assert {event.cause for event in told(flow)} == {None}


async def test_who_is_gone_before_it_is_read_leads_to_nothing_else() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await listen(WebSocket(scope, receive, send))
            return
        looking = asyncio.ensure_future(receive())
        await asyncio.wait({looking})
        await tell_all()

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    async def nobody(message: Message) -> None:
        pass

    sockets.clear()
    with record(app) as flow:
        client = WebsocketCommunicator(flow.app, "/ws")
        await client.connect()
        await flow.app({"type": "http", "path": "/"}, gone, nobody)
        await client.disconnect()
    assert [event.cause for event in told(flow)] == [None]


async def test_whose_a_task_is_that_it_begins_is_not_known() -> None:
    flow = await flow_of(later)
    assert {event.sender for event in told(flow)} == {""}


async def test_who_reads_it_after_all_has_both() -> None:
    flow = await flow_of(before_it_reads)
    assert [event.cause for event in told(flow)] == [
        event.seq for event in requests(flow) for _ in range(2)
    ]


async def test_whose_client_is_looked_for_is_handled_all_the_same() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        await request.body()
        assert not await request.is_disconnected()
        await PlainTextResponse("done")(scope, receive, send)
        assert not await request.is_disconnected()
        await to_a_group(request)

    with record(app, InMemoryChannelLayer()) as flow:
        client = HttpCommunicator(flow.app, "POST", "/", b"?")
        await client.get_response()
        await client.wait()
    assert [e.cause for e in flow if e.kind.endswith("send")] == [1, 1, 1]


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


@pytest.mark.parametrize(
    "layer", [InMemoryChannelLayer(), _CHANNELS.InMemoryChannelLayer()]
)
async def test_a_message_to_a_group_after_the_answer_is_of_it(
    layer: Any,
) -> None:
    async def endpoint(request: Request) -> Response:
        background = BackgroundTask(to_a_group, request)
        return PlainTextResponse("done", background=background)

    application = Starlette(routes=[Route("/say", endpoint)])
    with record(application, layer) as flow:
        await layer.group_add("room", "specific.inbox!a")
        await HttpCommunicator(flow.app, "GET", "/say").get_response()

    (sent,) = [event for event in flow if event.kind == "group_send"]
    assert (sent.cause, sent.begun_in) == (answer(flow).seq, None)


async def test_a_request_that_nobody_answers_is_written_down_if_it_waits() -> (
    None
):
    now, there, go_on = [0.0], asyncio.Event(), asyncio.Event()

    async def hangs(scope: Scope, receive: Receive, send: Send) -> None:
        scope["endpoint"] = at_once  # as a framework says whom it has found
        there.set()
        await go_on.wait()
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    recorder = Recorder(hangs, Journal(clock=lambda: now[0]))
    client = HttpCommunicator(recorder, "GET", "/hangs")
    answer = asyncio.create_task(client.get_response())
    await asyncio.wait_for(there.wait(), LIMIT)
    now[0] = 0.5
    recorder.note_unheard(1.0)
    assert not len(recorder.journal)
    now[0] = 2.0
    recorder.note_unheard(1.0)
    recorder.note_unheard(1.0)  # once is enough
    (asked,) = Flow(recorder.journal)
    assert (asked.type, asked.payload["path"]) == ("http.request", "/hangs")
    assert (asked.at, asked.reason) == (0.0, "not read")
    assert asked.application == "at_once#1"
    now[0] = 5.0
    go_on.set()
    await answer

    recorder.note_unheard(1.0)  # it is over

    flow = list(Flow(recorder.journal))
    assert [event.type for event in flow] == [
        "http.request",
        "http.response.start",
        "http.response.body",
    ]
    assert [event.cause for event in flow] == [None, 1, 1]
    assert list(Times(flow).took(flow[1])) == [(ANSWERED, 5.0)]


async def test_a_request_that_was_written_down_says_that_it_is_read_later() -> (
    None
):
    there, go_on = asyncio.Event(), asyncio.Event()

    async def reads_late(scope: Scope, receive: Receive, send: Send) -> None:
        there.set()
        await go_on.wait()
        await receive()
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    recorder = Recorder(reads_late)
    follower = Arrivals(recorder.journal)
    client = HttpCommunicator(recorder, "POST", "/late", b"hello")
    answer = asyncio.create_task(client.get_response())
    await asyncio.wait_for(there.wait(), LIMIT)
    recorder.note_unheard(-1.0)
    (asked,) = follower.news()
    assert asked.reason == "not read"

    go_on.set()
    await answer

    (changed,) = follower.changes()
    assert (changed.seq, changed.reason) == (asked.seq, "read later")
    first, second, *_ = Flow(recorder.journal)
    assert [first.reason, second.reason] == ["read later", ""]
    assert second.payload["body"] == b"hello"


async def test_a_websocket_that_waits_is_no_request() -> None:
    there = asyncio.Event()

    async def hangs(scope: Scope, receive: Receive, send: Send) -> None:
        there.set()
        await asyncio.Event().wait()

    recorder = Recorder(hangs)
    client = WebsocketCommunicator(recorder, "/")
    connecting = asyncio.create_task(client.connect())
    await asyncio.wait_for(there.wait(), LIMIT)

    recorder.note_unheard(0)

    assert not len(recorder.journal)
    connecting.cancel()
    with suppress(asyncio.CancelledError):
        await connecting


async def test_a_file_knows_since_when_a_request_waited_that_nobody_reads(
    tmp_path: Path,
) -> None:
    path, now = tmp_path / "flow.jsonl", [1.0]
    there, go_on = asyncio.Event(), asyncio.Event()

    async def hangs(scope: Scope, receive: Receive, send: Send) -> None:
        there.set()
        await go_on.wait()
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    journal = Journal(clock=lambda: now[0])
    file = JournalFile(journal, path)
    recorder = Recorder(hangs, journal)
    client = HttpCommunicator(recorder, "GET", "/hangs")
    answer = asyncio.create_task(client.get_response())
    await asyncio.wait_for(there.wait(), LIMIT)
    now[0] = 3.0
    recorder.note_unheard(1.0)
    go_on.set()
    await answer
    file.close()

    asked, *_ = Flow.from_json(path.read_bytes())
    assert (asked.type, asked.at, asked.reason) == (
        "http.request",
        0.0,
        "not read",
    )
