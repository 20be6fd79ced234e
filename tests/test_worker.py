import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import AsyncIterator
from typing import Any

import pytest

from minichannels.consumer import AsyncConsumer
from minichannels.layers import InMemoryChannelLayer
from minichannels.routing import ChannelNameRouter
from minichannels.types import Message, Receive, Scope, Send
from minichannels.worker import Worker

Seen = asyncio.Queue[Any]


@pytest.fixture
def layer() -> InMemoryChannelLayer:
    return InMemoryChannelLayer()


@contextlib.asynccontextmanager
async def running(worker: Worker) -> AsyncIterator[asyncio.Task[None]]:
    """Run a worker; end it with the block, whose error is the worker's."""
    task = asyncio.create_task(worker.handle())
    try:
        async with asyncio.timeout(5):
            yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def tell_instances(seen: Seen) -> Any:
    """Return an application that tells its number with each message."""
    count = 0

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal count
        count += 1
        number = count
        while True:
            message = await receive()
            await seen.put((scope["channel"], number, message["type"]))
            if message["type"] == "end":
                return
            if message["type"] == "fail":
                raise LookupError("no such picture")
            if message["type"] == "cancel":
                raise asyncio.CancelledError

    return app


async def test_worker_calls_the_application_for_a_channel(
    layer: InMemoryChannelLayer,
) -> None:
    seen: Seen = asyncio.Queue()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await seen.put((scope, await receive()))

    async with running(Worker(app, ["pictures"], layer)):
        await layer.send("pictures", {"type": "make", "id": 1})

        assert await seen.get() == (
            {"type": "channel", "channel": "pictures"},
            {"type": "make", "id": 1},
        )


async def test_worker_runs_one_instance_for_each_channel(
    layer: InMemoryChannelLayer,
) -> None:
    seen: Seen = asyncio.Queue()
    got: set[tuple[str, int, str]] = set()

    async with running(Worker(tell_instances(seen), ["a", "b"], layer)):
        for kind in ("x", "y"):
            for channel in ("a", "b"):
                await layer.send(channel, {"type": kind})
                got.add(await seen.get())

    assert got == {("a", 1, "x"), ("b", 2, "x"), ("a", 1, "y"), ("b", 2, "y")}


async def test_worker_keeps_the_order_of_a_channel(
    layer: InMemoryChannelLayer,
) -> None:
    seen: Seen = asyncio.Queue()
    for number in range(5):
        await layer.send("a", {"type": f"n{number}"})

    async with running(Worker(tell_instances(seen), ["a"], layer)):
        kinds = [(await seen.get())[2] for _ in range(5)]

    assert kinds == ["n0", "n1", "n2", "n3", "n4"]


@pytest.mark.parametrize("kind", ["end", "fail", "cancel"])
async def test_worker_makes_a_new_instance_after_one_has_ended(
    layer: InMemoryChannelLayer, kind: str
) -> None:
    seen: Seen = asyncio.Queue()

    async with running(Worker(tell_instances(seen), ["a"], layer)):
        await layer.send("a", {"type": kind})
        await layer.send("a", {"type": "x"})
        await layer.send("a", {"type": "y"})
        got = [await seen.get() for _ in range(3)]

    assert got == [("a", 1, kind), ("a", 2, "x"), ("a", 2, "y")]


async def test_worker_logs_the_error_of_an_application(
    layer: InMemoryChannelLayer, caplog: pytest.LogCaptureFixture
) -> None:
    seen: Seen = asyncio.Queue()

    async with running(Worker(tell_instances(seen), ["a"], layer)):
        await layer.send("a", {"type": "fail"})
        await layer.send("a", {"type": "x"})
        await seen.get()
        await seen.get()

    assert caplog.messages == ["application of channel 'a' failed"]
    assert caplog.records[0].exc_info
    assert str(caplog.records[0].exc_info[1]) == "no such picture"


async def test_worker_serves_other_channels_after_an_error(
    layer: InMemoryChannelLayer,
) -> None:
    seen: Seen = asyncio.Queue()

    async with running(Worker(tell_instances(seen), ["a", "b"], layer)):
        await layer.send("b", {"type": "x"})
        await seen.get()
        await layer.send("a", {"type": "fail"})
        await seen.get()
        await layer.send("b", {"type": "y"})

        assert await seen.get() == ("b", 1, "y")


