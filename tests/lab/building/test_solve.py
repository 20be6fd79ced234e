import runpy
import sys
from pathlib import Path

import nbformat
import pytest

from minichannels.lab.building import solve
from minichannels.lab.checking.stage.exercise import find
from support.notebooks import code_cells, write_notebook

SET_UP = """\
from minichannels.generic.websocket import WebsocketConsumer
from minichannels.lab import check"""
CELL = find("4.1").stub + '\n\nawait check("4.1")'


@pytest.mark.kernel
def test_solved_notebook_is_the_students_with_solutions_executed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    student = write_notebook(tmp_path / "04-a.ipynb", SET_UP, CELL)
    write_notebook(tmp_path / "00-b.ipynb", "1")
    before = student.read_bytes()

    status = solve.main([str(student), str(tmp_path / "00-b.ipynb")])

    assert status == 0
    assert student.read_bytes() == before
    made = tmp_path / "solutions" / "04-a.ipynb"
    assert [file.name for file in made.parent.iterdir()] == ["04-a.ipynb"]
    cells = code_cells(made)
    assert cells[0].source == SET_UP
    assert find("4.1").solution.rstrip() in cells[1].source
    first_line, *_ = cells[1].outputs[0]["data"]["text/plain"]
    assert first_line.startswith("4.1 solved")
    assert "rewritten" in capsys.readouterr().out

    assert solve.main([str(student), "--check"]) == 0
    made.write_text(made.read_text("utf-8").replace("SET_UP", ""), "utf-8")
    assert "unchanged" in capsys.readouterr().out


def test_command_finds_the_notebooks_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notebooks").mkdir()
    write_notebook(tmp_path / "notebooks" / "00-b.ipynb", "1")

    assert solve.main([]) == 0
    assert not (tmp_path / "notebooks" / "solutions").exists()


def test_command_fails_where_the_stub_is_another_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cell = 'class ShopConsumer: pass\n\nawait check("4.1")'
    student = write_notebook(tmp_path / "04-a.ipynb", cell)

    assert solve.main([str(student)]) == 1
    assert "does not hold the stub" in capsys.readouterr().out


@pytest.mark.kernel
def test_command_stores_no_solution_that_did_not_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = "class ShopConsumer(WebsocketConsumer):\n    pass"
    cell = f'{find("4.1").stub}\n\n{other}\n\nawait check("4.1")'
    student = write_notebook(tmp_path / "04-a.ipynb", SET_UP, cell)

    assert solve.main([str(student)]) == 1
    assert "did not pass:\n4.1 not solved yet" in capsys.readouterr().out
    assert not solve.target(student).exists()


def test_solve_leaves_texts_and_other_cells_alone() -> None:
    notebook = nbformat.v4.new_notebook()
    text = nbformat.v4.new_markdown_cell('Run `await check("4.1")`.')
    notebook.cells = [text, nbformat.v4.new_code_cell("x = 1")]

    solve.solve(notebook)

    assert [cell.source for cell in notebook.cells] == [
        'Run `await check("4.1")`.',
        "x = 1",
    ]


def test_solutions_are_made_by_a_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["solutions", "--help"])

    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(solve.__file__), run_name="__main__")

    assert ended.value.code == 0
    assert "usage" in capsys.readouterr().out
