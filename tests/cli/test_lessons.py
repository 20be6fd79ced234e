"""``python -m minichannels lessons``."""

import subprocess
import sys
from pathlib import Path

import pytest

from minichannels.__main__ import main
from support import ROOT
from support.limit import OF_PROCESS

NOTEBOOKS = str(ROOT / "notebooks")


def test_lessons_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lessons", NOTEBOOKS]) == 0

    first, *_ = capsys.readouterr().out.splitlines()
    assert first == "00-check-your-bench.ipynb  00 · Check your bench"


def test_every_line_of_the_core_is_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["lessons", "--unshown", NOTEBOOKS]) == 0

    assert capsys.readouterr().out == ""


def test_lines_that_no_lesson_shows_are_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "00-a.ipynb").write_text('{"cells": []}', encoding="utf-8")

    assert main(["lessons", "--unshown", str(tmp_path)]) == 1

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "minichannels:1-10"


WITHOUT_THE_LAB = """
import sys
sys.modules["h11"] = None
from minichannels.__main__ import main
sys.exit(main(["lessons"]))
"""


def test_without_the_lab_one_line_says_what_to_install() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_LAB],
        capture_output=True,
        text=True,
        check=False,
        timeout=OF_PROCESS,
    )

    assert done.returncode == 2
    assert done.stderr == (
        "python -m minichannels: error: the lab needs h11; run pip install"
        ' "minichannels[lab]"\n'
    )


def test_what_cannot_be_imported_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "minichannels.lab.building.unshown", None)

    assert main(["lessons", NOTEBOOKS]) == 2

    assert "error: import of minichannels.lab" in capsys.readouterr().err


def test_folder_without_lessons_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lessons", str(tmp_path)]) == 2

    assert f"no lessons in {str(tmp_path)!r}" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"cells": [0]}'])
def test_damaged_lesson_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    (tmp_path / "00-a.ipynb").write_text(content, encoding="utf-8")

    assert main(["lessons", str(tmp_path)]) == 1

    assert "a lesson cannot be read: " in capsys.readouterr().err
