"""Routers that look at one key of the scope: its type, or its channel.

How it works: a subclass names the key; the value of that key in a scope is
looked up in a mapping of values to applications.

Source: Channels, "Routing".
"""

from collections.abc import Hashable, Mapping
from typing import Any, ClassVar

from minichannels._asgi import require_shareable
from minichannels._masking import short
from minichannels.layers.base import BaseChannelLayer
from minichannels.types import ASGIApp, Receive, Scope, Send


class KeyRouter:
    """Picks an application by the value of one key of the scope.

    Attributes:
        application_mapping: the application for each value.

    Raises:
        TypeError: not a mapping, or not one of texts to applications.
    """

    _minichannels_key: ClassVar[str]
    _minichannels_kind: ClassVar[str]
    """What the key holds, in words, for messages."""
    _minichannels_lacking: ClassVar[type[Exception]] = ValueError
    """The error of a scope without the key, which differs in Channels."""

    def __init__(self, application_mapping: Mapping[str, ASGIApp]) -> None:
        kind = self._minichannels_kind
        if not isinstance(application_mapping, Mapping):
            raise TypeError(
                f"{type(self).__name__} takes a dict of each {kind} and"
                f" its application, not {short(application_mapping)}"
            )
        for value, application in application_mapping.items():
            if not isinstance(value, str):  # no scope has it
                raise TypeError(f"a {kind} is a text, not {short(value)}")
            role = f"the application for {kind} {value!r}"
            require_shareable(application, role)
        self.application_mapping = application_mapping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> Any:
        """Call the application for this scope.

        Raises:
            ValueError: there is none for it, or the scope has no channel.
            KeyError: the scope has no type.
        """
        key, kind = self._minichannels_key, self._minichannels_kind
        if key not in scope:
            raise self._minichannels_lacking(
                f"no {kind} in a scope of type {short(scope.get('type'))}"
            )
        value = scope[key]
        # A list, say, could not even be looked up.
        is_key = isinstance(value, Hashable)
        if not is_key or value not in self.application_mapping:
            known = ", ".join(map(repr, self.application_mapping)) or "none"
            raise ValueError(
                f"No application configured for {kind} {short(value)};"
                f" configured: {known}"
            )
        return await self.application_mapping[value](scope, receive, send)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self.application_mapping)})"


class ProtocolTypeRouter(KeyRouter):
    """Picks an application by the scope's type: ``http``, ``websocket``."""

    _minichannels_key = "type"
    _minichannels_kind = "scope type"
    _minichannels_lacking = KeyError


class ChannelNameRouter(KeyRouter):
    """Picks an application by the channel that a worker reads for it.

    Raises:
        TypeError: a name is none that a channel can have.
    """

    _minichannels_key = "channel"
    _minichannels_kind = "channel name"

    def __init__(self, application_mapping: Mapping[str, ASGIApp]) -> None:
        super().__init__(application_mapping)
        for name in application_mapping:
            BaseChannelLayer().require_valid_channel_name(name)
