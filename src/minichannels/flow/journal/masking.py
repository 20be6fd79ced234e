"""What of a message no journal keeps: cookies, tokens, passwords, sessions.

How it works: a secret is known by its name, as a key of a dict, in JSON or in
a form; by its class; or because a client was seen with it
(``recording.clients``). In each case ``•••`` stands in its place. Where a value
has no such name and was seen nowhere, nobody can know that it is one.

Whoever develops may have all of it shown, in the whole process
(:func:`secrets_shown`). A session itself stays masked: to look into it could
load it, and what is recorded must not notice.
"""

import functools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from minichannels._masking import MASK, is_secret

LONGEST = 40
"""How long the name of a secret may be."""

_NAME = (
    r"[\w-]*(?:token|secret|jwt|(?:passw(?:or)?d|passphrase|passcode|pwd)\d*"
    r"(?:[_-]?(?:confirm(?:ation)?|again|repeat))?"
    r"|(?:api|access|private|secret)[_-]?key)"
    r"|authorization|(?:set-)?cookies?|(?:j|php)?sess(?:ion)?_?(?:id|key)"
)
# One of these is in each such name.
_WORDS = (
    *("token", "pass", "pwd", "secret", "jwt", "key", "auth", "cookie"),
    "sess",
)
_SECRET_NAME = re.compile(_NAME, re.I)
_NUMBER = r"-?\d[\d.e+-]*"
_QUOTED = r'"(?:[^"\\]|\\.)*"?'
_JSON = rf'(?P<json>"(?:{_NAME})"\s*:\s*)(?:{_QUOTED}|{_NUMBER})'
# As a text of JSON stands in JSON: each quote behind a backslash.
_INNER = r'\\"(?:[^"\\]|\\\\(?:\\[\\"]|[^"\\])|\\[^"\\])*(?:\\")?'
_NESTED = rf'(?P<nested>\\"(?:{_NAME})\\"\s*:\s*)(?:{_INNER}|{_NUMBER})'
# As Python shows a dict, in an error or a log.
_SHOWN = rf"b?(?:'(?:[^'\\]|\\.)*'?|{_QUOTED})"
_PYTHON = rf"(?P<python>'(?:{_NAME})'\s*:\s*)(?:{_SHOWN}|{_NUMBER})"
# As a line of headers.
_LINE_OF = r"(?:proxy-)?authorization|(?:set-)?cookie"
_HEADER = rf"(?P<header>(?<![^\s])(?:{_LINE_OF}):[ \t]*)[^\r\n]+"
# The same in a frame, as of STOMP, which has a word of its own for a password.
_AT = rf"(?P<at>(?<![^\n])(?:{_LINE_OF}|passcode):[ \t]*)[^\r\n\x00]+"
# Behind the prefix of a form, as in user[password].
_FIELD = rf"(?:[\w.-]*(?:\[|%5B))?(?:{_NAME})(?:\]|%5D)?"
_FORM = rf"(?P<form>(?:^|[?&;]){_FIELD}=)[^&;]+"
_WORD = rf"(?P<word>\s{_FIELD}=)[\"']?[^&;\s\"'<>]+[\"']?"
# The value of a part of a form that is sent in parts: up to the next boundary.
# Of a part's head a few short lines are looked at: bodies may be made to hurt.
_LINE = r"[^\r\n]{0,300}"
_HEAD = rf'(?<!\w)name="{_FIELD}"{_LINE}(?:\r\n(?!\r){_LINE}){{0,8}}\r\n\r\n'
_PART = rf"(?P<part>{_HEAD})(?:(?!\r\n--)[\s\S])+"
_IN_ERROR = re.compile(f"{_WORD}|{_HEADER}", re.I)

# What each of them looks for has in it: without that it need not be looked for,
# which takes longer than all else. Parts first: they know where they end.
_SIGNED = (
    *(("name=", _PART), ('"', _JSON), ('\\"', _NESTED)),
    *(("'", _PYTHON), (":", _AT), ("=", _FORM)),
)