async def test_worker_leaves_messages_in_the_layer_until_they_are_wanted(
    layer: InMemoryChannelLayer,
) -> None:
    started, go_on = asyncio.Event(), asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        started.set()
        await go_on.wait()

    async with running(Worker(app, ["a"], layer)):
        await layer.send("a", {"type": "x"})
        await started.wait()
        await layer.send("a", {"type": "y"})

    assert await asyncio.wait_for(layer.receive("a"), 5) == {"type": "y"}


async def test_worker_drops_a_message_without_a_type(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class ForeignLayer(InMemoryChannelLayer):
        waiting: list[dict[str, Any]] = [
            {"id": 1},
            {"text": "a" * 10_000},
            {"type": "x"},
        ]

        async def receive(self, channel: str) -> dict[str, Any]:
            if self.waiting:
                return self.waiting.pop(0)
            return await super().receive(channel)

    seen: Seen = asyncio.Queue()

    async with running(Worker(tell_instances(seen), ["a"], ForeignLayer())):
        assert await seen.get() == ("a", 1, "x")

    small, large = caplog.messages
    assert small == "no type in {'id': 1}, from channel 'a'"
    assert len(large) < 100


async def test_worker_has_nobody_to_send_to(
    layer: InMemoryChannelLayer, caplog: pytest.LogCaptureFixture
) -> None:
    errors: Seen = asyncio.Queue()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await send({"type": "websocket.send"})
        except NotImplementedError as error:
            await errors.put(str(error))

    async with running(Worker(app, ["a"], layer)):
        await layer.send("a", {"type": "x"})

        assert await errors.get() == (
            "cannot send 'websocket.send': behind a worker there is no "
            "client; answer through the channel layer"
        )


async def test_worker_makes_room_by_ending_the_instance_longest_unused(
    layer: InMemoryChannelLayer,
) -> None:
    seen: Seen = asyncio.Queue()
    worker = Worker(tell_instances(seen), ["a", "b", "c"], layer, 2)
    got = []

    async with running(worker):
        for channel in ("a", "b", "a", "c", "a", "b"):
            await layer.send(channel, {"type": "x"})
            got.append((await seen.get())[:2])

    # "c" took the place of "b", which came back as a new instance.
    assert got == [
        ("a", 1),
        ("b", 2),
        ("a", 1),
        ("c", 3),
        ("a", 1),
        ("b", 4),
    ]


async def test_handle_leaves_no_task_behind_when_cancelled(
    layer: InMemoryChannelLayer,
) -> None:
    seen: Seen = asyncio.Queue()
    before = asyncio.all_tasks()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await seen.put(await receive())
        try:
            await receive()
        finally:
            await asyncio.sleep(0)
            await seen.put("cleaned up")

    async with running(Worker(app, ["a", "b"], layer)) as task:
        await layer.send("a", {"type": "x"})
        await seen.get()

    assert task.cancelled()
    assert seen.get_nowait() == "cleaned up"
    assert asyncio.all_tasks() == before


class BrokenLayer(InMemoryChannelLayer):
    """A layer that fails after some messages."""

    good = 0

    async def receive(self, channel: str) -> dict[str, Any]:
        if channel != "broken":
            return await super().receive(channel)
        if self.good == 0:
            raise ConnectionError("layer is gone")
        self.good -= 1
        return {"type": "x"}


async def test_handle_raises_an_error_of_the_layer() -> None:
    layer = BrokenLayer()
    before = asyncio.all_tasks()

    async with asyncio.timeout(5):
        with pytest.raises(ConnectionError, match="layer is gone"):
            await Worker(
                tell_instances(asyncio.Queue()), ["a", "broken"], layer
            ).handle()

    assert asyncio.all_tasks() == before


async def test_handle_raises_an_error_of_the_layer_inside_an_application(
    caplog: pytest.LogCaptureFixture,
) -> None:
    layer = BrokenLayer()
    layer.good = 1

    async with asyncio.timeout(5):
        with pytest.raises(ConnectionError, match="layer is gone"):
            await Worker(
                tell_instances(asyncio.Queue()), ["broken"], layer
            ).handle()

    assert caplog.messages == []


async def test_handle_raises_an_error_that_an_application_hid() -> None:
    layer = BrokenLayer()
    layer.good = 1

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        with contextlib.suppress(ConnectionError):
            await receive()

    async with asyncio.timeout(5):
        with pytest.raises(ConnectionError, match="layer is gone"):
            await Worker(app, ["broken"], layer).handle()


async def test_handle_raises_the_first_of_two_errors_and_knows_of_both() -> (
    None
):
    class TwiceBroken(BrokenLayer):
        second_failed = False

        async def receive(self, channel: str) -> dict[str, Any]:
            try:
                return await super().receive(channel)
            except asyncio.CancelledError:
                self.second_failed = True
                raise ConnectionError("cannot say goodbye") from None

    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, complaint: complaints.append(complaint)
    )
    layer = TwiceBroken()

    async with asyncio.timeout(5):
        with pytest.raises(ConnectionError, match="layer is gone"):
            await Worker(app, ["a", "broken"], layer).handle()

    gc.collect()  # asyncio complains of an error when its task is dropped
    assert layer.second_failed
    assert complaints == []


