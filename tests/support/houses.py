"""Flows of three clients in which anything may happen, for properties.

A house is a journal with a small model of a layer: who is a member, what
waits where, who is busy. Each step is one thing that happens; ``STEPS`` makes
lists of them. All kinds of events come about, some in odd places: somebody
joins twice, or is made a member when already gone; a ghost's mail is read.
"""

from collections.abc import Callable, Sequence

from hypothesis import strategies as st

from minichannels.flow.journal.events import Entry, Lane, next_id
from minichannels.flow.journal.journal import KEPT, Journal

NAMES, GROUPS = ("ada", "bob", "eve"), ("chat", "news")
Step = tuple[str, int, int]
"""What happens, who does it, and to whom, or to which group."""


class House:
    """A journal, and what is so in it.

    Args:
        capacity: how many messages a mailbox holds.
        kept: how many events the journal keeps.
    """

    def __init__(self, capacity: int = 2, kept: int = KEPT) -> None:
        self.journal = Journal(kept)
        self.capacity = capacity
        self.members: dict[str, list[Lane]] = {group: [] for group in GROUPS}
        self.boxes: dict[Lane, list[Entry]] = {}
        self._lanes: dict[int, Lane] = {}
        self._trigger: dict[Lane, Entry] = {}
        self._gone: set[Lane] = set()

    def play(self, steps: Sequence[Step]) -> None:
        """Let some things happen."""
        for name, who, whom in steps:
            self.step(name, who, whom)

    def step(self, name: str, who: int, whom: int) -> None:
        """Let one thing happen, by a client who has connected before."""
        for number in (who, whom):
            if number not in self._lanes:
                self._connects(number)
        DEEDS[name](self, self._lanes[who], whom)

    def _connects(self, number: int) -> None:
        who = NAMES[number]
        count = len(self.boxes) + 1
        lane = self.journal.open_lane(who, f"Chat#{count}")
        lane.open = True
        self._lanes[number], self.boxes[lane] = lane, []
        self._handed(lane, "websocket.connect", "connect")

    def _handed(self, lane: Lane, type_: str, handler: str) -> Entry:
        entry = Entry("receive", lane, type_, {})
        entry.handler = handler
        self._trigger[lane] = entry
        self.journal.add(entry)
        return entry

    def _does(self, kind: str, lane: Lane, type_: str, target: str) -> Entry:
        entry = Entry(kind, lane, type_, {}, lane, target)
        entry.cause = self._trigger[lane].id
        return entry

    # What may happen

    def returns(self, lane: Lane, whom: int) -> None:
        if lane in self._gone:
            self._connects(NAMES.index(lane.client))

    def says(self, lane: Lane, whom: int) -> None:
        handler = "" if whom else "receive"
        self._handed(lane, "websocket.receive", handler)

    def is_not_heard(self, lane: Lane, whom: int) -> None:
        entry = self._handed(lane, "websocket.receive", "")
        entry.status = entry.reason = "undelivered"

    def answers(self, lane: Lane, whom: int) -> None:
        self.journal.add(self._does("send", lane, "websocket.send", ""))

    def waits(self, lane: Lane, whom: int) -> None:
        self.journal.add(self._does("wait", lane, "receive", ""))

    def _moves(self, kind: str, lane: Lane, whom: int, group: str) -> None:
        entry = self._does(kind, lane, f"group_{kind}", "layer")
        entry.group, entry.member = group, self._lanes[whom]
        self.journal.add(entry)

    def adds(self, lane: Lane, whom: int, group: str = "chat") -> None:
        self._moves("join", lane, whom, group)
        if self._lanes[whom] not in self.members[group]:
            self.members[group].append(self._lanes[whom])

    def joins(self, lane: Lane, whom: int) -> None:
        self.adds(lane, NAMES.index(lane.client), GROUPS[whom % 2])

    def removes(self, lane: Lane, whom: int, group: str = "chat") -> None:
        self._moves("leave", lane, whom, group)
        if self._lanes[whom] in self.members[group]:
            self.members[group].remove(self._lanes[whom])

    def leaves(self, lane: Lane, whom: int) -> None:
        self.removes(lane, NAMES.index(lane.client), GROUPS[whom % 2])

    def broadcasts(self, lane: Lane, whom: int) -> None:
        group = GROUPS[whom % 2]
        self._sends("group_send", lane, group, self.members[group])

    def sends(self, lane: Lane, whom: int) -> None:
        self._sends("channel_send", lane, "", [self._lanes[whom]])

    def _sends(
        self, kind: str, lane: Lane, group: str, members: Sequence[Lane]
    ) -> None:
        act = self._does(kind, lane, "chat.message", "layer")
        act.group, act.id = group, next_id()
        copies = [self._arrives(act, member) for member in members]
        self.journal.add(act, *copies)

    def _arrives(self, act: Entry, reader: Lane) -> Entry:
        box, n = self.boxes[reader], self.capacity
        copy = Entry("deliver", reader, act.type, {}, act.group, reader)
        copy.group, copy.cause, copy.act = act.group, act.id, act.id
        busy = reader in self._gone or box or reader is act.lane
        if not busy:
            copy.handler = "chat_message"
            self._trigger[reader] = copy
        elif len(box) == n:
            copy.become("dropped", f"full {n}/{n}", capacity=n)
        else:
            box.append(copy)
            words, number = f"waits {len(box)}/{n}", len(box)
            copy.become("waiting", words, waiting=number, capacity=n)
        return copy

    def reads(self, lane: Lane, whom: int) -> None:
        for copy in self.boxes[lane][: 1 + whom]:
            entry = self._ended("read", copy, "delivered", "")
            entry.handler = "chat_message" if whom else ""
            self._trigger[lane] = entry

    def expires(self, lane: Lane, whom: int) -> None:
        if self.boxes[lane]:
            for copy in self.boxes[lane][:1]:
                self._ended("loss", copy, "expired", "expired 60 s")
            for members in self.members.values():
                if lane in members:
                    members.remove(lane)

    def is_not_read(self, lane: Lane, whom: int) -> None:
        for copy in self.boxes[lane][:]:
            self._ended("loss", copy, "undelivered", "undelivered")

    def _ended(self, kind: str, copy: Entry, status: str, why: str) -> Entry:
        entry = Entry(kind, copy.lane, copy.type, {}, copy.source, copy.target)
        entry.group, entry.cause = copy.group, copy.id
        entry.status, entry.reason = status, why
        self.boxes[copy.lane].remove(copy)
        self.journal.add(entry)
        return entry

    def disconnects(self, lane: Lane, whom: int) -> None:
        if lane not in self._gone:
            self._handed(lane, "websocket.disconnect", "disconnect").ends = True
            self.journal.closed(lane)
            self._gone.add(lane)

    def raises(self, lane: Lane, whom: int) -> None:
        if lane not in self._gone:
            entry = self._does("crash", lane, "KeyError", "")
            entry.ends = True
            self.journal.add(entry)
            self._gone.add(lane)

    def haunts(self, lane: Lane, whom: int) -> None:
        for group, members in self.members.items():
            if lane in self._gone and lane in members:
                note = Entry("ghost", lane, "ghost", {}, lane, group)
                note.group, note.member = group, lane
                note.cause = self._trigger[lane].id
                self.journal.add(note)


Deed = Callable[[House, Lane, int], None]
DEEDS: dict[str, Deed] = {
    name: getattr(House, name)
    for name in (
        *("says", "is_not_heard", "answers", "waits", "joins", "adds"),
        *("leaves", "removes", "broadcasts", "sends", "reads", "expires"),
        *("is_not_read", "disconnects", "raises", "haunts", "returns"),
    )
}
STEPS = st.lists(
    st.tuples(
        st.sampled_from(sorted(DEEDS)), st.integers(0, 2), st.integers(0, 2)
    ),
    max_size=30,
)
