"""Who is who in several journals: names of processes, and shared channels.

How it works: a lane of a process gets the name of that process as a part of
its own: ``ChatConsumer#1@web-1``. A channel that several processes speak of is
one. If one of them reads it, it is that one's consumer; if nobody is known to,
it has a lane of its own, in no process.
"""

from collections import Counter
from collections.abc import Sequence

from minichannels.flow.journal.channel_names import ChannelNames
from minichannels.flow.journal.events import Lane, Who
from minichannels.flow.journal.journal import KEPT
from minichannels.flow.processes.lives import ProcessLife


class SharedLanes:
    """The lanes of several lives.

    Args:
        lives: whose lanes.
        named: whether names tell the process.

    Attributes:
        channels: what the channels in payloads are called.
    """

    def __init__(self, lives: Sequence[ProcessLife], *, named: bool) -> None:
        self._processes = _names(lives) if named else [""] * len(lives)
        self._of: dict[Lane, Lane] = {}
        self._mailboxes: dict[str, Lane] = {}
        self._unread = 0
        self._owners = {
            channel: (index, who)
            for index, life in reversed(list(enumerate(lives)))
            for channel, who in life.channels.items()
            if isinstance(who, Lane)
        }
        # What else channels are called, the other way round.
        self._called = [
            {w: c for c, w in life.channels.items() if isinstance(w, str)}
            for life in lives
        ]
        for index, life in enumerate(lives):
            for number in sorted(life.lanes):
                self.lane(index, life.lanes[number])
        self.channels = ChannelNames(KEPT)
        for life in lives:
            for channel in life.channels:
                self.channels.note(channel, self._mailbox(channel))

    def lane(self, life: int, lane: Lane) -> Lane:
        """Return what a lane of a life is among those of all."""
        if lane.mailbox and (channel := self._channel(life, lane.application)):
            return self._mailbox(channel, lane.former)
        made = self._of.get(lane)
        if made is None:
            process = self._processes[life]
            at = f"@{process}" if process else ""
            client = lane.client and f"{lane.client}{at}"
            made = self._new(client, f"{lane.application}{at}", lane.former)
            made.process, made.user = process, lane.user
            made.heads = lane.heads
            self._of[lane] = made
        return made

    def who(self, life: int, who: Who) -> Who:
        """Return what somebody is called among all."""
        if isinstance(who, Lane):
            return self.lane(life, who)
        channel = self._called[life].get(who)
        return self._mailbox(channel) if channel else who

    def _channel(self, life: int, name: str) -> str:
        """Return the channel that a life has a name for; empty if unknown."""
        return self._called[life].get(name, "" if "#" in name else name)

    def _mailbox(self, channel: str, former: str = "") -> Lane:
        """Return the lane of whoever reads a channel, or else its own."""
        if channel in self._owners:
            return self.lane(*self._owners[channel])
        lane = self._mailboxes.get(channel)
        if lane is None:
            name = channel
            if "!" in channel:
                self._unread += 1
                name = f"channel#{self._unread}"
            lane = self._mailboxes[channel] = self._new("", name, former)
            lane.mailbox = True
        return lane

    def _new(self, client: str, application: str, former: str) -> Lane:
        number = len(self._of) + len(self._mailboxes) + 1
        return Lane(number, client, application, former)


def _names(lives: Sequence[ProcessLife]) -> list[str]:
    """Return the names of lives: of a process that came back, with a number."""
    times: Counter[str] = Counter()
    names = []
    for life in lives:
        times[life.process] += 1
        again = times[life.process]
        names.append(life.process if again == 1 else f"{life.process}({again})")
    return names
