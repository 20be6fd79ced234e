"""What a journal keeps of all that came: the newest, and what still holds.

How it works: events of HTTP have a room of their own, and so do all others.
When together they take too much, the oldest of HTTP leaves if that has more
than its share, or else the oldest of the others: a page with a thousand
pictures drives out no message. Of what leaves, that which says who is
connected, or a member, is held until it holds no more (``standing``).

What comes lies on a pile first. To put it where it belongs takes longer than
to note it, and an application waits for that: so it is done for many at once,
at the latest when somebody reads. To put it there takes no lock: many threads
may append to a list, and one take out of its beginning.

A send with its deliveries is one :class:`WholeAct` there, and on its shelf. It
counts for as many entries as it stands for; they are made when somebody reads,
and most acts are forgotten before that.

Source: Python, "What kinds of global value mutation are thread-safe?".
"""

import math
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain, takewhile
from typing import Any, Protocol

from minichannels.flow.journal.events import GONE, Entry, Lane, Who, next_id
from minichannels.flow.journal.kinds import KINDS
from minichannels.flow.journal.payloads import (
    begun,
    byte_count,
    sized,
    weight,
)
from minichannels.flow.journal.standing import (
    ACCEPT,
    OF_MEMBERS,
    OPEN,
    Fact,
    Facts,
)

SHARE_OF_HTTP = 4
"""HTTP has a quarter of the room, or what the others leave to it."""

SHARE_HELD = 2
"""What is held has half of the room at most."""

LARGEST = 4_000_000
"""How large one payload may be; of a larger one the beginning is kept."""

PILE = 64
"""How many may lie on the pile."""

HEAVY = 10_000
"""How large a payload is that lies on no pile: many of them take much room."""


class WholeAct(Protocol):
    """A send with its deliveries, which lie in a journal as one.

    Entries are made of it when somebody looks, each once. Those that are made
    are those that others get.

    Attributes:
        plain: that nothing of it says who is there.
        is_http: that it is not among the events of HTTP.
        light: that it may be taken back.
        many: how many entries it stands for that are not forgotten.
        size: how large their payloads are together.
        came: how many had come into the journal with its first entry.
        of_http: whether it is of HTTP, so that a journal needs its entries.
    """

    plain: bool
    is_http: bool
    light: bool
    many: int
    size: int
    came: int
    of_http: bool

    @property
    def last(self) -> int:
        """How many had come into the journal with its last entry."""
        ...

    def comes(self, now: float) -> None:
        """Note when it was, and how far each lane was then."""
        ...

    def done(self) -> list[Entry]:
        """Return what code did: the send, if it is written down here."""
        ...

    def entries(self) -> list[Entry]:
        """Return its entries that are not forgotten, in their order."""
        ...

    def forget(self, many: int) -> None:
        """Have so many more of its entries forgotten, the first ones first."""
        ...


class Shelf:
    """Some of the events kept, in the order in which they came.

    Attributes:
        many: how many there are.
        bytes: how large their payloads are together.
    """

    def __init__(self) -> None:
        self._kept: deque[Entry | WholeAct] = deque()
        self.many = 0
        self.bytes = 0

    def __iter__(self) -> Iterator[Entry]:
        return chain.from_iterable(map(_entries, self._kept))

    def add(self, entries: Collection[Entry | WholeAct], many: int) -> None:
        """Add the newest, which are so many."""
        self._kept.extend(entries)
        self.many += many
        self.bytes += sum([entry.size for entry in entries])

    def take(self, many: int) -> list[Entry]:
        """Take out so many of the oldest, if there are.

        Returns:
            Those that may be held; of an act none is.
        """
        kept = self._kept
        taken: list[Entry] = []
        left = many = min(many, self.many)
        while left:
            oldest = kept[0]
            if isinstance(oldest, Entry):
                taken.append(oldest)
                kept.popleft()
                left -= 1
            else:
                left -= self._take_from(oldest, left)
        self.many -= many
        self.bytes -= sum([entry.size for entry in taken])
        return taken

    def _take_from(self, act: WholeAct, most: int) -> int:
        """Forget what an act begins with; return how many that are."""
        many, size = min(most, act.many), act.size
        act.forget(many)
        self.bytes -= size - act.size
        if not act.many:
            self._kept.popleft()
        return many

    def remove(self, wanted: Collection[Entry]) -> None:
        """Take out what came just now."""
        first = min((entry.came for entry in wanted), default=math.inf)
        latest: list[Entry] = []
        while self._kept and _last(self._kept[-1]) >= first:
            latest[:0] = _entries(self._kept.pop())
        self._kept.extend(e for e in latest if e not in wanted)
        gone = [entry for entry in latest if entry in wanted]
        self.many -= len(gone)
        self.bytes -= sum(entry.size for entry in gone)

    def since(self, came: int) -> list[Entry]:
        """Return what came after the first so many."""
        new = takewhile(lambda each: _last(each) > came, reversed(self._kept))
        found = chain.from_iterable(map(_entries, [*new][::-1]))
        return [entry for entry in found if entry.came > came]


