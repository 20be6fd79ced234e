"""The lives of several processes, joined into one line-up.

How it works: a message that came from another process says which send it is
of, by the key that travelled in it. So it has a cause, and all have one order
(``interleaving``). Times are told, and nothing follows from them: the clocks of
two machines differ.

Whoever sends to a mailbox in another process writes down that the message
waits there, and knows no more. Where it was read, it is known better: so of
these two that one counts. What was read nowhere is undelivered.
"""

from collections import Counter
from collections.abc import Collection, Sequence, Set
from copy import copy
from dataclasses import replace

from minichannels.flow.journal.events import Entry, Event, Lane
from minichannels.flow.journal.kinds import KINDS
from minichannels.flow.journal.ordering import line_up
from minichannels.flow.processes.interleaving import interleaved
from minichannels.flow.processes.lanes import SharedLanes
from minichannels.flow.processes.lives import ProcessLife
from minichannels.flow.processes.losses import missed, unread


def joined(
    lives: Sequence[ProcessLife], *, named: bool = True
) -> tuple[list[Event], int]:
    """Return the events of several lives, and how many are left out.

    Args:
        lives: what happened in each process, in the order of their names.
        named: whether names tell the process.
    """
    lanes = SharedLanes(lives, named=named)
    ids, entries = _of_all(lives, lanes)
    broken = {
        lanes.lane(index, lane)
        for index, life in enumerate(lives)
        if life.broken
        for lane in life.lanes.values()
        if not lane.mailbox
    }
    _address(entries)
    arrived = {ids.get(key, 0) for life in lives for key in life.arrived}
    entries = _with_losses(_without_guesses(entries, arrived), broken)
    _break_off(entries, broken)
    events = map(lanes.channels.named, line_up(entries))
    return _counted(list(events)), sum(life.left_out for life in lives)


def began(lives: Sequence[ProcessLife]) -> float | None:
    """Return when the first of them began, if that is known of all."""
    known = [life.began for life in lives if life.began is not None]
    return min(known) if len(known) == len(lives) else None


def _of_all(
    lives: Sequence[ProcessLife], lanes: SharedLanes
) -> tuple[dict[str, int], list[Entry]]:
    """Return the numbers of all by their keys, and all in one order."""
    told, first = interleaved(lives), began(lives)
    ids: dict[str, int] = {}
    for number, (index, entry) in enumerate(told, start=1):
        ids.setdefault(lives[index].key(entry.id), number)
    entries = []
    for number, (index, entry) in enumerate(told, start=1):
        key = lives[index].key
        cause = entry.origin or (entry.cause and key(entry.cause)) or ""
        made = copy(entry)
        made.id, made.lane = number, lanes.lane(index, entry.lane)
        made.at = _since(first, lives[index], entry)
        made.source = lanes.who(index, entry.source)
        made.target = lanes.who(index, entry.target)
        made.member = lanes.who(index, entry.member)
        made.begun_in = ids.get(key(entry.begun_in or 0))
        made.cause, made.act = ids.get(cause), ids.get(key(entry.act), 0)
        entries.append(made)
    return ids, entries


def _since(
    first: float | None, life: ProcessLife, entry: Entry
) -> float | None:
    """Return the time of an event since the first process began."""
    if first is None or life.began is None or entry.at is None:
        return None
    return entry.at + life.began - first


def _address(entries: Sequence[Entry]) -> None:
    """Say of what was sent to a group that it came from there."""
    groups = {e.id: e.group for e in entries if e.kind == "group_send"}
    for entry in entries:
        if entry.origin and (group := groups.get(entry.cause or 0)):
            entry.source = entry.group = group


def _without_guesses(
    entries: Sequence[Entry], arrived: Collection[int]
) -> list[Entry]:
    """Leave out what a sender wrote of mailboxes that others have read.

    Args:
        entries: what happened.
        arrived: the sends of which something came, though it may be left out.
    """
    came = [e for e in entries if e.origin]
    # One that was sent to a channel is read once, by whomever; of a group's
    # messages each member gets its own.
    reads = {(e.cause, e.lane) for e in came}
    read = {e.cause for e in came}
    read -= {e.id for e in entries if e.kind == "group_send"}
    guesses = {
        e.id
        for e in entries
        if e.act
        and e.status != "delivered"
        and (e.act in read or (e.act, e.lane) in reads)
    }
    come = [e for e in entries if e.lane.mailbox and e.act in arrived]
    for entry in come:
        entry.become("delivered")
    over = guesses | {e.id for e in come}
    return [
        e
        for e in entries
        if e.id not in guesses
        and not (KINDS[e.kind].ends_wait and e.cause in over)
    ]


def _with_losses(entries: Sequence[Entry], broken: Set[Lane]) -> list[Entry]:
    """Add what arrived nowhere, and number all anew, in order."""
    after = unread(entries)
    lost = missed(entries, broken)
    told: list[Entry] = []
    for entry in entries:
        told += entry, *lost.get(entry.id, ())
    told += after
    ids = {e.id: number for number, e in enumerate(told, start=1) if e.id}
    for number, entry in enumerate(told, start=1):
        entry.id = number
        entry.cause = ids.get(entry.cause or 0)
        entry.begun_in = ids.get(entry.begun_in or 0)
        entry.act = ids.get(entry.act, 0)
    return told


def _break_off(entries: Sequence[Entry], broken: Set[Lane]) -> None:
    """Note that nothing happens any more where a process was broken off."""
    last = {e.lane: e for e in entries if not KINDS[e.kind].passive or e.origin}
    for lane in broken & last.keys():
        last[lane].ends = True


def _counted(events: Sequence[Event]) -> list[Event]:
    """Say of each send to a group how many got it, in all processes."""
    members = Counter(e.cause for e in events if e.kind == "deliver")
    return [
        replace(event, members=members[event.seq])
        if event.kind == "group_send"
        else event
        for event in events
    ]
