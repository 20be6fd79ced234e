"""What a request says: its address, and its headers.

How it works: what headers say is found out once for all that are alike. Who
comes again says the same again, a browser of a page as well as a program that
asks each second. So what the last of them have said is remembered, for as long
as they say the same to the letter.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from minichannels.flow.journal.masking import secrets_are_masked
from minichannels.flow.journal.payloads import words
from minichannels.flow.recording.clients.shown import pairs_of, secrets_in
from minichannels.types import Scope

Address = tuple[str, int]
"""A host and a port."""

REMEMBERED = 100
"""How many requests are remembered."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the headers of a request say.

    Attributes:
        headers: the value of each; of several with one name the last.
        secrets: what in them is worth to be stolen, the longest first.
    """

    headers: Mapping[bytes, bytes]
    secrets: tuple[str, ...]


def address_in(scope: Scope) -> Address | None:
    """Return the address that a scope comes from, if one stands there."""
    client = scope.get("client")
    # Most often it is one already: a pattern takes ten times as long to see it.
    if type(client) is tuple and tuple(map(type, client)) == (str, int):
        return client
    match client:
        case [str(host), (int() | None) as port, *_]:
            return host, port or 0
    return None


def path_in(scope: Scope) -> str:
    """Return the path of a scope, as text whatever stands there."""
    return words(scope.get("path", ""))


def query_in(scope: Scope) -> str:
    """Return the query of a scope, as text whatever stands there."""
    query = scope.get("query_string") or b""
    return query.decode("latin-1") if type(query) is bytes else words(query)


def asked_by(scope: Scope) -> Asked:
    """Return what the headers of a scope say, as far as they are headers."""
    headers = scope.get("headers")
    if type(headers) is list:
        try:
            return _remembered(tuple(headers), secrets_are_masked())
        except TypeError:
            pass  # one of them is a list: it may change
    return _found_in(headers)


@functools.lru_cache(maxsize=REMEMBERED)
def _remembered(headers: tuple[Any, ...], masked: bool) -> Asked:
    """Return the same of headers that cannot change.

    Args:
        headers: the headers.
        masked: whether secrets are masked: if not, there are none.
    """
    return _found_in(list(headers))


def _found_in(headers: Any) -> Asked:
    pairs = pairs_of(headers)
    return Asked(dict(pairs), secrets_in(pairs))
