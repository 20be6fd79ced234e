"""An application that cannot send what is no event at all.

What a server would refuse, in whatever words, is refused here in words of our
own. When an event may be sent, ``minichannels.protocol`` says.

Source: ASGI specification, "WebSocket" and "HTTP".
"""

import functools
from collections.abc import Callable
from typing import Any

from minichannels.exceptions import Explained
from minichannels.types import ASGIApp


class WrongValueError(Explained, TypeError):
    """A value of an event that an application sends is of a wrong type.

    Attributes:
        key: where it stands in the event.
    """

    key: str = ""


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

    app.__name__ = "application"  # if it has no name of its own
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
    kinds: dict[str, Callable[[Any], bool]] = {
        "text": lambda value: isinstance(value, str | None),
        "bytes": lambda value: isinstance(value, bytes | None),
        "body": lambda value: isinstance(value, bytes),
        "status": lambda value: isinstance(value, int),
    }
    for key, is_right in kinds.items():
        if key in event and not is_right(event[key]):
            wanted = {"text": "str", "status": "int"}.get(key, "bytes")
            raise WrongValueError(
                f"{key!r} of a {event['type']!r} event is {wanted}, not"
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
