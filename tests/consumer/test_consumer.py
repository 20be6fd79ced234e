import asyncio
import contextlib
import contextvars
import functools
import itertools
import threading
from collections import ChainMap
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from minichannels.consumer import (
    AsyncConsumer,
    SyncConsumer,
    get_handler_name,
)
from minichannels.consumer.lifecycle import life_of
from minichannels.exceptions import ProtocolError, StopConsumer
from minichannels.layers import InMemoryChannelLayer, channel_layers
from minichannels.testing import ApplicationCommunicator
from minichannels.types import OBSERVER, Message, Receive, Scope, Send
from support.layers import LayerWithoutExtensions, fresh_layer, no_layer
from support.mistakes import error_of

LIMIT = 5


@pytest.fixture(autouse=True)
def layer() -> Iterator[InMemoryChannelLayer]:
    with fresh_layer() as layer:
        yield layer


def talk(
    consumer: type[AsyncConsumer], **scope: Any
) -> ApplicationCommunicator:
    """Return a communicator for a scope that no protocol watches over."""
    return ApplicationCommunicator(
        consumer.as_asgi(), {"type": "test", **scope}
    )


# The name of a handler


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("chat", "chat"),
        ("chat.message", "chat_message"),
        ("chat_message", "chat_message"),
        ("a.b.c", "a_b_c"),
        ("chat_", "chat_"),
    ],
)
def test_get_handler_name_replaces_dots(kind: str, name: str) -> None:
    assert get_handler_name({"type": kind}) == name


NO_NAME = "a message's 'type' is a non-empty str"


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({}, "a message needs a 'type'; {} has none"),
        ({"text": "hi"}, "a message needs a 'type'; {'text': 'hi'} has none"),
        ({"type": None}, f"{NO_NAME}, not None"),
        ({"type": 3}, f"{NO_NAME}, not 3"),
        (
            {"type": b"chat"},
            f"{NO_NAME}, not b'chat'",
        ),
        (
            {"type": ["chat"]},
            f"{NO_NAME}, not ['chat']",
        ),
        (
            {"type": "_leave"},
            "type '_leave' starts with '_'; private methods take no messages,"
            " so begin with a letter",
        ),
        (
            {"type": ".leave"},
            "type '.leave' starts with '.'; private methods take no messages,"
            " so begin with a letter",
        ),
        ({"type": ""}, f"{NO_NAME}, not ''"),
        ("chat", "a message needs a 'type'; 'chat' has none"),
        (None, "a message needs a 'type'; None has none"),
    ],
)
def test_get_handler_name_refuses_a_type_that_no_handler_has(
    message: Any, text: str
) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # checked below
        get_handler_name(message)
    assert str(raised.value) == text


# Dispatch


async def test_async_consumer_calls_the_handler_with_the_message() -> None:
    class Echo(AsyncConsumer):
        async def chat_message(self, event: Message) -> None:
            await self.send({"type": "echo", "event": event})

    async with talk(Echo) as communicator:
        await communicator.send_input({"type": "chat.message", "n": 1})
        output = await communicator.receive_output()
    assert output == {"type": "echo", "event": {"type": "chat.message", "n": 1}}


async def test_sync_consumer_calls_the_handler_with_the_message() -> None:
    class Echo(SyncConsumer):
        def chat_message(self, event: Message) -> None:
            self.send({"type": "echo", "event": event})

    async with talk(Echo) as communicator:
        await communicator.send_input({"type": "chat.message", "n": 1})
        output = await communicator.receive_output()
    assert output == {"type": "echo", "event": {"type": "chat.message", "n": 1}}


async def test_consumer_calls_a_handler_that_is_a_value() -> None:
    class Echo(AsyncConsumer):
        chat: Callable[[Message], Any]

        def __init__(self) -> None:
            self.chat = self._answer

        async def _answer(self, event: Message) -> None:
            await self.send({"type": "answer"})

    async with talk(Echo) as communicator:
        await communicator.send_input({"type": "chat"})
        assert await communicator.receive_output() == {"type": "answer"}


@pytest.mark.parametrize(
    ("base", "definition"),
    [(AsyncConsumer, "async def"), (SyncConsumer, "def")],
)
async def test_unknown_type_says_which_handler_to_define(
    base: type[AsyncConsumer], definition: str
) -> None:
    chat = type("Chat", (base,), {})
    communicator = talk(chat)
    await communicator.send_input({"type": "chat.message"})
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # checked below
        await communicator.wait()
    assert str(raised.value) == (
        "Chat has no handler for 'chat.message';"
        f" define '{definition} chat_message(self, event)'"
    )


