import json
import runpy
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from minichannels.lab.building import execute, notebooks
from support.notebooks import write_notebook
from support.small_files import full_disk, no_file_over

kernel = pytest.mark.kernel


def cells(path: Path) -> list[Any]:
    content = json.loads(path.read_text(encoding="utf-8"))
    return list(content["cells"])


@kernel
def test_main_stores_outputs_and_a_second_run_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_notebook(tmp_path / "00.ipynb", "print('é')\n40 + 2")

    assert execute.main([str(tmp_path)]) == 0
    first = path.read_bytes()
    assert execute.main([str(tmp_path)]) == 0

    assert path.read_bytes() == first
    assert "é" in first.decode()
    assert first.endswith(b"}\n")
    stream, result = cells(path)[0]["outputs"]
    assert stream["text"] == ["é\n"]
    assert result["data"] == {"text/plain": ["42"]}
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith(f"{path}: rewritten (")
    assert printed[1].startswith(f"{path}: unchanged (")


@kernel
def test_main_with_check_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_notebook(tmp_path / "00.ipynb", "40 + 2")
    before = path.read_bytes()

    assert execute.main(["--check", str(path)]) == 1

    assert path.read_bytes() == before
    assert f"{path}: would change (" in capsys.readouterr().out


@full_disk
@pytest.mark.parametrize("there", [True, False])
def test_report_says_that_a_notebook_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], there: bool
) -> None:
    path = tmp_path / "00.ipynb"
    if there:
        path.write_text("before")

    with no_file_over(100):
        assert not execute.report(path, make=lambda _: "x" * 200)

    assert capsys.readouterr().out == (
        f"{path}: failed: it cannot be written: File too large\n"
    )
    assert not there or path.read_text() == "before"


@kernel
def test_main_goes_on_after_a_notebook_that_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = write_notebook(tmp_path / "00.ipynb", "x = 1", "\n1 / 0  # boom")
    write_notebook(tmp_path / "01.ipynb", "x = 1")
    before = bad.read_bytes()

    assert execute.main([str(tmp_path)]) == 1

    assert bad.read_bytes() == before
    failed, other = capsys.readouterr().out.splitlines()
    assert failed == (
        f"{bad}: failed: code cell 2, '1 / 0  # boom': "
        "ZeroDivisionError: division by zero"
    )
    assert "01.ipynb: rewritten (" in other


@kernel
def test_rewritten_says_which_cell_ended_the_kernel(tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "00.ipynb", "import os; os._exit(1)")

    with pytest.raises(
        notebooks.LessonError, match=r"code cell 1, 'import os; .*Kernel died"
    ):
        execute.rewritten(path)


@pytest.fixture
def dying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let kernels die as they start, each removing one file of this folder."""
    folder = tmp_path / "dying"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(DYING, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return folder


DYING = """
import os, pathlib, sys
left = list(pathlib.Path(__file__).parent.glob("*.life"))
if "ipykernel_launcher" in sys.orig_argv and left:
    left[0].unlink()
    os._exit(1)
