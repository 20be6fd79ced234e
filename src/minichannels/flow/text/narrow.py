"""A flow as text where there is no room for a table: some lines an event.

The first has its number, and from whom to whom; below it stand what it was,
what became of it, and when. In between, as in a table, a blank line stands
between what has different causes.
"""

from collections.abc import Iterable, Sequence

from minichannels.flow.journal.events import Event
from minichannels.flow.model.acts import bands
from minichannels.flow.model.times import Times
from minichannels.flow.text.formatting import cells, in_lines, shortened
from minichannels.flow.text.table import as_text, folded, title, what
from minichannels.flow.text.times import beside, since
from minichannels.flow.text.wording import LONGEST_NAME, result

INDENT = 4
LEAST = 16
"""How wide a line is at least, wherever it is shown."""


def fitting(
    events: Sequence[Event], left_out: int, began: float | None, width: int
) -> str:
    """Return a line-up of events as text in which no line is too long.

    That is a table if there is room for one, with times if there is for these,
    too.

    Args:
        events: the events.
        left_out: how many came before.
        began: when they began, if it is to say when each was.
        width: how many cells a line may take; 0 if that does not matter.
    """
    table = as_text(events, left_out, began)
    if not width or _fits(table, width):
        return table
    without_times = as_text(events, left_out)
    if _fits(without_times, width):
        return without_times
    return "\n".join(_narrow(events, left_out, began, max(width, LEAST)))


def _fits(text: str, width: int) -> bool:
    return all(cells(line) <= width for line in text.splitlines())


def _narrow(
    events: Sequence[Event], left_out: int, began: float | None, width: int
) -> Iterable[str]:
    yield from in_lines(title(events, left_out), width)
    yield from in_lines(since(began), width)
    times = Times(() if began is None else events)
    for band in bands(events):
        yield ""
        told = [each for row in band.rows for each in row]
        lines = [line for each in told for line in _of(each, times, width)]
        for line in folded(band, lines):
            # The events' own have room, and begin with blanks.
            yield from [line] if cells(line) <= width else in_lines(line, width)


def _of(event: Event, times: Times, width: int) -> Iterable[str]:
    """Yield the lines of one event."""
    number = str(event.seq) if event.seq else "note"
    names = filter(None, (event.source, event.target))
    who = " → ".join(shortened(name, LONGEST_NAME) for name in names)
    when = ", ".join(filter(None, beside(event, times)))
    first, *more = in_lines(f"{number}  {who}", width)
    yield first
    below = [*more, *what(event), result(event), when]
    for sentence in below:
        for line in in_lines(sentence, width - INDENT):
            yield " " * INDENT + line
