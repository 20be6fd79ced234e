"""The recorder: an ASGI application that writes down what another one sees.

How it works: an application has one seam to the world, the ``receive`` and
``send`` that it is called with. The recorder calls the application with its
own (``receive_send``), which pass everything on. Nothing is patched: what is
recorded is the code that the learner wrote, and any ASGI application will do.

Source: ASGI specification, "Applications".
"""

import asyncio
from typing import Any

from minichannels.exceptions import type_name
from minichannels.flow.bounded import forget_oldest
from minichannels.flow.journal.events import Entry, Lane
from minichannels.flow.journal.journal import Journal
from minichannels.flow.journal.masking import masked_error
from minichannels.flow.journal.payloads import LONGEST, begun
from minichannels.flow.recording.application.background import (
    BACKGROUND,
    name_of_failed,
)
from minichannels.flow.recording.application.causes import (
    CURRENT,
    enter,
    leave,
    links,
    no_task_reads,
)
from minichannels.flow.recording.application.connection import (
    Connection,
    Surroundings,
)
from minichannels.flow.recording.application.parting import Printed
from minichannels.flow.recording.application.receive_send import (
    receiving,
    sending,
)
from minichannels.flow.recording.application.settling import (
    Settling,
    unfinished,
)
from minichannels.flow.recording.application.short.deferred import (
    Deferred,
    Whereabouts,
    filled,
    is_answered,
)
from minichannels.flow.recording.application.short.requests import (
    ASKING,
    deferred,
    ends,
    lets_go,
)
from minichannels.flow.recording.bodies import AROUND, heads_of
from minichannels.flow.recording.clients import cells
from minichannels.flow.recording.clients.asked import (
    Address,
    Asked,
    asked_by,
)
from minichannels.flow.recording.clients.names import (
    ClientEnd,
    ClientNames,
)
from minichannels.flow.recording.clients.shown import (
    together,
    with_those_of_address,
    without,
)
from minichannels.flow.recording.endpoints.scopes import called
from minichannels.flow.recording.lifespan import RecordedLifespan
from minichannels.flow.recording.tasks import Home
from minichannels.flow.recording.tracebacks import SourceLine
from minichannels.types import ASGIApp, Receive, Scope, Send

GONE = 100
"""Of how many connections that are over the secrets are remembered."""


