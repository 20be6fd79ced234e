"""What is under way in one layer: members, mailboxes, messages that wait.

How it works: a layer does not tell who will get a message. So this keeps its
own list of members, from what passes through ``group_add`` and
``group_discard``. At a send it writes down a delivery for each of them, and a
reserved key in the message tells, at ``receive``, which delivery has been
read. What became of the others is told by a layer of ours; another layer's
silence is reported as silence.
"""

import itertools
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from minichannels.flow.connection import Connection
from minichannels.flow.events import Entry, Lane, Who, next_id
from minichannels.flow.handed import (
    CAUSE,
    CURRENT,
    Handed,
    handed,
    plain,
)
from minichannels.flow.journal import Journal

KEY = "minichannels.act"
"""The reserved key: in every message that is under way while it is recorded."""

NOTEBOOK = "notebook"
"""Who acts when no application does."""

MOST_WAITING = 10_000
"""How many deliveries of one channel are remembered."""

Journals = Callable[[], Iterable[Journal]]

# Another process on the same layer must not use the same keys.
_PROCESS = os.urandom(4).hex()


class Act:
    """A send, while the layer works on it.

    Attributes:
        message: what to give to the layer.
        entries: for each journal, what was written into it.
        channels: who should get it.
    """

    def __init__(self, id_: int, message: dict[str, Any]) -> None:
        self.id = id_
        self.payload = plain(message)
        self.message = {**self.payload, KEY: f"{_PROCESS}.{id_}"}
        self.entries: dict[Journal, list[Entry]] = {}
        self.channels: list[str] = []


