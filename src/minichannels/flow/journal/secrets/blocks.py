"""Secrets in YAML whose value stands below their name.

How it works: behind a line that is a name and a colon, and no more, the lines
that stand further in are its value. Behind ``|`` and ``>`` these are all of a
text; of a list each item has a line. Else the value is a single word, or stands
in quotes: what speaks of a password has more than one.
"""

import re
from collections.abc import Callable
from typing import Any

from minichannels.flow.journal.secrets.names import Hiding, hides, kind_of

_TYPES = (
    "str|bytes|int|float|bool|string|number|boolean|object|array|any|none|null"
    "|true|false|required|optional"
)
_QUOTED = r"\"[^\"\r\n]*+\"|'[^'\r\n]*+'"
_ENDS = r"(?:[ \t]++#[^\r\n]*+|[ \t]*+)(?=[\r\n]|\Z)"
_HEAD = (
    r"(?<![^\n])(?P<indent>[ \t]{0,40}+)(?:- )?"
    r"[\"']?(?P<name>[\w$-]{1,80})[\"']?:[ \t]*+"
)
_LINES = (
    r"[|>][-+\d]{0,2}[ \t]*+"
    r"(?:\r?\n(?:(?P=indent)[ \t]++[^\r\n]++|[ \t]*+(?=[\r\n]|\Z)))++"
)
_ITEMS = (
    r"(?:\r?\n(?P=indent)[ \t]{0,40}+- ++"
    rf"(?:{_QUOTED}|(?=\S*\d)[^\s\"'\[{{(,#&*!|>%@`:]++){_ENDS})++"
)
_ONE = (
    rf"\r?\n(?P=indent)[ \t]{{1,40}}+(?!(?:{_TYPES})\b)"
    rf"(?:{_QUOTED}|[^\s\"'\[{{(,#&*!|>%@`<-]\S*+(?<![.:,;?!)\]}}])){_ENDS}"
)
_PATTERN = rf"{_HEAD}(?P<value>{_LINES}|{_ITEMS}|{_ONE})"
_SAID = (
    r"(?P<kept>\n[ \t]*+(?:- ++)?)"
    r"(?P<said>\S+(?=[ \t]++#[^\r\n]*+)|[^\r\n]++)"
)


class Blocks:
    """Covers what stands below the name of a secret.

    Args:
        made_of: makes a text, or bytes, of a text.
        mask: what stands for what is covered.
    """

    sign = "\n"

    def __init__(self, made_of: Callable[[str], Any], mask: str) -> None:
        self._pattern = re.compile(made_of(_PATTERN), re.I)
        self._said = re.compile(made_of(_SAID))
        self._mask = made_of(mask)

    def over(self, value: Any) -> Any:
        """Return a text, or bytes, in which what is secret is covered."""
        return self._pattern.sub(self._covered, value)

    def _covered(self, found: re.Match[Any]) -> Any:
        kind = kind_of(found["name"])
        if kind is None:
            return found[0]
        head = found[0][: found.start("value") - found.start()]
        return head + self._said.sub(
            lambda line: self._instead(kind, line), found["value"]
        )

    def _instead(self, kind: Hiding, line: re.Match[Any]) -> Any:
        said = line["said"]
        text: str = said if isinstance(said, str) else said.decode("latin-1")
        is_text = text[0] in "\"'"
        hidden = hides(kind, text.strip("\"' \t"), is_text=is_text)
        return line["kept"] + self._mask if hidden else line[0]
