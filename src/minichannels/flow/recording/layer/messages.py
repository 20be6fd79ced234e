"""A message that is sent: what the layer gets, and what a journal keeps of it.

How it works: an application may send on what it was handed, alone or inside
another message. What the recorder knows of that belongs to the event that was
handed out, and a layer would count it, or refuse it. So a layer gets a message
with nothing of the recorder's in it.

Most messages are *plain*: text, bytes and numbers, which nobody can change.
Then the message as it came will do for the layer, and what a journal may keep
of it is found out when somebody asks.
"""

import copy
from collections.abc import Mapping
from typing import Any

from minichannels.flow.journal.cause_key import KEY, key_of
from minichannels.flow.journal.events import Entry, Lane, Who
from minichannels.flow.journal.keeping import HEAVY, LARGEST, shortened
from minichannels.flow.journal.payloads import snapshot, weight, words
from minichannels.flow.recording.application.causes import (
    CURRENT,
    TracedMessage,
)
from minichannels.flow.recording.clients.cells import current_cell

DEEPEST = 200
"""How deep a message is looked into."""

_TYPE = len("type")

_ATOMS = frozenset({float, bool, type(None)})
"""The classes of values that are light, and that nobody can change."""

_WIDEST = 2**64
"""Whole numbers from here on, and those as far below zero, are not light."""

_running = CURRENT.get  # at each send: to look it up takes as long


