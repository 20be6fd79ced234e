"""What a learner's code prints while it is checked, and other signs of it.

How it works: for the time of a check, ``sys.stdout`` and ``sys.stderr`` are
replaced by ones that ask which thread is printing. What the check's own
threads print is kept, up to a limit; all else goes where it always went. The
same for Python's warning that a coroutine was never awaited.
"""

import gc
import inspect
import linecache
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import sleep
from types import CoroutineType
from typing import Any, TextIO, cast

from minichannels.flow.afterwards import afterwards
from minichannels.flow.journal.events import next_id
from minichannels.flow.recording.ending import keep_for_ever
from minichannels.lab.checking.sandbox.stack_frames import (
    IsOwn,
    SourceLine,
    here,
    is_learners,
)
from minichannels.lab.checking.sandbox.threads import (
    Crew,
    Stopped,
    stop_at_next_line,
)

KEPT = 300
"""How many characters of the output are kept."""

_RULES = ("filters", "showwarning", "_showwarnmsg_impl")  # of warnings

UNDISTURBED = 0.1
"""For how many seconds this thread runs alone where it has to."""


class Output:
    """What was printed, and which calls were forgotten to await.

    Args:
        is_own: tells whether a file is the cell that is tested.

    Attributes:
        text: the beginning of what was printed.
        length: how many characters were printed in all.
        forgotten: the names of the coroutines that were never awaited.
        forgotten_at: the number of arrival of the first of these, if any.
        place: the learner's line that made it.
        printed: what was printed, each with the learner's line that did it,
            and its number of arrival.
        printed_at: the learner's line that printed last.
        unwrapped: whether ``async_to_sync`` got what is no async function,
            such as the coroutine that a call has made.
    """

    def __init__(self, is_own: IsOwn = is_learners) -> None:
        self._is_own = is_own
        self.text = ""
        self.length = 0
        self.forgotten: list[str] = []
        self.forgotten_at = 0
        self.place: SourceLine | None = None
        self.unwrapped = False
        self.printed: dict[str, tuple[SourceLine, int]] = {}
        self.printed_at: SourceLine | None = None

    def warn(self, warning: Warning) -> None:
        """Note a warning: what it says, and not the library's own line."""
        text = str(warning)
        if "never awaited" in text:
            self.forget(text)
        elif "non-async-marked" in text:  # asgiref's, of async_to_sync
            self.unwrapped = True
        else:
            self.add(f"{type(warning).__name__}: {text}\n")

    def forget(self, warning: str) -> None:
        """Note a coroutine that was never awaited, by Python's warning."""
        origin = re.search(r'File "(.*)", line (\d+), in (.+)', warning)
        # Without an origin it is from before: only a crew's threads trace it.
        if origin is None or not is_learners(origin[1]):
            return
        file, line, function = origin.groups()
        code = linecache.getline(file, int(line)).strip()
        self.forgotten.append(_called(warning.split("'")[1], code))
        self.forgotten_at = self.forgotten_at or next_id()
        if self.place is None and self._is_own(file):
            self.place = SourceLine(int(line), code, function, file)

    def add(self, text: str) -> None:
        """Keep what fits of a text."""
        at = here(self._is_own)
        if at is not None and len(self.text) < KEPT:
            self.printed[text.strip()] = at, next_id()
        self.length += len(text)
        self.text += text[: max(0, KEPT - len(self.text))]
        self.printed_at = at or self.printed_at

    def shown(self) -> str:
        """Return the output as a message shows it."""
        text = self.text.strip()
        if self.length > KEPT:
            text += f"… ({self.length:,} characters in all)"
        return text


def pass_over_the_unawaited() -> None:
    """Let no later check be told of a coroutine that is there, not awaited.

    One that a list or a class keeps is gone at any time, perhaps in the middle
    of another check, which would take it for its own: it says only its line.
    """
    for each in _coroutines():
        if each.cr_origin is None:
            continue  # without an origin it is of no check
        if inspect.getcoroutinestate(each) == inspect.CORO_CREATED:
            keep_for_ever(each)


