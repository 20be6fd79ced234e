"""An error that a framework keeps is told of, if its response says so."""

import contextlib
import logging
import traceback

import pytest

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


@pytest.mark.parametrize(
    "application", [keeping(200), keeping(500, logging.WARNING)]
)
async def test_an_error_that_led_to_no_such_response_is_none(
    application: ASGIApp,
) -> None:
    flow = await answered(application)

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
