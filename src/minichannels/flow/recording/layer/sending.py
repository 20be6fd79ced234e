"""A send, while a layer works on it, and the token that its message carries.

How it works: a reserved key in every message holds the token of the act that
sent it. So whoever reads a copy, in whatever process, knows which it came of.
"""

import os
from typing import Any

from minichannels.flow.journal.events import Entry, Lane, Who, next_id
from minichannels.flow.journal.journal import Journal
from minichannels.flow.journal.payloads import snapshot, words
from minichannels.flow.recording.application.causes import own

KEY = "minichannels.act"
"""The reserved key: in every message that is under way while it is recorded."""

# Another process on the same layer must not use the same tokens.
_PROCESS = os.urandom(4).hex()


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
