"""One connection while it is recorded: what is known of it, and written down.

What its application is at work on stands in ``work``, what it owes its client
in ``parting``, and what it is called in ``naming``.
"""

import asyncio
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import ref

from minichannels.flow.journal.events import Entry, Lane, ends_scope
from minichannels.flow.journal.journal import Journal
from minichannels.flow.journal.payloads import words
from minichannels.flow.recording.application.causes import (
    CAUSE,
    CURRENT,
    SENT,
    Event,
    Reading,
    TracedMessage,
    handed,
    links,
    read,
)
from minichannels.flow.recording.application.naming import Naming
from minichannels.flow.recording.application.observer import (
    ConsumerObserver,
    handler_of,
)
from minichannels.flow.recording.application.parting import (
    OF_PARTING,
    REFUSALS,
    Parting,
    is_more,
)
from minichannels.flow.recording.application.work import CLIENT, Work
from minichannels.flow.recording.bodies import Bodies, where_to
from minichannels.flow.recording.calls import Row
from minichannels.flow.recording.clients.names import ClientEnd
from minichannels.flow.recording.clients.shown import (
    Pairs,
    secrets_in,
    together,
    without,
)
from minichannels.flow.recording.endpoints.scopes import Endpoint
from minichannels.flow.recording.statuses import (
    mark_not_begun,
    mark_refused,
    mark_unhandled,
)
from minichannels.flow.recording.tasks import Home
from minichannels.flow.recording.users import LONGEST
from minichannels.types import Scope

DISCONNECTS = frozenset({"http.disconnect", "websocket.disconnect"})
"""The types of events that tell an application of a connection's end."""

# The kinds of events with which a connection ends.
_LAST = frozenset({"crash", "return"})

