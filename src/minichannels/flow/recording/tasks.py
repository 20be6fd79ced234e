"""Which task of asyncio runs here, which does so for a thread, which fails.

Source: Python, "Event loop" (``set_task_factory``, the error handling API).
"""

import asyncio
import gc
import sys
from asyncio import base_events
from collections.abc import Callable, Collection, Coroutine, Generator
from contextvars import Context
from pathlib import Path
from threading import get_ident
from traceback import FrameSummary
from typing import Any
from weakref import WeakSet, ref

FOR_THREADS = frozenset({"AsyncToSync.main_wrap", "_deliver"})
"""The coroutines that send for a thread, which waits (asgiref's, and ours)."""

PATIENCE = 1.0
"""How many seconds whoever keeps a task has to ask what it has raised."""

_MAKERS = (str(Path(__file__).parents[2]), base_events.__file__)
_MAKING = frozenset({"__call__", "made", "create_task"})
"""The files and the functions that make a task for somebody else."""

# What asyncio.current_task() looks into: in Python 3.11 it is slow. From 3.14
# on this knows of no task, though it is there.
_knows = sys.version_info < (3, 14)
_running: Any = _knows and getattr(asyncio.tasks, "_current_tasks", None)

task_of: Any = getattr(
    _running, "get", lambda loop: loop and asyncio.current_task(loop)
)
"""Gives the task that runs on an event loop, in the thread of that.

None if none does, and for no loop.
"""


def task_here() -> asyncio.Task[Any] | None:
    """Return the task that runs here; None in a thread without one."""
    loop = asyncio._get_running_loop()
    return None if loop is None else asyncio.current_task(loop)


def is_within(
    task: asyncio.Task[Any] | None, outer: asyncio.Task[Any] | None
) -> bool:
    """Return whether what a task does here is done by another one, or is it.

    As an eager task does what it does before it waits for anything: whoever
    has made it, on the same event loop, goes on after that.
    """
    if task is outer or task is None or outer is None:
        return task is outer
    runs: bool = getattr(outer.get_coro(), "cr_running", False)
    return runs and task.get_loop() is outer.get_loop()


class Home:
    """The event loop of a connection, and the thread that it runs in.

    To ask which loop runs here takes long, for the operating system is asked
    which process this is. In its own thread, a loop that runs a task is the
    one.

    Attributes:
        loop: the event loop; None if there was none.
        thread: the number of the thread.
        task: the task that the application was called in, if it was one.
    """

    __slots__ = ("loop", "task", "thread")

    def __init__(self) -> None:
        self.loop = loop = asyncio._get_running_loop()
        self.thread = get_ident()
        self.task = None if loop is None else asyncio.current_task(loop)

    @classmethod
    def of(cls, task: asyncio.Task[Any] | None, thread: int) -> "Home":
        """Return the home of a task that runs in a thread, or did."""
        home = cls.__new__(cls)
        home.loop = None if task is None else task.get_loop()
        home.task, home.thread = task, thread
        return home

    def task_here(self) -> asyncio.Task[Any] | None:
        """Return the task that runs here; None in a thread without one."""
        if self.loop is not None and self.thread == get_ident():
            task: asyncio.Task[Any] | None = task_of(self.loop)
            if task is not None:
                return task
        return task_here()


def raised_by(context: dict[str, Any]) -> object:
    """Return what has raised the error that a loop's handler is told of.

    Returns:
        A task, or a call of a function as by ``call_soon()``; None if neither.
    """
    return context.get("task") or context.get("future") or context.get("handle")


def context_of(work: object) -> Context | None:
    """Return the context in which a task or a call runs; None of all else."""
    # Its get_context() is there since Python 3.12 only.
    held = gc.get_referents(work)
    return next((each for each in held if isinstance(each, Context)), None)


def tell_as(
    context: dict[str, Any], tell: Callable[[BaseException], object]
) -> None:
    """Tell of an error in the context of the task or call that has raised it.

    Python calls a loop's exception handler so since 3.12: what was being
    handled when that was begun is known there.

    Args:
        context: what the handler is told; nothing is done if of no error.
        tell: called with the error.
    """
    error = context.get("exception")
    begun = context_of(raised_by(context))
    if not isinstance(error, BaseException):
        return
    if begun is None:
        tell(error)
    else:
        begun.copy().run(tell, error)  # it may be the one that runs here


