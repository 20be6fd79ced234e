"""Checks over many draws: each answer fares the same, whatever is drawn."""

import pytest

from minichannels.lab.checking.stage.exercise import find, numbers
from support.exercises import result_of, without_inputs
from support.suites import cheats, right

SEEDS = range(200)

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


@pytest.mark.parametrize(("number", "answer"), RIGHT)
async def test_right_answer_passes(number: str, answer: str) -> None:
    for seed in SEEDS:
        result = await result_of(number, answer, seed=seed)

        assert result.solved, f"seed {seed}: {result}"


@pytest.mark.parametrize(("number", "key", "answer"), OTHERS)
async def test_other_answer_gets_one_message(
    number: str, key: str, answer: str
) -> None:
    wanted: list[str] = []
    for seed in SEEDS:
        result = await result_of(number, answer, seed=seed)

        assert result.key == key, f"seed {seed}: {result}"
        told = without_inputs(result)
        wanted = wanted or told
        assert told == wanted, f"seed {seed}: {result}"
