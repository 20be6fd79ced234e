import pytest

from minichannels.lab import hint, solution
from minichannels.lab.checking.help import Hint
from minichannels.lab.checking.report.progress import add_solved
from minichannels.lab.notebook.source import Source


def test_hint_gives_the_next_one_and_stays_at_the_last() -> None:
    shown = [repr(hint("1.1")).partition(":")[0] for _ in range(4)]

    assert shown == [
        "Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3", "Hint 3 of 3"
    ]  # fmt: skip


def test_hint_gives_a_certain_one() -> None:
    assert repr(hint("4.4", 3)).startswith("Hint 3 of 3: self.send(")
    assert "<code>self.close()</code>" in hint("4.4", 3)._repr_html_()


def test_hint_says_which_hints_there_are() -> None:
    with pytest.raises(ValueError, match="there is no hint 4"):
        hint("4.4", 4)


def test_hint_says_which_exercises_there_are() -> None:
    with pytest.raises(ValueError, match=r"no exercise '9.9'; there are 1.1,"):
        hint("9.9")


def test_solution_is_shown_once_the_exercise_is_solved() -> None:
    before = solution("1.1")
    add_solved("1.1")
    after = solution("1.1")

    assert isinstance(before, Hint)
    assert "not solved yet" in repr(before)
    assert isinstance(after, Source)
    assert after.text.startswith("async def shout(")
