"""Whose task it is, on an event loop that is shared.

How it works: a task runs in a context, and inherits it from the task that
started it. So one context variable says of every task of an application,
however deep, to which server it belongs.

Of a task that fails while somebody keeps it, Python says nothing. So while a
server is there, the loop makes its tasks with a factory that watches them, and
all others as before.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextvars import Context, ContextVar
from typing import Any

from minichannels.flow.recording.tasks import (
    FailedTasks,
    context_of,
    made,
    raised_by,
    tell_as,
)

OWNER: ContextVar[object] = ContextVar("owner", default=None)

_listeners: dict[object, Callable[[BaseException], None]] = {}


def tasks_of(owner: object) -> set[asyncio.Task[Any]]:
    """Return an owner's tasks on the running event loop, but for this one."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    return {task for task in others if _owner_of(task) is owner}


def _owner_of(work: object) -> object:
    context = context_of(work)
    return None if context is None else context.get(OWNER)


@contextlib.contextmanager
def crashes_told(
    owner: object, on_error: Callable[[BaseException], None]
) -> Iterator[None]:
    """Tell of what an owner's tasks raise and nobody handles, or asks for.

    What other tasks raise goes where it went before.

    Args:
        owner: the owner.
        on_error: called with the exception.
    """
    loop = asyncio.get_running_loop()
    if not isinstance(loop.get_exception_handler(), _Handler):
        loop.set_exception_handler(_Handler(loop))
    if not isinstance(loop.get_task_factory(), _Watched):
        loop.set_task_factory(_Watched(loop))
    _listeners[owner] = on_error
    try:
        yield
    finally:
        factory: Any = loop.get_task_factory()
        if isinstance(factory, _Watched):
            factory.tell()
        del _listeners[owner]
        handler: Any = loop.get_exception_handler()
        if isinstance(handler, _Handler) and not _listeners:
            loop.set_exception_handler(handler.former)
        if isinstance(factory, _Watched) and not _listeners:
            loop.set_task_factory(factory.former)


class _Watched(FailedTasks):
    """A loop's task factory, which watches the tasks of owners alone."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.former = loop.get_task_factory()
        super().__init__(make=self.former or made)

    def __call__(
        self,
        loop: asyncio.AbstractEventLoop,
        coroutine: Generator[Any, None, Any] | Coroutine[Any, Any, Any],
        **options: Any,
    ) -> Any:
        """Return a task, which is watched if it is somebody's."""
        context: Context | None = options.get("context")
        owner = OWNER.get() if context is None else context.get(OWNER)
        if owner in _listeners:
            return super().__call__(loop, coroutine, **options)
        return self._make(loop, coroutine, **options)


class _Handler:
    """A loop's exception handler, before the one that it has had."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.former = loop.get_exception_handler()

    def __call__(
        self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]
    ) -> None:
        tell = _listeners.get(_owner_of(raised_by(context)))
        if tell is not None and context.get("exception") is not None:
            tell_as(context, tell)
        elif self.former is not None:
            self.former(loop, context)
        else:
            loop.default_exception_handler(context)
