"""Each of these starts the other process, as a lesson does."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from minichannels.lab import begin
from minichannels.lab.second import cells
from minichannels.lab.second.cells import (
    NameMissingThere,
    SecondNotebook,
    offer_second,
)


@pytest.fixture(scope="module")  # it takes a second to start
def second() -> Iterator[SecondNotebook]:
    second = SecondNotebook()
    yield second
    second.end()


def ran(second: SecondNotebook, cell: str) -> str:
    second.send(cell)
    return second.answer()


def test_cells_run_in_one_other_process(second: SecondNotebook) -> None:
    ran(second, "import os")

    first, again = ran(second, "os.getpid()"), ran(second, "os.getpid()")

    assert first == again != f"{os.getpid()}\n"


def test_error_in_it_is_raised_here(second: SecondNotebook) -> None:
    with pytest.raises(RuntimeError) as caught:
        ran(second, "print('so far')\n1 / 0")

    assert str(caught.value) == (
        "in the second notebook: ZeroDivisionError: division by zero\nso far\n"
    )


def test_name_that_is_missing_there_is_told_by_name(
    second: SecondNotebook,
) -> None:
    with pytest.raises(NameMissingThere) as caught:
        ran(second, "milk")

    assert caught.value.name == "milk"
    assert str(caught.value) == (
        "in the second notebook: NameError: name 'milk' is not defined"
    )


def test_process_that_has_ended_is_told_and_begins_anew(
    second: SecondNotebook,
) -> None:
    with pytest.raises(RuntimeError, match="notebook has ended: it raised Sys"):
        ran(second, "import os\nos._exit(3)")

    assert ran(second, "1") == "1\n"


def test_cell_that_goes_on_for_too_long_is_ended() -> None:
    second = SecondNotebook(limit=0)

    with pytest.raises(RuntimeError, match="took more than 0 s; run its cells"):
        ran(second, "while True: pass")


def test_interrupt_ends_it(
    second: SecondNotebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted() -> str:
        raise KeyboardInterrupt

    second.send("1")
    process = second._process
    assert process is not None
    monkeypatch.setattr(second, "_read", interrupted)

    with pytest.raises(KeyboardInterrupt):
        second.answer()

    assert process.returncode


class Shell:
    """What is used of IPython."""

    def __init__(self) -> None:
        self.magics: dict[str, Any] = {}
        self.ran: list[str] = []

    def register_magic_function(self, run: Any, kind: str, name: str) -> None:
        self.magics[name] = run

    def run_cell(self, cell: str) -> None:
        self.ran.append(cell)


def test_magics_run_cells_there_and_in_both(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shell = Shell()
    offer_second(shell)

    shell.magics["both"]("", "x = 5\nprint('there')")
    shell.magics["second"]("", "x + 1")
    shell.magics["second"]("x + 2")
    cells.end_second()

    assert shell.ran == ["x = 5\nprint('there')"]
    assert capsys.readouterr().out == "there\n6\n7\n"


async def test_lesson_ends_it() -> None:
    lesson = begin("10")  # no IPython runs here, so there are no magics
    cells._second.send("1")
    process = cells._second._process
    assert process is not None

    await lesson.end()

    assert process.returncode is not None
