"""An error that a framework prints is told of, if its answer says so."""

import asyncio
import logging
import traceback
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from minichannels.flow import Flow, Recording, record
from minichannels.flow.recording.logged import logged_errors, printed_errors
from minichannels.testing import HttpCommunicator, WebsocketCommunicator
from minichannels.types import ASGIApp, Receive, Scope, Send
from support.libraries import framework

logger = logging.getLogger("framework")

PRINTING = """
import traceback
def made(error):
    traceback.print_exception(error)
"""
Tell = Callable[[BaseException], object]

printing: Tell = framework(PRINTING)


LOGGING = """
import logging
def made(error):
    logging.getLogger("framework").error("in a handler", exc_info=error)
"""
logging_it: Tell = framework(LOGGING)


CATCHING = """
async def made(view, tell):
    try:
        await view()
    except LookupError as error:
        tell(error)
"""
Catch = Callable[[Callable[[], Any], Tell], Coroutine[Any, Any, None]]

catching: Catch = framework(CATCHING)


def own_logging(error: BaseException) -> None:
    logger.error("in a handler", exc_info=error)


def own_printing(error: BaseException) -> None:
    traceback.print_exception(error)


def as_a_text(error: BaseException) -> None:
    logger.error("".join(traceback.format_exception(error)))


def logged_as_no_error(error: BaseException) -> None:
    logger.warning("in a view", exc_info=error)


async def view() -> None:
    try:
        raise KeyError("no nest")
    except KeyError:
        raise LookupError("no bird") from None


def answering(status: int, tell: Tell) -> ASGIApp:
    """Return an application that tells what was raised, and answers."""

    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await view()
        except LookupError as error:
            tell(error)
        await send({"type": "http.response.start", "status": status})
        await send({"type": "http.response.body", "body": b"sorry"})

    return site


@contextmanager
def listening(application: ASGIApp) -> Iterator[Recording]:
    with (
        record(application) as flow,
        logged_errors(flow.app.note_logged),
        printed_errors(flow.app.note_printed),
    ):
        yield flow


async def crashes(application: ASGIApp) -> list[str]:
    with listening(application) as flow:
        await HttpCommunicator(flow.app, "GET", "/").get_response()
    return [e.type for e in Flow(flow.events) if e.kind == "crash"]


