"""A flow as HAR, which browsers' inspectors and other tools of HTTP read.

How it works: each connection is an entry: an HTTP exchange as it is, and a
WebSocket with its frames as Chromium keeps them, in ``_webSocketMessages``. Of
headers a journal keeps under which name the application was asked, and what
bodies are said to be; where it has not kept even these, as in a flow of a
lesson, the address is of ``localhost``, and a body is what it looks like. What
is masked in the flow is masked here.

Source: HTTP Archive 1.2; for WebSockets, what Chromium's inspector exports.
"""

import base64
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote

from minichannels import __version__
from minichannels._masking import MASK
from minichannels.flow.journal.events import Event, Heads
from minichannels.flow.journal.payloads import LARGEST_BODY
from minichannels.flow.text.carried.bodies import json_of, text_of
from minichannels.flow.text.carried.payload import size_of, status_of

HOST = "localhost"
"""What stands in addresses if the flow does not know under which name."""

_SIGNS = "!#$%&'()*+,/:;=?@[]~"
"""What may stand in an address as it is, besides letters and numbers."""

UNKNOWN = "x-unknown"
"""The type of what has none; Chromium says so, too."""

_NOTE = "of a flow: headers and cookies are not kept"
_OF_THE_WEB = ("http.", "websocket.")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Json = dict[str, Any]


def har(events: Sequence[Event], began: float | None = None) -> str:
    """Return the exchanges and the WebSockets of a flow, as HAR 1.2.

    Args:
        events: those of the flow; a connection whose beginning is not among
            them is left out.
        began: when the recording began, in seconds since 1970, if known.
    """
    found: dict[int, list[Event]] = {}
    for event in events:
        if event.traits.at_socket and event.type.startswith(_OF_THE_WEB):
            found.setdefault(event.connection, []).append(event)
    entries = [
        _entry(part, began or 0)
        for part in found.values()
        if "path" in part[0].payload
    ]
    entries.sort(key=lambda entry: entry["startedDateTime"])
    creator = {"name": "minichannels", "version": __version__}
    log = {"version": "1.2", "creator": creator, "pages": []}
    whole = {"log": {**log, "entries": entries, "comment": _NOTE}}
    return json.dumps(whole, indent=1) + "\n"


def _entry(events: Sequence[Event], began: float) -> Json:
    """Return one connection."""
    first, last = events[0], events[-1]
    is_http = first.type.startswith("http.")
    answer = next((e for e in events if e.traits.outward), last)
    unread = (first.waited or 0) if first.kind == "send" else 0
    wait = round(_between(first, answer) + unread * 1e3, 3)
    whole = round(_between(first, last) + unread * 1e3, 3)
    entry = {
        "startedDateTime": _instant(began + (first.at or 0) - unread),
        "time": whole,
        "request": _request(events, "http" if is_http else "ws"),
        "response": _response(events),
        "cache": {},
        "timings": {"send": 0, "wait": wait, "receive": round(whole - wait, 3)},
        "connection": str(first.connection),
        "_client": first.client,
        **({"_user": last.user} if last.user else {}),
        "_application": first.application,
    }
    if not is_http:
        messages = [_message(event, began) for event in events if _frame(event)]
        entry["_resourceType"] = "websocket"
        entry["_webSocketMessages"] = messages
    return entry


def _between(first: Event, last: Event) -> float:
    """Return how many milliseconds passed between two events, if known."""
    if first.at is None or last.at is None:
        return 0
    return round(max(last.at - first.at, 0) * 1e3, 3)


def _instant(seconds: float) -> str:
    moment = _EPOCH + timedelta(seconds=seconds)  # Windows knows none before
    text = moment.isoformat(timespec="microseconds")
    return text.replace("+00:00", "Z")


# What was asked


def _request(events: Sequence[Event], scheme: str) -> Json:
    payload, heads = events[0].payload, _heads(events)
    path = str(payload["path"])
    body, size = _body(events, "http.request")
    request = _half(size) | {
        "method": payload.get("method", "GET"),
        "url": f"{heads.origin or f'{scheme}://{HOST}'}{_in_address(path)}",
        "queryString": [
            {"name": name, "value": value} for name, value in _query(path)
        ],
    }
    if body:
        text = body.decode("utf-8", "backslashreplace")
        kind = heads.asked or str(payload.get("content_type", ""))
        kind = kind or _looks_like(body)
        cut = _cut(body, size)
        request["postData"] = {"mimeType": kind, "text": text, **cut}
    return request


