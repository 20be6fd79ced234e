"""The checks of lessons, shown to find what they are made for."""

from pathlib import Path

import nbformat
import pytest

from minichannels.lab.building import execute
from support.lessons import run_twice
from support.notebooks import (
    run_all,
    stored_problems,
    strict_nbval,
    write_notebook,
)


def stored(path: Path, *sources: str, **tags: list[str]) -> Path:
    write_notebook(path, *sources, **tags)
    path.write_text(execute.rewritten(path), encoding="utf-8", newline="\n")
    return path


def test_strict_nbval_passes_what_was_just_stored(tmp_path: Path) -> None:
    path = stored(tmp_path / "good.ipynb", "print('a')\n40 + 2", "'é'")

    passed, report = strict_nbval(path, tmp_path)

    assert passed, report


def test_strict_nbval_finds_another_output(tmp_path: Path) -> None:
    path = stored(tmp_path / "lie.ipynb", "40 + 2")
    text = path.read_text(encoding="utf-8").replace('"42"', '"43"')
    path.write_text(text, encoding="utf-8")

    passed, report = strict_nbval(path, tmp_path)

    assert not passed
    assert "43" in report


def test_run_all_finds_a_cell_that_works_only_once(tmp_path: Path) -> None:
    path = write_notebook(
        tmp_path / "once.ipynb",
        "runs = globals().get('runs', 0) + 1",
        "assert runs == 1, 'run twice'",
        "'not reached if it is in the queue by then'",
    )

    assert run_all(path, tmp_path) == []
    found = run_all(path, tmp_path, times=2)

    assert found[0] == "code cell 2: error: run twice"


def test_run_twice_finds_a_cell_that_shows_something_else(
    tmp_path: Path,
) -> None:
    path = stored(
        tmp_path / "grows.ipynb",
        "seen = globals().get('seen', []) + ['a']\n'the same'",
        "print(len(seen))",
    )

    other = run_twice(path)[1]

    assert [line.partition(":")[0] for line in other] == ["code cell 2"] * 2
    assert all("'2\\n'" in line for line in other)


def test_run_all_expects_an_error_where_a_tag_says_so(tmp_path: Path) -> None:
    path = write_notebook(
        tmp_path / "raises.ipynb", "1 / 0", "x = 1", cell_1=["raises-exception"]
    )

    assert run_all(path, tmp_path) == []


@pytest.mark.parametrize(
    ("output", "what"),
    [
        ("<Consumer object at 0x7f01>", "an address in memory"),
        ("http://127.0.0.1:8001/", "a port"),
        ("File /home/ada/chat.py", "a path"),
        (r"File C:\chat.py", "a path"),
        ("ipykernel_4711", "a process"),
        ("specific.0123456789abcdef0123456789abcdef", "a random id"),
        ("at 12:30:01", "a time"),
        ("on 2025-05-17", "a time"),
    ],
)
def test_stored_problems_finds(tmp_path: Path, output: str, what: str) -> None:
    path = write_notebook(tmp_path / "unstable.ipynb", "f()")
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].execution_count = 1
    notebook.cells[0].outputs = [
        nbformat.v4.new_output("execute_result", {"text/plain": output})
    ]
    nbformat.write(notebook, path)

    problems = stored_problems(path)

    assert len(problems) == 1
    assert problems[0].startswith(f"code cell 1 stores {what}: ")


def test_stored_problems_finds_a_cell_that_was_never_run(
    tmp_path: Path,
) -> None:
    path = write_notebook(tmp_path / "stripped.ipynb", "f()")

    assert stored_problems(path) == ["code cell 1 has execution count None"]


@pytest.mark.parametrize(
    ("source", "tags"),
    [("# NBVAL_IGNORE_OUTPUT\nf()", []), ("f()", ["nbval-skip"])],
)
def test_stored_problems_finds_a_mark_that_weakens_nbval(
    tmp_path: Path, source: str, tags: list[str]
) -> None:
    path = write_notebook(tmp_path / "weak.ipynb", source, cell_1=tags)

    assert "code cell 1 has a mark that weakens nbval" in stored_problems(path)
