import json
from pathlib import Path

import pytest

from minichannels.lab.building.unshown import titles, unshown
from support import ROOT

MODULE = '''\
"""A module."""

NUMBER = 1


class Bell:
    def ring(self):
        return NUMBER

    def stop(self):
        return NUMBER
'''
RING = "def ring(self):\n    return NUMBER"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A package whose core is one module."""
    folder = tmp_path / "house"
    for name in ("bells.py", "lab/rooms.py", "layers/redis.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(MODULE, encoding="utf-8")
    return folder


def write(folder: Path, code: str, *texts: str) -> Path:
    """Write a notebook of a title and one cell of code."""
    outputs = [{"data": {"text/plain": text}} for text in (*texts, "")]
    cells = [
        {"cell_type": "markdown", "source": ["# 00 · Bells\n", "\n", "Ring."]},
        {"cell_type": "code", "source": code, "outputs": [{}, *outputs]},
    ]
    path = folder / "00-bells.ipynb"
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return folder


def test_nothing_is_shown_without_a_notebook(
    source: Path, tmp_path: Path
) -> None:
    assert list(unshown(tmp_path, source)) == ["house.bells:1-11"]


def test_shown_lines_are_left_out_whatever_their_indentation(
    source: Path, tmp_path: Path
) -> None:
    notebooks = write(tmp_path, "show_source(Bell.ring)", RING)

    assert list(unshown(notebooks, source)) == [
        "house.bells:1-6",
        "house.bells:10-11",
    ]


def test_a_cell_with_lines_for_ipython_shows_its_source(
    source: Path, tmp_path: Path
) -> None:
    notebooks = write(tmp_path, "%second ring()\nshow_source(Bell.ring)", RING)

    assert "house.bells:1-6" in list(unshown(notebooks, source))


def test_a_cell_may_show_several_pieces(source: Path, tmp_path: Path) -> None:
    stop = RING.replace("ring", "stop")
    notebooks = write(tmp_path, "print(show_source(Bell.ring))", RING, stop)

    assert list(unshown(notebooks, source)) == ["house.bells:1-6"]


def test_everything_is_shown_by_the_whole(source: Path, tmp_path: Path) -> None:
    notebooks = write(tmp_path, "show_source(bells)", MODULE)

    assert list(unshown(notebooks, source)) == []


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("print(Bell.ring)", RING),
        ("lab.show_source(Bell.ring)", RING),
        ("show_source(Bell.ring)", RING.replace("NUMBER", "2")),
    ],
)
def test_what_is_no_source_or_another_one_shows_nothing(
    source: Path, tmp_path: Path, code: str, text: str
) -> None:
    notebooks = write(tmp_path, code, text)

    assert list(unshown(notebooks, source)) == ["house.bells:1-11"]


def test_titles_are_those_of_the_notebooks(tmp_path: Path) -> None:
    write(tmp_path, "")
    (tmp_path / "01-none.ipynb").write_text('{"cells": []}', encoding="utf-8")

    assert list(titles(tmp_path)) == [
        "00-bells.ipynb  00 · Bells",
        "01-none.ipynb  ",
    ]


def test_lines_of_a_lesson_are_found_in_the_library(tmp_path: Path) -> None:
    dispatch = "minichannels.consumer.async_consumer:97"

    def among(rows: list[str]) -> bool:
        inside = (row.partition(":") for row in rows)
        return any(
            int(lines.split("-")[0]) <= 97 <= int(lines.split("-")[1])
            for module, _, lines in inside
            if module == dispatch.partition(":")[0]
        )

    assert among(list(unshown(tmp_path)))
    assert not among(list(unshown(ROOT / "notebooks")))
