"""What happened in a classroom, as its journal tells it.

How it works: each connection is a :class:`Visit`, with what its client sent
and what it was sent. Only the journal's events are asked, never the code.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from minichannels.flow.journal.events import Event


@dataclass(frozen=True)
class Spoken:
    """Something that was said, or heard.

    Attributes:
        event: with which it was sent.
        text: what was said; as JSON, if it was no text.
        by: who said it.
        number: the number that it was heard with; 0 without one.
    """

    event: Event
    text: str
    by: Any
    number: int = 0


class Visit:
    """One connection to the classroom.

    Args:
        events: all that happened there, in order.

    Attributes:
        events: the same.
        came: the event with which it began.
        name: the client's name.
        accepted: the event that let it in, if it was let in.
        over: the event with which it ended, if it has ended.
        asked: what the client sent, each event with the dict that it held.
        told: what the client was sent, in the same way.
    """

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = events
        self.came = events[0]
        self.name = self.came.client
        self.accepted = self._first(type="websocket.accept")
        self.over = self._first(ends=True)
        self.asked = list(self._dicts("receive"))
        self.told = list(self._dicts("send"))

    @cached_property
    def heard(self) -> list[Spoken]:
        """What was said, as this client was told of it."""
        return [
            Spoken(
                event,
                as_text(it["said"]),
                it.get("by"),
                _number(it.get("number")),
            )
            for event, it in self.told
            if "said" in it
        ]

    @property
    def after(self) -> int:
        """The number after which the client asked to be told everything."""
        asked = [it["after"] for _, it in self.asked if "after" in it]
        return _number(asked[0]) if asked else 0

    def last(self, key: str) -> tuple[Event, Any]:
        """Return what the client was told last under a key.

        Without such a thing it is None, and the event is the connection's
        first one.
        """
        found = [(event, it[key]) for event, it in self.told if key in it]
        return found[-1] if found else (self.came, None)

    def _first(self, **values: Any) -> Event | None:
        return next(
            (
                event
                for event in self.events
                if all(getattr(event, k) == v for k, v in values.items())
            ),
            None,
        )

    def _dicts(self, kind: str) -> Iterator[tuple[Event, dict[str, Any]]]:
        for event in self.events:
            text = event.payload.get("text")
            if event.kind == kind and isinstance(text, str):
                it = _parsed(text)
                if isinstance(it, dict):
                    yield event, it


class Story:
    """All visits to a classroom, until the moment at which it is judged.

    Args:
        events: the line-up of its journal.

    Attributes:
        events: the same.
        visits: the connections, in order of opening.
    """

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = events
        self._by_number = {event.seq: event for event in events if event.seq}
        lanes: dict[int, list[Event]] = {}
        for event in events:
            if event.client:
                lanes.setdefault(event.connection, []).append(event)
        self.visits = [Visit(lanes[number]) for number in sorted(lanes)]

    @property
    def there(self) -> list[Visit]:
        """Those who are there at the end."""
        return [v for v in self.visits if v.accepted and not v.over]

    @property
    def said(self) -> list[Spoken]:
        """What the clients said, in the order in which it arrived."""
        said = [
            Spoken(event, as_text(it["say"]), visit.name)
            for visit in self.visits
            for event, it in visit.asked
            if "say" in it
        ]
        return sorted(said, key=lambda spoken: spoken.event.arrival)

    def root(self, event: Event) -> Event:
        """Return the event that an event follows from, first of all."""
        while event.cause in self._by_number:
            event = self._by_number[event.cause]
        return event


def as_text(value: Any) -> str:
    """Return a text that a page sent, or was sent, and all else as JSON.

    Whoever plays a page, or has written the consumer, may send anything. An
    invariant can compare it all the same.
    """
    return value if isinstance(value, str) else json.dumps(value)


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