# To look them up, at each frame, takes as long as what they do.
_cause, _is_caused_by = CAUSE.get, CAUSE.set


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is around all connections of a recorder.

    Attributes:
        journal: where to write.
        waiters: who waits until all is handled; most often nobody does.
        changed: called whenever something began or ended.
        number: gives the next number for a consumer class's name.
    """

    journal: Journal
    waiters: Collection[object]
    changed: Callable[[], None]
    number: Callable[[str], int]


class Connection:
    """The life of one scope.

    Args:
        around: what is around it.
        lane: the connection's place in the journal.
        link: the client's end, if the client is one of ours.
        scope_type: the type of its scope; empty if it has none.
        home: says which task runs there; here by default.

    Attributes:
        observer: what its consumer reports to.
        consumer: the consumer class that the application was made of, if any.
        frame_handler: the method that this has for frames; empty if none.
        over: whether the application has returned or raised.
        gone: whether its client has left, or was told to.
        streams: whether it answers with a stream of events.
        begun: whether it has sent anything.
        framed: whether what it is read and sent may go the short way of
            frames.
        short: whether the body of its answer may go a short way (``answers``).
        nested: whether it is recorded by a recorder around this one, too.
        silent: whether nothing was written about it yet.
        secrets: what its client has shown or was given, and no journal keeps.
        waiters: who waits until all is handled; most often nobody does.
        undelivered: what the server raised when something was sent too late.
        rows: the rows of calls that it last sent frames by.
        home: says which task runs here, most often one of its own.
        mailboxes: for each mailbox that is read, how many messages wait.
        on_end: what to call when it ends; once for each key.
        request: what stands for the reading of one that was not read, if
            others were sent something before its own answer.
        scope: its scope as it was at first, for frameworks write another path
            or method into theirs; None if it has none, or is over.
        bodies: those of its requests and responses.
        parting: what its application owes its client.
        user: looks who is logged in.
        work: what its application is at work on.
    """

    # Of most connections these say no more: they have the class's own.
    request: Reading | None = None
    scope: Scope | None = None
    consumer: type[Any] | None = None
    over = gone = streams = begun = framed = short = nested = False
    silent = True
    undelivered: BaseException | None = None
    last_entry: Entry | None = None
    secrets: tuple[str, ...] = ()
    frame_handler = ""
    rows: tuple[Row, ...] = ()
    _first: Entry | None = None  # that was written

    def __init__(
        self,
        around: Surroundings,
        lane: Lane,
        link: ClientEnd,
        scope_type: str = "",
        home: Home | None = None,
    ) -> None:
        journal, changed, number = around.journal, around.changed, around.number
        self.lane, self.link, self.changed = lane, link, changed
        self.waiters = around.waiters
        self._is_request = scope_type == "http"
        self.mailboxes: dict[Hashable, Callable[[], int]] = {}
        self.on_end: dict[Hashable, Callable[[], None]] = {}
        self.journal = journal
        this = ref(self)  # no circle, for the collector of garbage
        self.bodies = Bodies(journal, lambda: links(this()))
        self.parting = Parting(scope_type)
        self.observer = ConsumerObserver(
            lane, self, journal, around.waiters, changed, number
        )
        self.home = home or Home()
        self._naming = Naming(lane, number, self.home)
        self.user = self._naming.user
        self.work = Work(self.observer, changed, self.home.task)

    def add(
        self,
        kind: str,
        type_: str,
        payload: dict[str, Any],
        id_: int = 0,
        size: int = 0,
    ) -> Entry:
        """Write an event of this connection into the journal.

        Args:
            kind: the name of its kind.
            type_: the message's type, as text.
            payload: what may be kept of the message.
            id_: the number that the event has already, if it has one.
            size: what the payload weighs, if that is known.
        """
        entry = self._made(kind, type_, payload, id_, size)
        self.journal.add(entry)
        return entry

    def _made(
        self,
        kind: str,
        type_: str,
        payload: dict[str, Any],
        id_: int = 0,
        size: int = 0,
    ) -> Entry:
        """Return an event, to be written down as the last that happened."""
        if self.secrets:
            payload = self.masked(payload)
        entry = Entry(kind, self.lane, type_, payload, self.lane)
        entry.size = size and size + len(type_)
        if kind == "receive":
            entry.id = id_
            self.look_at_user()
        else:
            self.is_sent(entry)
            if self.silent:
                self.speaks(entry)
        if self.silent:
            self.begins_with(entry)
        if ends_scope(type_) or kind in _LAST:
            entry.ends = True
        self.last_entry = entry
        return entry

    def is_sent(self, entry: Entry) -> None:
        """Note what something is sent for, and whose code sends it."""
        running = CURRENT.get()
        if running is not None and running is not self:
            entry.payload = running.masked(entry.payload)
        if running is self and self.request is None and CAUSE.get() is None:
            return  # nothing was read here that it could be for
        entry.cause, entry.begun_in = links(self)
        # An error of a task is told of in the context of whoever began it.
        is_others = running is not self and entry.kind == "send"
        if running is None or not is_others:
            return
        # What a task sends that was only begun there may be anybody's.
        if entry.cause is not None or running.runs_here:
            entry.source = running.lane

    def sends_unread(self) -> Reading | None:
        """Note that others are sent something, by what has read nothing.

        A request is there as soon as the application is called with it. Once
        it is answered, the answer says to what it is one.

        Returns:
            What stands for the reading of the request, if it is one.
        """
        if not self._is_request:
            return None
        if self.silent and self.scope is not None:
            entry = self._made("receive", "http.request", self.where())
            entry.reason = "not read"  # so far
            # It has been there since then; a file is told so at once.
            self.journal.add_late(entry, self.lane.opened)
            self.work.is_unread(entry.id)
            self.request = self._read_as(entry)
        first = self._first
        if self.request is None and first is not None and _is_asked(first):
            return self._read_as(first)
        return self.request

    @property
    def is_unheard(self) -> bool:
        """Whether it is a request of which nothing is written down so far."""
        return self._is_request and self.silent

    @property
    def opened(self) -> float:
        """When it began, by the journal's clock."""
        return self.lane.opened

    def where(self) -> dict[str, Any]:
        """Return where it was to go, as a part of a payload."""
        return {} if self.scope is None else where_to(self.scope)

    def _read_as(self, entry: Entry) -> Reading:
        """Return what stands for the reading of a request."""
        return read(handed({}, entry), self, self.home.task)

    def begins_with(self, entry: Entry) -> None:
        """Note the first that is written about it."""
        self.silent, self._first = False, entry

    def speaks(self, entry: Entry) -> None:
        """Note that nothing was read before this."""
        self.look_at_user()
        if entry.kind == "send":
            entry.waited = self.journal.clock() - self.lane.opened

    def look_at_user(self) -> None:
        """Note the name of who is logged in, if it is known."""
        if name := self.user.look():
            self.is_of(name)

    def is_of(self, user: str) -> None:
        """Note the name of who is logged in, if there is one."""
        if user:
            # Cut last: of half a secret nobody could tell.
            self.lane.user = self.masked(user)[:LONGEST]

    def gives(self, headers: Pairs) -> None:
        """Note the headers that its client gets, and the secrets in them."""
        self.learns(secrets_in(headers))
        self.link.given(headers)

    def learns(self, secrets: tuple[str, ...]) -> None:
        """Note what is not to be kept from now on, besides what was shown."""
        if secrets:
            known = together(self.secrets, secrets)
            self.secrets = self.bodies.secrets = known

    def masked(self, value: Any) -> Any:
        """Return what of a value may be kept."""
        return without(self.secrets, value) if self.secrets else value

    def is_read(self, scope: Scope) -> None:
        """Note that the application asks its client for something."""
        if self.request is not None:
            self.request.message.entry.reason = "read later"
            self.request = None
        self.look_who_runs(scope)

    def is_named(
        self, endpoint: Endpoint, number: Callable[[str], int]
    ) -> None:
        """Name it after what answers it.

        Args:
            endpoint: what does.
            number: gives the number that it has among those of that name.
        """
        self._naming.found(endpoint.name, number)
        self.consumer = endpoint.consumer

    def runs(self, consumer: type[Any] | None) -> None:
        """Note which consumer runs in it, if one does."""
        self.consumer = consumer
        if consumer is not None:
            self.frame_handler = handler_of(consumer, "websocket.receive")

    def look_who_runs(self, scope: Scope, sends: bool = False) -> None:
        """Name it after what runs in it, once that is known.

        Args:
            scope: its scope.
            sends: whether it is about to send something.
        """
        if self.consumer is None and not self.observer.reported:
            self.runs(self._naming.look(scope, sends))

    def carries_frames(self) -> None:
        """Have what it is read and sent go the short way of frames.

        Each of them asks for these, and Python finds what is of its own sooner
        than what is of its class.
        """
        self.framed = True
        self.secrets, self.frame_handler = self.secrets, self.frame_handler
        observer = self.observer
        observer.reported = observer.reported

    @property
    def is_usual(self) -> bool:
        """Whether nothing is to be looked after but what its frames carry."""
        watched = self.gone or CLIENT in self.mailboxes
        return self.link.is_strange and not watched

    @property
    def is_unasked(self) -> bool:
        """Whether it is a browser's own request, and nobody's work.

        What asks for an icon by itself finds no route, or a function that
        serves something else: if that raises, nobody's code has failed. A
        consumer that was found for it is meant.
        """
        return self.link.by_itself and not self.observer.reported

    @property
    def runs_here(self) -> bool:
        """Whether the task runs here that its application was called in."""
        task = self.home.task
        here = task is not None and task is self.home.task_here()
        return here and not self.over

    @property
    def is_heard(self) -> bool:
        """Whether somebody may still hear what it does.

        Of a request one is told that its client is gone when it has all.
        """
        is_gone = self.is_left and not self._is_request
        return not (is_gone or self.over)

    @property
    def is_left(self) -> bool:
        """Whether its client is gone, whoever knows it."""
        return self.gone or self.link.closed or self.undelivered is not None

    # What it is at work on

    def asks(self, source: Hashable) -> None:
        """Note that the application asks a source for the next event."""
        self.work.asks(source)

    def asks_client(self, task: asyncio.Task[Any] | None) -> Event | None:
        """Note that a task asks the client for the next event.

        Returns:
            The event that the application was at work on.
        """
        if self.parting.told:
            self.lingers("calls receive()")
        # Whoever asks for the next is done with the last. A request goes on,
        # whatever else its application asks for.
        reading = _cause()
        if reading is not None and not self._is_request:
            reading.over |= reading.task is task
            _is_caused_by(None)
        work = self.work
        former, reader = work.event, work.reader
        work.event, work.reader = None, task
        if self.waiters and former is not None:
            self.changed()
        # A consumer of ours says itself how long it is at work on it.
        if reader is not task and former is not None:
            former.left = former.left or not former.entry.begun
        return former

    def asked_in_vain(self, former: Event | None, error: BaseException) -> None:
        """Note that the application has asked its client, and got nothing.

        Args:
            former: the event that it was at work on.
            error: what came of it; if it is no error, it goes on with that.
        """
        if not self._is_request:
            CAUSE.set(None)
        if former is not None and not isinstance(error, Exception):
            self.work.event = former

    def is_at_work_on(self, message: Event) -> bool:
        """Return whether an event is still being handled, as far as is known.

        A consumer of ours says so itself.
        """
        entry = message.entry
        if self.over or entry.begun:
            return not self.over and not entry.ended
        return self.work.is_on(message)

    @property
    def last(self) -> int | None:
        """The id of the last thing that happened here."""
        return None if self.last_entry is None else self.last_entry.id

    def gets(self, source: Hashable, message: TracedMessage) -> None:
        """Note that a source hands an event to the application."""
        self.learns(message.hidden)
        # Not read as an application does: this is not what handles it.
        entry = message.entry
        self.work.begins(source, message)
        # Consumers of ours say themselves which handler they call.
        if self.consumer is not None and not self.observer.reported:
            kind = words(dict.get(message, "type", ""))
            entry.handler = handler_of(self.consumer, kind)
        if source == CLIENT:
            if entry.type == "websocket.receive":
                self.work.frames += 1
            elif entry.type.endswith(".disconnect"):
                self.gone, self.framed = True, False
                self.parting.is_told(entry)

    def sends(self, entry: Entry, message: Mapping[Any, Any]) -> None:
        """Note what the application sends."""
        type_ = entry.type
        if CLIENT in self.mailboxes:  # its inbox asks what it was
            SENT.set(entry)
        if type_ in REFUSALS:
            words = self.parting.refusal(entry, self.observer.why, self.gone)
            if words:
                mark_refused(entry, words)
            self.gone |= type_ == "websocket.close"
        if type_ in OF_PARTING:
            self.parting.is_sent(type_, message, self.lane.moved - 1)
        if self.parting.told and is_more(type_, message):
            self._sends_on(type_)

    def _sends_on(self, type_: str) -> None:
        """Note that the application sends to a client that is gone."""
        # A consumer may say a last word: it stops all the same.
        if self.consumer is None and not self.observer.reported:
            self.lingers(f"sends {type_}")

    def answers(self, headers: Pairs) -> None:
        """Note the headers of the response that begins."""
        self.bodies.begins(headers)
        self.streams = self.bodies.streams

    def lingers(self, what: str) -> None:
        """Note that the application goes on, if it was told of the end.

        Args:
            what: what it does, in words.
        """
        if told := self.parting.goes_on():
            entry = self.add("linger", told.type, {})
            entry.reason, entry.cause, entry.begun_in = what, told.id, None

    def ends(self) -> None:
        """Note that the application has returned or raised."""
        self.look_at_user()
        self.over = True
        self.bodies.finish()
        # Of a WebSocket its client's end was one; of a request only its answer.
        goes_on = not self.gone or (self._is_request and self.parting.owes)
        if self.last_entry is not None and goes_on:
            self.last_entry.ends = True
        # A middleware that copies events hides which of them were begun.
        if self.observer.reported and not self.observer.hidden:
            for message in self.work.now():
                if not message.entry.begun and not self._is_echo(message):
                    mark_not_begun(message.entry)
        self.journal.closed(self.lane)
        self._let_go()
        self.link.ends()
        self.changed()

    def _is_echo(self, message: Event) -> bool:
        """Return whether it says that the end has come which was brought about.

        Who has answered a request, or closed, need not be told: it is no loss.
        """
        return not self.parting.owes and message.entry.type in DISCONNECTS

    def _let_go(self) -> None:
        # Another thread may add one in the meantime, and sees that it is over.
        for key in list(self.on_end):
            if call := self.on_end.pop(key, None):
                call()
        # Of a ghost only the names are needed, for as long as it is a member;
        # and whatever was begun here goes on to hold this.
        self._naming.over()
        # A task holds the error that it ends with, and that what it ran.
        self.scope = self.home.task = self.work.reader = None
        self.work.ends()
        self.observer.forgets()
        self.mailboxes.clear()
        self.undelivered = self.parting.logged = None  # nor their frames
        self.parting.noted = ()

    def crashes(self, error: BaseException) -> int | None:
        """Return the id of the event that the application failed at."""
        if self.observer.reported:
            return self.observer.cause_of(error)
        # A task that the application waits for may have raised it. That is
        # certain to be wrong if another event came after the one read here.
        reading = CAUSE.get()
        if reading is None:
            reading = self.request
        cause = None if reading is None else reading.entry.id
        if not self.work.is_latest(cause):
            return None
        for message in self.work.now():
            entry = message.entry
            known = self.consumer is not None and not entry.handler
            if entry.id == cause and known and isinstance(error, ValueError):
                mark_unhandled(entry)
        return cause

    @property
    def unread(self) -> int:
        """How many texts of its client it has not read."""
        return self.link.sent - self.work.frames


def _is_asked(entry: Entry) -> bool:
    """Return whether an event says what is asked: the request, or an answer."""
    return entry.kind == "send" or entry.type == "http.request"
