"""One order of what several processes did, from what they received alone.

How it works: before anything that was received, whoever sent it is told of. And
before what one process began by itself, the others are told of as far as to
what they received of it: who was connected in time is there in time. What was
sent is received, and answered, as soon as that can be. So each process has its
own order, all is received after it was sent, and the same journals give the
same order. Nobody's clock is asked.

Rule 1: a life that is being told already is not told further by another one.
What is received in a circle, as no processes do, stands where it can.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from minichannels.flow.journal.events import Entry
from minichannels.flow.processes.lives import ProcessLife

Place = tuple[int, int]
"""Which life, and how many of its events come before."""


def interleaved(lives: Sequence[ProcessLife]) -> list[tuple[int, Entry]]:
    """Return what happened in all lives, each with the index of its life."""
    telling = _Interleaving(lives)
    for life in range(len(lives)):
        telling.tell_all(life)
    return telling.order


class _Interleaving:
    def __init__(self, lives: Sequence[ProcessLife]) -> None:
        self.order: list[tuple[int, Entry]] = []
        self._lives = lives
        self._entries = [
            sorted(life.entries.values(), key=lambda entry: entry.id)
            for life in lives
        ]
        self._told = [0] * len(lives)
        self._begun: set[int] = set()
        self._sent: dict[str, Place] = {}
        # By what led to it first, and by the send.
        self._of_root = defaultdict[Place, list[Place]](list)
        self._of_send = defaultdict[Place, list[Place]](list)
        self._roots: dict[Place, Place] = {}
        for life, entries in enumerate(self._entries):
            for place, entry in enumerate(entries):
                key = lives[life].key(entry.id)
                self._sent.setdefault(key, (life, place))
        for life, entries in enumerate(self._entries):
            for place, entry in enumerate(entries):
                if send := self._sent.get(entry.origin):
                    root = self._root((life, place))
                    self._of_root[root].append((life, place))
                    self._of_send[send].append((life, place))

    def _root(self, place: Place) -> Place:
        """Return where the first thing stands that led to something."""
        path: dict[Place, None] = {}
        before: Place | None = place
        while before is not None and before not in path:
            if before in self._roots:
                path |= {self._roots[before]: None}
                break
            path[before] = None
            before = self._before(before)
        root = next(reversed(path))
        self._roots |= dict.fromkeys(path, root)
        return root

    def _before(self, place: Place) -> Place | None:
        """Return where the cause of something stands, if it is known."""
        entry = self._at(place)
        return self._sent.get(entry.origin or self._key(place[0], entry.cause))

    def tell_all(self, life: int) -> None:
        """Tell a life to its end."""
        end = len(self._entries[life])
        while not self._tell(life, end):
            self._tell_next(life)  # what it waits for waits for it

    def _tell(self, life: int, end: int) -> bool:
        """Tell a life as far as to a place; return whether it got there."""
        self._begun.add(life)
        try:
            while self._told[life] < end:
                here = life, self._told[life]
                if not self._is_sent(self._at(here)):
                    return False
                self._tell_others(self._of_root.pop(here, ()))
                self._tell_next(life)
                receipts = self._of_send.pop(here, ())
                self._tell_others(map(self._answered, receipts))
        finally:
            self._begun.remove(life)
        return True

    def _answered(self, receipt: Place) -> Place:
        """Return as far as to where what follows from a receipt may go."""
        life, place = receipt
        entries, place = self._entries[life], place + 1
        while place < len(entries) and entries[place].cause is not None:
            place += 1
        return life, place

    def _tell_others(self, places: Iterable[Place]) -> None:
        for life, place in places:
            if life not in self._begun:
                self._tell(life, place)

    def _is_sent(self, entry: Entry) -> bool:
        """Tell of the send that an event came from, if there was one."""
        if entry.origin not in self._sent:
            return True
        sender, place = self._sent[entry.origin]
        if self._told[sender] > place:
            return True
        return sender not in self._begun and self._tell(sender, place + 1)

    def _tell_next(self, life: int) -> None:
        self.order.append((life, self._at((life, self._told[life]))))
        self._told[life] += 1

    def _at(self, place: Place) -> Entry:
        return self._entries[place[0]][place[1]]

    def _key(self, life: int, number: int | None) -> str:
        return self._lives[life].key(number or 0)
