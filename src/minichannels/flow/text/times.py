"""Times in words: beside the events of a table, and by type."""

from collections.abc import Sequence
from datetime import UTC, datetime

from minichannels.flow.journal.events import Event
from minichannels.flow.model.times import Times, percentile
from minichannels.flow.text.formatting import shortened

LONGEST_TYPE = 40
HEADS = ("at", "gap", "took")
"""What stands above the times of a table's rows."""


def beside(event: Event, times: Times) -> tuple[str, str, str]:
    """Return when an event was, the time before it, and what took how long."""
    gap = times.gap(event)
    if event.at is None or gap is None:
        return "", "", ""
    took = (f"{word} {duration(time)}" for word, time in times.took(event))
    return f"{event.at:.3f} s", f"+{duration(gap)}", ", ".join(took)


def by_type(events: Sequence[Event]) -> str:
    """Return how long things took, for each type of event."""
    found = Times(events).by_type()
    if not found:
        return "Times: none are known."
    rows: list[tuple[str, ...]] = [
        ("type", "what", "times", "p50", "p95", "max")
    ]
    for (type_, word), values in found.items():
        figures = [percentile(values, percent) for percent in (50, 95, 100)]
        name = shortened(type_, LONGEST_TYPE)
        rows.append((name, word, str(len(values)), *map(duration, figures)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}"
        + "".join(
            f"  {cell:>{width}}"
            for cell, width in zip(row[2:], widths[2:], strict=True)
        )
        for row in rows
    )


def duration(seconds: float) -> str:
    """Return a time in three digits or so."""
    if seconds < 0.0995:
        return f"{seconds * 1000:.2g} ms" if seconds else "0 ms"
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def since(began: float | None) -> str:
    """Return when a recording began, in words; empty if that is not known."""
    if began is None:
        return ""
    moment = datetime.fromtimestamp(began, UTC)
    return f"Times since {moment:%Y-%m-%d %H:%M:%S} UTC."
