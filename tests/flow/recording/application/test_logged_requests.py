"""An error that is logged while a request is handled, which is then answered.

Nothing of what the client gets says so, but it stands in the log.
"""

import asyncio
import gc
import json
import logging
import weakref
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from minichannels.flow import Flow, record
from minichannels.flow.recording.application.parting import MOST
from minichannels.flow.recording.logged import logged_errors
from minichannels.testing import WebsocketCommunicator
from minichannels.types import ASGIApp, Message, Receive, Scope, Send
from support.libraries import framework

logger = logging.getLogger("site")
SECRET = "tok-0123456789abcdef"

CATCHING = """
def made(logger, function, *given):
    try:
        function(*given)
    except Exception as error:
        logger.error("in a view", exc_info=True)
        return error
"""
by_library: Callable[..., Exception] = framework(CATCHING)


def by_own(logger: logging.Logger, function: Any, *given: Any) -> Exception:
    try:
        function(*given)
    except Exception as error:
        logger.exception("in a view")
        return error
    raise AssertionError


def fail() -> None:
    raise LookupError(f"no bird, token={SECRET}")


class Weak(Exception):
    """An error that one may look after without holding it."""


def fail_weakly() -> None:
    raise Weak


async def log(request: Request) -> Response:
    by_own(logger, fail)
    return PlainTextResponse("well")


async def log_and_raise(request: Request) -> Response:
    raise by_own(logger, fail)


async def log_and_refuse(request: Request) -> Response:
    raise HTTPException(404) from by_own(logger, fail)


async def log_and_answer_500(request: Request) -> Response:
    raise HTTPException(500) from by_own(logger, fail)


async def log_and_answer_500_meanwhile(request: Request) -> Response:
    try:
        fail()
    except LookupError:
        logger.exception("in a view")
        raise HTTPException(500)  # noqa: B904
    raise AssertionError


async def log_and_raise_in_a_group(request: Request) -> Response:
    async with asyncio.TaskGroup() as group:
        group.create_task(log_and_raise(request))
    raise AssertionError


async def log_and_raise_another(request: Request) -> Response:
    by_own(logger, fail)
    raise KeyError("nest")


async def log_twice(request: Request) -> Response:
    error = by_own(logger, fail)
    by_own(logger, log_again, error)
    return PlainTextResponse("well")


def log_again(error: Exception) -> None:
    logger.error("once more", exc_info=error)
    raise error


async def log_all_of_them(request: Request) -> Response:
    first = by_own(logger, fail)
    by_own(logger, json.loads, "{")
    logger.error("and the first one", exc_info=first)
    return PlainTextResponse("well")


async def log_later(request: Request) -> Response:
    return PlainTextResponse("well", background=BackgroundTask(fail_later))


async def fail_later() -> None:
    by_own(logger, fail)


async def log_between(request: Request) -> Response:
    async def pieces() -> Any:
        yield "one"
        by_own(logger, fail)
        yield "two"

    return StreamingResponse(pieces())


async def in_thread(request: Request) -> Response:
    await asyncio.to_thread(by_own, logger, fail)
    return PlainTextResponse("well")


async def made_by_nobody(request: Request) -> Response:
    by_library(logger, json.loads, "{")
    return PlainTextResponse("well")


async def told_by_asyncio(request: Request) -> Response:
    by_library(logging.getLogger("asyncio"), fail)
    return PlainTextResponse("well")


async def nobody_raised(request: Request) -> Response:
    logger.error("a bad sign", exc_info=LookupError("no bird"))
    return PlainTextResponse("well")


Handler = Callable[[Request], Awaitable[Response]]


async def asked(application: ASGIApp, path: str = "/") -> Flow:
    """Return what is recorded of a request that is not read."""
    heads = {"method": "GET", "path": path, "query_string": b"", "headers": []}
    with record(application) as flow, logged_errors(flow.app.note_logged):
        try:
            await flow.app({"type": "http", **heads}, _never, _nowhere)
        except Exception:
            logger.info("the server answers 500")
    return Flow(flow.events)


def site_of(handler: Handler) -> ASGIApp:
    site: ASGIApp = Starlette(routes=[Route("/", handler)])
    return site


def in_short(flow: Flow) -> list[tuple[str, str, int | None]]:
    return [(event.kind, event.type, event.cause) for event in flow]


def errors(flow: Flow) -> list[tuple[str, str]]:
    return [(event.kind, event.type) for event in flow if event.traits.is_error]