# What stands for a value, if it is not the mask alone.
_INSTEAD = {
    "json": f'"{MASK}"',
    "nested": f'\\"{MASK}\\"',
    "python": f"'{MASK}'",
}

# Who logs in, and with what, in the address of a database.
_IN_ADDRESS = re.compile(r"(\w://[^\s/:@]*:)[^\s/@]+(?=@)")

# Whoever has a code of OAuth can log in with it. Many other things are called
# a code, too: it is one of OAuth if one of these stands beside it.
_CODE, _BESIDE = "code=", ("state=", "grant_type=")
_IN_QUERY = r"(?P<form>(?:^|[?&])code=)[^&\s]+"


class _Search:
    """What secrets are looked for with, in texts or in bytes.

    Args:
        made_of: makes either of a text.
    """

    def __init__(self, made_of: Callable[[str], Any]) -> None:
        self._signed = tuple(
            (sign, re.compile(made_of(pattern), re.I))
            for sign, pattern in _SIGNED
        )
        self._query = re.compile(made_of(_IN_QUERY), re.I)

    def masked(self, value: Any, text: str) -> Any:
        """Return a value without the secrets that have a name in it.

        Args:
            value: the value.
            text: the same as a text.
        """
        known = text.lower()
        for word in _WORDS:
            if word in known:
                for sign, pattern in self._signed:
                    if sign in known:
                        value = pattern.sub(_without_value, value)
                break
        if _CODE in known and any(word in known for word in _BESIDE):
            value = self._query.sub(_without_value, value)
        return value


_OF_TEXT, _OF_BYTES = _Search(str), _Search(str.encode)


_masks = True


@contextmanager
def secrets_shown() -> Iterator[None]:
    """Have journals keep what they would mask, for a while."""
    global _masks
    _masks = False
    try:
        yield
    finally:
        _masks = True


def secrets_are_masked() -> bool:
    """Return whether journals mask secrets, as they do by default."""
    return _masks


def is_secret_item(name: str, value: Any) -> bool:
    """Return whether the value of a dict's key is a secret, by its name."""
    if name == "session":  # as in a scope; a text may be anything
        return issubclass(type(value), dict)
    return _masks and is_secret_name(name)


def is_secret_name(name: str) -> bool:
    """Return whether what has a name is a secret."""
    return len(name) <= LONGEST and _is_named_secret(name)


@functools.lru_cache(maxsize=1_000)  # a program uses the same few names
def _is_named_secret(name: str) -> bool:
    return _SECRET_NAME.fullmatch(name) is not None


def is_secret_field(name: str) -> bool:
    """Return whether a form has a secret under a name."""
    return re.fullmatch(_FIELD, name[-LONGEST:], re.I) is not None


def is_secret_pair(pair: Any) -> bool:
    """Return whether a list is a header whose value is a secret."""
    return _masks and len(pair) == 2 and is_secret(pair[0])


def masked_text(text: Any) -> Any:
    """Return a text, or bytes, without the secrets that have a name in it."""
    # First what is quick: most texts have none, and some are a megabyte. One
    # of these signs follows each such name.
    if type(text) is str:
        if ":" in text or "=" in text:
            return _OF_TEXT.masked(text, text) if _masks else text
    elif type(text) is bytes and (b":" in text or b"=" in text):
        known = text.decode("latin-1")  # to look into bytes takes longer
        return _OF_BYTES.masked(text, known) if _masks else text
    return text


def _without_value(found: re.Match[Any]) -> Any:
    """Return the name of a secret, and what stands for it."""
    kind = found.lastgroup or ""
    name, mask = found[kind], _INSTEAD.get(kind, MASK)
    return name + (mask if isinstance(name, str) else mask.encode())


def masked_error(text: str) -> str:
    """Return what an error says, without the secrets that have a name in it.

    Nor the passwords of addresses, which errors of databases tell.
    """
    if not _masks:
        return text
    known = _IN_ADDRESS.sub(rf"\1{MASK}", masked_text(text))
    return _IN_ERROR.sub(_without_value, known)
