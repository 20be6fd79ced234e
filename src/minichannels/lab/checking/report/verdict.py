"""What came of a check, and the message that is made of it.

What the code did is told by the journal (``diagnosis.facts``), what should
have happened by the exercise's texts. The line that is shown is the learner's
own: that of the fault, if a fact says which it is. Else it is one that did
something, or where the handler begins that ran, and it is called so.
"""

from collections.abc import Sequence
from typing import Any

from minichannels.exceptions import type_name
from minichannels.flow import Event
from minichannels.flow.journal.payloads import words
from minichannels.lab.checking.diagnosis import facts
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
    of_replacing,
    of_second_loop,
)
from minichannels.lab.checking.diagnosis.definitions import defined_at
from minichannels.lab.checking.diagnosis.errors import of_error
from minichannels.lab.checking.diagnosis.lines.turns import endless
from minichannels.lab.checking.diagnosis.search import (
    Scene,
    of_miss,
    of_refused,
    of_waiting,
)
from minichannels.lab.checking.sandbox import stack_frames
from minichannels.lab.checking.sandbox.output import Output
from minichannels.lab.checking.sandbox.runner import Outcome
from minichannels.lab.checking.sandbox.stack_frames import (
    IsOwn,
    SourceLine,
    is_learners,
)
from minichannels.lab.checking.sandbox.tracing import Trace
from minichannels.lab.checking.stage.exercise import Exercise
from minichannels.lab.checking.stage.miss import Unsolved
from minichannels.lab.checking.stage.stage import Stage
from minichannels.lab.checking.texts.texts import say

_TELL_MORE = ("no such method", "other type", "type without a dot")
"""Slips that say which it was, where an exercise says what it was."""

_ALIKE = (
    *("other", "more", "part", "letters"),
    *("other text", "not compared"),
)
"""What a test is told that passed for another answer, alike or not."""

BUSY = "busy"
"""What is said if the time was up for want of a processor."""

_LATE = ("late", "abandoned")

NOTEBOOK = "notebook"
"""Who sends in a flow what no consumer sends."""


