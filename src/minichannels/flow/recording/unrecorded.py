"""Layers that are used and not recorded: what a flow cannot show is said.

How it works: a layer is recorded where a registry hands it out, that of
minichannels or of Channels. One that comes from elsewhere works as ever, and
the flow has none of its messages. Whoever reads the flow has to know that, so
a warning is logged, once for each: for consumers of ours, which are looked at
when a handler has ended, and for packages that have a registry of their own.
"""

import functools
import logging
import sys
from typing import Any

logger = logging.getLogger("minichannels")

# What they hand out is recorded.
_KNOWN = {"minichannels", "channels", "channels_redis"}


class Recorded:
    """A layer that is recorded is one of these."""

    __slots__ = ()


def look_at_consumer(consumer: Any) -> None:
    """Say so if a consumer of ours uses a layer that is not recorded."""
    # Only what stands there: to ask may run the user's own code.
    layer = getattr(consumer, "__dict__", {}).get("channel_layer")
    if layer is not None and not isinstance(layer, Recorded):
        _say(
            "the channel layer of %s, of class %s, is not recorded; take one"
            " from get_channel_layer(), or flow.layer of record(app, layer)",
            type(consumer).__name__,
            type(layer).__name__,
        )


_looked_at: set[int] = set()
"""The modules that there were when they were looked at, by their ids."""


def look_for_registries() -> None:
    """Name the packages whose registries hand out layers unrecorded."""
    modules = list(sys.modules.values())
    ids = {*map(id, modules)}
    if ids == _looked_at:  # as in one test after the other
        return
    _looked_at.clear()
    _looked_at.update(ids)
    for module in modules:
        # Not getattr(): some modules import others when they are asked.
        names = getattr(module, "__dict__", {})
        if "get_channel_layer" not in names:  # thousands have none
            continue
        package = _package(getattr(module, "__name__", ""))
        if package not in _KNOWN and _has_registry(names, package):
            _say(
                "the channel layers of %s are not recorded; register"
                " flow.layer of record(app, layer) there, in a layer's place",
                package,
            )


def _has_registry(names: dict[str, Any], package: str) -> bool:
    """Tell whether names give layers, of a class of their own package."""
    if _package(_home(names["get_channel_layer"])) != package:
        return False
    return any(
        isinstance(value, type)
        and _package(value.__module__) == package
        and {"new_channel", "group_send"} <= {*dir(value)}
        for value in list(names.values())
    )


def _home(value: object) -> str:
    return str(getattr(value, "__module__", ""))


def _package(module: str) -> str:
    return module.partition(".")[0]


@functools.cache
def _say(text: str, *names: str) -> None:
    logger.warning(text, *names)
