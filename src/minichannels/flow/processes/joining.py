"""The lives of several processes, joined into one line-up.

How it works: a message that came from another process says which send it is
of, by the key that travelled in it. So it has a cause, and all have one order
(``interleaving``).

Whoever sends to a mailbox in another process writes down that the message
waits there, and knows no more. Where it was read, it is known better: so of
these two that one counts. What was read nowhere is undelivered.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from minichannels.flow.journal.events import Entry, Event, Lane
from minichannels.flow.journal.kinds import KINDS
from minichannels.flow.journal.ordering import line_up
from minichannels.flow.processes.interleaving import interleaved
from minichannels.flow.processes.lanes import SharedLanes
from minichannels.flow.processes.reading import ProcessLife


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
    arrived = {ids.get(key, 0) for life in lives for key in life.arrived}
    _address(entries)
    entries = _without_guesses(entries)
    entries += _undelivered(entries, arrived)
    events = map(lanes.channels.named, line_up(entries))
    return _counted(list(events)), sum(life.left_out for life in lives)


def _of_all(
    lives: Sequence[ProcessLife], lanes: SharedLanes
) -> tuple[dict[str, int], list[Entry]]:
    """Return the numbers of all by their keys, and all in one order."""
    told = interleaved(lives)
    ids: dict[str, int] = {}
    for number, (index, entry) in enumerate(told, start=1):
        ids.setdefault(lives[index].key(entry.id), number)
    entries = []
    for number, (index, entry) in enumerate(told, start=1):
        key = lives[index].key
        cause = entry.origin or (entry.cause and key(entry.cause)) or ""
        made = replace(entry, id=number, lane=lanes.lane(index, entry.lane))
        made.source = lanes.who(index, entry.source)
        made.target = lanes.who(index, entry.target)
        made.member = lanes.who(index, entry.member)
        made.cause, made.act = ids.get(cause), ids.get(key(entry.act), 0)
        entries.append(made)
    return ids, entries


def _address(entries: Sequence[Entry]) -> None:
    """Say of what was sent to a group that it came from there."""
    groups = {e.id: e.group for e in entries if e.kind == "group_send"}
    for entry in entries:
        if entry.origin and (group := groups.get(entry.cause or 0)):
            entry.source = entry.group = group


def _without_guesses(entries: Sequence[Entry]) -> list[Entry]:
    """Leave out what a sender wrote of mailboxes that others have read."""
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
    return [
        e
        for e in entries
        if e.id not in guesses and not (_ends(e) and e.cause in guesses)
    ]


def _undelivered(
    entries: Sequence[Entry], arrived: Collection[int]
) -> list[Entry]:
    """Return that nobody has read what still waits.

    Args:
        entries: what happened.
        arrived: the sends of which something came, though that may not be
            known any more.
    """
    ended = {e.cause for e in entries if _ends(e)}
    lost: list[Entry] = []
    unread: Counter[Lane] = Counter()
    for entry in entries:
        if entry.status != "waiting":
            continue
        if entry.lane.mailbox:  # who sent it did not know what was read
            unread[entry.lane] += 1
            entry.waiting = unread[entry.lane]
        if entry.id in ended:
            continue
        if entry.act in arrived:
            entry.become("delivered")
            continue
        loss = replace(entry, kind="loss", cause=entry.id, act=0)
        loss.become("undelivered", "undelivered")
        loss.id = len(entries) + len(lost) + entries[-1].id
        lost.append(loss)
    return lost


def _ends(entry: Entry) -> bool:
    return KINDS[entry.kind].ends_wait


def _counted(events: Sequence[Event]) -> list[Event]:
    """Say of each send to a group how many got it, in all processes."""
    members = Counter(e.cause for e in events if e.kind == "deliver")
    return [
        replace(event, members=members[event.seq])
        if event.kind == "group_send"
        else event
        for event in events
    ]
