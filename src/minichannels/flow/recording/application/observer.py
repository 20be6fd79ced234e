"""What a consumer of ours says of itself while it is recorded.

From outside one sees what an application is handed and what it sends. Which
handler runs, when it ends and which message none was found for, a consumer
tells its observer (``minichannels.types.Observer``). Others tell nothing, and
nothing is made up for them.
"""

from asyncio import Task
from collections.abc import Callable, Collection
from typing import Any, Protocol
from weakref import proxy

from minichannels.consumer.handlers import is_ours
from minichannels.flow.journal.events import ON_LOOP, Entry, Lane, next_id
from minichannels.flow.journal.journal import Journal
from minichannels.flow.recording.application.causes import (
    CAUSE,
    HandledFrame,
    TracedMessage,
)
from minichannels.flow.recording.statuses import mark_unhandled
from minichannels.flow.recording.tasks import Home
from minichannels.flow.recording.unrecorded import look_at_consumer
from minichannels.flow.recording.users import UserLook
from minichannels.types import Message, Receive

# To look them up, at each frame, takes as long as what they do.
_cause, _is_caused_by = CAUSE.get, CAUSE.set

Handling = tuple[Any, str, Entry | None, float]
"""A handler that runs: its consumer, and its name as the learner wrote it; the
event that is told when it ends, None if a thread tells that; since when."""

SHORTEST = "shortest"
"""The attribute of a ``receive`` of the recorder's: another one, for a consumer
that alone gets to see its frames; and what says whose attribute it is."""

_OF_FRAMES = "websocket_receive"
"""The name of the handler of frames."""

# What a learner writes where the library's own handler calls it.
_LEARNERS = {
    "websocket_connect": "connect",
    "websocket_receive": "receive",
    "websocket_disconnect": "disconnect",
    "http_request": "handle",
}


class _Connection(Protocol):
    home: Home
    user: UserLook

    def add(self, kind: str, type_: str, payload: dict[str, Any]) -> Entry:
        """Write an event of the connection into the journal."""
        ...


