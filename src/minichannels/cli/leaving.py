"""The end of the command: nothing is lost, and it comes.

How it works: once a signal has ended the server, further ones are answered
with a sentence, for as long as something is to be saved. Then the process has
a while to exit. Python waits for threads there, without an end: one of a sync
handler that never returns would hold it up, and so is not waited for.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn, TextIO

from minichannels.cli.saying import is_there, silence

PATIENCE = 5.0
"""How many seconds threads have to end, once all is done."""

# Ctrl-C, the polite end, and a terminal that is closed.
SIGNALS = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP")
    if hasattr(signal, name)
]

_HANG_UP = getattr(signal, "SIGHUP", None)

Handler = Callable[[int, FrameType | None], object]
Former = list[tuple[int, Any]]


def _set(handler: Handler) -> Former:
    return [(number, signal.signal(number, handler)) for number in _wanted()]


def _wanted() -> list[int]:
    """Return the signals that end the command.

    That of a terminal which is closed is left to whoever has asked for it, or
    has it ignored, as nohup does: for a server it is no end.
    """
    return [n for n in SIGNALS if n != _HANG_UP or _is_free(n)]


def _is_free(number: int) -> bool:
    """Return whether a signal is handled by nobody but this command."""
    handler = signal.getsignal(number)
    home = str(getattr(handler, "__module__", ""))
    return handler is signal.SIG_DFL or home.startswith(f"{__package__}.")


def _put_back(former: Former) -> None:
    for number, handler in reversed(former):  # Ctrl-C last: it may come now
        signal.signal(number, handler)


def _hand_on(former: Former, heard: Iterable[int]) -> None:
    """Tell the application of signals that it had asked for before."""
    for number, handler in former:
        is_own = callable(handler) and handler is not signal.default_int_handler
        if is_own and number in heard:
            ours = signal.signal(number, handler)
            try:
                signal.raise_signal(number)
            finally:
                signal.signal(number, ours)


@contextmanager
def handled(handler: Handler) -> Iterator[None]:
    """Have a function called at each signal while the block runs."""
    former = _set(handler)
    try:
        yield
    finally:
        _put_back(former)


@contextmanager
def interrupted(stop: Callable[[], object]) -> Iterator[None]:
    """Have the first signal stop what a block does, and the next break it off.

    Args:
        stop: called whatever the thread is at, in the midst of it.

    Raises:
        KeyboardInterrupt: a second signal has come.
    """
    signals = 0

    def handler(number: int, frame: FrameType | None) -> None:
        nonlocal signals
        signals += 1
        if signals > 1:
            raise KeyboardInterrupt
        stop()

    with handled(handler):
        yield


@contextmanager
def unhurried(text: str) -> Iterator[Callable[[int], object]]:
    """Answer signals with a sentence, the first time, until :func:`leave`.

    What the block has done is to be the end of the process: a signal after it
    breaks nothing off, and changes no exit status. If it raises, all is as
    before.

    Yields:
        What to call with each signal that ends the work of the block. The
        application may have asked for it before, to end threads of its own:
        then it is told at last, as by uvicorn's own command.
    """
    told, heard = False, list[int]()

    def answer(number: int, frame: FrameType | None) -> None:
        nonlocal told
        if not told:
            told = True
            # No print(): the signal may have come in the midst of one.
            os.write(2, f"{text}\n".encode())

    former = _set(answer)
    try:
        yield heard.append
    except BaseException:
        _put_back(former)
        raise
    _hand_on(former, heard)


def leave(status: int) -> NoReturn:
    """End the process; after a while, or a signal, without its threads."""

    def at_once() -> None:
        os._exit(status)

    _set(lambda *_: at_once())
    for stream in (sys.stdout, sys.stderr):
        _flush(stream)
    timer = threading.Timer(PATIENCE, at_once)
    timer.daemon = True
    timer.start()
    sys.exit(status)


def _flush(stream: TextIO | None) -> None:
    """Write what the application has printed, if there is anybody to read."""
    if not is_there(stream):
        return
    try:
        stream.flush()
    except OSError:
        silence(stream)
