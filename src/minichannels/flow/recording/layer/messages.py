"""A message as a layer gets it: with nothing of the recorder's in it.

How it works: an application may send on what it was handed, alone or inside
another message. What the recorder knows of that belongs to the event that was
handed out, and a layer would count it, or refuse it.
"""

import copy
from collections.abc import Mapping
from typing import Any

from minichannels.flow.recording.application.causes import TracedMessage

DEEPEST = 200
"""How deep a message is looked into."""


def own(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message that may be changed: a copy with nothing of ours in it.

    A dict of another class stays one: a layer may refuse it.
    """
    try:
        copied = plain(message)
    except TooDeep:
        return dict(message)
    result: dict[str, Any] = copied
    return copy.copy(result) if copied is message else result


class TooDeep(Exception):
    """A message contains itself, or it is very deep."""


def plain(value: Any, depth: int = 0) -> Any:
    """Return a copy of a message in which no event of ours is left.

    Everything but the dicts, lists and tuples in it stays as it is: to judge
    it is the layer's business.

    Raises:
        TooDeep: as it says.
    """
    # Long before Python's own limit: garbage may be collected just there, and
    # whatever its finalizer calls would fail.
    if depth > DEEPEST:
        raise TooDeep
    kind, depth = type(value), depth + 1
    if kind is dict or issubclass(kind, TracedMessage):
        return {key: plain(item, depth) for key, item in dict.items(value)}
    if kind is list:
        return [plain(item, depth) for item in value]
    if kind is tuple:
        return tuple(plain(item, depth) for item in value)
    return value
