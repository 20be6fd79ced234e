"""Drawing a flow of 1,000 events: each of what it can be shown as."""

import json
import time
from collections.abc import Callable
from itertools import cycle

import pytest

from minichannels.flow import Flow
from minichannels.flow.journal.events import Event
from minichannels.flow.web.document import document
from support import flows
from support.measuring import Row

ROUNDS = 5
EVENTS = 1_000
PROMISE = [1_000.0]  # milliseconds
WAYS: dict[str, Callable[[Flow], object]] = {
    # Asked for, since a figure draws nothing before.
    "lanes, as SVG": lambda flow: flow.lanes().svg,
    "lanes, as text": lambda flow: flow.lanes().text,
    "mailboxes, as SVG": lambda flow: flow.mailboxes().svg,
    "topology, as SVG": lambda flow: flow.topology().svg,
    "text": repr,
}


async def a_flow() -> Flow:
    """Return a chat in which nothing can be folded."""
    different = cycle(["say", "ask", "answer", "shout", "whisper"])
    texts = [f"{next(different)} {number}" for number in range(200)]
    flow = await flows.chat(["ada", "bob"], texts)
    return Flow(flow.events[:EVENTS])


def test_drawing_large_texts(record: Callable[[list[Row]], None]) -> None:
    text = {"text": json.dumps({"a": [[1]] * 80_000})}
    flow = Flow(
        [
            Event(n, "receive", "a", "b#1", "x", text, 1, "a", "b#1")
            for n in range(1, 61)
        ]
    )
    started = time.process_time()
    repr(flow)
    document(flow, "x")
    took = [(time.process_time() - started) * 1_000]
    what = "drawing 60 texts of 480 kB of JSON"
    record([Row(what, "ms", took, "a second", PROMISE, 1, at_most=True)])


@pytest.mark.parametrize("way", WAYS)
async def test_drawing(way: str, record: Callable[[list[Row]], None]) -> None:
    flow = await a_flow()
    took = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        WAYS[way](flow)
        took.append((time.perf_counter() - started) * 1_000)

    what = f"drawing {len(flow):,} events: {way}"
    record([Row(what, "ms", took, "a second", PROMISE, 1, at_most=True)])
