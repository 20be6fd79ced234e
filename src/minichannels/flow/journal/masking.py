"""What of a message no journal keeps: cookies, tokens, passwords, sessions.

How it works: a secret is known by its name, as a key of a dict, in JSON or in
a form (``secrets``); by its class; by its look, as a JSON Web Token or the
credentials in an address; or because a client was seen with it
(``recording.clients``). In each case ``•••`` stands in its place. Where a value
has no such name or look and was seen nowhere, nobody can know that it is one.

Whoever develops may have all of it shown, in the whole process
(:func:`secrets_shown`). A session itself stays masked: to look into it could
load it, and what is recorded must not notice.
"""

import base64
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from minichannels._masking import MASK, is_secret
from minichannels.flow.journal.secrets.commands import (
    COMMANDS,
    COUNTED,
    OF_COUNTED,
    may_have_commands,
)
from minichannels.flow.journal.secrets.covering import Coverage, coverages
from minichannels.flow.journal.secrets.errors import IN_CODE, IN_ERRORS
from minichannels.flow.journal.secrets.names import (
    BESIDE,
    Hiding,
    has_escapes,
    hides,
    is_hidden,
    kind_of,
    may_have_names,
)
from minichannels.flow.journal.secrets.packed import covered_in_packed
from minichannels.flow.journal.secrets.texts import Texts

# Who logs in, and with what, in an address.
_IN_ADDRESS = r"(?P<kept>\w://[^\s/:@\"'?#]*:)[^\s/\"']+(?=@)"
_WEB_TOKEN = r"(?P<kept>)(?<![\w-])eyJ[\w-]{8,}+(?:\.[\w-]*+){1,4}"
_SAID = r"(?P<said>[\w.~+/-]{8,}+=*)"
# The words of a key, and not those that speak of one.
_KEY = (
    r"(?P<kept>-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)"
    r"(?=[\s\\]{0,8}[\w+/]{16})(?:(?!-----END)[\w+/=\s\\-])++"
)
_LOOKS = {
    "PRIVATE KEY-----": _KEY,
    "eyJ": _WEB_TOKEN,
    "://": _IN_ADDRESS,
    "Bearer ": rf"(?P<kept>\bBearer +)(?=\S*\d){_SAID}",
    "Basic ": rf"(?P<kept>\b(?P<basic>Basic) +){_SAID}",
}
"""What looks as a secret, each by what is in it."""

# Whoever has a code of OAuth can log in with it. Many other things are called
# a code, too: it is one of OAuth if one of these stands beside it.
_CODE, _BESIDE = "code=", ("state=", "grant_type=")
_IN_QUERY = r"(?P<kept>(?:^|[?&])code=)[^&\s]+"

_LAST_SIGN = 0x7F
"""The last of what stands for a sign alone: MessagePack begins behind it."""

_IN_ERROR = re.compile(
    r"(?P<kept>(?<![^\s])(?:(?:proxy-)?authorization|(?:set-)?cookie):[ \t]*+)"
    r"[^\r\n]+",
    re.I,
)


class _Search:
    """What secrets are looked for with, in texts or in bytes.

    Args:
        made_of: makes either of a text.
    """

    def __init__(self, made_of: Callable[[str], Any]) -> None:
        self._coverages = [*coverages(made_of), Texts(made_of, masked_text)]
        self._query = re.compile(made_of(_IN_QUERY), re.I)
        self._looks, self._commands, self._counted = (
            tuple(
                (sign, re.compile(made_of(pattern)))
                for sign, pattern in patterns.items()
            )
            for patterns in (_LOOKS, COMMANDS, OF_COUNTED)
        )

    def masked(self, value: Any, text: str, known: str) -> Any:
        """Return a value without the secrets that have a name, or a look.

        Args:
            value: the value.
            text: the same as a text.
            known: and that in lower case.
        """
        if may_have_names(known) or has_escapes(known):
            value = self._covered(value, known)
        if _CODE in known and any(word in known for word in _BESIDE):
            value = self._query.sub(_without_value, value)
        return self._without(self._patterns(text), value, text)

    def without_looks(self, text: Any) -> Any:
        """Return a text without what looks as a secret."""
        return self._without(self._looks, text, text)

    def _without(
        self,
        patterns: tuple[tuple[str, re.Pattern[Any]], ...],
        value: Any,
        text: str,
    ) -> Any:
        for sign, pattern in patterns:
            if sign in text:
                value = pattern.sub(_without_value, value)
        return value

    def _patterns(self, text: str) -> tuple[tuple[str, re.Pattern[Any]], ...]:
        known_by = self._looks
        if may_have_commands(text):
            known_by += self._commands
        if COUNTED in text:
            known_by += self._counted
        return known_by

    def _covered(self, value: Any, known: str) -> Any:
        for coverage in self._coverages:
            if coverage.sign in known:
                value = coverage.over(value)
        return value


