import asyncio

import pytest

from minichannels.testing import HttpCommunicator
from minichannels.types import Message, Receive, Scope, Send


async def respond(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 204})
    await send({"type": "http.response.body"})


def test_http_communicator_makes_the_scope() -> None:
    communicator = HttpCommunicator(
        respond, "get", "/caf%C3%A9/?q=a%20b&r", headers=[(b"host", b"a")]
    )

    assert communicator.scope == {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "path": "/café/",
        "query_string": b"q=a%20b&r",
        "headers": [(b"host", b"a")],
    }


async def test_get_response_sends_the_request_and_joins_the_body() -> None:
    seen: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(await receive())
        headers = [(b"content-type", b"text/plain")]
        await send(
            {"type": "http.response.start", "status": 201, "headers": headers}
        )
        for part in (b"a", b"b"):
            await send(
                {"type": "http.response.body", "body": part, "more_body": True}
            )
        await send({"type": "http.response.body", "body": b"c"})

    response = await HttpCommunicator(app, "PUT", "/", b"in").get_response()

    assert seen == [{"type": "http.request", "body": b"in"}]
    assert response == {
        "status": 201,
        "headers": [(b"content-type", b"text/plain")],
        "body": b"abc",
    }


async def test_get_response_fills_in_what_an_application_may_leave_out() -> (
    None
):
    response = await HttpCommunicator(respond, "GET", "/").get_response()

    assert response == {"status": 204, "headers": [], "body": b""}


async def test_get_response_leaves_the_event_as_it_was() -> None:
    start: Message = {"type": "http.response.start", "status": 200}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start)
        await send({"type": "http.response.body"})

    await HttpCommunicator(app, "GET", "/").get_response()

    assert start == {"type": "http.response.start", "status": 200}


async def test_get_response_sends_the_request_once() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for status in (200, 201):
            await send({"type": "http.response.start", "status": status})
            await send({"type": "http.response.body"})
        await asyncio.Event().wait()

    async with HttpCommunicator(app, "GET", "/") as communicator:
        await communicator.get_response()
        second = await communicator.get_response()

    assert second["status"] == 201
    assert communicator.input_queue.qsize() == 1


@pytest.mark.parametrize(
    ("events", "problem"),
    [
        (
            [{"type": "http.response.body"}],
            r"^expected 'http\.response\.start', got \{'type': 'http\.res",
        ),
        (
            [{"type": "http.response.start"}, {"type": "x"}],
            r"^expected 'http\.response\.body', got \{'type': 'x'\}$",
        ),
        (
            [
                {"type": "http.response.start"},
                {"type": "http.response.body", "body": "text"},
            ],
            "^the body has to be bytes; got .*'text'",
        ),
    ],
)
async def test_get_response_refuses_what_is_no_response(
    events: list[Message], problem: str
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for event in events:
            await send(event)

    with pytest.raises(AssertionError, match=problem):
        await HttpCommunicator(app, "GET", "/").get_response()


async def test_get_response_has_a_time_limit() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError, match=r"app sent no event within 0\.01"):
        await HttpCommunicator(app, "GET", "/").get_response(timeout=0.01)


def test_http_communicator_refuses_a_body_of_text() -> None:
    with pytest.raises(AssertionError, match="has to be bytes, not 'text'"):
        HttpCommunicator(respond, "GET", "/", "text")  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["/a;b=1/c", "/a;b=1"])
def test_http_communicator_sends_a_path_whole(path: str) -> None:
    scope = HttpCommunicator(respond, "GET", f"{path}?x=1;y=2").scope

    assert scope["path"] == path
    assert scope["query_string"] == b"x=1;y=2"


def test_http_communicator_refuses_a_path_that_is_no_string() -> None:
    with pytest.raises(TypeError, match="the path has to be a str, not b'/'"):
        HttpCommunicator(respond, "GET", b"/")  # type: ignore[arg-type]
