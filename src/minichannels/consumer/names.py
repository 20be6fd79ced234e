"""Which names of a consumer are the library's own.

Anyone who knows a channel's name can write to it, and the type of a message
names a method. Without a rule, a message could call ``close()`` or
``accept()``. The rule is Channels' vocabulary: a message of a layer reaches no
method that Channels defines, overridden or not, and every other one.

Nor may a message be taken for what the client did. It would reach the method
for that by its name, so the name is what is refused: ``websocket_receive``
calls the same method as ``websocket.receive``.
"""

import functools
import inspect

from minichannels.protocol import RECEIVED

OF_SERVERS = frozenset(kind.replace(".", "_") for kind in RECEIVED)
"""The names of the methods for what a server hands on, as of its client."""

# Of this library alone: whoever defines one of these has a handler of theirs.
_ADDED = frozenset(
    {"accept_later", "deny", "receive_invalid", "thread_sensitive"}
)


@functools.lru_cache(maxsize=128)  # a cell may define its class anew
def library_names(consumer_class: type) -> frozenset[str]:
    """Return the public names that our base classes define or declare."""
    return frozenset(
        name
        for base in filter(is_ours, consumer_class.__mro__)
        for name in (*vars(base), *inspect.get_annotations(base))
        if not name.startswith("_")
    )


@functools.lru_cache(maxsize=128)
def reserved_names(consumer_class: type) -> frozenset[str]:
    """Return the names that no message of a channel layer may call."""
    return OF_SERVERS | {
        name
        for name in library_names(consumer_class)
        if name not in _ADDED or is_ours(_definer(consumer_class, name))
    }


def is_ours(base: type) -> bool:
    """Return whether a class is one of the library's consumers."""
    return base.__module__.startswith(
        ("minichannels.consumer", "minichannels.generic")
    )


def _definer(consumer_class: type, name: str) -> type:
    return next(b for b in consumer_class.__mro__ if name in vars(b))
