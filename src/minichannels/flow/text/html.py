"""A flow as HTML: a figure for notebooks, with the same facts as a table.

How it works: the picture stands in an ``<img>``, as data. So it shows in a
notebook that is not trusted, after conversion to HTML, and cannot run
anything. The table is folded below it, and is what a screen reader reads.
"""

import base64
from collections.abc import Mapping, Sequence

from minichannels.flow.journal.events import Event
from minichannels.flow.model.times import Times
from minichannels.flow.text.formatting import count, escaped, shortened
from minichannels.flow.text.table import logged_in, what
from minichannels.flow.text.times import HEADS, beside, since
from minichannels.flow.text.wording import (
    counted,
    ends_badly,
    processes,
    result,
    totals,
)

LONGEST_ALT = 250
MOST_ROWS = 1_000

# A picture stays as large as can be read: in a narrow notebook it scrolls.
_FIGURE = '<figure style="margin:0;overflow-x:auto">'
_IMG = (
    '<img style="max-width:max(100%,640px)" alt="{}"'
    ' src="data:image/svg+xml;base64,{}">'
)
# A long name without a space makes no page wider: the table scrolls.
_SCROLLS = '<details class="mc-table" style="overflow-x:auto">'
# JupyterLab puts all of a table to the right, as if it were numbers.
LEFT = "<style>.mc-table :is(td,th){text-align:left!important}</style>"
"""How the cells of a table stand: a figure has no other style sheet."""
_CELL = "<td>{}</td>"


def figure(svg: str, events: Sequence[Event], left_out: int = 0) -> str:
    """Return a picture with its alternative text and its table."""
    return with_table(svg, alternative(events), table(events, left_out))


def with_table(svg: str, said: str, table: str) -> str:
    """Return a picture with what stands for it, and a table folded below it."""
    data = base64.b64encode(svg.encode()).decode()
    image = _IMG.format(escaped(said), data)
    return (
        f"{_FIGURE}{image}{_SCROLLS}<summary>The same as a table</summary>"
        f"{LEFT}{table}</details></figure>"
    )


def alone(table: str) -> str:
    """Return a table without a picture, as a notebook shows it."""
    return f'<div class="mc-table">{LEFT}{table}</div>'


def alternative(events: Sequence[Event], whole: Sequence[Event] = ()) -> str:
    """Return one sentence that stands for the picture.

    Args:
        events: what it shows.
        whole: the line-up of which they are a part, if they are.
    """
    clients = list(dict.fromkeys(e.client for e in events if e.client))
    groups = list(dict.fromkeys(e.group for e in events if e.group))
    between = ", ".join(shortened(name, 20) for name in clients[:5])
    if len(clients) > 5:
        between += f" and {len(clients) - 5} more"
    parts = [f"Flow: {counted(events, whole)}"]
    if between:
        alone = len(clients) == 1 and not groups
        parts.append(f" {'with' if alone else 'between'} {between}")
    if groups:
        noun = "the group" if len(groups) == 1 else "the groups"
        names = ", ".join(shortened(name, 20) for name in groups[:3])
        parts.append(f"{' and' if between else ' with'} {noun} {names}")
    losses = ", ".join(f"{number} {word}" for word, number in totals(events))
    if losses:
        parts.append(f"; {losses}")
    return shortened("".join(parts), LONGEST_ALT - 14) + ". Table below."


def table(
    events: Sequence[Event], left_out: int = 0, began: float | None = None
) -> str:
    """Return the events as an HTML table; began has it say when they were."""
    names = ["no.", "from", "to", "what", "result", "because of"]
    times = Times(() if began is None else events)
    names += HEADS if times else ()
    heads = "".join(f'<th scope="col">{name}</th>' for name in names)
    firsts = {e.application: e.seq for e in reversed(events) if e.former}
    rows = [_row(event, firsts, times) for event in events[-MOST_ROWS:]]
    more = len(events) - len(rows)
    known = (logged_in(events), processes(events))
    notes = [escaped(said) for said in known if said]
    notes += [f"{count(left_out, 'older event')} left out"] * (left_out > 0)
    notes += [f"{count(more, 'earlier event')} not shown"] * (more > 0)
    notes += [since(began)] * bool(times)
    caption = f"<caption>{'; '.join(notes)}</caption>" if notes else ""
    return (
        f"<table>{caption}<thead><tr>{heads}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _row(event: Event, firsts: Mapping[str, int], times: Times) -> str:
    first = event.former and firsts.get(event.target) == event.seq
    former = f" ({event.former})" if first else ""
    found = escaped(result(event))
    cells = [
        shortened(event.source, 40),
        shortened(f"{event.target}{former}", 40),
        " ".join(what(event)),
    ]
    number = str(event.seq) if event.seq else "note"
    shown = "".join(_CELL.format(escaped(cell)) for cell in cells)
    end = f"<strong>{found}</strong>" if ends_badly(event) else found
    end = f"<em>{found}</em>" if not event.traits.numbered else end
    cause = "" if event.cause is None else str(event.cause)
    when = beside(event, times) if times else ()
    last = "".join(_CELL.format(cell) for cell in (end, cause, *when))
    return f'<tr><th scope="row">{number}</th>{shown}{last}</tr>'
