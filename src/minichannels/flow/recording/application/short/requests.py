"""The short way of a request that is as most are, from its begin to its end.

How it works: it is asked whether a request is such a one, when it comes, and at
each step whether it still is. As soon as it is not, it is filled in, and goes
the way of all others (``deferred``).

Rule 1: these are functions, and no methods of what they note: in the middle of
one of them another thread may make a connection of it.
"""

import asyncio
from itertools import chain
from typing import Any

from minichannels.flow.journal.masking import secrets_are_masked
from minichannels.flow.recording.application.causes import CURRENT
from minichannels.flow.recording.application.naming import plain_endpoint
from minichannels.flow.recording.application.short.answers import (
    BODY,
    begun,
    whole,
)
from minichannels.flow.recording.application.short.deferred import (
    WHOLE,
    Deferred,
    Fills,
    filled,
)
from minichannels.flow.recording.application.short.told import Start, Whole
from minichannels.flow.recording.endpoints.scopes import Endpoint
from minichannels.flow.recording.tasks import task_of
from minichannels.types import Scope

_OURS = 3
"""How many calls of the recorder's own stand before whoever sends."""

_OF_SERVERS = frozenset(
    {
        *("type", "asgi", "http_version", "server", "client", "scheme"),
        *("method", "root_path", "path", "raw_path", "query_string"),
        *("headers", "state", "extensions"),
    }
)
"""What servers say of a request: of one with more to it, all is noted."""

_OF_LIFE = {"live", "task"}
"""What a connection that was deferred has of its application."""

_ADDRESS = 2
"""Of what the address of a client is made: a host, and a port."""


def deferred(recorder: Fills, scope: Scope) -> Deferred | None:
    """Return a request of which all is asked later; None if it may not be."""
    if recorder.journal.watchers or recorder.names.expected:
        return None
    headers = scope.get("headers")
    if type(headers) is not list or not _OF_SERVERS.issuperset(scope):
        return None
    if CURRENT.get() is not None or not secrets_are_masked():
        return None
    try:
        size = len(b"".join(chain.from_iterable(headers)))
        size += len(scope.get("path") or "")
        size += len(scope.get("query_string") or "")
        hash(client := scope.get("client"))
        is_known = client is None or len(client) == _ADDRESS
    except TypeError:  # they are no headers, or no address
        return None
    task = task_of(asyncio._get_running_loop())
    if task is None or not is_known:
        return None
    return Deferred(recorder, scope, task, size)


def notes_start(deferred: Deferred, message: Any) -> bool:
    """Note that a response begins; return whether it does so as most do.

    Args:
        deferred: whose response it is.
        message: what is to be sent, by its own application.
    """
    kind = begun(message)
    if kind is None or deferred.live.get("user") is not None:
        return False
    # task_here(), but quicker.
    is_its_task = task_of(asyncio._get_running_loop()) is deferred.task
    if (endpoint := plain_endpoint(deferred.live, is_its_task)) is None:
        return False
    entry = Start()
    entry.deferred, entry.raw = deferred, deferred.scope
    entry.code, entry.size = message["status"], deferred.size
    journal = deferred.recorder.journal
    calls = journal.calls
    if calls is not None:
        entry.calls = calls(_OURS, endpoint, not is_its_task)
    if not journal.put(entry):
        return False
    deferred.own, deferred.kind = bool(entry.calls), kind
    _is_answered_by(endpoint, deferred)
    entry.waited = entry.at - deferred.opened
    deferred.last_entry = deferred.started = entry
    deferred.first_id, deferred.sent = entry.id, 1
    if deferred.asked:  # meanwhile, by whom nothing is known of this yet
        filled(deferred)
    return True


def _is_answered_by(endpoint: Endpoint, deferred: Deferred) -> None:
    """Note what answers a request, and its number among those of that name."""
    name, recorder = endpoint.name, deferred.recorder
    is_other = name and name != recorder.__name__
    deferred.nth_there = recorder.names.number(name) if is_other else 0
    deferred.endpoint = endpoint


def notes_end(deferred: Deferred, message: Any) -> bool:
    """Note the body of a response; return whether it is the whole, as most are.

    Args:
        deferred: whose response it is.
        message: what is to be sent, by its own application.
    """
    body = whole(message) if deferred.sent == 1 else None
    if body is None:
        return False
    entry = Whole()
    entry.deferred, entry.raw = deferred, body
    entry.size = len(BODY) + len(body)
    journal = deferred.recorder.journal
    calls = journal.calls
    if deferred.own and calls is not None:
        entry.calls = calls(_OURS, deferred.endpoint)
    if not journal.put(entry):
        return False
    deferred.last_entry, deferred.last_id = entry, entry.id
    deferred.sent = WHOLE
    if deferred.asked:
        filled(deferred)
    return True


def ends(connection: Any) -> bool:
    """Note that a connection is over; return whether that is all to be done.

    So it is with a deferred one that owes nobody anything.
    """
    if type(connection) is not Deferred or connection.sent < WHOLE:
        return False
    if connection.asked or connection.live.get("user") is not None:
        return False
    started, connection.over = connection.started, True
    # It and its events would hold each other.
    connection.started = connection.last_entry = connection.task = None
    connection.live = connection.scope
    started.is_open = False
    if started.fact is not None:
        connection.recorder.journal.lets_go(started)
    if connection.asked:
        filled(connection)
    return True


def lets_go(connection: Any) -> None:
    """Have a connection that is over hold nothing that only a new one needs."""
    for name in _OF_LIFE & vars(connection).keys():
        delattr(connection, name)


class _Asking:
    """What a consumer reports to of which it is not known yet that it is one.

    One for all: whose consumer it is, says the context that it runs in.
    """

    def __getattr__(self, name: str) -> Any:
        return getattr(filled(CURRENT.get()).observer, name)


ASKING: Any = _Asking()
