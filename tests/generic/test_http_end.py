"""The end of a consumer for HTTP: disconnect() runs once, in every case."""

import asyncio
import contextlib

import pytest

from minichannels.exceptions import StopConsumer
from minichannels.generic.http import AsyncHttpConsumer
from minichannels.layers import InMemoryChannelLayer
from minichannels.testing import ApplicationCommunicator
from minichannels.types import Message, Receive, Scope, Send
from support.loops import ticks
from support.mistakes import error_of
from support.views import (
    DISCONNECT,
    LIMIT,
    REQUEST,
    START,
    Noted,
    noted,
    outputs,
    part,
)


class Endless(Noted):
    """Streams for as long as there is a client."""

    async def answer(self) -> None:
        await self.send_headers()
        while True:
            await self.send_body(b".", more_body=True)


async def left(consumer: type[Noted]) -> list[str]:
    """Leave once the response has begun; return what the consumer notes."""
    client, steps = noted(consumer)
    await client.send_input(REQUEST)
    await client.receive_output()
    await client.send_input(DISCONNECT)
    assert await outputs(client) == []
    assert client.future.exception() is None
    return steps


async def test_disconnect_runs_after_the_response(
    layer: InMemoryChannelLayer,
) -> None:
    client, steps = noted(Noted)
    await client.send_input(REQUEST)
    await client.wait()
    assert steps == ["disconnect"]
    assert (layer.groups, layer.channels) == ({}, {})


async def test_disconnect_runs_after_an_error(
    layer: InMemoryChannelLayer,
) -> None:
    class View(Noted):
        async def answer(self) -> None:
            raise LookupError("in handle")

    client, steps = noted(View)
    await error_of(client, REQUEST, LookupError, "in handle")
    assert steps == ["disconnect"]
    assert (layer.groups, layer.channels) == ({}, {})


async def test_disconnect_runs_if_the_client_leaves_before_it_has_asked() -> (
    None
):
    client, steps = noted(Noted)
    await client.send_input({**REQUEST, "body": b"half", "more_body": True})
    await client.send_input(DISCONNECT)
    assert await outputs(client) == []
    assert client.future.exception() is None
    assert steps == ["disconnect"]


async def test_disconnect_runs_if_the_client_leaves_during_long_polling(
    layer: InMemoryChannelLayer,
) -> None:
    class View(Noted):
        async def answer(self) -> None:
            await self.send_headers()

    assert await left(View) == ["disconnect"]
    assert (layer.groups, layer.channels) == ({}, {})


async def test_handle_is_cancelled_when_the_client_leaves(
    layer: InMemoryChannelLayer,
) -> None:
    class View(Noted):
        async def answer(self) -> None:
            await self.send_headers()
            try:
                await asyncio.Event().wait()
            finally:
                self.steps.append("cancelled")

    assert await left(View) == ["cancelled", "disconnect"]
    assert (layer.groups, layer.channels) == ({}, {})


@pytest.mark.parametrize("started", [False, True])
async def test_handle_that_survives_its_cancellation_is_over_all_the_same(
    started: bool,
) -> None:
    class View(Noted):
        async def answer(self) -> None:
            if started:
                await self.send_headers()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            self.steps.append("survived")

    client, steps = noted(View)
    await client.send_input(REQUEST)
    await client.send_input(DISCONNECT)
    await client.wait()
    assert client.future.done()
    assert not client.future.cancelled()
    assert steps == ["survived", "disconnect"]


async def test_an_endless_stream_that_never_waits_is_cancelled_too() -> None:
    client, steps = noted(Endless)
    app = client.application
    events = iter([REQUEST])

    async def receive() -> Message:
        return next(events, DISCONNECT)

    async def drop(message: Message) -> None:
        """Send nothing, as to a client that has left, and do not wait."""

    async with asyncio.timeout(LIMIT):
        await app({"type": "http"}, receive, drop)
    assert steps == ["disconnect"]


async def test_a_time_limit_in_handle_is_the_learners_own() -> None:
    class View(Noted):
        async def answer(self) -> None:
            async with asyncio.timeout(0):
                await asyncio.Event().wait()

    client, steps = noted(View)
    await error_of(client, REQUEST, TimeoutError)
    assert steps == ["disconnect"]


async def test_a_time_limit_in_handle_may_be_handled_there() -> None:
    class View(Noted):
        async def answer(self) -> None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0):
                    await asyncio.Event().wait()
            await self.send_response(504, b"too slow")

    client, _ = noted(View)
    await client.send_input(REQUEST)
    start, _ = await outputs(client)
    assert start["status"] == 504


async def test_disconnect_runs_if_the_server_stops(
    layer: InMemoryChannelLayer,
) -> None:
    class View(Noted):
        async def answer(self) -> None:
            await self.send_headers()
            await asyncio.Event().wait()

    client, steps = noted(View)
    async with client:
        await client.send_input(REQUEST)
        await client.receive_output()
    assert client.future.cancelled()
    assert steps == ["disconnect"]
    assert (layer.groups, layer.channels) == ({}, {})


async def test_sending_to_a_client_that_is_gone_ends_the_consumer() -> None:
    client, steps = noted(Endless)
    app = client.application

    async def vanish(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_to_nobody(message: Message) -> None:
            if message["type"] == "http.response.body":
                raise BrokenPipeError("the client is gone")

        await app(scope, receive, send_to_nobody)

    client = ApplicationCommunicator(vanish, {"type": "http"})
    await client.send_input(REQUEST)
    assert await outputs(client) == []
    assert client.future.exception() is None
    assert steps == ["disconnect"]


async def test_an_error_in_disconnect_is_reported(
    layer: InMemoryChannelLayer,
) -> None:
    class View(Noted):
        async def disconnect(self) -> None:
            raise LookupError("in disconnect")

    client, _ = noted(View)
    await error_of(client, REQUEST, LookupError, "in disconnect")
    assert (layer.groups, layer.channels) == ({}, {})


async def test_stop_consumer_in_disconnect_is_no_error(
    layer: InMemoryChannelLayer,
) -> None:
    class View(Noted):
        async def disconnect(self) -> None:
            raise StopConsumer

    client, _ = noted(View)
    await client.send_input(REQUEST)
    assert await outputs(client) == [START, part(b"")]
    assert client.future.exception() is None
    assert layer.groups == {}


async def test_handle_runs_even_if_receive_never_waits() -> None:
    class View(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            await asyncio.sleep(0)
            await self.send_response(200, b"done")

    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    async with asyncio.timeout(LIMIT):
        await View.as_asgi()({"type": "http"}, receive, send)
    assert sent == [START, part(b"done")]


async def test_handle_goes_on_behind_a_whole_response(
    layer: InMemoryChannelLayer,
) -> None:
    class View(Noted):
        async def answer(self) -> None:
            await self.send_response(202, b"")
            await ticks(20)
            self.steps.append("went on")

    client, steps = noted(View)
    await client.send_input(REQUEST)
    await client.send_input(DISCONNECT)  # as a server says behind it
    await client.wait()
    assert steps == ["went on", "disconnect"]
    assert (layer.groups, layer.channels) == ({}, {})
