"""Lessons, and what must be true of them."""

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from support import ROOT
from support.kernels import started

CELL_TIMEOUT = 60

LESSONS = sorted(
    path
    for path in (ROOT / "notebooks").rglob("*.ipynb")
    if not path.parent.name.startswith(".")
)

SOLVED = [path for path in LESSONS if path.parent.name == "solutions"]

# A lesson's name begins with its number; what begins with a letter is to be
# read, and has neither exercises nor predictions.
STUDENTS = [
    path for path in LESSONS if path not in SOLVED and path.name[0].isdigit()
]
READING = [path for path in LESSONS if path not in SOLVED + STUDENTS]

# To nbval, what is empty here is not installed. jsonschema uses that if it can,
# and it takes three seconds to be imported.
WITHOUT = ROOT / "tests" / "support" / "without"

# What another run or another machine would print differently.
UNSTABLE = {
    "an address in memory": r"\bat 0x[0-9a-fA-F]+",
    "a port": r"\b(?:127\.0\.0\.1|localhost|\[?::1\]?):\d+",
    "a path": r"(?<![\w.])/(?:home|Users|root|tmp|var|usr|opt)/|\b[A-Z]:\\",
    "a process": r"\bipykernel_\d+",
    "a random id": r"\b[0-9a-f]{32}\b|\b[0-9a-f]{8}-[0-9a-f]{4}-",
    # Not the line of the layer that makes them.
    "a random channel": r"\.inmemory!(?!\d+\b|\{)",
    # The day and time that exercise 6.3 sends are the same in each run, and so
    # is the beginning of all time, to which a cookie is set that is deleted.
    "a time": (
        r"\b(?!09:30:00|00:00:00)\d\d:\d\d:\d\d\b"
        r"|\b(?!2031-05-17)20\d\d-\d\d-\d\d\b"
    ),
}


def name(path: Path) -> str:
    """Name a lesson in a report: its file without the ending."""
    return f"{path.stem} solved" if path in SOLVED else path.stem


def write_notebook(path: Path, *sources: str, **tags: list[str]) -> Path:
    """Store a throw-away notebook that was never executed.

    Args:
        path: where to.
        sources: the code cells.
        tags: those of a cell, by a keyword ``cell_<number from 1>``.
    """
    cells: list[Any] = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"code-{number}",
            "metadata": {"tags": tags.get(f"cell_{number}", [])},
            "outputs": [],
            "source": source,
        }
        for number, source in enumerate(sources, start=1)
    ]
    kernel = {"name": "python3", "display_name": "Python"}
    notebook = {
        "cells": cells,
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def code_cells(path: Path) -> list[Any]:
    """Read the code cells of a notebook, without nbformat: that takes seconds.

    Returns:
        Each with the attributes that the format gives it.
    """
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [
        SimpleNamespace(**cell | {"source": "".join(cell["source"])})
        for cell in cells
        if cell["cell_type"] == "code"
    ]


def stored_problems(path: Path) -> list[str]:
    """List what a notebook must not store, and what it lacks."""
    found = []
    for number, cell in enumerate(code_cells(path), start=1):
        reasons = list(_cell_problems(cell))
        if cell.execution_count != number:
            # nbval does not compare a cell without an execution count at all.
            reasons.append(f"has execution count {cell.execution_count}")
        found += [f"code cell {number} {reason}" for reason in reasons]
    return found


def _cell_problems(cell: Any) -> Iterator[str]:
    tags = " ".join(cell.metadata.get("tags", []))
    if re.search("nbval", cell.source + tags, re.IGNORECASE):
        yield "has a mark that weakens nbval"
    for text in _texts(cell.outputs):
        for what, pattern in UNSTABLE.items():
            if match := re.search(pattern, text):
                yield f"stores {what}: {match.group()!r}"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        for picture in re.findall(r"svg\+xml;base64,([\w+/]+=*)", value):
            yield base64.b64decode(picture).decode()
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def strict_nbval(path: Path, folder: Path) -> tuple[bool, str]:
    """Compare the stored outputs of a notebook with those of a fresh kernel.

    Args:
        path: the notebook.
        folder: for what the run needs; the lab finds there what another run
            has left.

    Returns:
        Whether all cells passed, and what nbval printed.
    """
    # Neither our settings nor the other plugins: they double the time.
    settings = folder / "pytest.ini"
    settings.touch()
    home = folder / "home"
    home.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "pytest", "-p", "nbval.plugin", "--nbval"]
    command += ["--quiet", "-p", "no:cacheprovider", "-c", str(settings)]
    command += [f"--nbval-cell-timeout={CELL_TIMEOUT}", str(path)]
    environment = {
        "MINICHANNELS_HOME": str(home),
        "PYTHONPATH": str(WITHOUT),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    return _compared(command, environment)


def plain_nbval(path: Path, home: Path, *options: str) -> tuple[bool, str]:
    """Compare stored outputs as anybody does: ``pytest --nbval notebooks``.

    Args:
        path: a notebook, or the folder.
        home: where the lab keeps what it keeps.
        options: further ones of pytest.

    Returns:
        Whether all cells passed, and what nbval printed.
    """
    command = [sys.executable, "-m", "pytest", "--nbval", str(path), *options]
    return _compared(command, {"MINICHANNELS_HOME": str(home)})


def _compared(
    command: Sequence[str], environment: Mapping[str, str]
) -> tuple[bool, str]:
    begin = partial(
        subprocess.run,
        command,
        env=os.environ | environment,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    done = begin()
    if "Failure starting kernel" in done.stdout + done.stderr:
        done = begin()  # see kernels.start()
    return done.returncode == 0, done.stdout + done.stderr


def run_all(path: Path, home: Path, times: int = 1) -> list[str]:
    """Queue all cells of a notebook at once on one kernel, as Run All does.

    nbclient and nbval send a cell when the one before it has ended, so they
    do not see a cell that hangs the queue behind it.

    Args:
        path: the notebook.
        home: an empty folder for what the lab keeps.
        times: how often all cells are run, on the same kernel.

    Returns:
        For each cell that failed, its number and what happened.
    """
    cells = code_cells(path)
    environment = os.environ | {"MINICHANNELS_HOME": str(home)}
    with started(cwd=str(path.parent), env=environment) as kernel:
        found = []
        for _ in range(times):
            found += _queue(kernel.client, cells)
    return found


def _queue(client: Any, cells: list[Any]) -> list[str]:
    numbers = {}
    for number, cell in enumerate(cells, start=1):
        expected = "raises-exception" in cell.metadata.get("tags", [])
        request = client.execute(cell.source, stop_on_error=not expected)
        numbers[request] = (number, expected)
    found = []
    while numbers:
        reply = client.get_shell_msg(timeout=CELL_TIMEOUT)
        request = reply["parent_header"]["msg_id"]
        number, expected = numbers.pop(request, (0, True))
        content = reply["content"]
        if content["status"] != "ok" and not expected:
            why = content.get("evalue", "not run")
            found.append(f"code cell {number}: {content['status']}: {why}")
    return found