async def test_an_attribute_that_cannot_be_called_is_no_handler() -> None:
    class Chat(AsyncConsumer):
        username = "ada"

    communicator = talk(Chat)
    await communicator.send_input({"type": "username"})
    with pytest.raises(ValueError, match="has no handler for 'username'"):
        await communicator.wait()


@pytest.mark.parametrize("message", [{}, {"type": 3}, {"type": "_observe"}])
async def test_a_client_event_with_a_bad_type_ends_the_consumer(
    message: Message, layer: InMemoryChannelLayer
) -> None:
    communicator = talk(AsyncConsumer)
    await error_of(communicator, message, ValueError, "type")
    assert layer.channels == {}


async def test_plain_handler_of_an_async_consumer_is_a_type_error() -> None:
    class Chat(AsyncConsumer):
        def chat(self, event: Message) -> None:
            """Do nothing: a learner forgot the 'async'."""

    communicator = talk(Chat)
    assert await error_of(communicator, {"type": "chat"}, TypeError) == (
        "Chat.chat is a plain function; write 'async def', as an async"
        " consumer awaits its methods"
    )


async def test_async_handler_of_a_sync_consumer_is_a_type_error() -> None:
    class Chat(SyncConsumer):
        async def chat(self, event: Message) -> None:
            raise AssertionError("never runs")

    communicator = talk(Chat)
    assert await error_of(communicator, {"type": "chat"}, TypeError) == (
        "Chat.chat is an 'async def'; write a plain 'def', or derive from an"
        " async consumer"
    )


async def test_a_wrong_handler_without_a_name_is_shown_as_it_is() -> None:
    class Chat(AsyncConsumer):
        def __init__(self) -> None:
            self.chat: Callable[..., Any] = functools.partial(dict)

    communicator = talk(Chat)
    await communicator.send_input({"type": "chat"})
    with pytest.raises(TypeError, match=r"partial\(.*dict.*\) is a plain"):
        await communicator.wait()


# One instance, one task, one handler at a time


async def test_each_scope_has_an_instance_of_its_own() -> None:
    class Counter(AsyncConsumer):
        count = 0

        async def add(self, event: Message) -> None:
            self.count += 1
            await self.send({"type": "count", "count": self.count})

    async with talk(Counter) as one, talk(Counter) as other:
        for communicator, count in [(one, 1), (one, 2), (other, 1)]:
            await communicator.send_input({"type": "add"})
            output = await communicator.receive_output()
            assert output["count"] == count


async def test_consumer_knows_its_scope_layer_and_channel(
    layer: InMemoryChannelLayer,
) -> None:
    seen: list[AsyncConsumer] = []

    class Chat(AsyncConsumer):
        async def look(self, event: Message) -> None:
            seen.append(self)
            raise StopConsumer

    communicator = talk(Chat, path="/x/")
    await communicator.send_input({"type": "look"})
    await communicator.wait()
    assert seen[0].scope == {"type": "test", "path": "/x/"}
    assert seen[0].channel_layer is layer
    assert layer.require_valid_channel_name(seen[0].channel_name)


async def test_consumer_works_without_a_channel_layer() -> None:
    class Chat(AsyncConsumer):
        async def look(self, event: Message) -> None:
            await self.send(
                {
                    "type": "seen",
                    "layer": self.channel_layer,
                    "named": hasattr(self, "channel_name"),
                }
            )
            raise StopConsumer

    with no_layer():
        communicator = talk(Chat)
        await communicator.send_input({"type": "look"})
        output = await communicator.receive_output()
        await communicator.wait()
    assert output == {"type": "seen", "layer": None, "named": False}


async def test_consumer_uses_the_layer_of_its_alias() -> None:
    class Chat(AsyncConsumer):
        channel_layer_alias = "other"

        async def look(self, event: Message) -> None:
            await self.send({"type": "seen", "layer": self.channel_layer})

    other = InMemoryChannelLayer()
    channel_layers.set("other", other)
    try:
        async with talk(Chat) as communicator:
            await communicator.send_input({"type": "look"})
            output = await communicator.receive_output()
    finally:
        channel_layers.set("other", None)
    assert output["layer"] is other


