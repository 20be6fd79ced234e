"""How a text says what is called how: JSON, forms, headers and others.

How it works: each notation has a *head*, which is a name up to its value, and a
*value*. All heads are gone through; where the name is that of a secret, what
follows is covered. A list, or an object, stays what it is, and the texts and
numbers in it are covered.

Rule 1: bodies may be made to hurt. No pattern here goes over a text twice: it
looks at a few signs, or never goes back (``*+``).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from minichannels._masking import MASK
from minichannels.flow.journal.secrets.names import BESIDE

DEEPEST = 8
"""How deep a list behind a secret's name is looked through: the rest of a text
is covered, if it is deeper."""

INNERMOST = 4
"""How many times JSON may stand as a text in JSON."""

WRITTEN_QUOTES = ("&quot;", "&#34;", "%22")
"""Quotes as they are written in pages, and in addresses."""

_NUMBER = r"-?\d[\d.e+-]*+"
_QUOTED = r'"(?:[^"\\]|\\[\s\S])*+"?+'
# As Python shows a dict, in an error or a log.
SHOWN = rf"b?(?:'(?:[^'\\]|\\[\s\S])*+'?+|{_QUOTED})"
NAME = r"[\w .$@/\[\]-]{1,80}"
WORD = r"[\w$-]{1,80}"
_GAP = r"(?:\s|\+|%20){0,8}+"


@dataclass(frozen=True)
class Notation:
    """A way to write names and values.

    Attributes:
        sign: what is in each text that has such a name.
        head: what stands before the value, with the ``name`` in it.
        text: a text, as a value.
        other: another value; empty if there is none.
        mask: what stands for what is covered.
        opens: whether lists and objects may be values.
    """

    sign: str
    head: str
    text: str
    other: str = ""
    mask: str = MASK
    opens: bool = False

    @property
    def value(self) -> str:
        """The pattern of a value."""
        kinds = {"text": self.text, "other": self.other}
        if self.opens:
            kinds["box"] = _box(self.text)
        known = [f"(?P<{kind}>{kinds[kind]})" for kind in kinds if kinds[kind]]
        return "|".join(known)


def _quote(depth: int) -> str:
    """Return a quote of JSON that stands as a text in JSON, so many times.

    Each time a backslash comes before a quote, and before each backslash.
    """
    return "\\" * ((1 << depth) - 1) + '"'


def _inner(depth: int) -> str:
    """Return the pattern of a text of JSON that stands in JSON."""
    quote, one = re.escape(_quote(depth)), 1 << depth
    escaped = rf"\\{{{one}}}(?:\\{{{one}}}|{quote}|[^\"\\])"
    signs = rf"[^\"\\]|{escaped}|\\{{1,{one}}}[^\"\\]"
    return rf"{quote}(?:{signs})*+(?:{quote})?+"


def _box(text: str) -> str:
    """Return the pattern of a list, or an object, up to its end."""
    pattern = r"[\[({][\s\S]*+"
    for _ in range(DEEPEST):
        pattern = rf"[\[({{](?:{text}|{pattern}|[^\[\](){{}}])*+[\])}}]?+"
    return pattern


_DEPTHS = range(INNERMOST + 1)
_each = chain.from_iterable
# How a field says its name; and what a list or an object has in it, if little.
_NAMES = f"(?:{'|'.join(BESIDE)})"
_FLAT = r"[^\[\]{}]{0,1000}+"

_JSON: dict[str, Any] = {
    "text": _QUOTED,
    "other": _NUMBER,
    "mask": f'"{MASK}"',
    "opens": True,
}
_PYTHON = {**_JSON, "text": SHOWN, "mask": f"'{MASK}'"}
# As in YAML also of what is in something else.
_LINE_BEGINS = r"(?<![^\n])[ \t]{0,40}+(?:- )?"
# What is said of a name in the line above it, or below it.
_IN_LINES = r"\"[^\"\r\n]*+\"|'[^'\r\n]*+'"
_SAID_IN_LINES = r"[^\s\"'\[{(,|>&*!#-][^\s#]*+(?=[ \t]*(?:[\r\n]|\Z| #))"
# As code says what something is.
_NO_TYPE = (
    r"(?!(?:str|bytes|int|float|bool|string|number|boolean|any|none|null|true"
    r"|false|undefined)\b)"
)
# Within braces, as YAML has it in one line, and JSON of which a shell has taken
# the quotes. In code what stands there is called as its name.
_BARE = r"[^\s\"'\[\]{}(),|>&*!#-][^\s\"'\[\]{}(),]{0,1000}+"
_BARE_NAME = rf"\s{{0,8}}+[\"']?{WORD}[\"']?:[ \t]{{0,8}}+"
_BARE_MORE = (
    rf"(?:,{_BARE_NAME}(?:\"[^\"\r\n]{{0,200}}+\"|'[^'\r\n]{{0,200}}+'"
    rf"|\[[^\[\]{{}}\r\n]{{0,200}}+\]|{_BARE})[ \t]{{0,8}}+){{0,9}}+"
)
_BARE_ENDS = rf"(?=\s{{0,8}}+{_BARE_MORE}\s{{0,8}}+(?:\}}|,{_BARE_NAME}[\[{{]))"
_NO_CODE = r"(?!(?:[\w$]{1,40}\.){0,5}(?P=name)\b)"
# As YAML says that the lines below are the value.
_NO_BLOCK = r"(?![|>][-+\d]{0,2}[ \t]*[\r\n])"
# Of a part's head a few short lines are looked at.
_LINE = r"[^\r\n]{0,300}+"
_NAMED = rf"name\*?\s?=\s?(?:utf-8'\w{{0,20}}')?[\"']?(?P<name>{NAME})"
_HEAD = (
    rf"form-data;[^\r\n]{{0,200}}?(?<!\w){_NAMED}{_LINE}"
    rf"(?:\r?\n(?!\r?\n){_LINE}){{0,8}}+\r?\n\r?\n"
)
# Perhaps behind prefixes of a form, as in user[login][password].
_FIELD = r"(?P<name>(?:[\w.$\[\]-]|%[2-7][\da-f])++)"
# Up to the next field; or up to a quote that ends the text that it stands in.
_TYPED = r"(?:[^&;\"'\\\r\n]|\\++(?!\")|[\"'](?![\s,:}\])>/]|\Z))++"
_HEADERS = r"(?:proxy-)?authorization|(?:set-)?cookie|passcode"


def _in_json(depth: int, name: str = NAME) -> Notation:
    """Return how JSON says it that stands as a text in JSON."""
    quote = _quote(depth)
    return Notation(
        quote,
        rf"(?<!\\){re.escape(quote)}(?P<name>{name}){re.escape(quote)}\s*:\s*",
        _inner(depth),
        other=_NUMBER,
        mask=f"{quote}{MASK}{quote}",
        opens=True,
    )


def _named(quote: str, text: str) -> Iterator[Notation]:
    """Yield how a field says it whose name and value stand in one object.

    So it is in a list of fields, as that of a form or a HAR; either comes
    first, and others may stand between them.

    Args:
        quote: the quote that names stand in.
        text: the pattern of a text.
    """
    q = re.escape(quote)
    plain = rf"{q}(?:(?!{q})[^\\\n]){{0,200}}+{q}"
    between = (
        rf"(?:{q}{NAME}{q}\s*:\s*(?:{plain}|{_NUMBER}|true|false|null|none)"
        r"\s*,\s*){0,5}?"
    )
    name = rf"{q}{_NAMES}{q}\s*:\s*{q}(?P<name>{NAME}){q}"
    value = rf"{q}value{q}\s*:\s*"
    told = rf"(?:{text}|{_NUMBER}|\[{_FLAT}\]|\{{{_FLAT}\}})"
    kinds: dict[str, Any] = {
        "text": text,
        "other": _NUMBER,
        "mask": f"{quote}{MASK}{quote}",
        "opens": True,
    }
    begins = r"(?<!\\)"
    head = rf"{begins}{name}\s*,\s*{between}{value}"
    behind = rf"{begins}{value}(?={told}\s*,\s*{between}{name})"
    yield Notation(f"value{quote}", head, **kinds)
    yield Notation(f"value{quote}", behind, **kinds)


def _named_in_lines() -> Iterator[Notation]:
    """Yield how a list in YAML says it; either comes first, in a line."""
    line = rf"{_LINE_BEGINS}[ \t]{{0,8}}+"
    name = rf"{_NAMES}:[ \t]*[\"']?(?P<name>{WORD})[\"']?[ \t]*"
    value = rf"value:[ \t]*{_NO_TYPE}"
    told = rf"(?:{_IN_LINES}|{_SAID_IN_LINES})[ \t]*\r?\n[ \t]{{0,40}}+"
    head = rf"{line}{name}\r?\n[ \t]{{0,40}}+{value}"
    behind = rf"{line}{value}(?={told}{name}(?:[\r\n]|\Z))"
    for each in (head, behind):
        yield Notation("value:", each, _IN_LINES, other=_SAID_IN_LINES)


def _header(depth: int) -> Notation:
    """Return how a list of headers says it; of fields it may be the names."""
    quote = re.escape(_quote(depth))
    return Notation(
        f"[{_quote(depth)}",
        rf"\[{quote}(?P<name>{_HEADERS}|\w{{1,40}}-[\w-]{{1,40}}){quote},\s*",
        rf"{_inner(depth)}(?=\s*(?:\]|\Z))",
        mask=f"{_quote(depth)}{MASK}{_quote(depth)}",
    )


def _in_quotes(quote: str) -> str:
    """Return the pattern of a text of JSON in quotes of a page."""
    return rf"{quote}(?:\\[\s\S]|(?!{quote})[^\\])*+(?:{quote})?+"


def _in_page(quote: str) -> Notation:
    """Return how JSON says it that stands in an attribute of a page."""
    return Notation(
        quote,
        rf"{quote}(?P<name>{NAME}){quote}\s*:\s*",
        _in_quotes(quote),
        other=_NUMBER,
        mask=f"{quote}{MASK}{quote}",
        opens=True,
    )


def block(quote: str) -> str:
    """Return the pattern of a text between three quotes and three."""
    return (
        rf"(?:{quote}){{3}}(?:(?!(?:{quote}){{3}})[\s\S])*+(?:{quote}){{0,3}}"
    )


def _argument(depth: int) -> Notation:
    """Return how GraphQL that stands as a text in JSON says it."""
    quote = _quote(depth)
    return Notation(
        quote,
        rf"(?<![\w\"'$.\\-])(?P<name>{WORD})\s*:\s*(?={re.escape(quote)})",
        rf"{block(re.escape(quote))}|{_inner(depth)}",
        mask=f"{quote}{MASK}{quote}",
    )


NOTATIONS = (
    # Parts first: they know where they end.
    Notation("form-data;", _HEAD, r"(?:(?!\r?\n--)[\s\S])++"),
    Notation('"', rf'"(?P<name>{NAME})"\s*(?::|=>)\s*', **_JSON),
    *map(_in_json, range(1, INNERMOST + 1)),
    Notation("'", rf"'(?P<name>{NAME})'\s*(?::|=>)\s*", **_PYTHON),
    *_each(_named(_quote(depth), _inner(depth)) for depth in _DEPTHS),
    *map(_header, _DEPTHS),
    *_named("'", SHOWN),
    *map(_in_page, WRITTEN_QUOTES[:2]),
    *_each(_named(quote, _in_quotes(quote)) for quote in WRITTEN_QUOTES[:2]),
    # JSON in an address, and an address in an address.
    Notation(
        "%22",
        rf"%22(?P<name>{WORD})%22{_GAP}(?::|%3a){_GAP}",
        r"%22(?:%5[Cc]%(?:22|5[Cc])|(?!%22)[^&\s\"'#])*+(?:%22)?+",
        other=_NUMBER,
        mask=f"%22{MASK}%22",
    ),
    Notation(
        "3d",
        rf"%(?:25){{0,4}}(?:3f|26|23)(?P<name>{WORD})%(?:25){{0,4}}3d",
        "",
        other=r"(?:(?!%(?:25){0,4}2[36])[^&\s\"'<>#\\])++",
    ),
    # What pydantic says of a value that it does not take.
    Notation(
        '"loc"',
        rf'"loc"\s*:\s*\[[^\]]{{0,200}}"(?P<name>{NAME})"\s*\]'
        r'[^{}]{0,500}?"input"\s*:\s*',
        **_JSON,
    ),
    Notation(
        "'loc'",
        rf"'loc'\s*:\s*[\[(][^\])]{{0,200}}'(?P<name>{NAME})',?\s*[\])]"
        r"[^{}]{0,500}?'input'\s*:\s*",
        **_PYTHON,
    ),
    Notation(
        "input_value=",
        rf"(?<![^\n])(?:[\w.]{{1,80}}\.)?(?P<name>{WORD})\n"
        r"  [^\n]{0,500}?input_value=",
        **_PYTHON,
    ),
    # As PHP writes down what it holds, each text with its length.
    Notation(
        '";s:',
        rf's:\d{{1,4}}:"(?P<name>{NAME})";s:\d{{1,6}}:',
        r'"(?:(?!";)[\s\S])*+"?+',
        mask=f'"{MASK}"',
    ),
    Notation(
        ":",
        rf"[{{,]\s{{0,8}}+[\"']?(?P<name>{WORD})[\"']?:"
        rf"(?:[ \t]{{1,8}}+|(?=[^\s,}}]{{3}})){_NO_TYPE}{_NO_CODE}",
        "",
        other=rf"{_BARE}{_BARE_ENDS}",
    ),
    # Lines of headers, also in a frame, as of STOMP.
    Notation(
        ":",
        rf"(?<![^\n])(?P<name>{_HEADERS}):[ \t]*",
        r"[^\r\n\x00]++",
    ),
    Notation(
        ":",
        rf"{_LINE_BEGINS}(?P<name>{WORD}):[ \t]*{_NO_TYPE}{_NO_BLOCK}"
        r"(?=[^\s\x00]++[ \t]*(?: #[^\r\n]*+)?(?:[\r\n\x00]|\Z))",
        r"[^\s\x00\"'\[{(,][^\s\x00]*+",
    ),
    *_named_in_lines(),
    # As settings are written, and code.
    Notation(
        " = ",
        rf"{_LINE_BEGINS}(?:export )?(?P<name>[\w.$-]{{1,80}})[ \t]{{0,40}}= ",
        r"\"[^\"\r\n]*+\"|'[^'\r\n]*+'",
        other=r"(?=\S*\d)[^\s\"'()\[\]{},;]++(?=[ \t]*(?:[\r\n;]|\Z))",
    ),
    # As SQL sets it.
    Notation(
        " = ",
        rf"(?<=[\s(,.])[\"`\[]?(?P<name>{WORD})[\"`\]]? = (?=')",
        r"'(?:[^'\r\n]|'')*+'",
        mask=f"'{MASK}'",
    ),
    # As Redis has it, each word with its length.
    Notation(
        "\r\n$",
        r"\$\d{1,4}\r\n(?P<name>[^\r\n]{1,200})\r\n",
        "",
        other=r"\$\d{1,6}\r\n[^\r\n]++",
    ),
    # As arguments of GraphQL are written.
    *map(_argument, range(1, INNERMOST + 1)),
    Notation(
        ":",
        rf"(?<![\w\"'$.\\-])(?P<name>{WORD})\s*:[ \t]*(?=[\"'\d])",
        block('"') + "|" + SHOWN,
        other=_NUMBER,
        mask=f'"{MASK}"',
    ),
    # Arguments of a command.
    Notation(
        "--",
        rf"(?<![\w-])--(?P<name>{WORD})"
        r"(?:[\"'], ?|[ =](?=[^\s\"'-]{0,200}?\d))",
        SHOWN,
        other=r"[^\s\"'\\]++",
    ),
    Notation("=", rf"(?:^|[?&;#\"']){_FIELD}=", "", other=_TYPED),
    Notation(
        "=",
        rf"(?<=[\s(,:{{]){_FIELD}=",
        r"\\*+\"[^\"\r\n]*+\"|'[^'\r\n]*+'|&quot;(?:(?!&quot;).)*+&quot;",
        other=r"[^&;\s\"'<>(),]++(?!\(|[\"'](?![\s,.:}\])]|\Z))",
    ),
)

# A letter of a name may be written as its number, as in pass\u0077ord.
ESCAPE = r"\\{1,16}u00(?P<code>[2-7][\da-f])"
_WITH_ESCAPES = (
    rf"(?:[\w .$@/\[\]-]|{ESCAPE.replace('?P<code>', '?:')}){{1,80}}"
)
WITH_ESCAPES = tuple(_in_json(depth, _WITH_ESCAPES) for depth in _DEPTHS)
"""How JSON says it, with letters of the name escaped."""
