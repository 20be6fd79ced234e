"""What is known around an error, where little is."""

import ast
from dataclasses import replace
from typing import Any

import pytest

from minichannels.lab.checking.diagnosis.lines.failing import Case
from minichannels.lab.checking.diagnosis.lines.wordings import SECOND_LOOKS
from minichannels.lab.checking.sandbox.stack_frames import SourceLine
from support.exercises import define

CASE = Case(KeyError("tea"), None, None, None, values={"key": "tea"})


@pytest.mark.parametrize("code", ["a[1]", "a.b", "a.b(1)"])
def test_about_is_of_what_something_was_wanted(code: str) -> None:
    failed = ast.parse(code, mode="eval").body

    about: Any = replace(CASE, failed=failed).about()

    assert about.id == "a"


def test_key_of_an_unknown_expression_is_told_in_pythons_words() -> None:
    assert SECOND_LOOKS["no key"](CASE) is None


def test_method_is_looked_for_in_a_line_alone() -> None:
    owner = define("def f():\n    return 1\n")["f"]
    place = SourceLine(2, "return 1", "f")

    assert SECOND_LOOKS["method"](CASE) is None
    assert (
        SECOND_LOOKS["method"](replace(CASE, owner=owner, place=place)) is None
    )
