"""Below which cell of a notebook an application's output appears.

How it works: the shell of a Jupyter kernel knows, for each context, to which
cell output belongs, and can be told so for one context alone. Whoever sends a
message notes the cell that it is sent from (:func:`current_cell`); in the
context that reads the message, output belongs to that cell from then on
(:func:`output_to`). Tasks that are started there inherit it, and so does what
is called in a thread with ``asyncio.to_thread`` or ``sync_to_async``: all that
prints, logs, warns or displays.

Rule 1: where nothing was noted, output belongs to the cell that was run last.
So it does in a bare ``threading.Thread``, which inherits no context.

Source: the documentation of ``ipykernel``, "Asynchronous output".
"""

import sys
from contextvars import Context
from typing import Any

_shell: Any = None  # the kernel's, once a recorder has looked for it


def look() -> None:
    """Find out whether this process is a kernel that tells cells apart."""
    global _shell
    ipython = sys.modules.get("IPython")
    found = None if ipython is None else ipython.get_ipython()
    _shell = found if hasattr(found, "set_thread_parent") else None


def tells_cells() -> bool:
    """Return whether this process is a kernel that tells cells apart."""
    return _shell is not None


def current_cell() -> Any:
    """Return the cell that output of this context belongs to, if any."""
    return None if _shell is None else _shell.get_parent()


def last_cell() -> Any:
    """Return the cell that was run last, if any."""
    # A context that knows nothing has the kernel's answer for all.
    return None if _shell is None else Context().run(_shell.get_parent)


def output_to(cell: Any) -> None:
    """Have output of this context belong to a cell, unless it is None."""
    if cell is not None and _shell is not None:
        _shell.set_thread_parent(cell)
