"""Who is a member of which group, as far as it passed through the recorder.

A layer does not tell who will get what is sent to a group. So the recorder has
a list of its own, and writes down who comes, who goes, and who is a *ghost*: a
member whose consumer is gone, so that nobody reads what is sent to it.
"""

import math
from collections.abc import Iterable, Mapping

from minichannels.flow.journal.events import Entry, next_id
from minichannels.flow.recording.application.causes import Running, links
from minichannels.flow.recording.layer.acts import Copies
from minichannels.flow.recording.layer.channels import ChannelOwners
from minichannels.layers.membership import Membership

NO_MEMBER = "was no member"
"""What is said of who leaves a group in vain: perhaps its name is misspelt."""


class RecordedGroups:
    """The groups of one layer.

    Args:
        layer: the layer's name in the flow.
        owners: whose mailbox each channel is.
        known: the groups that it has already, with their members.
    """

    def __init__(
        self,
        layer: str,
        owners: ChannelOwners,
        known: Mapping[str, Iterable[str]],
    ) -> None:
        self._layer = layer
        self._owners = owners
        # Without a clock: that a membership was too old, the layer tells.
        self._membership = Membership(expiry=math.inf)
        # Copied in single steps: other threads go on using the layer.
        for group, channels in list(known.items()):
            for channel in list(channels):
                self._membership.add(group, channel, 0)

    def __len__(self) -> int:
        """Return how many groups take room here."""
        return len(self._membership.groups)

    def members(self, group: str) -> list[str]:
        """Return the channels that get what is sent to a group."""
        return self._membership.members(group, 0)

    def join(self, group: str, channel: str) -> Copies:
        """Note a member; return what was written, to take it back."""
        self._owners.forget_plans()
        self._membership.add(group, channel, 0)
        return self._moved("join", "group_add", group, channel)

    def leave(self, group: str, channel: str) -> None:
        """Note the end of a membership."""
        # Of others it is not known which groups they are in.
        is_known = self._owners.owner(channel) is not None
        members = self._membership.groups.get(group, ())
        was_member = channel in members or not is_known
        self._owners.forget_plans()
        self._membership.discard(group, channel)
        why = "" if was_member else NO_MEMBER
        self._moved("leave", "group_discard", group, channel, why)

    def take_back(self, group: str, channel: str, written: Copies) -> None:
        """Take back a membership that the layer refused."""
        self._owners.forget_plans()
        self._membership.discard(group, channel)
        for journal, entry in written:
            journal.take_back({entry})

    def end(self, channel: str) -> None:
        """End all memberships of a channel."""
        self._owners.forget_plans()
        self._membership.discard_channel(channel)

    def clear(self) -> None:
        """End all memberships."""
        self._owners.forget_plans()
        self._membership.clear()

    def haunt(self, channel: str, connection: Running) -> bool:
        """Note a ghost in each group of a channel; return if there is one."""
        groups, lane = self._membership.groups_of(channel), connection.lane
        for group in map(self._owners.shown.of, groups):
            note = Entry("ghost", lane, "ghost", {}, lane, group)
            note.group = group
            note.member, note.cause = lane, connection.last
            connection.journal.add(note)
        return bool(groups)

    def _moved(
        self, kind: str, type_: str, group: str, channel: str, why: str = ""
    ) -> Copies:
        written = []
        group, number = self._owners.shown.of(group), next_id()
        for journal, lane in self._owners.actors():
            entry = Entry(kind, lane, type_, {}, lane, self._layer)
            entry.group, entry.reason = group, why
            entry.id, entry.member = number, self._owners.who(channel)
            entry.cause, entry.begun_in = links()
            journal.add(entry)
            written.append((journal, entry))
        return written
