"""Whatever is drawn: right answers pass, and cheats are found."""

import pytest

from minichannels.lab.checking.stage.exercise import numbers
from support.exercises import result_of, without_inputs
from support.suites import cheats, right

# Many more are tried by make soak.
SEEDS = range(2)
TRIED = numbers()

RIGHT = [
    pytest.param(number, answer, id=f"{number} {index}")
    for number in TRIED
    for index, answer in enumerate(right(number))
]
CHEATS = [
    pytest.param(number, key, answer, id=f"{number} {key} {index}")
    for number in TRIED
    for index, (key, answer) in enumerate(cheats(number))
]


@pytest.mark.parametrize(("number", "answer"), RIGHT)
async def test_right_answer_passes(number: str, answer: str) -> None:
    result = await result_of(number, answer)

    assert result.solved, str(result)


@pytest.mark.parametrize(("number", "key", "answer"), CHEATS)
async def test_cheat_is_found_and_told_alike_whatever_is_drawn(
    number: str, key: str, answer: str
) -> None:
    results = [await result_of(number, answer, seed=seed) for seed in SEEDS]

    assert {result.key for result in results} == {key}, str(results[0])
    assert not any(result.solved for result in results)
    first, *others = map(without_inputs, results)
    assert all(other == first for other in others)


@pytest.mark.parametrize("number", TRIED)
def test_exercise_has_ten_cheats_and_five_more_right_answers(
    number: str,
) -> None:
    assert len(list(cheats(number))) >= 10
    assert len(right(number)) >= 5
