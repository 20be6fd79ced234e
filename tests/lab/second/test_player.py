import io
import json
import runpy
import sys
from typing import Any

import pytest

from minichannels.lab.second import player
from minichannels.lab.second.player import play


async def answers_to(*cells: str) -> list[Any]:
    lines, answers = [json.dumps(cell) for cell in cells], list[str]()
    await play(lambda: lines.pop(0) if lines else "", answers.append)
    return list(map(json.loads, answers))


async def played(*cells: str) -> list[Any]:
    """Return for each cell what it printed and raised."""
    return [answer[:2] for answer in await answers_to(*cells)]


async def test_cells_share_names_and_an_event_loop() -> None:
    assert await played(
        "import asyncio\nasync def later():\n    return 5",
        "task = asyncio.create_task(later())",
        "await task",
        "print(await task + 1)",
    ) == [["", ""], ["", ""], ["5\n", ""], ["6\n", ""]]


async def test_value_of_the_last_line_alone_is_printed() -> None:
    assert await played("'a'\nx = 1", "", "x\n'b'", "x", "print(x, _)") == [
        ["", ""],
        ["", ""],
        ["'b'\n", ""],
        ["1\n", ""],
        ["1 None\n", ""],
    ]


async def test_error_is_told_and_the_next_cell_runs() -> None:
    assert await played("print(1)\n1 / 0", "2", "what is that?") == [
        ["1\n", "ZeroDivisionError: division by zero"],
        ["2\n", ""],
        ["", "SyntaxError: invalid syntax"],
    ]


async def test_name_that_was_missing_is_told() -> None:
    missing = "NameError: name 'milk' is not defined"

    assert await answers_to("milk", "raise NameError('tea')") == [
        ["", missing, "milk"],
        ["", "NameError: tea", None],
    ]


async def test_source_of_a_class_can_be_shown() -> None:
    ((printed, problem),) = await played(
        "from minichannels.lab import show_source\n"
        "class A:\n    def f(self): return 1\n"
        "print(show_source(A.f).text)"
    )

    assert (printed, problem) == ("def f(self): return 1\n", "")


def test_player_is_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.StringIO('"6 * 7"\n'))
    monkeypatch.setattr(sys, "stdout", answers)

    runpy.run_path(player.__file__, run_name="__main__")

    assert answers.getvalue() == '["42\\n", "", null]\n'
