"""Which names of a consumer are the library's own.

Anyone who knows a channel's name can write to it, and the type of a message
names a method. Without a rule, a message could call ``close()`` or
``accept()``. The rule is Channels' vocabulary: a message of a layer reaches no
method that Channels defines, overridden or not, and every other one.

Nor may a message be taken for what the client did. It would reach the method
for that by its name, so the name is what is refused: ``websocket_receive``
calls the same method as ``websocket.receive``.
"""

import inspect
from weakref import WeakKeyDictionary

from minichannels.protocol import RECEIVED

OF_SERVERS = frozenset(kind.replace(".", "_") for kind in RECEIVED)
"""The names of the methods for what a server hands on, as of its client."""

# Of this library alone: whoever defines one of these has a handler of theirs.
_ADDED = frozenset(
    {"accept_later", "deny", "receive_invalid", "thread_sensitive"}
)


# Weak: a class that a cell or a test has defined anew has to go, and with it
# all that hangs on it, such as receivers of Django's signals.
_reserved: WeakKeyDictionary[type, frozenset[str]] = WeakKeyDictionary()


def library_names(consumer_class: type) -> frozenset[str]:
    """Return the public names that our base classes define or declare."""
    return frozenset(
        name
        for base in filter(is_ours, consumer_class.__mro__)
        for name in (*vars(base), *inspect.get_annotations(base))
        if not name.startswith("_")
    )


def reserved_names(consumer_class: type) -> frozenset[str]:
    """Return the names that no message of a channel layer may call.

    Those that this library has added are among them.
    """
    known = _reserved.get(consumer_class)
    if known is None:
        known = OF_SERVERS | library_names(consumer_class)
        _reserved[consumer_class] = known
    return known


def is_reserved(consumer: object, name: str) -> bool:
    """Return whether no message of a channel layer may call a name."""
    consumer_class = type(consumer)
    if name not in reserved_names(consumer_class):
        return False
    # Looked up each time: it may be defined later, also by an instance.
    return name not in _ADDED or (
        name not in vars(consumer) and is_ours(_definer(consumer_class, name))
    )


def is_ours(base: type) -> bool:
    """Return whether a class is one of the library's consumers."""
    return base.__module__.startswith(
        ("minichannels.consumer", "minichannels.generic")
    )


def _definer(consumer_class: type, name: str) -> type:
    return next(b for b in consumer_class.__mro__ if name in vars(b))
