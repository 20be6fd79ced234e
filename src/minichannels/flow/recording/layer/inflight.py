"""What is under way in one layer: sends, and the deliveries that came of them.

How it works: a reserved key in every message holds the *token* of the act that
sent it. So whoever reads a copy, in whatever process, knows which it came of:
token and channel name one delivery. That may be in several journals, in each
as one *copy*. What nobody reads must not stay for ever: of all channels
together, only the deliveries sent last are remembered.
"""

import itertools
import os
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from minichannels.flow.journal.events import Entry, Lane, Who, next_id
from minichannels.flow.journal.journal import KEPT, Journal
from minichannels.flow.journal.payloads import snapshot, words
from minichannels.flow.recording.application.causes import own

KEY = "minichannels.act"
"""The reserved key: in every message that is under way while it is recorded."""

# Another process on the same layer must not use the same tokens.
_PROCESS = os.urandom(4).hex()

MOST_WAITING = KEPT
"""How many deliveries are remembered: no more than a journal keeps."""

Copies = list[tuple[Journal, Entry]]


class TracedSend:
    """A send, while the layer works on it.

    Attributes:
        type: the message's type, as text.
        payload: the message without its type, as it is now.
        message: what to give to the layer.
        id: its place in the order of arrival; 0 if it was not seen.
        entries: for each journal, what was written into it.
        channels: who should get it.
    """

    def __init__(self, message: dict[str, Any]) -> None:
        self.type = words(message.get("type", ""))
        self.payload = snapshot(message)
        for key in ("type", KEY):
            self.payload.pop(key, None)
        self.message = own(message)
        self.id = 0
        self.token = ""
        self.entries: dict[Journal, list[Entry]] = {}
        self.channels: list[str] = []

    def begin(self) -> None:
        """Give the act its number, and the message the token of it."""
        self.id = next_id()
        self.token = self.message[KEY] = f"{_PROCESS}.{self.id}"

    def entry(
        self, kind: str, lane: Lane, source: Who, target: Who, group: str
    ) -> Entry:
        """Return an entry that carries what the message carries."""
        return Entry(kind, lane, self.type, self.payload, source, target, group)


def sender_of(token: str) -> int | None:
    """Return the id of the act that a token names; None if it is not ours."""
    process, _, number = token.partition(".")
    known = process == _PROCESS and number.isdigit()
    return int(number) if known else None


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

    def take_older(self, channel: str, token: str) -> Copies:
        """Return what was sent to a channel before a delivery; forget it."""
        waiting = self._waiting.get(channel, {})
        if token not in waiting:
            return []
        older = list(itertools.takewhile(lambda it: it != token, waiting))
        return [copy for each in older for copy in self.take(channel, each)]