def _in_address(path: str) -> str:
    """Return a path, and its query, as an address has them."""
    parts = (
        quote(part, _SIGNS, errors="surrogatepass") for part in path.split(MASK)
    )
    whole = MASK.join(parts)
    return whole if whole.startswith("/") else f"/{whole}"  # as of OPTIONS *


def _cut(body: bytes, size: int) -> Json:
    """Return a comment on a body of which only the beginning is kept."""
    # What is masked, or was compressed, has another size, too; and of what
    # cannot be opened the mask is all.
    largest = max(len(body), size)
    if len(body) == size or largest < LARGEST_BODY or body == MASK.encode():
        return {}
    return {"comment": "cut off: this is the beginning"}


def _heads(events: Sequence[Event]) -> Heads:
    """Return what is known of the headers of a connection."""
    return events[0].heads or Heads()


def _looks_like(body: bytes) -> str:
    """Return the type of a body of which nothing is said."""
    if not body:
        return UNKNOWN
    if json_of(body):
        return "application/json"
    text = text_of(body)
    if text is None:
        return "application/octet-stream"
    is_page = text.lstrip()[:14].lower().startswith(("<!doctype html", "<html"))
    return f"text/{'html' if is_page else 'plain'}; charset=utf-8"


def _query(path: str) -> list[tuple[str, str]]:
    # No urlsplit(): it refuses "//[", for which anybody may ask.
    return parse_qsl(path.partition("?")[2], keep_blank_values=True)


def _half(size: int) -> Json:
    """Return what a request and a response both have."""
    return {
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [],
        "headersSize": -1,
        "bodySize": size,
    }


# What was answered


def _response(events: Sequence[Event]) -> Json:
    status = _status(events)
    body, size = _body(events, "http.response.body")
    if events[0].payload.get("method") == "HEAD":  # servers send none
        body, size = b"", 0
    whole = max(size, len(body))  # what was sent may have been compressed
    kind = _heads(events).answered or _looks_like(body)
    said = {**_text(body), **_cut(body, size)}
    return _half(size) | {
        "status": status,
        "statusText": _phrase(status),
        "content": {"size": whole, "mimeType": kind, **said},
        "redirectURL": "",
    }


def _status(events: Iterable[Event]) -> int:
    """Return the status; 0, as in an inspector, if there was no answer."""
    for event in events:
        match event.type.removeprefix("websocket."):
            case "accept":
                return 101
            case "http.response.start":
                return status_of(event.payload)
            case "close":
                return 403 if event.traits.outward else 0
    return 0


def _phrase(status: int) -> str:
    known = {item.value: item.phrase for item in HTTPStatus}
    return known.get(status, "")


def _text(body: bytes) -> Json:
    if not body:
        return {}
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"text": _base64(body), "encoding": "base64"}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _body(events: Iterable[Event], type_: str) -> tuple[bytes, int]:
    """Return a body as far as it is kept, and how large it was."""
    parts = [
        e.payload for e in events if e.type in (type_, f"websocket.{type_}")
    ]
    bodies = [p.get("body", b"") for p in parts]
    known = [b if isinstance(b, bytes) else _bytes(str(b)) for b in bodies]
    sizes = map(size_of, parts, map(len, known))
    return b"".join(known), sum(sizes)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")  # half a surrogate pair


# What went over a WebSocket


def _frame(event: Event) -> bool:
    return event.type in ("websocket.receive", "websocket.send")


def _message(event: Event, began: float) -> Json:
    """Return a frame; Chromium's ``send`` is what the client has sent."""
    data, is_text = event.payload.get("text"), True
    if data is None:
        data, is_text = event.payload.get("bytes", b""), False
    # Of one that was cut its size is kept.
    size = event.payload.get("size")
    cut = {"comment": f"cut off: this is the beginning of {size} bytes"}
    return {
        "type": "receive" if event.traits.outward else "send",
        "time": round(began + (event.at or 0), 6),
        "opcode": 1 if is_text else 2,
        "data": _base64(data) if isinstance(data, bytes) else str(data),
        **(cut if isinstance(size, int) else {}),
    }
