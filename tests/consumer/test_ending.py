"""How a consumer ends, and what it leaves behind."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from minichannels.consumer import (
    AsyncConsumer,
    SyncConsumer,
)
from minichannels.consumer.lifecycle import life_of
from minichannels.exceptions import ClientGone, StopConsumer
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.layers import InMemoryChannelLayer, channel_layers
from minichannels.testing import ApplicationCommunicator
from minichannels.types import Message, Receive, Scope, Send
from support.layers import LayerWithoutExtensions
from support.members import (
    LIMIT,
    AsyncMember,
    SyncMember,
    both_styles,
    joined,
    talk,
)
from support.mistakes import error_of

pytestmark = pytest.mark.usefixtures("layer")


@both_styles
async def test_stop_consumer_ends_it_without_an_error(
    member: type[AsyncConsumer], layer: InMemoryChannelLayer
) -> None:
    communicator = await joined(member)
    assert list(layer.groups) == ["room"]
    await communicator.send_input({"type": "leave"})
    await communicator.wait()
    assert communicator.future.exception() is None
    assert (layer.groups, layer.channels) == ({}, {})


@both_styles
async def test_an_error_in_a_handler_reaches_the_server(
    member: type[AsyncConsumer], layer: InMemoryChannelLayer
) -> None:
    communicator = await joined(member)
    await error_of(communicator, {"type": "fail"}, LookupError, "in a handler")
    assert (layer.groups, layer.channels) == ({}, {})


@both_styles
async def test_a_cancelled_consumer_leaves_its_groups(
    member: type[AsyncConsumer], layer: InMemoryChannelLayer
) -> None:
    async with await joined(member) as communicator:
        assert list(layer.groups) == ["room"]
    assert communicator.future.cancelled()
    assert (layer.groups, layer.channels) == ({}, {})


async def test_a_consumer_cancelled_in_a_handler_leaves_its_groups(
    layer: InMemoryChannelLayer,
) -> None:
    class Chat(AsyncMember):
        async def wait(self, event: Message) -> None:
            await self.send({"type": "waiting"})
            await asyncio.Event().wait()

    async with await joined(Chat) as communicator:
        await communicator.send_input({"type": "wait"})
        await communicator.receive_output()
    assert communicator.future.cancelled()
    assert (layer.groups, layer.channels) == ({}, {})


async def test_a_sync_consumer_cancelled_in_a_handler_leaves_its_groups(
    layer: InMemoryChannelLayer,
) -> None:
    go_on = threading.Event()
    over = threading.Event()

    class Chat(SyncMember):
        def wait(self, event: Message) -> None:
            self.send({"type": "waiting"})
            go_on.wait(LIMIT)
            over.set()

    async with await joined(Chat) as communicator:
        await communicator.send_input({"type": "wait"})
        await communicator.receive_output()
    assert not over.is_set()
    assert communicator.future.cancelled()
    assert (layer.groups, layer.channels) == ({}, {})
    go_on.set()
    assert await asyncio.to_thread(over.wait, LIMIT)


def begun_by_say(
    consumer: SyncConsumer, sending: Callable[[], None] = lambda: None
) -> asyncio.Task[None]:
    """Begin a consumer that is told ``say`` by a client that takes nothing.

    Args:
        consumer: the consumer.
        sending: is called when something is sent; that hangs from then on.
    """

    async def hang(message: Message) -> None:
        sending()
        await asyncio.Event().wait()

    async def receive() -> Message:
        return {"type": "say"}

    return asyncio.create_task(consumer({"type": "test"}, receive, hang))


async def test_a_sync_consumer_cancelled_while_it_sends_lets_its_thread_go(
    layer: InMemoryChannelLayer,
) -> None:
    sending = asyncio.Event()
    ended = threading.Event()

    class Chat(SyncConsumer):
        def say(self, event: Message) -> None:
            try:
                self.send({"type": "said"})
            finally:
                ended.set()

    task = begun_by_say(Chat(), sending.set)
    await sending.wait()
    task.cancel()

    assert await asyncio.to_thread(ended.wait, LIMIT)
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_dispatch_that_is_given_up_lets_its_thread_go() -> None:
    sending, ended = asyncio.Event(), threading.Event()

    class Chat(SyncConsumer):
        async def dispatch(self, message: Message) -> None:
            handling = asyncio.create_task(super().dispatch(message))
            await sending.wait()
            handling.cancel()
            await asyncio.Event().wait()  # and the consumer goes on

        def say(self, event: Message) -> None:
            try:
                self.send({"type": "said"})
            finally:
                ended.set()

    task = begun_by_say(Chat(), sending.set)
    try:
        assert await asyncio.to_thread(ended.wait, LIMIT)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_sync_consumer_keeps_nothing_of_what_it_has_sent() -> None:
    consumers: list[SyncConsumer] = []

    class Chat(SyncConsumer):
        def say(self, event: Message) -> None:
            self.send({"type": "said"})
            consumers.append(self)

    async with talk(Chat) as communicator:
        await communicator.send_input({"type": "say"})
        await communicator.receive_output()
        await communicator.send_input({"type": "say"})
        await communicator.receive_output()

        assert life_of(consumers[0]).sending == set()


@pytest.mark.parametrize("one_thread", [False, True], ids=["pool", "one"])
async def test_a_sync_consumer_that_has_ended_sends_nothing_any_more(
    one_thread: bool,
) -> None:
    go_on, begun = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    outcome: list[str] = []
    ended = threading.Event()

    class Chat(SyncConsumer):
        thread_sensitive = one_thread

        def say(self, event: Message) -> None:
            loop.call_soon_threadsafe(begun.set)
            go_on.wait(LIMIT)
            try:
                self.send({"type": "said"})
            except OSError as error:
                outcome.append(str(error))
            ended.set()

    task = begun_by_say(Chat())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()

    assert await asyncio.to_thread(ended.wait, LIMIT)
    assert outcome == ["the client has left, so nothing can be sent to it"]


async def test_a_sync_consumer_that_is_ended_lets_a_later_send_go() -> None:
    """Its dispatch was given up before the thread began to send."""
    begun, sending = asyncio.Event(), asyncio.Event()
    go_on, ended = threading.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    class Chat(SyncConsumer):
        async def dispatch(self, message: Message) -> None:
            handling = asyncio.create_task(super().dispatch(message))
            await begun.wait()
            handling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await handling
            go_on.set()
            await asyncio.Event().wait()

        def say(self, event: Message) -> None:
            loop.call_soon_threadsafe(begun.set)
            go_on.wait(LIMIT)
            try:
                self.send({"type": "said"})
            finally:
                ended.set()

    task = begun_by_say(Chat(), sending.set)
    await sending.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await asyncio.to_thread(ended.wait, LIMIT)


async def test_a_sync_consumer_called_once_more_stays_in_its_groups(
    layer: InMemoryChannelLayer,
) -> None:
    member = SyncMember()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await member(scope, receive, send)

    for _ in range(2):
        client = ApplicationCommunicator(app, {"type": "test"})
        await client.send_input({"type": "join"})
        await client.receive_output()
        await client.send_input({"type": "say"})
        await client.receive_output()
        assert len(layer.groups["room"]) == 1
        await client.send_input({"type": "leave"})
        await client.wait()


async def test_a_group_joined_after_the_end_in_a_thread_is_left_again(
    layer: InMemoryChannelLayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, joined_late = threading.Event(), threading.Event()
    left = threading.Event()
    release = layer.release

    async def watched(_: Any, channel: str) -> None:
        await release(channel)
        if joined_late.is_set():
            left.set()

    class Chat(SyncMember):
        def late(self, event: Message) -> None:
            self.send({"type": "waiting"})
            go_on.wait(LIMIT)
            async_to_sync(layer.group_add)("late", self.channel_name)
            joined_late.set()

    monkeypatch.setattr(InMemoryChannelLayer, "release", watched)
    async with await joined(Chat) as communicator:
        await communicator.send_input({"type": "late"})
        await communicator.receive_output()
    go_on.set()
    assert await asyncio.to_thread(left.wait, LIMIT)
    assert layer.groups == {}


async def test_messages_that_nobody_reads_any_more_are_freed(
    layer: InMemoryChannelLayer,
) -> None:
    class Chat(AsyncConsumer):
        async def fill(self, event: Message) -> None:
            for _ in range(3):
                await layer.send(self.channel_name, {"type": "say"})
            raise StopConsumer

    communicator = talk(Chat)
    await communicator.send_input({"type": "fill"})
    await communicator.wait()
    assert layer.channels == {}


async def test_a_layer_without_release_is_left_alone() -> None:
    foreign = LayerWithoutExtensions()
    channel_layers.set("default", foreign)
    communicator = await joined(AsyncMember)
    await communicator.send_input({"type": "leave"})
    await communicator.wait()
    # No such layer knows all groups of a channel: the consumer has to leave.
    assert list(foreign.inner.groups) == ["room"]
    assert foreign.inner.channels == {}


async def test_stop_iteration_in_a_sync_handler_is_no_hang() -> None:
    class Empty(SyncConsumer):
        def test_next(self, event: Message) -> None:
            next(iter(()))

    client = talk(Empty)
    await client.send_input({"type": "test.next"})

    with pytest.raises(RuntimeError, match="test_next raised StopIteration"):
        await client.wait(LIMIT)


@pytest.mark.parametrize("alias", ["default", "none"])
async def test_what_a_source_raises_is_not_forgiven_as_a_handlers_error_is(
    alias: str,
) -> None:
    class Chat(AsyncWebsocketConsumer):
        channel_layer_alias = alias

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def fail() -> Message:
            times.append(1)
            raise ClientGone

        await Chat()(scope, fail, send)

    times: list[int] = []
    client = ApplicationCommunicator(app, {"type": "websocket"})
    await client.wait()

    assert times == [1]
