"""An error that a framework keeps is told of, if its response says so."""

import asyncio
import contextlib
import gc
import json
import logging
import traceback
from contextlib import suppress
from typing import Any
from weakref import ref

import pytest
from litestar import Litestar, WebSocket, websocket
from litestar.exceptions import NotAuthorizedException

from minichannels.flow import Flow, afterwards, record
from minichannels.flow.recording import logged
from minichannels.flow.recording.logged import logged_errors, printed_errors
from minichannels.testing import HttpCommunicator, WebsocketCommunicator
from minichannels.types import ASGIApp, Receive, Scope, Send
from support.interrupts import interrupts

logger = logging.getLogger("framework")


def keeping(status: int, level: int = logging.ERROR) -> ASGIApp:
    """Return an application that logs what was raised, and answers."""

    async def view() -> None:
        raise LookupError("no bird")

    async def framework(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await view()
        except LookupError as error:
            logger.log(level, "in a view", exc_info=error)
            logger.error("nothing more")
        await send({"type": "http.response.start", "status": status})
        await send({"type": "http.response.body", "body": b"sorry"})

    return framework


async def answered(application: ASGIApp) -> Flow:
    with record(application) as flow, logged_errors(flow.app.note_logged):
        await HttpCommunicator(flow.app, "GET", "/").get_response()
    return Flow(flow.events)


async def test_an_error_that_was_logged_stands_behind_a_response_500() -> None:
    flow = await answered(keeping(500))

    (crash,) = [event for event in flow if event.kind == "crash"]
    assert crash is flow.events[-1]
    assert (crash.type, crash.payload["where"]) == ("LookupError", "view")


async def test_an_error_that_is_not_logged_as_one_is_none() -> None:
    flow = await answered(keeping(500, logging.WARNING))

    assert [event.kind for event in flow] == ["send", "send"]


async def test_what_is_logged_elsewhere_is_nobodys(
    caplog: pytest.LogCaptureFixture,
) -> None:
    factory = logging.getLogRecordFactory()

    with record(keeping(500)) as flow, logged_errors(flow.app.note_logged):
        logger.error("in no request", exc_info=LookupError("elsewhere"))
        assert logging.getLogRecordFactory() is not factory

    assert caplog.messages == ["in no request"]
    assert logging.getLogRecordFactory() is factory
    assert len(flow) == 0


async def accepting(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})


@pytest.mark.parametrize("code", [1011, 1000])
async def test_an_error_that_was_logged_stands_behind_a_close_with_1011(
    code: int,
) -> None:
    async def framework(scope: Scope, receive: Receive, send: Send) -> None:
        await accepting(receive, send)
        logger.error("in a view", exc_info=LookupError("no bird"))
        await send({"type": "websocket.close", "code": code})

    with record(framework) as flow, logged_errors(flow.app.note_logged):
        client = WebsocketCommunicator(flow.app, "/")
        await client.connect()
        await client.receive_output()
        await client.wait()

    crashes = [event.type for event in flow if event.kind == "crash"]
    assert crashes == (["LookupError"] if code == 1011 else [])