async def test_handlers_run_one_at_a_time_in_one_task(
    layer: InMemoryChannelLayer,
) -> None:
    steps: list[str] = []
    tasks = set()

    class Chat(AsyncConsumer):
        async def step(self, event: Message) -> None:
            tasks.add(asyncio.current_task())
            steps.append(f"begin {event['n']}")
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            steps.append(f"end {event['n']}")
            await self.send({"type": "done", "name": self.channel_name})

    async with talk(Chat) as communicator:
        await communicator.send_input({"type": "step", "n": 0})
        name = (await communicator.receive_output())["name"]
        for n in (1, 2):
            await layer.send(name, {"type": "step", "n": n})
            await communicator.send_input({"type": "step", "n": n + 2})
        for _ in range(4):
            await communicator.receive_output()
    begun, ended = steps[::2], steps[1::2]
    assert [step.removeprefix("begin ") for step in begun] == [
        step.removeprefix("end ") for step in ended
    ]
    assert sorted(begun) == [f"begin {n}" for n in range(5)]
    assert len(tasks) == 1


async def test_a_full_mailbox_does_not_hold_up_the_client(
    layer: InMemoryChannelLayer,
) -> None:
    seen: list[str] = []

    class Chat(AsyncConsumer):
        async def hello(self, event: Message) -> None:
            for _ in range(50):
                await layer.send(self.channel_name, {"type": "group.event"})
            await self.send({"type": "ready"})

        async def group_event(self, event: Message) -> None:
            seen.append("layer")

        async def client_event(self, event: Message) -> None:
            seen.append("client")
            await self.send({"type": "done"})

    async with talk(Chat) as communicator:
        await communicator.send_input({"type": "hello"})
        await communicator.send_input({"type": "client.event"})
        await communicator.receive_output()
        await communicator.receive_output()
    assert seen.index("client") <= 2


@pytest.mark.parametrize("style", ["async", "sync"])
async def test_context_variables_of_one_handler_are_seen_by_the_next(
    style: str,
) -> None:
    user: contextvars.ContextVar[str] = contextvars.ContextVar("user")

    class AsyncChat(AsyncConsumer):
        async def connect(self, event: Message) -> None:
            user.set("ada")

        async def ask(self, event: Message) -> None:
            await self.send({"type": "answer", "user": user.get("nobody")})

    class SyncChat(SyncConsumer):
        def connect(self, event: Message) -> None:
            user.set("ada")

        def ask(self, event: Message) -> None:
            self.send({"type": "answer", "user": user.get("nobody")})

    chat = AsyncChat if style == "async" else SyncChat
    async with talk(chat) as one, talk(chat) as other:
        await one.send_input({"type": "connect"})
        for communicator, answer in [(one, "ada"), (other, "nobody")]:
            await communicator.send_input({"type": "ask"})
            output = await communicator.receive_output()
            assert output["user"] == answer


async def test_a_slow_async_handler_holds_up_no_other_consumer() -> None:
    go_on = asyncio.Event()

    class Chat(AsyncConsumer):
        async def slow(self, event: Message) -> None:
            await go_on.wait()
            await self.send({"type": "slow.done"})

        async def quick(self, event: Message) -> None:
            await self.send({"type": "quick.done"})

    async with talk(Chat) as one, talk(Chat) as other:
        await one.send_input({"type": "slow"})
        await other.send_input({"type": "quick"})
        assert await other.receive_output() == {"type": "quick.done"}
        go_on.set()
        assert await one.receive_output() == {"type": "slow.done"}


async def test_a_blocking_sync_handler_holds_up_no_other_consumer() -> None:
    go_on = threading.Event()

    class Chat(SyncConsumer):
        def slow(self, event: Message) -> None:
            assert go_on.wait(LIMIT)
            self.send({"type": "slow.done"})

        def quick(self, event: Message) -> None:
            self.send({"type": "quick.done"})

    async with talk(Chat) as one, talk(Chat) as other:
        await one.send_input({"type": "slow"})
        await other.send_input({"type": "quick"})
        assert await other.receive_output() == {"type": "quick.done"}
        go_on.set()
        assert await one.receive_output() == {"type": "slow.done"}


async def test_sync_consumers_run_side_by_side() -> None:
    meeting = threading.Barrier(3, timeout=LIMIT)

    class Chat(SyncConsumer):
        def meet(self, event: Message) -> None:
            meeting.wait()  # fails unless three handlers are here at once
            self.send({"type": "met"})

    async with talk(Chat) as one, talk(Chat) as two, talk(Chat) as three:
        for communicator in (one, two, three):
            await communicator.send_input({"type": "meet"})
        for communicator in (one, two, three):
            assert await communicator.receive_output() == {"type": "met"}


async def test_handlers_of_one_sync_consumer_do_not_overlap() -> None:
    running: list[int] = []
    most: list[int] = []

    class Chat(SyncConsumer):
        def step(self, event: Message) -> None:
            running.append(1)
            most.append(len(running))
            self.send({"type": "done"})  # goes to the loop and back
            running.pop()

    async with talk(Chat) as communicator:
        for _ in range(5):
            await communicator.send_input({"type": "step"})
        for _ in range(5):
            await communicator.receive_output()
    assert set(most) == {1}


