"""The short way of an answer to a request that is as most are.

How it works: most answers are a status that says neither refusal nor failure,
headers that give the client nothing to keep, and one body that is there at
once. They are asked none of the questions that all others are asked
(``receive_send``), and are written down in few calls. Whatever is not so takes
the long way: a cookie, an error, a stream, a compressed or a large body, a
message that has more to it. Both write down the same.
"""

import functools
from typing import Any

from minichannels.flow.journal.events import Entry
from minichannels.flow.journal.keeping import HEAVY
from minichannels.flow.journal.masking import masked_text
from minichannels.flow.journal.payloads import weight
from minichannels.flow.recording.application.causes import (
    CAUSE,
    CURRENT,
    is_read_by,
)
from minichannels.flow.recording.application.connection import Connection
from minichannels.flow.recording.bodies import is_usual
from minichannels.flow.recording.charsets import MARKS
from minichannels.flow.recording.clients.shown import (
    is_secret_header,
    without,
)
from minichannels.flow.recording.users import user_of_django

START, BODY = "http.response.start", "http.response.body"
"""The types of what a response is sent with."""

PART = 206
"""The status of a part of a body, of which the headers say which it is."""

USUAL = frozenset(range(200, 400)) - {PART}
"""The statuses that neither refuse nor fail, and say all there is to say."""

_OF_START = {"type": 0, "status": 0, "headers": 0}.keys()
"""The keys of a start that has nothing more to it."""

_OURS = 4
"""How many calls of the recorder's own stand before whoever sends."""

_PLAIN, _KIND, _OTHER = range(3)

_NAMES = 1_000
"""How many names of headers are remembered."""

# Those that say no more of a body than what it is.
_plain = {b"content-type"}


class Part(Entry):
    """A part of a response, which need not be asked whether it is of HTTP."""

    is_http = True


def begins(message: Any, connection: Connection) -> Entry | None:
    """Write down that a response begins; None if it takes the long way.

    Args:
        message: what is to be sent.
        connection: whose application sends it.
    """
    parting, heads = connection.parting, connection.bodies.heads
    if heads is None or parting.owes != START or parting.told is not None:
        return None
    kind = begun(message)
    if kind is None:
        return None
    heads.answered = kind.decode("latin-1")
    payload, silent = {"status": message["status"]}, connection.silent
    if silent:  # the answer says to which request
        payload = {**connection.where(), **payload}
    if connection.secrets:
        payload = connection.masked(payload)
    entry = _entry(START, payload, weight(payload), connection)
    if silent:
        connection.speaks(entry)
        connection.begins_with(entry)
    connection.is_of(user_of_django())
    parting.owes, connection.short = BODY, True
    _note(entry, connection)
    return entry


def ends(message: Any, connection: Connection) -> Entry | None:
    """Write down the whole body of a response that went the short way so far.

    Args:
        message: what is to be sent.
        connection: whose application sends it.

    Returns:
        None if it takes the long way, as does what may follow.
    """
    connection.short = False
    body = whole(message)
    if body is None or connection.bodies.unfinished is not None:
        return None
    body = masked_text(body)
    if connection.secrets:
        body = without(connection.secrets, body)
    size = len("body") + len(body)
    entry = _entry(BODY, {"body": body}, size, connection)
    entry.ends, connection.parting.owes = True, ""
    # Whoever has begun the response sends its body, too: a framework.
    _note(entry, connection, asks=connection.lane.own)
    return entry


def _note(
    entry: Entry,
    connection: Connection,
    *,
    asks: bool = True,
) -> None:
    """Write down what is to be sent, with its cause and who sends it.

    Args:
        entry: what is kept of it.
        connection: whose application sends it.
        asks: whether it is asked which lines of code do.
    """
    reading = CAUSE.get()
    mine = CURRENT.get() is connection
    if reading is None:
        known = mine and connection.request is None  # nothing was read here
    else:
        known = mine and reading.connection is connection
        known = known and is_read_by(reading, connection.home.task_here())
        entry.cause = reading.entry.id if known else None
    if not known:
        connection.is_sent(entry)
    journal = connection.journal
    if asks and journal.calls is not None:
        entry.calls = found = journal.calls(_OURS)
        connection.lane.own = bool(found)
    journal.note(entry)
    journal.holds(entry)


def _entry(
    type_: str, payload: dict[str, Any], size: int, connection: Connection
) -> Entry:
    """Return what is kept of a part of a response, and its payload's weight."""
    entry = Part("send", connection.lane, type_, payload)
    entry.size = len(type_) + size
    connection.last_entry = entry
    return entry


def begun(message: Any) -> bytes | None:
    """Return what the body will be said to be; None if it is no usual start."""
    if type(message) is not dict or message.keys() != _OF_START:
        return None
    status, headers = message["status"], message["headers"]
    if type(status) is not int or status not in USUAL:
        return None
    if message["type"] != START or type(headers) is not list:
        return None
    return _kind_in(headers)


def whole(message: Any) -> bytes | None:
    """Return a body of which no more will come; None if it is no usual one."""
    if type(message) is not dict or message.get("type") != BODY:
        return None
    if message.get("more_body") or len(message) - ("more_body" in message) != 2:
        return None
    body = message.get("body")
    if type(body) is not bytes or len(body) > HEAVY:
        return None
    return None if body.startswith(MARKS) else body  # in another charset


def _kind_in(headers: list[Any]) -> bytes | None:
    """Return what a body is said to be; None if the headers say more."""
    try:
        said = dict(headers)
    except (TypeError, ValueError):  # they are no pairs
        return None
    # Most have a few names again and again, and each of them once.
    if len(said) != len(headers) or not _plain.issuperset(said):
        return _kind_among(headers)
    kind = said.get(b"content-type", b"")
    if type(kind) is not bytes:
        return None
    return kind if not kind or is_usual(kind) else None


def _kind_among(headers: list[Any]) -> bytes | None:
    """Return the same, header by header; names that say no more are learnt."""
    kind = b""
    for name, value in headers:
        if type(name) is not bytes or type(value) is not bytes:
            return None
        if meaning := _meaning(name):
            if meaning == _OTHER:
                return None
            kind = kind or value
        elif len(_plain) < _NAMES:
            _plain.add(name)
    return kind if not kind or is_usual(kind) else None


@functools.lru_cache(maxsize=_NAMES)  # there are few such names
def _meaning(name: bytes) -> int:
    """Return what the header of a response means here, by its name."""
    if name.lower() == b"content-type":
        return _KIND
    is_other = name.lower() == b"content-encoding" or is_secret_header(name)
    return _OTHER if is_other else _PLAIN
