"""From a verdict to a message.

What the code did is told by the journal (``diagnosis.facts``), what should have
happened by the exercise's texts, and by those of the slip that it comes of.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from minichannels.flow import Event, Flow
from minichannels.lab.checking.diagnosis import facts
from minichannels.lab.checking.diagnosis.answers import MISSING
from minichannels.lab.checking.diagnosis.cells import written
from minichannels.lab.checking.diagnosis.clues import of_hidden
from minichannels.lab.checking.report import figure
from minichannels.lab.checking.report.message import Message, Section
from minichannels.lab.checking.report.placing import (
    OTHER_CELL,
    UNFINISHED,
    UNREADABLE,
    UNTOUCHED,
    Calling,
    placed,
)
from minichannels.lab.checking.report.tries import PATIENCE
from minichannels.lab.checking.report.verdict import LATE, Verdict
from minichannels.lab.checking.stage.miss import BUSY
from minichannels.lab.checking.texts.misconceptions import (
    explained,
    fits,
    truth,
)
from minichannels.lab.checking.texts.slips import ADVICE
from minichannels.lab.checking.texts.texts import (
    Text,
    filled,
    say,
    translated,
)

_TITLES = {
    UNTOUCHED: "so far",
    **dict.fromkeys((OTHER_CELL, UNFINISHED, UNREADABLE), "tested"),
}
_NOT_THEIRS = ("solved", BUSY, *_TITLES)

# How the library's errors say what would be right.
_ADVISED = "; (?:choose|define|write) "


@dataclass(frozen=True, repr=False)
class Result(Message):
    """A message, with what it is about.

    Attributes:
        key: which of the exercise's texts it is.
        flow: what moved.
    """

    key: str = ""
    flow: Flow = field(default_factory=lambda: Flow(()))


def composed(verdict: Verdict, calling: Calling | None = None) -> Result:
    """Return the message of a verdict.

    Args:
        verdict: what came of the check.
        calling: how it was called; by default nothing is held back.
    """
    calling = calling or Calling()
    told, coy = placed(verdict, calling), False
    if verdict.solved:
        calling.tries.forget(verdict.exercise.number)
        text, end = _text(verdict), _ending(verdict)
        if told is not verdict:
            text = replace(text, did=_text(told).did)
    else:
        verdict, count = told, _counted(told, calling)
        coy = count < PATIENCE
        text = _text(verdict, coy=coy)
        end = _next(verdict, text, coy=coy)
        calling.tries.keep(verdict.exercise.number, _held(verdict, text))
    return Result(
        number=verdict.exercise.number,
        solved=verdict.solved,
        headline=text.headline,
        sections=tuple(filter(_says, _sections(verdict, text, coy))),
        end=end,
        key=verdict.key,
        flow=Flow(verdict.events()),
    )


def _counted(verdict: Verdict, calling: Calling) -> int:
    """Note the try, if what was tested is the learner's own."""
    if verdict.key in _NOT_THEIRS or verdict.answer is MISSING:
        return 0
    code = written(verdict.answer, calling.cells)
    return calling.tries.add(verdict.exercise.number, code)


# The text


def _text(verdict: Verdict, *, coy: bool = False) -> Text:
    """Return the text of a verdict, with all values in it.

    Args:
        verdict: what came of the check.
        coy: whether to leave out how the library would mend it.
    """
    values, clue = verdict.values, verdict.clue
    text = _filled(verdict.exercise.text(verdict.key), values, coy)
    slip = "" if clue is None else clue.key
    of_handlers = verdict.key in LATE and verdict.exercise.asks == "test"
    if text.why and (of_handlers or not fits(text.why, slip)):
        text = replace(text, why="")
    if verdict.key == "raised" and not text.should:
        text = replace(text, should=_wanted(verdict))
    if clue is None:
        return text
    # Apart: of a slip, and of an exercise, a name may be that of two things.
    line = clue.place.line if clue.place is not None else ""
    advice = translated("advice", clue.key, ADVICE[clue.key])
    values = {**values, "line": line, **clue.values}
    return _advised(text, _filled(advice, values, coy))


def _wanted(verdict: Verdict) -> str:
    """Return what the exercise asks for, which its text for the stub tells.

    That is of the example: of what is drawn it says nothing.
    """
    texts = verdict.exercise.texts
    drawn = verdict.stage is None or verdict.stage.draw.turn > 0
    if drawn or UNTOUCHED not in texts:
        return ""
    should = verdict.exercise.text(UNTOUCHED).should
    return "" if "$" in should else should