@pytest.mark.parametrize(
    ("status", "expected"), [(500, ["LookupError"]), (503, []), (404, [])]
)
async def test_an_error_that_nobody_logs_stands_behind_the_500_that_it_led_to(
    status: int, expected: list[str]
) -> None:
    async def framework(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            raise LookupError("no bird")
        except LookupError:
            await send({"type": "http.response.start", "status": status})
            await send({"type": "http.response.body", "body": b"sorry"})

    flow = await answered(framework)

    assert [event.type for event in flow if event.kind == "crash"] == expected


async def test_an_error_that_nobody_logs_stands_behind_a_close() -> None:
    async def framework(scope: Scope, receive: Receive, send: Send) -> None:
        await accepting(receive, send)
        try:
            raise LookupError("no bird")
        except LookupError:
            await send({"type": "websocket.close", "code": 1011})

    with record(framework) as flow:
        client = WebsocketCommunicator(flow.app, "/")
        await client.connect()
        await client.receive_output()
        await client.wait()

    crash = flow.events[-1]
    assert (crash.kind, crash.payload["where"]) == ("crash", "framework")


@websocket("/fails")
async def fails(socket: WebSocket[Any, Any, Any]) -> None:
    await socket.accept()
    await reads(socket)


async def reads(socket: WebSocket[Any, Any, Any]) -> None:
    if await socket.receive_text() != "secret":
        raise NotAuthorizedException("say it")
    raise LookupError("no bird")


@pytest.mark.parametrize(
    ("path", "said", "expected"),
    [
        ("/fails", "secret", [("LookupError", "reads")]),
        ("/fails", "something", []),
        ("/is-not-there", "", []),
    ],
)
async def test_an_error_stands_behind_a_close_by_litestar_unless_it_says_a_4xx(
    path: str, said: str, expected: list[tuple[str, str]]
) -> None:
    application: Any = Litestar([fails])
    with record(application) as flow:
        client = WebsocketCommunicator(flow.app, path)
        accepted, _ = await client.connect()
        if accepted:
            await client.send_to(text_data=said)
            closed = await client.receive_output()
            assert (closed["type"], closed["code"]) == ("websocket.close", 4500)
        await client.wait()

    crashes = [event for event in flow if event.kind == "crash"]
    assert [(e.type, e.payload["where"]) for e in crashes] == expected


async def test_that_a_client_leaves_is_no_error_of_who_closes_then() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await accepting(receive, send)
        assert (await receive())["type"] == "websocket.disconnect"
        try:
            raise ConnectionError("client left")  # as Lilya does
        except ConnectionError:
            await send({"type": "websocket.close", "code": 4500})

    with record(application) as flow:
        client = WebsocketCommunicator(flow.app, "/")
        await client.connect()
        await client.disconnect()

    assert [event for event in flow if event.kind == "crash"] == []


async def test_who_closes_with_that_code_on_purpose_has_not_failed() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await accepting(receive, send)
        logger.error("before", exc_info=LookupError("no bird"))
        await send({"type": "websocket.close", "code": 4500})

    with record(application) as flow, logged_errors(flow.app.note_logged):
        client = WebsocketCommunicator(flow.app, "/")
        await client.connect()
        await client.receive_output()
        await client.wait()

    assert [event for event in flow if event.kind == "crash"] == []


def test_errors_are_kept_by_nobody_whenever_recording_is_interrupted() -> None:
    def act() -> None:
        with logged_errors(lambda *_: None), printed_errors(lambda *_: None):
            pass

    def places() -> list[object]:
        words = traceback.TracebackException
        return [logging.getLogRecordFactory(), words.__init__]

    before = places()
    for _ in interrupts(act, logged, contextlib, afterwards):
        assert places() == before


SECRET = "tok-0123456789abcdef"
FRAMEWORK = """
def caught(logger, handler, said):
    try:
        handler(said)
    except Exception as error:
        logger.error("in a handler", exc_info=True)
        return error
"""


def of_library() -> Any:
    """Return ``caught`` as a library's function, which logs and goes on."""
    names: dict[str, Any] = {}
    exec(compile(FRAMEWORK, json.__file__, "exec"), names)
    return names["caught"]


def goes_on(name: str, ends: str = "") -> ASGIApp:
    """Return an application whose framework keeps what a handler raises.

    Args:
        name: of the logger that the framework has.
        ends: what it does then: it ``raises`` that, or ``closes``.
    """
    caught = of_library()

    def handler(said: str) -> None:
        if said == "fail":
            raise LookupError(f"no bird, token={SECRET}")

    async def framework(scope: Scope, receive: Receive, send: Send) -> None:
        await accepting(receive, send)
        while (event := await receive())["type"] == "websocket.receive":
            error = caught(logging.getLogger(name), handler, event["text"])
            if error and ends == "raises":
                raise error
            code = {"type": "websocket.close", "code": 1011}
            echo = {"type": "websocket.send", "text": event["text"]}
            await send(code if error and ends else echo)

    return framework


async def talked(application: ASGIApp, *said: str) -> Flow:
    """Return what is recorded of a client that says something, and leaves."""
    with record(application) as flow, logged_errors(flow.app.note_logged):
        client = WebsocketCommunicator(flow.app, "/")
        await client.connect()
        for text in said:
            await client.send_to(text_data=text)
            with suppress(LookupError):
                await client.receive_output()
        with suppress(LookupError):
            await client.disconnect()
    return Flow(flow.events)


def errors(flow: Flow) -> list[tuple[str, str, int | None]]:
    return [
        (event.kind, event.type, event.cause)
        for event in flow
        if event.traits.is_error
    ]


async def test_an_error_after_which_a_framework_goes_on_is_logged() -> None:
    flow = await talked(goes_on("framework"), "fail", "well")

    assert errors(flow) == [("logged", "LookupError", 3)]
    logged = next(event for event in flow if event.kind == "logged")
    assert (logged.seq, logged.payload["where"]) == (4, "handler")
    assert logged.payload["text"] == "no bird, token=•••"
    assert "logs LookupError in handler" in str(flow)
    assert not any(event.ends for event in flow.events[:5])


async def test_an_error_is_not_what_ends_a_websocket_that_has_gone_on() -> None:
    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        await accepting(receive, send)
        for error in (LookupError("no bird"), KeyError("no nest")):
            logger.error("in a view", exc_info=error)
            await send({"type": "websocket.send", "text": "well"})
            await receive()
        logger.error("at last", exc_info=OSError("no wood"))
        await send({"type": "websocket.close", "code": 1011})

    kinds = [
        (kind, what) for kind, what, _ in errors(await talked(site, *"ab"))
    ]
    assert kinds == [
        ("logged", "LookupError"),
        ("logged", "KeyError"),
        ("crash", "OSError"),
    ]


@pytest.mark.parametrize("ends", ["raises", "closes"])
async def test_an_error_that_is_logged_and_then_ends_it_is_a_crash_alone(
    ends: str,
) -> None:
    flow = await talked(goes_on("framework", ends), "fail")

    assert errors(flow) == [("crash", "LookupError", 3)]


async def test_an_error_that_nobody_caught_is_not_shown_twice() -> None:
    flow = await talked(goes_on("asyncio"), "fail")

    assert errors(flow) == []


async def test_each_error_that_is_logged_is_shown() -> None:
    flow = await talked(goes_on("framework"), "fail", "fail")

    assert [cause for _, _, cause in errors(flow)] == [3, 6]


async def test_an_error_of_a_library_alone_is_its_own_to_deal_with() -> None:
    caught = of_library()

    async def framework(scope: Scope, receive: Receive, send: Send) -> None:
        await accepting(receive, send)
        caught(logger, json.JSONDecoder().decode, "{")
        await send({"type": "websocket.send", "text": "done"})
        await receive()

    # All that is in its traceback is of the library.
    assert errors(await talked(framework, "well")) == []


async def test_an_error_that_own_code_logs_is_shown_from_the_handshake_on() -> (
    None
):
    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        logger.error("not open yet", exc_info=LookupError("no nest"))
        await send({"type": "websocket.accept"})
        logger.error("at a frame", exc_info=KeyError("no bird"))
        await send({"type": "websocket.send", "text": "well"})
        await receive()

    assert errors(await talked(site, "hi")) == [
        ("logged", "LookupError", 1),
        ("logged", "KeyError", 1),
    ]


async def test_an_error_after_the_client_has_gone_is_not_shown() -> None:
    caught = of_library()

    def handler(said: str) -> None:
        raise LookupError(said)

    async def framework(scope: Scope, receive: Receive, send: Send) -> None:
        await accepting(receive, send)
        while (await receive())["type"] != "websocket.disconnect":
            await send({"type": "websocket.send", "text": "yes"})
        caught(logger, handler, "nobody is there")

    assert errors(await talked(framework, "well")) == []


@pytest.mark.parametrize("kind", ["websocket", "http"])
async def test_what_a_task_logs_that_was_left_behind_is_not_held(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Kept:
        """What a function has that fails."""

    held: list[ref[Kept]] = []
    ended, told, done = asyncio.Event(), asyncio.Event(), asyncio.Event()
    tasks: set[asyncio.Task[None]] = set()

    def fails() -> None:
        kept = Kept()
        held.append(ref(kept))
        raise LookupError("no bird")

    async def left_behind() -> None:
        await ended.wait()
        try:
            fails()
        except LookupError:
            logger.exception("nobody is there")
        told.set()
        await done.wait()

    async def framework(scope: Scope, receive: Receive, send: Send) -> None:
        tasks.add(asyncio.create_task(left_behind()))
        if kind == "http":
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body"})

    async def nothing(*_: Any) -> Any:
        """Be no client."""

    monkeypatch.setattr(logger, "propagate", False)  # pytest would hold it
    with record(framework) as flow, logged_errors(flow.app.note_logged):
        await flow.app({"type": kind, "path": "/"}, nothing, nothing)
        ended.set()
        await told.wait()

    gc.collect()
    assert [there() for there in held] == [None]
    done.set()
    await asyncio.wait(tasks)
