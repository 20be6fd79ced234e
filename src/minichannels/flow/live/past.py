"""What still holds of the steps that a live view has left out.

How it works: of all that is left out, those events are kept that say who is
connected and who is a member, until others say that it is over. Whenever all
is drawn anew they come first: so nobody is forgotten who is there.
"""

from collections.abc import Iterable

from minichannels.flow.journal.events import Event


class Past:
    """What still holds of events that are shown no more."""

    def __init__(self) -> None:
        self._begun: dict[int, Event] = {}
        self._members: dict[tuple[str, str], list[Event]] = {}

    @property
    def events(self) -> list[Event]:
        """The events that say what still holds, in their order."""
        joins = [event for events in self._members.values() for event in events]
        return sorted([*self._begun.values(), *joins], key=_arrival)

    @property
    def connections(self) -> set[int]:
        """The connections that these events are about."""
        return {event.connection for event in self.events}

    @property
    def members(self) -> set[str]:
        """The names of all members."""
        return {member for member, _ in self._members}

    def take_in(self, events: Iterable[Event]) -> None:
        """Take in events that are left out, in their order."""
        for event in events:
            self._take_in(event)

    def _take_in(self, event: Event) -> None:
        if event.traits.at_socket:
            self._begun.setdefault(event.connection, event)
        else:
            self._note_member(event)
        if event.ends:
            self._begun.pop(event.connection, None)

    def _note_member(self, event: Event) -> None:
        membership = event.member, event.group
        match event.kind:
            case "join":
                self._members.setdefault(membership, [event])
            case "ghost" if membership in self._members:
                self._members[membership].append(event)
            case "leave":
                self._members.pop(membership, None)
            case "loss" if event.status == "expired":  # of all its groups
                kept = self._members.items()
                name = event.application
                self._members = {k: v for k, v in kept if k[0] != name}


def _arrival(event: Event) -> int:
    return event.arrival
