"""Each of these runs pytest, as a cell does."""

import importlib.util
import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from minichannels.lab.notebook import pytest_cells
from minichannels.lab.notebook.pytest_cells import (
    WIDTH,
    cleaned,
    offer_pytest,
    run_pytest,
)

TESTS = """\
import asyncio

import pytest
from cells import Slow


@pytest.mark.parametrize("wanted", ["tea", "milk"])
async def test_answer(wanted):
    await asyncio.sleep(0)
    assert Slow().answer() == wanted


def test_time():
    print("printed")
    assert {"a", "b", "c"} == {object}
"""
CELLS = "class Slow:\n    def answer(self): return 'tea'\n"


def test_pytest_tells_how_each_test_went() -> None:
    text = run_pytest(TESTS, CELLS)

    lines = text.splitlines()
    assert [line.split()[:2] for line in lines if "::" in line] == [
        ["test_lesson.py::test_answer[tea]", "PASSED"],
        ["test_lesson.py::test_answer[milk]", "FAILED"],
        ["test_lesson.py::test_time", "FAILED"],
    ]
    assert "test_lesson.py:10: in test_answer" in lines
    assert "E   AssertionError: assert 'tea' == 'milk'" in lines
    assert "printed" in lines
    assert lines[-1] == " 2 failed, 1 passed ".center(WIDTH, "=")
    assert max(map(len, lines)) <= WIDTH


def test_pytest_says_the_same_each_time_wherever_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run_pytest(TESTS, CELLS)
    (tmp_path / "conftest.py").write_text("1 / 0")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --nonsense\n")
    monkeypatch.chdir(tmp_path)
    for name, value in (
        ("PYTEST_ADDOPTS", "-x"),
        ("CI", "1"),
        ("COLUMNS", "200"),
        ("FORCE_COLOR", "1"),
        ("TMPDIR", str(tmp_path)),
    ):
        monkeypatch.setenv(name, value)

    assert run_pytest(TESTS, CELLS) == first


def test_pytest_takes_options() -> None:
    text = run_pytest(TESTS, CELLS, ["-k", "tea"])

    assert "1 passed, 2 deselected" in text


def test_pytest_tells_of_a_file_with_a_mistake_without_its_folder() -> None:
    text = run_pytest("from cells import Fast\n", CELLS)

    assert "cannot import name 'Fast' from 'cells' (cells.py)" in text
    assert "test_lesson.py:1: in <module>" in text
    assert os.sep + "test_lesson.py" not in text


class Late(subprocess.Popen[bytes]):
    """A process whose time is up at once, or when it has called."""

    listener: socket.socket | None = None
    called: socket.socket | None = None

    def wait(self, timeout: float | None = None) -> int:
        if timeout is None:
            if self.called:
                self.called.close()
            return super().wait()
        if self.listener:
            self.called, _ = self.listener.accept()
        raise subprocess.TimeoutExpired(self.args, timeout)


def test_pytest_is_ended_when_its_time_is_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setattr(Late, "listener", listener)
        monkeypatch.setattr(subprocess, "Popen", Late)
        tests = (
            "import socket\ndef test_quick(): pass\ndef test_hangs():\n"
            f"    socket.create_connection({listener.getsockname()}).recv(1)\n"
        )

        text = run_pytest(tests, "", limit=15)

    assert "test_lesson.py::test_quick PASSED" in text
    assert "test_lesson.py::test_hangs" in text
    assert text.endswith(
        "pytest had not ended after 15 s, so it was stopped. The last test"
        " above may wait for what never comes."
    )


def test_interrupted_cell_ends_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Interrupted(subprocess.Popen[bytes]):
        def wait(self, timeout: float | None = None) -> int:
            if self not in started:
                started.append(self)
                raise KeyboardInterrupt
            return super().wait(timeout)

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_pytest("import time\ndef test_x(): time.sleep(1000)\n")

    assert started[0].returncode


def test_where_processes_have_no_groups_the_process_is_killed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(os, "killpg")
    monkeypatch.setattr(subprocess, "Popen", Late)

    text = run_pytest("import time\ndef test_x(): time.sleep(1000)\n", limit=5)

    assert "pytest had not ended after 5 s" in text


@pytest.mark.parametrize("lacking", ["pytest", "pytest_asyncio"])
def test_without_pytest_it_is_said_what_to_install(
    lacking: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    find: Callable[[str], Any] = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: None if name == lacking else find(name),
    )

    with pytest.raises(
        RuntimeError, match=r'pip install "minichannels\[lab\]"'
    ):
        run_pytest(TESTS, CELLS)


def test_kernel_in_a_browser_says_that_it_cannot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pytest_cells, "has_sockets_and_threads", lambda: False)

    with pytest.raises(RuntimeError, match="a kernel in a browser cannot"):
        run_pytest(TESTS, CELLS)


def test_without_ipython_there_is_nothing_to_offer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pytest_cells, "shell_here", lambda: None)

    offer_pytest("")


class Shell:
    """What is used of IPython's."""

    def __init__(self) -> None:
        self.events = self
        self.callbacks: list[Callable[[Any], None]] = []
        self.magics: dict[tuple[str, str], Callable[[str, str], None]] = {}

    def register_magic_function(
        self, function: Callable[[str, str], None], kind: str, name: str
    ) -> None:
        self.magics[kind, name] = function

    def register(self, event: str, function: Callable[[Any], None]) -> None:
        assert event == "pre_run_cell"
        self.callbacks.append(function)

    def run(self, cell: str) -> None:
        """Do what IPython does before it runs a cell."""
        for callback in self.callbacks:
            callback(SimpleNamespace(raw_cell=cell))


def test_cell_gets_its_options_and_what_other_cells_define(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = Shell()
    monkeypatch.setattr(pytest_cells, "shell_here", lambda: shell)
    other = CELLS.replace("tea", "milk")

    offer_pytest("import asyncio")
    for cell in (CELLS, other, f"%%pytest\n{TESTS}", CELLS):
        shell.run(cell)
    shell.magics["cell", "pytest"]("-k 'tea or milk'", TESTS)

    printed = capsys.readouterr().out
    assert "1 failed, 1 passed, 1 deselected" in printed
    assert "assert 'tea' == 'milk'" in printed  # the cell that ran last


PRINTED = """\
test_lesson.py:3: in test_x
    assert await ada.receive_from() == "tea"
           ^^^^^^^^^^^^^^^^^^^^^^^^
/home/ada/lib/application.py:96: in receive_output
    raise TimeoutError(
    ...<2 lines>...
<frozen importlib._bootstrap>:1204: in _gcd_import
    ???
C:\\lib\\x.py:7: in f
    g()
    ~^^
cells.py:7: in f
    g()
E   TimeoutError: <Queue at 0x7f28 maxsize=10> sent nothing
========== 1 failed in 61.20s (0:01:01) ==========
Task exception was never retrieved
"""


def test_what_differs_from_run_to_run_is_left_out() -> None:
    assert cleaned(PRINTED).splitlines() == [
        "test_lesson.py:3: in test_x",
        '    assert await ada.receive_from() == "tea"',
        "cells.py:7: in f",
        "    g()",
        "E   TimeoutError: <Queue maxsize=10> sent nothing",
        " 1 failed ".center(WIDTH, "="),
    ]