def _coroutines() -> list[Any]:
    """Return all coroutines that there are.

    No other thread runs in the meantime: a tuple that one is just making may
    not be held by anybody else, or it cannot grow, and that thread fails. So if
    this is interrupted, its traceback holds nothing.
    """
    usual = sys.getswitchinterval()
    try:
        sys.setswitchinterval(UNDISTURBED)
        sleep(usual)  # for who waits for this thread already, it is as it was
        objects = gc.get_objects()
        try:
            return [each for each in objects if type(each) is CoroutineType]
        finally:
            objects.clear()
    finally:
        sys.setswitchinterval(usual)


def _called(coroutine: str, code: str) -> str:
    """Return the name of what was called, as a learner knows it."""
    name = coroutine.rpartition(".")[2]
    if name != "__call__":
        return name
    # Of what sync_to_async makes: an object, and to call that is a call more.
    wrapped = re.search(r"\w*sync_to_async", code)
    called = set(re.findall(r"([A-Za-z_]\w*)\(", code)) - {"if", "not"}
    if wrapped:
        return f"{wrapped[0]}(…)"
    return called.pop() if len(called) == 1 else name


class _Routed:
    """A stream that keeps what the crew prints, and passes on the rest."""

    def __init__(self, inner: TextIO, crew: Crew, output: Output) -> None:
        self._inner = inner
        self._crew: Crew | None = crew
        self._output = output
        # Python's print() holds on to no stream while it writes to it: if
        # another one is put in its place meanwhile, and nobody has it any
        # more, the process crashes. Threads may print at any time.
        keep_for_ever(self)

    def let_go(self) -> None:
        """Pass on all, and hold nothing of the check."""
        self._crew, self._output = None, Output()

    def write(self, text: str) -> int:
        crew = self._crew
        if crew is not None and threading.get_ident() in crew:
            self._output.add(text)
            return len(text)
        return self._inner.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


@contextmanager
def _silent_stops(crew: Crew) -> Iterator[None]:
    """Let nothing be printed of what ends a thread of the crew, for a while.

    It may be raised where Python only prints: at the end of an object's life.
    """
    former = sys.unraisablehook

    def tell(raised: Any) -> None:
        is_ours = threading.get_ident() in crew
        if is_ours and raised.exc_type is Stopped:
            stop_at_next_line(sys._getframe(1))
        else:
            former(raised)

    sys.unraisablehook = tell
    try:
        yield
    finally:
        sys.unraisablehook = former


def _as_now() -> Callable[[], None]:
    """Return what puts back all that Python prints with, as it is now.

    Its own ``catch_warnings`` does not, if it is interrupted when it ends.
    """
    streams = sys.stdout, sys.stderr
    rules = {name: getattr(warnings, name) for name in _RULES}

    def put_back() -> None:
        replaced = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = streams
        vars(warnings).update(rules)
        for each in replaced:
            if isinstance(each, _Routed):
                each.let_go()

    return put_back


@contextmanager
def captured(crew: Crew) -> Iterator[Output]:
    """Keep what a crew prints, in a ``with`` statement."""
    output = Output(lambda file: crew.trace.is_own(file))
    with (
        afterwards(_as_now()),
        warnings.catch_warnings(),
        _silent_stops(crew),
    ):
        sys.stdout = cast(TextIO, _Routed(sys.stdout, crew, output))
        sys.stderr = cast(TextIO, _Routed(sys.stderr, crew, output))
        pattern = r"coroutine '.*' was never awaited"
        warnings.filterwarnings("always", pattern, RuntimeWarning)
        others = warnings.showwarning

        def show(message: Any, *args: Any, **kwargs: Any) -> None:
            if threading.get_ident() in crew:
                output.warn(message)
            else:
                others(message, *args, **kwargs)

        warnings.showwarning = show
        yield output
