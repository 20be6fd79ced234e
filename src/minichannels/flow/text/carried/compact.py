"""JSON on one line, without spaces, as far as it is shown.

How it works: of a megabyte of JSON sixty characters are shown, in each of the
drawings. So a value is written piece by piece until that is enough. And of a
long text only the beginning is parsed: it is cut where a value may end, and
whatever is open there is closed. What comes after it is not looked at.
"""

import functools
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from minichannels.flow.journal.payloads import weight

ROOM, ROOM_PER_CELL = 2_000, 20
"""How much of a text is parsed: blanks and escapes are not shown."""

ENOUGH = 4
"""How many characters per cell are enough: some take no cell."""

DEEPEST = 500
"""How many levels are read: how many Python can differs with its version."""

FEW = 20
"""How many values may stand in what is written at once."""

_STRING = r'"(?:[^"\\]|\\u[0-9a-fA-F]{4}|\\[^u])*'
_WORD = "-?[0-9.eE+-]*|t|tr|tru|true|f|fa|fal|fals|false|n|nu|nul|null"
# What may stand between the last place where a value may end and the cut.
_REST = re.compile(rf'\s*,?\s*({_STRING}"\s*:?\s*)?({_WORD})\s*')
_TOKENS = re.compile(rf'{_STRING}("?)|[\[\]{{}},]')
_CLOSING = {"[": "]", "{": "}"}
_PARTS = re.compile(rf'{_STRING}("?)|[,:]|\s+')
_TEXT = json.JSONEncoder(ensure_ascii=False)


def compact(
    value: Any, limit: int, default: Callable[[Any], Any], **look: Any
) -> str:
    """Return a value as JSON, or what will be shown of it, and some more.

    Args:
        value: the value.
        limit: how much is shown.
        default: gives what stands for that for which JSON has no word.
        look: what else ``json.dumps`` may be told.
    """
    encoder = _encoder(default, **look)
    pieces, size = [], 0
    try:
        if _is_short(value):
            return encoder.encode(value)  # at once, which is quicker
        for piece in encoder.iterencode(value):
            pieces.append(piece)
            size += len(piece)
            if size > ENOUGH * limit:
                break
    except (TypeError, ValueError, RecursionError):
        return f"<{type(value).__name__}>"
    return "".join(pieces)


@functools.lru_cache(maxsize=8)
def _encoder(default: Callable[[Any], Any], **look: Any) -> json.JSONEncoder:
    return json.JSONEncoder(ensure_ascii=False, default=default, **look)


def _is_short(value: Any) -> bool:
    """Return whether it is a few words and numbers: as most messages are."""
    if isinstance(value, int | None):
        return True
    if not isinstance(value, dict) or len(value) > FEW:
        return False
    flat = not any(isinstance(item, dict | list) for item in value.values())
    return flat and weight(value) <= ROOM


def recompacted(text: str, limit: int) -> str | None:
    """Return a text of JSON on one line; None if it is no JSON.

    Args:
        text: the text.
        limit: how much is shown.
    """
    room = max(ROOM, ROOM_PER_CELL * limit)
    read = _read(text, room)
    if read is None:
        return None
    _, end, value = read
    words = compact(value, limit, repr, separators=(",", ":"))
    return words if len(text) <= room else f"{words.removesuffix(end)}…"


def respaced(text: str) -> str | None:
    """Return a text of JSON as it was written, on one line; else None.

    Nothing is lost that a parser would drop: a key that stands there twice,
    the digits of a number. Of a long text it is the beginning, and "…".
    """
    read = _read(text, ROOM)
    if read is None:
        return None
    cut = "…" if len(text) > ROOM else ""
    return _PARTS.sub(_spaced, read[0]) + cut


def _spaced(found: re.Match[str]) -> str:
    part = found[0]
    if part[0] != '"':
        return f"{part} " if part in (",", ":") else ""
    if "\\" not in part:
        return part
    # Letters stand as they are, not as their numbers; the last may be cut.
    ends = found[1] or '"'
    words = _TEXT.encode(json.loads(part.removesuffix(found[1]) + ends))
    return words if found[1] else words[:-1]


def _read(text: str, room: int) -> tuple[str, str, Any] | None:
    """Return what can be read of a text of JSON, its end, and its value."""
    if _depth(text[:room]) > DEEPEST:
        return None
    whole = len(text) <= room
    for start, end in [(text, "")] if whole else _beginnings(text[:room]):
        try:
            return start, end, json.loads(start + end)
        except ValueError:
            continue
    return None


def _depth(text: str) -> int:
    """Return how many lists and dicts are open at the deepest place."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return 0  # or a few, which is as good
    depth = deepest = 0
    for token in _TOKENS.finditer(text):
        depth += (token[0] in _CLOSING) - (token[0] in ("]", "}"))
        deepest = max(deepest, depth)
    return deepest


def _beginnings(text: str) -> Iterator[tuple[str, str]]:
    """Give beginnings of a text that was cut, and what each is closed with.

    ``[1, {"a`` gives all of it, closed with ``"}]`` and then, as it may be a
    key, with ``":0}]``. ``[1, 23`` gives ``[1``, closed with ``]``: whether the
    number is whole, nobody knows.
    """
    ends, cut, closing = "", 0, ""
    for token in _TOKENS.finditer(text):
        sign = token[0]
        if sign[0] != '"':
            ends = _CLOSING.get(sign, "") + ends[sign in ("]", "}") :]
            cut = token.start() if sign == "," else token.end()
            closing = ends
        elif not token[1]:  # it was cut in a text: a value, or else a key
            yield text[: token.end()], f'"{ends}'
            yield text[: token.end()], f'":0{ends}'
    if _REST.fullmatch(text, cut):
        yield text[:cut], closing
