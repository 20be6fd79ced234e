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
from collections.abc import Iterator
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
_BYTES = tuple(word.encode() for word in _WORDS)
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
_EACH = (_JSON, _NESTED, _PYTHON, _AT, _FORM, _PART)
_IN_TEXT = re.compile("|".join(_EACH), re.I)
_IN_ERROR = re.compile(f"{_WORD}|{_HEADER}", re.I)
_IN_BYTES = re.compile(_IN_TEXT.pattern.encode(), re.I)

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
_IN_QUERY = re.compile(r"(?P<form>(?:^|[?&])code=)[^&\s]+", re.I)

# For a text: one of which signs follows each such name, the words, the names;
# and the same of codes.
_OF_TEXT: tuple[Any, ...] = (
    *((":", "="), _WORDS, _IN_TEXT),
    *(_CODE, _BESIDE, _IN_QUERY),
)
_OF_BYTES: tuple[Any, ...] = (
    *((b":", b"="), _BYTES, _IN_BYTES),
    *(_CODE.encode(), tuple(word.encode() for word in _BESIDE)),
    re.compile(_IN_QUERY.pattern.encode(), re.I),
)


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
    # First what is quick: most texts have none, and some are a megabyte.
    if type(text) is str:
        signs, *names = _OF_TEXT
    elif type(text) is bytes:
        signs, *names = _OF_BYTES
    else:
        return text
    if signs[0] not in text and signs[1] not in text:
        return text
    return _masked(text, *names) if _masks else text


def _masked(
    text: Any, words: Any, pattern: Any, code: Any, beside: Any, query: Any
) -> Any:
    """Return a text without secrets, some word of which may stand in it."""
    known = text.lower()
    if any(word in known for word in words):
        text = pattern.sub(_without_value, text)
    if code in known and any(word in known for word in beside):
        text = query.sub(_without_value, text)
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
