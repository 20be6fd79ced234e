"""How an application parts from its client: too early, or not at all.

How it works: an application owes its client something until it is told that
the client is gone. If it returns before, the server ends the connection in its
place, and what the client then sees is no goodbye:

  it returned without                  the client of uvicorn sees
  accepting or closing a WebSocket     the response 500
  closing a WebSocket                  1006, as when a cable is cut
  starting a response                  the response 500
  the last piece of a response         a part of it

And who is told that the client is gone, and still asks for more or sends more,
does so in vain: many servers have nothing left to hand out, and let it wait for
ever. That is what becomes of a loop that catches every exception. What else
runs beside it, a pump that has not been told yet, is not meant; nor is a last
word of a framework that ends a response for nobody.

Source: ASGI specification, "HTTP & WebSocket"; RFC 6455, 7.1.5.
"""

import inspect
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from minichannels.flow.journal.events import Entry, Lane
from minichannels.flow.recording.application.causes import CAUSE
from minichannels.flow.recording.tracebacks import (
    SourceLine,
    describe,
    in_group,
    led_to,
    of_error,
)

_OWED = {"http": "http.response.start", "websocket": "websocket.accept"}
"""What an application owes at first, by the type of its scope."""

_NEXT = {
    "http.response.start": "http.response.body",
    "websocket.accept": "websocket.close",
    "websocket.close": "",
    "websocket.http.response.start": "websocket.http.response.body",
}
"""What it owes once it has sent something."""

_LAST = frozenset(
    {
        "http.response.body",
        "http.response.pathsend",
        "http.response.zerocopysend",
        "websocket.http.response.body",
    }
)
"""What ends a response, unless more is to come."""

_FAILED = frozenset({"500", "1011"})
"""What says that something unexpected happened: a status, or a close code."""

_OF_ALL = "4500"
"""The close code by which Litestar says so, and of what is a 401 or a 404."""

_NO_CODE = 10_000  # no status and no close code has more than four digits

OF_PARTING = _LAST | _NEXT.keys()
"""What changes what an application owes, once it is sent."""

REFUSALS = frozenset(
    {
        "http.response.start",
        "websocket.close",
        "websocket.http.response.start",
    }
)
"""What refuses, before a WebSocket was accepted or as a middleware says."""

_TURNS_AWAY = frozenset({"400", "401", "403"})
"""The answers to a request by which a server turns its client away."""

MOST = 5
"""How many errors that were logged are known, in case one of them ends it."""

_SEEN = {
    "http.response.body": "client sees a part",
    "websocket.close": "client sees 1006",
    "websocket.http.response.body": "client sees a part",
}
"""What a client sees for what it is still owed; if not said, a 500."""


Told = tuple[Mapping[str, Any], SourceLine | None]
"""What an error says, and the learner's line that it came from, if any."""


@dataclass(frozen=True, slots=True, eq=False)
class Printed:
    """An error whose traceback somebody has put into words, or logged.

    Attributes:
        error: the error.
        lane: the place of the connection in the journal.
        moved: how far that was, if it was a framework's doing, in the task
            that handles the connection; -1 if not.
        owed: what was owed to the client then.
        told: what it said then, and its line; a library may let go of the
            traceback once it has put it into words.
    """

    error: BaseException
    lane: Lane
    moved: int
    owed: str
    told: Told


