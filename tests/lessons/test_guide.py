"""The instructor's guide says what the lessons and the register say."""

import re

from minichannels.lab.notebook.course import lessons, paths
from support.guide import GUIDE, written
from support.notebooks import STUDENTS, code_cells, name

TEXT = GUIDE.read_text(encoding="utf-8")


def test_guide_has_the_register_as_it_is_now() -> None:
    assert written(TEXT) == TEXT


def test_guide_has_a_part_for_each_lesson() -> None:
    parts = re.findall(r"^### (\d\d) ·", TEXT, flags=re.MULTILINE)

    assert parts == [name(lesson)[:2] for lesson in STUDENTS]


def test_guide_names_only_exercises_that_the_lessons_have() -> None:
    sources = [c.source for lesson in STUDENTS for c in code_cells(lesson)]
    known = set(re.findall(r'await check\("([\d.]+)"\)', "\n".join(sources)))
    before_register = TEXT.partition("## What people believe")[0]

    named = re.findall(r"exercise (\d+\.\d+)", before_register)

    assert named
    assert set(named) <= known


def test_minutes_of_the_guide_s_tables_are_those_that_it_names() -> None:
    half_day, four_hours = re.findall(
        r"^\| lessons? \| minutes \| (?:then|left out) \|\n(.*?)\n\n",
        TEXT,
        flags=re.MULTILINE | re.DOTALL,
    )

    def minutes(table: str) -> int:
        rows = [row.split("|") for row in table.split("\n")[1:]]
        return sum(int(row[2]) for row in rows)

    (path,) = [p for p in paths() if p.name == "half a day"]
    whole = sum(lessons()[number].minutes for number in path.lessons)
    assert minutes(half_day) == whole
    assert f"That is {minutes(four_hours)} minutes" in TEXT
