"""What is under way in one layer: sends, and the deliveries that came of them.

A message comes out of a layer as a bare dict, perhaps in another thread and
long after it was sent. Of which send is it a copy? Nothing may be put into
it to tell: whoever reads without the recorder would find that, a layer would
count it, and an application would send it on. So what came out is compared
with what went in, for a channel hands its messages out in order:

  in this channel there waits      then it is
  one message that is equal        a copy of that
  several that are equal           a copy of the oldest; nobody could tell
  one that was equal when sent     a copy of that: a serializer may have made
                                   a list of a tuple, or another NaN of a NaN
  none                             of a send that was not seen, or that went
                                   to somebody whose joining was not seen

Between processes that would not do: while a process is recorded to be joined
with others, a key in each message says which send it is of (``cause_key``).

A delivery may be in several journals, in each as one *copy*. What nobody
reads must not stay for ever: of all channels together, only the deliveries
sent last are remembered.
"""

import itertools
from collections import OrderedDict, defaultdict, deque
from collections.abc import Collection, Iterator, Mapping
from operator import attrgetter
from typing import Any

from minichannels.flow.journal.cause_key import KEY, found_in, key_of
from minichannels.flow.journal.events import Entry, Lane, Who, next_id
from minichannels.flow.journal.journal import KEPT, Journal
from minichannels.flow.journal.keeping import LARGEST, shortened
from minichannels.flow.journal.payloads import snapshot, weight, words
from minichannels.flow.recording.application.causes import CURRENT
from minichannels.flow.recording.clients.cells import current_cell
from minichannels.flow.recording.layer.messages import own

MOST_WAITING = KEPT
"""How many deliveries are remembered: no more than a journal keeps."""

MOST_RECENT = 20
"""How many sends are remembered for those whose joining was not seen."""

Copies = list[tuple[Journal, Entry]]


def _of_send(name: str) -> Any:
    """Return an attribute that a delivery shares with its send."""
    return property(attrgetter(f"sent.{name}"))


class Delivery(Entry):
    """One member's copy of a message in the journal, where it takes little.

    Attributes:
        sent: the send that it came of; what that carries, this carries.
    """

    kind, plain, is_http = "deliver", True, False
    sent: Entry

    # Made without a further call: whoever makes it sets what it knows.
    __init__ = object.__init__

    type, payload = _of_send("type"), _of_send("payload")
    group = _of_send("group")
    cause = act = _of_send("id")
    source: Any = property(lambda self: self.sent.group or self.sent.target)


class TracedSend:
    """A send, while the layer works on it.

    Attributes:
        type: the message's type, as text.
        payload: the message without its type, as it is now.
        shown: both, without what the client of whoever sends it has shown.
        hidden: the secrets of that client, if one of them is in the message.
        size: what both weigh.
        message: what to give to the layer.
        id: its place in the order of arrival; 0 if it was not seen.
        key: what stands in the message to tell it, if anything does.
        entries: for each journal, what was written into it.
        channels: those in which it still waits.
        cell: the notebook's cell that it comes from.
        full: what lay last in those mailboxes that were full before.
    """

    def __init__(self, message: Mapping[str, Any]) -> None:
        self.type, self.payload = content(message)
        self.size = len(self.type) + weight(self.payload)
        self.shown, self.hidden = _shown(self.type, self.payload)
        if self.size > LARGEST:
            self.shown = type_, payload = shortened(*self.shown)
            self.size = len(type_) + weight(payload)
        self.message = own(message)
        # That of an event from a layer that was not recorded, sent on.
        self.message.pop(KEY, None)
        self.id = 0
        self.key = ""
        # To make one of defaultdict[…] takes ten times as long.
        self.entries: dict[Journal, list[Entry]] = defaultdict(list)
        self.channels: dict[str, None] = {}
        self.cell = current_cell()
        self.full: dict[str, Any] = {}

    def begin(self) -> None:
        """Give the act its number."""
        self.id = next_id()

    def mark(self) -> None:
        """Put the key of this send into the message."""
        self.key = self.message[KEY] = key_of(self.id)

    def unmark(self) -> None:
        """Take the key out of the message."""
        self.key = ""
        del self.message[KEY]

    def entry(
        self, kind: str, lane: Lane, source: Who, target: Who, group: str
    ) -> Entry:
        """Return an entry that carries what the message carries."""
        type_, payload = self.shown
        entry = Entry(kind, lane, type_, payload, source, target)
        entry.id, entry.group, entry.size = self.id, group, self.size
        return entry

    def carried(self, type_: str, payload: dict[str, Any]) -> bool:
        """Return whether it was a message of this content when it was sent."""
        return self.type == type_ and (
            self.payload == payload or repr(self.payload) == repr(payload)
        )


