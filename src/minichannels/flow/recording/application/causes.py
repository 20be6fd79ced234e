"""Which event a send answers: the event says so itself.

An application never says what made it send something, and the flow is to
tell. What one may go by, from outside:

  the event handed out last       wrong: most frameworks read ahead, in tasks
                                  of their own, while a handler still runs
  the handler that runs           only consumers of ours tell which it is
  the event that was looked at    right wherever we looked: to find out what
  last, in the same context       to do, everybody has to look at its "type"

So an application gets its events as a TracedMessage, a dict that makes itself
the cause of what follows when it is read (begin). Tasks and threads that are
started then inherit the context, and so the cause. When the application asks
for the next event it is done with the last: until it reads one there is no
cause, and none is made up.

  in a context             CURRENT             CAUSE
  a notebook's cell        None                None
  the application runs     its connection      None
  it has read an event     its connection      its reading of the event
  a task started then      the same, for as long as it lives
  it asks for the next     its connection      None
  another task asks        its connection      the same, but that has been left

A task that was started then may go on when the event is long done with: one
that sends what others put into a queue, for example. What it sends answers
nothing that we know of. So there are two links (links):

  cause      sent while the event was handled, by the task that read it, or by
             one that is waited for, or by an eager one at once
  begun_in   sent by a task that was begun while the event was handled; or in
             the stream of events that the event asked for
"""

import asyncio
from collections.abc import Callable, Hashable, Iterator
from contextvars import ContextVar, Token
from typing import Any, Protocol

from minichannels.flow.journal.events import Entry, Lane
from minichannels.flow.journal.journal import Journal
from minichannels.flow.recording.calls import is_application, is_loop
from minichannels.flow.recording.clients.cells import output_to
from minichannels.flow.recording.tasks import FOR_THREADS, Home, is_within
from minichannels.types import OBSERVER, Observer


class Running(Protocol):
    """The connection whose application runs, as the layer knows it.

    Attributes:
        journal: where it is written down.
        lane: its place there.
        secrets: what its client has shown or was given, and no journal keeps.
        over: whether its application has ended.
        gone: whether its client has left, or was told to.
        streams: whether it answers a request with a stream of events.
        home: says which task runs here, most often one of its own.
        mailboxes: for each mailbox that it reads, how many messages wait.
        on_end: what to call when it ends; once for each key.
        request: what stands for the reading of one that was not read.
    """

    journal: Journal
    lane: Lane
    secrets: tuple[str, ...]
    over: bool
    gone: bool
    streams: bool
    home: Home
    mailboxes: dict[Hashable, Callable[[], int]]
    on_end: dict[Hashable, Callable[[], None]]
    request: "Reading | None"

    @property
    def last(self) -> int | None:
        """The id of the last thing that happened there."""
        ...

    @property
    def runs_here(self) -> bool:
        """Whether the task runs here that its application was called in."""
        ...

    def masked(self, value: Any) -> Any:
        """Return what of a value may be kept."""
        ...

    def asks(self, source: Hashable) -> None:
        """Note that the application asks a source for the next event."""
        ...

    def gets(self, source: Hashable, message: "TracedMessage") -> None:
        """Note that a source hands an event to the application."""
        ...

    def is_at_work_on(self, message: "Event") -> bool:
        """Return whether an event is still being handled."""
        ...

    def sends_unread(self) -> "Reading | None":
        """Note that others are sent something, by what has read nothing."""
        ...


CURRENT: ContextVar[Running | None] = ContextVar(
    "minichannels.flow.connection", default=None
)
"""The connection whose application runs, also in tasks that it started."""


class _OfAnEvent:
    """An event, as a task has read it.

    Attributes:
        message: the event.
        connection: whose application the task belongs to.
        task: the task; None if it was no task, but a thread.
        over: whether the task has gone on to something else.
    """

    __slots__ = ("connection", "message", "over", "task")

    message: "TracedMessage"
    connection: Running
    task: asyncio.Task[Any] | None
    over: bool

    @property
    def entry(self) -> Entry:
        """Where the event stands in the journal."""
        return self.message.entry

    @property
    def left(self) -> bool:
        """Whether another task has asked for the next event."""
        return self.message.left