class ConsumerObserver:
    """The observer of one connection's consumer.

    Args:
        lane: the connection's place in the journal.
        connection: the connection; not kept alive by this.
        journal: the journal; it is told whenever more is known of an event.
        waiters: who waits until all is handled; most often nobody does.
        changed: called whenever a handler has ended, and somebody waits.
        number: gives the next number for a consumer class's name.

    Attributes:
        reported: whether the consumer has reported anything.
        frame: what was handed out last to a consumer that alone gets to see
            it; None once that handles it.
        reading: what stands for it; only there with one.
        task: the task that such a consumer runs in, if there is one.
        hidden: whether it got copies of its events, so that it cannot be
            said which of them it began with.
        work: the handlers that run, those begun last behind the others.
        channel: the name of the consumer's own mailbox, if it has one.
        why: what speaks against the connection, if somebody says so.
    """

    # Of most these say no more: they have the class's own.
    reported = hidden = False
    frame: Message | None = None
    reading: HandledFrame
    task: Task[Any] | None = None
    channel = why = ""
    _layer: Any = None  # that was looked at last
    _error: BaseException | None = None
    _refused: tuple[BaseException, int] | None = None

    def __init__(
        self,
        lane: Lane,
        connection: _Connection,
        journal: Journal,
        waiters: Collection[object],
        changed: Callable[[], None],
        number: Callable[[str], int],
    ) -> None:
        self.work: list[Handling] = []
        self._lane = lane
        # Two that hold each other are left to the garbage collector: at
        # thousands of requests a second that is a lot for it to look at.
        self._connection = proxy(connection)
        self._journal = journal
        self._waiters, self._changed = waiters, changed
        self._number = number

    def __repr__(self) -> str:
        return f"<observer of {self._lane.client}>"

    def consumer_started(self, consumer: Any) -> None:
        """Name the connection's application after its consumer."""
        # With others beside it, nobody knows which of them gets the next one.
        if not self.reported and _alone_sees_frames(consumer):
            life = consumer._minichannels
            life.receive = _shortest(life.receive)
            self.task = self._connection.home.task_here()
            self._frames_are_for = learners_name(type(consumer), _OF_FRAMES)
        self.reported = True
        self.channel = getattr(consumer, "channel_name", "")
        self._connection.user.looks_at(consumer)
        lane, name = self._lane, type(consumer).__name__
        if lane.application.rpartition("#")[0] != name:
            lane.application = f"{name}#{self._number(name)}"

    def forgets(self) -> None:
        """Let go of what was handed out and raised last: it knows all this."""
        self._error = self._refused = self.task = None
        if self.__dict__.pop("reading", None) is not None:
            self.frame = None

    def connection_refused(self, why: str) -> None:
        """Keep the reason until the refusal is sent."""
        self.why = why

    def handler_started(
        self, consumer: Any, name: str, message: Message
    ) -> None:
        """Note that a handler runs."""
        if message is not self.frame:
            self._started(consumer, name, message)
            return
        # On a busy connection most are frames: in few calls what any other is.
        former, reading, journal = _cause(), self.reading, self._journal
        if former is not None and former.task is self.task:
            former.over = True
        _is_caused_by(reading)
        self.frame, entry, handler = None, reading.entry, self._frames_are_for
        entry.begun, entry.handler, entry.thread = True, handler, ON_LOOP
        entry.began, clock = next_id(), journal.clock
        self.work.append((consumer, handler, entry, clock()))
        if journal.watchers:
            journal.changed()

    def _started(self, consumer: Any, name: str, message: Message) -> None:
        """Note that a handler runs, of whatever was handed out."""
        learners, timed = learners_name(type(consumer), name), None
        begun, journal = 0.0, self._journal
        if isinstance(message, TracedMessage):
            message.begin()
            entry = message.entry
            entry.begun, entry.handler = True, learners
            if not consumer._minichannels_sync:
                # Begun anew: the chunks of a body are one event.
                entry.thread, entry.began, entry.ended = ON_LOOP, next_id(), 0
                timed, begun = entry, journal.clock()
            else:
                entry.thread = _threads_of(consumer)
            if journal.watchers:
                journal.changed()
        else:
            self.hidden = True
        self.work.append((consumer, learners, timed, begun))

    def in_thread(
        self, call: Callable[[], None], message: Message
    ) -> Callable[[], None]:
        """Return a call that notes when it begins, and when it ends."""
        if not isinstance(message, TracedMessage):
            return call
        entry = message.entry

        def noted() -> None:
            entry.began, begun = next_id(), self._journal.clock()
            try:
                call()
            finally:
                self._ran(entry, begun)

        return noted

    def handler_ended(
        self, consumer: Any, name: str, error: BaseException | None
    ) -> None:
        """Note that a handler is done."""
        who, what, timed, begun = self.work.pop()
        if who is not consumer:  # one that has others at work
            timed, begun = self._ended_before(
                (who, what, timed, begun), consumer
            )
        if timed is not None:
            # As in _ran(), but each frame passes here.
            timed.ended, clock = next_id(), self._journal.clock
            timed.ran = clock() - begun + (timed.ran or 0)
        self._error = error
        layer = consumer.__dict__.get("channel_layer")
        if layer is not self._layer:  # a handler may have set another one
            self._layer = layer
            look_at_consumer(consumer)
        if self._waiters:
            self._changed()

    def message_unhandled(self, consumer: Any) -> None:
        """Note that a consumer has no handler for what it has begun with.

        It says so where it looks for one: what an attribute gives may be
        another thing each time that it is asked for.
        """
        for place, (who, learners, *_) in enumerate(self.work):
            if who is consumer:  # or who is at work on it has called this one
                self.work[place] = who, learners, None, 0.0
                self._unhandled(learners)

    def _unhandled(self, learners: str) -> None:
        reading = _cause()
        # Of a copy one cannot say of which it is one: here it may be any.
        if reading is not None and not reading.entry.ended:
            entry = reading.entry
            # Called as the message said, which may have said anything.
            entry.handler = self._connection.masked(learners)
            entry.thread, entry.began = "", 0
            mark_unhandled(entry)

    def _ended_before(
        self, last: Handling, consumer: Any
    ) -> tuple[Entry | None, float]:
        """Return what is told that a consumer's handler ends, and its begin.

        Args:
            last: what was begun last, by another one, and goes on.
            consumer: whose handler has ended.
        """
        work = self.work
        work.append(last)
        place = -1
        while work[place][0] is not consumer:
            place -= 1
        return work.pop(place)[2:]

    def _ran(self, entry: Entry, begun: float) -> None:
        entry.ended = next_id()
        # The chunks of a body are one event, and each is handled.
        entry.ran = self._journal.clock() - begun + (entry.ran or 0)

    def message_refused(
        self, consumer: Any, message: Message, error: BaseException
    ) -> None:
        """Note that the consumer would not even begin with a message."""
        if not isinstance(message, TracedMessage):
            self.hidden = True
            return
        mark_unhandled(message.entry)
        self._refused = error, message.entry.id

    def thread_waited(self, consumer: Any, name: str, seconds: float) -> None:
        """Write down that a sync handler had to wait for a thread."""
        waited = learners_name(type(consumer), name)
        self._connection.add("wait", waited, {})

    def cause_of(self, error: BaseException) -> int | None:
        """Return the id of the event that the consumer failed at."""
        if self._refused is not None and error is self._refused[0]:
            return self._refused[1]
        # It may have come upon the handler's own, when the groups were left.
        upon = error.__context__ or error
        known = error is self._error or upon is self._error
        reading = CAUSE.get()
        return reading.entry.id if known and reading is not None else None


def _threads_of(consumer: Any) -> str:
    """Return what the handlers of a sync consumer run on."""
    return "one thread" if consumer.thread_sensitive else "pool"


def _alone_sees_frames(consumer: Any) -> bool:
    """Return whether nobody but the library sees what frames are handed out as.

    It has no methods of its own that are called with them, and handles them in
    its own task.
    """
    # Asked of its class: a property may give another thing each time.
    return not consumer._minichannels_sync and all(
        name not in consumer.__dict__
        and is_ours(getattr(type(consumer), name, None))
        for name in ("dispatch", _OF_FRAMES)
    )


def _shortest(receive: Receive) -> Receive:
    """Return what takes the place of a ``receive``, if it is the recorder's.

    What wraps one may have got its attributes (``functools.wraps``), or say
    that it has whatever it is asked for.
    """
    known = getattr(receive, SHORTEST, None)
    if not isinstance(known, tuple) or known[1]() is not receive:
        return receive
    shortest: Receive = known[0]
    return shortest


def learners_name(consumer: type[Any], name: str) -> str:
    """Return the name of the method that the learner wrote."""
    learners = _LEARNERS.get(name)
    return learners if learners and hasattr(consumer, learners) else name


def handler_of(consumer: type[Any], kind: str) -> str:
    """Return the method that a class has for a type of message, if it has."""
    name = kind.replace(".", "_")
    has_one = callable(getattr(consumer, name, None))
    return learners_name(consumer, name) if has_one else ""
