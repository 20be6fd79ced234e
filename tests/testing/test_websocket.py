import asyncio
from typing import Any

import pytest

from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.testing import WebsocketCommunicator
from minichannels.types import Message, Receive, Scope, Send


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Accept, send each frame back, and end with the connection."""
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})


def answering(*events: Message) -> Any:
    """Return an application that sends some events and then waits."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for event in events:
            await send(event)
        await asyncio.Event().wait()

    return app


def test_websocket_communicator_makes_the_scope() -> None:
    communicator = WebsocketCommunicator(
        echo,
        "/caf%C3%A9/?q=a%20b",
        headers=[(b"origin", b"http://a")],
        subprotocols=["chat"],
    )

    assert communicator.scope == {
        "type": "websocket",
        "path": "/café/",
        "query_string": b"q=a%20b",
        "headers": [(b"origin", b"http://a")],
        "subprotocols": ["chat"],
    }


def test_websocket_communicator_says_which_version_the_server_speaks() -> None:
    communicator = WebsocketCommunicator(echo, "/", spec_version="2.4")

    assert communicator.scope["spec_version"] == "2.4"
    assert communicator.scope["asgi"]["spec_version"] == "2.4"


def test_websocket_communicator_refuses_a_path_that_is_no_string() -> None:
    with pytest.raises(TypeError, match="the path has to be a str, not 5"):
        WebsocketCommunicator(echo, 5)  # type: ignore[arg-type]


# Connecting


async def test_connect_is_true_with_the_chosen_subprotocol() -> None:
    headers = [(b"x-room", b"lobby")]
    app = answering(
        {
            "type": "websocket.accept",
            "subprotocol": "chat",
            "headers": headers,
        }
    )

    async with WebsocketCommunicator(app, "/") as communicator:
        assert await communicator.connect() == (True, "chat")
        assert communicator.response_headers == headers


async def test_connect_is_true_and_none_without_a_subprotocol() -> None:
    async with WebsocketCommunicator(echo, "/") as communicator:
        assert await communicator.connect() == (True, None)
        assert communicator.response_headers == []


async def test_connect_is_false_with_the_code_of_a_refusal() -> None:
    app = answering({"type": "websocket.close", "code": 4001})

    async with WebsocketCommunicator(app, "/") as communicator:
        assert await communicator.connect() == (False, 4001)


async def test_connect_takes_1000_for_a_refusal_without_a_code() -> None:
    app = answering({"type": "websocket.close"})

    async with WebsocketCommunicator(app, "/") as communicator:
        assert await communicator.connect() == (False, 1000)


async def test_connect_shows_an_answer_that_is_none() -> None:
    app = answering({"type": "websocket.send", "text": "hello"})

    async with WebsocketCommunicator(app, "/") as communicator:
        with pytest.raises(
            AssertionError,
            match=r"expected 'websocket\.accept' or 'websocket\.close' .*hello",
        ):
            await communicator.connect()


async def test_connect_has_a_time_limit() -> None:
    communicator = WebsocketCommunicator(answering(), "/")

    with pytest.raises(TimeoutError, match=r"no event within 0\.01 s"):
        await communicator.connect(timeout=0.01)


# Frames


@pytest.mark.parametrize("text", ["hello", "", "é 🐑"])
async def test_send_to_sends_a_text_frame(text: str) -> None:
    async with WebsocketCommunicator(echo, "/") as communicator:
        await communicator.connect()
        await communicator.send_to(text_data=text)

        assert await communicator.receive_from() == text


@pytest.mark.parametrize("data", [b"hello", b"", b"\x00\xff"])
async def test_send_to_sends_a_binary_frame(data: bytes) -> None:
    async with WebsocketCommunicator(echo, "/") as communicator:
        await communicator.connect()
        await communicator.send_to(bytes_data=data)

        assert await communicator.receive_from() == data


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "exactly one of text_data and bytes_data, got None and None"),
        ({"text_data": "", "bytes_data": b""}, "exactly one .* '' and b''"),
        ({"text_data": b"a"}, "^text_data has to be str, not b'a'$"),
        ({"bytes_data": "a"}, "^bytes_data has to be bytes, not 'a'$"),
    ],
)
async def test_send_to_refuses_what_is_no_frame(
    arguments: Any, problem: str
) -> None:
    communicator = WebsocketCommunicator(echo, "/")

    with pytest.raises(AssertionError, match=problem):
        await communicator.send_to(**arguments)


