"""What a client shows that is worth to be stolen, and a flow without it.

How it works: what stands in its cookies, in its credentials and, under such a
name, in its address, is looked for in all that moves, in each form that it may
be written down in. What is short is not: it would be found everywhere.
"""

import functools
import html
import json
import re
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus, unquote

from minichannels._masking import MASK, unquoted
from minichannels.flow.journal.masking import (
    masked_text,
    secrets_are_masked,
)
from minichannels.flow.recording.clients.headers import (
    SUBPROTOCOLS,
    has_secrets,
    secrets_of_address,
    secrets_of_header,
)

SHORTEST = 8
"""How long what a client shows has to be, to be looked for elsewhere."""

BEGUN = 4
"""How much of it has to be there to be taken for a secret's beginning."""

Pairs = list[tuple[bytes, bytes]]
"""Headers: names with values."""

_SEQUENCES = (list, tuple)

_PLAIN = re.compile(r"[\w.~-]*", re.ASCII)
"""A value that is written down in one way only."""


def secrets_of(scope: Any) -> tuple[str, ...]:
    """Return what a client shows that is worth to be stolen."""
    shown = secrets_in(pairs_of(scope.get("headers")))
    return with_those_of_address(scope, shown)


def with_those_of_address(
    scope: Any, shown: tuple[str, ...]
) -> tuple[str, ...]:
    """Return what stands in headers and in an address, and is worth that.

    Args:
        scope: the scope of the connection, with the address.
        shown: what of it stands in the headers.
    """
    said: Any = scope.get("subprotocols")
    if type(said) is list and said and secrets_are_masked():
        names = ",".join(word for word in said if type(word) is str)
        header = SUBPROTOCOLS.encode(), names.encode("latin-1", "replace")
        shown = together(shown, _forms_in((header,)))
    query: Any = scope.get("query_string")
    # Of most there is nothing to be masked.
    if type(query) is bytes and query and masked_text(query) != query:
        shown = together(shown, _in_query(query))
    return shown


def secrets_in(headers: Pairs) -> tuple[str, ...]:
    """Return what in headers is worth to be stolen, the longest first.

    Each in all forms that it may be written down in.
    """
    if not secrets_are_masked():
        return ()
    # Most requests have the same names, and most answers; few have secrets.
    secret = _secrets_among(tuple(dict(headers)))
    if not secret:
        return ()
    return _forms_in(tuple([pair for pair in headers if pair[0] in secret]))


def together(*several: tuple[str, ...]) -> tuple[str, ...]:
    """Return the secrets of several clients, the longest first."""
    known = [secrets for secrets in several if secrets]
    return _ordered(set().union(*known)) if len(known) > 1 else sum(known, ())


def _ordered(found: set[str]) -> tuple[str, ...]:
    long = [secret for secret in found if len(secret) >= SHORTEST]
    return tuple(sorted(long, key=lambda secret: (-len(secret), secret)))


@functools.lru_cache(maxsize=100)
def _secrets_among(names: tuple[bytes, ...]) -> frozenset[bytes]:
    return frozenset(filter(is_secret_header, names))


@functools.lru_cache(maxsize=1_000)  # there are few such names
def is_secret_header(name: bytes) -> bool:
    """Return whether a header shows who somebody is, by its name."""
    text = name.decode("latin-1")
    return has_secrets(text)


@functools.lru_cache(maxsize=100)  # a browser shows the same each time
def _forms_in(headers: tuple[tuple[bytes, bytes], ...]) -> tuple[str, ...]:
    found = set()
    for name, value in headers:
        for shown in secrets_of_header(
            name.decode("latin-1").lower(), value.decode("latin-1")
        ):
            found |= _forms(shown)
    return _ordered(found)


def _in_query(query: bytes) -> tuple[str, ...]:
    """Return what an address has under the name of a secret."""
    found = secrets_of_address(f"?{query.decode('latin-1')}")
    return _ordered(set().union(*map(_forms, found)))


