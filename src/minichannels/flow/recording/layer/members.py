"""Who is a member of which group, as far as it passed through the recorder.

A layer does not tell who will get a message that is sent to a group, so the
recorder keeps a list of its own. It holds nothing but memberships: a group
without members, or a channel without groups, takes no room.
"""

from collections.abc import Iterable, Mapping
from typing import Any


class Members:
    """The members of each group, and the groups of each member.

    Args:
        known: what the layer says of its groups, if it says anything.
    """

    def __init__(self, known: Any = None) -> None:
        self._of_group: dict[str, dict[str, None]] = {}
        self._of_channel: dict[str, dict[str, None]] = {}
        if isinstance(known, Mapping):
            for group, channels in known.items():
                for channel in channels:
                    self.add(group, channel)

    def __len__(self) -> int:
        """Return how many groups and members take room here."""
        return len(self._of_group) + len(self._of_channel)

    def of(self, group: str) -> Iterable[str]:
        """Return the members of a group, in the order in which they came."""
        return tuple(self._of_group.get(group, ()))

    def groups_of(self, channel: str) -> list[str]:
        """Return the groups of a member, by name."""
        return sorted(self._of_channel.get(channel, ()))

    def add(self, group: str, channel: str) -> None:
        """Make a channel a member of a group."""
        self._of_group.setdefault(group, {})[channel] = None
        self._of_channel.setdefault(channel, {})[group] = None

    def discard(self, group: str, channel: str) -> None:
        """End a membership, if there is one."""
        _discard(self._of_group, group, channel)
        _discard(self._of_channel, channel, group)

    def discard_channel(self, channel: str) -> None:
        """End all memberships of a channel."""
        for group in self.groups_of(channel):
            self.discard(group, channel)

    def clear(self) -> None:
        """End all memberships."""
        self._of_group.clear()
        self._of_channel.clear()


def _discard(table: dict[str, dict[str, None]], key: str, name: str) -> None:
    names = table.get(key, {})
    names.pop(name, None)
    if not names:
        table.pop(key, None)
