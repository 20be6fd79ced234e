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
    if frames:
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
        TypeError: it is a coroutine function, has a ``yield``, or takes
            other parameters.
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
    if result is None:
        return None
    if _generates(method):
        raise _has_yield(method)
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


def _generates(method: Callable[..., Any]) -> bool:
    # Not what it returned: decode_json() may give what another one generates.
    inner = inspect.unwrap(method)
    return inspect.isgeneratorfunction(inner) or inspect.isasyncgenfunction(
        inner
    )


def _has_yield(method: Callable[..., Any]) -> TypeError:
    return TypeError(
        f"{name_of(method)} has a 'yield', so nothing in it runs; send"
        " each piece instead, as with send_body() or send()"
    )
