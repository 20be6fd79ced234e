"""``record_everywhere()``: an application and every layer that it may use.

How it works: the layers of minichannels are recorded as they are asked for.
Channels' registry makes its layers when they are asked for, too, but has no
seam there: so those that its settings name are made now, and recorded ones
stand in their places until the end.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from minichannels.flow.record import Recording, in_place, record
from minichannels.types import ASGIApp


@contextmanager
def record_everywhere(
    application: ASGIApp, warn: Callable[[str], object]
) -> Iterator[Recording]:
    """Record an application and all layers, in a ``with`` statement.

    Args:
        application: any ASGI application; imported, and so configured.
        warn: called with a sentence for each layer that cannot be recorded.
    """
    with ExitStack() as stack:
        flow = stack.enter_context(record(application))
        for layer in _layers_of_channels(warn):
            stack.enter_context(in_place(layer, flow.app.journal))
        yield flow


def _layers_of_channels(warn: Callable[[str], object]) -> Iterator[Any]:
    channels = sys.modules.get("channels.layers")
    if channels is None:
        return
    try:
        aliases = list(channels.channel_layers.configs)
    except Exception as error:  # Django has no settings: so there are none
        warn(f"Channels' layers are not recorded: {_line(error)}")
        return
    for alias in aliases:
        try:
            yield channels.channel_layers[alias]
        except Exception as error:  # whatever its backend raises
            warn(f"layer {alias!r} is not recorded: {_line(error)}")


def _line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"