async def test_thread_sensitive_consumers_share_one_thread() -> None:
    threads: list[int] = []

    class Chat(SyncConsumer):
        thread_sensitive = True

        def look(self, event: Message) -> None:
            threads.append(threading.get_ident())
            self.send({"type": "seen"})

    async with talk(Chat) as one, talk(Chat) as two, talk(Chat) as three:
        for communicator in (one, two, three):
            await communicator.send_input({"type": "look"})
        for communicator in (one, two, three):
            await communicator.receive_output()
    assert len(threads) == 3
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()


@pytest.mark.parametrize("sensitive", [False, True])
async def test_async_to_sync_in_a_handler_runs_on_the_servers_loop(
    sensitive: bool,
) -> None:
    async def this_loop() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    class Chat(SyncConsumer):
        thread_sensitive = sensitive

        def look(self, event: Message) -> None:
            self.send({"type": "seen", "loop": async_to_sync(this_loop)()})

    async with talk(Chat) as communicator:
        await communicator.send_input({"type": "look"})
        output = await communicator.receive_output()
    assert output["loop"] is asyncio.get_running_loop()


# How a consumer ends


class AsyncMember(AsyncConsumer):
    """Joins a group, and ends in the ways that a client asks for."""

    async def join(self, event: Message) -> None:
        await self.channel_layer.group_add("room", self.channel_name)
        await self.send({"type": "joined", "name": self.channel_name})

    async def fail(self, event: Message) -> None:
        raise LookupError("in a handler")

    async def leave(self, event: Message) -> None:
        raise StopConsumer

    async def say(self, event: Message) -> None:
        await self.send({"type": "said"})


class SyncMember(SyncConsumer):
    """The same, in sync style."""

    def join(self, event: Message) -> None:
        async_to_sync(self.channel_layer.group_add)("room", self.channel_name)
        self.send({"type": "joined", "name": self.channel_name})

    def fail(self, event: Message) -> None:
        raise LookupError("in a handler")

    def leave(self, event: Message) -> None:
        raise StopConsumer

    def say(self, event: Message) -> None:
        self.send({"type": "said"})


both_styles = pytest.mark.parametrize("member", [AsyncMember, SyncMember])


async def joined(member: type[AsyncConsumer]) -> ApplicationCommunicator:
    communicator = talk(member)
    await communicator.send_input({"type": "join"})
    await communicator.receive_output()
    return communicator


@both_styles
async def test_stop_consumer_ends_it_without_an_error(
    member: type[AsyncConsumer], layer: InMemoryChannelLayer
) -> None:
    communicator = await joined(member)
    assert list(layer.groups) == ["room"]
    await communicator.send_input({"type": "leave"})
    await communicator.wait()
    assert communicator.future.exception() is None
    assert layer.groups == {}
    assert layer.channels == {}


@both_styles
async def test_an_error_in_a_handler_reaches_the_server(
    member: type[AsyncConsumer], layer: InMemoryChannelLayer
) -> None:
    communicator = await joined(member)
    await error_of(communicator, {"type": "fail"}, LookupError, "in a handler")
    assert layer.groups == {}
    assert layer.channels == {}


@both_styles
async def test_a_cancelled_consumer_leaves_its_groups(
    member: type[AsyncConsumer], layer: InMemoryChannelLayer
) -> None:
    async with await joined(member) as communicator:
        assert list(layer.groups) == ["room"]
    assert communicator.future.cancelled()
    assert layer.groups == {}
    assert layer.channels == {}


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
    assert layer.groups == {}
    assert layer.channels == {}


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
    assert layer.groups == {}
    assert layer.channels == {}
    go_on.set()
    assert await asyncio.to_thread(over.wait, LIMIT)


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

    async def hang(message: Message) -> None:
        sending.set()
        await asyncio.Event().wait()

    async def receive() -> Message:
        return {"type": "say"}

    task = asyncio.create_task(Chat()({"type": "test"}, receive, hang))
    await sending.wait()
    task.cancel()

    assert await asyncio.to_thread(ended.wait, LIMIT)
    with pytest.raises(asyncio.CancelledError):
        await task


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

    async def hang(message: Message) -> None:
        await asyncio.Event().wait()

    async def receive() -> Message:
        return {"type": "say"}

    task = asyncio.create_task(Chat()({"type": "test"}, receive, hang))
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

    async def hang(message: Message) -> None:
        sending.set()
        await asyncio.Event().wait()

    async def receive() -> Message:
        return {"type": "say"}

    task = asyncio.create_task(Chat()({"type": "test"}, receive, hang))
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

    async def watched(channel: str) -> None:
        await release(channel)
        if joined_late.is_set():
            left.set()

    class Chat(SyncMember):
        def late(self, event: Message) -> None:
            self.send({"type": "waiting"})
            go_on.wait(LIMIT)
            async_to_sync(layer.group_add)("late", self.channel_name)
            joined_late.set()

    monkeypatch.setattr(layer, "release", watched)
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


