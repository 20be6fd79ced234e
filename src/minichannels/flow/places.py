"""Who is connected, and who is in which group, after some events.

How it works: the events are played, one after another, and change what is
known of the place where they happened.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from minichannels.flow.events import Event
from minichannels.flow.words import payload


@dataclass(slots=True)
class Place:
    """One connection, as it stands at the step."""

    name: str
    client: str
    open: bool = True
    how: str = ""
    handler: str = ""
    ghost: bool = False
    waiting: dict[int, str] = field(default_factory=dict)
    capacity: str = ""
    groups: set[str] = field(default_factory=set)


def places_after(events: Sequence[Event]) -> dict[int, Place]:
    """Return what is known of each connection after some events."""
    places = Places()
    for event in events:
        places.play(event)
    return places.shown()


class Places:
    """What is known of each connection, while events are played."""

    def __init__(self) -> None:
        self._places: dict[int, Place] = {}
        self._of_name: dict[str, Place] = {}

    def play(self, event: Event) -> None:
        """Change what is known by one more event."""
        place = self._places.get(event.connection)
        if place is None:
            place = Place(event.application, event.client)
            self._places[event.connection] = place
            self._of_name[event.application] = place
        _play(place, event, self._of_name)

    def shown(self) -> dict[int, Place]:
        """Return the places; those over, and in nothing, are left out."""
        return {
            number: place
            for number, place in self._places.items()
            if place.client or place.groups or place.waiting
        }


def _play(place: Place, event: Event, of_name: dict[str, Place]) -> None:
    if event.ends:
        place.open, place.how = False, _ending(event)
    if event.handler:
        place.handler = event.handler
    if event.kind in ("join", "leave") and event.member in of_name:
        groups = of_name[event.member].groups
        change = groups.add if event.kind == "join" else groups.discard
        change(event.group)
    elif event.kind == "ghost":
        place.ghost = True
    else:
        _play_mailbox(place, event)


def _play_mailbox(place: Place, event: Event) -> None:
    if event.kind == "deliver" and event.status == "waiting":
        place.waiting[event.seq] = payload(event, 14)
        place.capacity = event.reason.partition("/")[2] or place.capacity
    elif event.kind in ("read", "loss"):
        place.waiting.pop(event.cause or 0, None)
        if event.reason.startswith("expired"):  # ends all memberships
            place.groups.clear()


def _ending(event: Event) -> str:
    if event.kind == "crash":
        return f"raised {event.type}"
    code = event.payload.get("code", "")
    return f"left {code}".strip()