_OF_ERRORS = tuple(Coverage(each, str) for each in IN_ERRORS)
_OF_CODE = Coverage(IN_CODE, str)
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
    kind = kind_of(name)
    return _masks and kind is not None and is_hidden(kind, value)


def is_secret_name(name: str) -> bool:
    """Return whether what has a name is a secret."""
    return kind_of(name) not in (None, Hiding.LONG)


def is_secret_field(name: str, value: str) -> bool:
    """Return whether a form has a secret under a name."""
    kind = kind_of(name)
    return _masks and kind is not None and hides(kind, value)


def has_secret_value(values: dict[str, Any]) -> bool:
    """Return whether the ``value`` of a dict is a secret, by a name beside."""
    names = [values.get(each) for each in BESIDE]
    kinds = {kind_of(name) for name in names if type(name) is str}
    hiding = [kind for kind in kinds if kind is not None]
    return _masks and any(is_hidden(kind, values["value"]) for kind in hiding)


def is_secret_pair(pair: Any) -> bool:
    """Return whether a list is a header whose value is a secret."""
    if not _masks or len(pair) != 2:
        return False
    name = pair[0]
    if is_secret(name):
        return True
    # Of others only as servers have them: a list may have names of fields.
    return type(name) is bytes and kind_of(name) not in (None, Hiding.LONG)


def masked_text(text: Any) -> Any:
    """Return a text, or bytes, without the secrets that have a name in it."""
    # First what is quick: most texts have none, and some are a megabyte. One
    # of these signs follows each such name, or is in what looks as a secret.
    if type(text) is not str:
        return _masked_bytes(text) if type(text) is bytes and _masks else text
    if (":" in text or (not text.isalnum() and _has_sign(text))) and _masks:
        known = text.lower()
        if (
            may_have_names(known)
            or ("=" in text and _CODE in known)
            or _may_be_known(text)
        ):
            return _OF_TEXT.masked(text, text, known)
    return text


def _has_sign(text: str) -> bool:
    return (
        "=" in text
        or "J" in text
        or "B" in text
        or "<" in text
        or may_have_commands(text)
    )


def _may_be_known(text: str) -> bool:
    """Return whether a text may have in it what needs no name."""
    return (
        (("@" in text or "J" in text or "B" in text) and _has_look(text))
        or (("\\" in text or "%" in text) and has_escapes(text))
        or may_have_commands(text)
    )


def _has_look(text: str) -> bool:
    return (
        "://" in text or "eyJ" in text or "Bearer " in text or "Basic " in text
    )


def _masked_bytes(data: bytes) -> bytes:
    if not data.isascii() and data[0] > _LAST_SIGN:
        data = covered_in_packed(data)
    text = data.decode("latin-1")  # to look into bytes takes longer
    known = text.lower()
    if may_have_names(known) or _CODE in known or _may_be_known(text):
        masked: bytes = _OF_BYTES.masked(data, text, known)
        return masked
    return data


def _without_value(found: re.Match[Any]) -> Any:
    """Return the name of a secret, and what stands for it."""
    known = found.groupdict()
    if known.get("basic") and not _is_pair(known["said"]):
        return found[0]
    kept = found["kept"]
    return kept + (MASK if isinstance(kept, str) else MASK.encode())


def _is_pair(said: str | bytes) -> bool:
    """Return whether it is a name and a password, as "Basic" has them."""
    try:
        return b":" in base64.b64decode(said)
    except ValueError:
        return False


def masked_error(text: str) -> str:
    """Return what an error says, without the secrets that have a name in it."""
    if not _masks:
        return text
    known = masked_text(text)
    for coverage in _OF_ERRORS:
        known = coverage.over(known)
    return _IN_ERROR.sub(_without_value, known)


def masked_code(line: str) -> str:
    """Return a line of code without the literals that are secrets.

    Names in it stay: whoever looks for an error needs them.
    """
    if not _masks:
        return line
    known: str = _OF_TEXT.without_looks(_OF_CODE.over(line))
    return known


_OF_TEXT, _OF_BYTES = _Search(str), _Search(str.encode)
