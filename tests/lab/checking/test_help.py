from collections import defaultdict

import pytest

from minichannels.lab import hint, predict, progress, solution
from minichannels.lab.checking import help as helping
from minichannels.lab.checking.help import Hint
from minichannels.lab.checking.report.kept import keep
from minichannels.lab.checking.report.message import WIDTH
from minichannels.lab.checking.report.tries import Tries
from minichannels.lab.checking.stage.exercise import numbers
from minichannels.lab.notebook.source import Source


@pytest.fixture(autouse=True)
def tries(monkeypatch: pytest.MonkeyPatch) -> Tries:
    """Begin with no hint shown and nothing tried."""
    tries = Tries()
    monkeypatch.setattr(helping, "_shown", defaultdict(set))
    monkeypatch.setattr(helping, "TRIES", tries)
    return tries


def test_hint_gives_the_next_one_and_stays_at_the_last() -> None:
    shown = [repr(hint("1.1")).partition(":")[0] for _ in range(4)]

    assert shown == [
        "Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3", "Hint 3 of 3"
    ]  # fmt: skip


async def test_what_is_there_at_once_may_be_awaited() -> None:
    for shown in hint("1.1"), solution("1.1"), progress(), predict("1.p1", 1):
        assert await shown is shown


def test_hint_that_is_interrupted_is_the_next_one_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(helping, "keep", interrupted)
        with pytest.raises(KeyboardInterrupt):
            hint("1.1")

    assert repr(hint("1.1")).startswith("Hint 1 of 3")


def test_hint_gives_a_certain_one() -> None:
    assert repr(hint("4.4", 3)).startswith("Hint 3 of 3: self.send(")
    assert "<code>self.close()</code>" in hint("4.4", 3)._repr_html_()


def test_hint_says_which_hints_there_are() -> None:
    with pytest.raises(ValueError, match="there is no hint 4"):
        hint("4.4", 4)


def test_hint_says_which_exercises_there_are() -> None:
    with pytest.raises(ValueError, match=r"no exercise '99.9'; there are 1.1,"):
        hint("99.9")


@pytest.mark.parametrize("number", ["4.4 ", "4,4", "ex 4.4", "04.4", 4.4])
def test_hint_takes_a_number_in_other_words(number: object) -> None:
    assert repr(hint(number, "2 ")) == repr(hint("4.4", 2))


def test_hint_is_as_wide_as_a_message() -> None:
    for number in numbers():
        for which in 1, 2, 3:
            lines = repr(hint(number, which)).splitlines()
            assert max(map(len, lines)) <= WIDTH


def test_hint_says_at_least_what_the_message_would(tries: Tries) -> None:
    tries.keep("4.4", "write `news_flash`.")

    assert repr(hint("4.4", 1)).endswith(
        "\nFor what you ran last: write news_flash."
    )
    assert "<br>For what you ran last: write <code>" in (
        hint("4.4", 1)._repr_html_()
    )


def test_solution_is_shown_once_the_exercise_is_solved() -> None:
    before = solution("1.1")
    keep("solved", "1.1")
    after = solution(1.1)

    assert isinstance(before, Hint)
    assert "not solved yet" in repr(before)
    assert isinstance(after, Source)
    assert after.text.startswith("async def shout(")


def test_solution_is_shown_when_all_hints_are() -> None:
    hint("1.1", 3)
    hint("1.1")
    before = solution("1.1")
    hint("1.1")

    assert "(1 left). The next one: hint(" in repr(before)
    assert isinstance(solution("1.1"), Source)
