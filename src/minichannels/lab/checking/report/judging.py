"""Judging: why an exercise is not solved, and which slip that comes of.

How it works: what ended the scenario says which of the exercise's texts fits.
Then what ran is searched for a slip that explains it (``diagnosis``), and for
an exception that the learner's code hid.
"""

import contextlib
import json
import re

from minichannels.exceptions import type_name
from minichannels.flow import Event
from minichannels.flow.journal.payloads import words
from minichannels.lab.checking.diagnosis.caught import (
    Caught,
    catches_all,
    caught,
    kinds_of,
    names_caught,
)
from minichannels.lab.checking.diagnosis.cells import keeps_for_all
from minichannels.lab.checking.diagnosis.clues import (
    Clue,
    idle_event,
    of_forgotten,
    of_hidden,
    of_lost,
    of_replacing,
    of_second_loop,
)
from minichannels.lab.checking.diagnosis.errors import of_error
from minichannels.lab.checking.diagnosis.lines.lost import changed_in
from minichannels.lab.checking.diagnosis.lines.turns import asleep, endless
from minichannels.lab.checking.diagnosis.search import (
    Scene,
    of_miss,
    of_refused,
    of_waiting,
    of_wrong_value,
)
from minichannels.lab.checking.report.verdict import LATE, Verdict
from minichannels.lab.checking.sandbox.runner import Outcome
from minichannels.lab.checking.sandbox.tracing import Trace
from minichannels.lab.checking.stage.miss import BUSY, Unsolved
from minichannels.lab.checking.texts.texts import filled

_TELL_MORE = ("no such method", "other type", "type without a dot")
"""Slips that say which it was, where an exercise says what it was."""

_ALIKE = (
    *("other", "more", "part", "letters"),
    *("other text", "not compared"),
)
"""What a test is told that passed for another answer, alike or not."""

_SENT = re.compile(
    r"'type': '(websocket\.(?:accept|send|close)|http\.response\.\w+)'"
)
"""An event that is printed, and of a type that only an application sends."""

_IN_ITS_LINE = ("sleeps", "joins")
"""What is told of the very line in which it happens."""

_PASSED = ("overtaken", "passed over")
"""What is told of a list that grew while a handler waited."""


def judge(verdict: Verdict, run: Outcome, limit: float) -> None:
    """Take note of how the scenario ended.

    Args:
        verdict: where to note it.
        run: how it ended.
        limit: how many seconds it was allowed to take.
    """
    verdict.output, verdict.is_own = run.output, run.trace.is_own
    if run.late and not _goes_on_unawaited(run):
        _late(verdict, run, limit)
    elif run.output.forgotten and (run.late or _may_be_forgotten(run.error)):
        forgotten = run.output.forgotten[0]
        verdict.because(Unsolved("forgotten", forgotten=f"{forgotten}()"))
        verdict.place = run.output.place
        verdict.clue = of_forgotten(
            verdict.answer, forgotten, run.output, run.trace.codes()
        )
    elif isinstance(run.error, Unsolved):
        verdict.because(run.error)
        clue = _found_clue(verdict, run.error.raised, run.trace)
        verdict.clue = clue if clue and _may_explain(clue, verdict) else None
    elif run.error is not None:
        _broke(verdict, run.error)
    if not verdict.solved and verdict.key != BUSY:
        _name_hidden(verdict, run)


def _may_explain(clue: Clue, verdict: Verdict) -> bool:
    """Return whether a slip may explain why it is not solved.

    It is of the tested cell; and where something stands still, it is known in
    which line: what else ran since the last step is not to blame.
    """
    if verdict.key in _IN_ITS_LINE and verdict.place is not None:
        return clue.place == verdict.place
    return verdict.is_here(clue.place)


def _name_hidden(verdict: Verdict, run: Outcome) -> None:
    """Take note of the exception that the learner's code hid, if any."""
    trace = run.trace
    expected = names_caught(verdict.exercise.solution)
    found = [
        c
        for c in caught(trace)
        if not expected & kinds_of(c) and not _waited_for(verdict, c)
    ]
    now = [c for c in found if c.mishap.arrival >= verdict.start()]
    hidden = [c for c in now if c.hides][:1]
    hidden = hidden or [c for c in found if c.hides][-1:]
    if hidden:
        late = trace.late is not None and (
            hidden[0].mishap.arrival >= trace.late
        )
        provoked = verdict.key in verdict.exercise.provoked
        verdict.clue = of_hidden(hidden[0], late=late, provoked=provoked)
    verdict.caught = now[0] if now else None
    if not hidden and _nobody_was_told(verdict):
        raises = verdict.exercise.solution
        seen = id(run.error), id(getattr(run.error, "raised", None))
        lost = of_lost(trace, verdict.start(), raises, seen)
        verdict.clue = lost or verdict.clue
        if verdict.clue is None:  # a step before may have led to it
            verdict.clue = of_lost(trace, 0, raises, seen)


def _waited_for(verdict: Verdict, found: Caught) -> bool:
    """Return whether a test waits in vain, and takes that for a good sign.

    It hides something only where what it did not wait for long enough, or gave
    up, is what is missing.
    """
    is_test = verdict.exercise.asks == "test"
    in_vain = issubclass(found.mishap.error, TimeoutError)
    missing = verdict.exercise.text(verdict.key).missing
    return is_test and in_vain and not missing