def read(
    message: "TracedMessage",
    connection: Running,
    task: asyncio.Task[Any] | None,
) -> "Reading":
    """Return an event as a task of a connection reads it now."""
    reading = _OfAnEvent()
    reading.message = message
    reading.connection, reading.task = connection, task
    reading.over = False
    return reading


CAUSE: ContextVar["Reading | None"] = ContextVar(
    "minichannels.flow.cause", default=None
)
"""The reading of the event that is being handled, or was when a task began."""

# At each key of each event: to look them up takes as long as what they do.
_cause, _is_caused_by, _running = CAUSE.get, CAUSE.set, CURRENT.get
_value, _value_or = dict.__getitem__, dict.get

Entered = tuple[Token[Any], Token[Any], Token[Any]]
"""How a context was before something was entered in it."""


def enter(connection: Running | None, observer: Observer | None) -> Entered:
    """Have a connection run in this context; or nobody, for a while.

    Args:
        connection: whose application runs from here on.
        observer: who watches its consumer.
    """
    return (
        CURRENT.set(connection),
        CAUSE.set(None),
        OBSERVER.set(observer),
    )


def leave(entered: Entered) -> None:
    """Have this context as it was before."""
    connection, cause, observer = entered
    try:
        CURRENT.reset(connection)
        CAUSE.reset(cause)
        OBSERVER.reset(observer)
    except ValueError:
        pass  # this is collected as garbage, by whomever


def no_task_reads() -> None:
    """Have what is being handled here know no longer which task reads it."""
    reading = CAUSE.get()
    if reading is not None:
        reading.task = None


def runs_nobody() -> tuple[Token[Any], Token[Any]]:
    """Have nobody run in this context for a while, where nothing was read."""
    return CURRENT.set(None), OBSERVER.set(None)


def runs_again(former: tuple[Token[Any], Token[Any]]) -> None:
    """Have who ran in this context before run in it again."""
    connection, observer = former
    try:
        CURRENT.reset(connection)
        OBSERVER.reset(observer)
    except ValueError:
        pass  # this is collected as garbage, by whomever


SENT: ContextVar[Entry] = ContextVar("minichannels.flow.sent")
"""What was sent last, also in a task that was begun by sending it."""

_FROM_A_THREAD = "run_coroutine_threadsafe.<locals>.callback"
"""What makes a task for a thread, on the event loop."""

_WAITING = ("asyncio", "anyio")
"""The modules that have tasks call them back since somebody waits for them."""


def links(
    connection: Running | None = None,
) -> tuple[int | None, int | None]:
    """Return what is done here and now answers, and where its task was begun.

    Args:
        connection: whose client something is sent to, if it is.

    Returns:
        The ids of two events, of which one is None at least.
    """
    reading = CAUSE.get()
    if reading is None and (reading := _unread(connection)) is None:
        return None, None
    id_ = reading.entry.id
    task = reading.connection.home.task_here()
    if is_read_by(reading, task):
        return id_, None  # most often
    if goes_on(reading, task, reading.connection is connection):
        return id_, None
    # Who has read it was not begun then, and has gone on to something else.
    gone_on = task is reading.task and not reading.connection.streams
    return (None, None) if gone_on else (None, id_)


def is_read_by(reading: "Reading", task: asyncio.Task[Any] | None) -> bool:
    """Return whether a task has read an event, and is certain to handle it."""
    at_once = task is reading.task is not None and not reading.over
    return at_once and not (reading.left or reading.connection.streams)


def goes_on(
    reading: "Reading", task: asyncio.Task[Any] | None, answers: bool
) -> bool:
    """Return whether what is done here and now is done to handle an event.

    Args:
        reading: the event, as a task has read it.
        task: the one that runs here.
        answers: whether it is sent to the client that the event came from.
    """
    # All that a request's client is sent answers it, whatever is asked for
    # meanwhile; but for a stream, which tells of what happens later. What
    # others are sent may be the work of a task that was only begun here.
    connection = reading.connection
    if reading.entry.type.startswith("http."):
        if connection.over or connection.streams:
            return False
        mine = answers or is_within(task, reading.task)
        return mine or _is_waited_for(task)
    if reading.left or reading.over:
        return False
    return is_within(task, reading.task) or _waits_for(reading, task)


