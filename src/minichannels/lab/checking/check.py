"""``check``: from the learner's code to a message.

How it works: the answer is found by its name. Then it is looked at
(``diagnosis.answers``) and the scenario is played to it, both for a limited
time (``sandbox.runner``), and whatever ended it becomes a message. What the
message says is put together of the exercise's text and of what the journal
tells.

Rule 1: nothing of the learner's is asked for anything outside of the runner's
threads, not even an error for its text. A ``__str__`` may loop, a property and
a metaclass too.
"""

import sys
import time
from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Any, TypeVar

from minichannels.lab.checking.diagnosis.answers import MISSING, named, prepared
from minichannels.lab.checking.diagnosis.cells import cells_of, is_own_to
from minichannels.lab.checking.report.compose import Result, composed
from minichannels.lab.checking.report.judging import judge
from minichannels.lab.checking.report.kept import keep
from minichannels.lab.checking.report.placing import Calling
from minichannels.lab.checking.report.tries import TRIES
from minichannels.lab.checking.report.verdict import Verdict
from minichannels.lab.checking.sandbox.output import pass_over_the_unawaited
from minichannels.lab.checking.sandbox.patient_loop import PatientLoop
from minichannels.lab.checking.sandbox.runner import LIMIT, Outcome, run
from minichannels.lab.checking.sandbox.sleeping import noted_halts
from minichannels.lab.checking.sandbox.threads import CheckLoop, Crew
from minichannels.lab.checking.stage.draw import Draw, draws
from minichannels.lab.checking.stage.exercise import Exercise, find
from minichannels.lab.checking.stage.layers import alone, in_place
from minichannels.lab.checking.stage.miss import Unsolved, stopped
from minichannels.lab.checking.stage.stage import Stage
from minichannels.lab.keeping.files import room_for_files

T = TypeVar("T")

SLOWER = 5
"""So many times as long as the example may a drawn scenario take."""


class Check:
    """A check that is about to run: ``await`` it."""

    def __init__(
        self,
        number: object,
        answer: Any,
        caller: FrameType,
        limit: float,
        seed: int | None,
    ) -> None:
        self.exercise = find(number)
        self._answer = answer
        self._names = caller.f_globals
        self._file = caller.f_code.co_filename
        cells = cells_of(caller.f_globals, self._file)
        self._calling = Calling(cells, answer is MISSING, TRIES)
        self._limit = limit
        self._seed = seed

    def __repr__(self) -> str:
        call = f'check("{self.exercise.number}")'
        return f"Nothing is checked yet. Write await before it: await {call}"

    def __await__(self) -> Generator[Any, None, Result]:
        return self._run().__await__()

    async def _run(self) -> Result:
        with alone(), room_for_files():
            verdict = await judged(
                self.exercise,
                self._answer,
                self._names,
                self._limit,
                self._seed,
                self._file,
            )
            if verdict.solved:
                keep("solved", self.exercise.number)
            return await told(verdict, self._limit, self._calling)


def check(
    number: object,
    answer: Any = MISSING,
    *,
    limit: float = LIMIT,
    seed: int | None = None,
) -> Check:
    """Check an exercise, by its number, with ``await`` before it.

    Args:
        number: the exercise's number.
        answer: what to check; by default what the notebook calls by the name
            that the exercise asks for.
        limit: how many seconds the learner's code may take.
        seed: decides what is drawn; each time something else by default.
    """
    # The notebook's names and cell are those of whoever calls this.
    return Check(number, answer, sys._getframe(1), limit, seed)


async def judged(
    exercise: Exercise,
    answer: Any,
    names: Mapping[str, Any],
    limit: float = LIMIT,
    seed: int | None = None,
    file: str = "",
) -> Verdict:
    """Play an exercise's scenario to an answer, and judge what came.

    It is played with the example first, then with drawn inputs; the first time
    that something is missed is told, or else that the example is solved.

    Args:
        exercise: the exercise.
        answer: the learner's; found by its name if it is ``MISSING``.
        names: those of the notebook.
        limit: how many seconds the learner's code may take.
        seed: decides what is drawn.
        file: the file name of the cell that asked for it.
    """
    verdict = Verdict(exercise, answer)
    try:
        if answer is MISSING:
            verdict.answer = answer = named(exercise, names)
    except Unsolved as ended:
        verdict.because(ended)
        return verdict
    try:
        return await _judged(
            _Task(exercise, answer, file), verdict, limit, seed
        )
    finally:
        pass_over_the_unawaited()


