"""Which exercises are solved: one small file on this machine.

It lies in the folder ``MINICHANNELS_HOME``, or else where this system keeps
what belongs to a user. It is replaced in one step, so it is never half
written, and by one kernel at a time, so that none forgets what another has
added; and whatever is wrong with it, no lesson fails for that.
"""

import contextlib
import json
import os
import sys
import tempfile
from pathlib import Path

from minichannels.lab.checking.report.locking import locked, patiently
from minichannels.lab.checking.report.message import STYLE, bar
from minichannels.lab.checking.stage.exercise import find, numbers
from minichannels.lab.checking.texts.texts import say

FILE, LOCK = "progress.json", "progress.lock"


def home() -> Path:
    """Return the folder for what the lab keeps."""
    user = os.path.expanduser("~")  # itself, if nobody has a home
    chosen = os.environ.get("MINICHANNELS_HOME")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        base = os.environ.get("APPDATA", f"{user}/AppData/Roaming")
    elif sys.platform == "darwin":
        base = f"{user}/Library/Application Support"
    else:
        base = os.environ.get("XDG_DATA_HOME", f"{user}/.local/share")
    return Path(base) / "minichannels"


# What is solved in this process, where the file cannot be written.
_here: dict[Path, set[str]] = {}


def solved() -> set[str]:
    """Return the numbers of the exercises solved so far."""
    known = _here.get(home(), set())
    try:
        values = json.loads((home() / FILE).read_text(encoding="utf-8"))
        return known | {str(number) for number in values["solved"]}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return set(known)  # a lesson must not fail for it


def add_solved(number: str) -> set[str]:
    """Note that an exercise is solved; return all that are."""
    _here.setdefault(home(), set()).add(number)
    with contextlib.suppress(OSError):
        home().mkdir(parents=True, exist_ok=True)
        with locked(home() / LOCK):
            content = json.dumps({"solved": sorted(solved())}, indent=1)
            _replace(home(), f"{content}\n")
    return solved()


def _replace(folder: Path, content: str) -> None:
    handle, name = tempfile.mkstemp(dir=folder, text=True)
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(content)
        # Windows: not while another kernel reads it.
        patiently(lambda: os.replace(name, folder / FILE))
    except OSError:
        os.unlink(name)
        raise


def of_lesson(lesson: str) -> tuple[int, int]:
    """Return how many of a lesson's exercises are solved, and how many of."""
    own = [number for number in numbers() if find(number).lesson == lesson]
    return len(solved() & set(own)), len(own)


class Progress:
    """How far the learner is; the last line of a cell shows it."""

    def lessons(self) -> dict[str, tuple[int, int]]:
        """Map each lesson to how many are solved, and of how many."""
        lessons = [find(number).lesson for number in numbers()]
        return {lesson: of_lesson(lesson) for lesson in lessons}

    def __repr__(self) -> str:
        return "\n".join(
            f"{say('progress', lesson=lesson, done=done, all=total)}"
            f"  [{'#' * done}{'.' * (total - done)}]"
            for lesson, (done, total) in self.lessons().items()
        )

    def _repr_html_(self) -> str:
        lines = [
            f"<li>{bar(done, total)}"
            f"{say('progress', lesson=lesson, done=done, all=total)}</li>"
            for lesson, (done, total) in self.lessons().items()
        ]
        items = "".join(lines)
        return (
            f'{STYLE}<section class="mc-check ok">'
            f'<ul style="list-style:none;margin:0;padding:0">{items}</ul>'
            "</section>"
        )


def progress() -> Progress:
    """Return how many exercises of each lesson are solved."""
    return Progress()
