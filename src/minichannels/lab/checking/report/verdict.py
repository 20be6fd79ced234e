"""What came of a check, and the message that is made of it.

What the code did is told by the journal (``diagnosis.facts``), what should
have happened by the exercise's texts. The line that is shown is the learner's
own: the one that failed, or hung, or last did something; or else the one where
the handler is defined that should have done more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from minichannels.exceptions import type_name
from minichannels.flow import Event, Flow
from minichannels.flow.journal.payloads import words
from minichannels.lab.checking.diagnosis import facts
from minichannels.lab.checking.diagnosis.clues import (
    Clue,
    idle_event,
    of_forgotten,
    of_replacing,
    of_silence,
)
from minichannels.lab.checking.diagnosis.definitions import defined_at
from minichannels.lab.checking.diagnosis.errors import of_error
from minichannels.lab.checking.report import figure, progress
from minichannels.lab.checking.report.message import Message, Section
from minichannels.lab.checking.sandbox import frames
from minichannels.lab.checking.sandbox.frames import SourceLine
from minichannels.lab.checking.sandbox.output import Output
from minichannels.lab.checking.sandbox.runner import Run
from minichannels.lab.checking.stage.exercise import Exercise
from minichannels.lab.checking.stage.miss import Unsolved
from minichannels.lab.checking.stage.stage import Stage
from minichannels.lab.checking.texts.misconceptions import truth
from minichannels.lab.checking.texts.slips import ADVICE
from minichannels.lab.checking.texts.texts import Text, filled, say, translated

LONGEST = 300

NOTEBOOK = "notebook"
"""Who sends in a flow what no consumer sends."""


@dataclass(frozen=True, repr=False)
class Result(Message):
    """A message, with what it is about.

    Attributes:
        key: which of the exercise's texts it is.
        flow: what moved.
    """

    key: str = ""
    flow: Flow = field(default_factory=lambda: Flow(()))


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

    # Judging

    def judge(self, run: Run, limit: float) -> None:
        """Take note of how the scenario ended."""
        self.output = run.output
        if run.late:
            self._late(run, limit)
        elif run.output.forgotten and run.error is not None:
            forgotten = run.output.forgotten[0]
            self.because(Unsolved("forgotten", forgotten=f"{forgotten}()"))
            self.place = run.output.place
            self.clue = of_forgotten(self.answer, forgotten, run.output)
        elif isinstance(run.error, Unsolved):
            self.because(run.error)
            self.clue = self._found_clue(run.error.raised)
        elif run.error is not None:
            self._broke(run.error)

    def because(self, ended: Unsolved) -> None:
        """Take note of why the exercise is not solved."""
        self.key, self.at = ended.key, ended.at
        self.values |= {k: _cut(str(v)) for k, v in ended.values.items()}
        if ended.raised is not None:
            self.place = frames.of_error(ended.raised)
        if self.at is not None and self.at.kind == "crash":
            self.values |= {
                "error": f"`{self.at.type}`",
                "text": _cut(str(self.at.payload["text"])),
                "application": self.at.application,
                "client": self.at.client or "the client",
                "seq": self.at.seq,
            }

    def _found_clue(self, raised: BaseException | None) -> Clue | None:
        """Return the slip that the exercise's miss comes of, if known."""
        since = self._since()
        last = idle_event(since)
        handler = last.handler if last is not None else ""
        replaced = of_replacing(self.answer, [e.handler for e in since])
        if replaced is not None:
            return replaced
        if raised is not None:
            # An exercise that has a text of its own for it knows better.
            if not self.key.startswith("raised"):
                return None
            message = last if last and last.kind != "receive" else None
            return of_error(raised, self._line(), self.answer, message)
        # What a function returns is read by who calls it.
        if self.exercise.asks != "function" and (last or not self._acts()):
            return of_silence(self.answer, handler, self.output)
        return None

    def _late(self, run: Run, limit: float) -> None:
        self.place = run.place
        at = f" in `{run.place.function}`" if run.place else ""
        key = "abandoned" if run.abandoned else "late"
        self.because(Unsolved(key, limit=f"{limit:g}", place=at))

    def _broke(self, error: BaseException) -> None:
        """Take note of an error that the scenario itself stumbled over."""
        self.place = frames.of_error(error)
        kind = f"`{type_name(error)}`"
        self.because(Unsolved("broken", error=kind, text=words(error)))

    # The message

    def result(self) -> Result:
        """Return the message."""
        text, solved = self._text(), self.key == "solved"
        return Result(
            number=self.exercise.number,
            solved=solved,
            headline=self._filled(text.headline),
            sections=tuple(s for s in self._sections(text) if _says(s)),
            end=self._ending() if solved else self._next(text),
            bar=self._bar() if solved else None,
            key=self.key,
            flow=Flow(self._events()),
        )

    def _text(self) -> Text:
        """Return the exercise's text, with what the clue says in it."""
        text = self.exercise.text(self.key)
        if self.clue is None:
            return text
        place, advice = self.clue.place, ADVICE[self.clue.key]
        line = place.line if place is not None else ""
        self.values |= {"line": line, **self.clue.values}
        advice = translated("advice", self.clue.key, advice)
        return replace(
            text,
            did=f"{text.did}\n{advice.did}".strip(),
            should=advice.should or text.should,
            next=advice.next or text.next,
            why=advice.why if advice.should else text.why,
        )

    def _sections(self, text: Text) -> list[Section]:
        solved = self.key == "solved"
        did = " ".join(filter(None, [self._facts(), self._filled(text.did)]))
        line = None if solved else self._line()
        should = self._filled(text.should)
        why = truth(text.why) if text.why else ""
        where, image = "", ""
        if not solved:
            missing = self._filled(text.missing)
            rows, mark, whole = self._rows(), self._mark(), self._events()
            where, image = figure.shown(rows, mark, missing, text.whose, whole)
        return [
            Section(say("I did"), self._told()),
            Section(say("did"), did, line),
            Section(say("printed"), self._printed()),
            Section(say("shows" if solved else "should"), should),
            Section(say("why"), why, tag=text.why),
            Section(say("where"), where, image=image),
        ]

    def _filled(self, text: str) -> str:
        return filled(text, self.values)

    def _events(self) -> tuple[Event, ...]:
        return () if self.stage is None else self.stage.events

    def _since(self) -> Sequence[Event]:
        """Return what happened since the scenario's last step.

        When all is well, it is the whole that counts.
        """
        start = 0
        if self.stage is not None and self.key != "solved":
            start = self.stage.steps.start
        return [e for e in self._events() if e.arrival >= start]

    def _told(self) -> str:
        return "" if self.stage is None else self.stage.steps.told()

    def _facts(self) -> str:
        said = facts.told(self._own(), self.exercise.name)
        if said or self.exercise.text(self.key).did or self.stage is None:
            return said
        return facts.nothing(self._since(), self.exercise)

    def _own(self) -> list[Event]:
        """Return what happened without what the scenario itself sent."""
        function = self.exercise.asks == "function"
        return [
            event
            for event in self._since()
            if function or event.source != NOTEBOOK
        ]

    def _printed(self) -> str:
        shown = self.output.shown()
        return f"`{shown}`" if shown else ""

    def _rows(self) -> list[Event]:
        """Return the events to show: since the last step, and the marked."""
        since = {event.seq for event in self._since() if event.seq}
        marked = {self.at.seq} if self.at is not None else set()
        return [e for e in self._events() if e.seq in since | marked]

    def _mark(self) -> Event | None:
        """Return the event to mark: the last thing that the code did."""
        if self.at is not None:
            return self.at
        return self._acts()[-1] if self._acts() else None

    def _line(self) -> SourceLine | None:
        return self._known_line() or self._defined()

    def _known_line(self) -> SourceLine | None:
        """Return the line that did it."""
        if self.clue is not None and self.clue.place is not None:
            return self.clue.place
        if self.place is not None or self.stage is None:
            return self.place
        journal = self.stage.journal
        marked = [self.at] if self.at is not None else []
        for event in [*marked, *reversed(self._acts())]:
            place = journal.place_of(event)
            if place is not None:
                return place
        return None

    def _acts(self) -> list[Event]:
        return [event for event in self._own() if event.traits.by_code]

    def _defined(self) -> SourceLine | None:
        """Return the line where what should have done it begins."""
        if self.stage is None:
            return None
        handlers = [e.handler for e in self._since() if e.handler]
        return defined_at(self.answer, *handlers[-1:])

    def _next(self, text: Text) -> str:
        step, line = self._filled(text.next), self._known_line()
        if not step and line is not None:
            step = say("change line", line=line.line)
        step = step or say("change")
        nudge = say("nudge", number=self.exercise.number)
        return f"{say('next')}: {step} {nudge}"

    def _ending(self) -> str:
        done, total = self._bar()
        stand = say(
            "progress", lesson=self.exercise.lesson, done=done, all=total
        )
        return f"{stand} {say('one way', number=self.exercise.number)}"

    def _bar(self) -> tuple[int, int]:
        return progress.of_lesson(self.exercise.lesson)


def _says(section: Section) -> bool:
    return bool(section.words or section.place)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
