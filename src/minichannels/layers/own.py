"""What is the library's own of a layer that somebody has made a class of.

How it works: a layer belongs to whoever makes a class of it, whose attributes
and methods may have any name, also one that Channels knows nothing of, such as
``release`` or ``observer``. So the library does not ask the layer for these,
but the class of its own below it, and the object beside it.
"""

import logging
from collections.abc import Callable
from typing import Any

from minichannels.layers.freezing import Frozen

logger = logging.getLogger("minichannels")


def ours(layer: Any, name: str) -> Callable[..., Any] | None:
    """Return a layer's method as the library defines it; None if it has none.

    A mock, say, or a layer from elsewhere may have something of that name.
    """
    for base in type(layer).__mro__:
        if name in vars(base) and _is_ours(base):
            method: Callable[..., Any] = vars(base)[name].__get__(layer)
            return method
    return None


def release_of(layer: Any) -> Callable[..., Any] | None:
    """Return what forgets a mailbox of a layer; None if it cannot.

    What records a layer has it in any case, and says whose class the layer is.
    """
    classes = layer.__class__.__mro__
    if any("release" in vars(base) for base in classes if _is_ours(base)):
        return ours(layer, "release")
    return None


def _is_ours(base: type) -> bool:
    return base.__module__.startswith("minichannels.")


class Count:
    """How many messages were lost for a reason, as an attribute of a layer.

    No property: a class may set an attribute of that name to what it likes.
    """

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def __get__(self, layer: Any, owner: Any = None) -> int:
        if layer is None:  # asked of the class
            return 0
        lost: int = layer._minichannels.lost[self._reason]
        return lost


def tell_lost(
    layer: Any, channel: str, message: dict[str, Any] | Frozen, reason: str
) -> None:
    """Tell whoever watches a layer of a message that will not be read."""
    for observer in (layer._minichannels.observer, layer.observer):
        if not hasattr(observer, "message_lost"):
            continue  # nobody; or the name is used for something else
        own = message() if callable(message) else message
        try:
            observer.message_lost(channel, own, reason)
        except Exception:
            # Whoever watches must not break what is watched.
            logger.exception("the observer of a channel layer failed")
