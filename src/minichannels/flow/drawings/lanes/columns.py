"""Where everybody stands in the lanes drawing.

How it works: connections stand in the order of their first events, each as a
pair: the client, and beside it its consumer. The channel layer comes last, so
that the arrows of a socket are short and cross nothing. If there are many
pairs, some share a column. In a flow of several processes, those of each stand
together, with a wall behind them (``lanes.walls``).

A figure knows all events: those without a client stand behind the others, and
those to whom least happened share. A drawing that grows gives everybody a
place as they come (``live.columns``).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from minichannels.flow.journal.events import Event
from minichannels.flow.text.formatting import cells, shortened
from minichannels.flow.text.wording import LONGEST_NAME

MOST_PAIRS, MOST_OF_SEVERAL = 4, 6
"""How many pairs have a column of their own: of one process, and of several,
which have one each at least."""

COLUMN, FEW_PAIRS, LETTER = 88.0, 2, 6.2
"""How wide a consumer's column is. Of a few, each is as wide as the names of
its handlers, of so many pixels a letter."""

LONGEST_LINE, LETTER_OF_WORDS = 41, 6.3
"""How many letters of a row's words stand in a line, and how wide each is."""

GUTTER = 22.0
"""How wide the room beside a column is, where messages wait."""

BESIDE = 9.0
"""How far beside a column that several share their short arrows begin: their
clients have no lanes. What waits in the column before ends there."""

KINDS = {"http": "HTTP", "websocket": "WebSocket"}
"""What a connection is called, by how the types of its events begin."""

BEHIND = 27.0
"""How far behind the last column of a process its wall stands."""


@dataclass(slots=True)
class Pair:
    """A client and its consumer.

    Attributes:
        client: the client's name; empty if it has none.
        applications: the consumers' names, one after another.
        former: what it was called before, if it was.
        start: its left edge.
        wide: how wide the consumer's column is.
        process: the process that it is in, if there are several.
        shared: whether several clients and their consumers stand in it.
        user: who is logged in, if that is known and not the client's name.
        kind: ``HTTP`` or ``WebSocket``, whichever was last.
        path: where its WebSocket leads to, in a drawing that grows.
    """

    client: str
    applications: list[str] = field(default_factory=list)
    former: str = ""
    start: float = 16
    wide: float = COLUMN
    process: str = ""
    shared: bool = False
    user: str = ""
    kind: str = ""
    path: str = ""

    def note(self, event: Event) -> None:
        """Note who is logged in, and over what, if an event tells."""
        if event.user not in ("", event.client):
            self.user = event.user
        if event.traits.at_socket:
            self.kind = KINDS.get(event.type.partition(".")[0], self.kind)

    @property
    def x(self) -> float:
        """The client's lane; of those who share a column, just beside it."""
        return self.left - BESIDE if self.shared else self.start + 28

    @property
    def left(self) -> float:
        """The left edge of the consumer's column."""
        return self.start + (56 if self.client else 0)

    @property
    def middle(self) -> float:
        """The line of what has no scope."""
        return self.left + self.wide / 2

    @property
    def right(self) -> float:
        """The right edge of the consumer's column."""
        return self.left + self.wide


