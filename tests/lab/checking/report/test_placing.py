"""What is said of an answer that is not the learner's own."""

from typing import Any

import pytest

from minichannels.lab.checking.check import judged, told
from minichannels.lab.checking.diagnosis.answers import MISSING
from minichannels.lab.checking.diagnosis.cells import Cell
from minichannels.lab.checking.report.compose import Result
from minichannels.lab.checking.report.message import WIDTH
from minichannels.lab.checking.report.placing import Calling
from minichannels.lab.checking.stage.exercise import find
from minichannels.lab.exercises import e4_2, e6_1
from support.exercises import define, result_of

STUB, SOLUTION = e4_2.EXERCISE.stub, e4_2.EXERCISE.solution
MINE = SOLUTION.replace("ChatConsumer", "ChatConsummer")


async def beside(old: str, new: str, **calling: Any) -> Result:
    """Check what an older cell has defined, called from a newer one."""
    verdict = await judged(find("4.2"), MISSING, define(old))
    cells = [Cell(3, old), Cell(5, new)]
    return await told(verdict, calling=Calling(cells, **calling))


async def test_other_cell_is_the_headline() -> None:
    result = await beside(STUB, MINE)

    assert result.key == "other cell"
    assert " ".join(repr(result).split()) == (
        "4.2 not solved yet: I tested ChatConsumer of another cell, not your"
        " ChatConsummer."
        " What I tested ChatConsumer comes from cell [3], which begins with"
        " class ChatConsumer(WebsocketConsumer):. The cell that you ran"
        " defines ChatConsummer, and no ChatConsumer."
        " What should have happened The exercise's own cell defines"
        " ChatConsumer."
        " Next: give ChatConsummer the name ChatConsumer, and run its cell"
        ' again. A hint: hint("4.2")'
    )


async def test_other_cell_is_told_of_a_pass_as_well() -> None:
    result = await beside(SOLUTION, MINE)

    assert result.solved
    assert "cell that you ran defines ChatConsummer" in (
        " ".join(str(result).split())
    )


async def test_cell_that_did_not_get_so_far_is_the_headline() -> None:
    newer = f"oops\n{STUB}"

    result = await beside(STUB, newer)

    assert result.key == "unfinished cell"
    text = " ".join(str(result).split())
    assert "comes from cell [3]" in text
    assert "Next: run that cell again; if it ends with an error" in text


@pytest.mark.parametrize("old", [STUB, SOLUTION, "x = 1"])
async def test_cell_that_cannot_be_read_is_the_headline(old: str) -> None:
    newer = "class ChatConsumer(WebsocketConsumer):\n    def news.flash(self)"

    result = await beside(old, newer + ": pass")

    text = " ".join(str(result).split())
    assert "In cell [5], which begins with class ChatConsumer" in text
    assert "line 2 is def news.flash(self): pass: the name of a method" in text
    assert result.solved is (old == SOLUTION)
    if not result.solved:
        assert result.key == "unreadable cell"


async def test_cell_that_cannot_be_read_counts_no_more_once_it_is_mended() -> (
    None
):
    verdict = await judged(find("4.2"), MISSING, define(STUB))
    cells = [Cell(1, f"{STUB}    x ="), Cell(2, STUB), Cell(3, "await x")]

    result = await told(verdict, calling=Calling(cells))

    assert result.key == "untouched"


async def test_answer_that_was_handed_over_is_the_one_that_is_meant() -> None:
    result = await beside(STUB, MINE, by_name=False)

    assert result.key == "untouched"


async def test_stub_is_told_what_it_does_and_no_line_of_it() -> None:
    result = await result_of("4.2", STUB)

    titles = [section.title for section in result.sections]
    assert result.key == "untouched"
    assert "What the cell does so far" in titles
    assert "What your code did" not in titles
    assert all(section.place is None for section in result.sections)


async def test_stub_that_lacks_what_stood_around_it_is_told_what_it_lacks() -> (
    None
):
    stub = e6_1.EXERCISE.stub.replace("where = {}", "")

    result = await result_of("6.1", stub)

    assert result.key == "raised"
    assert "name 'where' is not defined" in str(result)


async def test_long_first_line_of_a_cell_is_cut() -> None:
    long = STUB.replace("class ", f"# `{'x' * 200}`\nclass ", 1)

    result = await beside(long, MINE)

    assert max(map(len, str(result).splitlines())) <= WIDTH
    assert "x" * 61 not in str(result)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (Cell(0, MINE), "comes from another place."),
        (Cell(7, f"{MINE}\ntea = 1"), "comes from another place."),
    ],
)
async def test_place_that_is_not_known_is_not_named(
    cell: Cell, words: str
) -> None:
    verdict = await judged(find("4.2"), MISSING, define(STUB))

    result = await told(verdict, calling=Calling([cell]))

    assert words in " ".join(str(result).split())