class Parting:
    """What an application owes its client, and whether it was told of an end.

    Args:
        scope_type: the type of its scope.

    Attributes:
        owes: the type of the event that it has to send; empty if none.
        told: the event that told it of the end, until it goes on after it;
            who has sent all that it owes a request need not be told.
        failed: whether it has answered that it failed: with a status 5xx, or
            by closing a WebSocket with such a code.
        logged: the first error that a library has logged meanwhile, or else
            the developer; or that was handled when it answered so.
        printed: the last error that was put into words or logged meanwhile.
        noted: the last that were logged and did not end it, and their events.
    """

    __slots__ = (
        "_by_library",
        "_known",
        "_moved",
        "_unexpected",
        "failed",
        "logged",
        "noted",
        "owes",
        "printed",
        "told",
    )

    def __init__(self, scope_type: str = "") -> None:
        self.owes = _OWED.get(scope_type, "")
        self.told: Entry | None = None
        self._known = self._unexpected = self.failed = False
        self.logged: BaseException | None = None
        self.printed: Printed | None = None
        self.noted: tuple[tuple[BaseException, Entry], ...] = ()
        self._by_library = False  # whether that was logged so
        self._moved = 0  # how far the connection was at the last of them

    @property
    def seen(self) -> str:
        """What the client sees if the application returns now, in words."""
        return _SEEN.get(self.owes, "client sees 500")

    @property
    def _is_told(self) -> bool:
        """Whether the application was told of the end."""
        return self._known or self.told is not None

    def told_of(self, error: BaseException) -> Told:
        """Return what an error says, and its line."""
        printed = self.printed
        if printed is None or printed.error is not error:
            return describe(error), of_error(error)
        return printed.told

    def is_logged(
        self, error: BaseException, by_library: bool, before: int, after: int
    ) -> None:
        """Note that an error is logged: it may be why the answer says so.

        Own code that catches and logs one goes on. Behind the answer stands
        then what a framework catches later.

        Args:
            error: the error.
            by_library: whether it was not own code that has caught it.
            before: how far the connection was in the journal.
            after: the same, with the event that tells of it.
        """
        self._forgets(before)
        if self.logged is None or (by_library and not self._by_library):
            self.logged, self._by_library = error, by_library
        self._moved = after

    def is_printed(self, printed: Printed) -> None:
        """Note that an error was put into words, or logged."""
        moved = printed.lane.moved
        self._forgets(moved)
        self.printed, self._moved = printed, moved

    def _forgets(self, moved: int) -> None:
        """Forget the errors of a WebSocket that has gone on since."""
        if self.owes == "websocket.close" and moved != self._moved:
            self.logged, self._by_library = None, False
            self.printed = None

    def notes(self, error: BaseException, entry: Entry) -> None:
        """Note the event that an error has which was logged."""
        self.noted = (*self.noted, (error, entry))[-MOST:]

    def noted_of(self, error: BaseException) -> list[Entry]:
        """Return the events of an error, or those in it, that were logged."""
        all_ = [error, *in_group(error)] if self.noted else []
        return [
            entry
            for noted, entry in self.noted
            if any(noted is each for each in all_)
        ]

    @property
    def error(self) -> BaseException | None:
        """The error that was logged, if the answer says that it failed.

        Or printed, if the answer says that nobody had expected it.
        """
        if self.failed and self.logged is not None:
            return self.logged
        printed = self.printed
        if printed is None or not (self._unexpected or self._is_last(printed)):
            return None
        return printed.error

    def _is_last(self, printed: Printed) -> bool:
        """Return whether a framework has printed it, and then hung up.

        Or has returned without a word. And has done nothing else: neither has
        its client.
        """
        done = printed.lane.moved - printed.moved
        if self.owes:
            return done == 0
        return done == 1 and printed.owed.startswith("websocket.")

    def is_sent(
        self, type_: str, message: Mapping[Any, Any], before: int
    ) -> None:
        """Note what the application has sent.

        Args:
            type_: the type of the message.
            message: the message.
            before: how far the connection was in the journal.
        """
        if type_ in _NEXT:
            self._forgets(before)
            self.owes = _NEXT[type_]
            self._unexpected = _is_unexpected(message, self._is_told)
            status = _number(message.get("status"))
            self.failed = self._unexpected or status[:1] == "5"
            # Else not only an error says so: 503 is said on purpose, too.
            if self._unexpected and not self._by_library:
                self._is_handled(sys.exception())
        elif type_ in _LAST and not message.get("more_body"):
            self.owes = ""

    def _is_handled(self, error: BaseException | None) -> None:
        """Note the error that is handled while the answer says so, if any.

        Not what own code has logged before stands behind it then; unless this
        was raised for that, as an error for the client is.
        """
        known = self.logged
        if error is None or any(each is known for each in led_to(error)):
            return
        self.logged, self._by_library = error, True

    def refusal(self, entry: Entry, why: str, gone: bool) -> str:
        """Return in words that what is sent refuses; empty if it does not.

        Args:
            entry: what is sent, one of ``REFUSALS``.
            why: what speaks against the connection, if somebody says so.
            gone: whether the client has left, or was told to.
        """
        status = _number(entry.payload.get("status", 403))
        if entry.type == "http.response.start":  # an answer, if nothing speaks
            refuses = why != "" and status in _TURNS_AWAY
        else:
            refuses = self.owes == "websocket.accept" and not gone
        if not refuses:
            return ""
        return f"refused {status}" + (f": {why}" if why else "")

    def is_told(self, entry: Entry) -> None:
        """Note that the application was told of the end."""
        if self.owes and entry.type == "http.disconnect":
            entry.reason = "client left"  # before the whole answer
        ends = self.owes or entry.type == "websocket.disconnect"
        if ends and not self._known:
            self.told = entry

    def goes_on(self) -> Entry | None:
        """Return what told of the end whoever asks or sends here, only once."""
        reading, told = CAUSE.get(), self.told
        if told is None or reading is None or reading.entry is not told:
            return None
        self.told, self._known = None, True
        return told


def _is_unexpected(message: Mapping[Any, Any], is_told: bool) -> bool:
    """Return whether an event says that something unexpected happened.

    Args:
        message: what is sent.
        is_told: whether the application knows that the client is gone, of
            which some frameworks make an error as of anything else.
    """
    says = _number(message.get("status", message.get("code")))
    if says != _OF_ALL:
        return says in _FAILED
    if is_told:
        return False
    error = sys.exception()
    # Not by getattr(): a class of somebody's own may answer that.
    meant = _number(inspect.getattr_static(error, "status_code", None))
    return error is not None and meant[:1] != "4"


def _number(value: Any) -> str:
    """Return a status or a code as text; nothing if it cannot be one.

    Whatever an application sends is the server's to refuse, and not ours: of
    some values ``str()`` would raise an error.
    """
    if isinstance(value, int) and abs(value) < _NO_CODE:
        return str(int(value))
    return value if isinstance(value, str) else ""


def is_more(type_: str, message: Mapping[Any, Any]) -> bool:
    """Return whether an event is sent to somebody who is thought to be there.

    What ends a response is not: a framework sends that whoever may be gone.
    """
    if type_ == "http.response.body":
        return bool(message.get("more_body") and message.get("body"))
    return type_ == "websocket.send"
