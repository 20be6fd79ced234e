"""What is under way in one layer: who sent what to whom, and its fate.

How it works: a layer does not tell who will get a message. So this keeps its
own list of members (``groups``). At a send it writes down that there is a
delivery for each of them (``acts``), and compares at ``receive`` which one has
been read (``inflight``).
What became of the others is told by a layer of ours; another layer's silence
is reported as silence. The table of all that a delivery may come to stands in
``statuses``.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from minichannels.flow.journal.cause_key import found_in, without_key
from minichannels.flow.journal.events import Entry, next_id
from minichannels.flow.journal.journal import Journal
from minichannels.flow.recording.application.causes import (
    CAUSE,
    CURRENT,
    Running,
    TracedDelivery,
    TracedMessage,
    handed,
    links,
)
from minichannels.flow.recording.clients.cells import last_cell
from minichannels.flow.recording.layer.acts import Copies, TracedSend
from minichannels.flow.recording.layer.capabilities import LayerCapabilities
from minichannels.flow.recording.layer.channels import ChannelOwners, Journals
from minichannels.flow.recording.layer.groups import RecordedGroups
from minichannels.flow.recording.layer.inflight import InFlight
from minichannels.flow.recording.layer.messages import SentMessage
from minichannels.flow.recording.layer.plans import (
    NOWHERE,
    Actors,
    LaneRow,
    Plan,
)
from minichannels.flow.recording.statuses import (
    mark_lost,
    mark_overtaken,
    mark_read,
    mark_refused,
    mark_waiting,
    mark_without_room,
)
from minichannels.layers.forking import new_rlock

# At each message: to look them up takes as long as what they do.
_running, _cause = CURRENT.get, CAUSE.get


class Deliveries:
    """The recorder's own knowledge of one channel layer.

    Args:
        layer: the layer.
        alias: its alias, for its name.
        journals: gives the journals of all who record now.

    Attributes:
        name: the layer's name in the flow.
        capabilities: what the layer itself tells.
    """

    def __init__(self, layer: Any, alias: str, journals: Journals) -> None:
        self.name = "layer" if alias == "default" else f"layer {alias}"
        self.capabilities = LayerCapabilities(layer)
        self._lock = new_rlock()
        self._journals = journals
        self._owners = ChannelOwners(journals)
        self._groups = RecordedGroups(
            self.name, self._owners, self.capabilities.groups
        )
        self._in_flight = InFlight()
        self._waiting = self._in_flight.waiting

    def remembered(self) -> int:
        """Return how many things take room here."""
        return len(self._owners) + len(self._groups) + len(self._in_flight)

    def begin(self, journal: Journal) -> None:
        """Tell a journal what was known before its beginning."""
        with self._lock:
            self._owners.introduce(journal)

    # Mailboxes and groups

    def made(self, channel: str) -> None:
        """Note a channel that is nobody's mailbox yet."""
        with self._lock:
            self._owners.who(channel)

    def owns(self, channel: str, connection: Running) -> None:
        """Note whose mailbox a channel is, until the connection ends."""
        with self._lock:
            if self._owners.owner(channel) is connection:
                return
            self._owners.owns(channel, connection)
        ends, key = connection.on_end, (self, channel)
        ends[key] = partial(self._abandoned, channel, connection)
        # A task may outlive its connection, which calls nothing any more then.
        # Who takes the call out makes it, be it here or there.
        if connection.over and (abandoned := ends.pop(key, None)):
            abandoned()

    def _abandoned(self, channel: str, connection: Running) -> None:
        """Note that whoever read a mailbox is gone."""
        with self._lock:
            haunts = self._groups.haunt(channel, connection)
            if haunts or channel in self._in_flight:
                self._owners.abandoned(channel)
            else:
                self._owners.forget(channel)

    def joins(self, group: str, channel: str) -> Copies:
        """Note a member; return what was written, to take it back."""
        with self._lock:
            return self._groups.join(group, channel)

    def did_not_join(self, group: str, channel: str, written: Copies) -> None:
        """Take back a membership that the layer refused."""
        with self._lock:
            self._groups.take_back(group, channel, written)

    def leaves(self, group: str, channel: str) -> None:
        """Note the end of a membership."""
        with self._lock:
            self._groups.leave(group, channel)

    def released(self, channel: str) -> None:
        """Note that a mailbox has left its groups and is gone."""
        with self._lock:
            self._groups.end(channel)

    def cleared(self) -> None:
        """Note that all messages and all groups are gone."""
        with self._lock:
            for channel, act in self._in_flight:
                self._lose(channel, act, "undelivered")
            self._groups.clear()

    def finish(self, journal: Journal) -> None:
        """Write down what nobody has read until the end of a journal."""
        with self._lock:
            sends = dict.fromkeys(act for _, act in self._in_flight)
            for channel, act in self._in_flight:
                journals = act.journals(channel)
                # What others have written down goes on waiting there.
                if journals == [journal]:
                    self._lose(channel, act, "undelivered")
                elif journal in journals:
                    copies = act.copies(act.plan.index[channel])
                    own = [copy for copy in copies if copy[0] is journal]
                    self._note_loss(channel, own, "undelivered")
            for act in sends:
                act.leaves(journal)
            self._owners.forget_plans()

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
        group = ""
        if kind == "group_send":
            group = self._owners.shown.of(name)
        act = TracedSend(message)
        act.kind, act.layer, act.group = kind, self.name, group
        act.cause = act.begun_in = None
        act.is_sent = False
        connection = _running()
        if connection is not None or _cause() is not None:
            # First: what stands for a request that was not read comes before.
            act.cause, act.begun_in = links()
        with self._lock:
            if not self._post_as_before(act, name, connection):
                self._post(act, name)
            if self.capabilities.has_queues:
                act.full = self.capabilities.full(act.plan.channels)
        return act

    def _post_as_before(
        self, act: TracedSend, name: str, connection: Running | None
    ) -> bool:
        """Do in few steps what :meth:`_post` does, if it is as most often.

        Returns:
            Whether it is: somebody has sent there since the same ones read it,
            and one journal has all of it.
        """
        plan = self._owners.plans[act.kind].get(name)
        row = None if plan is None else plan.usual
        if plan is None or row is None or act.is_odd:
            return False  # it is not known, or there is more to it
        if connection is not None:
            journal, lane = connection.journal, connection.lane
            if plan.journals != (journal,):
                return False
        elif plan.actors and plan.journals == self._journals():
            ((journal, lane),) = plan.actors
        else:
            return False
        if journal.crowded or journal.log is not None or act.of_http:
            return False
        self._in_flight.begin(act)
        rooms = self.capabilities.rooms(plan.channels)
        act.goes_as_most(plan, row, journal, lane, rooms)
        self._in_flight.add(act)
        journal.add_act(act)
        return True

    def _post(self, act: TracedSend, name: str) -> None:
        # Here: no act that begins later comes before it.
        self._in_flight.begin(act)
        plan, actors = self._plan(act.kind, name)
        if actors and not act.group:
            plan.member = self._owners.who(name)
        for journal, _ in actors:
            if journal.log and journal.log.joins and not act.key:
                act.mark(act.id)
        act.goes(plan, actors, self.capabilities.rooms(plan.channels))
        self._in_flight.add(act)
        for part in act.parts:
            part.journal.add_act(part)

    def _plan(self, kind: str, name: str) -> tuple[Plan, Actors]:
        """Return who gets a message and who sends it: often, as before."""
        owners = self._owners
        connection = _running()
        if connection is None:
            journals = self._journals()
        else:
            journals = (connection.journal,)
        plan = owners.plans[kind].get(name)
        if (
            plan is None
            or plan.journals != journals
            # There a lane that has a name may be another one each time.
            or [each for each in journals if each.crowded]
        ):
            actors = owners.actors()
            plan = self._planned(kind, name, journals)
            owners.remember(kind, name, plan)
            return plan, actors
        if connection is not None:
            return plan, ((connection.journal, connection.lane),)
        return plan, plan.actors or owners.remember_actors(plan)

    def _planned(
        self, kind: str, name: str, journals: tuple[Journal, ...]
    ) -> Plan:
        if self._in_flight.tidy():
            self._owners.forget_plans()
        to_group = kind == "group_send"
        channels = self._groups.members(name) if to_group else [name]
        rows: dict[Journal, LaneRow] = {}
        for place, channel in enumerate(channels):
            for journal, lane in self._owners.readers(channel, journals):
                row = rows.get(journal)
                if row is None:
                    row = rows[journal] = LaneRow(len(channels))
                row.add(place, lane)
        waiting = self._in_flight.mailboxes(channels)
        return Plan(channels, waiting, rows, journals)

    def posted(self, act: TracedSend) -> None:
        """Note which mailboxes had no room, where the layer can be looked at.

        They were full, and what lay in them last does so still: an item of a
        queue is there once.
        """
        with self._lock:
            now = self.capabilities.full(act.full)
            for channel, last in act.full.items():
                if now.get(channel) is last:
                    copies = self._in_flight.take(channel, act)
                    self._note_loss(channel, copies, "full")

    def refused(self, act: TracedSend, error: BaseException) -> None:
        """Note that the layer did not take a message."""
        # By its name: Channels has a ChannelFull of its own.
        full = type(error).__name__ == "ChannelFull"
        with self._lock:
            parts = act.parts
            for channel in list(act.places):
                capacity = self.capabilities.capacity(channel)
                copies = self._in_flight.take(channel, act)
                for _, entry in copies if full else ():
                    mark_without_room(entry, "refused", capacity)
        if full:
            return
        for part in parts:
            part.journal.take_back(set(part.deliveries()))
            for sent in part.done():
                mark_refused(sent, "raised")

    def reads(  # noqa: C901, PLR0915  # whatever is read passes here: no calls
        self,
        channel: str,
        message: Mapping[str, Any],
        by_connection: bool = False,
    ) -> TracedMessage:
        """Note that a message was read; return it as an event.

        Args:
            channel: where it was.
            message: the message.
            by_connection: whether it is handed to one's application.
        """
        try:
            waiting = self._waiting[channel]
            act = waiting[0]  # or nothing waits there
            moved = act.moved
            known = act.is_usual and act.message == message
        except Exception:  # it contains itself, or what cannot be compared
            known = False
        # To take it is one step: no other thread has it then.
        if not known or (index := act.places.pop(channel, None)) is None:
            with self._lock:
                return self._reads(channel, message)
        waiting.remove(act)
        journal = act.journal
        if moved[index] != act.lanes[index].moved:
            return handed(message, mark_read(act.entry(index), journal))
        clock = journal.clock  # faster than to call a method that is none
        act.times[index] = clock()
        if act.made:
            act.settle(index)
        if journal.watchers:
            journal.changed()
        if by_connection:  # which asks for it at once
            return handed(message, act.entry(index))
        event = TracedDelivery(message)
        event.part, event.index, event.left = act, index, False
        return event

    def _reads(self, channel: str, message: Mapping[str, Any]) -> TracedMessage:
        """Do the same for what is not as most are."""
        in_flight = self._in_flight
        act, copies = in_flight.take_of(channel, message)
        if act is not None and not self.capabilities.losses:
            for _, entry in in_flight.take_older(channel, act):
                mark_overtaken(entry)
        read = None
        for journal, entry in copies:
            marked = mark_read(entry, journal)
            read = marked if read is None else read
        if read is None:
            read = self._read_unexpectedly(channel, message)
        found = without_key(message)
        if act is None:
            return handed(found, read, last_cell())
        # Whoever gets it may send on what is hidden in it.
        return handed(found, read, act.cell, act.hidden)

    def _read_unexpectedly(
        self, channel: str, message: Mapping[str, Any]
    ) -> Entry:
        """Return what says that something was read: of what, is not known."""
        for _, entry in self._unexpected(channel, message):
            return entry
        # Whoever kept a recorded layer may use it when nobody records.
        return Entry("deliver", NOWHERE, "", {})

    def _unexpected(self, channel: str, message: Mapping[str, Any]) -> Copies:
        """Write down a message of which it was not seen that it was sent."""
        sent, sender = SentMessage(message), self._in_flight.recent(message)
        written, number = [], next_id()
        journals = self._owners.journals()
        for journal, lane in self._owners.readers(channel, journals):
            entry = sent.entry_of("deliver", lane, self.name, lane, "")
            entry.id = number
            if sender is None:
                entry.origin = found_in(message)
            else:
                entry.cause = sender.id
            journal.add(entry)
            written.append((journal, entry))
        return written

    def lost(self, channel: str, message: dict[str, Any], reason: str) -> None:
        """Note what a layer tells of."""
        with self._lock:
            # What does not fit came last; what was too old came first.
            is_last = reason.startswith("full")
            act, copies = self._in_flight.take_of(channel, message, is_last)
            if act is None and found_in(message):
                copies = self._unexpected(channel, message)
                for _, entry in copies:
                    mark_waiting(entry, 1, self.capabilities.capacity(channel))
            self._note_loss(channel, copies, reason)
            if reason == "expired":
                self._leaves_all(channel)

    def _leaves_all(self, channel: str) -> None:
        """Note that all memberships ended, before what is sent just now."""
        self._groups.end(channel)
        for act in self._in_flight.under_way(channel):
            for journal, entry in self._in_flight.take(channel, act):
                journal.take_back({entry})

    def _lose(self, channel: str, act: TracedSend, reason: str) -> None:
        copies = self._in_flight.take(channel, act)
        self._note_loss(channel, copies, reason)

    def _note_loss(self, channel: str, copies: Copies, reason: str) -> None:
        for journal, entry in copies:
            if reason.startswith("full"):
                mark_without_room(
                    entry, "dropped", self.capabilities.capacity(channel)
                )
            elif reason == "expired":
                mark_lost(entry, journal, reason, self.capabilities.expired())
            else:
                mark_lost(entry, journal, reason, reason)
