"""What a secret is called, and which values such a name hides.

How it works: a name is taken to pieces, its words: ``userPass`` and
``User-Pass`` are the same two. The last of them say what it is, so that
``pin`` is a secret, and ``pinBoard`` and ``spin`` are none. What stands under
the name decides, too: ``"pass": true`` and ``"max_tokens": 5`` say something
about the flow, and nobody logs in with them.
"""

import functools
import re
from enum import Enum
from typing import Any

BESIDE = (
    *("name", "key", "field", "path", "id", "customid", "custom_id", "header"),
    *("param", "parameter", "variable", "property", "attribute", "setting"),
)
"""How an object says, beside its ``value``, what that is called."""

LONGEST = 40
"""How much of a name, at its end, is looked at."""

FEWEST = 3
"""How many digits a code has at least that somebody logs in with."""


ESCAPED = "\\u00"
"""What is in each text of JSON that has a letter escaped."""


class Hiding(Enum):
    """What a name hides."""

    ALL = "texts and numbers"
    CODE = "texts, and numbers of three digits or more"
    TEXTS = "texts"
    LONG = "long texts without a blank, with a digit"


_KEY = (
    "(?:api|access|private|secret|signing|encryption|auth|subscription|master)"
    "_?key"
)
_PASSWORD = (
    r"(?:passw(?:or)?[dt]|pass_?phrase|pass_?code|ps?wd)(?:_?\d+)?"
    "(?:_?(?:confirm(?:ation)?|again|repeat|hash))?"
)
_AT_END = f"(?:token|secret|jwt|{_PASSWORD}|{_KEY}|credential)"
_ALONE = (
    "(?:authorization|(?:set_)?cookies?|csrf|xsrf|passkey"
    "|(?:j|php)?sess(?:ion)?_?(?:id|key))"
)
_CODE = "(?:pass|pin|[th]?otp|cvv|cvc|(?:pin|otp|auth)_?code)"
# Whoever has one of these is let in, as with a link that is signed; but others
# are called so, too: a signature below a letter, or that of a function.
_SIGNED = (
    r"(?:.*_)?(?:refresh|auth|sig(?:nature)?(?:_?\d+)?|assertion|code_?verifier"
    "|saml_?(?:request|response))|(?:(?:connect|session|x)_)?sid"
)
# Of a board, and what stands in a map.
_OTHER_PINS = (
    "board|gpio|led|data|clock|clk|rx|tx|sda|scl|sck|mosi|miso|cs|pwm|adc|dac"
    "|in|out|input|output|analog|digital|motor|servo|sensor|button|relay|echo"
    "|trigger|reset|enable|power|signal|header|map|location|drop"
)
_KINDS = {
    None: rf"(?:.*_)?(?:{_OTHER_PINS})_?pins?(?:_?\d+)?",
    Hiding.ALL: rf"(?:.*{_AT_END}|(?:.*_)?{_ALONE})(?:_?\d+)?",
    Hiding.CODE: rf"(?:.*_)?{_CODE}(?:_?\d+)?",
    Hiding.TEXTS: f".*{_AT_END}s|(?:.*_)?(?:otp|pin|auth)_?codes",
    Hiding.LONG: _SIGNED,
}
_PATTERNS = {kind: re.compile(pattern) for kind, pattern in _KINDS.items()}
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# As an address may have any sign, a bracket or a letter of a name.
_ESCAPE = re.compile("%([2-7][0-9a-f])", re.I)
_finds_letter = re.compile("%(?:[46][1-9a-fA-F]|[57][0-9aA])").search
# One letter first: that is what is looked for quickly.
_ENDS = "(?![abd-z]|c[^o])"
_finds_pin = re.compile(f"pin{_ENDS}").search
_finds_code = re.compile(f"(?:otp|cv[vc]){_ENDS}").search
_finds_with_s = re.compile(
    "s(?:ess|ecret|sertion|aml|i(?:d|g(?:nature)?)(?![a-z]))"
).search

# As in a list of what is wrong: "This field is required."
_SENTENCE = re.compile(r"[A-Z][^\s\"\\]*(?: [^\s\"\\]+){2,}\.")
_NUMBER = re.compile(r"-?\d[\d.e+-]*")
# What a value is put in the place of, as in SQL.
_PLACE = re.compile(r"\?|%s|%\(\w+\)s|\$\d{1,3}|\{\w*\}|<[\w -]+>")
_LONG_TEXT = re.compile(r"(?=\D*\d)[\w.~+/=%-]{16,}")


def kind_of(name: str | bytes) -> Hiding | None:
    """Return what a name hides; None if it is not that of a secret."""
    return _known(name[-LONGEST:])


@functools.lru_cache(maxsize=1_000)  # a program uses the same few names
def _known(name: str | bytes) -> Hiding | None:
    text = name if isinstance(name, str) else name.decode("latin-1")
    text = _ESCAPE.sub(lambda sign: chr(int(sign[1], 16)), text)
    words = "_".join(_WORD.findall(text)).lower()
    for kind, pattern in _PATTERNS.items():
        if pattern.fullmatch(words):
            return kind
    return None


def hides(kind: Hiding, value: str, *, is_text: bool = False) -> bool:
    """Return whether a value is hidden.

    Args:
        kind: what its name hides.
        value: the value, without quotes.
        is_text: whether it is a text, also if there are only digits in it.
    """
    if kind is Hiding.LONG:
        return _LONG_TEXT.fullmatch(value) is not None
    if is_text:
        return True
    if kind is Hiding.ALL or not _NUMBER.fullmatch(value):
        return _PLACE.fullmatch(value) is None
    return kind is Hiding.CODE and sum(map(str.isdigit, value)) >= FEWEST


def is_sentence(value: str) -> bool:
    """Return whether an application says something of a field."""
    return _SENTENCE.fullmatch(value) is not None


def is_hidden(kind: Hiding, value: Any) -> bool:
    """Return whether a value of a dict is hidden."""
    known = type(value)  # not isinstance: a lazy object would load to answer
    if known is bool or value is None:
        return False
    if known is int or known is float:
        is_long = abs(value) >= 10 ** (FEWEST - 1)
        return kind is Hiding.ALL or (kind is Hiding.CODE and is_long)
    if kind is Hiding.LONG:
        return known is str and hides(kind, value)
    return True


def may_have_names(known: str) -> bool:
    """Return whether a text may have such a name in it.

    Args:
        known: the text, in lower case.
    """
    # At every frame, and to look for a word takes longer than all around it.
    # That a letter is not there is seen in a third of the time.
    return (
        (
            ("k" in known)
            and ("token" in known or "key" in known or "cookie" in known)
        )
        or (
            ("p" in known)
            and (
                "pass" in known
                or ("w" in known and ("pwd" in known or "pswd" in known))
                or ("pin" in known and _finds_pin(known) is not None)
                or ("otp" in known and _finds_code(known) is not None)
            )
        )
        or ("f" in known and ("srf" in known or "refresh" in known))
        or ("v" in known and _has_cvv(known))
        or ("j" in known and "jwt" in known)
        or ("u" in known and "auth" in known)
        or ("s" in known and _finds_with_s(known) is not None)
        or "credential" in known
    )


def has_escapes(text: str) -> bool:
    """Return whether a letter of a name may be written as its number."""
    return ("\\" in text and ESCAPED in text) or (
        "%" in text and _finds_letter(text) is not None
    )


def _has_cvv(known: str) -> bool:
    is_code = "cv" in known and _finds_code(known) is not None
    return is_code or "verifier" in known
