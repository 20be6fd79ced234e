"""What a frame of a known protocol is: its type and its event, before the rest.

How it works: some libraries put a protocol of their own into the frames of a
WebSocket. What a developer looks for there is the name of an event; it stands
between signs that only the library reads. So such a frame is shown as its
type, its name and what it carries:

    42["chat",{"text":"hi"}]                        event "chat" {"text":"hi"}
    {"id":"1","type":"next","payload":{"data":1}}   next 1 {"data":1}

A frame that only may be one is shown as it is.

Source: Socket.IO, "The Socket.IO protocol" (5) and "The Engine.IO protocol"
(4); "GraphQL over WebSocket protocol" (graphql-transport-ws), and the older
"graphql-ws" of subscriptions-transport-ws.
"""

import json
import re
from typing import Any

from minichannels.flow.text.carried.compact import ROOM, recompacted
from minichannels.flow.text.formatting import shortened

# A message of Engine.IO: 4, and in it a packet of Socket.IO: its type, how
# many frames of bytes follow, its namespace, its number, and JSON.
_PACKET = re.compile(
    r"4([0-6])(?:(\d{1,3})-)?(?:(/[^,\[{]{0,80}),)?(\d{0,9})([\[{].*)",
    re.DOTALL,
)
_PACKETS = (
    *("connect", "disconnect", "event", "ack"),
    *("connect_error", "event", "ack"),
)
_NAME = re.compile(r'\[("(?:[^"\\]|\\.){1,200}")\s*([,\]])')
_PROBES = {"2probe": "ping probe", "3probe": "pong probe"}
_HANDSHAKE = re.compile(r'0(\{"sid":".*)', re.DOTALL)

_OF_GRAPHQL = frozenset(
    {
        *("connection_init", "connection_ack", "connection_error"),
        *("subscribe", "next", "error", "complete", "ping", "pong"),
        *("start", "data", "stop", "ka", "connection_terminate"),
    }
)
_KEYS = frozenset({"id", "type", "payload"})
_KINDS = "(?:query|mutation|subscription)"
_OPERATION = re.compile(rf"\s*{_KINDS}\s+\w+")


def headed(text: str, limit: int) -> str:
    """Return a frame by its type and its name; empty if it may be any text.

    Args:
        text: the frame.
        limit: how much is shown.
    """
    first = text[:1]
    if first == "4":
        return _packet(text, limit)
    if first == "{" and '"type"' in text:
        return _graphql(text, limit)
    if first == "0" and (found := _HANDSHAKE.fullmatch(text)):
        return _joined(limit, "open", found[1])
    return _PROBES.get(text, "")


def _packet(text: str, limit: int) -> str:
    found = _PACKET.fullmatch(text)
    if found is None:
        return ""
    kind, bytes_, space, number, values = found.groups()
    name, is_list = _PACKETS[int(kind)], values[0] == "["
    if is_list != (name in ("event", "ack")):
        return ""
    event = ""
    if name == "event":
        named = _NAME.match(values)
        if named is None:
            return ""
        event, end = named.groups()
        values = f"[{values[named.end() :]}" if end == "," else ""
    parts = [space or "", name, event, number and f"#{number}"]
    files = f"+ {bytes_} of bytes" if bytes_ else ""
    return _joined(limit, *parts, files, values)


def _graphql(text: str, limit: int) -> str:
    values = _parsed(text) if len(text) <= ROOM else None
    if not isinstance(values, dict) or not values.keys() <= _KEYS:
        return ""
    kind, number = values.get("type"), values.get("id")
    known = isinstance(kind, str) and kind in _OF_GRAPHQL
    # Others, too, say "error"; but not to an operation, by its number.
    if not known or not (isinstance(number, str) or "connection" in str(kind)):
        return ""
    carried = values.get("payload")
    operation = ""
    if isinstance(carried, dict) and isinstance(carried.get("query"), str):
        operation = _operation(carried["query"], carried.get("operationName"))
        carried = carried.get("variables")
    rest = json.dumps(carried, ensure_ascii=False) if carried else ""
    return _joined(limit, str(kind), number or "", operation, rest)


def _operation(query: str, name: Any) -> str:
    """Return which operation of a query is asked for, or all of the query.

    Args:
        query: what there is: several operations, or one that may have no name.
        name: which of several it is, if that is said.
    """
    if isinstance(name, str) and name:
        found = re.search(rf"{_KINDS}\s+{re.escape(name)}\b", query)
        return found[0] if found else name
    begun = _OPERATION.match(query)
    return " ".join((begun[0] if begun else query).split())


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _joined(limit: int, *parts: str) -> str:
    """Return the parts of a frame, the last of which is JSON, if it is any."""
    *said, values = parts
    carried = recompacted(values, limit) if values else ""
    if carried is None:  # it is no JSON, and so no such frame
        return ""
    if carried.startswith("["):  # a list of arguments
        carried = carried[1:].removesuffix("]")
    return shortened(" ".join(filter(None, [*said, carried])), limit)
