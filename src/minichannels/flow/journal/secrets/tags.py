"""Secrets in tags: a field that a form brings with it, as of a CSRF token.

How it works: a tag that has a secret's name, or is for a password, may have the
value before the name or behind it; so it is looked at as a whole.
"""

import re
from collections.abc import Callable
from typing import Any

from minichannels._masking import MASK
from minichannels.flow.journal.secrets.names import hides, kind_of

_TAG = (
    r"<(?:input|meta|button|param|add|property|entry|item|setting)"
    r"\s[^<>]{0,1000}>"
)
_NAMED = r"\s(?:name|type|id|key)\s*=[\s\\]*[\"']?(?P<name>[\w.$\[\]-]{1,80})"
# In JSON each quote stands behind a backslash.
_VALUE = (
    r"(?P<kept>\s(?:value|content)\s*=\s*)"
    r"(?P<before>\\{0,40})(?:\"[^\"]*\"|'[^']*'|[^\s\"'>]+)"
)


class Tags:
    """Covers secrets in the tags of a page.

    Args:
        made_of: makes a text, or bytes, of a text.
    """

    sign = "<"

    def __init__(self, made_of: Callable[[str], Any]) -> None:
        self._tag, self._named, self._value = (
            re.compile(made_of(pattern), re.I)
            for pattern in (_TAG, _NAMED, _VALUE)
        )
        self._quote, self._mask = made_of('"'), made_of(MASK)

    def over(self, value: Any) -> Any:
        """Return a text, or bytes, in which what is secret is covered."""
        return self._tag.sub(self._in_tag, value)

    def _in_tag(self, tag: re.Match[Any]) -> Any:
        for named in self._named.finditer(tag[0]):
            kind = kind_of(named["name"])
            if kind is not None and hides(kind, "", is_text=True):
                return self._value.sub(self._covered, tag[0])
        return tag[0]

    def _covered(self, found: re.Match[Any]) -> Any:
        quote = found["before"] + self._quote
        return found["kept"] + quote + self._mask + quote
