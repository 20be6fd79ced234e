"""A body of another charset than UTF-8, as the text that it is.

How it works: a header says which charset a body has, ``text/html;
charset=latin-1``. It is read piece by piece and kept as UTF-8, as all texts
are: so it can be shown, and its secrets are seen. What is UTF-8 all the same,
whatever is said, stays as it came; so does what nobody knows how to read.

Source: RFC 9110, "Charset"; Encoding Standard, "Names and labels", "BOM sniff".
"""

import codecs
import functools
import re

MARKS = (b"\xff\xfe", b"\xfe\xff")
"""What begins a text of UTF-16, which may be said nowhere else; but it may
begin a sound or a picture, too."""

_SAID = re.compile(r";\s*charset\s*=\s*[\"']?([\w.:-]{1,40})", re.I)
_READ = re.compile(
    r"(?:iso8859-|iso2022_|utf-(?:16|32)|cp|koi8|euc|gb|big5|shift|mac).*"
)
"""The names of charsets, as Python has them, but for those of other uses."""

_OTHERS = ("image/", "audio/", "video/", "font/", "application/octet-stream")
"""What is no text, whatever charset it is said to have."""

_TEXTS = re.compile(
    r"text/|application/(?:[\w.+-]*[+.-])?"
    r"(?:json|xml|(?:java|ecma)script|x-www-form-urlencoded|graphql|yaml)\b",
    re.I,
)
"""What is a text, also if it does not say in which charset."""

_NO_SIGNS = (b"\0", b"\x1b")
"""In UTF-16, and in charsets that change from one to another."""


class TextReader:
    """Reads one body.

    Args:
        charset: what it is said to be.
    """

    def __init__(self, charset: str) -> None:
        self._read = codecs.getincrementaldecoder(charset)("replace").decode
        self._begun = False
        self._is_as_said = True

    def decoded(self, chunk: bytes) -> bytes:
        """Return a piece of the body in UTF-8."""
        if not self._begun and not _is_plain(chunk):
            self._begun = True
            self._is_as_said = not _is_utf_8(chunk)
        if not (self._begun and self._is_as_said):
            return chunk
        return self._read(chunk).encode("utf-8", "replace")


def _is_plain(chunk: bytes) -> bool:
    """Return whether a piece is the same in nearly all charsets."""
    return chunk.isascii() and not any(sign in chunk for sign in _NO_SIGNS)


def _is_utf_8(chunk: bytes) -> bool:
    """Return whether a piece has a letter of UTF-8; its end may be cut off."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(chunk)
    except UnicodeDecodeError:
        return False
    return not text.isascii()


def may_be_text(kind: str) -> bool:
    """Return whether a body may be a text that only its mark tells of.

    Args:
        kind: what stands in the header ``content-type``; empty if none does.
    """
    return not kind.strip() or _TEXTS.match(kind.lstrip()) is not None


@functools.lru_cache(maxsize=100)  # an application says the same few
def charset_of(kind: str) -> str:
    """Return which other charset a body has; empty if none is known.

    Args:
        kind: what stands in the header ``content-type``.
    """
    said = _SAID.search(kind)
    if said is None or kind.lower().lstrip().startswith(_OTHERS):
        return ""
    try:
        name = codecs.lookup(said[1]).name
    except LookupError:
        return ""
    return name if _READ.fullmatch(name) else ""
