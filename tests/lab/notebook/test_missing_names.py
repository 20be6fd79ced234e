from pathlib import Path
from typing import Any

import IPython
import pytest

from minichannels.lab.notebook.missing_names import (
    bound,
    code_cells,
    definer,
    explain,
    help_with_names,
)
from minichannels.lab.second.cells import NameMissingThere
from support.notebooks import write_notebook

CELLS = ("import json", "tea = 1", "print(tea)", "tea = 2", "print(tea + 1)")


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("a, (b, *c) = d", {"a", "b", "c"}),
        ("import x.y, z as w\nfrom p import q", {"x", "w", "q"}),
        ("def f(a):\n  b = 1\nclass C:\n  d = 1", {"f", "C"}),
        ("def f():\n  global a\n  a = b = 1", {"f", "a"}),
        ("async def g(): pass\nlambda e: (h := 1)", {"g"}),
        ("for i in j:\n  with k as m: n = await o", {"i", "m", "n"}),
        ("%magic", set()),
        ("a = 1\n%second b = 2\nc = 3", {"a", "c"}),
        ("%%both\nd = 1", {"d"}),
        ("%%second\ne = 1", set()),
        ("a = '\0'", set()),
    ],
)
def test_bound_finds_what_a_cell_defines(source: str, names: set[str]) -> None:
    assert bound(source) == names


def test_name_of_the_second_notebook_is_defined_by_cells_that_run_there() -> (
    None
):
    cells = ("tea = 1", "%%both\ntea = 2", "%%second\nmilk = 3", "%second tea")
    error = NameMissingThere("name 'tea' is not defined", name="tea")

    explain(error, cells, "%second tea")

    assert "Code cell 2 of this lesson defines it" in str(error)
    assert definer("milk", cells, "", there=True) == 2
    assert definer("milk", cells, "") is None


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
    (tmp_path / "04-a-deep-one.ipynb").write_text("[" * 100_000)
    write_notebook(tmp_path / "04-lesson.ipynb", *CELLS)

    assert code_cells("04") == list(CELLS)
    assert code_cells("05") == []


class Shell:
    """What is used of IPython's shell; a real kernel's is tested, too."""

    def __init__(self) -> None:
        self.user_ns: dict[str, Any] = {"In": ["", "print(tea)"]}
        self.shown: list[Any] = []

    def set_custom_exc(self, kinds: Any, handler: Any) -> None:
        assert kinds == (NameError,)
        self.handle = handler

    def showtraceback(self, error: Any, **options: Any) -> None:
        self.shown.append((error, options))


def test_help_with_names_explains_and_then_shows_the_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = Shell()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    write_notebook(tmp_path / "04-lesson.ipynb", *CELLS)
    error = NameError("name 'tea' is not defined", name="tea")

    help_with_names("04")
    shell.handle(shell, NameError, error, None, tb_offset=2)

    assert "Code cell 2 of this lesson defines it" in str(error)
    assert shell.shown == [((NameError, error, None), {"tb_offset": 2})]


def test_help_with_names_does_nothing_outside_of_a_kernel() -> None:
    help_with_names("04")
