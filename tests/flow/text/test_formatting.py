import pytest

from minichannels.flow.text import formatting
from minichannels.flow.text.formatting import (
    cells,
    in_lines,
    shortened,
    told_apart,
)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ada", "ada"),
        ("browser#12", "browser#12"),
        ("browser#112", "brows…#112"),
        ("student-from-york", "stud…-york"),
        ("student-from-bath", "stud…-bath"),
        ("#" * 30, "########…#"),
        ("room#" + "9" * 30, "room…99999"),
    ],
)
def test_of_a_long_name_both_ends_are_shown(name: str, shown: str) -> None:
    assert told_apart(name, 10) == shown
    assert cells(shown) <= 10


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("send tea", ["send tea"]),
        ("websocket.send 漢", ["websocket.", "send 漢"]),
        ("send 漢 字 漢 字", ["send 漢 字", "漢 字"]),
        ("send 漢字漢字漢字", ["send 漢字", "漢字漢字"]),
        ("漢字漢字漢 字", ["漢字漢字漢", "字"]),
        ("😀 tea  ", ["😀 tea"]),
        ("漢字漢字漢 ", ["漢字漢字漢"]),
    ],
)
def test_lines_are_as_wide_as_they_may_be(text: str, lines: list[str]) -> None:
    assert in_lines(text, 10) == lines
    assert all(cells(line) <= 10 for line in lines)


def test_a_sign_that_is_wider_than_a_line_stands_alone_in_one() -> None:
    assert in_lines("漢字", 1) == ["漢", "字"]


@pytest.mark.parametrize("letter", ["a", "漢"])
def test_of_a_long_text_no_more_is_measured_than_has_room(
    letter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = []

    def counted(text: str) -> int:
        measured.append(text)
        return cells(text)

    monkeypatch.setattr(formatting, "cells", counted)
    assert cells(shortened(letter * 100_000, 1_000)) in (999, 1_000)
    assert len(measured) < 510  # and one look at the whole
    measured.clear()
    assert len(in_lines("漢" * 1_000, 20)) == 100
    assert len(measured) < 1_200
