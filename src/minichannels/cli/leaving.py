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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

PATIENCE = 5.0
"""How many seconds threads have to end, once all is done."""

# Ctrl-C, the polite end, and a terminal that is closed.
SIGNALS = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP")
    if hasattr(signal, name)
]


Handler = Callable[[int, FrameType | None], object]
Former = list[tuple[int, Any]]


def _set(handler: Handler) -> Former:
    return [(number, signal.signal(number, handler)) for number in SIGNALS]


def _put_back(former: Former) -> None:
    for number, handler in former:
        signal.signal(number, handler)


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
def unhurried(text: str) -> Iterator[None]:
    """Answer signals with a sentence, the first time, until :func:`leave`.

    What the block has done is to be the end of the process: a signal after it
    breaks nothing off, and changes no exit status. If it raises, all is as
    before.
    """
    told = False

    def answer(number: int, frame: FrameType | None) -> None:
        nonlocal told
        if not told:
            told = True
            # No print(): the signal may have come in the midst of one.
            os.write(2, f"{text}\n".encode())

    former = _set(answer)
    try:
        yield
    except BaseException:
        _put_back(former)
        raise


def leave(status: int) -> NoReturn:
    """End the process; after a while, or a signal, without its threads."""

    def at_once() -> None:
        os._exit(status)

    for number in SIGNALS:
        signal.signal(number, lambda *_: at_once())
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    timer = threading.Timer(PATIENCE, at_once)
    timer.daemon = True
    timer.start()
    sys.exit(status)
