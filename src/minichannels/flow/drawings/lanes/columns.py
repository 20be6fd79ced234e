"""Where everybody stands in the lanes drawing.

How it works: connections stand in the order of their first events, each as a
pair: the client, and beside it its consumer. The channel layer comes last, so
that the arrows of a socket are short and cross nothing.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from minichannels.flow.journal.events import Event

MOST_PAIRS = 4


@dataclass(slots=True)
class Pair:
    """A client and its consumer.

    Attributes:
        client: the client's name; empty if it has none.
        applications: the consumers' names, one after another.
        start: its left edge.
    """

    client: str
    applications: list[str] = field(default_factory=list)
    start: float = 16

    @property
    def x(self) -> float:
        """The client's lane."""
        return self.start + 28

    @property
    def left(self) -> float:
        """The left edge of the consumer's column."""
        return self.start + (56 if self.client else 0)

    @property
    def middle(self) -> float:
        """The line of what has no scope."""
        return self.left + 44

    @property
    def right(self) -> float:
        """The right edge of the consumer's column."""
        return self.left + 88


class Columns:
    """The columns of one drawing.

    Args:
        events: what is drawn.
        layer: whether the layer has a column though no event concerns it.

    Attributes:
        pairs: the pairs, from left to right.
        of: the pair of each connection.
        layers: the left edge of each layer's column.
        text: where the numbers end and the words begin, roughly.
        width: of the whole drawing.
    """

    def __init__(self, events: Sequence[Event], layer: bool = False) -> None:
        self.of: dict[int, Pair] = {}
        self.pairs = self._pairs(events)
        self._share(events)
        end = self._place()
        self._layer_of = _layers(events)
        used = list(dict.fromkeys(self._layer_of.values()))
        if layer and not used:
            used.append("layer")
        self.layers = {name: end + 76 * i for i, name in enumerate(used)}
        digits = len(str(max((event.seq for event in events), default=0)))
        room = 13 * max(digits - 3, 0)  # for a range of long numbers
        self.text = end + 76 * len(used) + room
        self.width = self.text + 338
        classes = {event.application.rpartition("#")[0] for event in events}
        self._one_class = len(classes - {""}) == 1

    def _pairs(self, events: Sequence[Event]) -> list[Pair]:
        pairs: list[Pair] = []
        ended: set[int] = set()
        last_of: dict[str, int] = {}
        for event in events:
            number = event.connection
            if number not in self.of:
                # A client's next scope stands in its column again.
                former = last_of.get(event.client, 0)
                if event.client and former in ended:
                    pair = self.of[former]
                else:
                    pair = Pair(event.client)
                    pairs.append(pair)
                self.of[number] = pair
                pair.applications.append(event.application)
                last_of[event.client] = number
            if event.ends:
                ended.add(number)
        # Those without a client (workers, cells) stand behind the others.
        pairs.sort(key=lambda pair: not pair.client)
        return pairs

    def _share(self, events: Sequence[Event]) -> None:
        """Let all but a few pairs share one, if there are many."""
        if len(self.pairs) > MOST_PAIRS:
            losses = Counter(
                id(self.of[e.connection]) for e in events if e.is_lost
            )
            like = _histories(events, self.of)
            alike = Counter(like.values())
            # Those who lost most; of the others, who did what no other did;
            # then the earliest.
            ranked = sorted(
                self.pairs,
                key=lambda p: (-losses[id(p)], alike[like[id(p)]]),
            )
            kept = {id(pair) for pair in ranked[: MOST_PAIRS - 1]}
            rest = [pair for pair in self.pairs if id(pair) not in kept]
            shared = Pair("", [f"{len(rest)} more"])
            left = {id(pair) for pair in rest}
            for number, pair in self.of.items():
                if id(pair) in left:
                    self.of[number] = shared
            self.pairs = [p for p in self.pairs if id(p) in kept] + [shared]

    def _place(self) -> float:
        """Put the pairs side by side; return where they end."""
        start = 16.0
        for pair in self.pairs:
            pair.start = start
            start = pair.right + (6 if pair.client else 20)
        return start + 20

    def layer(self, event: Event) -> float:
        """Return the left edge of the column of the layer of an event."""
        return self.layers[self._layer_of[event.seq]]

    def short(self, name: str) -> str:
        """Return a consumer's name as the words of a row have it."""
        base, _, number = name.rpartition("#")
        return f"#{number}" if base and self._one_class else name


def _layers(events: Sequence[Event]) -> dict[int, str]:
    """Return the name of the layer that an event concerns, if it does."""
    found: dict[int, str] = {}
    for event in events:
        if event.traits.at_layer:
            known = event.target.partition(" ")[0] == "layer"
            name = event.target if known else "layer"
            # A delivery's layer is that of its send.
            found[event.seq] = found.get(event.cause or 0, name)
    return found


def _histories(
    events: Sequence[Event], of: Mapping[int, Pair]
) -> dict[int, tuple[object, ...]]:
    """Return what happened in each pair, without who and what exactly."""
    found: dict[int, list[object]] = {}
    for e in events:
        what = (e.kind, e.type, e.group, e.reason, e.handler)
        found.setdefault(id(of[e.connection]), []).append(what)
    return {number: tuple(what) for number, what in found.items()}
