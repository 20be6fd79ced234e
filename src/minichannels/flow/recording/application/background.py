"""Who acts in a recorded process when no connection's application does.

How it works: a task that a lifespan began, a job of a scheduler or a thread is
called after the outermost function of the developer's own that it runs; so is
what it raises. Tasks that run the same one at the same time have numbers.
"""

import asyncio
import sys
from collections.abc import Iterable, Iterator
from types import CodeType, FrameType, TracebackType
from weakref import WeakKeyDictionary

from minichannels.flow.recording.calls import is_loop, is_own
from minichannels.flow.recording.tasks import task_here

BACKGROUND = "background task"
"""What is called so of which no function is known."""


_PROGRAM = "<module>"
"""What a program is called that runs as a whole: it is no function."""


class Background:
    """The names of all that acts in the background."""

    def __init__(self) -> None:
        self._names: WeakKeyDictionary[asyncio.Task[object], str]
        self._names = WeakKeyDictionary()

    def name(self) -> str:
        """Return what whoever acts here and now is called."""
        task = task_here()
        if task is None:
            return _called(_codes_here())
        name = self._names.get(task)
        if name is None:
            name = self._names[task] = self._numbered(_called(_codes_here()))
        return name

    def _numbered(self, name: str) -> str:
        others = list(self._names.items())
        taken = {other for task, other in others if not task.done()}
        number, found = 1, name
        while found in taken:
            number += 1
            found = f"{name}#{number}"
        return found


def name_of_failed(error: BaseException) -> str:
    """Return what the background task is called that has raised an error."""
    return _called(_codes_of(error.__traceback__))


def _called(codes: Iterable[CodeType]) -> str:
    """Return what runs there, of which the calls are, the outermost first."""
    own = (code for code in codes if is_own(code))
    names = (code.co_name for code in own if code.co_name != _PROGRAM)
    name = next(names, None)
    return BACKGROUND if name is None else f"{name.strip('<>')}()"


def _codes_here() -> list[CodeType]:
    """Return what runs here, within the event loop if one does."""
    frame: FrameType | None = sys._getframe()
    codes = []
    while frame is not None and not is_loop(frame.f_code):
        codes.append(frame.f_code)
        frame = frame.f_back
    return codes[::-1]


def _codes_of(traceback: TracebackType | None) -> Iterator[CodeType]:
    while traceback is not None:
        yield traceback.tb_frame.f_code
        traceback = traceback.tb_next
