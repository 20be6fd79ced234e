"""The instructor's guide says what the lessons and the register say."""

import re

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
