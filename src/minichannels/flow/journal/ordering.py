"""The canonical line-up: one order of events, the same in every run.

How it works: of what happened only a *partial* order can be relied on: the
order within each lane, that a cause comes before its effects, and what a lane's
application has done before what it sends over another one's socket, and failed
with after it. Three consumers that handle one broadcast do so in any order. The
line-up is one order that fits, chosen by what does not differ from run to run.

Rule 1: a send to a group and its deliveries are one unit, in one place.
Rule 2: what follows from one root (a client's event, a cell's send) stands
together, sorted by connection; roots stand in the order in which they came.
Rule 3: what had to wait (a handler that was busy with something else first)
stands after the events that it waited for.
Rule 4: what had to wait though its handler had done all that could be seen
stands where its client did it. A handler's thread may take any time to say
that it is done, and its client goes on as soon as it has what was sent last.

So of one broadcast, to which eve happened to answer before bob did:

    as it arrived            in the line-up
    ada says hi              ada says hi
    group_send to bob, eve   group_send to bob, eve   rule 1: one unit
    eve's answer             bob's answer             rule 2: bob came first,
    cid connects             eve's answer                     all of one root
    bob's answer             cid connects

Which handlers ran at the same time does not follow from any of this. It is told
apart, in steps: their order is the one in which it came.
"""

import heapq
from collections.abc import Iterable, Sequence
from itertools import takewhile

from minichannels.flow.journal.events import ON_LOOP, Entry, Event, Lane
from minichannels.flow.journal.kinds import KINDS

Key = tuple[int, ...]


class _Unit:
    """Entries that stand together: an act with its deliveries, or one entry.

    Attributes:
        root: the id of the first unit of what it follows from.
        missing: how many units have to stand before it and do not yet.
        next: the units that have to stand after it.
        placed: whether it stands.
    """

    __slots__ = ("entries", "missing", "next", "placed", "root")

    def __init__(self, entry: Entry) -> None:
        self.entries = [entry]
        self.root = entry.id
        self.missing = 0
        self.placed = False
        self.next: list[_Unit] = []

    def key(self) -> Key:
        first = self.entries[0]
        return first.lane.number, first.id


def line_up(entries: Iterable[Entry]) -> tuple[Event, ...]:
    """Return events in their canonical order, numbered from 1.

    Args:
        entries: what a journal holds, in any order.
    """
    arrived = sorted(entries, key=lambda entry: entry.id)
    units, unit_of = _units(arrived)
    _link(arrived, unit_of)
    _link_failures(arrived, unit_of)
    _link_kept_waiting(arrived, unit_of)
    steps = _steps(arrived)
    numbers: dict[int, int] = {}
    events = []
    for unit in _ordered(units):
        for entry in unit.entries:
            # Before it has a number itself: nothing is its own cause.
            cause = numbers.get(entry.cause or 0)
            begun_in = numbers.get(entry.begun_in or 0)
            seq = 0
            if KINDS[entry.kind].numbered:
                seq = numbers[entry.id] = len(numbers) + 1
            # Of a unit, all but the act itself are its deliveries.
            others = 0 if entry.act else len(unit.entries) - 1
            events.append(entry.numbered(seq, cause, begun_in, others, steps))
    return tuple(events)


def _steps(entries: Iterable[Entry]) -> dict[int, int]:
    """Return in which step each handler began, and in which it ended.

    In a step, handlers begin and then some end. So two of them ran at the same
    time if they share a step, and nothing else is said of when.
    """
    ran = [entry for entry in entries if entry.began]
    begins = {entry.began for entry in ran}
    steps: dict[int, int] = {}
    step, ends = 0, True
    for moment in sorted(
        begins | {entry.ended for entry in ran if entry.ended}
    ):
        step += ends and moment in begins
        ends = moment not in begins
        steps[moment] = step
    return steps


def _units(arrived: Sequence[Entry]) -> tuple[list[_Unit], dict[int, _Unit]]:
    """Return the units, in order of arrival, and the unit of each entry."""
    units: list[_Unit] = []
    unit_of: dict[int, _Unit] = {}
    of_act: dict[int, _Unit] = {}
    for entry in arrived:
        unit = of_act.get(entry.act) if entry.act else None
        if unit is None:
            unit = _Unit(entry)
            units.append(unit)
            of_act[entry.act or entry.id] = unit
        else:
            unit.entries.append(entry)
        unit_of[entry.id] = unit
    for unit in units:
        # Deliveries in the order of their connections, after their act.
        unit.entries.sort(key=lambda e: (e.act > 0, e.lane.number, e.id))
    return units, unit_of


