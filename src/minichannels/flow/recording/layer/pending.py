"""Deliveries under way: written down when sent, looked up when read.

How it works: a message carries a token, its sender's; with the channel it
names one delivery. That may be in several journals, in each as one *copy*.
What nobody reads must not stay for ever: of all channels together, only the
deliveries sent last are remembered.
"""

import itertools
from collections import OrderedDict
from collections.abc import Iterator

from minichannels.flow.journal.events import Entry
from minichannels.flow.journal.journal import KEPT, Journal

MOST_WAITING = KEPT
"""How many deliveries are remembered: no more than a journal keeps."""

Copies = list[tuple[Journal, Entry]]


class InFlight:
    """The deliveries of one layer that nobody has read yet."""

    def __init__(self) -> None:
        self._waiting: dict[str, dict[str, Copies]] = {}
        # In the order in which they were sent. (A plain dict would search for
        # its first key, past all that were taken.)
        self._all: OrderedDict[tuple[str, str], None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, channel: str) -> bool:
        return channel in self._waiting

    def __iter__(self) -> Iterator[tuple[str, str, Copies]]:
        """Yield channel, token and copies; each may be taken at its turn."""
        for channel, token in list(self._all):
            yield channel, token, self._waiting[channel][token]

    def number(self, channel: str) -> int:
        """Return how many deliveries of a channel are remembered."""
        return len(self._waiting.get(channel, ()))

    def add(self, channel: str, token: str, copies: Copies) -> None:
        """Remember a delivery; forget the oldest if there are too many."""
        self._waiting.setdefault(channel, {})[token] = copies
        self._all[channel, token] = None
        if len(self._all) > MOST_WAITING:
            self.take(*next(iter(self._all)))

    def take(self, channel: str, token: str) -> Copies:
        """Return a delivery and forget it; nothing if it is not known."""
        waiting = self._waiting.get(channel)
        if waiting is None or token not in waiting:
            return []
        del self._all[channel, token]
        copies = waiting.pop(token)
        if not waiting:
            del self._waiting[channel]
        return copies

    def take_older(self, channel: str, token: str) -> list[Copies]:
        """Return what was sent to a channel before a delivery; forget it."""
        waiting = self._waiting.get(channel, {})
        if token not in waiting:
            return []
        older = itertools.takewhile(lambda other: other != token, waiting)
        return [self.take(channel, other) for other in list(older)]
