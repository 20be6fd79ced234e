"""Parts of a line-up: some of its events, whose numbers stay as they are."""

from collections.abc import Sequence

from minichannels.flow.journal.events import Event
from minichannels.flow.text.formatting import shortened


def until(events: Sequence[Event], seq: int) -> Sequence[Event]:
    """Return what had happened after an event, with the notes on it.

    Raises:
        ValueError: there is no event of that number.
    """
    end = _index(events, seq) + 1
    while end < len(events) and not events[end].seq:
        end += 1  # a note is part of what it follows
    return events[:end]


def causes(events: Sequence[Event], seq: int) -> list[Event]:
    """Return an event and what led to it, from the first one on.

    Raises:
        ValueError: there is no event of that number.
    """
    _index(events, seq)
    cause_of = {event.seq: event.cause for event in events if event.seq}
    chain: set[int] = set()
    number: int | None = seq
    while number in cause_of:
        chain.add(number)
        number = cause_of[number]
    return [event for event in events if event.seq in chain]


def having(
    events: Sequence[Event], field: str, value: str
) -> tuple[Event, ...]:
    """Return the events of which a field has a value.

    Raises:
        ValueError: none has; says what there is instead.
    """
    known = sorted({getattr(event, field) for event in events} - {""})
    if value not in known:
        names = [shortened(repr(name), 60) for name in known[:10]]
        more = f" and {len(known) - 10} more" if len(known) > 10 else ""
        raise ValueError(
            f"no event has the {field} {shortened(repr(value), 60)};"
            f" there are {', '.join(names) or 'none'}{more}"
        )
    return tuple(e for e in events if getattr(e, field) == value)


def _index(events: Sequence[Event], seq: int) -> int:
    for index, event in enumerate(events):
        if event.seq == seq and seq:
            return index
    numbers = [event.seq for event in events if event.seq]
    known = (
        f"they go from {numbers[0]} to {numbers[-1]}"
        if numbers
        else "there are no events yet"
    )
    raise ValueError(f"there is no event number {seq!r}; {known}")