def _link(arrived: Sequence[Entry], unit_of: dict[int, _Unit]) -> None:
    """Note which unit has to stand before which, and all roots."""
    last: dict[int, _Unit] = {}
    for entry in arrived:
        unit = unit_of[entry.id]
        _before(last.get(entry.lane.number), unit)
        if isinstance(entry.source, Lane):  # it may be another one's doing
            _before(last.get(entry.source.number), unit)
        last[entry.lane.number] = unit
        if entry.cause is not None and entry.cause in unit_of:
            cause = unit_of[entry.cause]
            _before(cause, unit)
            if entry is unit.entries[0]:
                unit.root = cause.root


def _link_failures(arrived: Sequence[Entry], unit_of: dict[int, _Unit]) -> None:
    """Note that what was sent over another one's socket came before."""
    sent: dict[int, list[_Unit]] = {}
    for entry in arrived:
        unit = unit_of[entry.id]
        if KINDS[entry.kind].fails:
            for each in sent.pop(entry.lane.number, ()):
                _before(each, unit)
        elif sender := _sender(entry):
            sent.setdefault(sender, []).append(unit)


def _sender(entry: Entry) -> int:
    """Return whose lane has sent over another one's socket; 0 if none has."""
    source, is_sent = entry.source, entry.kind == "send"
    if is_sent and isinstance(source, Lane) and source is not entry.lane:
        return source.number
    return 0


def _link_kept_waiting(
    arrived: Sequence[Entry], unit_of: dict[int, _Unit]
) -> None:
    """Note which roots stand before others that came before them (rule 4)."""
    by_id = {entry.id: entry for entry in arrived}
    last: dict[int, Entry] = {}
    roots: list[Entry] = []
    for entry in arrived:
        before = last.get(entry.lane.number)
        if before is not None and before.id < entry.acted:
            handler = by_id.get(before.cause or 0)
            if handler is not None and _is_in_thread(handler, entry.lane):
                for root in _done_after(entry, roots):
                    _before(unit_of[entry.id], unit_of[root.id])
        last[entry.lane.number] = entry
        if unit_of[entry.id].root == entry.id:
            roots.append(entry)


def _is_in_thread(handler: Entry, lane: Lane) -> bool:
    """Return whether an event of a lane was handled in a thread."""
    return handler.lane is lane and handler.thread not in ("", ON_LOOP)


def _done_after(entry: Entry, roots: Sequence[Entry]) -> list[Entry]:
    """Return what came before an event, though it was done after it."""
    came = takewhile(lambda root: root.id > entry.acted, reversed(roots))
    return [root for root in came if (root.acted or root.id) > entry.acted]


def _before(first: _Unit | None, second: _Unit) -> None:
    if first is not None and first is not second:
        first.next.append(second)
        second.missing += 1


def _ordered(units: Sequence[_Unit]) -> Iterable[_Unit]:
    """Yield the units: those of one root together, then what was late."""
    ready = _Candidates()
    for unit in units:
        if not unit.missing:
            ready.add(unit)
    left = iter(units)
    for _ in units:
        # If two lanes contradict each other, the order of arrival decides.
        unit = ready.take() or next(unit for unit in left if not unit.placed)
        unit.placed = True
        yield unit
        for follower in unit.next:
            follower.missing -= 1
            if not follower.missing:
                ready.add(follower)


class _Candidates:
    """The units that may stand next, and which of them does."""

    def __init__(self) -> None:
        self._root = 0
        self._roots: list[tuple[Key, _Unit]] = []
        self._late: list[tuple[Key, _Unit]] = []
        self._bands: dict[int, list[tuple[Key, _Unit]]] = {}

    def add(self, unit: _Unit) -> None:
        if unit.root == unit.entries[0].id:
            heapq.heappush(self._roots, ((0, unit.root), unit))
            return
        # What was never read comes to its end after all else.
        lost = unit.entries[0].kind == "loss"
        heapq.heappush(self._late, ((int(lost), *unit.key()), unit))
        if lost:
            return
        band = self._bands.setdefault(unit.root, [])
        # What arrives from another process stands with what arrived here.
        acts = unit.entries[0].kind != "deliver"
        heapq.heappush(band, ((int(acts), *unit.key()), unit))

    def take(self) -> _Unit | None:
        """Return a unit of the same root, or one that was late, or a root."""
        band = self._bands.get(self._root, [])
        for heap in (band, self._late, self._roots):
            while heap:
                unit = heapq.heappop(heap)[1]
                if not unit.placed:
                    self._root = unit.root
                    return unit
        return None