async def _judged(
    task: "_Task", verdict: Verdict, limit: float, seed: int | None
) -> Verdict:
    """Play it as often as it takes to judge the answer."""
    start, left, least = time.monotonic(), limit, limit
    for draw in draws(seed):
        played = await _judged_once(task, draw, left, limit)
        if not played.solved:
            return played
        took = time.monotonic() - start
        if not draw.turn:
            # On a busy machine the others take long, too.
            verdict, least = played, max(limit / 2, SLOWER * took)
        left = max(limit - took, least)
    return verdict


@dataclass(frozen=True)
class _Task:
    """An exercise, an answer to it, and the cell that asked for the check."""

    exercise: Exercise
    answer: Any
    file: str

    @property
    def is_patient(self) -> bool:
        """Whether it goes by a clock that does not wait."""
        return self.exercise.patient or self.exercise.asks == "test"


async def _judged_once(
    task: _Task, draw: Draw, left: float, limit: float
) -> Verdict:
    exercise = task.exercise
    verdict = Verdict(exercise, task.answer)
    crew = Crew()
    verdict.stage = stage = Stage(crew, draw, route=exercise.route)
    # Put in place here: the crew may never come back to undo it.
    with in_place(stage.layer):
        done = await run(
            lambda: _played(task, stage),
            crew,
            left,
            PatientLoop if task.is_patient else CheckLoop,
        )
    judged, asked = await _within(limit, lambda: judge(verdict, done, limit))
    return verdict if judged else _untold(verdict, asked, limit)


async def told(
    verdict: Verdict, limit: float = LIMIT, calling: Calling | None = None
) -> Result:
    """Put a verdict in words."""
    results, asked = await _within(limit, lambda: composed(verdict, calling))
    return results[0] if results else composed(_untold(verdict, asked, limit))


async def _within(
    limit: float, function: Callable[[], T]
) -> tuple[list[T], Outcome]:
    """Call what asks the learner's objects; return its result, if any came."""
    results: list[T] = []

    async def ask() -> None:
        results.append(function())

    outcome = await run(ask, Crew(), limit)
    return results, outcome


def _untold(verdict: Verdict, asked: Outcome, limit: float) -> Verdict:
    """Return what can be said if the learner's objects did not answer."""
    # What was raised then is not asked in its turn.
    asked.error = RuntimeError("what it raised cannot even be told")
    plain = Verdict(verdict.exercise, None)
    judge(plain, asked, limit)
    return plain


async def _played(task: _Task, stage: Stage) -> None:
    """Play a scenario. Even to look at an answer may run learner's code."""
    exercise, answer = task.exercise, task.answer
    stage.trace.is_own = is_own_to(answer, task.file)
    with stage.trace.on():
        ready = prepared(exercise, answer)
    if exercise.is_called:
        play = exercise.play(stage, ready)
    else:
        stage.put_on(ready)
        play = exercise.play(stage)
    try:
        if stage.draw.turn:  # to be told of all calls takes time
            await play
        else:
            await _played_awake(play, stage, patient=task.is_patient)
    except BaseException:
        stage.look()
        raise
    await stage.end()


async def _played_awake(
    play: Awaitable[None], stage: Stage, *, patient: bool
) -> None:
    """Play a scenario to an answer that may not stop the loop's thread.

    Args:
        play: the scenario.
        stage: where it is played.
        patient: whether the loop's clock is another one than the wall's.

    Raises:
        Unsolved: it does, or misses something else.
    """
    with noted_halts(is_own=stage.trace.is_own) as halts:
        try:
            await play
        except Unsolved:
            # By the loop's clock a sleep takes no time: what came too early
            # then, or not yet, comes of that.
            if not (patient and halts):
                raise
    if halts:
        raise stopped(halts[0])
