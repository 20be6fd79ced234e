"""What a message says, held against what the code is and what it did."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from minichannels.lab.checking.report.compose import Result
from minichannels.lab.checking.stage.steps import frame

LONGEST = 290
"""So much of a value is compared: a message cuts what is longer."""


@dataclass(frozen=True)
class Told:
    """A message, and what it is about.

    Attributes:
        result: the message.
        code: the learner's cell.
    """

    result: Result
    code: str

    @property
    def lines(self) -> list[str]:
        """The lines of the cell."""
        return self.code.splitlines()

    @property
    def words(self) -> str:
        """All that the message says of the code, in one line."""
        result = self.result
        parts = [result.headline, *(s.words for s in result.sections)]
        return " ".join(" ".join([*parts, result.end]).split())

    def line(self, number: str | int) -> str:
        """Return a line of the cell; an empty one if there is none."""
        found = self.lines[int(number) - 1 : int(number)]
        return found[0].strip() if found else ""

    def event(self, number: str) -> Any:
        """Return an event of the flow, if there is such a one."""
        events = [e for e in self.result.flow if e.seq == int(number)]
        return events[0] if events else None


def false_sentences(result: Result, code: str) -> list[str]:
    """Return what a message says that is not so, by rule.

    Args:
        result: the message.
        code: the learner's cell.
    """
    told = Told(result, code)
    return [found for rule in RULES for found in rule(told)]


def _shown_lines(told: Told) -> Iterator[str]:
    """The line that is shown stands in the cell, under its number."""
    for section in told.result.sections:
        place = section.place
        if place is not None and told.line(place.line) != place.code:
            yield f"line {place.line} is not {place.code!r}"


def _named_lines(told: Told) -> Iterator[str]:
    """A line that is named is there, and not empty."""
    for number in re.findall(r"\b[Ll]ine (\d+)", told.words):
        if not told.line(number):
            yield f"there is no line {number}"


def _bare(code: str) -> str:
    """Return code without what Python writes in other ways, too."""
    return re.sub(r"[\s'\"()]", "", code)


def _quoted_code(told: Told) -> Iterator[str]:
    """What is said to stand in a line stands there, or begins there."""
    saying = r"[Ll]ine (\d+),? (?:names|calls|returns|defines|asks)? ?`([^`]*)`"
    for number, quoted in re.findall(saying, told.words):
        following = "".join(told.lines[int(number) - 1 : int(number) + 9])
        if _bare(quoted) not in _bare(following):
            yield f"line {number} has no {quoted!r}"


def _caught(told: Told) -> Iterator[str]:
    """The statement that caught something stands in its line."""
    saying = r"`(except|with|finally)` in line (\d+)"
    for word, number in re.findall(saying, told.words):
        if word != "finally" and word not in told.line(number):
            yield f"line {number} has no {word}"


def _numbered_events(told: Told) -> Iterator[str]:
    """An event that is named is in the flow."""
    for row in re.findall(r"\b[Ee]vents? (\d[\d, …and]*)", told.words):
        for number in re.findall(r"\d+", row):
            if told.event(number) is None:
                yield f"there is no event {number}"


def _told_acts(told: Told) -> Iterator[str]:
    """An event is what it is said to be."""
    saying = r"sent (\w+) `([\w.]+)`(?: `[^`]*`)? \(event (\d+)"
    for client, kind, number in re.findall(saying, told.words):
        event = told.event(number)
        if event is None or (event.client, event.type) != (client, kind):
            yield f"event {number} is no {kind} to {client}"
    for handler, number in re.findall(r"ran `(\w+)` \(event (\d+)", told.words):
        event = told.event(number)
        if event is None or event.handler != handler:
            yield f"event {number} was not handled by {handler}"


def _had_got(told: Told) -> Iterator[str]:
    """What was handled when an error came is of the type that is said."""
    saying = r"had got `([\w.]+)` `.*?` \(event (\d+)\)"
    for kind, number in re.findall(saying, told.words):
        event = told.event(number)
        if event is None or event.type != kind:
            yield f"event {number} is no {kind}"


def _received(told: Told) -> Iterator[str]:
    """What somebody received was sent."""
    sent = [
        value
        for event in told.result.flow
        if event.type == "websocket.send"
        for value in event.payload.values()
    ]
    written = [frame(value).strip("`") for value in sent]
    heard = {*map(str, sent), *map(repr, sent), *written}
    did = " ".join(s.words for s in told.result.sections[:3])
    for value in re.findall(r"received (?:the text )?`([^`]*)`", did):
        begins = _unnamed(value[:LONGEST])
        if not any(_unnamed(each).startswith(begins) for each in heard):
            yield f"nobody received {value!r}"


def _unnamed(text: str) -> str:
    """Return a text in which a channel and its consumer have one name."""
    return re.sub(r"specific\.[.\w]+!\d+|\w+#\d+", "channel", text)


def _raised(told: Told) -> Iterator[str]:
    """An error that ended an application is in the flow."""
    crashes = {
        event.type for event in told.result.flow if event.kind == "crash"
    }
    for kind in re.findall(r"#\d+ raised `?(\w+)", told.words):
        if kind not in crashes:
            yield f"no application raised {kind}"


_INTERNAL = (
    r"\b(?:Stage|Scenario|Recorded)[A-Z]\w+|\b(?:OtherLayer|NoClient|Flood|"
    r"WrongValueError|HandlerError|TracedSteps)\b"
)


def _known_names(told: Told) -> Iterator[str]:
    """No class of the check's own is named: nobody has seen it."""
    for name in re.findall(_INTERNAL, told.words):
        yield f"nobody has seen {name}"


RULES: tuple[Callable[[Told], Iterator[str]], ...] = (
    _shown_lines,
    _named_lines,
    _quoted_code,
    _caught,
    _numbered_events,
    _told_acts,
    _had_got,
    _received,
    _raised,
    _known_names,
)