class Verdict:
    """What came of a check.

    Args:
        exercise: the exercise.
        answer: the learner's.

    Attributes:
        stage: where it was played, if it was.
        key: which of the exercise's texts fits.
        at: the event to mark.
        values: what stands in the text.
        place: the learner's line, if it is known already.
        output: what was printed, if anything ran.
        clue: the slip that it comes of, if it is a known one.
        caught: the first exception that the learner's code caught since the
            scenario's last step, if it did.
        elsewhere: the line of another cell that an error came from, if none of
            the tested one led there.
    """

    def __init__(self, exercise: Exercise, answer: Any) -> None:
        self.exercise = exercise
        self.answer = answer
        self.stage: Stage | None = None
        self.key = "solved"
        self.at: Event | None = None
        self.values: dict[str, Any] = {
            "number": exercise.number,
            "wanted": exercise.name,
        }
        self.place: SourceLine | None = None
        self.output = Output()
        self.clue: Clue | None = None
        self.caught: Caught | None = None
        self.elsewhere: SourceLine | None = None
        self._is_own: IsOwn = is_learners

    # Judging

    def judge(self, run: Outcome, limit: float) -> None:
        """Take note of how the scenario ended."""
        self.output, self._is_own = run.output, run.trace.is_own
        if run.late:
            self._late(run, limit)
        elif run.output.forgotten and _may_be_forgotten(run.error):
            forgotten = run.output.forgotten[0]
            self.because(Unsolved("forgotten", forgotten=f"{forgotten}()"))
            self.place = run.output.place
            self.clue = of_forgotten(self.answer, forgotten, run.output)
        elif isinstance(run.error, Unsolved):
            self.because(run.error)
            clue = self._found_clue(run.error.raised, run.trace)
            self.clue = clue if clue and self._is_here(clue.place) else None
        elif run.error is not None:
            self._broke(run.error)
        if not self.solved and self.key != BUSY:
            self._name_hidden(run.trace)

    def _name_hidden(self, trace: Trace) -> None:
        """Take note of the exception that the learner's code hid, if any."""
        expected = names_caught(self.exercise.solution)
        found = [c for c in caught(trace) if not expected & kinds_of(c)]
        now = [c for c in found if c.mishap.arrival >= self._start()]
        hidden = [c for c in now if c.hides][:1]
        hidden = hidden or [c for c in found if c.hides][-1:]
        if hidden:
            late = trace.late is not None and (
                hidden[0].mishap.arrival >= trace.late
            )
            provoked = self.key in self.exercise.provoked
            self.clue = of_hidden(hidden[0], late=late, provoked=provoked)
        self.caught = now[0] if now else None

    def because(self, ended: Unsolved) -> None:
        """Take note of why the exercise is not solved."""
        self.key, self.at = ended.key, ended.at
        if self._is_here(ended.where):
            self.place = ended.where or self.place
        if self.stage is not None:
            self.values |= self.stage.values
        self.values |= ended.values
        if ended.raised is not None:
            self._blame(ended.raised)
        if self.at is not None and self.at.kind == "crash":
            self.values |= {
                "error": f"`{self.at.type}`",
                "text": self.at.payload["text"],
                "application": self.at.application,
                "client": self.at.client or "the client",
                "seq": self.at.seq,
                "brought": facts.brought(self._event(self.at.cause)),
            }
        if self.values.get("text") == "":  # what an error says
            self.values["text"] = say("wordless")

    def _found_clue(
        self, raised: BaseException | None, trace: Trace
    ) -> Clue | None:
        """Return the slip that the exercise's miss comes of, if known."""
        since = self.since()
        last = idle_event(since)
        scene = self._scene(trace, last)
        replaced = of_replacing(self.answer, [e.handler for e in since])
        if replaced is not None:
            return replaced
        if self.key == "second loop":
            return of_second_loop(self.answer, self.place)
        if raised is not None:
            message = last if last and last.kind != "receive" else None
            clue = of_error(raised, self.place, self.answer, message, trace)
            # An exercise that has a text of its own for it knows better, but
            # not which of several names, or dicts, it was.
            mistaken = clue and clue.values.get("is_event") is False
            more = clue and clue.key in _TELL_MORE
            own = not self.key.startswith("raised")
            known = None if own and not (mistaken or more) else clue
            return known or of_refused(scene, raised, self.place)
        return of_miss(scene)

    def _scene(self, trace: Trace, last: Event | None) -> Scene:
        # What a function returns is read by who calls it.
        silent = last is not None or not self.acts()
        return Scene(
            self.answer,
            trace,
            self.acts(),
            # Some exercises say themselves which groups were joined.
            () if "joined" in self.values else self.events(),
            self.place_of,
            self.output,
            self.exercise.asks not in ("function", "test") and silent,
            last.handler if last is not None else "",
            [event.handler for event in self.since()],
            shares=keeps_for_all(self.exercise.solution),
            since=self._start(),
            is_test=self.exercise.asks == "test",
            is_alike=self.exercise.asks == "test" and self.key in _ALIKE,
            missing=self.exercise.text(self.key).missing.partition(" ")[0],
        )

    def _late(self, run: Outcome, limit: float) -> None:
        if run.starved:  # nothing is known of the code then
            self.because(Unsolved(BUSY))
            return
        at = f" in `{run.place.function}`" if run.place else ""
        key = "abandoned" if run.abandoned else "late"
        self.because(Unsolved(key, limit=f"{limit:g}", place=at))
        self.place = run.place
        self.clue = of_waiting(self.answer, run.trace, run.place)
        if run.abandoned and run.stubborn and run.place:
            line = catches_all(run.trace, run.place)
            self.key = self.key if line is None else "stubborn"
            self.values["at"] = line
        if self.key in _LATE and run.place is not None:
            self.clue = self.clue or endless(run.trace.codes(), run.place)

    def _broke(self, error: BaseException) -> None:
        """Take note of an error that the scenario itself stumbled over."""
        kind = f"`{type_name(error)}`"
        self.because(Unsolved("broken", error=kind, text=words(error)))
        self._blame(error)

    def _blame(self, error: BaseException) -> None:
        """Take note of the learner's line that an error came from."""
        self.place = stack_frames.of_error(error, self._is_own)
        if self.place is None:
            self.elsewhere = stack_frames.of_error(error)

    def _is_here(self, place: SourceLine | None) -> bool:
        """Return whether a line, if there is one, is of the tested cell."""
        return place is None or not place.file or self._is_own(place.file)

    # What the journal says of it

    @property
    def solved(self) -> bool:
        """Whether the exercise is solved."""
        return self.key == "solved"

    def events(self) -> tuple[Event, ...]:
        """Return all that happened."""
        return () if self.stage is None else self.stage.events

    def _event(self, number: int | None) -> Event | None:
        return next((e for e in self.events() if e.seq == number), None)

    def since(self) -> Sequence[Event]:
        """Return what happened since the scenario's last step.

        When all is well, it is the whole that counts.
        """
        start = 0 if self.solved else self._start()
        return [e for e in self.events() if e.arrival >= start]

    def _start(self) -> int:
        """Return the number of arrival at which the last step began."""
        return 0 if self.stage is None else self.stage.steps.start

    def own(self) -> list[Event]:
        """Return what happened without what the scenario itself brought."""
        asks = self.exercise.asks
        return [
            event
            for event in self.since()
            if asks == "function"
            or (asks != "test" and event.source != NOTEBOOK)
        ]

    def acts(self) -> list[Event]:
        """Return what the learner's code did."""
        return [event for event in self.own() if event.traits.by_code]

    def fault(self) -> SourceLine | None:
        """Return the line of the fault, if a fact says that it is there."""
        if self.clue is not None and self.clue.place is not None:
            return self.clue.place
        # Where it was when the time was up may be any line.
        return None if self.key in _LATE else self.place

    def line(self) -> tuple[str, SourceLine | None]:
        """Return a line to show, and what is said of it.

        It is that of the fault; or else, called so, that of what the code did
        last, or of where what ran begins.
        """
        if (fault := self.fault()) is not None:
            return say("fault line", line=fault.line), fault
        if self.place is not None:
            return say("late line", line=self.place.line), self.place
        marked = [self.at] if self.at is not None else []
        for event in (*marked, *reversed(self.acts())):
            if (place := self.place_of(event)) is not None:
                said = say("act line", line=place.line, seq=event.seq)
                return said, place
        first = self._defined()
        line = "" if first is None else first.line
        return say("first line", line=line), first

    def place_of(self, event: Event) -> SourceLine | None:
        """Return the learner's line that brought an event about."""
        if self.stage is None:
            return None
        return self.stage.journal.place_of(event)

    def _defined(self) -> SourceLine | None:
        handlers = [e.handler for e in self.since() if e.handler]
        found = defined_at(self.answer, ["__init__", *handlers][-1])
        return found if self._is_here(found) else None


def _may_be_forgotten(error: BaseException | None) -> bool:
    """Return whether a coroutine that was never awaited may be the reason.

    Of one that a second loop was to run, it is not: that refused to.
    """
    refused = isinstance(error, Unsolved) and error.key == "second loop"
    return error is not None and not refused