# Messages from the layer may not reach the library's own names


ASYNC_NAMES = [
    "as_asgi",
    "base_send",
    "channel_layer",
    "channel_layer_alias",
    "channel_name",
    "channel_receive",
    "dispatch",
    "scope",
    "send",
]


@pytest.mark.parametrize(
    ("member", "name"),
    [
        *itertools.product([AsyncMember], ASYNC_NAMES),
        *itertools.product([SyncMember], [*ASYNC_NAMES, "thread_sensitive"]),
    ],
)
async def test_a_layer_message_cannot_name_what_the_library_defines(
    member: type[AsyncConsumer], name: str, layer: InMemoryChannelLayer
) -> None:
    victim = await joined(member)
    async with await joined(member) as other:
        channel = next(iter(layer.groups["room"]))
        await layer.send(channel, {"type": name.replace("_", ".")})
        with pytest.raises(ValueError) as raised:  # noqa: PT011  # see below
            await victim.wait()
        assert str(raised.value) == (
            f"{member.__name__} takes no {name.replace('_', '.')!r} from a"
            f" channel layer: {name} is the library's own; choose another"
            f" type, such as 'chat.{name}'"
        )
        # The other member lives, and goes on.
        assert len(layer.groups["room"]) == 1
        await layer.group_send("room", {"type": "say"})
        assert await other.receive_output() == {"type": "said"}
    assert layer.groups == {}
    assert layer.channels == {}


async def test_a_layer_message_cannot_name_an_overridden_method(
    layer: InMemoryChannelLayer,
) -> None:
    class Chat(AsyncMember):
        async def send(self, message: Message) -> None:
            await super().send(message)

    communicator = await joined(Chat)
    await layer.group_send("room", {"type": "send"})
    with pytest.raises(ValueError, match="send is the library's own"):
        await communicator.wait()


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"text": "hi"}, "needs a 'type'"),
        ({"type": 3}, "is a non-empty str, not 3"),
        ({"type": "_leave"}, "starts with '_'"),
        ({"type": ".say"}, "starts with '.'"),
        ({"type": "unknown"}, "no handler for 'unknown'"),
    ],
)
async def test_a_layer_message_with_a_bad_type_ends_only_its_receiver(
    message: dict[str, Any], text: str, layer: InMemoryChannelLayer
) -> None:
    victim = await joined(AsyncMember)
    async with await joined(AsyncMember) as other:
        await layer.send(next(iter(layer.groups["room"])), message)
        with pytest.raises(ValueError, match=text):
            await victim.wait()
        await layer.group_send("room", {"type": "say"})
        assert await other.receive_output() == {"type": "said"}


async def test_a_layer_message_reaches_the_learners_own_method(
    layer: InMemoryChannelLayer,
) -> None:
    async with await joined(AsyncMember) as communicator:
        await layer.group_send("room", {"type": "say"})
        assert await communicator.receive_output() == {"type": "said"}


@pytest.mark.parametrize("kind", ["send", "dispatch", "scope", "as.asgi"])
async def test_events_of_a_channel_scope_are_checked_too(kind: str) -> None:
    app = AsyncMember.as_asgi()
    communicator = ApplicationCommunicator(
        app, {"type": "channel", "channel": "thumbnails"}
    )
    await error_of(
        communicator, {"type": kind}, ValueError, "is the library's own"
    )


async def test_events_of_a_channel_scope_reach_the_learners_own_method() -> (
    None
):
    app = AsyncMember.as_asgi()
    scope = {"type": "channel", "channel": "thumbnails"}
    async with ApplicationCommunicator(app, scope) as communicator:
        await communicator.send_input({"type": "say"})
        assert await communicator.receive_output() == {"type": "said"}


