"""The course: its lessons, what each builds on, and the paths through it.

It is one file, ``course.toml``. The heads and the ends of the lessons, the
tables of the READMEs and ``progress()`` are made of it, so that none of them
says something else than the others.
"""

import functools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("course.toml")


@dataclass(frozen=True, kw_only=True)
class CourseLesson:
    """What the course says of a lesson.

    Attributes:
        number: such as ``"04"``.
        file: the name of its notebook, without ``.ipynb``.
        title: its title.
        question: what it answers.
        minutes: how long it takes, without what is for more practice.
        builds_on: the numbers of the lessons that it needs.
        more_practice: the numbers of the exercises that may be left out.
        predictions: how many it asks for.
    """

    number: str
    file: str
    title: str
    question: str
    minutes: int
    builds_on: tuple[str, ...]
    more_practice: tuple[str, ...]
    predictions: int

    @property
    def name(self) -> str:
        """Its number and its title."""
        return f"{self.number} · {self.title}"

    def link(self, folder: str = "") -> str:
        """Return a link to it, as Markdown.

        Args:
            folder: where the notebooks are, seen from the page that links.
        """
        return f"[{self.name}]({folder}{self.file}.ipynb)"


@dataclass(frozen=True, kw_only=True)
class CoursePath:
    """A way through the course, for whoever has less time.

    Attributes:
        name: how much time it takes, in words.
        lessons: the numbers of its lessons, in order.
        minutes: how long each takes there, where that is less.
        without: what is left out.
    """

    name: str
    lessons: tuple[str, ...]
    minutes: tuple[int, ...] = ()
    without: str

    def after(self, number: str) -> str | None:
        """Return the number of the lesson that follows another here."""
        if number not in self.lessons[:-1]:
            return None
        return self.lessons[self.lessons.index(number) + 1]


@functools.cache
def lessons() -> Mapping[str, CourseLesson]:
    """Return all lessons by number, in order."""
    return {
        number: CourseLesson(number=number, **_lists_as_tuples(table))
        for number, table in _tables().items()
        if number != "path"
    }


@functools.cache
def paths() -> tuple[CoursePath, ...]:
    """Return the paths, the shortest first."""
    tables = _tables()["path"]
    return tuple(CoursePath(**_lists_as_tuples(table)) for table in tables)


def following(number: str) -> Iterator[tuple[list[str], CourseLesson]]:
    """Give what comes after a lesson: in the course, then on the paths.

    Yields:
        The names of the paths that go on so, none for the course itself, and
        the lesson. A path that goes on as the course does is left out.
    """
    whole = CoursePath(name="", lessons=tuple(lessons()), without="")
    after: dict[str, list[str]] = {}
    for path in (whole, *paths()):
        found = path.after(number)
        if found:
            after.setdefault(found, []).append(path.name)
    for found, names in after.items():
        yield [] if "" in names else names, lessons()[found]


def _tables() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def _lists_as_tuples(table: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in table.items()
    }
