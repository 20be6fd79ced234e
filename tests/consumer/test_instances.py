"""One instance for each scope, one task, one handler at a time."""

import asyncio
import contextvars
import threading

import pytest
from asgiref.sync import async_to_sync

from minichannels.consumer import (
    AsyncConsumer,
    SyncConsumer,
)
from minichannels.exceptions import StopConsumer
from minichannels.layers import InMemoryChannelLayer, channel_layers
from minichannels.types import Message
from support.layers import no_layer
from support.members import (
    LIMIT,
    talk,
)

pytestmark = pytest.mark.usefixtures("layer")


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
