"""Why an exercise is not solved: the key of a text, or an error.

Python tells what went wrong in words alone: a ``KeyError`` is about ``'path'``
if it says so. The library's own errors have types and attributes, so that no
change of their words can mislead a check.
"""

import traceback
from inspect import iscoroutine
from typing import Any

from minichannels.exceptions import type_name
from minichannels.flow import Event
from minichannels.flow.journal.payloads import words
from minichannels.lab.checking.sandbox.sleeping import Halt
from minichannels.lab.checking.sandbox.stack_frames import SourceLine

BUSY = "busy"
"""What is said if the reason may be the machine, and not the code."""


class Unsolved(Exception):
    """The learner's code does not do yet what it should.

    Attributes:
        key: which text says so.
        values: what stands in it.
        at: the event to mark.
        raised: what the learner's code raised, if it did.
        where: the learner's line, if it is known.
    """

    def __init__(
        self,
        key: str,
        at: Event | None = None,
        *,
        raised: BaseException | None = None,
        where: SourceLine | None = None,
        **values: Any,
    ) -> None:
        super().__init__(key)
        self.key = key
        self.at = at
        self.raised = raised
        self.where = where
        self.values = values


def stopped(halt: Halt, sleeps: str = "sleeps") -> Unsolved:
    """Return that something stopped the thread of the event loop.

    Args:
        halt: what it was.
        sleeps: the key of the text if it slept.
    """
    key = "joins" if halt.joins else sleeps
    return Unsolved(key, where=halt.place, call=halt.call)


class Raised:
    """An error of a type, with some attributes.

    Args:
        kind: the type, or one that it derives from.
        values: attributes and their values.
    """

    def __init__(self, kind: type[BaseException], /, **values: Any) -> None:
        self._kind = kind
        self._values = values

    def fits(self, error: BaseException) -> bool:
        """Return whether an error is such a one."""
        return isinstance(error, self._kind) and all(
            getattr(error, name) == value
            for name, value in self._values.items()
        )


_SECOND_LOOP = (
    "cannot be called from a running event loop",  # asyncio.run()
    "This event loop is already running",
    "Cannot run the event loop while another loop is running",
    "You cannot use AsyncToSync in the same thread",
)


def is_second_loop(error: BaseException) -> bool:
    """Return whether a loop refused to run, as another one runs here."""
    known = type(error) is RuntimeError
    return known and any(each in words(error) for each in _SECOND_LOOP)


def clear_frames(error: BaseException | None) -> None:
    """Let go what an error and its frames hold, such as a lost coroutine."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        if isinstance(error, AttributeError) and iscoroutine(error.obj):
            error.obj = None
        error = error.__cause__ or error.__context__


def said(error: BaseException) -> str:
    """Return what an error says, as the last line of a traceback has it."""
    return f"{type_name(error)}: {words(error)}"


def recognised(error: BaseException, by: Raised | str) -> bool:
    """Return whether an error is a certain one.

    Args:
        error: the error.
        by: what it is; or a piece of its words, if it is Python's own.
    """
    return by in said(error) if isinstance(by, str) else by.fits(error)
