"""The events that WebSocket consumers send, checked before they leave.

Pure functions, shared by the sync and the async classes.

Source: ASGI specification, "WebSocket" and "WebSocket Denial Response";
RFC 6455, section 5.5.
"""

import json
import reprlib
from typing import Any

from minichannels.exceptions import ArgumentTypeError
from minichannels.generic._headers import (
    Headers,
    encode_headers,
    require_bytes,
    require_status,
    require_token,
)
from minichannels.protocol import CLOSE_CODES
from minichannels.types import Message, Scope

# RFC 6455 5.5: a control frame holds 125 bytes, two of them are the code.
_MAX_REASON = 123

DENIAL = "websocket.http.response"


def accept_event(subprotocol: str | None, headers: Headers | None) -> Message:
    """Return the event that accepts a connection.

    Raises:
        TypeError: the subprotocol or a header is of the wrong type.
        ValueError: the subprotocol or a header cannot be sent.
    """
    if subprotocol is not None:
        hint = "choose one of scope['subprotocols']"
        _require_type("subprotocol", subprotocol, str, hint)
        if subprotocol:  # an empty one is none, as servers take it
            require_token(subprotocol)
    event: Message = {"type": "websocket.accept", "subprotocol": subprotocol}
    if headers:
        event["headers"] = encode_headers(headers)
    return event


def send_event(text_data: str | None, bytes_data: bytes | None) -> Message:
    """Return the event that sends one frame.

    Raises:
        ValueError: there is nothing to send.
        TypeError: what is to be sent is of the wrong type.
    """
    if text_data is not None:
        if type(text_data) is not str:
            hint = "use json.dumps() for data, or bytes_data for bytes"
            _require_type("text_data", text_data, str, hint)
        return {"type": "websocket.send", "text": text_data}
    if bytes_data is not None:
        hint = "use text_data for text"
        _require_type("bytes_data", bytes_data, bytes, hint)
        return {"type": "websocket.send", "bytes": bytes_data}
    raise ValueError("nothing to send; pass text_data or bytes_data")


def close_event(
    code: int | bool | None, reason: str | None, *, refuses: bool = False
) -> Message:
    """Return the event that closes a connection.

    Args:
        code: a close code; None or True for the server's choice (1000).
        reason: a text for the client.
        refuses: whether it refuses the client, to whom neither is sent then.

    Raises:
        ValueError: the code may not be sent, or the reason is too long.
        TypeError: the reason is not a text.
    """
    event: Message = {"type": "websocket.close"}
    if code is not None and code is not True:
        # A float may equal a code, and yet cannot travel as one.
        is_int = isinstance(code, int)
        # Who is refused gets HTTP's 403, so any will do, as the 401 of many.
        fits = refuses or any(code in codes for codes in CLOSE_CODES)
        if not is_int or not fits:
            raise ValueError(
                f"close code {code!r} cannot be sent; use"
                f" {'' if is_int else 'an int: '}1000 to 1003, 1007 to 1014, or"
                " your own from 3000 to 4999"
            )
        event["code"] = code
    if reason:
        _require_type("reason", reason, str, "write it as text")
        length = len(reason.encode())
        if length > _MAX_REASON and not refuses:
            raise ValueError(
                f"the reason is {length} bytes long as UTF-8;"
                f" the limit is {_MAX_REASON}"
            )
        event["reason"] = reason
    return event


def denial_events(
    scope: Scope, status: int, body: bytes, headers: Headers | None
) -> list[Message]:
    """Return the events that refuse a connection, as the server allows.

    Raises:
        TypeError: the body is not bytes, or a header of the wrong type.
        ValueError: the status is no number of three digits, or a header
            cannot be sent.
    """
    # Checked whatever this server allows: the next one may be another.
    require_status(status)
    require_bytes(body)
    encoded = encode_headers(headers)
    if DENIAL not in (scope.get("extensions") or {}):
        return [{"type": "websocket.close"}]
    return [
        {
            "type": f"{DENIAL}.start",
            "status": status,
            "headers": encoded,
        },
        {"type": f"{DENIAL}.body", "body": body},
    ]


def text_of(text_data: str | None, bytes_data: bytes | None) -> str:
    """Return the text of a frame.

    Raises:
        ValueError: it is a binary frame, or an empty one.
    """
    if text_data:
        return text_data
    got = (
        "an empty one"
        if text_data is not None
        else f"{len(bytes_data or b'')} bytes of a binary frame"
    )
    raise ValueError(f"a JSON consumer takes text frames; got {got}")


def parse_json(text: str) -> Any:
    """Return what a JSON text says.

    Raises:
        ValueError: it is no JSON, or nested too deeply to be read.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        problem = f"{reprlib.repr(text)} is not JSON: {error.msg}"
        raise json.JSONDecodeError(problem, text, error.pos) from None
    except RecursionError:
        # No fault of the program's: any client can send a row of brackets.
        raise ValueError("the JSON is nested too deeply") from None


def _require_type(name: str, value: Any, wanted: type, hint: str) -> None:
    if not isinstance(value, wanted):
        raise ArgumentTypeError(
            f"{name} has to be {wanted.__name__}, not "
            f"{type(value).__name__}; {hint}",
            argument=name,
            given=type(value),
        )
