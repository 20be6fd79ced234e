"""``worker``: serves channels of a layer, with the application of a project.

How it works: the project's module is imported, which configures the channel
layers. Then the layer of the alias is read as Channels' ``runworker`` does.
Several workers of a channel share its messages, in as many processes as there
are, if the layer reaches over processes.

Rule 1: the layer is that of minichannels' registry, unless only the settings
of Channels have one that reaches over processes.
"""

import argparse
from collections.abc import Callable
from typing import Any, cast

from minichannels.cli import CommandError
from minichannels.cli.crashes import told
from minichannels.cli.finding import failed, find_application
from minichannels.cli.saying import say, warn
from minichannels.cli.stopping import Gate, work
from minichannels.cli.storing import journal_folder, say_saved
from minichannels.flow.record import record_everywhere
from minichannels.flow.recording.layer.capabilities import asked_of
from minichannels.flow.recording.layer.registries import registry_of_channels
from minichannels.layers import channel_layers, get_channel_layer
from minichannels.types import ASGIApp, ChannelLayer
from minichannels.worker import Worker


def worker(options: argparse.Namespace) -> None:
    """Serve channels until a signal comes.

    Raises:
        CommandError: it cannot be done; says why.
    """
    if options.save and not options.name:
        raise CommandError("--save FOLDER needs a name: add --as NAME")
    folder = journal_folder(
        options.save and options.save.absolute(), options.name
    )
    application = find_application(
        options.application, options.app_dir.resolve(), factory=options.factory
    )
    if folder:
        with record_everywhere(application, warn, options.name, folder) as flow:
            serve_channels(flow.app, options)
        say_saved(flow, options.save)
    else:
        serve_channels(application, options)
    say("The worker has ended")


def serve_channels(
    application: ASGIApp,
    options: argparse.Namespace,
    make: Callable[..., Worker] = Worker,
) -> None:
    """Serve channels until a signal comes.

    Args:
        application: called for each channel.
        options: what the application is called, the channels, and the alias
            of their layer.
        make: makes the worker.

    Raises:
        CommandError: there is no such layer, or it fails.
    """
    layer, channels = find_layer(options.layer), options.channels
    gate = Gate(layer, channels)
    # By name, as on Channels: a class of one's own may take them only so.
    made = make(
        application=application,
        channels=channels,
        channel_layer=cast(ChannelLayer, gate),
    )
    if not crosses(layer):
        warn(
            f"layer {options.layer!r} is in the memory of this process, where"
            " no other process sends to it; configure a layer such as"
            " minichannels.layers.redis.RedisChannelLayer"
        )
    say(
        f"Serving {', '.join(made.channels)} with {options.application}"
        " (Ctrl-C stops)"
    )
    with told():
        try:
            work(made, gate, layer)
        except Exception as error:
            raise failed("the channel layer", error) from None


def find_layer(alias: str) -> Any:
    """Return the layer of an alias, as the project has configured it.

    Raises:
        CommandError: there is none, or it cannot be made.
    """
    try:
        layer: Any = get_channel_layer(alias)
        if layer is None or not crosses(layer):
            theirs = _of_channels(alias)
            if layer is None or (theirs is not None and crosses(theirs)):
                layer = theirs
    except Exception as error:  # whatever a backend raises
        raise failed(f"channel layer {alias!r}", error) from error
    if layer is None:
        known = ", ".join(map(repr, channel_layers.configs)) or "none"
        raise CommandError(
            f"no channel layer {alias!r} is configured; there are {known}"
        )
    return layer


def _of_channels(alias: str) -> Any:
    """Return the layer of Channels' settings, if the project has any."""
    registry = registry_of_channels()
    try:
        known = registry is not None and alias in registry.configs
    except Exception:  # Django has no settings: so there are none
        known = False
    return registry[alias] if known else None


def crosses(layer: Any) -> bool:
    """Return whether a layer reaches over processes."""
    kind = type(asked_of(layer, "inner", layer))
    return all(c.__name__ != "InMemoryChannelLayer" for c in kind.__mro__)
