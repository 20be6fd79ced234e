"""The channel layers of this process, by alias.

How it works: a mapping says which class to make and with which arguments, as
Channels' setting ``CHANNEL_LAYERS`` does; a layer is made when it is first
asked for. Without any configuration there is one layer in memory, named
``default``.

Source: Channels, "Channel Layers", "Configuration".
"""

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

from minichannels import DEFAULT_CHANNEL_LAYER
from minichannels.exceptions import InvalidChannelLayerError
from minichannels.layers.forking import new_rlock
from minichannels.types import ChannelLayer

Configs = Mapping[str, Mapping[str, Any]]

_BACKEND = "minichannels.layers.InMemoryChannelLayer"
_IN_MEMORY: Configs = {DEFAULT_CHANNEL_LAYER: {"BACKEND": _BACKEND}}
_DOTTED = f"give the dotted name of a class, such as {_BACKEND!r}"


class ChannelLayerManager:
    """Makes the configured layers, and keeps them.

    Attributes:
        backends: the layers made so far, by alias.
        configs: the mapping in force, alias to ``BACKEND`` and ``CONFIG``.
    """

    # Of the class: a bridge puts there what holds for whoever makes another.
    _minichannels_configs: Configs = _IN_MEMORY

    def __init__(self) -> None:
        self.backends: dict[str, Any] = {}
        self._minichannels_wrapper: Callable[[str, Any], Any] | None = None
        # Two threads that ask at once must get the same layer.
        self._minichannels_lock = new_rlock()

    @property
    def configs(self) -> Configs:
        """The mapping in force."""
        return self._minichannels_configs

    def configure(self, mapping: Configs | None) -> None:
        """Put a configuration in force; layers made so far are forgotten.

        Args:
            mapping: for each alias a dict with ``BACKEND`` (a dotted name),
                and if wanted ``CONFIG`` and ``TEST_CONFIG`` (keyword
                arguments); None for the one layer in memory.

        Raises:
            TypeError: it is no such mapping.
        """
        if mapping is not None:
            _require_configs(mapping)
        configs = {**_IN_MEMORY} if mapping is None else mapping
        with self._minichannels_lock:
            self._minichannels_configs, self.backends = configs, {}

    def make_backend(self, name: str) -> Any:
        """Make the layer of an alias anew.

        Raises:
            KeyError: no such alias.
            InvalidChannelLayerError: its configuration is wrong.
        """
        return self._make_backend(name, "CONFIG")

    def make_test_backend(self, name: str) -> Any:
        """Make the layer of an alias anew, with its ``TEST_CONFIG``.

        Raises:
            InvalidChannelLayerError: it has none, or it is wrong.
        """
        if "TEST_CONFIG" not in self.configs.get(name, ()):
            raise InvalidChannelLayerError(
                f"channel layer {name!r} has no TEST_CONFIG"
                if name in self.configs
                else f"no channel layer {name!r} is configured"
            )
        return self._make_backend(name, "TEST_CONFIG")

    def _make_backend(self, name: str, kind: str) -> Any:
        if "ROUTING" in self.configs[name]:
            raise InvalidChannelLayerError(
                f"channel layer {name!r} has ROUTING, which nothing reads since"
                " Channels 2; remove it, and route with a ProtocolTypeRouter"
            )
        layer_class = _layer_class(name, self.configs[name])
        config = self.configs[name].get(kind, {})
        if not isinstance(config, Mapping):
            raise InvalidChannelLayerError(
                f"the {kind} of channel layer {name!r} is a dict of arguments,"
                f" not {config!r}"
            )
        try:
            return layer_class(**config)
        except (TypeError, ValueError) as error:
            raise InvalidChannelLayerError(
                f"channel layer {name!r} does not take its {kind}: {error}"
            ) from error

    def __getitem__(self, key: str) -> Any:
        with self._minichannels_lock:
            if key not in self.backends:
                if self._minichannels_configs is _IN_MEMORY:
                    _require_bridge()
                self.backends[key] = self.make_backend(key)
            layer, wrap = self.backends[key], self._minichannels_wrapper
            return layer if wrap is None else wrap(key, layer)

    def __contains__(self, key: str) -> bool:
        return key in self.configs

    def set(self, key: str, layer: Any) -> Any:
        """Put a layer in place for an alias; return the one it replaces.

        Args:
            key: the alias.
            layer: the layer; None to have it made anew from the
                configuration when it is next asked for (ours).
        """
        with self._minichannels_lock:
            old = self.backends.pop(key, None)
            if layer is not None:
                self.backends[key] = layer
            return old

    def _reset_backends(self, setting: str, **_: Any) -> None:
        # A name of Channels' own, which fixtures of its users call.
        if setting == "CHANNEL_LAYERS":
            self.backends = {}

    def wrap(self, wrapper: Callable[[str, Any], Any] | None) -> None:
        """Hand every layer out in a wrapper from now on (ours).

        The layers themselves stay in place, so that whatever is configured
        or set in the meantime is wrapped as well, and nothing is put back.

        Args:
            wrapper: called with an alias and its layer, each time that the
                layer is asked for; None to hand out the layers themselves.
        """
        with self._minichannels_lock:
            self._minichannels_wrapper = wrapper


def _require_bridge() -> None:
    """Raise if a Django project names layers of ours, but nobody has read that.

    Its consumers would get a layer in memory, and hear of nobody else.
    """
    django: Any = sys.modules.get("django.conf")
    if django is None or not django.settings.configured:
        return
    if "minichannels" in str(getattr(django.settings, "CHANNEL_LAYERS", "")):
        raise InvalidChannelLayerError(
            "the project's CHANNEL_LAYERS have not been read; put"
            " 'minichannels' into its INSTALLED_APPS, before any app that asks"
            " for a layer when it is imported"
        )


def _layer_class(name: str, config: Mapping[str, Any]) -> Callable[..., Any]:
    """Return the class of an alias.

    Raises:
        InvalidChannelLayerError: there is none, or it cannot be imported.
    """
    if "BACKEND" not in config:
        raise InvalidChannelLayerError(
            f"channel layer {name!r} has no BACKEND; {_DOTTED}"
        )
    backend = config["BACKEND"]
    module, _, attribute = str(backend).rpartition(".")
    try:
        if not module:
            raise ImportError(_DOTTED)
        layer_class = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise InvalidChannelLayerError(
            f"cannot import BACKEND {backend!r} of channel layer {name!r}:"
            f" {error}"
        ) from error
    if not callable(layer_class):
        raise InvalidChannelLayerError(
            f"BACKEND {backend!r} of channel layer {name!r} is no class"
        )
    return layer_class  # type: ignore[no-any-return]


def _require_configs(mapping: Any) -> None:
    if not isinstance(mapping, Mapping):
        raise TypeError(
            "a configuration is a dict of aliases, such as {'default':"
            f" {{'BACKEND': …}}}}, not {mapping!r}"
        )
    for alias, config in mapping.items():
        if not isinstance(config, Mapping):
            raise TypeError(
                f"channel layer {alias!r} is configured by a dict with a"
                f" BACKEND, not by {config!r}"
            )


channel_layers = ChannelLayerManager()
"""The registry of this process."""


def get_channel_layer(
    alias: str = DEFAULT_CHANNEL_LAYER,
) -> ChannelLayer | None:
    """Return the layer of an alias, or None if none is configured.

    Raises:
        InvalidChannelLayerError: its configuration is wrong.
    """
    if alias in channel_layers or alias in channel_layers.backends:
        layer: ChannelLayer = channel_layers[alias]
        return layer
    return None