class Columns:
    """The columns of one drawing.

    Args:
        events: what is drawn.
        layer: whether the layer has a column though no event concerns it.

    Attributes:
        pairs: the pairs, from left to right.
        of: the pair of each connection.
        layers: the left edge of each layer's column.
        end: where the last column ends.
        text: where the numbers end and the words begin, roughly.
        width: of the whole drawing.
        letters: how many letters of a row's words stand in a line.
        below: whether a row's words stand below its arrows, not beside them.
        chosen: the connections that a reader has chosen to see.
        only_websockets: whether that reader looks at WebSockets alone.
        opens_bodies: whether a row says how a body begins, and not its size
            alone.
    """

    opens_bodies = False
    chosen: frozenset[int] = frozenset()
    only_websockets = False
    letters = LONGEST_LINE
    below = False

    def __init__(
        self, events: Sequence[Event] = (), layer: bool = False
    ) -> None:
        self.of: dict[int, Pair] = {}
        self.pairs: list[Pair] = []
        self.layers: dict[str, float] = {}
        self.end = self.text = self.width = 0.0
        self._digits = 2
        self._ended: set[int] = set()
        self._last_of: dict[str, int] = {}
        self._layer_of: dict[int, str] = {}
        self._classes: set[str] = set()
        for event in events:
            self._take_in(event)
        if layer and not self.layers:
            self.layers["layer"] = 0.0
        self._sort()
        self._share_some(events)
        self._sort()  # a column that is shared stands behind its process's own
        if len(self.pairs) <= FEW_PAIRS:
            self._widen(events)
        self._place()

    def _take_in(self, event: Event) -> None:
        if event.connection not in self.of:
            self._open(event)
            self._last_of[event.client] = event.connection
        self.of[event.connection].note(event)
        if event.traits.at_layer:
            known = event.target.partition(" ")[0] == "layer"
            name = event.target if known else "layer"
            # A delivery's layer is that of its send.
            name = self._layer_of.get(event.cause or 0, name)
            self._layer_of[event.seq] = name
            self.layers.setdefault(name, 0.0)
        if event.ends:
            self._ended.add(event.connection)
        self._digits = max(self._digits, len(str(event.seq)))
        self._classes.add(event.application.rpartition("#")[0])

    def _open(self, event: Event) -> None:
        """Give a connection its pair."""
        former = self._last_of.get(event.client, 0)
        if event.client and former in self._ended:
            # A client's next scope stands in its column again.
            pair = self.of[former]
        else:
            pair = Pair(event.client, former=event.former)
            pair.process = event.process
            self.pairs.append(pair)
        self.of[event.connection] = pair
        pair.applications.append(event.application)

    def _sort(self) -> None:
        """Put those of a process together, and behind them what is in none.

        Those without a client (workers, cells) stand behind the others.
        """
        first: dict[str, int] = {}
        for pair in sorted(self.pairs, key=lambda pair: not pair.client):
            first.setdefault(pair.process, len(first))
        several = len(first) > 1
        self.pairs.sort(
            key=lambda pair: (
                several and not pair.process,
                first[pair.process],
                not pair.client,
            )
        )

    def _widen(self, events: Sequence[Event]) -> None:
        """Make room for the names of handlers."""
        for event in events:
            pair = self.of[event.connection]
            room = 15 + LETTER * cells(shortened(event.handler, LONGEST_NAME))
            pair.wide = max(pair.wide, room)

    def _share_some(self, events: Sequence[Event]) -> None:
        """If there are many pairs, let those share to whom least happened."""
        of_process: dict[str, list[Pair]] = {}
        for pair in self.pairs:
            of_process.setdefault(pair.process, []).append(pair)
        most = MOST_PAIRS if len(of_process) < 2 else MOST_OF_SEVERAL
        room = {process: len(own) for process, own in of_process.items()}
        while sum(room.values()) > most and max(room.values()) > 1:
            room[max(room, key=lambda process: room[process])] -= 1
        for process, own in of_process.items():
            if len(own) > room[process]:
                self._share(_least(events, self.of, own, room[process] - 1))

    def _share(self, rest: Sequence[Pair]) -> None:
        """Let some pairs share one."""
        shared = Pair("", [f"{len(rest)} more"], shared=True)
        shared.process = rest[0].process
        left = {id(pair) for pair in rest}
        for number, pair in self.of.items():
            if id(pair) in left:
                self.of[number] = shared
        kept = [pair for pair in self.pairs if id(pair) not in left]
        self.pairs = [*kept, shared]

    def _place(self, spare: float = 0) -> None:
        """Put all side by side, with spare room behind them."""
        x, end = 16.0, Pair("")
        for pair, behind in pairwise([*self.pairs, end]):
            pair.start = x
            # A client's lane stands apart; a consumer's column would not.
            apart = behind.client or behind is end
            x = pair.right + (6 if apart else GUTTER)
            if pair.process not in ("", behind.process):
                x = pair.right + BEHIND + 7  # a wall stands there
            elif pair.process and not behind.client:
                x = pair.right + BEHIND
        x += 20 + spare
        for name in self.layers:
            self.layers[name] = x
            x += 76
        room = max(13 * self._digits - 31, 0)  # for a range of long numbers
        self.end, self.text = x, x + room
        fewer = LONGEST_LINE - self.letters
        words = 0 if self.below else 324 - fewer * LETTER_OF_WORDS
        self.width = self.text + words + 14

    def fit(self, letters: int, below: bool) -> None:
        """Give the words the room that a window leaves to them.

        Args:
            letters: how many letters stand in a line.
            below: whether they stand below the arrows.
        """
        self.letters, self.below = letters, below
        self._place()

    def layer(self, event: Event) -> float:
        """Return the left edge of the column of the layer of an event."""
        return self.layers[self._layer_of[event.seq]]

    def is_shared(self, event: Event) -> bool:
        """Return whether an event's client has no lane of its own."""
        return bool(event.client) and self.of[event.connection].shared

    def has_line(self, event: Event) -> bool:
        """Return whether an event at a socket has a client to be drawn from."""
        return bool(self.of[event.connection].client) or self.is_shared(event)

    def short(self, name: str) -> str:
        """Return a consumer's name as the words of a row have it."""
        base, _, number = name.rpartition("#")
        one_class = len(self._classes - {""}) == 1
        return f"#{number}" if base and one_class else name


def _least(
    events: Sequence[Event],
    of: Mapping[int, Pair],
    pairs: Sequence[Pair],
    few: int,
) -> list[Pair]:
    """Return the pairs to whom least happened: all but a few.

    Those who lost most are no such; of the others, who did what no other did;
    then the earliest.
    """
    losses = Counter(id(of[e.connection]) for e in events if e.is_lost)
    like = _histories(events, of)
    alike = Counter(like.values())
    ranked = sorted(
        pairs, key=lambda pair: (-losses[id(pair)], alike[like[id(pair)]])
    )
    kept = {id(pair) for pair in ranked[:few]}
    return [pair for pair in pairs if id(pair) not in kept]


def _histories(
    events: Sequence[Event], of: Mapping[int, Pair]
) -> dict[int, tuple[object, ...]]:
    """Return what happened in each pair, without who and what exactly."""
    found: dict[int, list[object]] = {}
    for e in events:
        what = (e.kind, e.type, e.group, e.reason, e.handler)
        found.setdefault(id(of[e.connection]), []).append(what)
    return {number: tuple(what) for number, what in found.items()}
