"""``%%pytest``: a cell that is a file of tests, run by pytest itself.

How it works: the cell's text is written into a new folder, as it stands; so
pytest rewrites its asserts, and its lines have their numbers. Beside it lies
``cells.py``, with what it imports of the notebook's other cells. Then
``python -m pytest`` runs there, in a process of its own, for a limited time.

Rule 1: what surrounds the notebook has no say: no settings, no ``conftest.py``
and no plugin but pytest-asyncio, which awaits the tests that are coroutines.
Rule 2: what differs from run to run or from machine to machine is not printed:
seconds, addresses, and the library's own lines in a traceback.
"""

import contextlib
import importlib.util
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from minichannels.lab.notebook.definitions import MODULE, module_for
from minichannels.lab.transport.kernel import shell_here
from minichannels.lab.transport.transport import has_sockets_and_threads

LIMIT = 30.0
"""After so many seconds pytest is ended."""

WIDTH = 76
"""How many columns pytest fills."""

FILE = "test_lesson.py"

_NEEDED = ("pytest", "pytest_asyncio")
_SETTINGS = """\
[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
"""
_OPTIONS = (
    "-v --tb=short -rN --no-header --color=no --show-capture=stdout"
    " -c pytest.ini --rootdir . --noconftest -p no:cacheprovider"
    f" -p {_NEEDED[1]}.plugin"
).split()


_ran: list[str] = []  # the cells of this kernel, the newest last


def offer_pytest(running: str) -> None:
    """From now on, let a cell of this kernel begin with ``%%pytest``.

    Args:
        running: the cell that runs now.
    """
    shell = shell_here()
    if shell is None:
        return
    _keep(running)
    # Not its own list "In": who runs a cell may ask not to have it kept there.
    shell.events.register("pre_run_cell", _keep_next)

    def run(line: str, cell: str) -> None:
        cells = module_for(cell, _ran)
        print(run_pytest(cell, cells, shlex.split(line)))  # noqa: T201, a cell's

    shell.register_magic_function(run, "cell", "pytest")


def _keep_next(info: Any) -> None:
    _keep(info.raw_cell)


def _keep(cell: str) -> None:
    with contextlib.suppress(ValueError):  # it runs again: now it is the newest
        _ran.remove(cell)
    _ran.append(cell)


def run_pytest(
    source: str,
    cells: str = "",
    options: Sequence[str] = (),
    limit: float = LIMIT,
) -> str:
    """Run a file of tests, and return what pytest says of it.

    Args:
        source: the file.
        cells: the module ``cells``.
        options: further ones for pytest, such as ``-k`` and a name.
        limit: how many seconds it may take.

    Raises:
        RuntimeError: pytest is not installed, or cannot be started here.
    """
    _require_pytest()
    # What just ended may keep a file open for a moment (Windows).
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        for file, text in (
            (FILE, source),
            (f"{MODULE}.py", cells),
            ("pytest.ini", _SETTINGS),
        ):
            (folder / file).write_text(text, encoding="utf-8")
        ended = _run([*_OPTIONS, *options, FILE], folder, limit)
        printed = (folder / "printed").read_text("utf-8", errors="replace")
    text = cleaned(printed.replace(f"{folder}{os.sep}", ""))
    if ended:
        return text
    return (
        f"{text}\n\npytest had not ended after {limit:g} s, so it was stopped."
        " The last test above may wait for what never comes."
    )


def _require_pytest() -> None:
    """Raise unless pytest can be started.

    Raises:
        RuntimeError: it cannot; says what to do.
    """
    if not has_sockets_and_threads():
        raise RuntimeError(
            "a kernel in a browser cannot start pytest; take this lesson in"
            " JupyterLab on a computer of your own"
        )
    if not all(map(importlib.util.find_spec, _NEEDED)):
        raise RuntimeError(
            "a cell that begins with %%pytest needs pytest and pytest-asyncio;"
            ' run pip install "minichannels[lab]"'
        )


def _run(options: Sequence[str], folder: Path, limit: float) -> bool:
    """Run pytest in a folder; return whether it has ended by itself."""
    # Not a pipe: what a test has started may hold that open for ever.
    with (folder / "printed").open("wb") as printed:
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *options],
            cwd=folder,
            env=dict(_environment()),
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            return False
        finally:  # also when the learner interrupts the cell
            _end(process)
    return True


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a process, and on Unix what it has started."""
    if process.poll() is None:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()


def _environment() -> Iterator[tuple[str, str]]:
    """Give the environment of pytest: nothing in it changes what it says."""
    for name, value in os.environ.items():
        if not name.startswith("PYTEST_") and name not in (
            "CI",
            "BUILD_NUMBER",
        ):
            yield name, value
    yield "PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1"
    yield "COLUMNS", str(WIDTH)
    # A file is rewritten faster than what Python keeps of it can notice.
    yield "PYTHONDONTWRITEBYTECODE", "1"
    yield "PYTHONHASHSEED", "0"  # a set is always shown in the same order
    yield "PYTHONUTF8", "1"


def cleaned(printed: str) -> str:
    """Return what pytest printed, without what another run would not repeat."""
    text = re.sub(r" at 0x[0-9a-f]+", "", printed)
    text = _SUMMARY.sub(_centred, text)
    text = _FOREIGN.sub("", text)
    return _CARETS.sub("", text).strip()


def _centred(match: "re.Match[str]") -> str:
    return f" {match[1]} ".center(WIDTH, "=")


# The last line; what follows it is told when tasks are thrown away at the exit.
_SUMMARY = re.compile(r"^=+ (.*) in [\d.]+s.* =+$[\s\S]*", re.M)
# A place in a traceback that is in neither of the two files, with its lines.
_FOREIGN = re.compile(r"^(?![E ]).*[/\\<].*:\d+: in .*\n(?: {4}.*\n)*", re.M)
# Each version of Python puts them in other places.
_CARETS = re.compile(r"^ +[~^]+[~^ ]*\n", re.M)