"""


@kernel
def test_rewritten_starts_another_kernel_if_one_dies_as_it_starts(
    tmp_path: Path, dying: Path
) -> None:
    path = write_notebook(tmp_path / "00.ipynb", "40 + 2")
    (dying / "0.life").touch()

    stored = json.loads(execute.rewritten(path))["cells"][0]

    assert stored["outputs"][0]["data"] == {"text/plain": ["42"]}
    assert not list(dying.glob("*.life"))


@kernel
def test_main_says_that_no_kernel_starts(
    tmp_path: Path, dying: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_notebook(tmp_path / "00.ipynb", "40 + 2")
    for number in range(2):
        (dying / f"{number}.life").touch()

    assert execute.main([str(path)]) == 1

    assert capsys.readouterr().out == (
        f"{path}: failed: no kernel starts here: "
        "Kernel died before replying to kernel_info\n"
    )


@kernel
def test_rewritten_keeps_an_expected_error_without_its_paths(
    tmp_path: Path,
) -> None:
    path = write_notebook(
        tmp_path / "00.ipynb",
        "import json\njson.loads('{')",
        cell_1=["raises-exception"],
    )

    stored = json.loads(execute.rewritten(path))["cells"][0]

    assert stored["metadata"] == {"tags": ["raises-exception"]}
    assert stored["outputs"][0]["ename"] == "JSONDecodeError"
    assert stored["outputs"][0]["traceback"] == [
        "JSONDecodeError: Expecting property name enclosed in double quotes: "
        "line 1 column 2 (char 1)"
    ]


@kernel
def test_rewritten_gives_a_kernel_an_empty_home_and_the_notebooks_folder(
    tmp_path: Path,
) -> None:
    path = write_notebook(
        tmp_path / "00.ipynb",
        "import os\nos.listdir(os.environ['MINICHANNELS_HOME'])",
        "os.listdir()",
    )

    first, second = json.loads(execute.rewritten(path))["cells"]

    assert first["outputs"][0]["data"] == {"text/plain": ["[]"]}
    assert second["outputs"][0]["data"] == {"text/plain": ["['00.ipynb']"]}


@kernel
def test_rewritten_keeps_the_text_of_a_widget_alone(tmp_path: Path) -> None:
    path = write_notebook(
        tmp_path / "00.ipynb",
        "import anywidget\n\n"
        "class Page(anywidget.AnyWidget):\n"
        "    _esm = 'export default {}'\n\n"
        "    def __repr__(self):\n"
        "        return 'Page'\n",
        "Page()",
    )

    notebook = json.loads(execute.rewritten(path))

    assert notebook["cells"][1]["outputs"][0]["data"] == {
        "text/plain": ["Page"]
    }
    assert notebook["metadata"] == notebooks.NOTEBOOK_METADATA


@pytest.mark.parametrize(
    ("cell", "folded"),
    [
        ("x = 1\npredict('7.p1', happened=x)", True),
        ("predict('7.p1', answer=...)", False),
        ("print('happened=')", False),
    ],
)
def test_clean_folds_what_tells_a_prediction(
    cell: str, folded: bool, tmp_path: Path
) -> None:
    path = write_notebook(tmp_path / "00.ipynb", cell)
    notebook = notebooks.load(path)

    notebooks.clean(notebook)

    hidden = notebook.cells[0].metadata.get("jupyter", {})
    assert hidden.get("outputs_hidden", False) is folded


def test_clean_folds_from_a_prediction_to_the_text_after_what_happened(
    tmp_path: Path,
) -> None:
    path = write_notebook(
        tmp_path / "00.ipynb",
        "predict('7.p1', answer=...)",
        "f()",
        "predict('7.p1', happened=1)",
        "server.flow",
        "g()",
    )
    notebook = notebooks.load(path)
    notebook.cells.insert(2, nbformat.v4.new_markdown_cell("Still asked."))
    notebook.cells.insert(5, nbformat.v4.new_markdown_cell("It was 1."))

    notebooks.clean(notebook)

    assert [
        cell.source for cell in notebook.cells if "jupyter" in cell.metadata
    ] == ["f()", "predict('7.p1', happened=1)", "server.flow"]


def test_clean_hides_the_first_line_of_what_it_folds(tmp_path: Path) -> None:
    path = write_notebook(
        tmp_path / "00.ipynb", "print(2)\npredict('7.p1', happened=2)", "f()"
    )
    notebook = notebooks.load(path)
    told = nbformat.v4.new_output("stream", text="2\n")
    notebook.cells[0].outputs = [told]

    notebooks.clean(notebook)
    notebooks.clean(notebook)  # it is there once

    first, second = notebook.cells[0].outputs
    assert (first.data, second) == ({}, told)
    assert notebook.cells[1].outputs == []


def test_clean_keeps_metadata_of_the_allow_list_alone(tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "00.ipynb", "f()", cell_1=["exercise"])
    notebook = notebooks.load(path)
    notebook.cells[0].metadata["editor"] = "ours"
    notebook.metadata["widgets"] = {"state": {}}

    notebooks.clean(notebook)

    assert notebook.cells[0].metadata == {"tags": ["exercise"]}
    assert notebook.metadata == notebooks.NOTEBOOK_METADATA


def test_load_keeps_ids_and_gives_lasting_ones_where_they_lack(
    tmp_path: Path,
) -> None:
    path = write_notebook(tmp_path / "00.ipynb", "a", "b", "c", "d")
    content = json.loads(path.read_text(encoding="utf-8"))
    content["nbformat_minor"] = 4
    content["cells"][0]["id"] = "cell-2"
    for cell in content["cells"][1:3]:
        del cell["id"]
    path.write_text(json.dumps(content), encoding="utf-8")

    ids = [cell.id for cell in notebooks.load(path).cells]

    assert ids == ["cell-2", "cell-1", "cell-3", "code-4"]


DEEP = "[" * 100_000


@pytest.mark.parametrize("text", ["", "[]", '{"worksheets": []}', DEEP])
def test_load_refuses_what_is_no_notebook(tmp_path: Path, text: str) -> None:
    path = tmp_path / "00.ipynb"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(
        notebooks.LessonError, match="is no notebook of format 4"
    ):
        notebooks.load(path)


def test_find_lists_a_folder_in_order_without_jupyters_copies(
    tmp_path: Path,
) -> None:
    for folder in ("", "solutions", ".ipynb_checkpoints"):
        (tmp_path / folder).mkdir(exist_ok=True)
        for name in ("01.ipynb", "00.ipynb"):
            write_notebook(tmp_path / folder / name)

    found = execute.find([tmp_path])

    assert [str(path.relative_to(tmp_path)) for path in found] == [
        "00.ipynb",
        "01.ipynb",
        str(Path("solutions", "00.ipynb")),
        str(Path("solutions", "01.ipynb")),
    ]


def test_main_refuses_a_path_without_notebooks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        execute.main([str(tmp_path / "nowhere")])

    assert ended.value.code == 2
    assert "no notebook at" in capsys.readouterr().err


def test_module_runs_as_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["lessons"])
    monkeypatch.delitem(sys.modules, "minichannels.lab.building.execute")

    with pytest.raises(SystemExit) as ended:
        runpy.run_module(
            "minichannels.lab.building.execute", run_name="__main__"
        )

    assert ended.value.code == 2


def test_import_names_the_extra_that_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "nbclient", None)
    monkeypatch.delitem(sys.modules, "minichannels.lab.building.notebooks")

    with pytest.raises(ImportError, match=r"pip install 'minichannels\[test]'"):
        runpy.run_module("minichannels.lab.building.notebooks")