def _waits_for(reading: "Reading", task: asyncio.Task[Any] | None) -> bool:
    """Return whether what handles an event waits for a task."""
    if not _is_waited_for(task):
        return False
    # A thread's task is there as long as the thread waits for it.
    if task is None or _is_for_a_thread(task):
        return True
    return reading.connection.is_at_work_on(reading.message)


def _unread(connection: Running | None) -> "Reading | None":
    """Return what stands for a request that is handled, but was not read.

    Who serves a path need not read a request that carries nothing. That it is
    there is noted when it has others be sent something: its own answer says
    to what it is one, and stands for it in what is sent after that.
    """
    running = CURRENT.get()
    if running is None:
        return None
    return running.request if running is connection else running.sends_unread()


def _is_waited_for(task: asyncio.Task[Any] | None) -> bool:
    """Return whether somebody waits for what runs here: a thread, or a task."""
    return task is None or _is_for_a_thread(task) or _is_awaited(task)


def _is_for_a_thread(task: asyncio.Task[Any]) -> bool:
    """Return whether a task on the event loop sends what a thread does."""
    return getattr(task.get_coro(), "__qualname__", "") in FOR_THREADS


def _is_awaited(task: asyncio.Task[Any]) -> bool:
    """Return whether somebody waits for a task, as far as it can be seen.

    Private, as nothing public tells: gather(), wait(), a TaskGroup and a plain
    ``await`` are called back when it ends. Who keeps tasks in a set is, too.
    Of an eager one that has not paused yet, nobody is called back so far.
    """
    for callback, _ in getattr(task, "_callbacks", None) or ():
        called = getattr(callback, "func", callback)
        module = getattr(called, "__module__", None) or ""
        if module.partition(".")[0] in _WAITING or "wakeup" in repr(called):
            return True
    return _is_made_to_be_awaited(task)


def _is_made_to_be_awaited(task: asyncio.Task[Any]) -> bool:
    """Return whether an eager task has not paused since it was made.

    By a thread, which waits for it, or by what an application was called for.
    """
    begun = getattr(task.get_coro(), "cr_frame", None)
    frame = None if begun is None else begun.f_back
    # Behind one that has paused, or is no eager one, the loop stands.
    while frame is not None and not is_loop(frame.f_code):
        code = frame.f_code
        if code.co_qualname == _FROM_A_THREAD or is_application(code):
            return True
        frame = frame.f_back
    return False


class TracedMessage(dict[str, Any]):
    """A message as it is handed to an application.

    Attributes:
        entry: where it stands in the journal.
        cell: the cell that it comes from, in a notebook.
        left: whether another task than the one that got it has asked for the
            next. Whoever read it may go on with something else: nobody knows.
        hidden: the secrets of whoever sent it, if one of them is in it.
    """

    __slots__ = ("entry", "left")

    entry: Entry
    left: bool

    # Most know no more: these have a slot in the class below.
    cell: Any = None
    hidden: tuple[str, ...] = ()

    def begin(self, task: asyncio.Task[Any] | None = None) -> None:
        """Make this the cause of what follows, in this context.

        Args:
            task: the one that runs here, if that is known.
        """
        former, connection = CAUSE.get(), CURRENT.get()
        if former is not None and former.message is self and not former.over:
            return
        # A notebook's context outlives the cell, and so the event.
        if connection is not None:
            task = task or connection.home.task_here()
            if former is not None and former.task is task:
                former.over = True
            CAUSE.set(read(self, connection, task))
            if self.cell is not None:
                output_to(self.cell)

    def __getitem__(self, key: str) -> Any:
        reading = _cause()
        # Most often it is being read already: save the call.
        if reading is None or reading.message is not self or reading.over:
            self.begin()
        return _value(self, key)

    def get(self, key: str, default: Any = None, /) -> Any:
        """Return the value of a key."""
        reading = _cause()
        if reading is None or reading.message is not self or reading.over:
            self.begin()
        return _value_or(self, key, default)

    # A copy, such as {**event}, is read without our notice: who makes one is
    # about to handle it.

    def __iter__(self) -> Iterator[str]:
        self.begin()
        return dict.__iter__(self)

    def items(self) -> Any:
        """Return the pairs of keys and values."""
        self.begin()
        return dict.items(self)

    def keys(self) -> Any:
        """Return the keys."""
        self.begin()
        return dict.keys(self)

    def values(self) -> Any:
        """Return the values."""
        self.begin()
        return dict.values(self)

    def pop(self, *which: Any) -> Any:
        """Remove a key; return its value."""
        self.begin()
        return dict.pop(self, *which)

    # Copies are plain dicts, in this process and in others: what the journal
    # knows of an event belongs to this one alone.

    def copy(self) -> dict[str, Any]:
        """Return a plain copy."""
        return dict(self)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return dict, (dict(self),)


