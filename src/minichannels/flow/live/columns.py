"""Where everybody stands in a drawing that grows, and who has a column.

How it works: connections come, and each takes a seat: a client's next scope
that of the former one. While there are few seats, each is a pair of columns of
its own, in the order in which they came. Of many, those have one who were
chosen, otherwise open WebSockets, then whatever else is active. Requests stand
in one lane, all others in another. A seat keeps its columns until somebody
comes who is more worth seeing: then all is drawn anew.

Room for three pairs is kept from the beginning, so that they may come whenever
they like, and nothing that was drawn has to move.
"""

from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass, field

from minichannels.flow.drawings.lanes.columns import (
    LONGEST_LINE,
    MOST_PAIRS,
    Columns,
    Pair,
)
from minichannels.flow.journal.events import Event

SPARE, WIDE = 3, 150.0
"""For how many pairs room is kept, and how much."""

MOST_CHOSEN = 6
"""How many pairs a reader can choose."""

FEWER_LETTERS = 28
"""How many letters stand in a line where many columns leave little room, if
nobody says how much there is."""

A_STREAM = 3
"""From how many pieces of a response on a request is worth a column."""

OPEN, ACTIVE, OVER, REQUEST = range(4)
"""Who is worth a column, the most first."""


@dataclass(eq=False, slots=True)
class Seat:
    """A client's scopes, one after another.

    Attributes:
        pair: what stands for it if it has columns of its own.
        names: its consumers, by their connections.
        sockets: the paths of those of its connections that are WebSockets.
        requests: those that are HTTP requests.
        is_http: whether its last scope is a request.
        is_open: whether its last scope has not ended.
        pieces: of how many pieces the answer to a request consists yet.
        last: the last event that it was told of.
    """

    pair: Pair
    names: dict[int, str] = field(default_factory=dict)
    sockets: dict[int, str] = field(default_factory=dict)
    requests: set[int] = field(default_factory=set)
    is_http: bool = False
    is_open: bool = True
    pieces: int = 0
    last: int = 0

    def take_in(self, event: Event) -> None:
        """Note what an event tells of its last scope."""
        if event.connection not in self.names:
            self.is_open, self.pieces = True, 0
        self.names[event.connection] = event.application
        self.pair.note(event)
        self._note_kind(event)
        if event.connection != next(reversed(self.names)):
            return
        if event.traits.at_socket or _is_of_http(event):
            self.is_http = event.connection in self.requests
        self.is_open &= not event.ends
        if event.seq > self.last:  # more may become known of one
            self.last = event.seq
            self.pieces += event.type == "http.response.body"

    def _note_kind(self, event: Event) -> None:
        """Note what an event says of its connection: what kind it is of."""
        if event.traits.at_socket and event.type.startswith("websocket."):
            path = event.payload.get("path")  # of the first event alone
            known = self.sockets.setdefault(event.connection, "")
            self.sockets[event.connection] = known or str(path or "")
        if _is_of_http(event):
            self.requests.add(event.connection)

    @property
    def heads(self) -> list[str]:
        """Its consumers' names: of a browser, before those of its requests."""
        sockets = [self.names[n] for n in self.names if n in self.sockets]
        requests = [self.names[n] for n in self.names if n not in self.sockets]
        # Of several, that which is open came last.
        return [*reversed(sockets), *requests] if requests else sockets

    @property
    def path(self) -> str:
        """Where its last WebSocket leads to, if its path says anything."""
        path = next(reversed(self.sockets.values()), "")
        return path.lstrip("/") and path

    @property
    def worth(self) -> int:
        """How much it is worth a column, if nobody chooses."""
        if self.is_http:
            streams = self.is_open and self.pieces >= A_STREAM
            return ACTIVE if streams else REQUEST
        if not self.pair.client:
            return ACTIVE
        return OPEN if self.is_open else OVER


