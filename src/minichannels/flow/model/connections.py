"""Who is connected, and who is in which group, after some events.

How it works: the events are played, one after another, and change what is
known of the place where they happened.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from minichannels.flow.journal.events import Event
from minichannels.flow.text.wording import payload

Group = tuple[str, str]
"""The names of a layer and of a group on it."""


@dataclass(slots=True)
class ConnectionState:
    """One connection, as it stands at the step.

    Attributes:
        name: what runs there.
        client: its client; empty if it has none.
        open: whether its scope lives.
        how: how that ended, if it did.
        handler: the last handler that was started.
        ghost: whether it is a ghost.
        since: the event that made it one; None if unknown.
        waiting: the messages that wait, by their numbers.
        capacity: how many its mailbox can hold; None if unknown.
        groups: those that it is a member of.
    """

    name: str
    client: str
    open: bool = True
    how: str = ""
    handler: str = ""
    ghost: bool = False
    since: int | None = None
    waiting: dict[int, str] = field(default_factory=dict)
    capacity: int | None = None
    groups: set[Group] = field(default_factory=set)

    @property
    def unread(self) -> bool:
        """Whether this is a mailbox of which no reader is known."""
        return self.name.startswith("channel#") and not self.handler

    @property
    def full(self) -> bool:
        """Whether nothing more can wait."""
        return self.capacity == len(self.waiting)


def places_after(events: Sequence[Event]) -> dict[int, ConnectionState]:
    """Return what is known of each connection after some events."""
    places = Places()
    for event in events:
        places.play(event)
    return places.shown()


class Places:
    """What is known of each connection, while events are played."""

    def __init__(self) -> None:
        self._places: dict[int, ConnectionState] = {}
        self._of_name: dict[str, ConnectionState] = {}

    def play(self, event: Event) -> None:
        """Change what is known by one more event."""
        place = self._places.get(event.connection)
        if place is None:
            place = ConnectionState(event.application, event.client)
            self._places[event.connection] = place
            self._of_name[event.application] = place
        _play(place, event, self._of_name)

    def shown(self) -> dict[int, ConnectionState]:
        """Return the places as they stand now.

        One that is over, and in nothing, is of no interest any more.
        """
        return {
            number: place
            for number, place in map(_as_it_is, self._places.items())
            if place.client or place.groups or place.waiting
        }


def _as_it_is(item: tuple[int, ConnectionState]) -> tuple[int, ConnectionState]:
    """Return a place; a consumer that ends leaves its groups, but a ghost."""
    number, place = item
    if not place.open and not place.ghost:
        place = replace(place, groups=set())
    return number, place


def last_act(events: Sequence[Event]) -> tuple[Event | None, dict[int, Event]]:
    """Return the last event's send, and what it delivered to whom."""
    if not events or events[-1].kind != "deliver":
        return None, {}
    cause = events[-1].cause
    sends = [event for event in events if event.seq and event.seq == cause]
    delivered = {
        event.connection: event
        for event in events
        if event.kind == "deliver" and event.cause == cause
    }
    return (sends[0] if sends else None), delivered


def _play(
    place: ConnectionState, event: Event, of_name: dict[str, ConnectionState]
) -> None:
    if event.ends:
        place.open, place.how = False, _ending(event)
    if event.handler:
        place.handler = event.handler
    if event.kind in ("join", "leave"):
        # Who joins need not be who asks for it.
        groups = of_name.get(event.member, place).groups
        change = groups.add if event.kind == "join" else groups.discard
        change((event.target, event.group))
    elif event.kind == "ghost":
        place.ghost, place.since = True, event.cause
    else:
        _play_mailbox(place, event)


def _play_mailbox(place: ConnectionState, event: Event) -> None:
    if event.kind == "deliver" and event.status == "waiting":
        place.waiting[event.seq] = payload(event, 14)
        place.capacity = event.capacity or place.capacity
    elif event.kind in ("read", "loss"):
        place.waiting.pop(event.cause or 0, None)
        if event.status == "expired":  # ends all memberships
            place.groups.clear()


def _ending(event: Event) -> str:
    if event.kind == "crash":
        return f"raised {event.type}"
    return f"left {event.payload.get('code', '')}".strip()