@pytest.mark.parametrize("handler", [log, log_and_refuse, in_thread])
async def test_an_error_that_is_logged_stands_between_request_and_answer(
    handler: Handler,
) -> None:
    flow = await asked(site_of(handler))

    assert in_short(flow) == [
        ("receive", "http.request", None),
        ("logged", "LookupError", 1),
        ("send", "http.response.start", 1),
        ("send", "http.response.body", 1),
    ]
    payload = flow.events[1].payload
    assert (payload["where"], payload["text"]) == ("fail", "no bird, token=•••")
    assert not flow.events[1].ends


async def test_an_error_that_a_framework_logs_is_shown() -> None:
    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        by_library(logger, fail)
        await send({"type": "http.response.start", "status": 400})
        await send({"type": "http.response.body"})

    async def begins() -> Message:
        return {"type": "http.request"}

    with record(site) as flow, logged_errors(flow.app.note_logged):
        await flow.app({"type": "http", "headers": []}, begins, _nowhere)

    assert errors(Flow(flow.events)) == [("logged", "LookupError")]


async def _never() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


async def _nowhere(message: Message) -> None:
    pass


@pytest.mark.parametrize(
    ("handler", "error"),
    [
        (log_and_raise, "LookupError"),
        (log_and_answer_500, "LookupError"),
        (log_and_answer_500_meanwhile, "LookupError"),
        (log_and_raise_in_a_group, "ExceptionGroup"),
    ],
)
async def test_an_error_that_is_logged_and_then_ends_a_request_is_shown_once(
    handler: Handler, error: str
) -> None:
    assert errors(await asked(site_of(handler))) == [("crash", error)]


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        (log_twice, ["LookupError"]),
        (log_all_of_them, ["LookupError", "JSONDecodeError"]),
    ],
)
async def test_an_error_that_is_logged_again_is_shown_once(
    handler: Handler, expected: list[str]
) -> None:
    found = errors(await asked(site_of(handler)))

    assert found == [("logged", error) for error in expected]


async def test_an_error_that_is_logged_is_not_what_ends_a_request_later() -> (
    None
):
    flow = await asked(site_of(log_and_raise_another))

    assert errors(flow) == [("logged", "LookupError"), ("crash", "KeyError")]


async def test_behind_a_500_stands_what_a_framework_has_caught() -> None:
    def view() -> None:
        by_own(logger, fail)
        raise KeyError("nest")

    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        by_library(logger, view)
        by_library(logger, json.loads, "{")  # at its page that says so
        await send({"type": "http.response.start", "status": 500})
        await send({"type": "http.response.body"})

    flow = await asked(site)

    assert errors(flow) == [("logged", "LookupError"), ("crash", "KeyError")]


async def test_behind_a_500_stands_what_was_logged_before_it_is_read() -> None:
    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        by_own(logger, fail)
        await receive()
        await send({"type": "http.response.start", "status": 500})
        await send({"type": "http.response.body"})

    async def begins() -> Message:
        return {"type": "http.request"}

    with record(site) as flow, logged_errors(flow.app.note_logged):
        await flow.app({"type": "http", "headers": []}, begins, _nowhere)

    assert errors(Flow(flow.events)) == [("crash", "LookupError")]


async def test_behind_a_500_stands_what_is_logged_and_not_what_fails_then() -> (
    None
):
    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        by_library(logger, fail)
        try:
            raise KeyError("no page that says so")
        except KeyError:
            await send({"type": "http.response.start", "status": 500})
            await send({"type": "http.response.body"})

    assert errors(await asked(site)) == [("crash", "LookupError")]


async def test_behind_a_500_stands_what_is_handled_as_it_is_answered() -> None:
    async def raises_another(request: Request) -> Response:
        by_own(logger, fail)
        raise KeyError("nest")

    async def says_so(request: Request, error: Exception) -> Response:
        return PlainTextResponse("sorry", 500)

    handlers: Any = {KeyError: says_so}
    site = Starlette(
        routes=[Route("/", raises_another)], exception_handlers=handlers
    )

    assert errors(await asked(site)) == [
        ("logged", "LookupError"),
        ("crash", "KeyError"),
    ]


async def test_an_error_that_is_logged_after_the_answer_is_shown() -> None:
    flow = await asked(site_of(log_later))

    assert in_short(flow)[1:] == [
        ("send", "http.response.body", None),
        ("logged", "LookupError", 1),
    ]


