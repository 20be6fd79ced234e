"""Whose task it is, on an event loop that is shared.

How it works: a task runs in a context, and inherits it from the task that
started it. So one context variable says of every task of an application,
however deep, to which server it belongs; without a change to the loop.
"""

import asyncio
import contextlib
import gc
from collections.abc import Callable, Iterator
from contextvars import Context, ContextVar
from typing import Any

OWNER: ContextVar[object] = ContextVar("owner", default=None)

_listeners: dict[object, Callable[[BaseException], None]] = {}


def tasks_of(owner: object) -> set[asyncio.Task[Any]]:
    """Return an owner's tasks on the running event loop, but for this one."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    return {task for task in others if _owner_of(task) is owner}


def _owner_of(task: object) -> object:
    # Task.get_context() is there since Python 3.12 only.
    contexts = (c for c in gc.get_referents(task) if isinstance(c, Context))
    return next((context.get(OWNER) for context in contexts), None)


@contextlib.contextmanager
def crashes_told(
    owner: object, on_error: Callable[[BaseException], None]
) -> Iterator[None]:
    """Tell of what an owner's tasks raise and nobody handles.

    What other tasks raise goes where it went before.

    Args:
        owner: the owner.
        on_error: called with the exception.
    """
    loop = asyncio.get_running_loop()
    if not isinstance(loop.get_exception_handler(), _Handler):
        loop.set_exception_handler(_Handler(loop))
    _listeners[owner] = on_error
    try:
        yield
    finally:
        del _listeners[owner]
        handler: Any = loop.get_exception_handler()
        if isinstance(handler, _Handler) and not _listeners:
            loop.set_exception_handler(handler.former)


class _Handler:
    """A loop's exception handler, before the one that it has had."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.former = loop.get_exception_handler()

    def __call__(
        self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]
    ) -> None:
        error = context.get("exception")
        tell = _listeners.get(_owner_of(context.get("future")))
        if tell is not None and error is not None:
            tell(error)
        elif self.former is not None:
            self.former(loop, context)
        else:
            loop.default_exception_handler(context)
