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

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from minichannels.flow.journal.cause_key import found_in
from minichannels.flow.journal.events import next_id
from minichannels.flow.journal.journal import KEPT
from minichannels.flow.recording.layer.acts import Copies, TracedSend
from minichannels.flow.recording.layer.messages import content

MOST_WAITING = KEPT
"""How many deliveries are remembered: no more than a journal keeps."""

MOST_RECENT = 20
"""How many sends are remembered for those whose joining was not seen."""

MOST_EMPTY = 1_000
"""How many channels may be remembered in which nothing waits."""


MOST_READ = MOST_RECENT
"""How many sends that are read may lie among those that are not."""


class InFlight:
    """The deliveries of one layer that nobody has read yet.

    A delivery waits as long as its channel is among the ``places`` of its
    send. Whoever takes it out of there has it, and nobody else: that is one
    step, and so most are read without a lock. All else is called with one.

    Attributes:
        waiting: for each channel, the sends of which one waits there; of some
            channels none.
    """

    def __init__(self) -> None:
        self.waiting: dict[str, deque[TracedSend]] = {}
        # In the order in which they came; of some all have been read.
        self._sends: deque[TracedSend] = deque()
        # How many may wait, and how many came since they were counted.
        self._many = self._new = 0
        # How many sends there may be until they are counted again.
        self._most_sends = MOST_READ
        self._recent: deque[TracedSend] = deque(maxlen=MOST_RECENT)

    def __len__(self) -> int:
        return sum(len(act.places) for act in self._sends)

    def __contains__(self, channel: str) -> bool:
        return bool(self.waiting.get(channel))

    def __iter__(self) -> Iterator[tuple[str, TracedSend]]:
        """Yield channel and send of each; it may be taken at its turn."""
        for act in list(self._sends):
            for channel in list(act.places):
                yield channel, act

    def begin(self, act: TracedSend) -> None:
        """Note that a send begins."""
        act.id = next_id()
        self._recent.append(act)

    def tidy(self) -> bool:
        """Forget the channels in which nothing waits, if they are many."""
        waiting = self.waiting
        if len(waiting) <= MOST_EMPTY + 2 * self._many:
            return False
        for name in [name for name, acts in waiting.items() if not acts]:
            del waiting[name]
        return True

    def mailboxes(self, channels: Sequence[str]) -> list[deque[TracedSend]]:
        """Return what waits in some channels, to be added to."""
        return [self.waiting.setdefault(name, deque()) for name in channels]

    def add(self, act: TracedSend) -> None:
        """Remember a send's deliveries; forget the oldest of all."""
        sends, plan = self._sends, act.plan
        while sends and not sends[0].places:
            self._first_is_read()
        mailboxes, many = plan.waiting, plan.many
        others_wait = sends and any(mailboxes)
        act.places, act.left = plan.index.copy(), many
        for mailbox in mailboxes:
            mailbox.append(act)
        act.numbers = list(map(len, mailboxes)) if others_wait else None
        sends.append(act)
        if many:
            self._many += many
            self._new += many
            if self._many > MOST_WAITING or len(sends) > self._most_sends:
                self._forget()

    def _forget(self) -> None:
        """Forget what is read, if that is much, and the oldest of all."""
        # Many may have been read. To count the others takes long, where many
        # are never read: so a tenth less may be remembered, for a while.
        # Behind one that nobody reads, there may be many sends that are read.
        if (
            self._new * 10 >= MOST_WAITING
            or len(self._sends) > self._most_sends
        ):
            self._count()
        while self._many > MOST_WAITING:
            oldest = self._sends[0]
            for channel in list(oldest.places)[: self._many - MOST_WAITING]:
                self.takes(channel, oldest)
            if not oldest.places:
                self._first_is_read()

    def _first_is_read(self) -> None:
        act = self._sends.popleft()
        self._many -= act.left
        act.let_go()

    def _count(self) -> None:
        """Count how many wait, and let go of the sends that are read."""
        many = self._new = 0
        left: deque[TracedSend] = deque()
        for act in self._sends:
            act.left = len(act.places)
            if act.left:
                many += act.left
                left.append(act)
            else:
                act.let_go()
        self._sends, self._many = left, many
        self._most_sends = MOST_READ + 2 * len(left)

    def oldest(self, channel: str, message: Any) -> TracedSend | None:
        """Return the first send to a channel that a message may be of."""
        acts = self._acts(channel)
        if acts and _equal(acts[0].message, message):  # most often it is that
            return acts[0]
        return _match(acts, message)

    def newest(self, channel: str, message: Any) -> TracedSend | None:
        """Return the last send to a channel that a message may be of."""
        return _match(self._acts(channel)[::-1], message)

    def recent(self, message: Any) -> TracedSend | None:
        """Return the last send to anybody that a message may be of."""
        return _match(list(self._recent)[::-1], message)

    def under_way(self, channel: str) -> list[TracedSend]:
        """Return what a layer is about to send to a group with a channel."""
        acts = self._acts(channel)
        return [act for act in acts if act.group and not act.is_sent]

    def _acts(self, channel: str) -> list[TracedSend]:
        """Return the sends of which one waits in a channel."""
        acts = list(self.waiting.get(channel, ()))
        return [act for act in acts if channel in act.places]

    def take_of(
        self, channel: str, message: Any, is_last: bool = False
    ) -> tuple[TracedSend | None, Copies]:
        """Take the first delivery to a channel that a message may be of.

        Args:
            channel: the channel.
            message: the message.
            is_last: whether the last one is looked for.
        """
        find = self.newest if is_last else self.oldest
        while (act := find(channel, message)) is not None:
            index = self.takes(channel, act)
            if index is not None:  # or it was read just now
                return act, act.copies(index)
        return None, []

    def take(self, channel: str, act: TracedSend) -> Copies:
        """Return a delivery and forget it; nothing if it is not known."""
        index = self.takes(channel, act)
        return [] if index is None else act.copies(index)

    def takes(self, channel: str, act: TracedSend) -> int | None:
        """Forget a delivery; return its place, or None if it is not known."""
        index = act.places.pop(channel, None)
        if index is not None:
            self.waiting[channel].remove(act)
            act.left -= 1
            self._many -= 1
        return index

    def take_older(self, channel: str, act: TracedSend) -> Copies:
        """Return what was sent to a channel before a delivery; forget it."""
        older = [each for each in self._acts(channel) if each.id < act.id]
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
