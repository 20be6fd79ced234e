"""What recording costs: an echo and a group, recorded and not; memory.

In seconds of the processor: nothing here waits, and so what else the machine
does counts for neither side.
"""

import asyncio
import tracemalloc
from collections.abc import Callable
from time import process_time
from typing import Any

from minichannels.flow import Recorder
from minichannels.flow import record as recording
from minichannels.flow.journal.events import Entry
from minichannels.flow.journal.journal import KEPT, Journal
from minichannels.layers import InMemoryChannelLayer
from support import contestants
from support.echoes import echoes
from support.measuring import OURS, Row, interleaved

ROUNDS = 9
MEMBERS = 10
Table = Callable[[list[Row]], None]


def compare(
    what: str,
    measures: dict[str, Callable[[], float]],
    floor: float | None = None,
    goal: float | None = None,
) -> list[Row]:
    """Compare what is recorded with what is not, in turns."""
    figures = interleaved(ROUNDS, measures)
    recorded, bare = figures["recorded"], figures["not recorded"]
    row = Row(what, "µs", recorded, "not recorded", bare, floor, goal, True)
    return [row]


def test_recorded_echo(record: Table) -> None:
    def run(app: Any) -> float:
        return asyncio.run(echoes(app, 2000, process_time))

    measures = {
        "recorded": lambda: run(Recorder(contestants.echo)),
        "not recorded": lambda: run(contestants.echo),
    }
    record(compare("async echo, recorded", measures, 1.5, 1.3))


def test_recorded_echo_of_who_is_logged_in(record: Table) -> None:
    shown = [
        (b"cookie", f"sessionid={'k' * 32}; csrftoken={'t' * 32}".encode())
    ]

    def run(headers: Any) -> float:
        app = Recorder(contestants.echo)
        return asyncio.run(echoes(app, 2000, process_time, headers))

    figures = interleaved(
        ROUNDS, {"cookies": lambda: run(shown), "none": lambda: run([])}
    )
    ours, theirs = figures["cookies"], figures["none"]
    what = "recorded echo of a client with cookies"
    record([Row(what, "µs", ours, "without", theirs, 1.2, 1.1, True)])


async def broadcasts(layer: Any, times: int) -> float:
    """Return microseconds for a delivery in a group, its reading too."""
    channels = [await layer.new_channel() for _ in range(MEMBERS)]
    for channel in channels:
        await layer.group_add("room", channel)
    begun = process_time()
    for _ in range(times):
        await layer.group_send("room", {"type": "chat.message", "text": "hi"})
        for channel in channels:
            await layer.receive(channel)
    return (process_time() - begun) / times / MEMBERS * 1e6


def test_recorded_group_send(record: Table) -> None:
    def recorded() -> float:
        with recording(contestants.echo, InMemoryChannelLayer()) as flow:
            return asyncio.run(broadcasts(flow.layer, 500))

    measures = {
        "recorded": recorded,
        "not recorded": lambda: asyncio.run(
            broadcasts(InMemoryChannelLayer(), 500)
        ),
    }
    what = f"group_send to each of {MEMBERS}, recorded"
    record(compare(what, measures, 2.5, 2.0))


def full_journal() -> float:
    """Return the megabytes of a journal that has forgotten as much again."""
    tracemalloc.start()
    journal = Journal()
    lane = journal.open_lane("ada", "Chat#1")
    for number in range(2 * KEPT):
        text = f"message number {number}, of an ordinary length"
        journal.add(Entry("receive", lane, "websocket.receive", {"text": text}))
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert (len(journal), journal.left_out) == (KEPT, KEPT)
    return used / 1e6


def test_memory_of_a_full_journal(record: Table) -> None:
    figures = interleaved(3, {OURS: full_journal})[OURS]
    what = f"memory of a journal of {KEPT:,} events"
    record([Row(what, "MB", figures, "the budget", [1.0], 10, at_most=True)])