def _nobody_was_told(verdict: Verdict) -> bool:
    """Return whether an error may have come up without a sign of it."""
    crashed = any(event.kind == "crash" for event in verdict.events())
    told = verdict.key in LATE or "error" in verdict.values or crashed
    return not told and verdict.exercise.asks != "test"


def _found_clue(
    verdict: Verdict, raised: BaseException | None, trace: Trace
) -> Clue | None:
    """Return the slip that the exercise's miss comes of, if known."""
    printed = _printed(verdict)
    if printed is not None:
        return printed
    since = verdict.since()
    last = idle_event(since)
    scene = _scene(verdict, trace, last)
    replaced = of_replacing(verdict.answer, [e.handler for e in since])
    if replaced is not None:
        return replaced
    if verdict.key == "second loop":
        return of_second_loop(verdict.answer, verdict.place)
    if raised is None:
        return of_miss(scene)
    if (clue := of_wrong_value(scene, raised, verdict.place)) is not None:
        return clue
    message = last if last and last.kind != "receive" else None
    clue = of_error(raised, verdict.place, verdict.answer, message, trace)
    known = clue and not _is_told_by_the_exercise(verdict, clue)
    return clue if known else of_refused(scene, raised, verdict.place)


def _printed(verdict: Verdict) -> Clue | None:
    """Return the line that prints what should have been sent, if one does."""
    should = filled(verdict.exercise.text(verdict.key).should, verdict.values)
    wanted = {_unquoted(span) for span in re.findall("`([^`]+)`", should)}
    sent = " ".join(f"{act.type} {act.payload}" for act in verdict.acts())
    for text, (place, arrival) in verdict.output.printed.items():
        event = _SENT.search(text)
        told = event[1] if event else text
        is_meant = arrival >= verdict.start() and (event or text in wanted)
        if is_meant and told not in sent:
            return Clue("printed", place)
    return None


def _unquoted(span: str) -> str:
    """Return a text that a message shows, without its quotation marks."""
    with contextlib.suppress(ValueError):
        return str(json.loads(span))
    return span


def _is_told_by_the_exercise(verdict: Verdict, clue: Clue) -> bool:
    """Return whether the exercise has a text of its own, which knows better.

    It does not know which of several names, or dicts, it was.
    """
    if verdict.key.startswith("raised"):
        return False
    is_another_dict = clue.values.get("is_event") is False
    return not is_another_dict and clue.key not in _TELL_MORE


def _scene(verdict: Verdict, trace: Trace, last: Event | None) -> Scene:
    # What a function returns is read by who calls it.
    silent = last is not None or not verdict.acts()
    silent = silent and not verdict.only_left()
    return Scene(
        verdict.answer,
        trace,
        verdict.acts(),
        # Some exercises say themselves which groups were joined.
        () if "joined" in verdict.values else verdict.events(),
        verdict.place_of,
        verdict.output,
        verdict.exercise.asks not in ("function", "test") and silent,
        last.handler if last is not None else "",
        [event.handler for event in verdict.since()],
        changes=changed_in(verdict.exercise.solution),
        shares=keeps_for_all(verdict.exercise.solution),
        since=verdict.start(),
        is_test=verdict.exercise.asks == "test",
        is_called=verdict.exercise.is_called,
        is_over=last is not None
        and not last.handler
        and last.type.endswith(".disconnect"),
        is_passed=verdict.key in _PASSED,
        is_alike=verdict.exercise.asks == "test" and verdict.key in _ALIKE,
        missing=verdict.exercise.text(verdict.key).missing.partition(" ")[0],
    )


def _late(verdict: Verdict, run: Outcome, limit: float) -> None:
    if run.starved:  # nothing is known of the code then
        verdict.because(Unsolved(BUSY))
        return
    at = f" in `{run.place.function}`" if run.place else ""
    key = "abandoned" if run.abandoned else "late"
    verdict.because(Unsolved(key, limit=f"{limit:g}", place=at))
    verdict.place = run.place
    verdict.clue = of_waiting(verdict.answer, run.trace, run.place)
    if run.abandoned and run.stubborn and run.place:
        line = catches_all(run.trace, run.place)
        verdict.key = verdict.key if line is None else "stubborn"
        verdict.values["at"] = line
    if verdict.key in LATE and run.place is not None:
        codes, stub = run.trace.codes(), verdict.exercise.stub
        slow = endless(codes, run.place) or asleep(run.place, stub)
        verdict.clue = verdict.clue or slow


def _broke(verdict: Verdict, error: BaseException) -> None:
    """Take note of an error that the scenario itself stumbled over."""
    kind = f"`{type_name(error)}`"
    verdict.because(Unsolved("broken", error=kind, text=words(error)))
    verdict.blame(error)


def _goes_on_unawaited(run: Outcome) -> bool:
    """Return whether code has no end that makes coroutines and awaits none.

    What it waits for is to come of them. (When the time is up, what the check
    stops may leave some behind, too.)
    """
    output, late = run.output, run.trace.late
    if output.place is None or run.place is None:
        return False
    if run.starved or run.abandoned:  # that has to be told
        return False
    in_time = late is None or output.forgotten_at < late
    return in_time and output.place.function == run.place.function


def _may_be_forgotten(error: BaseException | None) -> bool:
    """Return whether a coroutine that was never awaited may be the reason.

    Of one that a second loop was to run, it is not: that refused to.
    """
    refused = isinstance(error, Unsolved) and error.key == "second loop"
    return error is not None and not refused