@pytest.mark.parametrize(
    "kind",
    [
        "websocket.receive",
        "websocket_receive",
        "websocket_disconnect",
        "http.request",
        "http_request",
        "lifespan_startup",
    ],
)
async def test_a_layer_message_cannot_claim_to_be_of_the_client(
    kind: str, layer: InMemoryChannelLayer
) -> None:
    calls: list[Message] = []

    class Chat(AsyncMember):
        async def websocket_receive(self, event: Message) -> None:
            calls.append(event)

        websocket_disconnect = http_request = websocket_receive
        lifespan_startup = websocket_receive

    async with await joined(Chat) as communicator:
        await communicator.send_input({"type": "websocket.receive"})
        await communicator.send_input({"type": "say"})
        await communicator.receive_output()
        await layer.group_send("room", {"type": kind, "text": "forged"})
        with pytest.raises(ValueError, match=f"takes no '{kind}' from a"):
            await communicator.wait()
    assert calls == [{"type": "websocket.receive"}]


@pytest.mark.parametrize("kind", ["websocket.receive", "http_request"])
async def test_a_channel_scope_takes_no_event_of_a_client(kind: str) -> None:
    class Job(AsyncMember):
        async def websocket_receive(self, event: Message) -> None: ...

        http_request = websocket_receive

    app, scope = Job.as_asgi(), {"type": "channel", "channel": "jobs"}
    name = kind.replace(".", "_")
    text = await error_of(
        ApplicationCommunicator(app, scope), {"type": kind}, ValueError
    )
    assert text == (
        f"Job takes no {kind!r} from a channel layer: {name} is for events of"
        " client and server; choose another type, such as"
        f" 'chat.{name.partition('_')[2]}'"
    )


async def test_a_layer_message_does_not_change_what_may_be_sent(
    layer: InMemoryChannelLayer,
) -> None:
    class Chat(AsyncConsumer):
        async def websocket_connect(self, event: Message) -> None:
            await self.channel_layer.group_add("room", self.channel_name)
            await self.send({"type": "websocket.accept"})

        async def websocket_close(self, event: Message) -> None:
            await self.send({"type": "websocket.close"})

    app = Chat.as_asgi()
    async with ApplicationCommunicator(app, {"type": "websocket"}) as client:
        await client.send_input({"type": "websocket.connect"})
        assert await client.receive_output() == {"type": "websocket.accept"}
        await layer.group_send("room", {"type": "websocket.close"})
        assert await client.receive_output() == {"type": "websocket.close"}


# The order of events


@pytest.mark.parametrize("base", [AsyncConsumer, SyncConsumer])
async def test_an_event_out_of_order_is_not_sent(
    base: type[AsyncConsumer],
) -> None:
    class AsyncChat(AsyncConsumer):
        async def websocket_connect(self, event: Message) -> None:
            await self.send({"type": "websocket.send", "text": "hi"})

    class SyncChat(SyncConsumer):
        def websocket_connect(self, event: Message) -> None:
            self.send({"type": "websocket.send", "text": "hi"})

    chat = AsyncChat if base is AsyncConsumer else SyncChat
    client = ApplicationCommunicator(chat.as_asgi(), {"type": "websocket"})
    await error_of(
        client, {"type": "websocket.connect"}, ProtocolError, "while CONNECTING"
    )
    assert client.output_queue.empty()


async def test_a_scope_of_an_unknown_protocol_has_no_order() -> None:
    class Bot(AsyncConsumer):
        async def hello(self, event: Message) -> None:
            await self.send({"type": "websocket.send", "text": "hi"})

    async with talk(Bot) as communicator:
        await communicator.send_input({"type": "hello"})
        output = await communicator.receive_output()
    assert output == {"type": "websocket.send", "text": "hi"}


# Lifespan


async def test_a_consumer_without_lifespan_says_so_at_once(
    layer: InMemoryChannelLayer,
) -> None:
    communicator = ApplicationCommunicator(
        AsyncMember.as_asgi(), {"type": "lifespan"}
    )
    with pytest.raises(ValueError, match="AsyncMember has no lifespan"):
        await communicator.wait()
    assert layer.channels == {}


async def test_a_consumer_may_handle_the_lifespan() -> None:
    class Service(AsyncConsumer):
        async def lifespan_startup(self, event: Message) -> None:
            await self.send({"type": "lifespan.startup.complete"})

        async def lifespan_shutdown(self, event: Message) -> None:
            await self.send({"type": "lifespan.shutdown.complete"})
            raise StopConsumer

    communicator = ApplicationCommunicator(
        Service.as_asgi(), {"type": "lifespan"}
    )
    for step in ("startup", "shutdown"):
        await communicator.send_input({"type": f"lifespan.{step}"})
        output = await communicator.receive_output()
        assert output == {"type": f"lifespan.{step}.complete"}
    await communicator.wait()


# The application


def test_as_asgi_tells_its_class_and_arguments() -> None:
    class Chat(AsyncConsumer):
        """A chat."""

    app: Any = Chat.as_asgi(room="lobby")
    assert app.consumer_class is Chat
    assert app.consumer_initkwargs == {"room": "lobby"}
    assert app.__name__ == "Chat"
    assert app.__doc__ == "A chat."


