"""The exercise that CONTRIBUTING shows is one."""

import re
from typing import Any

import pytest

from minichannels.lab.checking.check import judged
from minichannels.lab.checking.diagnosis.answers import MISSING
from support import ROOT
from support.exercises import define

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        ("stub", "silent"),
        ("solution", "solved"),
        ("second", "solved"),
        ("other", "other"),
    ],
)
async def test_exercise_of_the_example_is_checked(
    answer: str, key: str
) -> None:
    example = re.search(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
    assert example is not None
    names: dict[str, Any] = {}
    exec(example[1], names)
    exercise = names["EXERCISE"]
    code = exercise.wrong.get(answer) or getattr(exercise, answer)

    verdict = await judged(exercise, MISSING, define(code))

    assert verdict.key == key
