"""What is under way in one layer: who sent what to whom, and its fate.

How it works: a layer does not tell who will get a message. So this keeps its
own list of members. At a send it writes down a delivery for each of them, and
a reserved key in the message tells, at ``receive``, which delivery has been
read. What became of the others is told by a layer of ours; another layer's
silence is reported as silence.
"""

import math
import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from minichannels.flow.journal.events import Entry, Lane
from minichannels.flow.journal.journal import Journal
from minichannels.flow.recording.application.causes import (
    CAUSE,
    CURRENT,
    Running,
    TracedMessage,
    handed,
)
from minichannels.flow.recording.layer.capabilities import LayerCapabilities
from minichannels.flow.recording.layer.channels import ChannelOwners
from minichannels.flow.recording.layer.inflight import (
    KEY,
    Copies,
    InFlight,
    TracedSend,
    sender_of,
)
from minichannels.layers.membership import Membership

NOTEBOOK = "notebook"
"""Who acts when no application does."""

Journals = Callable[[], Iterable[Journal]]


class Deliveries:
    """The recorder's own knowledge of one channel layer.

    Args:
        layer: the layer.
        alias: its alias, for its name.
        journals: gives the journals of all who record now.

    Attributes:
        name: the layer's name in the flow.
        told: what the layer itself tells.
    """

    def __init__(self, layer: Any, alias: str, journals: Journals) -> None:
        self.name = "layer" if alias == "default" else f"layer {alias}"
        self.told = LayerCapabilities(layer)
        self._journals = journals
        self._lock = threading.RLock()
        self._addresses = ChannelOwners()
        # Without a clock: that a layer ended a membership, it has to tell.
        self._members = Membership(expiry=math.inf)
        for group, channels in self.told.groups.items():
            for channel in channels:
                self._members.add(group, channel, 0)
        self._pending = InFlight()

    def remembered(self) -> int:
        """Return how many things take room here."""
        groups = len(self._members.groups)
        return len(self._addresses) + groups + len(self._pending)

    # Mailboxes

    def owns(self, channel: str, connection: Running) -> None:
        """Note whose mailbox a channel is, until the connection ends."""
        with self._lock:
            if self._addresses.owner(channel) is connection:
                return
            self._addresses.owns(channel, connection)
        abandoned = partial(self._abandoned, channel, connection)
        connection.on_end[self, channel] = abandoned

    def _abandoned(self, channel: str, connection: Running) -> None:
        """Note that whoever read a mailbox is gone; still a member: a ghost."""
        with self._lock:
            groups = self._members.groups_of(channel)
            for group in groups:
                lane = connection.lane
                note = Entry("ghost", lane, "ghost", {}, lane, group, group)
                note.member, note.cause = lane, connection.last
                connection.journal.add(note)
            if groups or channel in self._pending:
                self._addresses.abandoned(channel)
            else:
                self._addresses.forget(channel)

    def released(self, channel: str) -> None:
        """Note that a mailbox has left its groups and is gone."""
        with self._lock:
            self._members.discard_channel(channel)

    def cleared(self) -> None:
        """Note that all messages and all groups are gone."""
        with self._lock:
            for channel, token, _ in self._pending:
                self._lose(channel, token, "undelivered")
            self._members.clear()

    def finish(self, journal: Journal) -> None:
        """Write down what nobody has read until the end of a journal."""
        with self._lock:
            for channel, token, copies in self._pending:
                if any(copy[0] is journal for copy in copies):
                    self._lose(channel, token, "undelivered")

    # Groups

    def joins(self, group: str, channel: str) -> Copies:
        """Note a member; return what was written, to take it back."""
        with self._lock:
            self._members.add(group, channel, 0)
            return self._moved("join", "group_add", group, channel)

    def leaves(self, group: str, channel: str) -> None:
        """Note the end of a membership."""
        with self._lock:
            self._members.discard(group, channel)
            self._moved("leave", "group_discard", group, channel)

    def did_not_join(self, group: str, channel: str, written: Copies) -> None:
        """Take back a membership that the layer refused."""
        with self._lock:
            self._members.discard(group, channel)
        for journal, entry in written:
            journal.take_back({entry})

    def _moved(self, kind: str, type_: str, group: str, channel: str) -> Copies:
        written = []
        for journal in self._concerned():
            lane = _here(journal)
            entry = Entry(kind, lane, type_, {}, lane, self.name, group)
            entry.member = self._addresses.who(channel)
            entry.cause = CAUSE.get()
            journal.add(entry)
            written.append((journal, entry))
        return written

    # Messages

    def posts(
        self, kind: str, name: str, message: dict[str, Any]
    ) -> TracedSend:
        """Write down a send, and a delivery for each who should get it.

        Args:
            kind: ``group_send`` or ``channel_send``.
            name: the group's name, or the channel's.
            message: what the layer was given.
        """
        act = TracedSend(message)
        group = name if kind == "group_send" else ""
        with self._lock:
            act.begin()  # here: no act that begins later comes before it
            for journal in self._concerned():
                lane = _here(journal)
                sent = act.entry(kind, lane, lane, self.name, group)
                sent.id, sent.cause = act.id, CAUSE.get()
                sent.member = "" if group else self._addresses.who(name)
                act.entries[journal] = [sent]
            for channel in self._members.members(name, 0) if group else (name,):
                self._address(act, group, channel)
            for journal, entries in act.entries.items():
                journal.add(*entries)
        return act

    def _address(self, act: TracedSend, group: str, channel: str) -> None:
        number = self._pending.number(channel) + 1
        capacity = self.told.capacity(channel)
        copies = []
        for journal, lane in self._readers(channel):
            source = group or self.name
            entry = act.entry("deliver", lane, source, lane, group)
            entry.cause = entry.act = act.id
            _waits(entry, number, capacity)
            act.entries.setdefault(journal, []).append(entry)
            copies.append((journal, entry))
        self._pending.add(channel, act.token, copies)
        act.channels.append(channel)

    def _readers(self, channel: str) -> Iterable[tuple[Journal, Lane]]:
        """Return where a delivery to a channel is written down."""
        owner = self._addresses.owner(channel)
        if owner is not None:
            return ((owner.journal, owner.lane),)
        name = self._addresses.name(channel)
        return [(each, each.named_lane(name)) for each in self._concerned()]

    def refused(self, act: TracedSend, error: BaseException) -> None:
        """Note that the layer did not take a message."""
        with self._lock:
            for channel in act.channels:
                for _, entry in self._pending.take(channel, act.token):
                    self._has_no_room(entry, "refused", channel)
        if type(error).__name__ == "ChannelFull":
            return
        for journal, entries in act.entries.items():
            journal.take_back({e for e in entries if e.id != act.id})
            for sent in (e for e in entries if e.id == act.id):
                sent.become("refused", "raised")

    def reads(self, channel: str, message: dict[str, Any]) -> TracedMessage:
        """Note that a message was read; return it, without our key."""
        token = str(message.get(KEY, ""))
        # Not out of the layer's own dict: some hand one out several times.
        message = {k: v for k, v in message.items() if k != KEY}
        with self._lock:
            if not self.told.losses:
                self._passed_over(channel, token)
            copies = self._pending.take(channel, token)
            read = [_read(journal, entry) for journal, entry in copies]
            if not copies:
                read = self._unexpected(channel, token, message)
        return handed(message, read[0])

    def lost(
        self, channel: str, message: dict[str, Any], reason: str
    ) -> dict[str, Any]:
        """Note what a layer tells of; return the message without our key."""
        token = message.pop(KEY, "")
        with self._lock:
            self._lose(channel, token, reason)
            if reason == "expired":  # which ends all memberships
                self._members.discard_channel(channel)
        return message

    def _lose(self, channel: str, token: str, reason: str) -> None:
        for journal, entry in self._pending.take(channel, token):
            if reason.startswith("full"):
                self._has_no_room(entry, "dropped", channel)
                continue
            loss = _followed("loss", entry, reason)
            if reason == "expired":
                loss.reason = self.told.expired()
            journal.add(loss)

    def _has_no_room(self, entry: Entry, status: str, channel: str) -> None:
        capacity = self.told.capacity(channel)
        words = "full" if capacity is None else f"full {capacity}/{capacity}"
        entry.become(status, words, capacity=capacity)

    def _passed_over(self, channel: str, token: str) -> None:
        """Note what a later message has overtaken: it was never kept."""
        for copies in self._pending.take_older(channel, token):
            for _, entry in copies:
                entry.become("undelivered", "not received")

    def _unexpected(
        self, channel: str, token: str, message: dict[str, Any]
    ) -> list[Entry]:
        """Write down a message whose sending was not seen from here."""
        act, sender = TracedSend(message), sender_of(token)
        written = []
        for journal, lane in self._readers(channel):
            entry = act.entry("deliver", lane, self.name, lane, "")
            entry.cause = sender
            journal.add(entry)
            written.append(entry)
        # Whoever kept a recorded layer may use it when nobody records.
        return written or [act.entry("deliver", Lane(0, "", ""), "", "", "")]

    def _concerned(self) -> Iterable[Journal]:
        """Return the journals that what happens now belongs to."""
        connection = CURRENT.get()
        if connection is None:
            return self._journals()
        return (connection.journal,)


def _here(journal: Journal) -> Lane:
    connection = CURRENT.get()
    if connection is None:
        return journal.named_lane(NOTEBOOK)
    return connection.lane


def _waits(entry: Entry, number: int, capacity: int | None) -> None:
    """Note in which place of its mailbox a message waits."""
    of = ""
    if capacity is not None:
        # More do not fit: a layer that does not tell has dropped some.
        number, of = min(number, capacity), f"/{capacity}"
    words = f"waits {number}{of}"
    entry.become("waiting", words, waiting=number, capacity=capacity)


def _followed(kind: str, entry: Entry, status: str) -> Entry:
    """Return what became of a delivery, as an entry of its own."""
    later = Entry(kind, entry.lane, entry.type, entry.payload)
    later.source, later.target = entry.source, entry.target
    later.group, later.cause = entry.group, entry.id
    later.status = later.reason = status
    return later


def _read(journal: Journal, entry: Entry) -> Entry:
    """Note that a delivery was read; after a wait that is a new event."""
    if entry.moved == entry.lane.moved:
        entry.become("delivered")
        journal.changed()
        return entry
    read = _followed("read", entry, "delivered")
    read.reason = ""
    journal.add(read)
    return read
