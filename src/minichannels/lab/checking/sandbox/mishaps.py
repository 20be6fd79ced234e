"""The exceptions in the learner's code, and what became of each.

How it works: an exception that reaches a function is pending there. When the
function ends, its last instruction tells how: if it returns, what was pending
has been swallowed by it.
"""

import dis
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CodeType, FrameType, TracebackType
from typing import Any

from minichannels.exceptions import type_name
from minichannels.flow.journal.events import next_id
from minichannels.flow.journal.payloads import words
from minichannels.lab.checking.sandbox.stack_frames import (
    IsOwn,
    SourceLine,
    innermost,
)

MOST = 200
"""How many exceptions are noted, and how many lines after each of them."""

# Python's own way to say that a loop, or an await, is done.
_NO_ERRORS = (StopIteration, StopAsyncIteration, GeneratorExit)
# Where a function stands that only waits: from Python 3.13 on, one further.
_WAITS = ("YIELD_VALUE", "RESUME")


@dataclass
class Mishap:
    """An exception in a function of the learner's.

    Attributes:
        error: its type.
        name: the name of its type.
        text: what it says.
        origin: the learner's line that it came from.
        code: the function.
        line: the function's line that it came through.
        instruction: the index of the instruction there.
        after: the function's lines that ran after it.
        arrival: its number among all that arrived.
        ident: its id; 0 when it is gone, for then it may be another's.
        fate: ``pending``, ``escaped``, ``replaced`` by another one, or
            ``swallowed``.
    """

    error: type[BaseException]
    name: str
    text: str
    origin: SourceLine | None
    code: CodeType
    line: int
    instruction: int
    arrival: int
    ident: int
    after: list[int] = field(default_factory=list)
    fate: str = "pending"


class Mishaps:
    """What is noted of exceptions, told by a tracer what happens.

    Attributes:
        noted: the exceptions, in order.
        pending: those of each function that has not ended, by the id of its
            frame.
        is_over: whether the scenario is over, and no further ones are noted.
    """

    def __init__(self) -> None:
        self.noted: list[Mishap] = []
        self.pending: dict[int, list[Mishap]] = {}
        self.is_over = False
        # As long as an exception is kept, no other one gets its id.
        self._kept: dict[int, list[BaseException]] = {}

    def raised(
        self,
        frame: FrameType,
        is_own: IsOwn,
        kind: type[BaseException],
        error: Any,
        tb: TracebackType,
    ) -> None:
        """Take note of an exception that has reached a function.

        Args:
            frame: the function's.
            is_own: tells whether a file is the cell that is tested.
            kind: the exception's type.
            error: the exception.
            tb: its traceback.
        """
        if issubclass(kind, _NO_ERRORS):
            return
        pending = self.pending.setdefault(id(frame), [])
        replaced = {id(error), *_before(error)}
        for mishap in pending:
            if mishap.ident in replaced:
                mishap.fate = "replaced"
        frames = list(traceback.walk_tb(tb))
        mishap = Mishap(
            error=kind,
            name=type_name(error),
            text=words(error),
            origin=innermost(reversed(frames), is_own),
            code=frame.f_code,
            line=frame.f_lineno,
            instruction=frame.f_lasti,
            arrival=next_id(),
            ident=id(error),
        )
        pending.append(mishap)
        self._kept.setdefault(id(frame), []).append(error)
        if not self.is_over and len(self.noted) < MOST:
            self.noted.append(mishap)

    def went_on(self, frame: FrameType) -> None:
        """Take note of a line that a function runs after an exception."""
        line = frame.f_lineno
        for mishap in self.pending.get(id(frame), ()):
            # From Python 3.13 on, an await that was cancelled comes up again.
            again = not mishap.after and line == mishap.line
            if len(mishap.after) < MOST and not again:
                mishap.after.append(line)

    def left(self, frame: FrameType) -> None:
        """Take note of how a function is left."""
        if id(frame) not in self.pending:
            return
        how = dis.opname[frame.f_code.co_code[frame.f_lasti]]
        if how in _WAITS:
            return
        pending = self.pending.pop(id(frame))
        self._kept.pop(id(frame))
        if not how.startswith("RETURN"):
            pending.pop().fate = "escaped"
        self._swallow([each for each in pending if each.fate == "pending"])

    def _swallow(self, pending: list[Mishap]) -> None:
        gone = {mishap.ident for mishap in pending}
        for mishap in pending:
            mishap.fate = "swallowed"
        for mishap in self.noted:
            if mishap.ident in gone:
                mishap.ident = 0


def _before(error: BaseException) -> Iterator[int]:
    """Give the ids of the exceptions that were handled when one was raised."""
    of: Any = BaseException.__context__  # its class may have one of its own
    context = of.__get__(error)
    while context is not None:
        yield id(context)
        context = of.__get__(context)
