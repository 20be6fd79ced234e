"""One connection while it is recorded: its names, and what it still has to do.

A connection has *sources*: its client, and each mailbox that its consumer
reads. An application that was handed an event by a source is at work on it
until it asks the same source for the next one, or ends.
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from minichannels.flow.events import ENDING, Entry, Lane
from minichannels.flow.handed import CAUSE, Handed
from minichannels.flow.journal import Journal
from minichannels.types import Message

if TYPE_CHECKING:
    from minichannels.flow.mail import Mail

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
        consumer: the consumer class that the application was made of, if any.
        over: whether the application has returned or raised.
        silent: whether nothing was written about it yet.
        undelivered: what the server raised when something was sent too late.
        mailboxes: for each mailbox that is read, how many messages wait.
        addresses: for each channel that it owns, the layer's mail.
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
        self.consumer: type[Any] | None = None
        self.over = False
        self.silent = True
        self.undelivered: BaseException | None = None
        self.mailboxes: dict[tuple[str, Any], Callable[[], int]] = {}
        self.addresses: dict[str, Mail] = {}
        self.journal = journal
        self._number = number
        self._handed = 0
        self._gone = False
        self._at_work: dict[Any, Handed] = {}
        self._running: list[str] = []
        # What a consumer of ours reported; others report nothing.
        self._reports = False
        self._reported: BaseException | None = None
        self._last: Entry | None = None

    def __repr__(self) -> str:
        return f"<observer of {self.lane.client}>"

    def add(self, kind: str, type_: str, payload: dict[str, Any]) -> Entry:
        """Write an event of this connection into the journal."""
        self.silent = False
        entry = Entry(kind, self.lane, type_, payload, self.lane)
        if kind != "receive":
            entry.cause = CAUSE.get()
        if type_ in ENDING or kind == "crash":
            entry.ends = True
        self._last = entry
        self.journal.add(entry)
        return entry

    # What a source hands out

    def asks(self, source: Any) -> None:
        """Note that the application asks a source for the next event."""
        if self._at_work.pop(source, None) is not None:
            self.changed()

    @property
    def last(self) -> int | None:
        """The id of the last thing that happened here."""
        return None if self._last is None else self._last.id

    def gets(self, source: Any, message: Handed) -> None:
        """Note that a source hands an event to the application."""
        # Not read as an application does: this is not what handles it.
        kind = str(dict.get(message, "type", ""))
        self._at_work[source] = message
        # Consumers of ours say themselves which handler they call.
        if self.consumer is not None and not self._reports:
            name = kind.replace(".", "_")
            message.entry.handler = learners_name(self.consumer, name)
        if source == CLIENT:
            self._handed += kind == "websocket.receive"
            self._gone |= kind.endswith(".disconnect")

    def sends(self, message: Message) -> None:
        """Note that the application sends; after a close none is read."""
        self._gone |= message.get("type") == "websocket.close"

    def ends(self) -> None:
        """Note that the application has returned or raised."""
        self.over = True
        if self._last is not None and not self._gone:
            self._last.ends = True
        if self._reports:
            for entry in self._not_begun():
                if entry.status == "delivered":
                    entry.status = entry.reason = "undelivered"
        for channel, mail in self.addresses.items():
            mail.abandoned(channel, self.lane)
        self.link.over.set_result(None)
        self.changed()

    # What a consumer reports (minichannels.types.Observer)

    def consumer_started(self, consumer: Any) -> None:
        """Name the connection's application after its consumer."""
        self._reports = True
        name = type(consumer).__name__
        if self.lane.application.rpartition("#")[0] != name:
            self.lane.application = f"{name}#{self._number(name)}"

    def handler_started(
        self, consumer: Any, name: str, message: Message
    ) -> None:
        """Note that a handler runs."""
        learners = learners_name(consumer, name)
        self._running.append(learners)
        if isinstance(message, Handed):
            message.entry.handler, message.entry.begun = learners, True
            if not hasattr(consumer, name):
                message.entry.status = "unhandled"
                message.entry.reason = "no handler"

    def handler_ended(
        self, consumer: Any, name: str, error: BaseException | None
    ) -> None:
        """Note that a handler is done."""
        self._reported = error
        self._running.remove(learners_name(consumer, name))
        self.changed()

    def thread_waited(self, consumer: Any, name: str, seconds: float) -> None:
        """Write down that a sync handler had to wait for a thread."""
        self.add("wait", learners_name(consumer, name), {})

    def crashes(self, error: BaseException) -> int | None:
        """Return the id of the event that the application failed at."""
        if not self._reports or error is self._reported:
            return CAUSE.get()
        # The consumer would not even begin with what it was handed.
        cause = None
        for entry in self._not_begun():
            entry.status, entry.reason = "unhandled", "no handler"
            cause = entry.id
        return cause

    def _not_begun(self) -> list[Entry]:
        entries = [message.entry for message in self._at_work.values()]
        return [entry for entry in entries if not entry.begun]

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
        handed = list(self._at_work.values())
        kinds = [dict.get(message, "type") for message in handed]
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


def learners_name(consumer: Any, name: str) -> str:
    """Return the name of the method that the learner wrote."""
    learners = _LEARNERS.get(name, name)
    return learners if hasattr(consumer, learners) else name
