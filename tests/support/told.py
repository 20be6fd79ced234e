"""A journal of a classroom that a test writes by hand."""

import json
from typing import Any

from minichannels.flow.journal.events import Entry, Lane
from minichannels.flow.journal.journal import Journal
from minichannels.lab.classroom.story import Story


class Told:
    """A journal of clients that were told something."""

    def __init__(self) -> None:
        self.journal = Journal()

    def comes(self, name: str) -> Lane:
        lane = self.journal.open_lane(name, f"Classroom#{name}")
        self.add("receive", lane, "websocket.connect")
        self.add("send", lane, "websocket.accept")
        return lane

    def add(self, kind: str, lane: Lane, type_: str, **payload: Any) -> None:
        entry = Entry(kind, lane, type_, payload)
        entry.ends = type_ == "websocket.disconnect"
        self.journal.add(entry)

    def sends(self, lane: Lane, content: Any) -> None:
        self.add("receive", lane, "websocket.receive", text=written(content))

    def gets(self, lane: Lane, content: Any) -> None:
        self.add("send", lane, "websocket.send", text=written(content))

    @property
    def story(self) -> Story:
        return Story(self.journal.line_up())


def written(content: Any) -> str:
    return content if isinstance(content, str) else json.dumps(content)
