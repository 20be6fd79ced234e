"""A learner's test, tried: on right consumers, and on broken ones.

A test is good if it passes for whatever is right, and fails for whatever is
not. So it is run with several consumers. They bear one name and change their
order, so that nothing but what they do tells them apart. If a broken one
passes, it is played once more, to the clients of a scenario, to be looked at.

How it works: each run is a task of its own on the check's event loop, on which
waiting takes no time (``sandbox.patient_loop``). What a run leaves behind is
cancelled before the next one.
"""

import asyncio
import contextlib
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import KW_ONLY, dataclass
from typing import Any, TypeVar

from minichannels import DEFAULT_CHANNEL_LAYER
from minichannels.exceptions import type_name
from minichannels.flow.journal.payloads import words
from minichannels.flow.recording.ending import cancelled
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.lab.checking.sandbox import stack_frames
from minichannels.lab.checking.sandbox.patient_loop import PatientLoop
from minichannels.lab.checking.sandbox.stack_frames import SourceLine
from minichannels.lab.checking.sandbox.threads import Stopped
from minichannels.lab.checking.stage.exercise import Stage, Text
from minichannels.lab.checking.stage.miss import Unsolved
from minichannels.lab.checking.stage.steps import ScenarioStep
from minichannels.layers import InMemoryChannelLayer, channel_layers

T = TypeVar("T")
Test = Callable[..., Any]
Show = Callable[[Stage], Coroutine[Any, Any, None]]
Arguments = Sequence[tuple[Any, ...]]

ENOUGH = 3
"""How often a test is run at most with a consumer that is right."""

# With a right consumer, these come of the test's own code.
_SLIPS = (NameError, AttributeError, TypeError, ImportError)
_NO_VERDICT = ("Skipped", "XFailed")  # what pytest.skip() and xfail() raise
_GRACE = 0.5


@dataclass(frozen=True)
class Sample:
    """A consumer to try a test on.

    Attributes:
        what: what it does, as the end of a sentence.
        consumer: the consumer.
        key: which text is told if a test passes though this one is broken, or
            fails though this one is right.
        right: whether it is right.
    """

    what: str
    consumer: type[AsyncWebsocketConsumer]
    key: str
    _: KW_ONLY
    right: bool = False


@dataclass
class Trial:
    """How a run of a test went.

    Attributes:
        error: what the test raised, if it did.
        hangs: whether it waited for what never comes.
        place: the learner's line at which it waited then.
        seconds: how long it took, by the clock of the event loop.
    """

    error: BaseException | None = None
    hangs: bool = False
    place: SourceLine | None = None
    seconds: float = 0.0


class Trials:
    """The trials of one test.

    Args:
        stage: where a broken consumer is shown.
        test: the learner's function.
        show: plays to a consumer what the test missed.
        further: what the test is given besides the application: it is run
            for each, until it fails; with a right consumer for the first ones.
    """

    def __init__(
        self, stage: Stage, test: Test, show: Show, further: Arguments = ((),)
    ) -> None:
        self._stage = stage
        self._test = test
        self._show = show
        self._further = further

    async def judge(self, samples: Sequence[Sample]) -> list[float]:
        """Try the test on some consumers; return how long each run took.

        The example has them in their order, and what is drawn in another one.

        Raises:
            Unsolved: it passes for a broken one, or fails for a right one.
        """
        seconds = {}
        for sample in self._stage.draw.order(samples):
            seconds[sample.key] = await self._try(sample)
        return [seconds[sample.key] for sample in samples]

    async def _try(self, sample: Sample) -> float:
        stage = self._stage
        stage.values["what"] = sample.what
        stage.steps.add(ScenarioStep("tried", "", sample.what))
        most = ENOUGH if sample.right else None
        for arguments in self._further[:most]:
            application = sample.consumer.as_asgi()
            with _layer_of_its_own():
                trial = await run_test(self._test, application, *arguments)
            _require_an_end(trial)
            if trial.error is not None:
                break
        if sample.right and trial.error is not None:
            _tell(sample.key, trial.error)
        if not sample.right and trial.error is None:
            await self._show_broken(sample)
        return trial.seconds

    async def _show_broken(self, sample: Sample) -> None:
        """Play to a broken consumer, to be seen, and say what was missed."""
        self._stage.steps.add(ScenarioStep("looked", ""))
        self._stage.put_on(sample.consumer.as_asgi())
        await self._show(self._stage)
        sent = self._stage.lately("send")
        raise Unsolved(sample.key, sent[-1] if sent else None)


