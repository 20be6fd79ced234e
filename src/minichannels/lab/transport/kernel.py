"""The kernel that a notebook's cells run in: its shell, and what wakes it.

A coroutine that nobody awaits Python warns of when it is thrown away. But a
kernel keeps the value of each cell; so it says by itself that nothing has run.

How it works: cells run on an event loop. An interrupt is a signal; the
kernel's handler asks the loop to cancel the cell, from within the loop's own
sleep, and a loop that sleeps looks only when something else happens. So Python
is told to write a byte into a socket at each signal, and the loop reads it.

A cell that blocks gives its loop no turn, and so is not cancelled. If it has an
``await`` somewhere, the kernel does not break it off either. A second interrupt
that comes before the loop has had a turn does. So it does if what blocks is a
task, such as a handler that a server in memory runs on this loop.

A loop that runs inside of a cell (``allow_nested``) has turns, but the cell has
none: it is broken off while that loop waits.

Source: Python, "signal.set_wakeup_fd".
"""

import asyncio
import contextlib
import inspect
import signal
import socket
import sys
import threading
from collections.abc import Coroutine
from traceback import walk_stack
from types import CoroutineType, FrameType
from typing import Any

from minichannels.lab.transport.transport import has_sockets_and_threads

_MANY = 4096  # bytes, one for each signal
_BLOCKED = (
    "interrupted: it gave the event loop no turn, and so nobody else; what"
    " takes long is awaited, or runs in a thread: await asyncio.to_thread(…)"
)


class BrokenOff(BaseException):
    """A task that blocked was interrupted.

    An ``except Exception`` in a loop does not catch it. A KeyboardInterrupt
    would end the kernel: asyncio lets it pass through the loop.
    """


def shell_here() -> Any:
    """Return IPython's shell; None if no IPython runs here."""
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()


def help_with_await() -> None:
    """From now on, have a cell's coroutine say that it is not awaited."""
    shell = shell_here()
    if shell is not None:
        plain = shell.display_formatter.formatters["text/plain"]
        plain.for_type(CoroutineType, _show)


def _show(coroutine: Coroutine[Any, Any, Any], printer: Any, _: bool) -> None:
    if inspect.getcoroutinestate(coroutine) != inspect.CORO_CREATED:
        printer.text(repr(coroutine))
        return
    name = getattr(coroutine, "__name__", "it")
    printer.text(
        f"Nothing of {name}() has run yet: a call of an async function runs"
        " none of its lines. Write await before the call."
    )


def wake_on_interrupt() -> None:
    """Have an interrupt end whatever a cell waits for, at once.

    Outside of a kernel nothing is to be done: there an interrupt is raised.
    """
    shell = shell_here()
    is_kernel = getattr(shell, "kernel", None) is not None
    if is_kernel and has_sockets_and_threads():
        shell.events.register("pre_run_cell", break_off_when_blocked)
        # A cell that runs in a thread of its own is not interrupted.
        with contextlib.suppress(RuntimeError, ValueError):
            wake_on_signals(asyncio.get_running_loop())


def wake_on_signals(loop: asyncio.AbstractEventLoop) -> None:
    """Have a loop wake at each signal, unless somebody sees to that already.

    Raises:
        ValueError: this is not the main thread.
    """
    with contextlib.ExitStack() as unused:
        reader, writer = map(unused.enter_context, socket.socketpair())
        reader.setblocking(False)
        writer.setblocking(False)
        number = writer.fileno()
        unused.callback(_let_go, number)  # also if it is interrupted here
        former = signal.set_wakeup_fd(number, warn_on_full_buffer=False)
        if former not in {-1, number}:
            with contextlib.suppress(OSError):  # it is closed
                signal.set_wakeup_fd(former, warn_on_full_buffer=False)
                return
        # The writer is named so that it lives as long as the reader.
        loop.add_reader(reader, _read, reader, writer)
        unused.pop_all()


def _let_go(number: int) -> None:
    """Have no signal written into a file that is about to be closed."""
    now = signal.set_wakeup_fd(-1)
    if now not in {number, -1}:
        signal.set_wakeup_fd(now, warn_on_full_buffer=False)


def break_off_when_blocked(_: Any = None) -> None:
    """Have a second interrupt break off the cell that begins, if it blocks.

    A cell without ``await`` is broken off by the first one, as ever.
    """
    cancel = signal.getsignal(signal.SIGINT)
    is_main = threading.current_thread() is threading.main_thread()
    is_raised = cancel is signal.default_int_handler
    if not is_main or is_raised or not callable(cancel):
        return
    loop, cell = asyncio.get_running_loop(), asyncio.current_task()
    names = shell_here().user_global_ns
    waiting: list[asyncio.Handle] = []

    def interrupted(number: int, frame: FrameType | None) -> None:
        running = asyncio.current_task(loop)
        # What is raised in the kernel's own code would end the kernel.
        is_notebooks = any(
            inner.f_globals is names for inner, _ in walk_stack(frame)
        )
        if is_notebooks and running is None and _is_asleep(frame):
            raise KeyboardInterrupt
        if waiting and is_notebooks and running is not None:
            waiting.clear()
            raise KeyboardInterrupt if running is cell else BrokenOff(_BLOCKED)
        waiting.append(loop.call_soon(waiting.clear))
        cancel(number, frame)

    signal.signal(signal.SIGINT, interrupted)


def _is_asleep(frame: FrameType | None) -> bool:
    """Return whether a loop waits there until something happens."""
    return frame is not None and frame.f_globals.get("__name__") == "selectors"


def _read(reader: socket.socket, _writer: socket.socket) -> None:
    reader.recv(_MANY)
