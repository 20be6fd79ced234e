"""Calling the methods that whoever uses the library writes.

How it works: a method of the wrong kind (``def`` for ``async def``), or with
the wrong parameters, fails somewhere inside the library. Here the error says
what to write instead.
"""

import inspect
import traceback
from collections.abc import Callable
from typing import Any

from minichannels.consumer.explaining import (
    class_of,
    name_of,
    require_parameters,
)
from minichannels.exceptions import MethodKindError


async def call_async(
    method: Callable[..., Any], *args: Any, **kwargs: Any
) -> Any:
    """Call a method that has to be a coroutine function, and await it.

    Raises:
        TypeError: it is a plain function, has a ``yield``, or takes other
            parameters.
    """
    try:
        return await method(*args, **kwargs)
    except TypeError as error:
        explain_call(error, method, *args, **kwargs)
        raise


def explain_call(
    error: TypeError, method: Callable[..., Any], *args: Any, **kwargs: Any
) -> None:
    """Say what is wrong with a method that could not be called or awaited.

    Where each event passes, a method is called as in :func:`call_async`, but
    written out: that is a coroutine less, and no arguments to pass on.

    Args:
        error: what was raised where the method was called.
        method: what was called,
        args: with these arguments,
        kwargs: and with these.

    Raises:
        TypeError: it is a plain function, has a ``yield``, or takes other
            parameters.
    """
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)][1:]
    if any(each.f_code.co_flags & inspect.CO_COROUTINE for each in frames):
        return  # it was awaited: the error is its own
    require_parameters("async def", method, args, kwargs)
    if frames or not callable(method):
        return
    if _generates(method):
        raise _has_yield(method) from None
    raise MethodKindError(
        f"{name_of(method)} is a plain function; write 'async def', as an"
        " async consumer awaits its methods",
        method=name_of(method).rpartition(".")[2],
        owner=class_of(method),
        is_async=False,
    ) from None


def call_sync(method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a method that has to be a plain function.

    Raises:
        TypeError: it is a coroutine function, or takes other parameters.
        RuntimeError: it raised StopIteration, which no future can carry, so
            that whoever waits for the thread would wait for ever.
    """
    try:
        result = method(*args, **kwargs)
    except TypeError:
        require_parameters("def", method, args, kwargs)
        raise
    except StopIteration as error:
        raise RuntimeError(f"{name_of(method)} raised StopIteration") from error
    if inspect.iscoroutine(result):
        result.close()  # or Python warns that nobody awaited it
        raise MethodKindError(
            f"{name_of(method)} is an 'async def'; write a plain 'def', or"
            " derive from an async consumer",
            method=name_of(method).rpartition(".")[2],
            owner=class_of(method),
            is_async=True,
        )
    return result


def run_sync(method: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Call a method that has to be a plain function, for what it does.

    Raises:
        TypeError: it is a coroutine function, has a ``yield``, or takes
            other parameters.
        RuntimeError: it raised StopIteration.
    """
    result = call_sync(method, *args, **kwargs)
    # Not for what decode_json() returns, of which somebody takes each piece.
    if result is not None and _generates(method, result):
        raise _has_yield(method)


def _generates(method: Callable[..., Any], result: Any = None) -> bool:
    inner = inspect.unwrap(method)
    if inspect.isgeneratorfunction(inner) or inspect.isasyncgenfunction(inner):
        return True
    # A decorator without functools.wraps() hides what it calls, but not the
    # name of what that generates; another method's is none of its business.
    if not (inspect.isgenerator(result) or inspect.isasyncgen(result)):
        return False
    owner = getattr(method, "__self__", None)
    return bool(getattr(owner, result.__name__, None) == method)


def _has_yield(method: Callable[..., Any]) -> TypeError:
    return TypeError(
        f"{name_of(method)} has a 'yield', so nothing in it runs; send"
        " each piece instead, as with send_body() or send()"
    )
