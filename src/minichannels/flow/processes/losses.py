"""What left one process and arrived nowhere.

Each process tells what it sent and what it received, and none tells what it
did not receive. What follows from these, for certain:

    what is known                                 so it is
    it waits in a mailbox, and nobody read it     undelivered
    a member of a group got what the same         undelivered, for that member
    process sent to the group before and after
    a member got what was sent before, did not    undelivered, for that member
    leave, and its process was broken off

Whoever got nothing of a group may not have been a member in time: nothing is
made up of that.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field

from minichannels.flow.journal.events import Entry, Lane
from minichannels.flow.journal.kinds import KINDS


def unread(entries: Sequence[Entry]) -> list[Entry]:
    """Return that nobody has read what still waits."""
    ended = {e.cause for e in entries if KINDS[e.kind].ends_wait}
    lost: list[Entry] = []
    waiting: Counter[Lane] = Counter()
    for entry in entries:
        if entry.status != "waiting":
            continue
        if entry.lane.mailbox:  # who sent it did not know what was read
            waiting[entry.lane] += 1
            entry.waiting = waiting[entry.lane]
        if entry.id in ended:
            continue
        loss = copy(entry)
        loss.kind, loss.cause, loss.act, loss.id = "loss", entry.id, 0, 0
        loss.at = loss.waited = None
        loss.become("undelivered", "undelivered")
        lost.append(loss)
    return lost


def missed(
    entries: Sequence[Entry], broken: Collection[Lane]
) -> dict[int, list[Entry]]:
    """Return what members of groups did not get, by the send that it is of.

    Args:
        entries: what happened in all processes, in order.
        broken: the lanes of processes that were broken off.
    """
    sent = defaultdict[tuple[str, str], list[Entry]](list)
    place: dict[int, int] = {}
    for entry in entries:
        if entry.kind == "group_send":
            of_group = sent[entry.lane.process, entry.group]
            place[entry.id] = len(of_group)
            of_group.append(entry)
    lost = defaultdict[int, list[Entry]](list)
    for stay in _stays(entries, place):
        sends = sent[stay.process, stay.group]
        last = max(stay.got)
        gaps = sends[min(stay.got) : last]
        after = sends[last + 1 :] if stay.lane in broken and stay.lasts else []
        for send in [*gaps, *after]:
            if place[send.id] not in stay.got:
                words = "not received" if send in gaps else "undelivered"
                lost[send.id].append(_not_got(send, stay.lane, words))
    return lost


@dataclass(slots=True, eq=False)
class _Stay:
    """A time in which somebody got what one process sent to a group."""

    lane: Lane
    group: str
    process: str
    got: set[int] = field(default_factory=set)
    lasts: bool = True


def _stays(
    entries: Sequence[Entry], place: Mapping[int, int]
) -> Iterable[_Stay]:
    """Return who got what of which process, from joining to leaving."""
    stays: list[_Stay] = []
    now: dict[tuple[Lane, str, str], _Stay] = {}
    senders = {e.id: e.lane.process for e in entries if e.kind == "group_send"}
    for entry in entries:
        if entry.origin and entry.cause in senders:
            key = entry.lane, entry.group, senders[entry.cause]
            if key not in now:
                now[key] = _Stay(*key)
                stays.append(now[key])
            now[key].got.add(place[entry.cause])
        for key in _left(entry, now):
            now.pop(key).lasts = False
    return stays


def _left(
    entry: Entry, now: Collection[tuple[Lane, str, str]]
) -> list[tuple[Lane, str, str]]:
    """Return what is over with something that happened."""
    if entry.kind == "leave":
        member, group = entry.member, entry.group
        return [key for key in now if key[0] is member and key[1] == group]
    return [key for key in now if key[0] is entry.lane] if entry.ends else []


def _not_got(send: Entry, lane: Lane, words: str) -> Entry:
    entry = Entry("deliver", lane, send.type, send.payload, send.group, lane)
    entry.group, entry.cause, entry.act = send.group, send.id, send.id
    entry.become("undelivered", words)
    return entry