def _entries(kept: Entry | WholeAct) -> Sequence[Entry]:
    return (kept,) if isinstance(kept, Entry) else kept.entries()


def _last(kept: Entry | WholeAct) -> int:
    return kept.came if isinstance(kept, Entry) else kept.last


class Kept:
    """The events of a journal that are not forgotten.

    Args:
        most: how many there may be.
        most_bytes: how large their payloads may be together.

    Attributes:
        pile: what nobody has sorted yet.
        may_hold: what of it may say that something holds, or holds no more.
        came: how many were sorted so far.
    """

    def __init__(self, most: int, most_bytes: int) -> None:
        self.came = 0
        self._left_out = 0
        self._most = most
        self._room = most_bytes
        self.pile: list[Entry | WholeAct] = []
        self.may_hold: list[Entry] = []
        self._http, self._others = Shelf(), Shelf()
        self._held: dict[Entry, None] = {}
        self._held_bytes = 0
        self._facts = Facts[Who | Entry, Entry]()

    def __len__(self) -> int:
        self.sort()
        return self._taken()[0]

    def __iter__(self) -> Iterator[Entry]:
        self.sort()
        return chain(self._held, self._http, self._others)

    @property
    def left_out(self) -> int:
        """How many of them are forgotten."""
        self.sort()
        return self._left_out

    def add(self, entries: Sequence[Entry], now: float) -> None:
        """Add the newest, which came at one moment."""
        for entry in entries:
            entry.id = entry.id or next_id()
            if not entry.size:
                entry.size = len(entry.type) + weight(entry.payload)
            if entry.size > LARGEST:
                _shorten(entry)
            entry.at = now
            lane = entry.lane
            if entry.kind == "deliver":
                entry.moved = lane.moved
            else:
                lane.moved += 1
                self.may_hold.append(entry)
        # All at once: whoever reads finds a send with all that it led to.
        self.pile.extend(entries)
        is_heavy = bool(entries) and entries[-1].size > HEAVY
        if is_heavy or len(self.pile) >= PILE:
            self.sort()

    def sort(self) -> None:
        """Put what lies on the pile where it belongs; forget the oldest."""
        # In the meantime others may put more there: behind these.
        new = self.pile[:]
        del self.pile[: len(new)]
        kinds, before = _classes(new), self.came
        if all(kind.light for kind in kinds):
            # One number for all: who asks what is new asks for whole piles.
            self.came = came = before + len(new)
            for each in new:
                each.came = came
        else:
            self._number(new)
        self._put_on_shelves(new, kinds, self.came - before)
        held = self.may_hold[:]
        del self.may_hold[: len(held)]
        for entry in held:
            lane = entry.lane
            if entry.kind in OF_MEMBERS or (
                lane.open
                and (not lane.known or entry.ends or entry.type == ACCEPT)
            ):
                self._note(entry)
        self._leave_out()

    def _number(self, new: list[Entry | WholeAct]) -> None:
        """Note of each how many had come with it."""
        came = self.came
        for each in new:
            each.came = came + 1
            came += each.many
        self.came = came

    def _put_on_shelves(
        self,
        new: list[Entry | WholeAct],
        kinds: set[type[Entry] | type[WholeAct]],
        many: int,
    ) -> None:
        of_http: set[object] = {kind.is_http for kind in kinds}
        if of_http == {False}:
            self._others.add(new, many)
        elif of_http == {True}:
            self._http.add(new, many)
        else:  # of some classes each says it
            asked = {kind for kind in kinds if not kind.plain}
            http = [e for e in new if type(e) in asked and e.is_http]
            self._http.add(http, len(http))
            if http:
                new = [e for e in new if type(e) not in asked or not e.is_http]
            self._others.add(new, many - len(http))

    def resize(self, entry: Entry, size: int) -> None:
        """Have a payload take as much room as it does now."""
        self.sort()
        if not entry.forgotten and entry not in self._held:
            self._shelf(entry).bytes += size - entry.size
            entry.size = size
            self._leave_out()

    def closed(self, lane: Lane) -> None:
        """Hold no more that somebody is connected."""
        lane.open = False
        if lane.known:
            self.sort()
            for fact in self._facts.end(lane, OPEN):
                self._let_go(fact)

    def lets_go(self, entry: Entry) -> None:
        """Hold an event no more that has no lane so far."""
        for fact in self._facts.end(entry, OPEN):
            self._let_go(fact)

    def remove(self, entries: Collection[Entry]) -> None:
        """Take out what came just now, and turned out not to have happened."""
        self.sort()
        before = self._left_out
        for entry in entries:
            self._forget(entry)
        self._left_out = before  # it did not happen
        for shelf in (self._http, self._others):
            there = [e for e in entries if self._shelf(e) is shelf]
            shelf.remove(there)

    def since(self, came: int) -> list[Entry]:
        """Return what is kept and came after the first so many, in order."""
        self.sort()
        held = (entry for entry in self._held if entry.came > came)
        new = self._http.since(came), self._others.since(came)
        return sorted(chain(held, *new), key=lambda entry: entry.came)

    def _leave_out(self) -> None:
        """Forget the oldest, until the others have room."""
        many, size = self._taken()
        while many > self._most or size > self._room:
            shelf, times = self._fullest(many)
            taken = shelf.take(times)
            self._left_out += many - self._taken()[0]
            asked = {kind for kind in _classes(taken) if not kind.plain}
            if asked:
                taken = [
                    oldest
                    for oldest in taken
                    if type(oldest) not in asked
                    or (oldest.fact is None and not oldest.is_open)
                    or not self._holds(oldest)
                ]
            for oldest in taken:
                oldest.came = GONE
            many, size = self._taken()

    def _holds(self, oldest: Entry) -> bool:
        """Hold what says that somebody is there; return whether it does."""
        if oldest.fact is None:
            self._note_open(oldest)
        if oldest.fact is None:  # nobody is there any more
            return False
        self._left_out -= 1
        self._hold(oldest)
        return True

    def _note_open(self, entry: Entry) -> None:
        """Take in that somebody is connected, who has no lane so far."""
        for fact in self._facts.note(entry, entry, ""):
            entry.fact = fact
        if not entry.is_open:  # any more: in its own thread it has just ended
            self.lets_go(entry)

    def _fullest(self, many: int) -> tuple[Shelf, int]:
        """Return the shelf that has to give something, and how much at most.

        Of what is short, HTTP may have its share, or what is left to it.
        """
        http, most = self._http, self._most
        if many <= most:
            full = http.bytes * SHARE_OF_HTTP > self._room
            return http if full else self._others, 1
        beyond = http.many - most // SHARE_OF_HTTP
        if beyond > 0:
            return http, min(many - most, beyond)
        return self._others, many - most

    def _taken(self) -> tuple[int, int]:
        """Return how many there are, and how large their payloads are."""
        http, others = self._http, self._others
        many = http.many + others.many + len(self._held)
        return many, http.bytes + others.bytes + self._held_bytes

    def _shelf(self, entry: Entry) -> Shelf:
        return self._http if entry.is_http else self._others

    def _hold(self, entry: Entry) -> None:
        self._held[entry] = None
        self._held_bytes += entry.size
        while (
            len(self._held) * SHARE_HELD > self._most
            or self._held_bytes * SHARE_HELD > self._room
        ):
            self._forget(next(iter(self._held)))

    def _note(self, entry: Entry) -> None:
        """Take in what an event says of who is connected, or a member."""
        lane = entry.lane
        # A mailbox without a reader is a member by its name.
        here = lane.application if lane.mailbox else lane
        for fact in self._facts.note(entry, here, entry.member):
            if fact.over:
                self._let_go(fact)
            else:
                entry.fact = fact
                lane.known |= fact.where == OPEN
        lane.open &= not entry.ends

    def _forget(self, entry: Entry) -> None:
        """Forget what an event says, and hold none that says the same."""
        if entry.fact is not None:
            for fact in self._facts.end(entry.fact.who, entry.fact.where):
                self._let_go(fact)

    def _let_go(self, fact: Fact[Who | Entry, Entry]) -> None:
        """Hold what says a fact no more, if it was held."""
        for entry in fact.said:
            entry.fact = None
            if entry in self._held:
                del self._held[entry]
                self._held_bytes -= entry.size
                entry.came = GONE
                self._left_out += 1


def _classes(
    entries: Collection[Entry | WholeAct],
) -> set[type[Entry] | type[WholeAct]]:
    """Return the classes of entries: many are of one that says all of them."""
    return {*map(type, entries)}


def _frame_size(entry: Entry) -> dict[str, int]:
    """Return the size of a frame, as its payload says it; of others nothing."""
    if not KINDS[entry.kind].at_socket:
        return {}
    size = byte_count(entry.payload.get("bytes", entry.payload.get("text")))
    return {} if size is None else {"size": size}


def _shorten(entry: Entry) -> None:
    """Keep the beginning of what is too large."""
    size = _frame_size(entry)
    if KINDS[entry.kind].at_socket:
        entry.type = begun(entry.type, LARGEST)
        entry.payload = {**begun(entry.payload, LARGEST), **size}
    else:
        entry.type, entry.payload = shortened(entry.type, entry.payload)
    entry.size = len(entry.type) + weight(entry.payload)


def shortened(
    type_: str, payload: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Return the beginning of a message that is too large."""
    return begun(type_, LARGEST), begun(sized(payload), LARGEST)