class NamedTask(asyncio.Task[Any]):
    """A task that keeps its name, and shows no callback of ours.

    In some versions of Python a loop calls whatever a task factory has made
    ``None`` if nobody gave it a name.
    """

    @property
    def _callbacks(self) -> Any:
        """The callbacks of others: ``repr()`` shows them."""
        known: Any = super()._callbacks or ()
        return [pair for pair in known if not _is_ours(pair[0])] or None

    def set_name(self, value: object) -> None:
        """Set the name, if it is one."""
        if value is not None:
            super().set_name(value)


# Who looks at one sees a task as any other.
NamedTask.__name__ = NamedTask.__qualname__ = "Task"
NamedTask.__module__ = asyncio.Task.__module__


def made(
    loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any
) -> asyncio.Task[Any]:
    """Return a task, as a loop without a factory makes it."""
    task = NamedTask(coroutine, loop=loop, **options)
    # In debug mode it knows who has made it: whoever has asked for it.
    where: list[FrameSummary]
    where = getattr(task, "_source_traceback", None) or []
    while where and _makes(where[-1]):
        del where[-1]
    return task


def _makes(frame: FrameSummary) -> bool:
    return frame.name in _MAKING and frame.filename.startswith(_MAKERS)


def _is_ours(callback: Any) -> bool:
    return isinstance(getattr(callback, "__self__", None), FailedTasks)


class FailedTasks:
    """A task factory of an event loop that tells of tasks that fail unheard.

    asyncio tells of one that is thrown away. One that somebody keeps, in an
    attribute or in the state of a lifespan, fails without a word until the
    program ends: a pump that pumps no more.

    Args:
        patience: how many seconds whoever keeps it has to ask.
        make: makes a task, as a loop without a factory does by default.
        note: called with each task that was made.
        unwatched: the names of coroutines whose tasks are made, and no more:
            those of a server tell whatever an application raises, and there is
            one for each request.
    """

    def __init__(
        self,
        patience: float = PATIENCE,
        make: Any = made,
        note: Callable[[asyncio.Task[Any]], object] | None = None,
        unwatched: Collection[str] = (),
    ) -> None:
        self._patience = patience
        self._make = make
        self._note = note
        self._unwatched = unwatched
        # In it no application runs. Of each loop another one: two threads
        # cannot be in one context at once.
        self._nobodys = Context()
        self._failed: WeakSet[asyncio.Task[Any]] = WeakSet()

    def __call__(
        self,
        loop: asyncio.AbstractEventLoop,
        coroutine: Generator[Any, None, Any] | Coroutine[Any, Any, Any],
        **options: Any,
    ) -> asyncio.Task[Any]:
        """Return a task, which is watched."""
        task: asyncio.Task[Any] = self._make(loop, coroutine, **options)
        if getattr(coroutine, "__qualname__", "") in self._unwatched:
            return task
        task.add_done_callback(self._has_ended, context=self._nobodys)
        if self._note is not None:
            self._note(task)
        return task

    def tell(self) -> None:
        """Tell of all that have failed by now, with no more patience."""
        for task in list(self._failed):
            _tell(task)

    def _has_ended(self, task: asyncio.Task[Any]) -> None:
        # Not exception(): who calls that has asked.
        if not task.cancelled() and task._exception is not None:
            self._failed.add(task)
            # It is not kept here: of what is thrown away asyncio tells at once.
            task.get_loop().call_later(
                self._patience, _tell_of, ref(task), context=self._nobodys
            )


def _tell_of(kept: "ref[asyncio.Task[Any]]") -> None:
    """Tell of a task, if somebody still keeps it."""
    if (task := kept()) is not None:
        _tell(task)


def _tell(task: asyncio.Task[Any]) -> None:
    """Have the event loop tell that a task has failed, if nobody has asked."""
    if not task._log_traceback:
        return
    task._log_traceback = False  # asyncio need not tell it again
    what = {
        "message": "A task has failed, and whoever keeps it has not asked",
        "exception": task._exception,
        "task": task,
    }
    task.get_loop().call_exception_handler(what)
