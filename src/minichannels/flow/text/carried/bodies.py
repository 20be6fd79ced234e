"""What bytes are: the fields of a form, JSON, another text, or none of these.

How it works: a row of a list shows what a body says in a line, the details of
an event all of it. Whatever is no text is shown by its size, and its beginning
as hexadecimal digits.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from minichannels.flow.journal.payloads import DEEPEST
from minichannels.flow.text.carried.compact import ROOM, respaced
from minichannels.flow.text.carried.forms import as_values, fields_of
from minichannels.flow.text.formatting import count

_BLANKS = "\t\r\n\x1e"  # a text has these, too; the last in JSON in a row
_MARK = b"\xef\xbb\xbf"  # some texts begin with it

_FEW = 10
"""Of how many letters one may be no letter of UTF-8."""
_CUT = "unexpected end of data"  # what Python says of bytes that end too soon


def opened(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a payload in which the body of a form is its fields."""
    fields = fields_of(payload)
    return {**payload, "body": as_values(fields)} if fields else payload


def decoded(value: Any) -> Any:
    """Return what stands for that for which JSON has no word.

    Bytes are what they say, if they are JSON or another text.
    """
    if not isinstance(value, bytes):
        return named(value)
    text = text_of(value)
    if text is not None:
        return _parsed(text)
    return f"<{len(value)} bytes: {value[:32].hex(' ')}>"


def named(value: Any) -> str:
    """Return the size of bytes, and of all else the class."""
    if isinstance(value, bytes):
        return f"<{count(len(value), 'byte')}>"
    return f"<{type(value).__name__}>"


def text_of(data: bytes) -> str | None:
    """Return the text that bytes are, or begin with; None if they are none.

    A few letters may be of another charset: in their place stands "�".
    """
    data = data.removeprefix(_MARK)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        is_cut = error.reason == _CUT
        text = data[: error.start if is_cut else None].decode(errors="replace")
        if _FEW * text.count("\ufffd") > len(text):
            return None
    known = all(char.isprintable() or char in _BLANKS for char in text)
    return text if known else None


def json_of(value: Any) -> str:
    """Return what a text or bytes say, if they are JSON; else nothing."""
    text = text_of(value) if isinstance(value, bytes) else value
    if not isinstance(text, str) or text.lstrip()[:1] not in ("{", "["):
        return ""
    return respaced(text) or ""


def _parsed(text: str) -> Any:
    """Return what a text of JSON stands for, and all others as they are."""
    opened = text.count("{") + text.count("[")
    if text[:1] in ("{", "[") and opened <= DEEPEST and len(text) <= ROOM:
        with suppress(ValueError):
            return json.loads(text)
    return text
