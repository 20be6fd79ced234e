"""What a check of a right answer takes: the example, and then what is drawn."""

import asyncio
from collections.abc import Callable
from time import perf_counter

from minichannels.lab.checking.stage.exercise import find, numbers
from support.exercises import result_of
from support.measuring import Row

ROUNDS = 5
SECOND = 1000.0
Table = Callable[[list[Row]], None]


async def taken(number: str) -> float:
    """Return the milliseconds that a check of the solution takes."""
    begun = perf_counter()
    result = await result_of(number, find(number).solution)
    seconds = perf_counter() - begun
    assert result.solved
    return seconds * 1000


def test_check_of_a_right_answer(record: Table) -> None:
    """The slowest one counts; a learner waits for it."""
    rounds = [
        {number: asyncio.run(taken(number)) for number in numbers()}
        for _ in range(ROUNDS)
    ]
    slowest = max(numbers(), key=lambda n: sorted(r[n] for r in rounds)[2])
    ours = [figures[slowest] for figures in rounds]
    what = f"check of a right answer, the slowest: {slowest}"
    record(
        [Row(what, "ms", ours, "a second", [SECOND] * ROUNDS, 1, 2)],
    )