class _FromOurs(TracedMessage):
    """A message from a cell of a notebook, or one with secrets in it."""

    __slots__ = ("cell", "hidden")


class TracedDelivery(TracedMessage):
    """A message from a layer that was read at once, as most are.

    Whoever makes it sets its attributes.

    Attributes:
        part: what the journal has of the send that it came of.
        index: its own place there.
    """

    __slots__ = ("index", "part")

    part: "HasEntries"
    index: int

    @property
    def entry(self) -> Entry:  # type: ignore[override]  # made when asked for
        """Where it stands in the journal."""
        return self.part.entry(self.index)


class HasEntries(Protocol):
    """Makes an entry of a delivery, once somebody asks for it."""

    def entry(self, index: int) -> Entry:
        """Return it; each time the same."""
        ...


class TracedFrame(TracedMessage):
    """A frame, and its reading by the task that reads it first.

    Of most frames there is no other reading, and on a busy connection one
    object less for each counts. Whoever makes it sets its attributes.

    Attributes:
        connection: as that of any other reading; None until there is one.
        task: the same, once there is one.
        over: the same.
    """

    __slots__ = ("connection", "over", "task")

    connection: Any  # a reading has one
    task: asyncio.Task[Any] | None
    over: bool

    @property
    def message(self) -> TracedMessage:
        """The event: itself."""
        return self

    def begin(self, task: asyncio.Task[Any] | None = None) -> None:
        """Make this the cause of what follows, in this context."""
        connection = _running()
        if connection is None or self.connection is not None:
            TracedMessage.begin(self, task)  # once more, or by somebody else
            return
        self.task = task = task or connection.home.task_here()
        former = _cause()
        if former is not None and former.task is task:
            former.over = True
        self.connection = connection
        _is_caused_by(self)

    def __getitem__(self, key: str) -> Any:
        if _cause() is not self or self.over:
            self.begin()
        return _value(self, key)

    def get(self, key: str, default: Any = None, /) -> Any:
        """Return the value of a key."""
        if _cause() is not self or self.over:
            self.begin()
        return _value_or(self, key, default)


class HandledFrame:
    """The reading of a frame that nobody gets to see but the library.

    A consumer of ours says itself when it handles one. So it is handed the
    frame as it came, and this is known beside it.

    Attributes:
        entry: where the frame stands in the journal.
        connection: whose application handles it.
        task: the task that does.
        over: whether that has gone on to something else.
        left: whether another task has asked for the next event.
    """

    __slots__ = ("connection", "entry", "left", "over", "task")

    entry: Entry
    connection: Running
    task: asyncio.Task[Any] | None
    over: bool
    left: bool

    @property
    def message(self) -> "HandledFrame":
        """What stands for the event: itself."""
        return self


Event = TracedMessage | HandledFrame
"""What stands for an event that an application was handed."""

Reading = _OfAnEvent | TracedFrame | HandledFrame
"""An event, as a task has read it."""


# An error in a handler names the class; to whoever reads it, it is a dict.
for _class in (TracedMessage, _FromOurs, TracedDelivery, TracedFrame):
    _class.__name__ = _class.__qualname__ = "dict"
    _class.__module__ = "builtins"
for _class in (TracedMessage, TracedFrame):
    _class.get.__qualname__ = "dict.get"


def handed(
    message: Any,
    entry: Entry,
    cell: Any = None,
    hidden: tuple[str, ...] = (),
) -> TracedMessage:
    """Return a message that knows its place in the journal.

    Args:
        message: what is handed to an application.
        entry: its place.
        cell: the cell that it comes from, in a notebook.
        hidden: the secrets in it.
    """
    if cell is None and not hidden:
        result = TracedMessage(message)
    else:
        result = _FromOurs(message)
        result.cell, result.hidden = cell, hidden
    result.entry, result.left = entry, False
    return result
