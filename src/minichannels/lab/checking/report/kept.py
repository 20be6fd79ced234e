"""What is kept of a learner's work: one small file on this machine.

It is replaced in one step, so it is never half written, and by one kernel at a
time, so that none forgets what another has added. One that cannot be read is
put aside, not overwritten; and whatever is wrong, no lesson fails for that.
"""

import contextlib
import json
import os
from collections import defaultdict
from pathlib import Path
from typing import Any, Literal

from minichannels.flow.private import write_text
from minichannels.lab.keeping.home import home
from minichannels.lab.keeping.locking import locked, patiently

FILE, LOCK = "progress.json", "progress.lock"
ASIDE = "progress-damaged"

Kind = Literal["solved", "hints", "predicted"]
KINDS: tuple[Kind, ...] = ("solved", "hints", "predicted")
"""What is kept: numbers of exercises, ``"4.1 2"`` for the second hint of one,
and numbers of predictions."""


# What was added in this process, where the file cannot be written.
_here: defaultdict[tuple[Path, Kind], set[str]] = defaultdict(set)


def kept(kind: Kind) -> set[str]:
    """Return all that is kept of one kind."""
    return set(_content().get(kind, ())) | _here[home(), kind]


def keep(kind: Kind, entry: str) -> None:
    """Keep one more entry."""
    _here[home(), kind].add(entry)
    with contextlib.suppress(OSError):
        home().mkdir(parents=True, exist_ok=True)
        with locked(home() / LOCK):
            if _is_damaged():
                _put_aside()
            content = _content()
            content |= {kind: sorted(kept(kind)) for kind in KINDS}
            _replace(f"{json.dumps(content, indent=1)}\n")


def put_aside() -> list[Path]:
    """Return the files that could not be read, in the order of their names.

    One that is in the way now is put beside them.
    """
    with contextlib.suppress(OSError):
        if _is_damaged():
            with locked(home() / LOCK):
                # Another kernel may have done it in the meantime.
                if _is_damaged():
                    _put_aside()
    return sorted(home().glob(f"{ASIDE}*.json"))


def _content() -> dict[str, Any]:
    """Return what the file holds; nothing, if it cannot be read."""
    with contextlib.suppress(OSError, ValueError):
        return _read()
    return {}


def _is_damaged() -> bool:
    try:
        _read()
    except ValueError:
        return True
    except OSError:
        return False
    return False


def _read() -> dict[str, Any]:
    """Return what the file holds.

    Raises:
        OSError: there is none, or it may not be read.
        ValueError: it does not hold what it should.
    """
    try:
        content = json.loads((home() / FILE).read_bytes())
        # What is read may be nested too deeply to be written again.
        json.dumps(content, indent=1)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(content, dict):
        raise ValueError("it holds no dict")
    for kind in KINDS:
        entries = content.get(kind, [])
        if not isinstance(entries, list) or not all(
            isinstance(entry, str) for entry in entries
        ):
            raise ValueError(f"{kind!r} is no list of texts")
    return content


def _put_aside() -> None:
    target, number = home() / f"{ASIDE}.json", 1
    while target.exists():
        number += 1
        target = home() / f"{ASIDE}-{number}.json"
    os.replace(home() / FILE, target)


def _replace(content: str) -> None:
    # Windows: not while another kernel reads it.
    patiently(lambda: write_text(home() / FILE, content))
