"""What happened in each mailbox, act by act.

How it works: the acts that touch any mailbox are played, one after another,
and what waits in each is written down after each of them.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from minichannels.flow.events import LOST as LOST_STATUSES
from minichannels.flow.events import Event
from minichannels.flow.rows import Row, bands
from minichannels.flow.words import payload

MOST_COLUMNS = 14
MOST_LEVELS = 4
TOUCHING = frozenset({"deliver", "read", "loss", "ghost"})


@dataclass(slots=True)
class Column:
    """One act that touches mailboxes: its events, and how often it came."""

    row: Row
    times: int
    label: str


@dataclass(slots=True)
class Mailbox:
    """What happened to one mailbox.

    Attributes:
        bricks: for each message that waited: its words, the columns from
            and to which it did, its level there, and how it ended.
        signs: for each column what else happened: ``read`` or a reason.
    """

    name: str
    client: str
    capacity: int | None = None
    fates: Counter[str] = field(default_factory=Counter)
    waiting: list[tuple[int, str]] = field(default_factory=list)
    cells: list[list[tuple[int, str]]] = field(default_factory=list)
    signs: dict[int, list[tuple[str, int]]] = field(default_factory=dict)
    ghost: int | None = None
    runs: list[tuple[int, str]] = field(default_factory=list)


def find_columns(events: Sequence[Event]) -> tuple[list[Column], int]:
    """Return the acts that touch a mailbox, and how many to leave out."""
    found = []
    for band in bands(events):
        for number, row in enumerate(band.rows):
            if row[0].kind not in TOUCHING:
                continue
            last = band.last[number][-1] if band.times > 1 else row[-1]
            first = row[0].seq
            label = str(first) if last.seq == first else f"{first}–{last.seq}"
            if row[0].kind == "ghost":
                label = "ghost"
            found.append(Column(row, band.times, label))
    hidden = max(0, len(found) - MOST_COLUMNS)
    return found, hidden


def play(events: Sequence[Event], columns: Sequence[Column]) -> list[Mailbox]:
    """Return the mailboxes, after each column's act was played to them."""
    boxes = {
        event.connection: Mailbox(event.application, event.client)
        for event in events
        if event.kind == "deliver"
    }
    for event in events:
        if event.connection in boxes:
            count_fate(boxes[event.connection], event)
    for index, column in enumerate(columns):
        for event in column.row:
            # Also a ghost whose mailbox never got anything.
            box = boxes.setdefault(
                event.connection, Mailbox(event.application, event.client)
            )
            play_one(box, event, index, column.times)
        for box in boxes.values():
            box.cells.append(list(box.waiting))
    return list(boxes.values())


def count_fate(box: Mailbox, event: Event) -> None:
    """Count what became of a message, if this event tells."""
    _, _, capacity = event.reason.partition("/")
    if event.kind == "deliver" and capacity.isdigit():
        box.capacity = int(capacity)
    if event.kind == "read" or (
        event.kind == "deliver" and event.status in ("delivered", "unhandled")
    ):
        box.fates["read"] += 1
    elif event.kind in ("deliver", "loss") and event.status in LOST_STATUSES:
        box.fates[event.status] += 1


def play_one(box: Mailbox, event: Event, index: int, times: int) -> None:
    """Change a mailbox by an event of an act."""
    signs = box.signs.setdefault(index, [])
    if event.kind == "ghost":
        box.ghost = index
    elif event.status == "waiting":
        box.waiting.append((event.seq, payload(event, 16)))
    elif event.kind in ("read", "loss"):
        signs.append(("read" if event.kind == "read" else event.status, times))
        box.waiting = [w for w in box.waiting if w[0] != event.cause]
    elif event.status in LOST_STATUSES and event.status != "unhandled":
        signs.append((event.reason.partition(" ")[0], times))
    else:
        signs.append(("read", times))
    if event.handler:
        box.runs.append((index, event.handler))


def stretches(
    cells: Sequence[Sequence[tuple[int, str]]], seq: int, hidden: int
) -> Iterable[tuple[int, int, int]]:
    """Yield from and to which column a message waits at one level."""
    start: tuple[int, int] | None = None
    for index, cell in enumerate(cells):
        numbers = [number for number, _ in cell]
        level = numbers.index(seq) if seq in numbers else None
        if start is not None and level != start[1]:
            yield start[0], index - 1, start[1]
            start = None
        if start is None and level is not None and index >= hidden:
            start = (index, level) if level < MOST_LEVELS else None
    if start is not None:
        yield start[0], len(cells) - 1, start[1]