async def test_an_error_is_shown_though_the_client_has_all_and_is_gone() -> (
    None
):
    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body"})
        await receive()
        by_own(logger, fail)

    async def leaves() -> Message:
        return {"type": "http.disconnect"}

    with record(site) as flow, logged_errors(flow.app.note_logged):
        await flow.app({"type": "http", "headers": []}, leaves, _nowhere)

    assert errors(Flow(flow.events)) == [("logged", "LookupError")]


async def test_an_error_that_was_logged_is_let_go_with_its_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logger, "propagate", False)  # to whom keeps records
    error: list[weakref.ref[Exception]] = []
    over = asyncio.Event()
    begun: list[asyncio.Task[None]] = []

    async def view(request: Request) -> Response:
        # Which knows the connection for as long as it is there.
        begun.append(asyncio.create_task(over.wait()))  # type: ignore[arg-type]
        error.append(weakref.ref(by_own(logger, fail_weakly)))
        return PlainTextResponse("well")

    with record(site_of(view)) as flow, logged_errors(flow.app.note_logged):
        heads: Scope = {"method": "GET", "path": "/", "headers": []}
        await flow.app({"type": "http", **heads}, _never, _nowhere)
        gc.collect()
        assert error[0]() is None
        over.set()
        await asyncio.gather(*begun)

    assert errors(Flow(flow.events)) == [("logged", "Weak")]


async def test_an_error_that_is_logged_in_the_middle_of_a_body_is_shown() -> (
    None
):
    flow = await asked(site_of(log_between))

    kinds = [event.kind for event in flow if event.kind != "receive"]
    assert kinds == ["send", "send", "logged", "send"]


@pytest.mark.parametrize("handler", [made_by_nobody, told_by_asyncio])
async def test_an_error_that_is_not_the_developers_is_not_shown(
    handler: Handler,
) -> None:
    assert errors(await asked(site_of(handler))) == []


async def test_an_error_that_own_code_logs_is_shown_without_a_line() -> None:
    flow = await asked(site_of(nobody_raised))

    assert errors(flow) == [("logged", "LookupError")]
    assert flow.events[1].payload == {"text": "no bird"}


async def test_what_is_logged_when_a_request_is_over_is_nobodys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logger, "propagate", False)  # to whom keeps records
    over = asyncio.Event()
    begun: list[asyncio.Task[None]] = []
    error: list[weakref.ref[Exception]] = []

    async def later() -> None:
        await over.wait()
        error.append(weakref.ref(by_own(logger, fail_weakly)))
        gc.collect()
        assert error[0]() is None

    async def view(request: Request) -> Response:
        begun.append(asyncio.create_task(later()))
        return PlainTextResponse("well")

    with record(site_of(view)) as flow, logged_errors(flow.app.note_logged):
        heads: Scope = {"method": "GET", "path": "/", "headers": []}
        await flow.app({"type": "http", **heads}, _never, _nowhere)
        over.set()
        await asyncio.gather(*begun)

    assert [event.kind for event in flow] == ["send", "send"]


async def test_what_a_browser_asks_for_by_itself_is_nobodys_work() -> None:
    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        by_own(logger, fail)
        await send({"type": "http.response.start", "status": 404})
        await send({"type": "http.response.body"})

    assert errors(await asked(site, "/favicon.ico")) == []


async def test_that_the_server_stops_is_no_error_that_is_logged() -> None:
    begun = asyncio.Event()

    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            logger.exception("what is this?")
            raise

    with record(site) as flow, logged_errors(flow.app.note_logged):
        scope: Scope = {"type": "http", "headers": []}
        asking = asyncio.create_task(flow.app(scope, _never, _nowhere))
        await begun.wait()
        asking.cancel()
        await asyncio.wait({asking})

    assert errors(Flow(flow.events)) == []


async def test_an_error_of_an_open_websocket_is_let_go_after_some_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logger, "propagate", False)  # to whom keeps records
    alive: list[weakref.ref[Exception]] = []
    done = asyncio.Event()

    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        errors = (by_own(logger, fail_weakly) for _ in range(MOST + 2))
        alive.extend(map(weakref.ref, errors))
        gc.collect()
        await send({"type": "websocket.send", "text": f"{alive[1]() is None}"})
        await done.wait()

    with record(site) as flow, logged_errors(flow.app.note_logged):
        ada = WebsocketCommunicator(flow.app, "/")
        await ada.connect()
        assert await ada.receive_from() == "True"
        done.set()
        await ada.wait()

    assert len(errors(Flow(flow.events))) == MOST + 2