def _shown(
    type_: str, payload: dict[str, Any]
) -> tuple[tuple[str, dict[str, Any]], tuple[str, ...]]:
    """Return what of a message may be kept, and which secrets it has, if any.

    Whoever sends it may know what the client has shown that it works for.
    """
    running = CURRENT.get()
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


class InFlight:
    """The deliveries of one layer that nobody has read yet."""

    def __init__(self) -> None:
        self._waiting: dict[str, dict[TracedSend, Copies]] = {}
        # In the order in which they were sent. (A plain dict would search for
        # its first key, past all that were taken.)
        self._sends: OrderedDict[TracedSend, None] = OrderedDict()
        self._number = 0
        self._recent: deque[TracedSend] = deque(maxlen=MOST_RECENT)

    def __len__(self) -> int:
        return self._number

    def __contains__(self, channel: str) -> bool:
        return channel in self._waiting

    def __iter__(self) -> Iterator[tuple[str, TracedSend, Copies]]:
        """Yield channel, send and copies; each may be taken at its turn."""
        for act in list(self._sends):
            for channel in list(act.channels):
                yield channel, act, self._waiting[channel][act]

    def begin(self, act: TracedSend) -> None:
        """Note that a send begins."""
        act.begin()
        self._recent.append(act)

    def add(self, channel: str, act: TracedSend, copies: Copies) -> int:
        """Remember a delivery; return in which place of its channel it waits.

        When its send has no more of them, call :meth:`added`.
        """
        waiting = self._waiting.get(channel)
        if waiting is None:
            waiting = self._waiting[channel] = {}
        waiting[act] = copies
        act.channels[channel] = None
        return len(waiting)

    def added(self, act: TracedSend) -> None:
        """Note that a send has its deliveries; forget the oldest of all."""
        if not act.channels:
            return
        self._sends[act] = None
        self._number += len(act.channels)
        while self._number > MOST_WAITING:
            oldest = next(iter(self._sends))
            self.take(next(iter(oldest.channels)), oldest)

    def oldest(self, channel: str, message: Any) -> TracedSend | None:
        """Return the first send to a channel that a message may be of."""
        waiting = self._waiting.get(channel)
        if waiting is None:
            return None
        first = next(iter(waiting))  # most often it is that
        try:
            if first.message == message:
                return first
        except Exception:  # it contains itself, or what cannot be compared
            pass
        return _match(waiting, message)

    def newest(self, channel: str, message: Any) -> TracedSend | None:
        """Return the last send to a channel that a message may be of."""
        return _match(list(self._waiting.get(channel, {}))[::-1], message)

    def recent(self, message: Any) -> TracedSend | None:
        """Return the last send to anybody that a message may be of."""
        return _match(list(self._recent)[::-1], message)

    def take(self, channel: str, act: TracedSend | None) -> Copies:
        """Return a delivery and forget it; nothing if it is not known."""
        waiting = self._waiting.get(channel)
        if waiting is None or act is None or act not in waiting:
            return []
        copies = waiting.pop(act)
        self._number -= 1
        channels = act.channels
        del channels[channel]
        if not channels:
            del self._sends[act]
        if not waiting:
            del self._waiting[channel]
        return copies

    def take_older(self, channel: str, act: TracedSend) -> Copies:
        """Return what was sent to a channel before a delivery; forget it."""
        waiting = self._waiting[channel]
        older = list(itertools.takewhile(lambda it: it is not act, waiting))
        return [copy for each in older for copy in self.take(channel, each)]


def _match(acts: Collection[TracedSend], message: Any) -> TracedSend | None:
    if not acts:
        return None
    if key := found_in(message):
        return next((act for act in acts if act.key == key), None)
    for act in acts:  # most often it is the first
        if _equal(act.message, message):
            return act
    read = content(message)
    return next((act for act in acts if act.carried(*read)), None)


def _equal(sent: Any, read: Any) -> bool:
    try:
        return sent is read or bool(sent == read)
    except Exception:  # it contains itself, or what cannot be compared
        return False
