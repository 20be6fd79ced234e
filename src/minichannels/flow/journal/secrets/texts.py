r"""Secrets in lines that stand as a text in JSON: settings, headers, commands.

How it works: what is said by lines is found at their beginnings, and in JSON
they begin behind a ``\n``. So a text that has one is read, its lines are
looked at as those of any other text, and where something in them is covered it
is written anew. A text in that text has its turn then, too.
"""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

LINE = "\\n"
"""What is in each text of JSON that has lines."""

_TEXT = r'"(?:[^"\\]|\\[\s\S])*+"?+'
_ENDS = ("", '"')
"""What is missing of a text: nothing, or its end, if it is cut off."""

# Whoever writes JSON by hand may have lines in it as they are.
_decoded = json.JSONDecoder(strict=False).decode


class Texts:
    """Covers secrets in the lines of texts.

    Args:
        made_of: makes a text, or bytes, of a text.
        masked: returns a text without its secrets.
    """

    sign = LINE

    def __init__(
        self, made_of: Callable[[str], Any], masked: Callable[[str], str]
    ) -> None:
        self._text = re.compile(made_of(_TEXT))
        self._masked = masked

    def over(self, value: Any) -> Any:
        """Return a text, or bytes, in which what is secret is covered."""
        return self._text.sub(self._instead, value)

    def _instead(self, found: re.Match[Any]) -> Any:
        written = found[0]
        is_text = isinstance(written, str)
        text = written if is_text else written.decode("utf-8", "replace")
        if LINE not in text:
            return written
        said, end = _read(text)
        covered = self._masked(said)
        if covered == said:
            return written
        again = json.dumps(covered, ensure_ascii=False).removesuffix(end)
        # Half of a surrogate pair is written as JSON has it.
        return again if is_text else again.encode(errors="backslashreplace")


def _read(text: str) -> tuple[str, str]:
    """Return what a text of JSON says, and what is missing of it."""
    for end in _ENDS:
        with suppress(ValueError):
            return _decoded(text + end), end
    return "", ""
