"""What an event carried, in words: as much of it as there is room for.

How it works: a message at the socket is told key by key, without the keys'
names, for there are few and each looks its own way: a path, a text in quotes,
how many bytes. One at the layer is the developer's own dict: of one key its
value, else all of it as JSON. Sizes stand for bytes, unless they are text.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from minichannels.flow.journal.events import Event
from minichannels.flow.journal.payloads import begun
from minichannels.flow.text.carried.bodies import (
    decoded,
    json_of,
    named,
    opened,
    text_of,
)
from minichannels.flow.text.carried.compact import ROOM, compact, recompacted
from minichannels.flow.text.carried.forms import (
    MULTIPART,
    URLENCODED,
    fields_of,
    in_a_line,
)
from minichannels.flow.text.carried.frames import headed
from minichannels.flow.text.formatting import LONGEST_TEXT, count, shortened

LONGEST_PAYLOAD = 2_000

_CARRIERS = ("text", "bytes", "body")  # of what a client, or a page, can read


def payload(event: Event, limit: int = LONGEST_TEXT) -> str:
    """Return what an event carried, in at most about ``limit`` characters."""
    traits = event.traits
    if traits.at_socket:
        return " ".join(_of_socket(event.payload, limit))
    return _of_layer(event.payload, limit) if traits.carries else ""


def content(event: Event, limit: int, *, line: int = 0) -> str:
    """Return what an event carried; of bytes what they say, if that is text.

    Args:
        event: the event.
        limit: about how many characters.
        line: how long a body's size and what it says may be together, if its
            size is to stand before it; that of a frame always does, for a
            frame of text is another one.
    """
    words = payload(event, limit)
    key = "body" if "body" in event.payload else "bytes"
    carried = event.payload.get(key)
    if not (isinstance(carried, bytes) and carried and event.traits.at_socket):
        return words
    said = " ".join((text_of(carried[: 4 * limit]) or "").split())
    if not said:
        return words
    size = _size(event.payload, key)
    if line or key == "bytes":
        said = shortened(f"{size} {said}", line or limit)
    return shortened(words.replace(size, said), limit)


def value(event: Event, limit: int = LONGEST_TEXT) -> str:
    """Return what an event carried; of JSON with one key its value alone."""
    text = event.payload.get("text")
    if isinstance(text, str) and text.startswith("{") and len(text) <= ROOM:
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):
            return payload(event, limit)
        if len(values) == 1:
            return _of_layer(values, limit)
    return payload(event, limit)


def folded(first: str, last: str) -> str:
    """Return the values of the first and the last time, if they differ."""
    return first if first == last else f"{first} … {last}".strip()


def part(event: Event, key: str, limit: int = LONGEST_TEXT) -> str:
    """Return one value of a payload as text; empty if it is not there."""
    return shortened(str(event.payload.get(key, "")), limit)


def contents(event: Event) -> str:
    """Return the whole payload as JSON, if it is not very long.

    What came over a socket is a text: if that is JSON, it stands as such, and
    not as a text with a backslash before each quote. A text inside of it is
    one that somebody wrote as a text, and stays one.
    """
    values: Mapping[str, Any] = event.payload
    traits = event.traits
    if traits.carries and (traits.posts or traits.at_mailbox):
        values = {"type": event.type, **event.payload}
    elif traits.at_socket:
        values = opened(values)
        for key in _CARRIERS:
            if said := json_of(values.get(key)):
                return _with_json(values, key, said)
    return _told(values)


def _with_json(values: Mapping[str, Any], key: str, said: str) -> str:
    """Return a payload of which one value is JSON already."""
    parts = []
    for name, value in values.items():
        parts.append(f"{_told(name)}: {said if name == key else _told(value)}")
        if name == key and said.endswith("…"):
            return shortened("{" + ", ".join(parts), LONGEST_PAYLOAD)
    return shortened("{" + ", ".join(parts) + "}", LONGEST_PAYLOAD)


def _told(value: Any) -> str:
    words = compact(value, LONGEST_PAYLOAD, decoded)
    return shortened(words, LONGEST_PAYLOAD)


def quoted(text: str, limit: int = LONGEST_TEXT) -> str:
    """Return a text as a learner would read it on the wire.

    JSON objects and arrays stand as they are, without spaces; all else
    stands in double quotes.
    """
    words = recompacted(text, limit) if text[:1] in ("{", "[") else None
    if words is not None:
        return shortened(words, limit)
    return f'"{shortened(text, limit)}"'


def _of_socket(values: Mapping[str, Any], limit: int) -> Iterable[str]:
    for key, value in values.items():
        if _is_said(key, value):
            continue
        if isinstance(value, bytes):
            fields = fields_of(values) if key == "body" else ()
            said = shortened(in_a_line(fields), limit)
            yield said or _size(values, key)
        elif key == "text":
            text = str(value)
            yield headed(text, limit) or quoted(text, limit)
        elif key == "reason":
            yield quoted(str(value), limit)
        else:
            yield shortened(str(begun(value, 4 * limit)), limit)


def _is_said(key: str, value: Any) -> bool:
    """Return whether a value says nothing, or is said with another."""
    if key in ("body", "path", "reason"):
        return not value
    if key == "content_type":
        return value in (MULTIPART, URLENCODED)
    return key in ("chunks", "bytes", "size") and isinstance(value, int)


def _size(values: Mapping[str, Any], key: str) -> str:
    size, chunks = size_of(values, len(values[key])), ""
    if key == "body":
        chunks = f" in {values['chunks']} chunks" if "chunks" in values else ""
    return f"<{count(size, 'byte')}{chunks}>"


def size_of(values: Mapping[str, Any], kept: int) -> int:
    """Return how many bytes came.

    Args:
        values: what is kept of an event.
        kept: how many of them: of a large body or frame not all are.
    """
    known = values.get("bytes" if "body" in values else "size")
    return known if isinstance(known, int) else kept


def status_of(values: Mapping[str, Any]) -> int:
    """Return the status of an HTTP response; 0 if it is none."""
    status = values.get("status")
    return int(status) if isinstance(status, int) else 0


def _of_layer(values: Mapping[str, Any], limit: int) -> str:
    if not values:
        return ""
    value = next(iter(values.values())) if len(values) == 1 else dict(values)
    if isinstance(value, bytes):
        return f"<{count(len(value), 'byte')}>"
    if isinstance(value, str):
        return f'"{shortened(value, limit)}"'
    words = compact(value, limit, named, separators=(",", ":"))
    return shortened(words, limit)
