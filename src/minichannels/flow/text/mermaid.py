"""A flow as a sequence diagram in Mermaid's language.

Names and texts are quoted such that none of them can be taken for a command:
everything but letters, digits and a few signs is written as its number.

Source: Mermaid documentation, "Sequence diagrams" (entity codes).
"""

from collections.abc import Sequence

from minichannels.flow.journal.events import Event
from minichannels.flow.text.carried.payload import payload
from minichannels.flow.text.formatting import (
    LONGEST_TEXT,
    count,
    shortened,
    visible,
)
from minichannels.flow.text.wording import ends_badly, in_a_row, result, users

_PLAIN = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._/-"
)


def mermaid(events: Sequence[Event], left_out: int = 0) -> str:
    """Return a diagram with an arrow for each event.

    Args:
        events: a line-up of events.
        left_out: how many events came before those.
    """
    names: dict[str, str] = {}
    arrows = [line for event in events for line in _lines(event, names)]
    known = {e.application: f" ({e.former})" for e in events if e.former}
    known |= {client: f" ({user})" for client, user in users(events).items()}
    heads = [
        f"    participant {short} as"
        f" {_quoted(shortened(name + known.get(name, ''), 40))}"
        for name, short in names.items()
    ]
    notes = [
        f"    Note over {short}: {count(left_out, 'older event')} left out"
        for short in [*names.values()][: int(left_out > 0)]
    ]
    return "\n".join(["sequenceDiagram", *heads, *notes, *arrows]) + "\n"


def _lines(event: Event, names: dict[str, str]) -> list[str]:
    source = _short(event.source or "?", names)
    text = f"{shortened(event.type)} {payload(event, 40)}".strip()
    if event.traits.fails and not event.traits.is_error:
        text = in_a_row(event, LONGEST_TEXT)
    fate = result(event)
    if not (event.traits.carries and event.target):
        return [f"    Note over {source}: {_quoted(f'{text} {fate}'.strip())}"]
    target = _short(event.target, names)
    arrow = "-x" if event.is_lost else "->>"
    words = f"{event.seq} {text}" + (f" {fate}" if ends_badly(event) else "")
    return [f"    {source}{arrow}{target}: {_quoted(words)}"]


def _short(name: str, names: dict[str, str]) -> str:
    return names.setdefault(name, f"p{len(names) + 1}")


def _quoted(text: str) -> str:
    return "".join(
        char if char in _PLAIN else f"#{ord(char)};" for char in visible(text)
    )