class Recorder:
    """An application around another one, with a journal of what passes.

    Args:
        application: the application to record.
        journal: where to write; a new one by default.
        names: of its clients and its consumers; new ones by default.
        folds_bodies: whether the chunks of a body are one event, which keeps
            the beginning of a large one; a lesson shows each.

    Attributes:
        journal: what happened.
        names: the same.
        settling: for waiting until all of it is handled.
    """

    def __init__(
        self,
        application: ASGIApp,
        journal: Journal | None = None,
        names: ClientNames | None = None,
        *,
        folds_bodies: bool = False,
    ) -> None:
        self.application = application
        self.__name__ = called(application)
        self.journal = Journal() if journal is None else journal
        self.names = ClientNames() if names is None else names
        self.settling = Settling(self.unfinished)
        self._folds_bodies = folds_bodies
        self._consumer = getattr(application, "consumer_class", None)
        # A consumer reads its requests, and says itself what it is.
        self._defers = folds_bodies and self._consumer is None
        self._around = Surroundings(
            self.journal,
            self.settling.waiters,
            self.settling.changed,
            self.names.number,
        )
        self._open: dict[Connection, None] = {}
        # Of those that are over: a task may know them that goes on.
        self._gone: dict[tuple[str, ...], None] = {}
        cells.look()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> Any:
        """Run the application and write down its events (ASGI application).

        Returns:
            What the application returns.

        Raises:
            Exception: whatever the application raises.
        """
        if scope["type"] == "lifespan":
            return await self._live(scope, receive, send)
        connection = self._begun(scope)
        is_deferred = type(connection) is Deferred
        observer = ASKING if is_deferred else connection.observer
        entered = enter(connection, observer)
        try:
            returned = await self.application(
                scope,
                receiving(connection, receive, scope),
                sending(connection, send, scope),
            )
        except (Exception, asyncio.CancelledError) as error:
            self._has_raised(error, connection, scope)
            no_task_reads()  # it holds the error that it ends with
            raise
        else:
            self._has_returned(connection, scope)
            return returned
        finally:
            leave(entered)
            del self._open[connection]
            self._ends(connection)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> Any:
        """Run the application from the start of the server to its end.

        That it fails to start, the server tells. What comes later, many do not:
        they take it for an application that knows nothing of a lifespan.

        Raises:
            Exception: whatever the application raises.
        """
        life = RecordedLifespan(receive, send)
        try:
            returned = await self.application(scope, life.receive, life.send)
        except (Exception, asyncio.CancelledError) as error:
            if life.started and not stopped(error):
                self.add_task_crash(error, life.part)
            raise
        if life.failed is not None:
            self.add_task_crash(RuntimeError(life.failed), life.part)
        return returned

    # Clients

    def expect(self, address: Address, name: str = "") -> ClientEnd:
        """Announce a client of ours, before it sends its request.

        Args:
            address: its socket's own address.
            name: its name; ``browser#1``, … by default.
        """
        return self.names.expect(address, name)

    def forget(self, link: ClientEnd) -> None:
        """Take back an announcement, if it was not made use of."""
        self.names.forget(link)

    # Connections

    def _begun(self, scope: Scope) -> Any:
        """Return a connection, of which all is asked later if it may be."""
        known: Any = None
        if self._defers and scope["type"] == "http":
            known = deferred(self, scope)
        connection = known or self._opened(scope)
        self._open[connection] = None
        return connection

    def _opened(self, scope: Scope) -> Connection:
        asked = asked_by(scope)
        link = self.names.link(scope, asked.headers)
        if link.acted:  # of clients of ours alone
            cells.output_to(link.first_cell())
        name = self.__name__
        numbered = f"{name}#{self.names.number(name)}"
        lane = self.journal.open_lane(link.name, numbered)
        connection = Connection(self._around, lane, link, scope["type"])
        connection.nested = CURRENT.get() is not None
        self._is_asked(connection, scope, asked)
        connection.scope = dict(scope)
        connection.user.scopes.append(scope)
        return connection

    def _is_asked(
        self, connection: Connection, scope: Scope, asked: Asked
    ) -> None:
        """Have a connection know what its client asks."""
        connection.lane.open = True
        if self._folds_bodies:
            lane = connection.lane
            heads = lane.heads or heads_of(scope, asked.headers)
            connection.bodies.heads = lane.heads = heads
            connection.bodies.is_asked(asked.headers)
        secrets = with_those_of_address(scope, asked.secrets)
        connection.secrets = connection.bodies.secrets = secrets
        if self._consumer is not None:  # which no deferred one has
            connection.runs(self._consumer)
        connection.link.changed = connection.changed

    def place(self, deferred: Deferred) -> Whereabouts:
        """Return whose a request is, and what of it no journal keeps."""
        scope = deferred.scope
        asked = asked_by(scope)
        link = self.names.end_of(deferred.who, scope)
        lane = self.journal.open_lane(
            link.name,
            f"{self.__name__}#{deferred.nth}",
            deferred.number,
            deferred.opened,
        )
        lane.heads = heads = heads_of(scope, asked.headers)
        return Whereabouts(lane, link, heads, deferred.shown)

    def fill(self, known: Any, place: Whereabouts) -> None:
        """Have a request know all that one knows which was asked at once."""
        scope: Scope = known.scope
        lane, link = place.lane, place.link
        home = Home.of(known.task, known.thread)
        Connection.__init__(known, self._around, lane, link, "http", home)
        self._is_asked(known, scope, asked_by(scope))
        if not known.over:
            known.user.scopes.append(known.live)

    def _ends(self, connection: Any) -> None:
        """Note that a connection is over."""
        # Somebody may ask just now: then it has other attributes.
        shown = connection.shown if type(connection) is Deferred else ()
        if ends(connection):
            self._remember(shown)
            return
        connection.ends()
        lets_go(connection)
        connection.parting.printed = None
        self._remember(connection.secrets)

    def _remember(self, secrets: tuple[str, ...]) -> None:
        """Note the secrets of a connection that is over."""
        if secrets:
            self._gone.pop(secrets, None)  # last in line
            self._gone[secrets] = None
            forget_oldest(self._gone, GONE)

    def add_task_crash(
        self, error: BaseException, who: str = BACKGROUND
    ) -> None:
        """Write down that something raised outside of all connections."""
        lane = self._background_lane(error, who)
        nobody = Connection(self._around, lane, ClientEnd(""))
        # Nobody knows for which client it did what it did.
        shown = [connection.secrets for connection in list(self._open)]
        nobody.learns(together(*list(self._gone), *shown))
        self._add_crash(error, nobody, {})

    def _background_lane(self, error: BaseException, who: str) -> Lane:
        """Return where it stands what has raised an error in the background."""
        if who != BACKGROUND or self.journal.background is None:
            return self.journal.open_lane("", who)
        return self.journal.named_lane(name_of_failed(error))

    def note_remaining(
        self, name: str, many: int, begun_in: int | None, place: SourceLine
    ) -> None:
        """Write down that connections which are over have tasks that run.

        Args:
            name: the function that they run.
            many: how many connections.
            begun_in: while what was handled the last one was begun, if known.
            place: where it waits.
        """
        lane = self.journal.named_lane(BACKGROUND)
        entry = Entry("task", lane, name, {}, lane)
        entry.member = f"{many} connections that are over"
        entry.begun_in = begun_in
        if self.journal.calls:
            entry.calls = ((place.file, place.line, place.function),)
        self.journal.add(entry)

    def note_unheard(self, seconds: float) -> None:
        """Write down requests that nobody has read or answered.

        Args:
            seconds: how old they are at least.
        """
        before = self.journal.clock() - seconds
        for connection in list(self._open):
            if connection.is_unheard and connection.opened <= before:
                for scope in connection.user.scopes:  # who runs stands in one
                    connection.look_who_runs(scope)
                connection.sends_unread()

    def note_logged(
        self, error: BaseException, by_library: bool | None
    ) -> None:
        """Note what the application that runs here has logged as an error.

        Args:
            error: the error.
            by_library: whether it was not the developer's own code; None if
                nobody has caught it, and it is told of elsewhere.
        """
        running = _running()
        if running is None:
            return
        before = running.lane.moved
        if by_library is not None:
            self._add_logged(error, running, by_library)
        running.parting.is_logged(
            error, bool(by_library), before, running.lane.moved
        )
        self.note_printed(error, bool(by_library))

    def note_printed(self, error: BaseException, by_library: bool) -> None:
        """Note whose traceback what runs here has put into words.

        Args:
            error: the error.
            by_library: whether it was not the developer's own code.
        """
        running = _running()
        if running is not None and not running.is_left:
            home, lane, parting = running.home, running.lane, running.parting
            sure = by_library and home.task_here() is home.task
            moved = lane.moved if sure else -1
            told = parting.told_of(error)
            parting.is_printed(Printed(error, lane, moved, parting.owes, told))

    def _has_raised(
        self, error: BaseException, connection: Connection, scope: Scope
    ) -> None:
        """Write down that an application has failed, if it has."""
        if not _is_crash(error, connection):
            return
        if connection.silent:
            connection.look_who_runs(scope)  # in the scope its name may stand
        self._add_crash(error, connection, connection.where())

    def _has_returned(self, connection: Connection, scope: Scope) -> None:
        """Write down what is wrong with an application that has returned."""
        if is_answered(connection):
            return
        # A framework may have kept what was raised, and said that it failed.
        error = connection.parting.error
        owes = connection.parting.owes
        if owes and not _is_cancelled(connection.home.task_here()):
            _add_return(connection, scope)
        if error is not None:
            self._add_crash(error, connection, {})

    def _add_logged(
        self, error: BaseException, connection: Connection, by_library: bool
    ) -> None:
        """Write down what is logged by somebody who then goes on.

        Nothing else may ever say so. If it ends with it all the same, this is
        taken back: then it is a crash. What none of the developer's own code
        was in, nor has logged, is the framework's to deal with.
        """
        parting = connection.parting
        is_meant = not by_library or parting.told_of(error)[1] is not None
        if not is_meant or parting.noted_of(error):
            return
        if connection.is_heard and _is_crash(error, connection):
            where = connection.where()
            connection.sends_unread()  # what was asked comes before
            entry = self._add_error("logged", error, connection, where)
            entry.cause, entry.begun_in = links()
            parting.notes(error, entry)

    def _add_crash(
        self,
        error: BaseException,
        connection: Connection,
        where: dict[str, Any],
    ) -> None:
        if formers := connection.parting.noted_of(error):
            self.journal.take_back({*formers})
        crash = self._add_error("crash", error, connection, where)
        crash.reason, crash.cause = "raised", connection.crashes(error)
        if formers:  # by now, the last that was handled may be another one
            crash.cause = formers[0].cause
            crash.begun_in = formers[0].begun_in

    def _add_error(
        self,
        what: str,
        error: BaseException,
        connection: Connection,
        where: dict[str, Any],
    ) -> Entry:
        """Write down an error; return its event."""
        kind = type_name(error)
        told, place = connection.parting.told_of(error)
        text = _beginning(told["text"], connection.secrets)
        payload = {**told, "text": text}
        if what == "crash":
            connection.link.failure = f"{kind}: {text}" if text else kind
        # Nothing else in the flow would say whose request it was.
        if connection.silent and where:
            payload |= {"client": connection.lane.client, **where}
        entry = connection.add(what, kind, payload)
        if self.journal.calls and place:
            entry.calls = ((place.file, place.line, place.function),)
        return entry

    def unfinished(self) -> list[str]:
        """Say what the applications still have to do."""
        return [
            sentence
            for connection in list(self._open)
            for sentence in unfinished(connection)
        ]

    def leave_alone(self) -> None:
        """Wait no more for those who still have something to do."""
        for connection in list(self._open):
            if unfinished(connection):
                connection.link.left_alone = True


