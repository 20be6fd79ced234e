import asyncio
import signal
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, cast

import pytest

from minichannels.cli import stopping
from minichannels.cli.stopping import Gate, work
from minichannels.layers import InMemoryChannelLayer, channel_layers
from minichannels.types import ASGIApp, ChannelLayer, Receive, Scope, Send
from minichannels.worker import Worker
from support.limit import LIMIT


class Closing(InMemoryChannelLayer):
    """A layer that says when it is let go."""

    closed = False

    async def close(self) -> None:
        self.closed = True


def run(app: ASGIApp, layer: Any, *channels: str) -> None:
    """Run a worker on messages that are there already."""
    gate = Gate(layer, channels)
    work(Worker(app, channels, cast(ChannelLayer, gate)), gate, layer)


async def fill(layer: InMemoryChannelLayer, *channels: str) -> None:
    for channel in channels:
        await layer.send(channel, {"type": "x"})


def test_a_signal_waits_for_what_is_in_hand_and_leaves_the_rest() -> None:
    layer, done = Closing(), list[str]()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        signal.raise_signal(signal.SIGTERM)
        await asyncio.sleep(0)
        await fill(layer, "a", "b")  # too late
        done.append(scope["channel"])

    asyncio.run(fill(layer, "a"))
    run(app, layer, "a", "b")

    assert done == ["a"]
    assert len(layer.channels["a"].messages) == 1
    assert len(layer.channels["b"].messages) == 1
    assert layer.closed


def test_a_signal_waits_for_the_work_of_each_channel() -> None:
    layer, done = InMemoryChannelLayer(), set[str]()
    both = asyncio.Barrier(2)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await both.wait()
        if scope["channel"] == "a":
            signal.raise_signal(signal.SIGINT)
        for _ in range(10):  # the signal has come by now
            await asyncio.sleep(0)
        done.add(scope["channel"])
        await receive()

    asyncio.run(fill(layer, "a", "b"))
    run(app, layer, "a", "b")

    assert done == {"a", "b"}


@pytest.mark.parametrize("stubborn", [False, True])
def test_a_second_signal_breaks_off(
    monkeypatch: pytest.MonkeyPatch, stubborn: bool
) -> None:
    monkeypatch.setattr(stopping, "GRACE", 0.01)
    layer, ends = Closing(), list[str]()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        loop = asyncio.get_running_loop()
        loop.call_soon(signal.raise_signal, signal.SIGINT)
        loop.call_soon(signal.raise_signal, signal.SIGINT)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ends.append("broken off")
            if stubborn:
                await asyncio.Event().wait()
            raise

    asyncio.run(fill(layer, "a"))
    run(app, layer, "a")

    assert ends == ["broken off"]
    assert layer.closed


async def test_an_instance_that_is_ended_to_make_room_asks_no_more() -> None:
    layer = InMemoryChannelLayer()
    gate = Gate(layer, ["a"])
    reading = asyncio.create_task(gate.receive("a"))
    await asyncio.sleep(0)

    reading.cancel()
    await asyncio.wait([reading])
    await fill(layer, "a")

    assert reading.cancelled()
    assert await gate.receive("a") == {"type": "x"}


async def test_a_reader_may_end_while_the_gate_shuts() -> None:
    gate = Gate(InMemoryChannelLayer(), ["a"])
    reading = asyncio.create_task(gate.receive("a"))
    await asyncio.sleep(0)
    closing = asyncio.create_task(gate.shut())
    await asyncio.sleep(0)

    reading.cancel()
    closing.cancel()
    await asyncio.wait([reading, closing], timeout=LIMIT)

    assert reading.cancelled()


def test_a_layer_that_takes_long_to_close_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stopping, "GRACE", 0.01)
    closed: list[Callable[[], object]] = []

    class Slow(InMemoryChannelLayer):
        async def close(self) -> None:
            closed.append(self.close)
            await asyncio.Event().wait()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        signal.raise_signal(signal.SIGTERM)

    layer = Slow()
    asyncio.run(fill(layer, "a"))
    run(app, layer, "a")

    assert len(closed) == 2  # before other tasks are cancelled, and after


