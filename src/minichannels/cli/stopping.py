"""A worker that stops between two messages, and not in one; and what ends last.

How it works: the worker reads its channels through a *gate*. Who asks for the
next message of a channel has done with the one before it. So once a closed
gate was asked for all channels, nothing is in hand any more; what else there is
stays in the layer, for other workers. The next signal breaks off what hangs.
Of whatever runs, the tasks of a layer end last: messages go by them.
"""

import asyncio
import inspect
from collections.abc import Coroutine, Iterable
from functools import partial
from typing import Any

from minichannels.cli.finding import failed
from minichannels.cli.leaving import interrupted
from minichannels.cli.saying import warn
from minichannels.flow.recording.application.recorder import stopped
from minichannels.flow.recording.ending import (
    Tasks,
    all_cancelled,
    cancelled,
    run_last,
)
from minichannels.flow.recording.layer.capabilities import asked_of
from minichannels.flow.recording.layer.registries import registry_of_channels
from minichannels.flow.recording.tracebacks import awaited, of_coroutine
from minichannels.layers import channel_layers
from minichannels.worker import Worker

GRACE = 1
"""How many seconds an application has to end what is broken off."""


class Gate:
    """A channel layer whose ``receive`` ends when the gate is shut.

    A worker of a project's own may use all else of the layer, too.

    Args:
        layer: gives the messages.
        channels: the names of the channels that are read.
    """

    def __init__(self, layer: Any, channels: Iterable[str]) -> None:
        self._layer = layer
        self._busy = set(channels)
        self._asked: dict[str, asyncio.Future[Any]] = {}
        self._closed = asyncio.Event()
        self._empty = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._layer, name)

    async def receive(self, channel: str) -> Any:
        """Return a channel's next message; never, once the gate is shut.

        Raises:
            Exception: whatever the layer raises.
        """
        if not self._closed.is_set():
            asked = asyncio.ensure_future(self._layer.receive(channel))
            self._asked[channel] = asked
            try:
                return await asked
            except asyncio.CancelledError as error:
                if not self._closed.is_set() or stopped(error):
                    raise
        self._busy.discard(channel)
        if not self._busy:
            self._empty.set()
        return await asyncio.Event().wait()  # until the worker is cancelled

    async def shut(self) -> None:
        """Let nothing through any more; wait until nothing is in hand."""
        self._closed.set()
        for asked in self._asked.values():
            asked.cancel()  # does nothing if it has a message
        await self._empty.wait()


def work(worker: Worker, gate: Gate, layer: Any) -> None:
    """Run a worker until a signal comes.

    Args:
        worker: reads through the gate. Its class may have a ``run()`` of its
            own, and sees to signals itself if that never calls ours.
        gate: shut by the first signal.
        layer: what is behind the gate; let go of at the end.

    Raises:
        Exception: what the channel layer raised.
    """
    worker._minichannels_run = partial(_run, gate, layer)
    worker.run()


def _run(gate: Gate, layer: Any, serve: Coroutine[Any, Any, None]) -> None:
    """Run what serves, as :meth:`Worker.run` would."""
    loop, problem = asyncio.new_event_loop(), ""
    try:
        loop.run_until_complete(_until_signal(serve, gate))
        run_last(loop, _users_ended([layer], GRACE))
        problem = run_last(loop, _let_go(layer))
    except KeyboardInterrupt:
        pass  # the second signal
    finally:
        run_last(loop, all_cancelled(GRACE))
        # Again, for those that have only now ended; what fails now, may.
        run_last(loop, _let_go(layer))
        loop.close()
    if problem:
        warn(problem)


async def _until_signal(serve: Coroutine[Any, Any, None], gate: Gate) -> None:
    loop = asyncio.get_running_loop()
    serving = asyncio.create_task(serve)
    closing: list[asyncio.Task[None]] = []

    async def close() -> None:
        await gate.shut()
        serving.cancel()

    def stop() -> None:
        # From here it also wakes a loop in which nothing happens.
        loop.call_soon_threadsafe(
            lambda: closing.append(loop.create_task(close()))
        )

    with interrupted(stop):
        await asyncio.wait([serving])
    if not serving.cancelled():
        serving.result()


async def all_ended(seconds: float) -> Tasks:
    """End what runs here: what uses a layer, then the layers, then all else.

    Args:
        seconds: how long tasks may take, each time.

    Returns:
        The tasks that go on.
    """
    layers = _layers()
    left = await _users_ended(layers, seconds)
    for layer in layers:
        if problem := await _let_go(layer):
            warn(problem)
    return left | await all_cancelled(seconds, but=left)


def _layers() -> list[Any]:
    """Return the layers of this process: of our registry, and of Channels'."""
    theirs = registry_of_channels()
    others = () if theirs is None else theirs.backends.values()
    return [*channel_layers.backends.values(), *others]


async def _users_ended(layers: Iterable[Any], seconds: float) -> Tasks:
    """End the application's tasks, and none of the layers' own.

    One may be about to get a message: those of a layer give it back. Or it may
    send one when it ends.

    Returns:
        The tasks that go on.
    """
    known = {id(layer) for layer in layers}
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    return await cancelled([t for t in tasks if _is_user(t, known)], seconds)


def _is_user(task: asyncio.Task[Any], layers: set[int]) -> bool:
    """Return whether a task runs code of the project, or uses a layer."""
    coroutine = task.get_coro()
    called = (
        frame.f_locals.get("self")
        for frame, _ in awaited(coroutine)
        if not frame.f_code.co_name.startswith("_")
    )
    return of_coroutine(coroutine) is not None or any(
        id(each) in layers for each in called
    )


async def _let_go(layer: Any) -> str:
    """Close a layer's connections, if it has any; return what is wrong.

    Whatever it raises, the program ends.
    """
    for name in ("close", "close_pools"):
        close = asked_of(layer, name, None)
        if close is not None:
            return await _closed(name, close)
    return ""


async def _closed(name: str, close: Any) -> str:
    try:
        async with asyncio.timeout(GRACE):
            closing = close()
            if inspect.isawaitable(closing):
                await closing
    except TimeoutError:
        pass
    # The latter is raised by a layer that waits for a task which has ended.
    except (Exception, asyncio.CancelledError) as error:
        return str(failed(f"{name}() of the channel layer", error))
    return ""
