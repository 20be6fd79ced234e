"""Whose mailbox a channel is, and what a channel is called.

A channel's own name ends in random letters. In a flow it is its consumer that
counts, or a number where none is known.
"""

from minichannels.flow.journal.events import Who
from minichannels.flow.recording.application.causes import Running

MOST_GONE = 10_000
"""How many mailboxes of consumers that are gone are remembered."""

MOST_NUMBERED = 10_000
"""How many channels have a number at a time."""


class ChannelOwners:
    """The owners and the names of one layer's channels."""

    def __init__(self) -> None:
        self._owners: dict[str, Running] = {}
        # Those whose connection is over; messages may still come for them.
        self._gone: dict[str, None] = {}
        self._names: dict[str, str] = {}
        self._numbered = 0

    def __len__(self) -> int:
        """Return how many channels take room here."""
        return len(self._owners) + len(self._names)

    def owner(self, channel: str) -> Running | None:
        """Return the connection that reads a channel, if it is known."""
        return self._owners.get(channel)

    def owns(self, channel: str, connection: Running) -> None:
        """Note whose mailbox a channel is."""
        self._owners[channel] = connection

    def abandoned(self, channel: str) -> None:
        """Note that a mailbox's owner is gone; only the last are kept."""
        self._gone[channel] = None
        if len(self._gone) > MOST_GONE:
            self.forget(next(iter(self._gone)))

    def forget(self, channel: str) -> None:
        """Forget whose mailbox a channel was."""
        self._owners.pop(channel, None)
        self._gone.pop(channel, None)

    def who(self, channel: str) -> Who:
        """Return a channel's owner, or a name without the random part."""
        owner = self._owners.get(channel)
        return self.name(channel) if owner is None else owner.lane

    def name(self, channel: str) -> str:
        """Return a channel's name without the random part."""
        if "!" not in channel:
            return channel
        name = self._names.get(channel)
        if name is None:
            self._numbered += 1
            name = self._names[channel] = f"channel#{self._numbered}"
            if len(self._names) > MOST_NUMBERED:
                del self._names[next(iter(self._names))]
        return name
