"""A flow: a journal as its reader sees it."""

from collections.abc import Iterator

from minichannels.flow.journal import Event, Journal
from minichannels.flow.text import as_text


class Flow:
    """What moved, event by event; ``print(flow)`` shows it as text.

    Args:
        journal: where the events are; the flow follows it as it grows.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    @property
    def events(self) -> tuple[Event, ...]:
        """The events so far, connection after connection."""
        return self._journal.line_up()

    def __len__(self) -> int:
        return len(self._journal)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return as_text(self.events, self._journal.left_out)
