"""What came of a check, and which of the learner's lines is shown.

What the code did is told by the journal (``diagnosis.facts``), what should
have happened by the exercise's texts; which of them fits, ``report.judging``
finds out. The line that is shown is the learner's own: that of the fault, if a
fact says which it is. Else it is one that did something, or where the handler
begins that ran, and it is called so.
"""

from collections.abc import Sequence
from typing import Any

from minichannels.flow import Event
from minichannels.lab.checking.diagnosis import facts
from minichannels.lab.checking.diagnosis.caught import Caught
from minichannels.lab.checking.diagnosis.clues import Clue
from minichannels.lab.checking.diagnosis.definitions import defined_at
from minichannels.lab.checking.sandbox import stack_frames
from minichannels.lab.checking.sandbox.output import Output
from minichannels.lab.checking.sandbox.stack_frames import (
    IsOwn,
    SourceLine,
    is_learners,
)
from minichannels.lab.checking.stage.exercise import Exercise
from minichannels.lab.checking.stage.miss import Unsolved
from minichannels.lab.checking.stage.stage import Stage
from minichannels.lab.checking.texts.texts import say

LATE = ("late", "abandoned")
"""What is said if the time was up; ``abandoned`` if the code goes on still."""

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
        is_own: tells whether a file is the cell that is tested.
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
        self.is_own: IsOwn = is_learners

    def because(self, ended: Unsolved) -> None:
        """Take note of why the exercise is not solved."""
        self.key, self.at = ended.key, ended.at
        if self.is_here(ended.where):
            self.place = ended.where or self.place
        if self.stage is not None:
            self.values |= self.stage.values
        self.values |= ended.values
        if ended.raised is not None:
            self.blame(ended.raised)
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

    def blame(self, error: BaseException) -> None:
        """Take note of the learner's line that an error came from."""
        self.place = stack_frames.of_error(error, self.is_own)
        if self.place is None:
            self.elsewhere = stack_frames.of_error(error)

    def is_here(self, place: SourceLine | None) -> bool:
        """Return whether a line, if there is one, is of the tested cell."""
        return place is None or not place.file or self.is_own(place.file)

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
        start = 0 if self.solved else self.start()
        return [e for e in self.events() if e.arrival >= start]

    def start(self) -> int:
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

    def meant(self) -> list[Event]:
        """Return the same, and what is marked, if that came before."""
        own, at = self.own(), self.at
        if at is None or not at.traits.by_code or at in own:
            return own
        return own if self.exercise.asks == "test" else [at, *own]

    def acts(self) -> list[Event]:
        """Return what the learner's code did."""
        return [event for event in self.own() if event.traits.by_code]

    def only_left(self) -> bool:
        """Return whether what ran last is told of a client that has gone.

        That is no news where an answer has nothing to do then. If the time was
        up, it is the check that has had the client go, and came too late.
        """
        if self.key in LATE:
            return False
        runs = [event.handler for event in self.since() if event.handler]
        last = runs[-1] if runs else ""
        name = "disconnect"
        return last.endswith(name) and name not in self.exercise.solution

    def fault(self) -> SourceLine | None:
        """Return the line of the fault, if a fact says that it is there."""
        if self.clue is not None and self.clue.place is not None:
            return self.clue.place
        # Where it was when the time was up may be any line.
        return None if self.key in LATE else self.place

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
        return found if self.is_here(found) else None
