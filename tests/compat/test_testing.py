import asyncio
import contextvars
import importlib
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from minichannels.types import Message, Receive, Scope, Send

Load = Callable[[str], Any]

# Channels' communicator has a __del__ that fails after a failed __init__.
FAILS_IN_DEL = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture
def testing(package: Load) -> Any:
    return package("testing")


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Accept, send each frame back, and end with the connection."""
    await receive()
    await send({"type": "websocket.accept", "subprotocol": "chat"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})


async def answer(scope: Scope, receive: Receive, send: Send) -> str:
    return str((await receive())["type"])


async def fail(scope: Scope, receive: Receive, send: Send) -> None:
    raise LookupError((await receive())["type"])


async def ignore(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.Event().wait()


def answering(*events: Message) -> Any:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for event in events:
            await send(event)
        await asyncio.Event().wait()

    return app


# ApplicationCommunicator


async def test_communicator_gives_and_takes_events(testing: Any) -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)
        await send({"type": "got", "event": await receive()})

    communicator = testing.ApplicationCommunicator(app, {"type": "test"})
    await communicator.send_input({"type": "a"})

    event = await communicator.receive_output()
    assert event == {"type": "got", "event": {"type": "a"}}
    assert seen == [{"type": "test"}]
    assert communicator.scope == {"type": "test"}
    assert await communicator.wait() is None
    assert communicator.future.done()


async def test_future_has_what_the_application_returned(testing: Any) -> None:
    communicator = testing.ApplicationCommunicator(answer, {"type": "t"})
    await communicator.send_input({"type": "asked"})

    assert await communicator.future == "asked"


async def test_communicator_gives_an_empty_context(testing: Any) -> None:
    variable = contextvars.ContextVar("variable", default="unset")
    variable.set("by the test")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": variable.get()})

    communicator = testing.ApplicationCommunicator(app, {"type": "test"})

    assert await communicator.receive_output() == {"type": "unset"}


@pytest.mark.parametrize("method", ["receive_output", "wait"])
async def test_communicator_raises_what_the_application_raises(
    testing: Any, method: str
) -> None:
    communicator = testing.ApplicationCommunicator(fail, {"type": "test"})
    await communicator.send_input({"type": "a"})

    with pytest.raises(LookupError, match="a"):
        await getattr(communicator, method)(timeout=0.1)


async def test_communicator_raises_it_again(testing: Any) -> None:
    communicator = testing.ApplicationCommunicator(fail, {"type": "test"})
    await communicator.send_input({"type": "a"})
    with pytest.raises(LookupError):
        await communicator.wait()

    with pytest.raises(LookupError):
        await communicator.send_input({"type": "b"})
    with pytest.raises(LookupError):
        await communicator.receive_nothing()
    with pytest.raises(LookupError):
        communicator.stop()
    communicator.stop(exceptions=False)


async def test_receive_output_stops_the_application(testing: Any) -> None:
    communicator = testing.ApplicationCommunicator(ignore, {"type": "test"})

    with pytest.raises(TimeoutError):
        await communicator.receive_output(timeout=0.01)

    assert communicator.future.cancelled()


async def test_what_holds_up_the_loop_is_in_time(testing: Any) -> None:
    async def held_up(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        time.sleep(0.1)  # noqa: ASYNC251  # the test's own clock stands, too
        await send({"type": "late"})
        await asyncio.Event().wait()

    communicator = testing.ApplicationCommunicator(held_up, {"type": "test"})
    await communicator.send_input({"type": "go"})
    assert await communicator.receive_output(0.05) == {"type": "late"}
    communicator.stop(exceptions=False)


async def test_wait_stops_the_application_in_silence(testing: Any) -> None:
    communicator = testing.ApplicationCommunicator(ignore, {"type": "test"})

    assert await communicator.wait(timeout=0.01) is None
    assert communicator.future.cancelled()


async def test_stop_stops_the_application(testing: Any) -> None:
    communicator = testing.ApplicationCommunicator(ignore, {"type": "test"})
    communicator.stop()
    future = communicator.future

    communicator.stop()
    await asyncio.wait((future,), timeout=5)

    assert future.cancelled()


async def test_receive_nothing_tells_whether_an_event_waits(
    testing: Any,
) -> None:
    communicator = testing.ApplicationCommunicator(
        answering({"type": "a"}), {"type": "test"}
    )

    assert await communicator.receive_nothing() is False
    assert await communicator.receive_output() == {"type": "a"}
    assert await communicator.receive_nothing(0.02, 0.01) is True
    communicator.stop()


# HttpCommunicator


async def test_http_communicator_gets_a_response(testing: Any) -> None:
    seen: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.extend([scope, await receive()])
        await send({"type": "http.response.start", "status": 200})
        await send(
            {"type": "http.response.body", "body": b"a", "more_body": True}
        )
        await send({"type": "http.response.body", "body": b"b"})

    communicator = testing.HttpCommunicator(
        app, "post", "/a%20b/?c=%20d", b"in", [(b"host", b"h")]
    )

    response = await communicator.get_response()

    assert response == {"status": 200, "headers": [], "body": b"ab"}
    assert seen == [
        {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "path": "/a b/",
            "query_string": b"c=%20d",
            "headers": [(b"host", b"h")],
        },
        {"type": "http.request", "body": b"in"},
    ]


async def test_http_communicator_refuses_what_is_no_response(
    testing: Any,
) -> None:
    app = answering({"type": "http.response.body", "body": b""})
    communicator = testing.HttpCommunicator(app, "GET", "/")

    with pytest.raises(AssertionError):
        await communicator.get_response()
    communicator.stop()


@FAILS_IN_DEL
def test_http_communicator_refuses_a_body_of_text(testing: Any) -> None:
    with pytest.raises(AssertionError):
        testing.HttpCommunicator(echo, "GET", "/", "text")


# WebsocketCommunicator


def test_websocket_communicator_makes_the_scope(testing: Any) -> None:
    communicator = testing.WebsocketCommunicator(
        echo, "/a%20b/?c=%20d", [(b"host", b"h")], ["chat"]
    )

    assert communicator.scope == {
        "type": "websocket",
        "path": "/a b/",
        "query_string": b"c=%20d",
        "headers": [(b"host", b"h")],
        "subprotocols": ["chat"],
    }


def test_websocket_communicator_keeps_the_spec_version(testing: Any) -> None:
    communicator = testing.WebsocketCommunicator(echo, "/", spec_version="2.4")

    assert communicator.scope["spec_version"] == "2.4"


@FAILS_IN_DEL
def test_websocket_communicator_refuses_a_path_of_bytes(testing: Any) -> None:
    with pytest.raises(TypeError):
        testing.WebsocketCommunicator(echo, b"/")


async def test_websocket_communicator_talks(testing: Any) -> None:
    communicator = testing.WebsocketCommunicator(echo, "/")

    assert await communicator.connect() == (True, "chat")
    assert communicator.response_headers == []
    await communicator.send_to(text_data="hello")
    assert await communicator.receive_from() == "hello"
    await communicator.send_to(bytes_data=b"\x00")
    assert await communicator.receive_from() == b"\x00"
    await communicator.send_json_to([1])
    assert await communicator.receive_json_from() == [1]
    assert await communicator.receive_nothing() is True
    await communicator.disconnect()
    assert communicator.future.done()


@pytest.mark.parametrize(
    ("event", "answer"),
    [
        ({"type": "websocket.accept"}, (True, None)),
        ({"type": "websocket.close"}, (False, 1000)),
        ({"type": "websocket.close", "code": 4001}, (False, 4001)),
    ],
)
async def test_connect_returns_the_answer(
    testing: Any, event: Message, answer: Any
) -> None:
    communicator = testing.WebsocketCommunicator(answering(event), "/")

    assert await communicator.connect() == answer
    await communicator.disconnect(timeout=0.01)


async def test_connect_refuses_what_is_no_answer(testing: Any) -> None:
    app = answering({"type": "websocket.send", "text": "hello"})
    communicator = testing.WebsocketCommunicator(app, "/")

    with pytest.raises(AssertionError):
        await communicator.connect()
    communicator.stop()


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"text_data": "a", "bytes_data": b"a"},
        {"text_data": b"a"},
        {"bytes_data": "a"},
    ],
)
async def test_send_to_refuses_what_is_no_frame(
    testing: Any, arguments: Any
) -> None:
    communicator = testing.WebsocketCommunicator(echo, "/")

    with pytest.raises(AssertionError):
        await communicator.send_to(**arguments)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"text_data": "a", "bytes_data": ""}, "a"),
        ({"text_data": "a", "bytes_data": False}, "a"),
        ({"text_data": 0, "bytes_data": b"a"}, b"a"),
    ],
)
async def test_half_of_a_frame_that_is_empty_counts_as_not_given(
    testing: Any, arguments: Any, expected: str | bytes
) -> None:
    communicator = testing.WebsocketCommunicator(echo, "/")
    await communicator.connect()

    await communicator.send_to(**arguments)

    assert await communicator.receive_from() == expected
    await communicator.disconnect()


@pytest.mark.parametrize("event", ["a text", None, 7, ["a", "list"]])
async def test_application_may_take_what_is_no_dict(
    testing: Any, event: Any
) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(await receive())

    communicator = testing.ApplicationCommunicator(app, {"type": "own"})

    await communicator.send_input(event)

    assert await communicator.receive_output() == event


@pytest.mark.parametrize(
    "event",
    [
        {"type": "websocket.close"},
        {"type": "websocket.send"},
        {"type": "websocket.send", "text": "a", "bytes": b"a"},
        {"type": "websocket.send", "text": b"a"},
        {"type": "websocket.send", "bytes": "a"},
    ],
)
async def test_receive_from_refuses_what_is_no_frame(
    testing: Any, event: Message
) -> None:
    communicator = testing.WebsocketCommunicator(answering(event), "/")

    with pytest.raises(AssertionError):
        await communicator.receive_from()
    communicator.stop()


async def test_receive_json_from_refuses_a_binary_frame(testing: Any) -> None:
    app = answering({"type": "websocket.send", "bytes": b"1"})
    communicator = testing.WebsocketCommunicator(app, "/")

    with pytest.raises(AssertionError):
        await communicator.receive_json_from()
    communicator.stop()


async def test_disconnect_sends_the_code_and_raises(testing: Any) -> None:
    seen: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(await receive())
        raise LookupError

    communicator = testing.WebsocketCommunicator(app, "/")

    with pytest.raises(LookupError):
        await communicator.disconnect(4000)
    assert seen == [{"type": "websocket.disconnect", "code": 4000}]


async def test_disconnect_after_the_end_does_nothing(testing: Any) -> None:
    communicator = testing.WebsocketCommunicator(echo, "/")
    await communicator.connect()
    await communicator.disconnect()

    assert await communicator.disconnect() is None


# Where they differ, on purpose


async def send_empty_frame(testing: Any) -> None:
    communicator = testing.WebsocketCommunicator(echo, "/")
    await communicator.connect()
    try:
        await communicator.send_to(text_data="")
        assert await communicator.receive_from() == ""
    finally:
        await communicator.disconnect()


async def test_difference_an_empty_text_frame_can_be_sent() -> None:
    with pytest.raises(AssertionError, match="exactly one of text_data or"):
        await send_empty_frame(importlib.import_module("channels.testing"))

    await send_empty_frame(importlib.import_module("minichannels.testing"))


async def use_after_stop(testing: Any) -> None:
    communicator = testing.WebsocketCommunicator(ignore, "/")
    await communicator.wait(timeout=0.01)
    await communicator.send_to(text_data="a")


async def test_difference_a_stopped_application_is_a_failed_test() -> None:
    with pytest.raises(asyncio.CancelledError):
        await use_after_stop(importlib.import_module("channels.testing"))

    with pytest.raises(AssertionError, match="can no longer take"):
        await use_after_stop(importlib.import_module("minichannels.testing"))


async def disconnect_after_stop(testing: Any) -> None:
    communicator = testing.WebsocketCommunicator(ignore, "/")
    await communicator.wait(timeout=0.01)
    await communicator.disconnect()


async def test_difference_disconnect_after_a_stop_does_nothing() -> None:
    with pytest.raises(asyncio.CancelledError):
        await disconnect_after_stop(importlib.import_module("channels.testing"))

    await disconnect_after_stop(importlib.import_module("minichannels.testing"))


async def receive_both_keys(testing: Any) -> Any:
    app = answering({"type": "websocket.send", "text": "a", "bytes": None})
    communicator = testing.WebsocketCommunicator(app, "/")
    try:
        return await communicator.receive_from()
    finally:
        communicator.stop()


async def test_difference_none_in_a_frame_means_absent() -> None:
    with pytest.raises(AssertionError, match="exactly one of 'text' or"):
        await receive_both_keys(importlib.import_module("channels.testing"))

    ours = importlib.import_module("minichannels.testing")
    assert await receive_both_keys(ours) == "a"


@pytest.mark.parametrize("name", ["channels", "minichannels"])
def test_who_has_communicators_has_routers(name: str) -> None:
    # As tests do that begin with a plain "import channels".
    code = f"import {name}.testing; {name}.routing.URLRouter"
    subprocess.run([sys.executable, "-c", code], check=True)