class LiveColumns(Columns):
    """The columns of a drawing that grows."""

    opens_bodies = True

    def __init__(self) -> None:
        super().__init__()
        self._digits = 4
        self._seats: list[Seat] = []
        self._seat_of: dict[int, Seat] = {}
        self._own: list[Seat] = []
        self._is_fitted = False
        self._starts: dict[int, float] = {}
        self._arrange()

    def anew(self) -> "LiveColumns":
        """Return columns in which nobody is yet, with what was chosen."""
        columns = LiveColumns()
        columns.choose(self.chosen, self.only_websockets)
        return columns

    def add(self, *events: Event) -> bool:
        """Find room for what comes; return whether others had to move."""
        for event in events:
            self._take_in(event)
            self._seat_of[event.connection].take_in(event)
        return self._arrange()

    def know(self, *events: Event) -> None:
        """Take in what became known of events that have a place."""
        for event in events:
            self._seat_of[event.connection].take_in(event)

    def choose(
        self, connections: Collection[int], only_websockets: bool
    ) -> bool:
        """Give columns to some; to nobody in particular if there are none.

        Args:
            connections: the numbers of theirs.
            only_websockets: whether requests stand in one lane, however few.

        Returns:
            Whether somebody had to move.
        """
        self.chosen = frozenset(connections)
        self.only_websockets = only_websockets
        return self._arrange()

    def fit(self, letters: int, below: bool) -> None:
        """Give the words the room that a window leaves to them; as above."""
        self._is_fitted, self.letters, self.below = True, letters, below
        self._arrange()

    def forget(self, shown: Container[int], members: Container[str]) -> None:
        """Forget who is gone.

        Args:
            shown: the connections that are still to be seen.
            members: the names of those who are members of groups.
        """
        for seat in self._seats:
            last = next(reversed(seat.names))
            for number, name in list(seat.names.items()):
                kept = number in shown or name in members
                if not kept and not (number == last and seat.is_open):
                    del seat.names[number]
                    seat.requests.discard(number)
                    seat.sockets.pop(number, None)
                    for known in (self.of, self._seat_of, self._starts):
                        known.pop(number, None)
                    self._ended.discard(number)
        latest = self._last_of.items()
        self._last_of = {c: n for c, n in latest if n in self._seat_of}
        self._seats = [seat for seat in self._seats if seat.names]

    def is_request(self, event: Event) -> bool:
        """Return whether an event belongs to an HTTP request."""
        return event.connection in self._seat_of[event.connection].requests

    def whose(self, event: Event) -> tuple[bool, str]:
        """Say whether an event is of a request, and its WebSocket's path."""
        sockets = self._seat_of[event.connection].sockets
        return self.is_request(event), sockets.get(event.connection, "")

    def _open(self, event: Event) -> None:
        seat = self._seat_of.get(self._last_of.get(event.client, 0))
        if seat is None or not event.client or seat.is_open:
            pair = Pair(event.client, former=event.former)
            pair.process = event.process
            seat = Seat(pair)
            self._seats.append(seat)
        self._seat_of[event.connection] = seat
        self.of[event.connection] = seat.pair

    def _arrange(self) -> bool:
        """Say who stands where; return whether somebody had to move."""
        text, starts = self.text, self._starts
        self._own = self._choice()
        own = {id(seat) for seat in self._own}
        rest = [seat for seat in self._seats if id(seat) not in own]
        requests = [seat for seat in rest if seat.is_http]
        others = [seat for seat in rest if not seat.is_http]
        for seat in self._own:
            seat.pair.applications = seat.heads
            seat.pair.path = seat.path
            self.of |= dict.fromkeys(seat.names, seat.pair)
        self.pairs = [seat.pair for seat in self._own]
        self._share_lane(requests, "requests")
        self._share_lane(others, "more")
        if not self._is_fitted:
            many = len(self.pairs) > MOST_PAIRS
            self.letters = FEWER_LETTERS if many else LONGEST_LINE
        self._place(max(SPARE - len(self.pairs), 0) * WIDE)
        names = (name for seat in self._seats for name in seat.names.values())
        self._classes = {name.rpartition("#")[0] for name in names}
        self._starts = {n: pair.start for n, pair in self.of.items()}
        return text != self.text or not starts.items() <= self._starts.items()

    def _choice(self) -> list[Seat]:
        """Return the seats with columns of their own, in their order."""
        chosen = [s for s in self._seats if not self.chosen.isdisjoint(s.names)]
        if chosen:
            return chosen[:MOST_CHOSEN]
        seats = self._seats
        if self.only_websockets:
            seats = [seat for seat in seats if not seat.is_http]
        if len(self._seats) <= MOST_PAIRS:
            return list(seats)
        has = {id(seat) for seat in self._own}
        worthy = [seat for seat in seats if seat.worth < REQUEST]
        # Sorting is stable: of equals, those who came first.
        worthy.sort(key=lambda seat: (seat.worth, id(seat) not in has))
        own = {id(seat) for seat in worthy[: MOST_PAIRS - 1]}
        return [seat for seat in seats if id(seat) in own]

    def _share_lane(self, seats: Sequence[Seat], what: str) -> None:
        """Let some seats share one lane, if there are any."""
        if not seats:
            return
        # A browser has asked for pages before it opened its WebSocket.
        is_of_requests = what == "requests"
        count = sum(len(seat.names) if is_of_requests else 1 for seat in seats)
        what = what.removesuffix("s") if count == 1 else what
        shared = Pair("", [f"{count} {what}"], shared=True)
        shared.process = seats[0].pair.process
        for seat in seats:
            self.of |= dict.fromkeys(seat.names, shared)
        self.pairs.append(shared)


def _is_of_http(event: Event) -> bool:
    """Return whether an event says that its connection is a request."""
    # Of one that nobody has read, an error may be all there is.
    fails = event.kind == "crash" and "method" in event.payload
    return fails or (event.traits.at_socket and event.type.startswith("http."))
