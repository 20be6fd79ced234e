"""Consumers for HTTP: answers, mistakes, and what comes from the layer."""

import asyncio
from typing import Any

import pytest

from minichannels.exceptions import ProtocolError
from minichannels.generic.http import AsyncHttpConsumer
from minichannels.layers import InMemoryChannelLayer
from minichannels.testing import HttpCommunicator
from minichannels.types import Message, Receive, Scope, Send
from support.loops import ticks
from support.mistakes import error_of
from support.views import (
    DISCONNECT,
    REQUEST,
    START,
    Noted,
    noted,
    outputs,
    part,
    talk,
)

# Answers


async def test_send_response_sends_headers_and_body() -> None:
    class View(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            await self.send_response(201, b"made", headers={"X-Id": "7"})

    client = talk(View)
    await client.send_input(REQUEST)
    assert await outputs(client) == [
        {
            "type": "http.response.start",
            "status": 201,
            "headers": [(b"x-id", b"7")],
        },
        part(b"made"),
    ]
    assert client.future.exception() is None


@pytest.mark.parametrize(
    "headers", [{"X-A": b"1"}, [("X-A", "1")], [(b"x-a", b"1")]]
)
async def test_headers_may_be_text_or_bytes(headers: Any) -> None:
    class View(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            await self.send_headers(headers=headers)
            await self.send_body(b"")

    client = talk(View)
    await client.send_input(REQUEST)
    start, _ = await outputs(client)
    assert start["headers"] == [(b"x-a", b"1")]


async def test_handle_gets_the_body_in_one_piece() -> None:
    class Echo(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            await self.send_response(200, body + b" in %d" % len(self.body))

    client = talk(Echo)
    for chunk in (b"one ", b"", b"two"):
        await client.send_input({**REQUEST, "body": chunk, "more_body": True})
    await client.send_input(REQUEST)
    assert await outputs(client) == [START, part(b"one two in 3")]


async def test_nothing_of_http_request_runs_behind_a_whole_response() -> None:
    ran: list[str] = []

    class View(AsyncHttpConsumer):
        async def http_request(self, message: Message) -> None:
            ran.append("before")
            await super().http_request(message)
            ran.append("behind")

        async def handle(self, body: bytes) -> None:
            await self.send_response(200, b"")

    client = talk(View)
    await client.send_input(REQUEST)
    await outputs(client)
    await client.wait()

    assert ran == ["before"]


async def test_a_response_may_be_streamed() -> None:
    class View(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            await self.send_headers()
            for chunk in (b"a", b"b"):
                await self.send_body(chunk, more_body=True)
            await self.send_body(b"c")

    client = talk(View)
    await client.send_input(REQUEST)
    assert await outputs(client) == [
        START,
        part(b"a", more_body=True),
        part(b"b", more_body=True),
        part(b"c"),
    ]


async def test_long_polling_is_answered_by_a_later_handler(
    layer: InMemoryChannelLayer,
) -> None:
    class Poll(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            await self.channel_layer.group_add("news", self.channel_name)
            await self.send_headers()
            await self.send_body(b"", more_body=True)

        async def news_item(self, event: Message) -> None:
            await self.send_body(event["text"].encode())

    client = talk(Poll)
    await client.send_input(REQUEST)
    assert await client.receive_output() == START
    assert await client.receive_output() == part(b"", more_body=True)
    await layer.group_send("news", {"type": "news.item", "text": "rain"})
    assert await outputs(client) == [part(b"rain")]
    assert (layer.groups, layer.channels) == ({}, {})


async def test_receive_is_never_called_twice_at_once(
    layer: InMemoryChannelLayer,
) -> None:
    class Poll(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            await self.channel_layer.group_add("news", self.channel_name)
            await self.send_headers()

        async def news_item(self, event: Message) -> None:
            await self.send_body(b"news")

    client = talk(Poll)
    app = client.application
    waiting: list[int] = []
    most: list[int] = []

    async def slow_to_cancel(scope: Scope, _: Receive, send: Send) -> None:
        async def receive() -> Message:
            waiting.append(1)
            most.append(len(waiting))
            try:
                return await client.input_queue.get()
            finally:
                for _ in range(5):
                    await asyncio.sleep(0)
                waiting.pop()

        await app(scope, receive, send)

    client.application = slow_to_cancel
    await client.send_input(REQUEST)
    assert await client.receive_output() == START
    await layer.group_send("news", {"type": "news.item"})
    assert await outputs(client) == [part(b"news")]
    assert set(most) == {1}


async def test_a_layer_message_may_be_followed_by_another(
    layer: InMemoryChannelLayer,
) -> None:
    class Poll(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            await self.channel_layer.group_add("news", self.channel_name)
            await self.send_headers()

        async def news_item(self, event: Message) -> None:
            await self.send_body(b".", more_body=event["more"])

    client = talk(Poll)
    await client.send_input(REQUEST)
    await client.receive_output()
    for more in (True, False):
        await layer.group_send("news", {"type": "news.item", "more": more})
    assert await outputs(client) == [part(b".", more_body=True), part(b".")]


# Mistakes


async def test_handle_has_to_be_defined() -> None:
    class View(AsyncHttpConsumer):
        pass

    client = talk(View)
    assert await error_of(client, REQUEST, NotImplementedError) == (
        "View has no handle(); define 'async def handle(self, body)' and call"
        " send_response() in it"
    )


async def test_handle_that_does_not_answer_is_an_error() -> None:
    class View(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            """Forget to answer."""

    client = talk(View)
    assert await error_of(client, REQUEST, RuntimeError) == (
        "View.handle() ended without a response; call send_response(), or"
        " send_headers() and send_body() if a later handler is to finish it"
    )


async def test_body_before_headers_is_an_error() -> None:
    class View(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            await self.send_body(b"")

    client = talk(View)
    await error_of(
        client, REQUEST, ProtocolError, r"'http.response.body' while REQ"
    )
    assert client.output_queue.empty()


async def test_a_second_response_is_an_error() -> None:
    class View(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            await self.send_response(200, b"one")
            await self.send_response(200, b"two")

    client = talk(View)
    await error_of(client, REQUEST, ProtocolError, "while COMPLETE")


async def test_a_body_that_is_not_bytes_is_an_error() -> None:
    text: Any = "hi"

    class View(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            await self.send_response(200, text)

    client = talk(View)
    assert await error_of(client, REQUEST, TypeError) == (
        "body is bytes, not str; encode a text with .encode()"
    )


@pytest.mark.parametrize("name", ["handle", "disconnect"])
async def test_plain_method_is_a_type_error(name: str) -> None:
    class View(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            await self.send_response(200, b"")

    def method(self: Any, *args: Any) -> None:
        """Do nothing, and be no coroutine."""

    client = talk(type("Wrong", (View,), {name: method}))
    await error_of(
        client, REQUEST, TypeError, r"is a plain function; write 'async"
    )


# Messages of the layer


@pytest.mark.parametrize(
    "name",
    [
        *("as_asgi", "base_send", "channel_layer", "channel_layer_alias"),
        *("channel_name", "disconnect", "dispatch", "handle"),
        *("http_disconnect", "http_request", "scope", "send", "send_body"),
        *("send_headers", "send_response"),
    ],
)
async def test_a_layer_message_cannot_name_what_the_library_defines(
    name: str, layer: InMemoryChannelLayer
) -> None:
    class View(Noted):
        async def answer(self) -> None:
            await self.send_headers()

    client, steps = noted(View)
    await client.send_input(REQUEST)
    await client.receive_output()
    await layer.group_send("news", {"type": name.replace("_", ".")})
    with pytest.raises(ValueError, match=f"from a channel layer: {name} is "):
        await client.wait()
    assert client.output_queue.empty()
    assert steps == ["disconnect"]
    assert layer.groups == {}


async def test_body_is_no_handler(layer: InMemoryChannelLayer) -> None:
    class View(Noted):
        async def answer(self) -> None:
            await self.send_headers()

    client, _ = noted(View)
    await client.send_input(REQUEST)
    await client.receive_output()
    await layer.group_send("news", {"type": "body"})
    with pytest.raises(ValueError, match="has no handler for 'body'"):
        await client.wait()


async def test_a_client_event_reaches_an_overridden_method() -> None:
    class View(AsyncHttpConsumer):
        async def http_request(self, message: Message) -> None:
            await self.send_response(200, b"raw")

    client = talk(View)
    await client.send_input(REQUEST)
    await client.send_input(DISCONNECT)  # which ends such a one
    assert await outputs(client) == [START, part(b"raw")]


async def test_client_that_leaves_as_handle_ends_is_noticed() -> None:
    events: asyncio.Queue[Message] = asyncio.Queue()
    go_on = asyncio.Event()
    steps: list[str] = []

    class Poll(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            await self.send_headers()
            await go_on.wait()

        async def disconnect(self) -> None:
            steps.append("disconnect")

    async def send(message: Message) -> None:
        pass

    events.put_nowait(REQUEST)
    app = Poll.as_asgi()({"type": "http", "path": "/"}, events.get, send)
    task = asyncio.ensure_future(app)
    await ticks(10)
    # In one turn of the loop; and the server tells it only once.
    events.put_nowait(DISCONNECT)
    go_on.set()

    await asyncio.wait_for(task, 10)
    assert steps == ["disconnect"]


async def test_response_with_a_wrong_body_does_not_begin() -> None:
    class Page(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            await self.send_response(200, "text")  # type: ignore[arg-type]

    client = talk(Page)
    await error_of(client, REQUEST, TypeError, "body is bytes, not str")
    assert client.output_queue.empty()


@pytest.mark.parametrize("status", [100, 999])
async def test_status_may_be_any_number_of_three_digits(status: int) -> None:
    class Answer(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            await self.send_response(status, b"")

    client = talk(Answer)
    await client.send_input(REQUEST)

    assert (await outputs(client))[0]["status"] == status


@pytest.mark.parametrize("status", ["200", 200.0, None, -1, 99, 1000])
async def test_status_that_is_no_number_of_three_digits_is_refused(
    status: Any,
) -> None:
    class Answer(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            await self.send_response(status, b"")

    client = HttpCommunicator(Answer.as_asgi(), "GET", "/")

    with pytest.raises(ValueError, match="a number such as 404, not"):
        await client.get_response()
