"""Answers that came late, and whether the machine is the reason."""

from minichannels.lab.checking.stage.miss import BUSY
from minichannels.lab.exercises.slow import LateAnswers


def told(*late: bool) -> str:
    """Return what is told after some tries."""
    tries = LateAnswers()
    for is_late in late:
        assert tries.left()
        tries.add(is_late=is_late)
    assert not tries.left()
    return tries.told("too long")


def test_answer_that_is_late_each_time_is_told_so() -> None:
    assert told(True, True, True) == "too long"


def test_answer_that_the_machine_may_have_held_up_is_not_called_late() -> None:
    assert told(True, False, True) == BUSY
    assert told(False, False, False) == BUSY