def _running() -> Connection | None:
    """Return the connection whose application runs here, if it is not over.

    One that is over, and left a task behind, would hold what that logs.
    """
    running: Any = CURRENT.get()
    if running is None or running.over:
        return None
    return filled(running) if type(running) is Deferred else running


def _beginning(said: str, secrets: tuple[str, ...]) -> str:
    """Return the beginning of what an error says, without secrets.

    To look through megabytes takes seconds. But more is looked at than is
    kept: of half a secret nobody could tell that it is one.
    """
    known = without(secrets, masked_error(said[: LONGEST + AROUND]))
    kept: str = begun(known, LONGEST)
    return kept


def _is_crash(error: BaseException, connection: Connection) -> bool:
    """Return whether it is the application that has failed."""
    # Only the server knew that the client was gone, or it stops: no crash. A
    # task of the application's own may be cancelled, too.
    known = error is connection.undelivered or stopped(error)
    return not known and not connection.is_unasked


def stopped(error: BaseException) -> bool:
    """Return whether an error is the server's own cancellation."""
    return isinstance(error, asyncio.CancelledError) and _is_cancelled(
        asyncio.current_task()
    )


def _add_return(connection: Connection, scope: Scope) -> None:
    """Write down that an application has returned, if it was too early."""
    parting = connection.parting
    if connection.is_left or connection.is_unasked:
        return
    payload = {}
    if connection.silent:
        connection.look_who_runs(scope)  # in the scope its name may stand
        payload = {"client": connection.lane.client, **connection.where()}
    entry = connection.add("return", parting.owes, payload)
    entry.reason = parting.seen


def _is_cancelled(task: asyncio.Task[Any] | None) -> bool:
    """Return whether the server has asked an application's task to stop."""
    return task is not None and task.cancelling() > 0
