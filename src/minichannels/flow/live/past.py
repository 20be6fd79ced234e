"""What still holds of the steps that a live view has left out.

How it works: all that is left out goes through a fold of its own, and whenever
all is drawn anew the events come first by which that knows who is connected
and who is a member (``journal.standing``): so nobody is forgotten who is there.
"""

from collections.abc import Iterable

from minichannels.flow.journal.events import Event
from minichannels.flow.journal.standing import OPEN
from minichannels.flow.model.fold import MOST_KEPT, Fold


class Past:
    """What still holds of events that are shown no more."""

    def __init__(self) -> None:
        self._fold = Fold(MOST_KEPT)

    @property
    def events(self) -> list[Event]:
        """The events that say what still holds, in their order."""
        said = [event for fact in self._fold.facts for event in fact.said]
        once = {id(event): event for event in said}  # a ghost may be in two
        return sorted(once.values(), key=_arrival)

    @property
    def connections(self) -> set[int]:
        """The connections that these events are about."""
        return {event.connection for event in self.events}

    @property
    def members(self) -> set[str]:
        """The names of all members."""
        return {f.who.name for f in self._fold.facts if f.where != OPEN}

    def take_in(self, events: Iterable[Event]) -> None:
        """Take in events that are left out, in their order."""
        for event in events:
            self._fold.play(event, event.seq)


def _arrival(event: Event) -> int:
    return event.arrival
