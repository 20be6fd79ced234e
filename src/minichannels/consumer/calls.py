"""Calling the methods that whoever uses the library writes.

How it works: a method of the wrong kind (``def`` for ``async def``), or with
the wrong parameters, fails somewhere inside the library. Here the error says
what to write instead.
"""

import inspect
from collections.abc import Awaitable, Callable
from types import CoroutineType
from typing import Any

from minichannels.consumer.explaining import name_of, require_parameters
from minichannels.exceptions import MethodKindError
from minichannels.types import Message


def call_async(
    method: Callable[..., Any], *args: Any, **kwargs: Any
) -> Awaitable[Any]:
    """Call a method that has to be a coroutine function.

    Raises:
        TypeError: it is a plain function, has a ``yield``, or takes other
            parameters.
    """
    try:
        result = method(*args, **kwargs)
    except TypeError:
        require_parameters("async def", method, args, kwargs)
        raise
    return (
        result if type(result) is CoroutineType else _awaitable(method, result)
    )


def call_handler(
    handler: Callable[[Message], Any], message: Message
) -> Awaitable[Any]:
    """Call a handler that has to be a coroutine function.

    As :func:`call_async` does; but each event passes here, and to pass on any
    arguments takes longer than to pass on one.
    """
    try:
        result = handler(message)
    except TypeError:
        require_parameters("async def", handler, (message,), {})
        raise
    return (
        result if type(result) is CoroutineType else _awaitable(handler, result)
    )


def _awaitable(method: Callable[..., Any], result: Any) -> Awaitable[Any]:
    if inspect.isawaitable(result):
        return result
    _require_no_yield(method, result)
    raise MethodKindError(
        f"{name_of(method)} is a plain function; write 'async def', as an"
        " async consumer awaits its methods",
        method=name_of(method).rpartition(".")[2],
        is_async=False,
    )


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
    _require_no_yield(method, result)
    if inspect.iscoroutine(result):
        result.close()  # or Python warns that nobody awaited it
        raise MethodKindError(
            f"{name_of(method)} is an 'async def'; write a plain 'def', or"
            " derive from an async consumer",
            method=name_of(method).rpartition(".")[2],
            is_async=True,
        )
    return result


def _require_no_yield(method: Callable[..., Any], result: object) -> None:
    if inspect.isgenerator(result) or inspect.isasyncgen(result):
        raise TypeError(
            f"{name_of(method)} has a 'yield', so nothing in it runs; send"
            " each piece instead, as with send_body() or send()"
        )