def test_what_uses_a_layer_ends_before_it_and_what_it_has_itself_after() -> (
    None
):
    tasks, ended = list[asyncio.Task[Any]](), list[list[bool]]()

    class Reading(InMemoryChannelLayer):
        async def close(self) -> None:
            ended.append([task.done() for task in tasks])

    layer = Reading()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def read() -> None:
            await layer.receive("b")

        for coroutine in (
            read(),
            asyncio.wait_for(layer.receive("c"), LIMIT),
            layer.receive("d"),
            asyncio.sleep(LIMIT),  # of no project: it may be the layer's
        ):
            tasks.append(asyncio.create_task(coroutine))
        await asyncio.sleep(0)
        signal.raise_signal(signal.SIGTERM)

    asyncio.run(fill(layer, "a"))
    run(app, layer, "a")

    assert ended == [[True, True, True, False], [True] * 4]


BROKEN = "close() of the channel layer raised "


@pytest.mark.parametrize(
    ("errors", "told"),
    [
        ([None, RuntimeError("closed")], ""),
        ([OSError("it is gone"), None], f"{BROKEN}OSError: it is gone"),
        ([OSError("gone"), OSError("closed")], f"{BROKEN}OSError: gone"),
        ([asyncio.CancelledError()] * 2, f"{BROKEN}CancelledError"),
    ],
)
def test_a_layer_that_cannot_be_closed_is_told_and_keeps_nobody(
    errors: list[BaseException | None],
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Broken(InMemoryChannelLayer):
        async def close(self) -> None:
            error = errors.pop(0)
            if error is not None:
                raise error

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        signal.raise_signal(signal.SIGTERM)

    errors = errors.copy()  # of all who run this
    layer = Broken()
    asyncio.run(fill(layer, "a"))
    run(app, layer, "a")

    assert errors == []
    said = f"python -m minichannels: warning: {told}\n" if told else ""
    assert capsys.readouterr().err == said


def test_a_layer_may_be_closed_by_a_plain_function(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Plain:
        closed = False

        async def receive(self, channel: str) -> dict[str, Any]:
            return {"type": "x"}

        def close(self) -> None:
            self.closed = True

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        signal.raise_signal(signal.SIGTERM)
        await asyncio.sleep(0)

    layer = Plain()
    run(app, layer, "a")

    assert layer.closed
    assert capsys.readouterr().err == ""


def test_a_layer_need_not_be_closed() -> None:
    class Bare:
        async def receive(self, channel: str) -> dict[str, Any]:
            return {"type": "x"}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        signal.raise_signal(signal.SIGTERM)
        await asyncio.sleep(0)

    run(app, Bare(), "a")


@pytest.mark.parametrize("package", ["minichannels", "channels"])
def test_what_sends_as_it_ends_has_its_layer_until_then(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    package: str,
) -> None:
    known = pytest.importorskip(f"{package}.layers").channel_layers
    tasks, ended = list[asyncio.Task[Any]](), list[list[bool]]()

    class Broken(InMemoryChannelLayer):
        async def close(self) -> None:
            ended.append([task.done() for task in tasks])
            raise OSError("it is gone")

    layer = Broken()

    async def work() -> None:
        try:
            await layer.receive("a")
        finally:
            await layer.send("b", {"type": "x"})

    async def stop() -> Any:
        # The second is of no project: it may be the layer's.
        for coroutine in (work(), asyncio.sleep(LIMIT)):
            tasks.append(asyncio.create_task(coroutine))
        await asyncio.sleep(0)
        return await stopping.all_ended(LIMIT)

    monkeypatch.setattr(known, "backends", {"default": layer})

    left = asyncio.run(stop())

    assert ended == [[True, False]]
    assert left == set()
    assert tasks[1].done()
    assert "b" in layer.channels
    assert f"{BROKEN}OSError: it is gone" in capsys.readouterr().err


def test_all_ends_where_a_project_has_a_module_with_the_name_of_channels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = ModuleType("channels.layers")
    monkeypatch.setitem(sys.modules, "channels.layers", own)
    monkeypatch.setattr(channel_layers, "backends", {})

    assert asyncio.run(stopping.all_ended(LIMIT)) == set()


def test_a_task_that_goes_on_is_asked_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(channel_layers, "backends", {})
    asked: list[str] = []

    async def stay() -> None:
        while len(asked) < 2:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                asked.append("to go")

    async def stop() -> list[str]:
        task = asyncio.create_task(stay())
        await asyncio.sleep(0)
        assert await stopping.all_ended(0.01) == {task}
        found = asked.copy()
        task.cancel()
        await task
        return found

    assert asyncio.run(stop()) == ["to go"]
