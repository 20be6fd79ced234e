"""What a client is called after, where its request says so itself.

How it works: a rule names a place of the request: ``header:x-user``,
``query:user``, or ``path:2`` for the second part of its path, as in
``/ws/ada``. Where nothing stands there, a client is called as all others.
"""

from collections.abc import Callable
from urllib.parse import parse_qsl

from minichannels._masking import is_secret
from minichannels.flow.journal.masking import is_secret_item
from minichannels.flow.recording.clients.asked import path_in, query_in
from minichannels.flow.recording.clients.shown import (
    pairs_of,
    secrets_of,
    without,
)
from minichannels.types import Scope

LONGEST = 40
"""How much of a name is taken."""

NameFrom = Callable[[Scope], str]


def require_name_from(rule: str) -> NameFrom:
    """Return what finds a client's name in its scope; empty if there is none.

    Raises:
        ValueError: it is no rule, or it would show a secret; says why.
    """
    place, _, name = rule.partition(":")
    if is_secret(name) or is_secret_item(name, ""):
        raise ValueError(f"{name} is a secret, and would be shown as a name")
    if place == "header" and name:
        return _kept(lambda scope: _in_headers(scope, name.lower().encode()))
    if place == "query" and name:
        return _kept(lambda scope: _in_query(scope, name))
    if place == "path" and name.isdecimal() and int(name):
        return _kept(lambda scope: _in_path(scope, int(name)))
    raise ValueError(
        f"{rule!r} is not where a name stands: header:x-user, query:user, or"
        " path:2 for the second part of the path"
    )


def _kept(found: NameFrom) -> NameFrom:
    """Return what finds as much of a name as is kept of it."""

    def kept(scope: Scope) -> str:
        # Cut last: of half a secret nobody could tell.
        name: str = without(secrets_of(scope), found(scope))
        return name[:LONGEST]

    return kept


def _in_headers(scope: Scope, name: bytes) -> str:
    found = [v for key, v in pairs_of(scope.get("headers")) if key == name]
    return found[0].decode("latin-1").strip() if found else ""


def _in_query(scope: Scope, name: str) -> str:
    return dict(parse_qsl(query_in(scope))).get(name, "")


def _in_path(scope: Scope, number: int) -> str:
    parts = [part for part in path_in(scope).split("/") if part]
    return parts[number - 1] if number <= len(parts) else ""
