import re

import pytest

from minichannels.lab.checking.stage import exercise
from minichannels.lab.checking.stage.exercise import edit, find

CODE = "a = 1\nb = 2\n"


def test_edit_replaces_pieces_in_pairs() -> None:
    assert edit(CODE, "1", "3", "b", "c") == "a = 3\nc = 2\n"
    assert edit(CODE, "a = 1\n", "") == "b = 2\n"


@pytest.mark.parametrize(("old", "times"), [("c", 0), (" = ", 2)])
def test_edit_refuses_a_piece_that_does_not_occur_once(
    old: str, times: int
) -> None:
    with pytest.raises(ValueError, match=f"{old!r} occurs {times} times"):
        edit(CODE, old, "")


def test_edit_refuses_a_piece_without_its_pair() -> None:
    with pytest.raises(ValueError, match="shorter"):
        edit(CODE, "a", "b", "c")


@pytest.mark.parametrize(
    "number",
    ["7.1", " 7.1 ", "7,1", "ex 7.1", "Exercise 7.1:", "e7_1", "07.01", 7.1],
)
def test_find_takes_a_number_in_other_words(number: object) -> None:
    assert find(number).number == "7.1"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("7.9", "no exercise '7.9'; there are 7.1, 7.2, 7.3"),
        ("99.9", "no exercise '99.9'; there are 1.1, 1.2"),
        (99.5, "no exercise '99.5'; there are 1.1"),
        (7, "no exercise '7'; there are 7.1, 7.2, 7.3"),
        (float("nan"), "no exercise 'nan'; there are 1.1"),
        ("", "no exercise ''; there are 1.1"),
        ("7.1.2", "no exercise '7.1.2'; there are 7.1"),
        ("x" * 1000, "no exercise 'xxxxxxxxxxxxxxxxxxxx'; there are 1.1"),
        (f"{'7' * 9999}.1", "no exercise '77777777777777777777'"),
        (None, 'comes first, and in quotes, such as "1.1"'),
        (find, 'comes first, and in quotes, such as "1.1"'),
    ],
)
def test_find_says_what_to_write(number: object, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        find(number)


class Evil:
    """Answers nothing, and least of all what it is."""

    @property  # type: ignore[misc]  # the learner's may have one, too
    def __class__(self) -> type:
        raise SystemExit


def test_find_asks_no_object_of_the_learners_for_anything() -> None:
    with pytest.raises(ValueError, match="in quotes"):
        find(Evil())


def test_find_does_not_guess_which_number_a_float_means(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exercise, "numbers", lambda: ("7.1", "7.10"))

    with pytest.raises(ValueError, match=r'7\.1 may mean "7\.1" or "7\.10"'):
        find(7.1)