async def test_worker_serves_consumers_by_channel_name(
    layer: InMemoryChannelLayer,
) -> None:
    seen: Seen = asyncio.Queue()

    class Pictures(AsyncConsumer):
        async def picture_make(self, message: Message) -> None:
            await seen.put((self.scope["channel"], message["id"]))

    router = ChannelNameRouter({"pictures": Pictures.as_asgi()})

    async with running(Worker(router, ["pictures"], layer)):
        await layer.send("pictures", {"type": "picture.make", "id": 7})

        assert await seen.get() == ("pictures", 7)


def test_run_ends_with_an_interrupt(
    layer: InMemoryChannelLayer, caplog: pytest.LogCaptureFixture
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        signal.raise_signal(signal.SIGINT)
        await receive()
        await receive()

    async def fill() -> None:
        await layer.send("a", {"type": "x"})

    asyncio.run(fill())
    with caplog.at_level(logging.INFO):
        Worker(app, ["a"], layer).run()

    assert "interrupted: the worker ends" in caplog.messages


def test_run_raises_an_error_of_the_layer() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None: ...

    with pytest.raises(ConnectionError, match="layer is gone"):
        Worker(app, ["broken"], BrokenLayer()).run()


async def test_worker_reads_a_channel_that_is_named_twice_once(
    layer: InMemoryChannelLayer,
) -> None:
    worker = Worker(tell_instances(asyncio.Queue()), ["a", "b", "a"], layer)

    assert worker.channels == ["a", "b"]


async def app(scope: Scope, receive: Receive, send: Send) -> None: ...


@pytest.mark.parametrize(
    ("arguments", "error", "problem"),
    [
        (("app", ["a"]), TypeError, "the worker's application is 'app'"),
        ((AsyncConsumer, ["a"]), TypeError, r"use AsyncConsumer\.as_asgi\(\)"),
        ((app, []), ValueError, "channels is empty; a worker needs a"),
        ((app, "mails"), TypeError, r"a list of names; use \['mails'\]"),
    ],
)
def test_worker_refuses_bad_arguments(
    layer: InMemoryChannelLayer,
    arguments: tuple[Any, Any],
    error: type[Exception],
    problem: str,
) -> None:
    with pytest.raises(error, match=problem):
        Worker(arguments[0], arguments[1], layer)


def test_worker_needs_a_layer() -> None:
    with pytest.raises(ValueError, match="channel_layer is None; a worker"):
        Worker(app, ["a"], None)


def test_worker_needs_room_for_an_application(
    layer: InMemoryChannelLayer,
) -> None:
    with pytest.raises(ValueError, match="max_applications is 0; use 1 or"):
        Worker(app, ["a"], layer, max_applications=0)


@pytest.mark.parametrize("bad", [0, -1, 1.5, "1", None])
def test_worker_refuses_what_is_no_number_of_applications(
    layer: InMemoryChannelLayer, bad: Any
) -> None:
    with pytest.raises(ValueError, match="use 1 or more"):
        Worker(app, ["a"], layer, max_applications=bad)


@pytest.mark.parametrize("bad", ["a", 5, None])
def test_worker_refuses_what_is_no_list_of_channels(
    layer: InMemoryChannelLayer, bad: Any
) -> None:
    with pytest.raises(TypeError, match="channels is a list of names"):
        Worker(app, bad, layer)
