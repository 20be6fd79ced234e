"""Who is a member of which group, and since when.

How it works: two mappings of the same facts, so that neither a send to a
group nor a channel that leaves has to search. A group's members stand in the
order in which they joined: the first is the first whose time is over.

Source: Channels, "Channel Layer Specification", "Groups".
"""


class Membership:
    """The groups of a channel layer.

    Args:
        expiry: seconds after which a membership ends by itself.

    Attributes:
        groups: for each group, when each of its channels joined.
    """

    def __init__(self, expiry: float) -> None:
        self.expiry = expiry
        self.groups: dict[str, dict[str, float]] = {}
        self._of_channel: dict[str, set[str]] = {}

    def add(self, group: str, channel: str, now: float) -> None:
        """Begin a membership, or renew it."""
        members = self.groups.setdefault(group, {})
        members.pop(channel, None)  # to the end
        members[channel] = now
        self._of_channel.setdefault(channel, set()).add(group)

    def discard(self, group: str, channel: str) -> None:
        """End a membership, if there is one."""
        members = self.groups.get(group, {})
        members.pop(channel, None)
        if not members:
            self.groups.pop(group, None)
        # A program may have changed the groups by hand, and this not.
        groups = self._of_channel.get(channel, set())
        groups.discard(group)
        if not groups:
            self._of_channel.pop(channel, None)

    def discard_channel(self, channel: str) -> None:
        """End all memberships of a channel."""
        for group in self.groups_of(channel):
            self.discard(group, channel)

    def members(self, group: str, now: float) -> list[str]:
        """Return a group's channels, without those whose time is over."""
        members = self.groups.get(group, {})
        while members:
            channel, joined = next(iter(members.items()))
            if now - joined <= self.expiry:
                break
            self.discard(group, channel)
        return list(members)

    def groups_of(self, channel: str) -> list[str]:
        """Return the groups that a channel is a member of, by name."""
        return sorted(self._of_channel.get(channel, ()))

    def clear(self) -> None:
        """End all memberships of all channels."""
        self.groups.clear()
        self._of_channel.clear()
