"""A flow as plain text, the same bytes wherever it is made.

One line for each event, in five columns: its number, from whom, to whom, what
it was, what became of it. A blank line stands between what has different
causes. Whatever was lost stands in capitals, to be seen and searched for.

Source: the visual language, "Text twin and alternative text".
"""

from collections.abc import Iterable, Sequence

from minichannels.flow.journal.events import Event
from minichannels.flow.model.acts import Band, bands
from minichannels.flow.model.times import Times
from minichannels.flow.text.carried.payload import part, payload, value
from minichannels.flow.text.formatting import cells, count, in_lines, shortened
from minichannels.flow.text.times import HEADS, beside, since
from minichannels.flow.text.wording import (
    LONGEST_ERROR,
    LONGEST_NAME,
    asked_for,
    event_count,
    filled,
    processes,
    result,
    totals,
    users,
    where_raised,
)

LINE_LENGTH = 100
LONGEST_TYPE = 60
LONGEST_RESULT = 20
LONGEST_NAMES = 40
"""How long a name may be in the line that says who takes part."""

NUMBER, BLANKS = 7, 5
"""How wide the column of numbers is, and how many blanks a row has between
its five columns."""

NARROWEST, CRAMPED, ROOMY = 24, 20, 32
"""The least width of what happened, in a table, beside long names, and beside
long results."""

TIMES = "three four five six seven eight nine ten eleven twelve"


def as_text(
    events: Sequence[Event], left_out: int = 0, began: float | None = None
) -> str:
    """Return a line-up of events as a table of text.

    Args:
        events: the events.
        left_out: how many came before.
        began: when they began, if it is to say when each was.
    """
    lines = [title(events, left_out)]
    if not events:
        return lines[0]
    lines += [*_who(events), *filter(None, [since(began)])]
    table = _Table(events, Times(() if began is None else events))
    lines += ["", table.head()]
    for band in bands(events):
        lines += ["", *table.band(band)]
    return "\n".join(line.rstrip() for line in lines)


def title(events: Sequence[Event], left_out: int = 0) -> str:
    """Return what a flow holds, in one sentence."""
    parts = [f"{number} {word}" for word, number in totals(events)]
    if left_out:
        parts.append(f"{count(left_out, 'older event')} left out")
    losses = f"; {', '.join(parts)}" if parts else ""
    return f"Flow: {count(event_count(events), 'event')}{losses}."


def _who(events: Sequence[Event]) -> Iterable[str]:
    groups = list(dict.fromkeys(e.group for e in events if e.group))
    parts = [_names("client", _clients(events)), _names("group", groups)]
    parts.append(_names("mailbox", _formers(events), "es"))
    parts.append(processes(events))
    line = "; ".join(part for part in parts if part)
    if line:
        yield from in_lines(f"{line}.", LINE_LENGTH)


def _clients(events: Sequence[Event]) -> list[str]:
    """Return the names of the clients, each with who is logged in there."""
    known = users(events)
    clients = dict.fromkeys(e.client for e in events if e.client)
    return [f"{n} ({known[n]})" if n in known else n for n in clients]


def logged_in(events: Sequence[Event]) -> str:
    """Return who is logged in at which client; empty if nobody is."""
    known = users(events)
    return _names("client", [f"{n} ({user})" for n, user in known.items()])


def _formers(events: Sequence[Event]) -> list[str]:
    """Return the names that were others before, each with that one."""
    formers = {e.application: e.former for e in events if e.former}
    return [f"{name} ({former})" for name, former in formers.items()]


def _names(noun: str, names: Sequence[str], plural: str = "s") -> str:
    if not names:
        return ""
    shown = [shortened(name, LONGEST_NAMES) for name in names[:8]]
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    nouns = noun if len(names) == 1 else noun + plural
    return f"{nouns} {', '.join(shown)}{more}"


