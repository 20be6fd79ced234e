"""An application that cannot send what is no event at all.

What a server would refuse, in whatever words, is refused here in words of our
own. When an event may be sent, ``minichannels.protocol`` says.

Source: ASGI specification, "WebSocket" and "HTTP".
"""

import functools
from collections.abc import Mapping
from typing import Any

from minichannels.exceptions import Explained
from minichannels.flow.recording.endpoints.scopes import called
from minichannels.types import ASGIApp


class WrongValueError(Explained, TypeError):
    """A value of an event that an application sends is of a wrong type.

    Attributes:
        key: where it stands in the event.
    """

    key: str = ""


_KINDS: Mapping[str, tuple[type, Any]] = {
    "text": (str, str | None),
    "bytes": (bytes, bytes | None),
    "body": (bytes, bytes),
    "status": (int, int),
}
"""For each key, what its value is, and what a server takes besides."""


def strict(application: ASGIApp) -> ASGIApp:
    """Return an application that cannot send what is no event at all."""

    def app(scope: Any, receive: Any, send: Any) -> Any:
        async def read() -> Any:
            return await receive()

        async def checked(event: Any) -> None:
            _require_event(event)
            await send(event)

        # Errors, and the warning of a forgotten await, call them so.
        read.__name__ = read.__qualname__ = "receive"
        checked.__name__ = checked.__qualname__ = "send"
        return application(scope, read, checked)

    app.__name__ = called(application)  # if it has no name of its own
    return functools.update_wrapper(app, application, updated=("__dict__",))


def _require_event(event: Any) -> None:
    """Raise unless something is an event that a server would take.

    Raises:
        TypeError: it is not; says what would be right.
    """
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        raise TypeError(
            f"send() takes a dict with a 'type', such as"
            f" {{'type': 'websocket.accept'}}; got {event!r}"
        )
    for key, (kind, may_be) in _KINDS.items():
        if key in event and not isinstance(event[key], may_be):
            raise WrongValueError(
                f"{key!r} of a {event['type']!r} event is {kind.__name__}, not"
                f" {type(event[key]).__name__}; got {event[key]!r}",
                key=key,
            )
    if event["type"] == "http.response.start" and "status" not in event:
        raise TypeError(
            "a 'http.response.start' event has a 'status', such as 200"
        )
    frame = (event.get("text"), event.get("bytes"))
    if event["type"] == "websocket.send" and frame == (None, None):
        raise TypeError("a 'websocket.send' event has a 'text' or 'bytes'")
