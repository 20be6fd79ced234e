"""``%%second`` and ``%%both``: cells that run in another process.

A cell that begins with ``%%second`` is run in a second notebook, with names, a
memory and an event loop of its own; ``%%both`` runs in this one, too; and
``%second`` runs the rest of its line there. What they print appears below the
cell. The second notebook is a process beside the
kernel (``second.player``), which begins with the first of these cells, and
ends with the lesson.
"""

import json
import subprocess
import sys
import threading
from typing import Any

LIMIT = 30.0
"""After so many seconds of one cell the other process is ended."""


class NameMissingThere(NameError):
    """A cell in the second notebook uses a name that is not there."""


class SecondNotebook:
    """A process that runs cells, from the first one on."""

    def __init__(self, limit: float = LIMIT) -> None:
        self._limit = limit
        self._process: subprocess.Popen[str] | None = None

    def send(self, cell: str) -> None:
        """Have a cell run, and wait for nothing."""
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", f"{__package__}.player"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
                start_new_session=True,  # it hears no interrupt of the kernel
            )
        pipe: Any = self._process.stdin
        pipe.write(f"{json.dumps(cell)}\n")
        pipe.flush()

    def answer(self) -> str:
        """Wait for the end of the cell; return what it printed.

        Raises:
            NameMissingThere: a name is not defined there.
            RuntimeError: it raised something else, or took too long.
        """
        line = ""
        try:
            line = self._read()
        finally:  # also when the learner interrupts the cell
            if not line:
                self.end()
        if not line:
            raise RuntimeError(
                "the second notebook has ended: it raised SystemExit, or a cell"
                f" took more than {self._limit:g} s; run its cells again, from"
                " the first one on"
            )
        printed, problem, missing = json.loads(line)
        said = f"in the second notebook: {problem}\n{printed}"
        if missing:
            raise NameMissingThere(said.strip(), name=missing)
        if problem:
            raise RuntimeError(said)
        return str(printed)

    def _read(self) -> str:
        process: Any = self._process
        timer = threading.Timer(self._limit, process.kill)
        timer.start()
        try:
            return str(process.stdout.readline())
        finally:
            timer.cancel()
            timer.join()

    def end(self) -> None:
        """End it; doing so again is fine."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


_second = SecondNotebook()


def offer_second(shell: Any) -> None:
    """From now on, let a cell begin with ``%%second`` or ``%%both``.

    Args:
        shell: IPython's; None if there is none.
    """
    if shell is None:
        return

    def second(line: str, cell: str = "") -> None:
        _second.send(cell or line)
        sys.stdout.write(_second.answer())

    def both(line: str, cell: str) -> None:
        _second.send(cell)  # at the same time
        shell.run_cell(cell)
        sys.stdout.write(_second.answer())

    shell.register_magic_function(second, "line_cell", "second")
    shell.register_magic_function(both, "cell", "both")


def end_second() -> None:
    """End the second notebook, if there is one."""
    _second.end()