@pytest.mark.parametrize("tell", [printing, own_printing, as_a_text])
async def test_an_error_that_was_printed_stands_behind_a_response_500(
    tell: Tell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await crashes(answering(500, tell)) == ["LookupError"]


@pytest.mark.parametrize(
    ("status", "tell"),
    [
        (200, printing),
        (503, printing),  # said on purpose, too
        (500, logged_as_no_error),
    ],
)
async def test_an_error_that_led_to_no_such_response_is_none(
    status: int, tell: Tell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await crashes(answering(status, tell)) == []


async def test_an_error_is_told_and_not_what_it_came_of(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def tell(error: BaseException) -> None:
        error.__cause__ = OSError("no wood")
        printing(error)

    assert await crashes(answering(500, tell)) == ["LookupError"]
    assert "no wood" in capsys.readouterr().err


async def test_a_logged_error_comes_before_a_printed_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def tell(error: BaseException) -> None:
        logger.error("in a view", exc_info=error)
        printing(OSError("cannot say so"))

    assert await crashes(answering(500, tell)) == ["LookupError"]


async def test_line_of_an_error_is_shown_whose_traceback_is_let_go() -> None:
    def tell(error: BaseException) -> None:
        logging_it(error)
        error.__traceback__ = None

    with listening(answering(500, tell)) as flow:
        await HttpCommunicator(flow.app, "GET", "/").get_response()

    crash = flow.events[-1]
    assert (crash.kind, crash.payload["where"]) == ("crash", "view")


async def test_what_is_printed_is_the_same_and_python_is_left_as_it_was(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error, init = ValueError("bad"), traceback.TracebackException.__init__
    plain = traceback.format_exception(error)

    with listening(answering(200, printing)) as flow:
        assert traceback.format_exception(error) == plain
        own = traceback.TracebackException(None, None, None)  # type: ignore[arg-type]
        by_name = traceback.TracebackException(
            exc_type=ValueError, exc_value=error, exc_traceback=None
        )

    assert traceback.TracebackException.__init__ is init
    assert [str(own), str(by_name)] == ["None", "bad"]
    assert len(flow) == 0


CLOSE = {"type": "websocket.close"}
FAILED = {"type": "websocket.close", "code": 1011}
SENT = {"type": "websocket.send", "text": "sorry"}


def hanging_up(tell: Tell, *later: Any, catch: Catch = catching) -> ASGIApp:
    """Return an application whose framework tells what a view has raised."""

    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await catch(view, tell)
        for message in later:
            await send(message)

    return site


async def own_catching(view: Callable[[], Any], tell: Tell) -> None:
    try:
        await view()
    except LookupError as error:
        tell(error)


async def later_told(view: Callable[[], Any], tell: Tell) -> None:
    """Tell of what a task has raised, which nobody has caught there."""
    task = asyncio.ensure_future(view())
    await asyncio.wait({task})
    error = task.exception()
    assert error is not None
    tell(error)


@pytest.mark.parametrize(
    ("application", "kinds"),
    [
        (hanging_up(printing, CLOSE), ["LookupError"]),
        (hanging_up(logging_it, CLOSE), ["LookupError"]),
        (hanging_up(own_printing, CLOSE), []),  # it may be on purpose
        (hanging_up(own_logging, CLOSE), []),
        # With a library of one's own choice, such as loguru.
        (hanging_up(printing, CLOSE, catch=own_catching), []),
        (hanging_up(logging_it, CLOSE, catch=own_catching), []),
        (hanging_up(printing, CLOSE, catch=later_told), ["LookupError"]),
        (hanging_up(printing, SENT, CLOSE), []),
        (hanging_up(printing, FAILED), ["LookupError"]),
        (hanging_up(printing, SENT, FAILED), []),  # for some other reason
        (hanging_up(logging_it, FAILED), ["LookupError"]),
        (hanging_up(logging_it, SENT, FAILED), []),
        # As Sanic does: it returns, and leaves the rest to the server.
        (hanging_up(logging_it), ["websocket.close", "LookupError"]),
        (hanging_up(own_logging), ["websocket.close"]),
        (hanging_up(logging_it, SENT), ["websocket.close"]),
    ],
)
async def test_an_error_that_a_framework_prints_stands_behind_its_hanging_up(
    application: ASGIApp, kinds: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with listening(application) as flow:
        ada = WebsocketCommunicator(flow.app, "/")
        assert (await ada.connect())[0]
        await ada.wait()

    assert [e.type for e in flow if e.kind in ("crash", "return")] == kinds


@pytest.mark.parametrize(
    ("between", "expected"), [([SENT], "LookupError"), ([], "KeyError")]
)
async def test_what_is_printed_at_last_ends_a_websocket_that_has_gone_on(
    between: list[Any], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fails() -> None:
        raise KeyError("no nest")

    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        try:
            await fails()
        except KeyError as error:
            logging_it(error)
        for message in between:
            await send(message)
        await catching(view, printing)
        await send(FAILED)  # what was logged comes first, if both were now

    with listening(site) as flow:
        ada = WebsocketCommunicator(flow.app, "/")
        assert (await ada.connect())[0]
        await ada.wait()

    assert [e.type for e in flow if e.kind == "crash"] == [expected]


async def test_an_error_that_is_logged_as_the_client_has_gone_is_none(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "websocket.disconnect":
            await send({"type": "websocket.accept"})
        logging_it(OSError("nobody is there"))

    with listening(site) as flow:
        ada = WebsocketCommunicator(flow.app, "/")
        assert (await ada.connect())[0]
        await ada.disconnect()

    assert "nobody is there" in caplog.text
    assert [e.type for e in flow if e.kind in ("crash", "return")] == []


async def test_an_error_that_is_printed_by_nobodys_code_is_nobodys(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with listening(answering(500, logger.info)) as flow:
        printing(OSError("elsewhere"))

    assert len(flow) == 0


async def test_an_error_that_is_printed_when_all_is_over_is_not_kept(
    capsys: pytest.CaptureFixture[str],
) -> None:
    over, begun = asyncio.Event(), set[asyncio.Task[None]]()

    async def later() -> None:
        await over.wait()
        printing(OSError("too late"))

    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        begun.add(asyncio.create_task(later()))
        await answering(500, logger.info)(scope, receive, send)

    with listening(site) as flow:
        await HttpCommunicator(flow.app, "GET", "/").get_response()
        over.set()
        await asyncio.gather(*begun)

    assert [event.kind for event in flow] == ["send", "send"]


def failing_look(error: BaseException, by_library: bool | None) -> None:
    raise RuntimeError("the look has failed")


async def test_a_look_that_fails_is_not_noticed_by_who_prints_or_logs(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with printed_errors(failing_look), logged_errors(failing_look):
        printing(OSError("printed"))
        logging_it(OSError("logged"))

    assert "OSError: printed" in capsys.readouterr().err
    assert caplog.messages == ["in a handler"]


def init() -> Any:
    return vars(traceback.TracebackException)["__init__"]


@pytest.mark.parametrize("is_named", [True, False])
async def test_what_somebody_has_set_around_it_has_nothing_printed(
    monkeypatch: pytest.MonkeyPatch, is_named: bool
) -> None:
    told: list[bool] = []
    monkeypatch.setattr(traceback.TracebackException, "__init__", init())
    with printed_errors(lambda error, by_library: told.append(by_library)):
        inner = init()

        def around(self: Any, *args: Any, **more: Any) -> None:
            inner(self, *args, **more)

        def around_all(*args: Any, **more: Any) -> None:
            inner(*args, **more)

        wrapper = around if is_named else around_all
        monkeypatch.setattr(traceback.TracebackException, "__init__", wrapper)
        await catching(view, printing)
        await catching(view, own_printing)

    assert told == [True, False]


async def test_who_makes_the_words_has_asked_for_them() -> None:
    told: list[bool] = []

    def prints(*nothing: Any) -> None:
        traceback.TracebackException(OSError, OSError("own"), None)

    with printed_errors(lambda error, by_library: told.append(by_library)):
        prints()
    assert told == [False]


async def test_what_somebody_else_has_set_meanwhile_stays(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(traceback.TracebackException, "__init__", init())
    former, told = logging.getLogRecordFactory(), list[str]()

    def note(error: BaseException, by_library: bool | None) -> None:
        told.append(str(error))

    with printed_errors(note), logged_errors(note):
        inner, ours = init(), logging.getLogRecordFactory()

        def around(self: Any, *args: Any, **more: Any) -> None:
            inner(self, *args, **more)

        def factory(*args: Any, **more: Any) -> logging.LogRecord:
            record = ours(*args, **more)
            record.msg += " of the application"
            return record

        monkeypatch.setattr(traceback.TracebackException, "__init__", around)
        logging.setLogRecordFactory(factory)
        printing(OSError("printed"))
        logging_it(OSError("logged"))

    try:
        assert init() is around
        assert logging.getLogRecordFactory() is factory
        printing(OSError("printed later"))
        logging_it(OSError("logged later"))
    finally:
        logging.setLogRecordFactory(former)

    assert {*told} == {"printed", "logged"}  # and nothing later
    assert "OSError: printed later" in capsys.readouterr().err
    assert caplog.messages == ["in a handler of the application"] * 2
