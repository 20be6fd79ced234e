"""A text without what its notations say is a secret.

How it works: each notation (``notations``) is gone through whose sign is in the
text. It is compiled twice, for texts and for bytes.
"""

import re
from collections.abc import Callable
from typing import Any

from minichannels._masking import MASK
from minichannels.flow.journal.secrets.blocks import Blocks
from minichannels.flow.journal.secrets.elements import BRACKETS, Elements
from minichannels.flow.journal.secrets.names import (
    ESCAPED,
    Hiding,
    hides,
    is_sentence,
    kind_of,
)
from minichannels.flow.journal.secrets.notations import (
    ESCAPE,
    NOTATIONS,
    WITH_ESCAPES,
    WRITTEN_QUOTES,
    Notation,
)
from minichannels.flow.journal.secrets.tags import Tags

_NUMBER = r"(?P<number>(?<![\w.])-?\d[\d.e+-]*+)"
_QUOTES = "b\"'\\"
_ESCAPE = re.compile(ESCAPE, re.I)


class Coverage:
    """Covers what one notation says is a secret.

    Args:
        notation: the notation.
        made_of: makes a text, or bytes, of a text.
    """

    def __init__(
        self, notation: Notation, made_of: Callable[[str], Any]
    ) -> None:
        self.sign = notation.sign
        self._head = re.compile(made_of(notation.head), re.I)
        self._value = re.compile(made_of(notation.value))
        self._items = re.compile(
            made_of(rf"(?P<text>{notation.text})(?P<key>\s*:)?|{_NUMBER}")
        )
        self._mask = made_of(notation.mask)
        self._nothing = made_of("")
        self._kind_of: Callable[[Any], Hiding | None] = kind_of

    def over(self, value: Any) -> Any:
        """Return a text, or bytes, in which what is secret is covered."""
        pieces, end = [], 0
        for found in self._head.finditer(value):
            kind, start = self._kind_of(found["name"]), found.end()
            if kind is None or start < end:
                continue
            known = self._value.match(value, start)
            if known is not None:
                pieces += [value[end:start], self._covered(kind, known)]
                end = known.end()
        return self._nothing.join([*pieces, value[end:]]) if pieces else value

    def _covered(self, kind: Hiding, found: re.Match[Any]) -> Any:
        """Return what stands for what comes behind a name."""
        if found.lastgroup == "box":
            return self._items.sub(
                lambda item: self._in_box(kind, item), found[0]
            )
        return self._instead(kind, found)

    def _in_box(self, kind: Hiding, found: re.Match[Any]) -> Any:
        if found.lastgroup == "key":
            return found[0]
        is_text = found.lastgroup == "text"
        if is_text and is_sentence(_plain(found[0])):
            return found[0]
        return self._instead(kind, found)

    def _instead(self, kind: Hiding, found: re.Match[Any]) -> Any:
        is_text = found.lastgroup == "text"
        hidden = hides(kind, _plain(found[0]), is_text=is_text)
        return self._mask if hidden else found[0]


class Escaped:
    """Covers what has a name in JSON of which letters are escaped.

    Args:
        made_of: makes a text, or bytes, of a text.
    """

    sign = ESCAPED

    def __init__(self, made_of: Callable[[str], Any]) -> None:
        self._inner = [Coverage(each, made_of) for each in WITH_ESCAPES]
        for each in self._inner:
            each._kind_of = _kind_of_escaped
        self._letter = re.compile(made_of(r"\\u00[4-7]"))

    def over(self, value: Any) -> Any:
        """Return a text, or bytes, in which what is secret is covered."""
        if not self._letter.search(value):  # those of an é, or of a tag
            return value
        for each in self._inner:
            value = each.over(value)
        return value


def _kind_of_escaped(name: str | bytes) -> Hiding | None:
    text = name if isinstance(name, str) else name.decode("latin-1")
    return kind_of(_ESCAPE.sub(lambda e: chr(int(e["code"], 16)), text))


def _plain(value: Any) -> str:
    """Return what a value says, without its quotes."""
    text: str = value if isinstance(value, str) else value.decode("latin-1")
    text = text.strip(_QUOTES)
    for quote in WRITTEN_QUOTES:
        if text.startswith(quote):
            return text[len(quote) :].removesuffix(quote)
    return text


def coverages(made_of: Callable[[str], Any]) -> list[Any]:
    """Return what covers secrets in texts, or in bytes."""
    return [
        *(Coverage(each, made_of) for each in NOTATIONS),
        Escaped(made_of),
        Blocks(made_of, MASK),
        *(Elements(made_of, *pair, MASK) for pair in BRACKETS),
        Tags(made_of),
    ]
