"""Drawing a flow of 1,000 events: each of what it can be shown as."""

import time
from collections.abc import Callable
from itertools import cycle

import pytest

from minichannels.flow import Flow
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
