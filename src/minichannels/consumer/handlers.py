"""Which method a message calls.

How it works: the type of a message names a method, ``chat.message`` that with
the name ``chat_message``.

Source: Channels, "Consumers" and "Channel Layers".
"""

import functools
from collections.abc import Callable
from typing import Any

from minichannels.consumer.explaining import (
    no_handler,
    no_name,
    no_type,
    not_from_a_layer,
)
from minichannels.consumer.names import is_reserved
from minichannels.types import Message

Handler = Callable[[Message], Any]

_OURS = "minichannels."  # begins the names of our modules


def get_handler_name(message: Message) -> str:
    """Return the name of the method for a message's type.

    Dots become underscores: ``chat.message`` is for ``chat_message``.

    Raises:
        ValueError: there is no type, or one that no handler can have.
    """
    try:
        return _name_for(message["type"])
    # The latter: it is no mapping, or its type is nothing that one has as key.
    except (KeyError, TypeError):
        raise no_type(message) from None


def names_method(message: Message) -> bool:
    """Return whether a message has a type that a method can be named after."""
    try:
        get_handler_name(message)
    except ValueError:
        return False
    return True


@functools.lru_cache(maxsize=256)  # worked out once for each type
def _name_for(kind: object) -> str:
    if not isinstance(kind, str) or not kind:
        raise no_name(kind)
    if kind.startswith(("_", ".")):
        raise ValueError(
            f"type {kind!r} starts with {kind[0]!r}; private methods take no"
            " messages, so begin with a letter"
        )
    return kind.replace(".", "_")


def find_handler(consumer: Any, message: Message) -> Handler:
    """Return the method of a consumer that a message calls.

    Raises:
        ValueError: the message's type names none.
    """
    try:
        name = _name_for(message["type"])  # each event passes here: no call
    except (KeyError, TypeError):
        raise no_type(message) from None
    handler = getattr(consumer, name, None)
    if callable(handler):
        return handler  # type: ignore[no-any-return]
    life = consumer._minichannels
    if life is not None and life.observer is not None:
        life.observer.message_unhandled(consumer)
    raise no_handler(type(consumer), message["type"], name)


def require_for_layers(consumer: Any, message: Message) -> None:
    """Refuse a message of a channel layer that calls what it may not.

    Raises:
        ValueError: its type is none, or names a method that is for events of
            the client, or is the library's own.
    """
    name, kind = get_handler_name(message), message["type"]
    if is_reserved(consumer, name):
        raise ValueError(not_from_a_layer(type(consumer), kind, name))


def is_ours(method: Any) -> bool:
    """Return whether a method is the library's, and not a class's own."""
    return str(getattr(method, "__module__", "")).startswith(_OURS)


def may_dispatch(consumer: Any, message: Message) -> bool:
    """Return whether a message that names no method is still dispatched.

    As on Channels, a class's own ``dispatch()`` sees it, and may know what it
    means.
    """
    return not names_method(message) and not is_ours(consumer.dispatch)


def get_runner_name(consumer: Any, message: Message) -> str:
    """Return the name of the method that a message is said to run.

    Raises:
        ValueError: it names none, and no class's own ``dispatch()`` is there.
    """
    try:
        return _name_for(message["type"])  # each event passes here: no call
    except (KeyError, TypeError, ValueError):
        if may_dispatch(consumer, message):
            return "dispatch"
        return get_handler_name(message)  # which says what is wrong
