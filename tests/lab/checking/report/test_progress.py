from pathlib import Path

import pytest

from minichannels.lab import hint, predict, progress
from minichannels.lab.checking.report.kept import keep
from minichannels.lab.checking.report.message import STYLE
from minichannels.lab.checking.stage.exercise import numbers
from minichannels.lab.notebook.course import lessons


def line_of(lesson: str) -> str:
    *lines, _ = repr(progress()).splitlines()
    (line,) = [each for each in lines if f" {lesson} · " in each]
    return line


def ending() -> str:
    return next(
        line
        for line in repr(progress()).splitlines()
        if line.startswith("Next: ")
    )


def solve(*chosen: str) -> None:
    for number in chosen:
        keep("solved", number)


def required() -> list[str]:
    """Return all exercises that are not for more practice."""
    more = [
        own for lesson in lessons().values() for own in lesson.more_practice
    ]
    return [number for number in numbers() if number not in more]


def see_all() -> None:
    for number in lessons():
        keep("predicted", f"{int(number)}.p1")


def test_line_of_a_lesson_counts_what_was_done() -> None:
    solve("4.1", "4.3")
    hint("4.2")
    hint("4.2", 3)
    hint("4.2", 3)
    predict("4.p1", answer=3)
    predict("4.p2", answer=...)

    assert line_of("04") == (
        "[##...]  04 · From function to consumer: 2 of 5 solved,"
        " 1 of 2 predicted, hints taken: 2"
    )


def test_lesson_without_exercises_has_no_bar() -> None:
    assert line_of("00").split("00")[0].isspace()
    assert "solved" not in line_of("00")


def test_html_has_the_same_words_and_a_bar_with_a_name() -> None:
    solve("4.1")
    html = progress()._repr_html_()

    assert html.startswith(STYLE)
    assert html.count("<li ") == len(lessons())
    assert 'aria-label="1/5"' in html
    assert "04 · From function to consumer</b>: 1 of 5 solved, " in html
    assert ending().split(": ", 1)[1] in html


def test_next_is_at_first_the_first_lesson() -> None:
    assert ending() == "Next: lesson 00 · Check your bench."


def test_next_is_what_is_open_in_a_lesson_that_was_begun() -> None:
    solve("7.1", "1.1", "1.2")

    # Neither 00, which was left out, nor 1.3, which is for more practice.
    assert ending() == "Next: exercise 7.3, in lesson 07 · Groups."


def test_next_is_the_first_lesson_that_was_not_begun() -> None:
    keep("predicted", "0.p1")
    solve("2.1", "2.2")

    assert ending().startswith("Next: lesson 01 · ")


def test_next_is_more_practice_in_the_end() -> None:
    see_all()
    solve(*required())

    assert ending().startswith(
        "Next: all is solved but what is for more practice: 1.3, 2.3, "
    )


def test_nothing_is_next_if_all_is_solved() -> None:
    see_all()
    solve(*numbers())

    assert ending() == "Next: all is solved."


def test_number_that_nobody_knows_does_no_harm() -> None:
    keep("solved", "99.9")
    keep("predicted", "4.p9")
    keep("predicted", "4.p1")
    keep("predicted", "4.p2")

    assert "0 of 5 solved, 2 of 2 predicted" in line_of("04")


@pytest.mark.parametrize("show", [repr, lambda p: p._repr_html_()])
def test_damaged_file_is_named(home: Path, show: object) -> None:
    home.mkdir()
    (home / "progress.json").write_text("{", "utf-8")

    assert callable(show)
    text = show(progress())

    assert "progress-damaged.json" in text
    assert str(home) in text
