"""Who acts in a recorded process when no connection's application does.

How it works: a task that a lifespan began, a job of a scheduler or a thread is
called after the outermost function of the developer's own that it runs; so is
what it raises. Tasks that run the same one at the same time have numbers.
"""

import asyncio
import sys
from collections.abc import Iterable, Iterator
from types import CodeType, FrameType, TracebackType
from weakref import WeakKeyDictionary, ref

from minichannels.flow.recording.calls import is_loop, is_own
from minichannels.flow.recording.tasks import task_here
from minichannels.layers.forking import new_rlock

BACKGROUND = "background task"
"""What is called so of which no function is known."""

_PROGRAM = "<module>"
"""What a program is called that runs as a whole: it is no function."""


_Task = asyncio.Task[object]


class Background:
    """The names of all that acts in the background, in any thread."""

    def __init__(self) -> None:
        self._names: WeakKeyDictionary[_Task, str] = WeakKeyDictionary()
        self._numbers: dict[str, _Numbers] = {}
        self._lock = new_rlock()  # a task may act where one is collected

    def name(self) -> str:
        """Return what whoever acts here and now is called."""
        task = task_here()
        if task is None:
            return _called(_codes_here())
        name = self._names.get(task)
        if name is None:
            name = _called(_codes_here())
            with self._lock:
                number = self._numbers.setdefault(name, _Numbers()).of(task)
                if number > 1:
                    name = f"{name}#{number}"
                self._names[task] = name
        return name


class _Numbers:
    """The numbers of the tasks that run one function at the same time."""

    def __init__(self) -> None:
        self._taken: dict[int, ref[_Task]] = {}
        self._free: list[int] = []
        self._many = 0

    def of(self, task: _Task) -> int:
        """Return a number that no task has which is not done."""
        # Of many it is not looked each time which of them are.
        if not self._free and len(self._taken) >= self._many:
            self._look()
        number = self._free.pop() if self._free else len(self._taken) + 1
        self._taken[number] = ref(task)
        return number

    def _look(self) -> None:
        for number, known in sorted(self._taken.items(), reverse=True):
            task = known()
            if task is None or task.done():
                del self._taken[number]
                self._free.append(number)  # the lowest is the last
        self._many = len(self._taken) * 17 // 16 + 1


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
