from pathlib import Path

import pytest

from minichannels.lab.names import bound, code_cells, definer, explain
from support.notebooks import write_notebook

CELLS = ("import json", "tea = 1", "print(tea)", "tea = 2", "print(tea + 1)")


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("a, (b, *c) = d", {"a", "b", "c"}),
        ("import x.y, z as w\nfrom p import q", {"x", "w", "q"}),
        ("def f(a):\n  b = 1\nclass C:\n  d = 1", {"f", "C"}),
        ("async def g(): pass\nlambda e: (h := 1)", {"g"}),
        ("for i in j:\n  with k as m: n = await o", {"i", "m", "n"}),
        ("%magic", set()),
        ("a = '\0'", set()),
    ],
)
def test_bound_finds_what_a_cell_defines(source: str, names: set[str]) -> None:
    assert bound(source) == names


def test_definer_is_the_last_cell_before_the_one_that_failed() -> None:
    assert definer("tea", CELLS, "print(tea)") == 1
    assert definer("tea", CELLS, " print(tea + 1)\n") == 3
    assert definer("tea", CELLS, "a cell of the learner's own") == 1
    assert definer("milk", CELLS, "") is None


def test_explain_adds_which_cell_it_is() -> None:
    error = NameError("name 'tea' is not defined", name="tea")

    explain(error, CELLS, "")

    assert str(error) == (
        "name 'tea' is not defined. Code cell 2 of this lesson defines it: the"
        " one that begins with 'tea = 1'. Run that cell, then this one again"
    )


@pytest.mark.parametrize(
    "error",
    [
        NameError("name 'milk' is not defined", name="milk"),
        NameError("somebody's own"),
        UnboundLocalError("tea", name="tea"),
    ],
)
def test_explain_leaves_alone_what_no_cell_explains(error: NameError) -> None:
    before = str(error)

    explain(error, CELLS, "")

    assert str(error) == before


def test_code_cells_are_those_of_the_lesson_in_this_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert code_cells("04") == []

    (tmp_path / "04-a-broken-one.ipynb").write_text("{")
    write_notebook(tmp_path / "04-lesson.ipynb", *CELLS)

    assert code_cells("04") == list(CELLS)
    assert code_cells("05") == []
