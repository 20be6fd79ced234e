"""Two hundred stories: the right classroom breaks none of the invariants."""

import pytest

from minichannels.lab.classroom import trial
from support.classrooms import WRONG, RightClassroom

SEEDS = range(200)


@pytest.mark.timeout(0)
async def test_right_classroom_breaks_no_invariant_in_many_stories() -> None:
    verdict = await trial(RightClassroom, seeds=SEEDS, patience=10, limit=60)

    assert verdict.solved, str(verdict)
    assert len(verdict.runs) == len(SEEDS)


@pytest.mark.timeout(0)
@pytest.mark.parametrize("name", WRONG)
async def test_wrong_classroom_breaks_no_other_in_many_stories(
    name: str,
) -> None:
    verdict = await trial(WRONG[name], seeds=SEEDS, patience=2, limit=60)

    assert verdict.broken == (name,), str(verdict)
