"""A request of which no more is noted than would be lost.

How it works: where no page is open and nothing is saved, nobody reads most
requests: they come, and are forgotten. To find out what a request is called,
and what of it may be kept, takes longer than to answer it. So of one that is as
most are (it is not read, and its answer goes the short way, ``answers``) only
that is noted which nobody could find out later: who asks, for a cookie may make
somebody else of him; which number it has among those of its name; when it is
answered, from which line, and with what (``requests``). Whoever asks for more
of it, in any thread, has it filled in: from then on it is a connection as any
other.

Rule 1: whoever asks sees what he would have seen if it had been filled in at
once. Of its own, a deferred connection has nothing else to be asked for: all
that it lacks leads to :func:`filled`.
Rule 2: nothing of the application's is held. Of a request that is over only
that is kept which its server has said of it.
Rule 3: a thread that finds a connection finds all of it. So the last thing that
is done to fill one in is to change its class.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import get_ident
from typing import TYPE_CHECKING, Any, Protocol

from minichannels.flow.journal.events import Entry, Heads, Lane
from minichannels.flow.journal.journal import Journal
from minichannels.flow.recording.application.connection import Connection
from minichannels.flow.recording.application.naming import name_lane
from minichannels.flow.recording.application.short.answers import BODY, START
from minichannels.flow.recording.clients.names import ClientEnd, ClientNames
from minichannels.flow.recording.endpoints.scopes import Endpoint
from minichannels.layers.forking import new_rlock
from minichannels.types import Scope

_SIZE = 300
"""What the rest takes of the journal's room, beside headers and body."""

WHOLE = 2
"""Of how many events a whole response is."""

_SET = (
    *("lane", "link", "changed", "waiters", "journal", "home", "observer"),
    *("user", "work", "bodies", "parting", "mailboxes", "on_end"),
)
"""What a connection sets when it is made, beside what its class has."""

_KEPT = {"scope", "over", "last_entry"}
"""What a deferred one has of that, too."""

# One for all: two requests are seldom filled in at the same time.
filling = new_rlock()


class Later:
    """An attribute that is found out by whoever asks for it first.

    What is set then is found before this, for this cannot be set. And Python
    finds all others at once, which a ``__getattr__`` would prevent.

    Args:
        name: what it is called.
        find: called with what it is one of; sets it.
    """

    def __init__(self, name: str, find: Callable[[Any], object]) -> None:
        self._name, self._find = name, find

    def __get__(self, known: Any, owner: type[Any] | None = None) -> Any:
        self._find(known)
        return getattr(known, self._name)


class Fills(Protocol):
    """Who has deferred a request, and fills it in.

    Attributes:
        __name__: what its application is called.
        journal: where it is written down.
        names: those of its clients.
    """

    __name__: str
    journal: Journal
    names: ClientNames

    def place(self, deferred: "Deferred") -> "Whereabouts":
        """Return whose a request is, and what of it no journal keeps."""
        ...

    def fill(self, deferred: Any, place: "Whereabouts") -> None:
        """Have a request know all that one knows which was asked at once."""
        ...


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a request belongs.

    Attributes:
        lane: its place in the journal.
        link: its client's end.
        heads: what is kept of its headers.
        secrets: what its client has shown, and no journal keeps.
    """

    lane: Lane
    link: ClientEnd
    heads: Heads
    secrets: tuple[str, ...]


class Deferred:
    """A connection of which little is known so far.

    It becomes a :class:`Connection` as soon as it is asked for something that
    only such a one has.

    Args:
        recorder: who fills it in.
        scope: its scope.
        task: the one that its application is called in.
        size: how many bytes its headers take.

    Attributes:
        scope: its scope, as it was at first.
        live: its scope, until it is over: a user may come to stand in it.
        who: who asks.
        shown: what its client has shown, and no journal keeps.
        task: the one that its application was called in, until it is over.
        thread: the thread that this runs in.
        size: what the start of its response takes of the journal's room.
        opened: when it began, by the journal's clock.
        number: that of its lane.
        nth: how many of its application there are with it.
        asked: whether anybody has asked for more.
        over: whether the application has returned or raised.
        place: where it belongs, if that was asked and it had ended by then.
        sent: how many events it has.
        told: of how many of them it knows, as a connection.
        started: the first of them; this and what follows is set by it.
        last_entry: the last of them; as the former, until it is over.
        first_id: the id of that.
        last_id: the id of the last, of a whole response.
        endpoint: what answers it.
        nth_there: how many of that name there are with it; 0 if its
            application is called the same.
        own: whether code of the developer's has sent that.
        kind: what the body of its response is said to be.
    """

    place: Whereabouts | None = None
    asked: Any  # at any moment, in another thread
    over: bool
    last_entry: Any
    started: Any
    first_id: int
    last_id: int
    endpoint: Endpoint
    nth_there: int
    own: bool
    kind: bytes
    task: asyncio.Task[Any] | None

    def __init__(
        self,
        recorder: Fills,
        scope: Scope,
        task: asyncio.Task[Any],
        size: int,
    ) -> None:
        self.recorder, self.live = recorder, scope
        kept = dict(scope)
        kept["headers"] = scope["headers"][:]  # some add their own
        kept.pop("state", None)  # into this all put their own
        self.who, self.scope, self.shown = recorder.names.who(kept)
        self.task, self.thread = task, get_ident()
        clock = recorder.journal.clock
        self.opened, self.number = clock(), recorder.journal.next_number()
        self.nth = recorder.names.number(recorder.__name__)
        self.sent = self.told = 0
        self.size = _SIZE + size
        self.asked = self.over = False
        self.last_entry = None

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Return what it has as soon as it is a connection."""

    @property
    def is_unheard(self) -> bool:
        """Whether it is a request of which nothing is written down so far."""
        return not self.sent


