"""A form that a browser has sent, field by field.

How it works: the recorder notes that a request carries a form, and of which
kind. One that is ``application/x-www-form-urlencoded`` is names and values; in
one that is ``multipart/form-data`` each field is a part of its own between two
boundaries, and a file is such a part. Of a file is shown what it is, and not
what is in it:

    user=ada&note=hi+there                user="ada" note="hi there"
    --x                                   photo=<cat.png image/png 2043 bytes>
    Content-Disposition: form-data; …

A body of which only the beginning is kept may end within a field.

Source: URL Standard, 5; RFC 7578; RFC 2046, 5.1.1.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from minichannels._masking import MASK
from minichannels.flow.journal.masking import is_secret_field

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

MOST = 1_000
"""How many fields are looked at."""

Field = tuple[str, str]
"""A field's name, and its value; of a file, what it is."""

_NAME = re.compile(rb'(?<!\w)name="((?:[^"\\]|\\.)*)"')
_FILE = re.compile(rb'filename="((?:[^"\\]|\\.)*)"')
_TYPE = re.compile(rb"^content-type:\s*([^\r\n;]+)", re.I | re.M)


class AFile(str):
    """What a file is, in words; no value that somebody typed."""

    __slots__ = ()


def fields_of(payload: Mapping[str, Any]) -> list[Field]:
    """Return the fields of the form that an event carries; none if no form."""
    body, kind = payload.get("body"), payload.get("content_type")
    if not isinstance(body, bytes):
        return []
    if kind == MULTIPART:
        size = payload.get("bytes")
        cut = isinstance(size, int) and size > len(body)
        found = list(_parts(body, cut))[:MOST]
    elif kind == URLENCODED:
        text = body.decode("utf-8", "replace")
        found = parse_qsl("&".join(text.split("&")[:MOST]), True)
    else:
        return []
    return [(name, _masked(name, value)) for name, value in found]


def in_a_line(fields: Sequence[Field]) -> str:
    """Return fields as a row shows them."""
    return " ".join(f"{name}={_quoted(value)}" for name, value in fields)


def as_values(fields: Sequence[Field]) -> dict[str, Any]:
    """Return fields as values; of a name that comes several times, a list."""
    found: dict[str, list[str]] = {}
    for name, value in fields:
        found.setdefault(name, []).append(value)
    return {n: v[0] if len(v) == 1 else v for n, v in found.items()}


def _parts(body: bytes, cut: bool) -> Iterator[Field]:
    """Yield the fields that stand between the boundaries of a body."""
    boundary = body.partition(b"\r\n")[0]
    if not boundary.startswith(b"--"):
        return
    first, *parts = body.split(b"\r\n" + boundary)
    parts = [first.removeprefix(boundary), *parts]
    for number, part in enumerate(parts):
        head, blank, value = part.partition(b"\r\n\r\n")
        named = _NAME.search(head)
        if named and blank:
            is_last = number == len(parts) - 1
            yield _text(named[1]), _value(head, value, cut and is_last)


def _value(head: bytes, value: bytes, cut: bool) -> str:
    """Return the value of a part; of a file, what it is."""
    named, kind = _FILE.search(head), _TYPE.search(head)
    if named is None:
        return _text(value)
    more = "more than " if cut else ""
    words = [_text(named[1]), _text(kind[1]).strip() if kind else ""]
    said = " ".join(filter(None, words)) or "no file"
    return AFile(f"<{said} {more}{len(value)} bytes>")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _masked(name: str, value: str) -> str:
    # Behind a form's prefix, as in user[password].
    own = re.split(r"[\[.]", name)[-1].removesuffix("]")
    return MASK if is_secret_field(own or name, value) else value


def _quoted(value: str) -> str:
    return value if isinstance(value, AFile) or value == MASK else f'"{value}"'
