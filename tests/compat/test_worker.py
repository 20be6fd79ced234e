import asyncio
import contextlib
import importlib
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.server import StatelessServer
from django.core.management import CommandError, call_command
from django.test import override_settings

from minichannels.types import Message, Receive, Scope, Send
from support.loops import ticks

Load = Callable[[str], Any]


@contextlib.asynccontextmanager
async def running(worker: Any) -> Any:
    """Run a worker as its own run() does, and end it with the block."""
    serve = worker.arun if hasattr(worker, "arun") else worker.handle
    task = asyncio.create_task(serve())
    try:
        async with asyncio.timeout(5):
            yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_worker_runs_one_instance_for_each_channel(
    package: Load,
) -> None:
    layer = package("layers").InMemoryChannelLayer()
    seen: asyncio.Queue[Any] = asyncio.Queue()
    scopes: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scopes.append(scope)
        while True:
            await seen.put((scope["channel"], await receive()))

    worker = package("worker").Worker(app, ["a", "b"], layer)
    got = []
    async with running(worker):
        for number in range(2):
            for channel in ("a", "b"):
                await layer.send(channel, {"type": "x", "number": number})
                got.append(await seen.get())

    assert got == [
        (channel, {"type": "x", "number": number})
        for number in range(2)
        for channel in ("a", "b")
    ]
    assert scopes == [
        {"type": "channel", "channel": "a"},
        {"type": "channel", "channel": "b"},
    ]
    assert [worker.application, worker.channels] == [app, ["a", "b"]]
    assert [worker.channel_layer, worker.max_applications] == [layer, 1000]


def test_worker_needs_a_layer(package: Load) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None: ...

    with pytest.raises(ValueError, match=r"(?i)channel.layer is"):
        package("worker").Worker(app, ["a"], None)


async def test_worker_cancels_the_oldest_instance_even_in_a_handler(
    package: Load,
) -> None:
    layer = package("layers").InMemoryChannelLayer()
    started: asyncio.Queue[str] = asyncio.Queue()
    ended: asyncio.Queue[str] = asyncio.Queue()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        started.put_nowait(scope["channel"])
        try:
            await asyncio.Event().wait()
        finally:
            ended.put_nowait(scope["channel"])

    worker = package("worker").Worker(app, ["a", "b", "c"], layer, 1)
    async with running(worker):
        for channel in ("a", "b", "c"):
            await layer.send(channel, {"type": "x"})
            assert await started.get() == channel
        assert await ended.get() == "a"


async def test_class_may_take_what_is_sent_and_do_more_about_an_error(
    package: Load,
) -> None:
    layer = package("layers").InMemoryChannelLayer()
    seen: asyncio.Queue[Any] = asyncio.Queue()

    class Own(package("worker").Worker):  # type: ignore[misc]
        async def application_send(self, scope: Scope, message: Any) -> None:
            await seen.put((scope["channel"], message))

        async def application_exception(
            self, exception: Exception, application_details: Any
        ) -> None:
            scope, instances = application_details["scope"], "instances ran"
            assert len(self.application_instances) == 1, instances
            await seen.put((scope, type(exception)))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(await receive())
        raise LookupError("the error of this test")

    worker = Own(app, ["a"], layer)
    assert isinstance(worker, StatelessServer)
    async with running(worker):
        await layer.send("a", {"type": "x"})
        sent, failed = await seen.get(), await seen.get()

    assert sent == ("a", {"type": "x"})
    assert failed == ({"type": "channel", "channel": "a"}, LookupError)


async def test_class_may_have_a_listener_that_makes_instances(
    package: Load, bell: "Bell"
) -> None:
    layer = package("layers").InMemoryChannelLayer()
    seen: asyncio.Queue[Any] = asyncio.Queue()

    class Own(package("worker").Worker):  # type: ignore[misc]
        application_checker_interval = 0

        async def listener(self, channel: str) -> None:
            while True:
                message = await self.channel_layer.receive(channel)
                room = {"type": "room", "room": message["room"]}
                made = self.get_or_create_application_instance
                await made(message["room"], room).put(message)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["type"] == "x":
            await seen.put(scope["room"])
        raise LookupError("the error of this test")

    worker = Own(app, ["a"], layer)
    async with running(worker):
        for room in ("one", "two", "one"):
            await layer.send("a", {"type": "x", "room": room})
        got = [await seen.get() for _ in range(3)]
        assert list(worker.application_instances) == ["one", "two"]
        await layer.send("a", {"type": "end", "room": "one"})
        await bell.rung.wait()
        while len(worker.application_instances) == 2:
            await ticks(1)
        assert list(worker.application_instances) == ["two"]

    assert sorted(got) == ["one", "one", "two"]


# Where they differ, on purpose


