"""What in a header is worth to be stolen.

How it works: a header has cookies, credentials, an address, or the names of
subprotocols. Of each that is taken which lets somebody in.

Source: RFC 9110, "HTTP Authentication"; RFC 6265, "Cookie"; RFC 7617; RFC 7616.
"""

import base64
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise
from urllib.parse import unquote_plus

from minichannels.flow.journal.masking import (
    is_secret_field,
    is_secret_item,
    is_secret_name,
)
from minichannels.flow.journal.secrets.names import Hiding, hides, kind_of

SUBPROTOCOLS = "sec-websocket-protocol"
"""The header in which pages send a token, behind the name of one: it is the
only one that they may set."""

ADDRESSES = (
    *("referer", "location", "content-location", "link", "refresh"),
    *("hx-redirect", "hx-location", "hx-current-url", "x-accel-redirect"),
    *("x-original-url", "x-original-uri", "x-forwarded-uri", "next-url"),
)
"""The headers in which addresses stand."""

_OPEN = frozenset({"username", "realm", "uri", "algorithm", "signedheaders"})
"""What stands in credentials and is no secret, each with its name."""

_BEFORE_TOKENS = frozenset({"bearer", "ticket"})
"""What says that a token comes, and is the name of none."""

_FIELD = re.compile(r"[?&;#]([\w.$%\[\]-]{1,80})=([^&;#\s\"'<>,]+)")
_WEB_TOKEN = "eyJ"
_SEAM = re.compile("[.:=_-]")

MOST = 20
"""How many pieces of a subprotocol are looked at."""


def has_secrets(name: str) -> bool:
    """Return whether a header may show who somebody is, by its name."""
    name = name.lower()
    return name in _KINDS or kind_of(name) is not None


def secrets_of_header(name: str, value: str) -> Iterator[str]:
    """Yield the secrets that a header has.

    Args:
        name: the name, in lower case.
        value: what stands in it.
    """
    known = _KINDS.get(name)
    if known is not None:
        return known(value)
    found = _credentials(value)
    return (piece for piece in found if is_secret_field(name, piece))


def secrets_of_address(address: str) -> Iterator[str]:
    """Yield what an address has under the name of a secret."""
    # A code is one of OAuth if it has a state beside it.
    is_code = "state=" in address
    for name, value in _FIELD.findall(address):
        said, known = unquote_plus(value), unquote_plus(name)
        if is_secret_field(known, said) or (is_code and known == "code"):
            yield said


def _subprotocols(value: str) -> Iterator[str]:
    """Yield what stands behind the name of a secret, or has it before it."""
    # Some send what is a list in JSON.
    said = [piece.strip("[]\"' \t") for piece in value.split(",")]
    for before, piece in pairwise(["", *said]):
        is_token = before.lower() in _BEFORE_TOKENS
        if is_token or is_secret_item(before, piece):
            yield piece
        yield from _in_subprotocol(piece)


def _in_subprotocol(piece: str) -> Iterator[str]:
    """Yield the token in "access_token.…", "bearer-…" or "header-eyJ…"."""
    _, begun, rest = piece.partition(_WEB_TOKEN)
    if begun:
        yield begun + rest
    for seam in [*_SEAM.finditer(piece)][:MOST]:
        name, token = piece[: seam.start()], piece[seam.end() :]
        is_named = is_secret_name(name) or name.lower().endswith("bearer")
        if is_named and hides(Hiding.LONG, token):
            yield token
            yield token.rpartition(".")[2]
            return


def _cookies(value: str) -> Iterator[str]:
    return map(_of_cookie, value.split(";"))


def _new_cookie(value: str) -> Iterator[str]:
    yield _of_cookie(value.partition(";")[0])


def _of_cookie(piece: str) -> str:
    name, equals, value = piece.partition("=")
    return (value if equals else name).strip()


def _credentials(value: str) -> Iterator[str]:
    """Yield what is secret in "Bearer …", "Basic …", "Digest a=…, b=…"."""
    scheme, _, rest = value.strip().partition(" ")
    for piece in re.split(r"[\s,]+", rest or scheme):
        yield piece
        name, _, said = piece.partition("=")
        if name.lower() not in _OPEN:
            yield said.strip('"')
    if scheme.lower() == "basic":
        with suppress(ValueError):  # it is none
            # Some leave the signs out that fill it up.
            pair = base64.b64decode(f"{rest}==").decode("latin-1")
            yield from (pair, pair.partition(":")[2])


_KINDS: dict[str, Callable[[str], Iterator[str]]] = {
    **dict.fromkeys(("cookie", "cookie2"), _cookies),
    **dict.fromkeys(("set-cookie", "set-cookie2"), _new_cookie),
    **dict.fromkeys(ADDRESSES, secrets_of_address),
    **dict.fromkeys(("session", "x-session"), _credentials),
    SUBPROTOCOLS: _subprotocols,
}
"""What reads a header whose name does not say what is a secret in it."""
