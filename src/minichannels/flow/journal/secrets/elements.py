"""Secrets in XML: an element that is called so, with all that it has in it.

How it works: all tags are gone through, once. Where one ends an element whose
name is that of a secret, the texts between its tags are covered; the tags stay.
So it is with what stands behind ``<key>password</key>``, as of XML-RPC, in a
``<value>`` before that or further behind, and in ``<param name="password">``.
XML may stand as a text in XML, or in JSON.

Rule 1: an element has an end. "Call me as <name> <password>" has none.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from minichannels.flow.journal.secrets.names import (
    LONGEST,
    Hiding,
    hides,
    is_sentence,
    kind_of,
)

_TAG = (
    r"{opens}(?P<close>\\?/)?"
    r"(?P<full>(?:[\w.-]{{1,80}}+:)?(?P<name>[\w.-]{{1,80}}+))"
    r"(?P<more>\s(?:(?!{opens}|{closes})[\s\S]){{0,1000}}+)?(?<!/){closes}"
)
_PREFIX = r"(?:[\w.-]{{1,80}}+:)?"
_MORE = r"(?:\s(?:(?!{opens}|{closes})[\s\S]){{0,200}}+)?"
# Up to the next one, in or behind it: so that none is gone over twice.
_VALUE_FIRST = (
    rf"{{opens}}{_PREFIX}value{_MORE}{{closes}}"
    rf"(?P<inner>(?:(?!{{opens}}\\?/?{_PREFIX}value\b)[\s\S])*+)"
    rf"{{opens}}\\?/{_PREFIX}value{{closes}}(?:\s|\\+[nrt])*+"
    rf"{{opens}}{_PREFIX}(?:name|key){_MORE}{{closes}}\s*+"
    r"(?P<name>(?:(?!{opens})[\s\S]){{1,80}}+){opens}\\?/"
)
_NAME_ENDS = rf"{{opens}}\\?/{_PREFIX}(?:name|key){{closes}}(?:\s|\\+[nrt])*+\Z"
_PIECE = (
    r"(?P<tag>{opens}!\[CDATA\[|\]\]{closes}"
    r"|{opens}(?:(?!{closes})[\s\S])*+{closes})"
    r"|(?P<text>(?:(?!{opens}|\]\]{closes})[\s\S])++)"
)
_NAMED = r"\s(?:name|key)\s*=[\s\\]*[\"']?(?P<name>[\w.$-]{1,80})"
_SAID = r"(?P<before>(?:\s|\\+[nrt])*+)(?P<said>[\s\S]*)"

_CUT = r"[^\s<>\"']++(?:<\\?/?[\w:.-]{0,160}+)?\Z"
"""What a text ends with that is cut: one word, and what begins a tag."""

_NAMES = frozenset({"name", "key"})
"""The elements in which the name of the next one stands."""

_OF_PAGES = frozenset(
    {
        *("a", "button", "fieldset", "form", "frame", "iframe", "input", "map"),
        *("meta", "object", "select", "slot", "option"),
    }
)
"""What has a name in pages, and is no value of that name."""

_NO_SECRETS = frozenset({"true", "false", ""})

BRACKETS = (("<", ">"), ("&lt;", "&gt;"), ("\\u003c", "\\u003e"))
"""What a tag stands in; as XML that is a text in XML has it; and JSON."""

Span = tuple[int, int, Hiding]


class Elements:
    """Covers what elements of XML have in them.

    Args:
        made_of: makes a text, or bytes, of a text.
        opens: what a tag begins with.
        closes: what it ends with.
        mask: what stands for what is covered.
    """

    def __init__(
        self,
        made_of: Callable[[str], Any],
        opens: str,
        closes: str,
        mask: str,
    ) -> None:
        self.sign = opens
        in_brackets = (
            each.format(opens=re.escape(opens), closes=re.escape(closes))
            for each in (_TAG, _VALUE_FIRST, _NAME_ENDS, _PIECE)
        )
        begins = rf"\s*+{re.escape(opens)}"
        patterns = (*in_brackets, begins, _NAMED, _CUT, _SAID)
        (
            self._tag,
            self._value_first,
            self._name_ends,
            self._piece,
            self._begins,
            self._named,
            self._cut,
            self._said,
        ) = (re.compile(made_of(pattern), re.I) for pattern in patterns)
        self._mask, self._nothing = made_of(mask), made_of("")

    def over(self, value: Any) -> Any:
        """Return a text, or bytes, in which what is secret is covered."""
        pieces, end = [], 0
        for start, stop, kind in sorted(
            self._spans(value), key=lambda span: span[:2]
        ):
            if start >= end:  # it is not in another one
                inner = self._covered(kind, value[start:stop])
                pieces += [value[end:start], inner]
                end = stop
        return self._nothing.join([*pieces, value[end:]]) if pieces else value

    def _spans(self, value: Any) -> Iterator[Span]:
        """Yield where secrets are: from where to where, and of which kind."""
        opened: dict[Any, tuple[Hiding, int]] = {}
        # Bytes may be a piece of something.
        is_xml = type(value) is bytes or self._begins.match(value) is not None
        for tag, kind in self._tags(value):
            full = tag["full"]
            is_xml |= tag["close"] is not None
            if kind is not None:
                opened[full] = kind, tag.end()
            elif tag["close"] and full in opened:
                kind, start = opened.pop(full)
                yield start, tag.start(), kind
        for kind, start in opened.values() if is_xml else ():
            if self._cut.match(value, start):
                yield start, len(value), kind
        yield from self._values_first(value)

    def _values_first(self, value: Any) -> Iterator[Span]:
        """Yield where values are whose names stand behind them."""
        for found in self._value_first.finditer(value):
            kind, start = kind_of(found["name"]), found.start()
            before = value[max(start - LONGEST, 0) : start]
            # Else each name stands before its value.
            if kind is not None and not self._name_ends.search(before):
                yield *found.span("inner"), kind

    def _tags(
        self, value: Any
    ) -> Iterator[tuple[re.Match[Any], Hiding | None]]:
        """Yield each tag, and of one that begins a secret its kind."""
        last, behind, beside = 0, None, _Beside()
        for tag in self._tag.finditer(value):
            name = _plain(tag["name"]).lower()
            if tag["close"]:
                behind = _said_before(value, last, tag)
                beside.closes(name, behind)
                yield tag, None
            else:
                last = tag.end()
                behind = beside.opens(name) or behind
                yield tag, kind_of(tag["name"]) or behind or self._said_in(tag)
                behind = None

    def _said_in(self, tag: re.Match[Any]) -> Hiding | None:
        """Return the kind that an attribute of a tag tells of."""
        if not tag["more"] or _plain(tag["name"]).lower() in _OF_PAGES:
            return None
        named = self._named.search(tag["more"])
        return named and kind_of(named["name"])

    def _covered(self, kind: Hiding, inner: Any) -> Any:
        """Return what is in an element, with its texts covered."""

        def instead(piece: re.Match[Any]) -> Any:
            known = self._said.fullmatch(piece[0])
            if piece["tag"] or known is None:
                return piece[0]
            said = _plain(known["said"]).rstrip()
            if said in _NO_SECRETS or is_sentence(said):
                return piece[0]
            if not hides(kind, said):
                return piece[0]
            return known["before"] + self._mask

        return self._piece.sub(instead, inner)


class _Beside:
    """What a ``value`` is called, with others between its name and it."""

    def __init__(self) -> None:
        self._kind: Hiding | None = None
        self._depth = 0  # how many elements are open since the name

    def closes(self, name: str, kind: Hiding | None) -> None:
        """Note that an element ends, and the kind if it says one."""
        self._depth -= 1
        if name in _NAMES:
            self._kind, self._depth = kind, 0
        elif self._depth < 0:  # what both stand in
            self._kind = None

    def opens(self, name: str) -> Hiding | None:
        """Note that an element begins; return the kind of such a value."""
        self._depth += 1
        return self._kind if name == "value" and self._depth == 1 else None


def _said_before(value: Any, start: int, tag: re.Match[Any]) -> Hiding | None:
    """Return the kind that an element tells of which ends with a tag."""
    if _plain(tag["name"]).lower() not in _NAMES:
        return None
    return kind_of(value[start : min(tag.start(), start + LONGEST)])


def _plain(value: Any) -> str:
    text: str = value if isinstance(value, str) else value.decode("latin-1")
    return text