@contextlib.contextmanager
def _layer_of_its_own() -> Iterator[None]:
    """Have a new channel layer be the default one, for a while."""
    layer = InMemoryChannelLayer()
    former = channel_layers.set(DEFAULT_CHANNEL_LAYER, layer)
    try:
        yield
    finally:
        channel_layers.set(DEFAULT_CHANNEL_LAYER, former)


async def run_test(test: Test, *args: Any) -> Trial:
    """Run a learner's test once.

    Args:
        test: a function; if its result can be awaited, that is done.
        args: its arguments.
    """
    loop, trial = asyncio.get_running_loop(), Trial()
    before, start = asyncio.all_tasks(), loop.time()
    running = _error_of(test, args)

    def hangs() -> None:
        trial.hangs = True
        trial.place = stack_frames.of_coroutine(running)
        task.cancel()

    task = asyncio.create_task(_traced(running))
    with _watched(hangs):
        await asyncio.wait([task])
    trial.seconds = loop.time() - start
    if not task.cancelled():
        trial.error = task.result()
    elif not trial.hangs:
        trial.error = asyncio.CancelledError()
    await cancelled(asyncio.all_tasks() - before, _GRACE)
    return trial


# A kernel in a browser has no such loop: there a check that hangs is late.


def _traced(running: Coroutine[Any, Any, T]) -> Coroutine[Any, Any, T]:
    loop = asyncio.get_running_loop()
    if isinstance(loop, PatientLoop):
        return loop.crew.trace.each_step(running)
    return running


def _watched(hangs: Callable[[], None]) -> AbstractContextManager[None]:
    loop = asyncio.get_running_loop()
    if isinstance(loop, PatientLoop):
        return loop.watched(hangs)
    return contextlib.nullcontext()


async def _error_of(test: Test, args: Sequence[Any]) -> BaseException | None:
    """Return what a test raises; what ends a check is raised all the same."""
    try:
        result = test(*args)
        if isinstance(result, Awaitable):
            await result
    except (Stopped, asyncio.CancelledError):
        raise
    except BaseException as error:  # sys.exit() and pytest.fail(), too
        # A coroutine in its frames may have to be missed, on this thread.
        traceback.clear_frames(error.__traceback__)
        return error
    return None


def _require_an_end(trial: Trial) -> None:
    if trial.hangs:
        raise Unsolved("hangs", where=trial.place)
    if trial.error is not None and type_name(trial.error) in _NO_VERDICT:
        _tell("skips", trial.error)


def _tell(key: str, error: BaseException) -> None:
    kind, text = f"`{type_name(error)}`", words(error)
    if isinstance(error, _SLIPS):
        raise Unsolved("raised in call", raised=error, error=kind, text=text)
    told = ": ".join(filter(None, (kind, text)))
    raise Unsolved(key, raised=error, error=told)


TEXTS = {
    "fails right": Text(
        headline="your test fails, and nothing is wrong.",
        did="The consumer was one that $what, and is right. Your test raised"
        " $error.",
        should="A test passes for each consumer that does what it should.",
    ),
    "hangs": Text(
        headline="your test waits for ever.",
        did="The consumer was one that $what. Nothing more came, and your test"
        " still waited.",
        should="A test has an end, also for a broken consumer: it waits for"
        " what should come, but not longer than a limit.",
        next="wait with `receive_from()`: after a second it raises"
        " `TimeoutError`, and the test has failed.",
    ),
    "skips": Text(
        headline="your test gives no verdict.",
        did="The consumer was one that $what. Your test raised $error.",
        should="It passes, or it fails.",
        next="take out what skips the test.",
    ),
}
"""What is told in each of these exercises."""
