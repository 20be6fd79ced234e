"""Which handlers ran at the same time, in words and as a table."""

from collections.abc import Iterator, Sequence

from minichannels.flow.journal.events import Event
from minichannels.flow.model.handlers import Handled, handlers, most_at_once
from minichannels.flow.text.formatting import count, escaped, shortened
from minichannels.flow.text.html import with_table

HEADS = ("no.", "handler", "for", "thread", "steps", "result")
LONGEST_NAME = 24


def threads_text(events: Sequence[Event]) -> str:
    """Return which handlers of a line-up ran, and in which steps."""
    return "\n".join(_lines(handlers(events)))


def threads_html(svg: str, events: Sequence[Event]) -> str:
    """Return a picture of them with the same as a table below it."""
    found = handlers(events)
    return with_table(svg, f"{_title(found)} Table below.", _table(found))


def _title(found: Sequence[Handled]) -> str:
    most = most_at_once(found)
    ran = count(len(found), "handler")
    return f"Threads: {ran}, at most {most} at the same time."


def _lines(found: Sequence[Handled]) -> Iterator[str]:
    yield _title(found)
    if not found:
        return
    yield "Those that share a step ran at the same time."
    yield ""
    rows = [HEADS, *map(_row, found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        first, *others = row
        cells = [first.rjust(max(widths[0], 7))]
        cells += [c.ljust(w) for c, w in zip(others, widths[1:], strict=True)]
        yield "  ".join(cells).rstrip()


def _row(handled: Handled) -> tuple[str, ...]:
    event, last = handled.event, handled.last
    steps = str(handled.first)
    if last != handled.first:
        steps += f"–{'' if last is None else last}"
    result = (
        "RAISED" if handled.raised else "still runs" if last is None else ""
    )
    whose = event.client or event.application
    names = (
        shortened(n, LONGEST_NAME)
        for n in (handled.name, whose, handled.thread)
    )
    return str(event.seq), *names, steps, result


def _table(found: Sequence[Handled]) -> str:
    heads = "".join(f'<th scope="col">{head}</th>' for head in HEADS)
    rows = []
    for number, *others in map(_row, found):
        cells = "".join(f"<td>{escaped(other)}</td>" for other in others)
        rows.append(f'<tr><th scope="row">{number}</th>{cells}</tr>')
    return f"<table><tr>{heads}</tr>{''.join(rows)}</table>"
