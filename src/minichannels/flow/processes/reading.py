"""Journals that were written into files, read again.

How it works: a file holds one *life* of a process, and a folder those of
several. Each is read line by line (``processes.lives``). Its last line may be
cut off: whoever wrote it was killed.
"""

import contextlib
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from minichannels.flow.processes.holding import is_held
from minichannels.flow.processes.lines import MARK, Line
from minichannels.flow.processes.lives import LifeReader, ProcessLife

LONGEST_FIRST = 10_000
"""How many bytes of the first line are read: all of it, if it is ours."""


def is_journal(text: str | bytes) -> bool:
    """Return whether a text may be a journal's."""
    start = text[:100]
    start = start if isinstance(start, str) else start.decode("latin-1")
    return start.startswith(f'{{"{MARK}":')


def lives_in(folder: Path) -> list[ProcessLife]:
    """Return what the journals of a folder tell, in the order of their names.

    Raises:
        ValueError: there is none, or one is damaged.
        OSError: one cannot be read.
    """
    found = []
    for path in sorted(folder.glob("*.jsonl"), key=_in_numbers):
        try:
            found.append(life_at(path))
        except ValueError as error:
            if _has_begun(path):
                raise ValueError(f"{path}: {error}") from None
    if not found:
        raise ValueError(
            f"there is no journal (*.jsonl) in {str(folder)!r}; a process"
            " writes one that is recorded with --as NAME --save FOLDER"
        )
    return found


def _has_begun(path: Path) -> bool:
    """Return whether a file has a first line, of a journal or not."""
    with path.open("rb") as file:
        first = file.readline(LONGEST_FIRST)
    return len(first) == LONGEST_FIRST or first.endswith(b"\n")


def life_at(path: Path) -> ProcessLife:
    """Return what a journal tells, and whether it was broken off.

    Raises:
        ValueError: it is no journal; says which line does not fit.
        OSError: it cannot be read.
    """
    held = is_held(path)  # first: it may end in the meantime
    with path.open("rb") as file:
        life = _told(file)
    life.broken = not (life.ended or held)
    return life


def _in_numbers(path: Path) -> list[tuple[int, str]]:
    """Return a name in parts: web-2 comes before web-10."""
    parts = re.split(r"(\d+)", path.stem)
    return [(int(p), "") if p.isdecimal() else (0, p) for p in parts]


def life_in(text: str | bytes) -> ProcessLife:
    """Return what a journal tells.

    Raises:
        ValueError: it is no journal; says which line does not fit.
    """
    if isinstance(text, str):
        text = text.encode("utf-8", "surrogatepass")
    return _told(io.BytesIO(text))


def _told(rows: IO[bytes]) -> ProcessLife:
    """Return what lines tell; no more of them is kept than a journal does."""
    reader = _begun(rows.readline(LONGEST_FIRST))
    for number, row in enumerate(rows, start=2):
        if not row.endswith(b"\n"):  # the last one, that may be cut off
            with contextlib.suppress(ValueError):
                reader.take(_line(row))
            break  # whatever is behind it was written meanwhile
        with _in_line(number):
            reader.take(_line(row))
    return reader.finished()


def _begun(first: bytes) -> LifeReader:
    """Return what takes in a journal that begins so."""
    if not first:
        raise ValueError("nothing is written in it yet, or nothing ever was")
    if MARK.encode() not in first:
        raise ValueError(
            f"line 1: there is no {MARK!r} in it; so it is no journal, as"
            " --save flow.jsonl writes one (a flow that was saved at the end is"
            " called .json)"
        )
    with _in_line(1):
        return LifeReader(_line(first))


@contextlib.contextmanager
def _in_line(number: int) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise ValueError(f"line {number}: {error}") from None


def _line(row: bytes) -> Line:
    try:
        line = json.loads(row)
    except (ValueError, RecursionError):
        line = None
    if not isinstance(line, dict):
        raise ValueError("it is no JSON object")
    return line