async def test_json_goes_both_ways() -> None:
    async with WebsocketCommunicator(echo, "/") as communicator:
        await communicator.connect()
        await communicator.send_json_to({"a": [1, None, "é"]})

        assert await communicator.receive_json_from() == {"a": [1, None, "é"]}


async def test_receive_from_takes_none_for_absent() -> None:
    app = answering({"type": "websocket.send", "text": None, "bytes": b"a"})

    async with WebsocketCommunicator(app, "/") as communicator:
        assert await communicator.receive_from() == b"a"


@pytest.mark.parametrize(
    ("event", "problem"),
    [
        (
            {"type": "websocket.close", "code": 4000},
            r"^expected 'websocket\.send', got .*'code': 4000",
        ),
        ({"type": "websocket.send"}, "exactly one of 'text' and 'bytes', got"),
        (
            {"type": "websocket.send", "text": "a", "bytes": b"a"},
            "exactly one of 'text' and 'bytes', got",
        ),
        (
            {"type": "websocket.send", "text": b"a"},
            "^the text of a frame has to be str, not b'a'$",
        ),
        (
            {"type": "websocket.send", "bytes": "a"},
            "^the bytes of a frame has to be bytes, not 'a'$",
        ),
    ],
)
async def test_receive_from_refuses_what_is_no_frame(
    event: Message, problem: str
) -> None:
    async with WebsocketCommunicator(answering(event), "/") as communicator:
        with pytest.raises(AssertionError, match=problem):
            await communicator.receive_from()


async def test_receive_json_from_refuses_a_binary_frame() -> None:
    app = answering({"type": "websocket.send", "bytes": b"{}"})

    async with WebsocketCommunicator(app, "/") as communicator:
        with pytest.raises(AssertionError, match="a JSON frame has to be str"):
            await communicator.receive_json_from()


async def test_receive_from_has_a_time_limit() -> None:
    async with WebsocketCommunicator(echo, "/") as communicator:
        await communicator.connect()

        with pytest.raises(TimeoutError, match="echo sent no event"):
            await communicator.receive_from(timeout=0.01)


# Disconnecting


@pytest.mark.parametrize(
    ("arguments", "event"),
    [
        ({}, {"type": "websocket.disconnect", "code": 1000}),
        ({"code": 4000}, {"type": "websocket.disconnect", "code": 4000}),
        (
            {"code": 1001, "reason": "bye"},
            {"type": "websocket.disconnect", "code": 1001, "reason": "bye"},
        ),
    ],
)
async def test_disconnect_tells_the_application(
    arguments: Any, event: Message
) -> None:
    seen: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(await receive())

    communicator = WebsocketCommunicator(app, "/")
    await communicator.disconnect(**arguments)

    assert seen == [event]
    assert communicator.future.done()


async def test_disconnect_stops_an_application_that_goes_on() -> None:
    communicator = WebsocketCommunicator(answering(), "/")

    await communicator.disconnect(timeout=0.01)

    assert communicator.future.cancelled()


async def test_disconnect_after_a_stop_does_nothing() -> None:
    communicator = WebsocketCommunicator(echo, "/")
    with pytest.raises(TimeoutError):
        await communicator.receive_from(timeout=0.01)

    await communicator.disconnect()

    assert communicator.input_queue.empty()


async def test_disconnect_raises_what_the_application_raises() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        raise LookupError(message["type"])

    with pytest.raises(LookupError, match=r"websocket\.disconnect"):
        await WebsocketCommunicator(app, "/").disconnect()


async def test_websocket_communicator_talks_to_a_consumer() -> None:
    class Shout(AsyncWebsocketConsumer):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            assert text_data is not None
            await self.send(text_data=text_data.upper())

    communicator = WebsocketCommunicator(Shout.as_asgi(), "/")

    assert await communicator.connect() == (True, None)
    await communicator.send_to(text_data="hello")
    assert await communicator.receive_from() == "HELLO"
    await communicator.disconnect()