class _Table:
    """The columns of one flow's table."""

    def __init__(self, events: Sequence[Event], times: Times) -> None:
        self._times = times
        # A column is as wide as what is widest in it; names come often.
        self._source = max(4, _widest({e.source for e in events}, LONGEST_NAME))
        self._target = max(4, _widest({e.target for e in events}, LONGEST_NAME))
        start = NUMBER + self._source + self._target + BLANKS
        most = max(LINE_LENGTH - start - 1 - ROOMY, LONGEST_RESULT)
        longest = self._end = _widest(set(map(result, events)), most)
        room = max(LINE_LENGTH - start - longest - 1, CRAMPED)
        widest = max(cells(what(event)[0]) for event in events)
        self._width = min(max(widest, NARROWEST), room)

    def head(self) -> str:
        row = self._row("no.", "from", "to", "what", "result")
        return self._timed(row, *HEADS) if self._times else row

    def band(self, band: Band) -> Iterable[str]:
        lines = [line for row in band.rows for e in row for line in self._of(e)]
        return folded(band, lines)

    def _row(
        self, no: str, source: str, target: str, text: str, end: str
    ) -> str:
        cut = _padded(text, self._width)
        names = (
            f"{_padded(source, self._source)} {_padded(target, self._target)}"
        )
        return f"{no:>{NUMBER}}  {names} {cut} {end}"

    def _timed(self, row: str, at: str, gap: str, took: str) -> str:
        """Return a row with its times, right of all else."""
        if not self._times:
            return row
        width = cells(self._row("", "", "", "", "")) + self._end
        return f"{_padded(row, width)}  {at:>10} {gap:>9}  {took}"

    def _of(self, event: Event) -> Iterable[str]:
        number = str(event.seq) if event.seq else "note"
        first, *more = [
            line
            for sentence in what(event)
            for line in in_lines(sentence, self._width) or [""]
        ]
        source, target = _source(event), _target(event)
        end = shortened(result(event), self._end)
        row = self._row(number, source, target, first, end)
        yield self._timed(row, *beside(event, self._times))
        for line in more:
            yield self._row("", "", "", line, "")


def folded(band: Band, lines: Sequence[str]) -> Iterable[str]:
    """Return the lines of a band; around those of one that repeats, a note."""
    if band.times == 1:
        return lines
    mark = f"  x{band.times} ".ljust(7)
    words = dict(enumerate(TIMES.split(), start=3))
    times = words.get(band.times, str(band.times))
    note = (
        f"{band.numbers}: the next {count(len(lines), 'line')}, {times} times"
    )
    values = value(band.rows[0][0], 24), value(band.last[0][0], 24)
    if values[0] != values[1]:
        begin, end = (said or "nothing" for said in values)
        note += f" ({begin} to {end})"
    return [mark + note, *lines, f"{mark}end"]


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cells(text))


def _widest(texts: Iterable[str], limit: int) -> int:
    """Return how many cells the widest of some texts takes, once shortened."""
    return max(cells(shortened(text, limit)) for text in texts)


def _source(event: Event) -> str:
    return shortened(event.source, LONGEST_NAME)


def _target(event: Event) -> str:
    return shortened(event.target, LONGEST_NAME)


def what(event: Event) -> list[str]:
    """Return what happened, in a sentence; of an error in some more."""
    if event.traits.is_error:
        return _error(event)
    traits = event.traits
    if traits.fails:
        early = filled(traits.does, event, LINE_LENGTH)
        return [early, *filter(None, [event.reason, asked_for(event)])]
    words = f"{traits.does} {traits.to}" if traits.to else traits.does
    if event.kind in ("join", "leave") and event.member != event.source:
        words += " {member}"
    said = filled(words, event, LINE_LENGTH).rstrip()
    return [f"{said} {payload(event)}".rstrip()]


def _error(event: Event) -> list[str]:
    does = filled(event.traits.does, event, LONGEST_TYPE)
    lines = [f"{does} {where_raised(event)}".rstrip()]
    if text := part(event, "text", LONGEST_ERROR):
        lines.append(text)
    if code := part(event, "code"):
        lines.append(f"at: {code}")
    if asked := asked_for(event):
        lines.append(asked)
    return lines