def is_answered(connection: Any) -> bool:
    """Return whether it is a deferred one that owes its client no more."""
    return type(connection) is Deferred and connection.sent == WHOLE


def filled(deferred: Any) -> Connection:
    """Return what was deferred as a connection, which it is from now on."""
    deferred.asked = True  # first: what comes now waits, or is told of here
    with filling:
        if type(deferred) is Deferred:
            _fill(deferred)
        else:
            _catch_up(deferred, _whereabouts(deferred))
        if deferred.over and deferred.scope is not None:
            deferred.ends()
    connection: Connection = deferred
    return connection


# What it keeps itself has no value in its class, or one of its own.
for _name in {*dir(Connection), *_SET} - {*dir(Deferred), *_KEPT}:
    setattr(Deferred, _name, Later(_name, filled))


def _fill(deferred: Any) -> None:
    recorder = deferred.recorder
    place = deferred.place or recorder.place(deferred)
    place.lane.moved = 0  # all that has moved comes below
    recorder.fill(deferred, place)
    _catch_up(deferred, place)
    deferred.__class__ = Connection


def placed(deferred: Any) -> Whereabouts:
    """Return where a request belongs, without a connection if it is over."""
    if type(deferred) is not Deferred or not deferred.over:
        return _whereabouts(filled(deferred))
    if deferred.place is None:
        deferred.place = place = deferred.recorder.place(deferred)
        lane = place.lane
        lane.own, lane.moved = deferred.own, WHOLE
        place.heads.answered = deferred.kind.decode("latin-1")
        name_lane(lane, deferred.endpoint.name, lambda _: deferred.nth_there)
    return deferred.place


def _whereabouts(known: Any) -> Whereabouts:
    return Whereabouts(
        known.lane, known.link, known.bodies.heads, known.secrets
    )


# What is done from here on may be done before it is a connection: so no method
# is called, and nothing is asked for that only its class has.


def _catch_up(connection: Any, place: Whereabouts) -> None:
    """Have a connection know of what was sent.

    Args:
        connection: what is, or is about to become one.
        place: where it belongs.
    """
    if connection.sent and not connection.told:
        _has_begun(connection, place)
    if connection.sent == WHOLE and connection.told < WHOLE:
        connection.told = WHOLE
        connection.parting.owes, connection.short = "", False
        connection.lane.moved += 1
        last = connection.last_entry
        if last is None:
            connection.last_entry = _known_by(connection, BODY)
        else:  # one that nobody asks about would hold the connection
            last.belongs(place)


def _has_begun(connection: Any, place: Whereabouts) -> None:
    """Have a connection know that its response has begun."""
    lane, started = connection.lane, connection.started
    connection.told = 1
    lane.own, lane.moved = connection.own, lane.moved + 1
    nth = connection.nth_there
    Connection.is_named(connection, connection.endpoint, lambda _: nth)
    connection.bodies.heads.answered = connection.kind.decode("latin-1")
    known = started or _known_by(connection, START)
    Connection.begins_with(connection, known)
    connection.begun = connection.short = True
    connection.parting.owes = BODY
    if started is not None:
        started.belongs(place)
        _stays(connection, started)


def _known_by(connection: Any, type_: str) -> Entry:
    """Return what stands for an event of what is over: its number is known."""
    entry = Entry("send", connection.lane, type_, {})
    is_first = type_ == START
    entry.id = connection.first_id if is_first else connection.last_id
    return entry


def _stays(connection: Any, started: Entry) -> None:
    """Have the journal know of a connection for as long as it is there."""
    journal = connection.journal
    # It may be held already, by whoever forgets it just now.
    connection.on_end[started] = partial(journal.lets_go, started)
    if started.fact is None:
        journal.holds(started)