async def test_as_asgi_gives_its_arguments_to_each_instance() -> None:
    class Chat(AsyncConsumer):
        def __init__(self, room: str) -> None:
            self.room = room

        async def ask(self, event: Message) -> None:
            await self.send({"type": "room", "room": self.room})

    lobby = ApplicationCommunicator(Chat.as_asgi(room="a"), {"type": "test"})
    cellar = ApplicationCommunicator(Chat.as_asgi(room="b"), {"type": "test"})
    async with lobby, cellar:
        for communicator, room in [(lobby, "a"), (cellar, "b")]:
            await communicator.send_input({"type": "ask"})
            assert (await communicator.receive_output())["room"] == room


# The observer


class Watcher:
    """An observer that notes what it is told."""

    def __init__(self) -> None:
        self.notes: list[tuple[Any, ...]] = []
        self.threads: list[tuple[str, int]] = []

    def consumer_started(self, consumer: AsyncConsumer) -> None:
        self.notes.append(("consumer", type(consumer).__name__))

    def handler_started(
        self, consumer: AsyncConsumer, name: str, message: Message
    ) -> None:
        self.notes.append(("start", name, message))

    def handler_ended(
        self, consumer: AsyncConsumer, name: str, error: BaseException | None
    ) -> None:
        self.notes.append(("end", name, error))

    def message_refused(
        self, consumer: AsyncConsumer, message: Message, error: BaseException
    ) -> None:
        self.notes.append(("refused", message, error))

    def connection_refused(self, why: str) -> None:
        self.notes.append(("why", why))

    def in_thread(
        self, call: Callable[[], None], message: Message
    ) -> Callable[[], None]:
        def noted() -> None:
            self.threads.append((message["type"], threading.get_ident()))
            call()

        return noted

    def thread_waited(
        self, consumer: AsyncConsumer, name: str, seconds: float
    ) -> None:
        self.notes.append(("waited", name, seconds))


def watched(
    consumer: type[AsyncConsumer], watcher: Watcher
) -> ApplicationCommunicator:
    inner = consumer.as_asgi()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        OBSERVER.set(watcher)
        await inner(scope, receive, send)

    return ApplicationCommunicator(app, {"type": "test"})


@both_styles
async def test_observer_sees_handlers_start_and_end(
    member: type[AsyncConsumer],
) -> None:
    watcher = Watcher()
    communicator = watched(member, watcher)
    await communicator.send_input({"type": "say"})
    await communicator.send_input({"type": "leave"})
    await communicator.wait()
    assert watcher.notes == [
        ("consumer", member.__name__),
        ("start", "say", {"type": "say"}),
        ("end", "say", None),
        ("start", "leave", {"type": "leave"}),
        ("end", "leave", None),  # StopConsumer is no error
    ]


@both_styles
async def test_observer_sees_the_error_of_a_handler(
    member: type[AsyncConsumer],
) -> None:
    watcher = Watcher()
    communicator = watched(member, watcher)
    await communicator.send_input({"type": "fail"})
    with pytest.raises(LookupError) as raised:
        await communicator.wait()
    assert watcher.notes[-1] == ("end", "fail", raised.value)


async def test_observer_sees_that_there_is_no_handler() -> None:
    watcher = Watcher()
    communicator = watched(AsyncMember, watcher)
    await communicator.send_input({"type": "unknown.type"})
    with pytest.raises(ValueError, match="no handler") as raised:
        await communicator.wait()
    assert watcher.notes[-1] == ("end", "unknown_type", raised.value)


