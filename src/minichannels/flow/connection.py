"""One connection while it is recorded: its names, and what it still has to do.

A connection has *sources*: its client, and each mailbox that its consumer
reads. An application that was handed an event by a source is at work on it
until it asks the same source for the next one, or ends.
"""

from collections.abc import Callable
from concurrent.futures import Future
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from minichannels.flow.journal import Entry, Journal, Lane
from minichannels.types import Message

CLIENT = "client"
"""The source that is the connection's own client."""

# What a learner writes where the library's own handler calls it.
_LEARNERS = {
    "websocket_connect": "connect",
    "websocket_receive": "receive",
    "websocket_disconnect": "disconnect",
    "http_request": "handle",
}


@dataclass(slots=True)
class Link:
    """What a client of our own knows about its end of a connection.

    Attributes:
        name: the client's name.
        sent: how many messages it has sent.
        closed: whether it was closed, by whomever.
        connection: the other end, once its application was called.
        failure: what the application raised, in words.
        over: done once the application has ended; for any thread.
    """

    name: str
    sent: int = 0
    closed: bool = False
    connection: "Connection | None" = None
    failure: str = ""
    over: "Future[None]" = field(default_factory=Future)

    def changed(self) -> None:
        """Tell the other end that this one has changed."""
        if self.connection is not None:
            self.connection.changed()


class Connection:
    """The life of one scope; also what its consumer reports to.

    Args:
        journal: where to write.
        lane: the connection's place in the journal.
        link: the client's end, if the client is one of ours.
        changed: called whenever something began or ended.
        number: gives the next number for a consumer class's name.

    Attributes:
        over: whether the application has returned or raised.
        silent: whether nothing was written about it yet.
        undelivered: what the server raised when something was sent too late.
        mailboxes: for each mailbox that is read, how many messages wait.
    """

    def __init__(
        self,
        journal: Journal,
        lane: Lane,
        link: Link,
        changed: Callable[[], None],
        number: Callable[[str], int],
    ) -> None:
        self.lane = lane
        self.link = link
        self.changed = changed
        self.over = False
        self.silent = True
        self.undelivered: BaseException | None = None
        self.mailboxes: dict[tuple[str, Any], Callable[[], int]] = {}
        self._journal = journal
        self._number = number
        self._handed = 0
        self._gone = False
        self._at_work: dict[Any, str] = {}
        self._running: list[str] = []

    def __repr__(self) -> str:
        return f"<observer of {self.lane.client}>"

    def add(self, kind: str, type_: str, payload: dict[str, Any]) -> Entry:
        """Write an event of this connection into the journal."""
        self.silent = False
        return self._journal.add(Entry(kind, self.lane, type_, payload))

    # What a source hands out

    def asks(self, source: Any) -> None:
        """Note that the application asks a source for the next event."""
        if self._at_work.pop(source, None) is not None:
            self.changed()

    def gets(self, source: Any, message: Message) -> None:
        """Note that a source hands an event to the application."""
        kind = str(message.get("type", ""))
        self._at_work[source] = kind
        if source == CLIENT:
            self._handed += kind == "websocket.receive"
            self._gone |= kind.endswith(".disconnect")

    def sends(self, message: Message) -> None:
        """Note that the application sends; after a close none is read."""
        self._gone |= message.get("type") == "websocket.close"

    def ends(self) -> None:
        """Note that the application has returned or raised."""
        self.over = True
        self.link.over.set_result(None)
        self.changed()

    # What a consumer reports (minichannels.types.Observer)

    def consumer_started(self, consumer: Any) -> None:
        """Name the connection's application after its consumer."""
        name = type(consumer).__name__
        self.lane.application = f"{name}#{self._number(name)}"

    def handler_started(
        self, consumer: Any, name: str, message: Message
    ) -> None:
        """Note that a handler runs."""
        self._running.append(_learners_name(consumer, name))

    def handler_ended(
        self, consumer: Any, name: str, error: BaseException | None
    ) -> None:
        """Note that a handler is done."""
        self._running.remove(_learners_name(consumer, name))
        self.changed()

    def thread_waited(self, consumer: Any, name: str, seconds: float) -> None:
        """Write down that a sync handler had to wait for a thread."""
        self.add("wait", _learners_name(consumer, name), {})

    # What is left to do

    def unfinished(self) -> list[str]:
        """Say what is still to be done, a sentence for each thing.

        For any thread: it looks at copies, each made in one step.
        """
        if self.over:
            return []
        return [*self._work(), *self._unread(), *self._mail()]

    def _work(self) -> list[str]:
        who = f"{self.lane.application} (for {self.lane.client})"
        running = list(self._running)
        if running:
            return [f"{who} still runs {name}()" for name in running]
        kinds = list(self._at_work.values())
        return [f"{who} is still at work on {kind!r}" for kind in kinds]

    def _unread(self) -> list[str]:
        who, client = self.lane.application, self.lane.client
        waiting = self.link.sent - self._handed
        if waiting > 0 and not self._gone:
            return [f"{who} has not read {_messages(waiting)} of {client}"]
        if self.link.closed and not self._gone:
            return [f"{who} has not been told yet that {client} is gone"]
        return []

    def _mail(self) -> list[str]:
        who = f"{self.lane.application} (for {self.lane.client})"
        counts = [count() for count in list(self.mailboxes.values())]
        return [
            f"the mailbox of {who} holds {_messages(n)}" for n in counts if n
        ]


def _messages(number: int) -> str:
    return "1 message" if number == 1 else f"{number} messages"


def _learners_name(consumer: Any, name: str) -> str:
    learners = _LEARNERS.get(name, name)
    return learners if hasattr(consumer, learners) else name


CURRENT: ContextVar[Connection | None] = ContextVar(
    "minichannels.flow.connection", default=None
)
"""The connection whose application runs, also in tasks that it started."""
