"""Which method a message calls, which it may not call, and advice on it.

How it works: the type of a message names a method, ``chat.message`` that with
the name ``chat_message``. What the library itself defines is not for messages
of a channel layer: anyone who knows a channel's name can write to it.

Source: Channels, "Consumers" and "Channel Layers".
"""

import functools
import inspect
import keyword
import reprlib
from typing import Any

from minichannels.exceptions import NoHandlerError, NoTypeError
from minichannels.protocol import RECEIVED
from minichannels.types import Message


def get_handler_name(message: Message) -> str:
    """Return the name of the method for a message's type.

    Dots become underscores: ``chat.message`` is for ``chat_message``.

    Raises:
        ValueError: there is no type, or one that no handler can have.
    """
    if "type" not in message:
        raise NoTypeError(
            f"a message needs a 'type'; {reprlib.repr(message)} has none"
        )
    kind = message["type"]
    if not isinstance(kind, str) or not kind:
        raise ValueError(
            f"a message's 'type' is a non-empty str, not {reprlib.repr(kind)}"
        )
    if kind.startswith(("_", ".")):
        raise ValueError(
            f"type {kind!r} starts with {kind[0]!r}; private methods take no"
            " messages, so begin with a letter"
        )
    return kind.replace(".", "_")


@functools.lru_cache(maxsize=128)  # a cell may define its class anew
def library_names(consumer_class: type[Any]) -> frozenset[str]:
    """Return the public names that our base classes define or declare."""
    ours = [
        base
        for base in consumer_class.__mro__
        if base.__module__.startswith(
            ("minichannels.consumer", "minichannels.generic")
        )
    ]
    names = {name for base in ours for name in vars(base)}
    names |= {name for base in ours for name in inspect.get_annotations(base)}
    return frozenset(name for name in names if not name.startswith("_"))


def no_handler(consumer_class: Any, kind: str, name: str) -> NoHandlerError:
    """Return the error of a class that has no handler for a type."""
    text = _no_handler(consumer_class, kind, name)
    return NoHandlerError(text, event_type=kind, handler=name)


def _no_handler(consumer_class: Any, kind: str, name: str) -> str:
    wanted = f"{consumer_class.__name__} has no handler for {kind!r}"
    if not name.isidentifier() or keyword.iskeyword(name):
        return f"{wanted}; no method has that name: choose another type"
    hint = f"define '{consumer_class._signature.format(name)}'"
    if kind in RECEIVED:
        hint += ", or send such connections elsewhere: ProtocolTypeRouter"
    else:
        hint += _nearest(consumer_class, name)
    return f"{wanted}; {hint}"


def _nearest(consumer_class: Any, name: str) -> str:
    import difflib  # takes a while, and is hardly ever needed

    own = [
        other
        for other in set(dir(consumer_class)) - library_names(consumer_class)
        if callable(getattr(consumer_class, other, None))
    ]
    near = difflib.get_close_matches(name, own, n=1)
    return "".join(f", or did the sender mean {n!r}?" for n in near)
