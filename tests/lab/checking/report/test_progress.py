import json
import sys
from pathlib import Path

import pytest

from minichannels.lab import progress as shown
from minichannels.lab.checking.report import progress
from minichannels.lab.checking.report.message import STYLE
from minichannels.lab.checking.stage.exercise import find, numbers


def test_solved_is_nothing_at_first() -> None:
    assert progress.solved() == set()


FILES = ["progress.json", "progress.lock"]
"""All that the folder ever holds."""

DEEP = "[" * 100_000


def test_add_solved_is_remembered_in_one_file(home: Path) -> None:
    progress.add_solved("1.1")
    progress.add_solved("4.2")

    assert sorted(file.name for file in home.iterdir()) == FILES
    values = json.loads((home / "progress.json").read_text("utf-8"))
    assert values == {"solved": ["1.1", "4.2"]}
    assert progress.of_lesson("04") == (1, 5)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"solved": 5}', "\0", DEEP]
)
def test_solved_forgives_a_broken_file(home: Path, content: str) -> None:
    home.mkdir()
    (home / "progress.json").write_text(content, "utf-8")

    assert progress.solved() == set()
    progress.add_solved("1.1")
    assert progress.solved() == {"1.1"}


def test_add_solved_forgives_a_folder_that_cannot_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MINICHANNELS_HOME", str(tmp_path / "file"))

    assert progress.add_solved("1.1") == {"1.1"}
    assert progress.of_lesson("01") == (1, 3)


def test_add_solved_forgives_a_file_that_cannot_be_replaced(
    home: Path,
) -> None:
    (home / "progress.json").mkdir(parents=True)

    assert progress.add_solved("1.1") == {"1.1"}
    assert sorted(file.name for file in home.iterdir()) == FILES


@pytest.mark.parametrize(
    ("platform", "variable", "folder"),
    [
        ("linux", "XDG_DATA_HOME", "somewhere/minichannels"),
        ("win32", "APPDATA", "somewhere/minichannels"),
        ("linux", "", "HOME/.local/share/minichannels"),
        ("win32", "", "HOME/AppData/Roaming/minichannels"),
        ("darwin", "", "HOME/Library/Application Support/minichannels"),
    ],
)
def test_home_is_where_the_system_keeps_a_users_data(
    platform: str,
    variable: str,
    folder: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("MINICHANNELS_HOME", "XDG_DATA_HOME", "APPDATA"):
        monkeypatch.delenv(name, raising=False)
    if variable:
        monkeypatch.setenv(variable, "somewhere")
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("HOME", "HOME")
    monkeypatch.setenv("USERPROFILE", "HOME")

    assert progress.home() == Path(folder)


def test_progress_shows_each_lesson_as_text_and_as_bars() -> None:
    progress.add_solved("4.1")

    assert "Lesson 04: 1 of 5 solved.  [#....]" in repr(shown())
    html = shown()._repr_html_()
    assert 'aria-label="1/5"' in html
    lessons = {find(number).lesson for number in numbers()}
    lines = repr(shown()).splitlines()
    assert html.count("<li>") == len(lines) == len(lessons)
    assert html.startswith(STYLE)