def _filled(text: Text, values: Mapping[str, Any], coy: bool) -> Text:
    if coy and "text" in values:
        told = re.split(_ADVISED, str(values["text"]))[0]
        values = {**values, "text": told}
    return Text(
        **{key: filled(part, values) for key, part in vars(text).items()}
    )


def _advised(text: Text, advice: Text) -> Text:
    """Return an exercise's text, with what is said of a slip in it."""
    if advice.headline:  # what the exercise says is what came of that
        text = replace(text, headline=advice.headline, did="", why="")
    return replace(
        text,
        did=f"{text.did}\n{advice.did}".strip(),
        should=advice.should or text.should,
        next=advice.next or text.next or advice.first,
        why=advice.why if advice.should else text.why,
    )


# The sections


def _sections(verdict: Verdict, text: Text, coy: bool) -> list[Section]:
    did = " ".join(filter(None, [_caught(verdict), _facts(verdict), text.did]))
    did = "\n".join(filter(None, [did, _elsewhere(verdict)]))
    steps = "" if verdict.stage is None else verdict.stage.steps.told()
    label, line = "", None
    if verdict.key not in _NOT_THEIRS:
        label, line = verdict.line()
    printed = verdict.output.shown()
    why = explained(text.why, coy=coy) if text.why else ""
    where, image = _picture(verdict, text, coy)
    return [
        Section(say("I did"), steps),
        Section(say(_TITLES.get(verdict.key, "did")), did, line, label),
        Section(say("printed"), f"`{printed}`" if printed else ""),
        Section(say("shows" if verdict.solved else "should"), text.should),
        Section(say("why"), why, tag=text.why),
        Section(
            say("picture" if verdict.solved else "where"), where, image=image
        ),
    ]


def _picture(verdict: Verdict, text: Text, coy: bool) -> tuple[str, str]:
    """Return what to look at, in words, and the picture."""
    if verdict.solved:
        return figure.beginning(verdict.events())
    return figure.shown(
        [_shortened(event, coy) for event in _rows(verdict)],
        _mark(verdict),
        text.missing,
        text.whose,
        [_shortened(event, coy) for event in verdict.events()],
    )


def _shortened(event: Event, coy: bool) -> Event:
    """Return an event without how the library would mend an error."""
    if not coy or event.kind != "crash":
        return event
    told = re.split(_ADVISED, event.payload["text"])[0]
    return replace(event, payload={**event.payload, "text": told})


def _says(section: Section) -> bool:
    return bool(section.words or section.place)


def _facts(verdict: Verdict) -> str:
    exercise = verdict.exercise
    theirs = verdict.key not in _NOT_THEIRS
    lines = verdict.place_of if theirs else (lambda event: None)
    meant = verdict.meant()
    idle = verdict.only_left() and not verdict.acts()
    said = "" if idle else facts.told(meant, exercise.name, lines)
    if said or exercise.text(verdict.key).did or verdict.stage is None:
        return said
    return facts.nothing(verdict.since(), exercise, verdict.stage.returned)


def _caught(verdict: Verdict) -> str:
    """Return what the learner's code caught; if it hid it, a slip says so."""
    caught = verdict.caught
    if caught is None or caught.mishap.origin is None or caught.hides:
        return ""
    return say("caught it", **of_hidden(caught).values)


def _elsewhere(verdict: Verdict) -> str:
    """Return the line of another cell that an error came from."""
    place = verdict.elsewhere
    if place is None or verdict.key in _NOT_THEIRS:
        return ""
    return say("elsewhere", function=place.function, code=place.code)


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


def _mending(verdict: Verdict, text: Text) -> str:
    """Return how to mend the answer, or else at least where; if known."""
    line = verdict.fault()
    if text.next or line is None:
        return text.next
    return say("change line", line=line.line)


def _ending(verdict: Verdict) -> str:
    return say("one way", number=verdict.exercise.number)


def _held(verdict: Verdict, text: Text) -> str:
    """Return what a hint says more than a message that is coy."""
    mending = text.first or _mending(verdict, text)
    return f"{mending} {truth(text.why) if text.why else ''}".strip()


def _next(verdict: Verdict, text: Text, *, coy: bool) -> str:
    step = text.first if coy else _mending(verdict, text) or text.first
    nudge = say("nudge", number=verdict.exercise.number)
    return f"{say('next')}: {step or say('change')} {nudge}"
