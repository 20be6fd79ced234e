"""A journal that also knows which line of the learner's code did what.

Whatever an application sends is written down while the learner's code stands
still in that call: in this thread, or (for a sync consumer) in the one of the
crew's that waits for it. So the line is there to be read.
"""

from collections.abc import Iterable

from minichannels.flow.journal.events import Entry, Event
from minichannels.flow.journal.journal import Journal
from minichannels.flow.journal.keeping import WholeAct
from minichannels.flow.journal.kinds import KINDS
from minichannels.lab.checking.sandbox import stack_frames
from minichannels.lab.checking.sandbox.stack_frames import SourceLine
from minichannels.lab.checking.sandbox.threads import Crew
from minichannels.lab.checking.sandbox.tracing import ACTING


class LinedJournal(Journal):
    """A journal with lines.

    Args:
        crew: the threads that the learner's code runs on.
    """

    def __init__(self, crew: Crew) -> None:
        super().__init__()
        self._crew = crew
        self._places: dict[int, SourceLine] = {}

    def add(self, *entries: Entry) -> None:
        """Add what happened, and note which line it was."""
        super().add(*entries)
        self._note(entries)

    def add_act(self, act: WholeAct) -> None:
        """Add a send and its deliveries, and note which line it was."""
        super().add_act(act)
        self._note(act.done())

    def _note(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            if KINDS[entry.kind].by_code:
                place = self._place()
                if place is not None:
                    self._places[entry.id] = place

    def place_of(self, event: Event) -> SourceLine | None:
        """Return the line that brought an event about."""
        return self._places.get(event.arrival)

    def _place(self) -> SourceLine | None:
        is_own = self._crew.trace.is_own
        here = stack_frames.here(is_own)
        if here is not None:
            return here
        # A sync handler waits in its own thread for what it has called.
        acting = ACTING.get()[-1:]
        if not acting or acting[0] not in self._crew:
            return None
        return stack_frames.of_thread(acting[0], is_own)