def own(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message that may be changed: a copy with nothing of ours in it.

    A dict of another class stays one: a layer may refuse it.
    """
    try:
        copied = plain(message)
    except TooDeep:
        return dict(message)
    result: dict[str, Any] = copied
    return copy.copy(result) if copied is message else result


class TooDeep(Exception):
    """A message contains itself, or it is very deep."""


def plain(value: Any, depth: int = 0) -> Any:
    """Return a copy of a message in which no event of ours is left.

    Everything but the dicts, lists and tuples in it stays as it is: to judge
    it is the layer's business.

    Raises:
        TooDeep: as it says.
    """
    # Long before Python's own limit: garbage may be collected just there, and
    # whatever its finalizer calls would fail.
    if depth > DEEPEST:
        raise TooDeep
    kind, depth = type(value), depth + 1
    if kind is dict or issubclass(kind, TracedMessage):
        return {key: plain(item, depth) for key, item in dict.items(value)}
    if kind is list:
        return [plain(item, depth) for item in value]
    if kind is tuple:
        return tuple(plain(item, depth) for item in value)
    return value


class SentMessage:
    """A message, as it was when it was sent.

    Args:
        message: what is sent.

    Attributes:
        message: what to give to the layer; of a plain one a copy, which
            nobody gets.
        is_plain: whether it is one: a dict of what nobody can change, with
            nothing of the recorder's in it.
        weight: what it weighs, each time.
        hidden: the secrets of the client of whoever sends it, if one of them
            is in the message.
        cell: the notebook's cell that it comes from.
        is_odd: whether whoever reads it is to know more than what it is.
        of_http: whether it is of HTTP, for which a journal has room of its own.
        key: what stands in the message to tell it, if anything does.
    """

    # For what each has; an attribute that is as below takes no time.
    __slots__ = (
        "__dict__",
        "_content",
        "_is_given",
        "_shown",
        "is_odd",
        "is_plain",
        "message",
        "of_http",
        "weight",
    )

    hidden: tuple[str, ...] = ()
    cell: Any = None
    key = ""
    _content: tuple[str, dict[str, Any]] | None
    _shown: tuple[str, dict[str, Any]] | None

    def __init__(self, message: Mapping[str, Any]) -> None:
        cell = current_cell()
        self.is_odd, self.of_http = cell is not None, False
        self._content = self._shown = None
        self._is_given = False
        if cell is not None:
            self.cell = cell
        running = _running()
        weight = -1 if running and running.secrets else _light(message)
        self.is_plain = weight >= 0
        if weight < 0:
            self._look(message)
            return
        # What a journal keeps of it is found out when somebody asks for it.
        self.weight = weight
        self.message = {**message}

    def _look(self, message: Mapping[str, Any]) -> None:
        """Take down what there is to a message that is not a plain one."""
        type_, payload = self._content = content(message)
        self.weight = len(type_) + weight(payload)
        self._shown, hidden = _shown(type_, payload)
        if hidden:
            self.hidden, self.is_odd = hidden, True
        if self.weight > LARGEST:
            self._shown = type_, payload = shortened(*self._shown)
            self.weight = len(type_) + weight(payload)
        self.of_http = self.shown_type[:5] == "http."
        self.message = own(message)
        # That of an event from a layer that was not recorded, sent on.
        self.message.pop(KEY, None)

    @property
    def content(self) -> tuple[str, dict[str, Any]]:
        """The message's type, as text, and all else in it, when it was sent."""
        if self._content is None:
            self._content = content(self.message)
        return self._content

    @property
    def shown_type(self) -> str:
        """The type without what the client of whoever sends it has shown."""
        return (self._shown or self.content)[0]

    @property
    def shown_payload(self) -> dict[str, Any]:
        """The same of all else in the message."""
        return (self._shown or self.content)[1]

    def entry_of(
        self, kind: str, lane: Lane, source: Who, target: Who, group: str
    ) -> Entry:
        """Return an entry that carries what the message carries."""
        type_, payload = self.shown_type, self.shown_payload
        entry = Entry(kind, lane, type_, payload, source, target)
        entry.group, entry.size = group, self.weight
        return entry

    def carried(self, type_: str, payload: dict[str, Any]) -> bool:
        """Return whether it was a message of this content when it was sent."""
        sent, all_else = self.content
        return sent == type_ and (
            all_else == payload or repr(all_else) == repr(payload)
        )

    def mark(self, number: int) -> None:
        """Put a key into the message, of the number that a send has."""
        self.is_plain, self.is_odd = False, True
        self.key = self.message[KEY] = key_of(number)

    def unmark(self, given: dict[str, Any]) -> None:
        """Take the key out of the message that the layer was given."""
        self.key = ""
        del given[KEY]

    def gives(self) -> dict[str, Any]:
        """Return the message, to give it to the layer."""
        message, self._is_given = self.message, True
        return message

    def let_go_of_message(self) -> None:
        """Keep of the message no more than a journal may.

        It may be much larger than that, or hold on to anything. In another
        thread it may not even be sent yet.
        """
        # What is to be kept of a plain one is found out later.
        if not self.is_plain and self._is_given and self._shown is not None:
            self.message = {}


def _light(  # noqa: C901  # each send passes here: no calls
    message: Mapping[str, Any],
) -> int:
    """Return what a plain message weighs; -1 if it is none, or a heavy one.

    A plain one has text, bytes and numbers in it, which nobody can change.
    """
    if type(message) is not dict or KEY in message:
        return -1
    size = 0
    for key, value in message.items():
        kind = type(value)
        if type(key) is not str:
            return -1
        if kind is str or kind is bytes:
            size += len(key) + len(value)
        elif kind in _ATOMS or (kind is int and -_WIDEST < value < _WIDEST):
            size += len(key) + 1
        else:
            return -1
    type_ = message.get("type")
    if type_ is not None:
        if type(type_) is not str or type_[:5] == "http.":
            return -1  # a journal has a room of its own for the latter
        size -= _TYPE
    return size if size <= HEAVY else -1


def _shown(
    type_: str, payload: dict[str, Any]
) -> tuple[tuple[str, dict[str, Any]], tuple[str, ...]]:
    """Return what of a message may be kept, and which secrets it has, if any.

    Whoever sends it may know what the client has shown that it works for.
    """
    running = _running()
    if running is not None and running.secrets:
        shown = running.masked(type_), running.masked(payload)
        if shown != (type_, payload):
            return shown, running.secrets
    return (type_, payload), ()


def content(message: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return a message's type, as text, and all else in it, as it is now."""
    payload = snapshot(message)
    payload.pop("type", None)
    payload.pop(KEY, None)
    return words(message.get("type", "")), payload
