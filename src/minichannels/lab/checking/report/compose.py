"""From a verdict to a message.

What the code did is told by the journal (``diagnosis.facts``), what should have
happened by the exercise's texts, and by those of the slip that it comes of.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from minichannels.flow import Event, Flow
from minichannels.lab.checking.diagnosis import facts
from minichannels.lab.checking.report import figure, progress
from minichannels.lab.checking.report.message import Message, Section
from minichannels.lab.checking.report.verdict import Verdict
from minichannels.lab.checking.texts.misconceptions import truth
from minichannels.lab.checking.texts.slips import ADVICE
from minichannels.lab.checking.texts.texts import Text, filled, say, translated


@dataclass(frozen=True, repr=False)
class Result(Message):
    """A message, with what it is about.

    Attributes:
        key: which of the exercise's texts it is.
        flow: what moved.
    """

    key: str = ""
    flow: Flow = field(default_factory=lambda: Flow(()))


def composed(verdict: Verdict) -> Result:
    """Return the message of a verdict."""
    text = _filled(_advised(verdict), _values(verdict))
    exercise = verdict.exercise
    bar = progress.of_lesson(exercise.lesson) if verdict.solved else None
    return Result(
        number=exercise.number,
        solved=verdict.solved,
        headline=text.headline,
        sections=tuple(filter(_says, _sections(verdict, text))),
        end=_next(verdict, text) if bar is None else _ending(verdict, *bar),
        bar=bar,
        key=verdict.key,
        flow=Flow(verdict.events()),
    )


# The text


def _advised(verdict: Verdict) -> Text:
    """Return the exercise's text, with what the clue says in it."""
    text = verdict.exercise.text(verdict.key)
    if verdict.clue is None:
        return text
    key = verdict.clue.key
    advice = translated("advice", key, ADVICE[key])
    return replace(
        text,
        did=f"{text.did}\n{advice.did}".strip(),
        should=advice.should or text.should,
        next=advice.next or text.next,
        why=advice.why if advice.should else text.why,
    )


def _values(verdict: Verdict) -> Mapping[str, Any]:
    clue = verdict.clue
    if clue is None:
        return verdict.values
    line = clue.place.line if clue.place is not None else ""
    return {**verdict.values, "line": line, **clue.values}


def _filled(text: Text, values: Mapping[str, Any]) -> Text:
    return Text(
        **{key: filled(part, values) for key, part in vars(text).items()}
    )


# The sections


def _sections(verdict: Verdict, text: Text) -> list[Section]:
    did = " ".join(filter(None, [_facts(verdict), text.did]))
    steps = "" if verdict.stage is None else verdict.stage.steps.told()
    line = None if verdict.solved else verdict.line()
    printed = verdict.output.shown()
    why = truth(text.why) if text.why else ""
    where, image = "", ""
    if not verdict.solved:
        where, image = figure.shown(
            _rows(verdict),
            _mark(verdict),
            text.missing,
            text.whose,
            verdict.events(),
        )
    return [
        Section(say("I did"), steps),
        Section(say("did"), did, line),
        Section(say("printed"), f"`{printed}`" if printed else ""),
        Section(say("shows" if verdict.solved else "should"), text.should),
        Section(say("why"), why, tag=text.why),
        Section(say("where"), where, image=image),
    ]


def _says(section: Section) -> bool:
    return bool(section.words or section.place)


def _facts(verdict: Verdict) -> str:
    exercise = verdict.exercise
    said = facts.told(verdict.own(), exercise.name)
    if said or exercise.text(verdict.key).did or verdict.stage is None:
        return said
    return facts.nothing(verdict.since(), exercise)


def _rows(verdict: Verdict) -> list[Event]:
    """Return the events to show: since the last step, and the marked."""
    shown = {event.seq for event in verdict.since() if event.seq}
    if verdict.at is not None:
        shown.add(verdict.at.seq)
    return [event for event in verdict.events() if event.seq in shown]


def _mark(verdict: Verdict) -> Event | None:
    """Return the event to mark: the last thing that the code did."""
    acts = verdict.acts()
    return verdict.at or (acts[-1] if acts else None)


# The end


def _next(verdict: Verdict, text: Text) -> str:
    step, line = text.next, verdict.known_line()
    if not step and line is not None:
        step = say("change line", line=line.line)
    step = step or say("change")
    nudge = say("nudge", number=verdict.exercise.number)
    return f"{say('next')}: {step} {nudge}"


def _ending(verdict: Verdict, done: int, total: int) -> str:
    exercise = verdict.exercise
    stand = say("progress", lesson=exercise.lesson, done=done, all=total)
    return f"{stand} {say('one way', number=exercise.number)}"
