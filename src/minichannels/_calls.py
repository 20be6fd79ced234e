"""Calling the methods that whoever uses the library writes.

How it works: a method of the wrong kind (``def`` for ``async def``), or with
the wrong parameters, fails somewhere inside the library. Here the error says
what to write instead.
"""

import inspect
from collections.abc import Awaitable, Callable
from types import CoroutineType
from typing import Any

# What the library passes, by the name of the method; "self, event" else.
_PARAMETERS = {
    "connect": "self",
    "disconnect": "self, code",
    "receive": "self, text_data=None, bytes_data=None",
    "receive_json": "self, content",
    "receive_invalid": "self, error",
    "handle": "self, body",
}


def call_async(
    method: Callable[..., Any], *args: Any, **kwargs: Any
) -> Awaitable[Any]:
    """Call a method that has to be a coroutine function.

    Raises:
        TypeError: it is a plain function, or takes other parameters.
    """
    try:
        result = method(*args, **kwargs)
    except TypeError:
        _require_parameters(method, args, kwargs)
        raise
    # First what is cheap to see, as each event passes here.
    if type(result) is CoroutineType or inspect.isawaitable(result):
        return result
    raise TypeError(
        f"{name_of(method)} is a plain function; write 'async def', as an"
        " async consumer awaits its methods"
    )


def call_sync(method: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Call a method that has to be a plain function.

    Raises:
        TypeError: it is a coroutine function, or takes other parameters.
    """
    try:
        result = method(*args, **kwargs)
    except TypeError:
        _require_parameters(method, args, kwargs)
        raise
    if inspect.iscoroutine(result):
        result.close()  # or Python warns that nobody awaited it
        raise TypeError(
            f"{name_of(method)} is an 'async def'; write a plain 'def', or"
            " derive from an async consumer"
        )


def name_of(method: Callable[..., Any]) -> str:
    """Return a method's name with its class's, such as ``Chat.receive``."""
    name: str = getattr(method, "__qualname__", repr(method))
    # Without '<locals>': where a class was defined does not matter here.
    return name.rpartition(".<locals>.")[2]


def _require_parameters(
    method: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    """Raise if the call itself was the error, not something in the method."""
    try:
        inspect.signature(method).bind(*args, **kwargs)
    except TypeError as problem:
        short = name_of(method).rpartition(".")[2]
        wanted = _PARAMETERS.get(short, "self, event")
        raise TypeError(
            f"{name_of(method)}() has other parameters than it is called"
            f" with ({problem}); write 'def {short}({wanted})'"
        ) from None