def _forms(value: str) -> set[str]:
    """Return how a secret may be written down."""
    if _PLAIN.fullmatch(value):  # as most are
        return {value}
    said = {value, unquoted(value)}
    said |= {unquote(each) for each in said if "%" in each}
    for each in list(said):  # of a header, in which there are no characters
        with suppress(UnicodeError):
            said.add(each.encode("latin-1").decode())
    return said.union(*map(_written, said))


def _written(value: str) -> set[str]:
    """Return how a text is written in addresses, JSON, pages and by Python."""
    in_json = json.dumps(value)[1:-1]
    in_page = html.escape(value)
    python = [repr(value.encode())[2:-1]]
    with suppress(UnicodeError):
        python.append(repr(value.encode("latin-1"))[2:-1])
    return {
        *(quote(value, safe=""), quote(value), quote_plus(value)),
        *(in_json, json.dumps(value, ensure_ascii=False)[1:-1]),
        in_json.replace("/", "\\/"),
        *(in_page, in_page.replace("&quot;", "&#34;").replace("x27", "39")),
        *(repr(value)[1:-1], *python),
    }


def _are_pairs(headers: list[Any]) -> bool:
    """Return whether all headers are tuples of a name and a value."""
    for header in headers:
        if type(header) is not tuple or len(header) != 2:
            return False
        name, value = header
        if type(name) is not bytes or type(value) is not bytes:
            return False
    return True


def pairs_of(headers: Any) -> Pairs:
    """Return headers, as far as they are names with values."""
    # Only what can be read twice, and is as a server gives it: whoever is
    # recorded must not notice.
    if type(headers) is list and _are_pairs(headers):
        return headers  # most often that is all
    return [
        (name, value)
        for pair in (headers if isinstance(headers, _SEQUENCES) else ())
        if isinstance(pair, _SEQUENCES) and len(pair) == 2
        for name, value in [pair]
        if isinstance(name, bytes) and isinstance(value, bytes)
    ]


_Text = TypeVar("_Text", str, bytes)


def without(secrets: tuple[str, ...], value: Any) -> Any:
    """Return what a journal keeps, without what a client has shown."""
    if isinstance(value, str):
        return _veiled(secrets, value, MASK)
    if isinstance(value, bytes):
        return _veiled(_in_bytes(secrets), value, MASK.encode())
    if isinstance(value, dict):
        return {
            key if len(key) < SHORTEST else without(secrets, key): without(
                secrets, item
            )
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [without(secrets, item) for item in value]
    return value


def without_end(secrets: tuple[str, ...], value: bytes) -> bytes:
    """Return bytes at whose end no secret begins: more of it may come."""
    begun = (
        length
        for secret in _in_bytes(secrets)
        for length in range(BEGUN, min(len(secret), len(value) + 1))
        if value.endswith(secret[:length])
    )
    length = max(begun, default=0)
    return value[:-length] + MASK.encode() if length else value


@functools.lru_cache(maxsize=100)  # those of a client, at each of its frames
def _in_bytes(secrets: tuple[str, ...]) -> tuple[bytes, ...]:
    """Return secrets as they stand in bytes."""
    found = {secret.encode("utf-8", "replace") for secret in secrets}
    for secret in secrets:
        with suppress(UnicodeError):
            found.add(secret.encode("latin-1"))
    return tuple(found)


def _veiled(secrets: tuple[_Text, ...], value: _Text, mask: _Text) -> _Text:
    """Return a text, or bytes, in which a mask covers what is secret."""
    for secret in secrets:  # no list is made: most often there is none in it
        if secret in value:
            break
    else:
        return value
    spans = sorted(
        found.span()
        for secret in secrets
        for found in re.finditer(re.escape(secret), value)
    )
    # Of two that overlap, what is left of one would be told otherwise.
    pieces: list[_Text] = []
    end = 0
    for start, stop in spans:
        if start >= end:
            pieces.append(value[end:start])
        end = max(end, stop)
    pieces.append(value[end:])
    return mask.join(pieces)
