"""The walk through the library shows all of it, a piece at a time."""

import ast
import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest

from minichannels.lab.building.unshown import KIT, is_optional, unshown
from support import ROOT
from support.lessons import Lesson
from support.notebooks import READING
from support.prose import stale
from support.rooms import imported, modules, short, top

FOLDER = ROOT / "notebooks"
(PATH,) = READING
WALK = Lesson(PATH)
HEADING = re.compile(r"^(##+) (.+)$", re.M)

MOST_LINES = 25
"""Of one piece, empty ones too: what is to be seen at a glance."""


def pieces() -> list[tuple[str, Any]]:
    """Return the cells that show code, each with the cell before it."""
    cells = WALK.cells
    return [
        (before["source"], cell)
        for before, cell in itertools.pairwise(cells)
        if "show_source(" in cell["source"] and cell["cell_type"] == "code"
    ]


def sentences(text: str) -> int:
    """Count the sentences of a text, whatever its code and its links hold."""
    plain = re.sub(r"`[^`]*`|\([^)]*\.ipynb\)", "x", text)
    return len(re.findall(r"[.!?](?=\s|$)", plain))


def test_notebooks_show_every_line_of_the_core() -> None:
    assert list(unshown(FOLDER)) == []


@pytest.mark.parametrize(
    ("hidden", "room"),
    [
        ("show_source(minichannels)", "minichannels"),
        ("show_source(worker.Worker.listener)", "minichannels.worker"),
        ("show_source(testing, 19)", "minichannels.testing"),
    ],
)
def test_piece_that_is_hidden_is_missed(
    tmp_path: Path, hidden: str, room: str
) -> None:
    for path in FOLDER.glob("*.ipynb"):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        notebook["cells"] = [
            cell
            for cell in notebook["cells"]
            if "".join(cell["source"]) != hidden
        ]
        text = json.dumps(notebook)
        (tmp_path / path.name).write_text(text, encoding="utf-8")

    (lines,) = unshown(tmp_path)

    assert lines.startswith(f"{room}:")


def test_piece_is_short() -> None:
    long = []
    for _, cell in pieces():
        texts = ["".join(o["data"]["text/plain"]) for o in cell["outputs"]]
        if sum(len(text.splitlines()) for text in texts) > MOST_LINES:
            long.append(cell["source"])

    assert pieces()
    assert long == []


def test_piece_has_two_sentences_above_it() -> None:
    wrong = [text for text, _ in pieces() if sentences(text) != 2]

    assert wrong == []


def test_no_two_pieces_have_the_same_sentences() -> None:
    texts = [text for text, _ in pieces()]

    assert len(set(texts)) == len(texts)


def test_sentences_name_what_there_is() -> None:
    known = {
        word
        for path in modules().values()
        for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))
    }

    assert stale(WALK.text, known) == []


def test_cell_shows_code_and_does_nothing_else() -> None:
    called = {
        node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node)
        for _, cell in pieces()
        for node in ast.walk(ast.parse(cell["source"]))
        if isinstance(node, ast.Call)
    }

    assert called == {"show_source", "display"}


def test_walk_begins_and_ends_as_a_lesson_does() -> None:
    assert WALK.code[0].endswith('\n\nwalk = begin("A")')
    assert WALK.code[-1] == "await walk.end()"
    assert WALK.exercises == {}


def test_modules_come_after_all_that_they_import() -> None:
    files = {
        name: path
        for name, path in modules().items()
        if top(name) not in KIT and not is_optional(short(name))
    }
    shown = [
        title.strip("`")
        for level, title in HEADING.findall(WALK.text)
        if level == "###"
    ]

    assert sorted(shown) == sorted(files)
    early = [
        (name, target)
        for place, name in enumerate(shown)
        for target in imported(files[name], files)
        if target in files and target not in shown[:place]
    ]
    assert early == []


def test_contents_lead_to_every_heading() -> None:
    headings = [
        title.strip("`").replace(" ", "-")
        for _, title in HEADING.findall(WALK.text)
    ]
    contents = re.findall(r"\]\(#([^)]+)\)", WALK.cells[0]["source"])

    assert [*contents, "The-end-of-the-walk"] == headings


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One. Two of `a. b.` them.", 2),
        ("Only one, of version 2.4: it says so.", 1),
        ("[Lesson 06](06-mailboxes.ipynb) has it. Two! Three?", 3),
    ],
)
def test_sentences_are_counted(text: str, count: int) -> None:
    assert sentences(text) == count