async def test_observer_sees_a_handler_cancelled() -> None:
    watcher = Watcher()

    class Chat(AsyncConsumer):
        async def wait(self, event: Message) -> None:
            await self.send({"type": "waiting"})
            await asyncio.Event().wait()

    async with watched(Chat, watcher) as communicator:
        await communicator.send_input({"type": "wait"})
        await communicator.receive_output()
    kind, name, error = watcher.notes[-1]
    assert (kind, name) == ("end", "wait")
    assert isinstance(error, asyncio.CancelledError)


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.5, []), (1.5, [("waited", "say", 1.5)])]
)
async def test_observer_is_told_of_a_long_wait_for_a_thread(
    seconds: float, told: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    times = itertools.cycle([0.0, seconds])
    monkeypatch.setattr(
        "minichannels.consumer.threads.clock", lambda: next(times)
    )
    watcher = Watcher()
    async with watched(SyncMember, watcher) as communicator:
        await communicator.send_input({"type": "say"})
        await communicator.receive_output()
        await communicator.send_input({"type": "leave"})
        await communicator.wait()
    assert [note for note in watcher.notes if note[0] == "waited"] == told


async def test_observer_is_asked_for_each_call_in_a_thread() -> None:
    watcher = Watcher()
    async with watched(SyncMember, watcher) as communicator:
        await communicator.send_input({"type": "say"})
        await communicator.receive_output()
        await communicator.send_input({"type": "leave"})
        await communicator.wait()
    assert [kind for kind, _ in watcher.threads] == ["say", "leave"]
    assert threading.get_ident() not in {ident for _, ident in watcher.threads}


@pytest.mark.parametrize("extensions", [None, {}, {"tls": {}}])
async def test_without_an_observer_nothing_is_watched(
    extensions: dict[str, Any] | None,
) -> None:
    seen: list[Any] = []

    class Chat(AsyncConsumer):
        async def look(self, event: Message) -> None:
            seen.append(life_of(self).observer)
            raise StopConsumer

    communicator = talk(Chat, extensions=extensions)
    await communicator.send_input({"type": "look"})
    await communicator.wait()
    assert seen == [None]


async def test_message_named_like_an_event_of_the_client_is_refused(
    layer: InMemoryChannelLayer,
) -> None:
    class Plain(AsyncConsumer):
        async def websocket_connect(self, event: Message) -> None:
            await self.send({"type": "websocket.accept"})

        async def websocket_disconnect(self, event: Message) -> None:
            raise StopConsumer

    client = ApplicationCommunicator(
        Plain.as_asgi(), {"type": "websocket", "path": "/"}
    )
    await client.send_input({"type": "websocket.connect"})
    await client.receive_output()
    (channel,) = layer.channels

    await layer.send(channel, {"type": "websocket.disconnect", "code": 1000})

    with pytest.raises(ValueError, match=r"takes no 'websocket\.disconnect'"):
        await client.wait()


async def test_event_without_a_type_is_out_of_order() -> None:
    class Plain(AsyncConsumer):
        async def websocket_connect(self, event: Message) -> None:
            await self.send({"text": "hello"})

    client = ApplicationCommunicator(
        Plain.as_asgi(), {"type": "websocket", "path": "/"}
    )
    await client.send_input({"type": "websocket.connect"})

    with pytest.raises(ProtocolError, match="cannot send 'None' while"):
        await client.wait()


class Chat(AsyncConsumer):
    async def chat_message(self, event: Message) -> None: ...


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        (
            "chat.mesage",
            "define 'async def chat_mesage(self, event)', or did the sender"
            " mean 'chat_message'?",
        ),
        (
            "http.request",
            "define 'async def http_request(self, event)', or send such"
            " connections elsewhere: ProtocolTypeRouter",
        ),
    ],
)
async def test_unknown_type_says_what_may_be_meant(
    kind: str, hint: str
) -> None:
    with pytest.raises(ValueError, match=kind) as raised:
        await Chat().dispatch({"type": kind})

    assert str(raised.value).endswith(f"; {hint}")


async def test_stop_iteration_in_a_sync_handler_is_no_hang() -> None:
    class Empty(SyncConsumer):
        def test_next(self, event: Message) -> None:
            next(iter(()))

    client = talk(Empty)
    await client.send_input({"type": "test.next"})

    with pytest.raises(RuntimeError, match="test_next raised StopIteration"):
        await client.wait(LIMIT)


@pytest.mark.parametrize("base", [AsyncConsumer, SyncConsumer])
@pytest.mark.parametrize("event", ["hi", None, 5, [("type", "x")]])
async def test_send_of_what_is_no_event_says_what_one_is(
    base: type[AsyncConsumer], event: Any
) -> None:
    class AsyncChat(AsyncConsumer):
        async def say(self, _: Message) -> None:
            await self.send(event)

    class SyncChat(SyncConsumer):
        def say(self, _: Message) -> None:
            self.send(event)

    client = talk(AsyncChat if base is AsyncConsumer else SyncChat)
    assert await error_of(client, {"type": "say"}, TypeError) == (
        f"an event is a dict with a 'type', not {event!r}; a consumer for"
        " WebSockets sends text: AsyncWebsocketConsumer"
    )


async def test_send_takes_a_mapping_that_is_no_dict() -> None:
    class Chat(AsyncConsumer):
        async def say(self, event: Message) -> None:
            await self.send(ChainMap({"type": "said"}))

    client = talk(Chat)
    await client.send_input({"type": "say"})

    assert await client.receive_output(LIMIT) == ChainMap({"type": "said"})
    client.stop()
