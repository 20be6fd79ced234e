"""Checks over many draws: each answer fares the same, whatever is drawn.

An answer that misses the example, which comes first, is never played a drawn
scenario: some seeds show that it is told the same, more would repeat it.
"""

import os

import pytest

from minichannels.lab.checking.stage.exercise import find, numbers
from support.exercises import (
    judged_and_told,
    patience,
    result_of,
    without_inputs,
)
from support.suites import cheats, right

# All of them take hours; MINICHANNELS_SEEDS=40:80 tries some.
FIRST, END = os.environ.get("MINICHANNELS_SEEDS", "0:200").split(":")
SEEDS = range(int(FIRST), int(END))
OF_EXAMPLE = 5

RIGHT = [
    pytest.param(number, answer, id=f"{number} {index}")
    for number in numbers()
    for index, answer in enumerate(
        [find(number).solution, find(number).second, *right(number)]
    )
]
OTHERS = [
    pytest.param(number, key, answer, id=f"{number} {key} {index}")
    for number in numbers()
    for index, (key, answer) in enumerate(
        [*find(number).wrong.items(), *cheats(number)]
    )
]


@pytest.mark.timeout(0)  # each check has a limit of its own
@pytest.mark.parametrize(("number", "answer"), RIGHT)
async def test_right_answer_passes(number: str, answer: str) -> None:
    for seed in SEEDS:
        result = await result_of(number, answer, patience(), seed)

        assert result.solved, f"seed {seed}: {result}"


@pytest.mark.timeout(0)
@pytest.mark.parametrize(("number", "key", "answer"), OTHERS)
async def test_other_answer_gets_one_message(
    number: str, key: str, answer: str
) -> None:
    wanted: list[str] = []
    for seed in SEEDS:
        verdict, result = await judged_and_told(
            number, answer, patience(key), seed
        )

        assert result.key == key, f"seed {seed}: {result}"
        words = without_inputs(verdict, result)
        wanted = wanted or words
        assert words == wanted, f"seed {seed}: {result}"
        drawn = verdict.stage is not None and verdict.stage.draw.turn > 0
        if seed - SEEDS[0] >= OF_EXAMPLE and not drawn:
            return
