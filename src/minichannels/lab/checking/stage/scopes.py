"""The scopes of a scenario: what uvicorn tells an application of a client.

All clients come from one machine, as a class's tabs do, and differ by their
port alone. A port that a client has left is given to the next one.

Source: ASGI specification, "WebSocket" and "HTTP"; uvicorn 0.54; and, for what
is no web, the servers of ``minichannels.protocols``.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from minichannels.types import Scope

HOST = "127.0.0.1"
SERVER = (HOST, 8000)

_KEY = b"dGhlIHNhbXBsZSBub25jZQ=="  # the example of RFC 6455


def websocket(path: str, port: int, **added: Any) -> Scope:
    """Return the scope of a WebSocket.

    Args:
        path: the path.
        port: the client's.
        added: what is in it besides; ``headers`` after those of each client.
    """
    headers = [
        (b"upgrade", b"websocket"),
        (b"connection", b"Upgrade"),
        (b"sec-websocket-key", _KEY),
        (b"sec-websocket-version", b"13"),
        *added.get("headers", ()),
    ]
    return {
        **added,
        **_common("websocket", path, port, headers),
        "scheme": "ws",
        "subprotocols": [],
        "extensions": {"websocket.http.response": {}},
    }


def http(method: str, path: str, port: int) -> Scope:
    """Return the scope of a request."""
    return {
        **_common("http", path, port, [(b"connection", b"close")]),
        "scheme": "http",
        "method": method,
    }


_BEYOND: Mapping[str, Mapping[str, str]] = {
    "aprs": {"station": "N0CALL-1"},
    "chat": {"server": "irc://127.0.0.1:6667"},
    "mqtt": {"version": "3.1.1"},
}


def beyond(kind: str, peer: str) -> Scope:
    """Return the scope of a conversation beyond the web.

    Args:
        kind: its type.
        peer: who is at the other end.
    """
    common = {"type": kind, "asgi": {"version": "3.0"}, "peer": peer}
    return {**common, **_BEYOND[kind]}


def _common(
    kind: str, path: str, port: int, headers: list[tuple[bytes, bytes]]
) -> dict[str, Any]:
    host = f"{SERVER[0]}:{SERVER[1]}".encode()
    return {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "server": SERVER,
        "client": (HOST, port),
        "root_path": "",
        "path": path,
        "raw_path": quote(path).encode(),
        "query_string": b"",
        "headers": [(b"host", host), *headers],
        "state": {},
    }
