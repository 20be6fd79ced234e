"""Stories of a classroom that an invariant of exercise 12.3 is tried on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from minichannels.flow import Event
from minichannels.flow.journal.events import Entry
from minichannels.flow.journal.journal import Journal
from minichannels.lab.checking.stage.steps import frame, listed
from minichannels.lab.classroom import Story
from minichannels.lab.exercises.learners import written

Spoken = tuple[Any, str]
"""By whom, and what."""


@dataclass(frozen=True)
class TriedStory:
    """A story, and whether something in it is wrong.

    Attributes:
        key: of the text for whoever does not see it.
        said: what was said, by whom.
        heard: what both heard, and by whom it was as they were told.
        wrong: whether nobody said the last of it, at least.
        gone: whether all have left at the end.
    """

    key: str
    said: Sequence[Spoken]
    heard: Sequence[Spoken]
    wrong: bool = False
    gone: bool = False

    @property
    def faults(self) -> list[Spoken]:
        """What was heard, and was not said so."""
        return [each for each in self.heard if each not in self.said]

    @property
    def call(self) -> str:
        """The call, as the message shows it."""
        return f"signed({'wrong' if self.wrong else 'right'} story)"

    def story(self) -> Story:
        """Return it as a journal tells it."""
        journal = Journal()
        lanes = {}
        for name, _ in self.said:
            lanes[name] = lane = journal.open_lane(name, f"Classroom#{name}")
            journal.add(Entry("receive", lane, "websocket.connect", {}))
            journal.add(Entry("send", lane, "websocket.accept", {}))
        for name, text in self.said:
            frame = {"text": written({"say": text})}
            entry = Entry("receive", lanes[name], "websocket.receive", frame)
            journal.add(entry)
        for number, (by, text) in enumerate(self.heard, start=1):
            told = {"number": number, "said": text, "by": by}
            frame = {"text": written(told)}
            for lane in lanes.values():
                journal.add(Entry("send", lane, "websocket.send", frame))
        for lane in lanes.values() if self.gone else ():
            kind, gone = "websocket.disconnect", {"code": 1000}
            entry = Entry("receive", lane, kind, gone)
            entry.ends = True
            journal.add(entry)
        return Story(journal.line_up())


def in_words(value: Any) -> str:
    """Return something that an invariant yields, as a message shows it."""
    if isinstance(value, tuple | list):
        return listed([*map(in_words, value)])
    if isinstance(value, Event):
        return f"an event of the type `{value.type}`"
    return frame(value)


def tells(event: Any, by: Any, text: str) -> bool:
    """Return whether an event told a page what was said, and by whom."""
    if not isinstance(event, Event) or event.kind != "send":
        return False
    return written({"said": text, "by": by})[1:-1] in event.payload["text"]