class Mail:
    """The recorder's own knowledge of one channel layer.

    Args:
        layer: the layer.
        alias: its alias, for its name.
        journals: gives the journals of all who record now.
    """

    def __init__(self, layer: Any, alias: str, journals: Journals) -> None:
        self.name = "layer" if alias == "default" else f"layer {alias}"
        self._layer = layer
        self._journals = journals
        self._lock = threading.RLock()
        self._owners: dict[str, Connection] = {}
        self._names: dict[str, str] = {}
        self._pending: dict[str, dict[str, list[tuple[Journal, Entry]]]] = {}
        known = getattr(layer, "groups", None)
        self._members: dict[str, dict[str, None]] = {
            group: dict.fromkeys(channels)
            for group, channels in (
                known.items() if isinstance(known, Mapping) else ()
            )
        }
        self._groups_of: dict[str, set[str]] = {}
        for group, channels in self._members.items():
            for channel in channels:
                self._groups_of.setdefault(channel, set()).add(group)
        # A layer of ours says which messages are lost; others do not.
        self._tells = hasattr(layer, "observer")

    # Mailboxes

    def owns(self, channel: str, connection: Connection) -> None:
        """Note whose mailbox a channel is."""
        self._owners[channel] = connection
        connection.addresses[channel] = self

    def abandoned(self, channel: str, lane: Lane) -> None:
        """Note that whoever read a mailbox is gone; still a member: a ghost."""
        with self._lock:
            groups = sorted(self._groups_of.get(channel, ()))
            owner = self._owners.get(channel)
            if owner is not None:
                for group in groups:
                    note = Entry("ghost", lane, "ghost", {}, source=lane)
                    note.group, note.member, note.target = group, lane, group
                    note.cause = owner.last
                    owner.journal.add(note)
            if not groups and channel not in self._pending:
                self._owners.pop(channel, None)

    def released(self, channel: str) -> None:
        """Note that a mailbox has left its groups and is gone."""
        with self._lock:
            self._leaves_all(channel)
            self._owners.pop(channel, None)

    def cleared(self) -> None:
        """Note that all messages and all groups are gone."""
        with self._lock:
            for channel in list(self._pending):
                for token in list(self._pending[channel]):
                    self._lost(channel, token, "undelivered")
            self._members.clear()
            self._groups_of.clear()

    def finish(self, journal: Journal) -> None:
        """Write down what nobody has read until the end of a journal."""
        with self._lock:
            for channel in list(self._pending):
                for token, copies in list(self._pending[channel].items()):
                    if any(copy[0] is journal for copy in copies):
                        self._lost(channel, token, "undelivered")

    # Groups

    def joins(self, group: str, channel: str) -> list[tuple[Journal, Entry]]:
        """Note a member; return what was written, to take it back."""
        written = self._moved("join", "group_add", group, channel)
        with self._lock:
            self._members.setdefault(group, {})[channel] = None
            self._groups_of.setdefault(channel, set()).add(group)
        return written

    def leaves(self, group: str, channel: str) -> list[tuple[Journal, Entry]]:
        """Note the end of a membership; return what was written."""
        written = self._moved("leave", "group_discard", group, channel)
        self._leaves(group, channel)
        return written

    def did_not_join(
        self,
        group: str,
        channel: str,
        written: list[tuple[Journal, Entry]],
    ) -> None:
        """Take back a membership that the layer refused."""
        self._leaves(group, channel)
        for journal, entry in written:
            journal.take_back({entry})

    def _moved(
        self, kind: str, type_: str, group: str, channel: str
    ) -> list[tuple[Journal, Entry]]:
        written = []
        for journal in self._concerned():
            lane = self._here(journal)
            entry = Entry(kind, lane, type_, {}, lane, self.name, group)
            entry.member = self._who(channel)
            entry.cause = CAUSE.get()
            journal.add(entry)
            written.append((journal, entry))
        return written

    def _leaves(self, group: str, channel: str) -> None:
        with self._lock:
            self._members.get(group, {}).pop(channel, None)
            self._groups_of.get(channel, set()).discard(group)

    def _leaves_all(self, channel: str) -> None:
        for group in self._groups_of.pop(channel, ()):
            self._members.get(group, {}).pop(channel, None)

    # Messages

    def posts(self, kind: str, name: str, message: dict[str, Any]) -> Act:
        """Write down a send, and a delivery for each who should get it.

        Args:
            kind: ``group_send`` or ``channel_send``.
            name: the group's name, or the channel's.
            message: what the layer was given.
        """
        act = Act(next_id(), message)
        group = name if kind == "group_send" else ""
        with self._lock:
            for journal in self._concerned():
                lane = self._here(journal)
                sent = _entry(kind, lane, act, lane, self.name, group)
                sent.id, sent.cause = act.id, CAUSE.get()
                sent.member = "" if group else self._who(name)
                act.entries[journal] = [sent]
            for channel in self._members.get(name, ()) if group else (name,):
                self._address(act, group, channel)
            for journal, entries in act.entries.items():
                journal.add(*entries)
        return act

    def _address(self, act: Act, group: str, channel: str) -> None:
        waiting = self._pending.setdefault(channel, {})
        owner = self._owners.get(channel)
        copies = []
        for journal in self._concerned() if owner is None else (owner.journal,):
            lane = (
                journal.named_lane(self._plain_name(channel))
                if owner is None
                else owner.lane
            )
            entry = _entry(
                "deliver", lane, act, group or self.name, lane, group
            )
            entry.cause = entry.act = act.id
            entry.status = "waiting"
            entry.reason = self._waits(channel, len(waiting) + 1)
            act.entries.setdefault(journal, []).append(entry)
            copies.append((journal, entry))
        waiting[act.message[KEY]] = copies
        act.channels.append(channel)
        if len(waiting) > MOST_WAITING:
            del waiting[next(iter(waiting))]

    def refused(self, act: Act, error: BaseException) -> None:
        """Note that the layer did not take a message."""
        token = act.message[KEY]
        full = type(error).__name__ == "ChannelFull"
        with self._lock:
            for channel in act.channels:
                copies = self._taken(channel, token) or []
                for journal, entry in copies:
                    if full:
                        entry.status = "refused"
                        entry.reason = self._full(channel)
                    else:
                        journal.take_back({entry})
            for entries in act.entries.values():
                if not full and entries[0].id == act.id:
                    entries[0].status, entries[0].reason = "refused", "raised"

    def reads(self, channel: str, message: dict[str, Any]) -> Handed:
        """Note that a message was read; return it, without our key."""
        token = str(message.get(KEY, ""))
        # Not out of the layer's own dict: some hand one out several times.
        message = {k: v for k, v in message.items() if k != KEY}
        with self._lock:
            if not self._tells:
                self._passed_over(channel, token)
            copies = self._taken(channel, token)
            if not copies:
                copies = self._unexpected(channel, token, message)
            read = [_read(journal, entry) for journal, entry in copies]
        reader = CURRENT.get()
        if reader is not None and channel not in self._owners:
            read[0].target = reader.lane
        return handed(message, read[0])

    def lost(
        self, channel: str, message: dict[str, Any], reason: str
    ) -> dict[str, Any]:
        """Note what a layer tells of; return the message without our key."""
        token = message.pop(KEY, "")
        with self._lock:
            self._lost(channel, token, reason)
            if reason == "expired":  # which ends all memberships
                self._leaves_all(channel)
        return message

    def _lost(self, channel: str, token: str, reason: str) -> None:
        for journal, entry in self._taken(channel, token) or ():
            if reason.startswith("full"):
                entry.status, entry.reason = "dropped", reason
                continue
            loss = _followed("loss", entry, reason)
            if reason == "expired":
                loss.reason = f"expired {self._layer.expiry:g} s"
            journal.add(loss)

    def _passed_over(self, channel: str, token: str) -> None:
        """Note what a later message has overtaken: it was never kept."""
        waiting = self._pending.get(channel, {})
        if token not in waiting:
            return
        older = itertools.takewhile(lambda other: other != token, waiting)
        for other in list(older):
            for _, entry in self._taken(channel, other) or ():
                entry.status, entry.reason = "undelivered", "not received"

    def _unexpected(
        self, channel: str, token: str, message: dict[str, Any]
    ) -> list[tuple[Journal, Entry]]:
        """Write down a message whose sending was not seen from here."""
        process, _, number = token.partition(".")
        act = Act(int(number) if process == _PROCESS else 0, message)
        owner = self._owners.get(channel)
        written = []
        # Whoever kept a recorded layer may use it when nobody records.
        journals = self._concerned() if owner is None else (owner.journal,)
        for journal in journals or (Journal(),):
            lane = self._here(journal) if owner is None else owner.lane
            entry = _entry("deliver", lane, act, self.name, lane, "")
            entry.cause = act.id or None
            journal.add(entry)
            written.append((journal, entry))
        return written

    def _taken(
        self, channel: str, token: str
    ) -> list[tuple[Journal, Entry]] | None:
        waiting = self._pending.get(channel, {})
        copies = waiting.pop(token, None)
        if not waiting:
            self._pending.pop(channel, None)
        return copies

    # Names

    def _concerned(self) -> Iterable[Journal]:
        """Return the journals that what happens now belongs to."""
        connection = CURRENT.get()
        if connection is None:
            return self._journals()
        return (connection.journal,)

    @staticmethod
    def _here(journal: Journal) -> Lane:
        connection = CURRENT.get()
        if connection is None:
            return journal.named_lane(NOTEBOOK)
        return connection.lane

    def _who(self, channel: str) -> Who:
        owner = self._owners.get(channel)
        return self._plain_name(channel) if owner is None else owner.lane

    def _plain_name(self, channel: str) -> str:
        """Return a channel's name without the random part."""
        if "!" not in channel:
            return channel
        number = len(self._names) + 1
        return self._names.setdefault(channel, f"channel#{number}")

    # Capacity

    def _capacity(self, channel: str) -> int | None:
        ask = getattr(self._layer, "get_capacity", None)
        return None if ask is None else int(ask(channel))

    def _waits(self, channel: str, number: int) -> str:
        capacity = self._capacity(channel)
        of = "" if capacity is None else f"/{capacity}"
        return f"waits {number}{of}"

    def _full(self, channel: str) -> str:
        capacity = self._capacity(channel)
        return "full" if capacity is None else f"full {capacity}/{capacity}"


def _entry(
    kind: str, lane: Lane, act: Act, source: Who, target: Who, group: str
) -> Entry:
    payload = dict(act.payload)
    type_ = str(payload.pop("type", ""))
    return Entry(kind, lane, type_, payload, source, target, group)


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
        entry.status, entry.reason = "delivered", ""
        journal.changed()
        return entry
    if entry.status == "delivered":  # not seen before
        return entry
    read = _followed("read", entry, "delivered")
    read.reason = ""
    journal.add(read)
    return read
