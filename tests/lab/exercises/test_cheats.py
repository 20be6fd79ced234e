"""Right answers pass and cheats are found, whatever is drawn this time.

Of the cheats that are told the same, the first is tried here; ``make soak``
tries all of them, each over many draws.
"""

import pytest

from minichannels.lab.checking.stage.exercise import numbers
from support.exercises import patience, result_of
from support.suites import cheats, right
from support.truth import false_sentences

RIGHT = [
    pytest.param(number, answer, id=f"{number} {index}")
    for number in numbers()
    for index, answer in enumerate(right(number))
]
CHEATS = [
    pytest.param(number, key, answer, id=f"{number} {key}")
    for number in numbers()
    for key, answer in dict(reversed([*cheats(number)])).items()
]


@pytest.mark.parametrize(("number", "answer"), RIGHT)
async def test_right_answer_passes(number: str, answer: str) -> None:
    result = await result_of(number, answer, patience())

    assert result.solved, str(result)


@pytest.mark.parametrize(("number", "key", "answer"), CHEATS)
async def test_cheat_is_found_and_told_nothing_false(
    number: str, key: str, answer: str
) -> None:
    result = await result_of(number, answer, patience(key))

    assert result.key == key, str(result)
    assert not result.solved
    assert false_sentences(result, answer) == [], str(result)


@pytest.mark.parametrize("number", numbers())
def test_exercise_has_ten_cheats_and_five_more_right_answers(
    number: str,
) -> None:
    assert len(list(cheats(number))) >= 10
    assert len(right(number)) >= 5