class Bell(logging.Handler):
    """Rings when an error is logged."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.rung = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.rung.set()


@pytest.fixture
def bell() -> Iterator[Bell]:
    bell = Bell()
    logging.getLogger().addHandler(bell)
    yield bell
    logging.getLogger().removeHandler(bell)


@pytest.mark.parametrize(
    ("name", "expected"), [("channels", [0, 2]), ("minichannels", [0, 1, 2])]
)
async def test_difference_no_message_is_lost_after_an_error(
    bell: Bell, name: str, expected: list[int]
) -> None:
    layer = importlib.import_module(f"{name}.layers").InMemoryChannelLayer()
    seen: asyncio.Queue[int] = asyncio.Queue()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        number = (await receive())["number"]
        await seen.put(number)
        if number == 0:
            raise LookupError("the error of this test")

    worker = importlib.import_module(f"{name}.worker").Worker(app, ["a"], layer)
    for number in (0, 1):
        await layer.send("a", {"type": "x", "number": number})
    async with running(worker):
        # Both workers log the error when they are done with the instance: a
        # message that is sent now is for a new one.
        await bell.rung.wait()
        await layer.send("a", {"type": "x", "number": 2})
        got = [await seen.get()]
        while got[-1] != 2:
            got.append(await seen.get())

    assert got == expected


@pytest.mark.parametrize(
    ("name", "expected"), [("channels", [0, 2]), ("minichannels", [0, 1, 2])]
)
async def test_difference_no_message_is_lost_behind_one_that_stops(
    layers: dict[str, Any], name: str, expected: list[int]
) -> None:
    module = importlib.import_module(f"{name}.consumer")
    stop = importlib.import_module(f"{name}.exceptions").StopConsumer
    seen: asyncio.Queue[int] = asyncio.Queue()

    class Job(module.AsyncConsumer):  # type: ignore[misc, name-defined]
        async def job(self, message: Message) -> None:
            await seen.put(message["number"])
            raise stop

    layer, app = layers[name], Job.as_asgi()
    worker = importlib.import_module(f"{name}.worker").Worker(app, ["a"], layer)
    for number in (0, 1):
        await layer.send("a", {"type": "job", "number": number})
    async with running(worker):
        got = [await seen.get()]
        # Channels looks now and then for instances that have ended; ours has
        # no such list.
        while getattr(worker, "application_instances", None):
            await ticks(1)
        await layer.send("a", {"type": "job", "number": 2})
        while got[-1] != 2:
            got.append(await seen.get())

    assert got == expected


@pytest.mark.parametrize(
    ("name", "waiting"), [("channels", 0), ("minichannels", 2)]
)
async def test_difference_messages_for_a_busy_worker_wait_in_the_layer(
    layers: dict[str, Any], name: str, waiting: int
) -> None:
    begun = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        begun.set()
        await asyncio.Event().wait()

    layer = layers[name]
    worker = importlib.import_module(f"{name}.worker").Worker(app, ["a"], layer)
    async with running(worker):
        await layer.send("a", {"type": "job"})
        await begun.wait()
        for _ in range(2):
            await layer.send("a", {"type": "job"})
            await ticks(5)

        assert layer.channels["a"].qsize() == waiting


def test_a_command_of_ones_own_may_be_made_of_runworker(
    package: Load, layers: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[Any] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        done.append((scope["channel"], await receive()))

    class OwnWorker(package("worker").Worker):  # type: ignore[misc]
        async def handle(self) -> None:
            serving = asyncio.create_task(super().handle())
            await self.channel_layer.send("jobs", {"type": "job"})
            while not done:
                await ticks(1)
            serving.cancel()
            await asyncio.wait([serving])

    class Command(package("management.commands.runworker").Command):  # type: ignore[misc]
        worker_class = OwnWorker

        def handle(self, *args: Any, **options: Any) -> None:
            options["channels"] = ["jobs"]
            super().handle(*args, **options)

    monkeypatch.setattr(f"{__name__}.own_application", application)
    with override_settings(ASGI_APPLICATION=f"{__name__}.own_application"):
        call_command(Command(), "*")

    assert done == [("jobs", {"type": "job"})]


def test_worker_of_a_command_may_have_a_run_of_its_own(
    package: Load, layers: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[Any] = []

    class OwnWorker(package("worker").Worker):  # type: ignore[misc]
        def __init__(self, **given: Any) -> None:
            super().__init__(**given, max_applications=5)

        def run(self) -> None:
            done.append("begun")
            super().run()
            done.append("over")

        async def arun(self) -> None:
            done.append(self.channels)

    class Command(package("management.commands.runworker").Command):  # type: ignore[misc]
        worker_class = OwnWorker

    monkeypatch.setattr(f"{__name__}.own_application", nothing)
    with override_settings(ASGI_APPLICATION=f"{__name__}.own_application"):
        call_command(Command(), "jobs")

    assert done == ["begun", ["jobs"], "over"]


async def nothing(scope: Scope, receive: Receive, send: Send) -> None: ...


def test_difference_what_the_layer_raises_is_an_error_of_the_command_too(
    layers: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = []
    monkeypatch.setattr(f"{__name__}.own_application", nothing)
    for name, layer in layers.items():

        async def away(channel: str) -> None:
            raise ConnectionError("it is away")

        monkeypatch.setattr(layer, "receive", away)
        where = f"{name}.management.commands.runworker"
        command = importlib.import_module(where).Command
        with (
            override_settings(ASGI_APPLICATION=f"{__name__}.own_application"),
            pytest.raises(ConnectionError, match="it is away") as caught,
        ):
            call_command(command(), "jobs")
        commands.append((name, isinstance(caught.value, CommandError)))

    assert commands == [("channels", False), ("minichannels", True)]


own_application: Any = None
