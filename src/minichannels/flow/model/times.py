"""When events happened, and how long something took: for readers alone.

How it works: the journal has a clock, and an event the time since its journal
began. Times differ from run to run. So nothing is ordered by them, and what is
stored to be compared is without them.

    a time        of                          it lasts
    answered      an event that was handed    until the first answer is sent
                  to an application, or a
                  request it did not read
    waited        a message in a mailbox      until it is read, or lost
    ran           an event                    as long as its handler does
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from minichannels.flow.journal.events import Event

ANSWERED, WAITED, RAN = "answered", "waited", "ran"

Took = tuple[str, float]
"""What lasted, in a word, and how many seconds."""


class Times:
    """The times of some events.

    Args:
        events: a line-up, or a part of it.
    """

    def __init__(self, events: Sequence[Event]) -> None:
        self._events = [event for event in events if event.at is not None]
        self._by_seq = {e.seq: e for e in self._events if e.seq}
        arrived = sorted(self._events, key=lambda event: event.at or 0)
        before = [arrived[:1], arrived]
        pairs = zip([e for part in before for e in part], arrived, strict=False)
        self._gaps = {id(e): _between(last, e) for last, e in pairs}

    def __bool__(self) -> bool:
        return bool(self._events)

    def gap(self, event: Event) -> float | None:
        """Return how long nothing had happened before an event."""
        return self._gaps.get(id(event))

    def took(self, event: Event) -> Iterable[Took]:
        """Return what took how long: of an answer, since what it answers."""
        question = self._asked(event)
        if event.kind == "send" and question is not None:
            yield ANSWERED, _between(question, event)
        elif event.waited is not None:
            yield ANSWERED if event.kind == "send" else WAITED, event.waited
        if event.ran is not None:
            yield RAN, event.ran

    def _asked(self, event: Event) -> Event | None:
        """Return what an event may answer; None if that is not known.

        What stands for a request is its answer where nobody has read it: what
        others are sent after that answers nothing.
        """
        cause = self._by_seq.get(event.cause or 0)
        return cause if cause is not None and cause.traits.hands else None

    def by_type(self) -> Mapping[tuple[str, str], Sequence[float]]:
        """Return how long it took each time, by type and word, sorted."""
        found = defaultdict[tuple[str, str], list[float]](list)
        answered: set[int] = set()
        for event in self._events:
            for word, seconds in self.took(event):
                of, question = event, self._asked(event)
                if word == ANSWERED and question is not None:
                    if question.seq in answered:
                        continue  # the first answer counts
                    of = question
                    answered.add(of.seq)
                found[of.type, word].append(seconds)
        return {key: sorted(found[key]) for key in sorted(found)}


def _between(first: Event, second: Event) -> float:
    # Two threads may have looked at the clock in another order.
    return max((second.at or 0) - (first.at or 0), 0)


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value that so many are not above: one that was measured.

    Args:
        values: at least one, sorted.
        percent: from 1 to 100.
    """
    return values[-(-len(values) * percent // 100) - 1]
