"""The course is one: what its file says is what the lessons are."""

import re
import runpy
import sys
from pathlib import Path

import pytest

from minichannels.lab.building import course
from minichannels.lab.checking.stage.exercise import find, numbers
from minichannels.lab.notebook.course import (
    CoursePath,
    following,
    lessons,
    paths,
)
from support import ROOT
from support.lessons import Lesson
from support.notebooks import STUDENTS, name

FOLDER = ROOT / "notebooks"
PAGES = sorted([*FOLDER.rglob("[!.]*.ipynb"), *FOLDER.glob("*.md")])
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)#\s]+)(?:#[\w-]*)?\)")


@pytest.fixture(autouse=True)
def in_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_every_lesson_is_in_the_course() -> None:
    files = [path.stem for path in STUDENTS]

    assert [lesson.file for lesson in lessons().values()] == files
    assert [file[:2] for file in files] == list(lessons())
    assert {find(number).lesson for number in numbers()} <= set(lessons())


@pytest.mark.parametrize("number", lessons())
def test_course_knows_what_a_lesson_asks(number: str) -> None:
    said = lessons()[number]
    lesson = Lesson(FOLDER / f"{said.file}.ipynb")
    more = [own for own, is_more in lesson.exercises.items() if is_more]

    assert list(said.more_practice) == more
    assert said.predictions == sum("answer=..." in cell for cell in lesson.code)
    assert course.more_minutes(said) == lesson.more_minutes


@pytest.mark.parametrize("number", lessons())
def test_lesson_builds_on_earlier_ones(number: str) -> None:
    assert all(earlier < number for earlier in lessons()[number].builds_on)


@pytest.mark.parametrize("path", paths(), ids=lambda path: path.name)
def test_path_goes_on_and_says_its_minutes(path: CoursePath) -> None:
    assert list(path.lessons) == sorted(set(path.lessons))
    assert set(path.lessons) <= set(lessons())
    assert len(path.minutes) in (0, len(path.lessons))


def test_files_say_what_the_course_says() -> None:
    assert course.main(["--check"]) == 0


def test_next_lesson_is_that_of_the_course_and_of_shorter_paths() -> None:
    first, second, *_ = lessons()

    assert [(on, to.number) for on, to in following(first)] == [([], second)]
    after = [(on, to.number) for on, to in following(second)]
    assert after[1:] == [(["two hours"], "04")]
    assert list(following(list(lessons())[-1])) == []


def test_text_says_next_once_however_often_it_is_written() -> None:
    lesson = lessons()["01"]
    once = course.ended("## The last cell", lesson)

    assert course.ended(once, lesson) == once
    assert once.count(course.NEXT) == 1
    assert "on the path *two hours* [04 · " in once


def test_command_writes_what_differs(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for path, text in course.written():
        copy = tmp_path / path
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(text, encoding="utf-8")
    page = tmp_path / "README.md"
    right = page.read_text(encoding="utf-8")
    page.write_text(right.replace("| 20 |", "| 51 |", 1), encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    assert course.main(["--check"]) == 1
    assert course.main([]) == 0
    assert page.read_text(encoding="utf-8") == right
    printed = capsys.readouterr().out
    assert printed == "README.md: would change\nREADME.md: rewritten\n"


def links(page: Path) -> list[str]:
    """Return where the links of a page lead, on this machine."""
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".ipynb":
        text = Lesson(page).text
    return [to for to in LINK.findall(text) if "://" not in to]


@pytest.mark.parametrize(
    "page", PAGES, ids=lambda p: f"{p.parent.name} {name(p)}"
)
def test_links_lead_somewhere(page: Path) -> None:
    lost = [to for to in links(page) if not (page.parent / to).exists()]

    assert lost == []


def test_links_are_found() -> None:
    assert "01-one-function.ipynb" in links(FOLDER / "README.md")
    assert "../00-check-your-bench.ipynb" in links(
        FOLDER / "solutions" / "01-one-function.ipynb"
    )


def test_course_is_written_by_a_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["course", "--help"])

    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(course.__file__), run_name="__main__")

    assert ended.value.code == 0
    assert "usage" in capsys.readouterr().out
