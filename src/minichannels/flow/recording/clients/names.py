"""Who is who: the names of clients, and the numbers of consumers.

How it works: a client of ours is announced with its socket's own address,
before it asks for anything; so it is known by its name without a header that
an application would see. All others are numbered in the order in which they
come: ``browser#1``, ``browser#2``, …, one number for each browser as far as it
can be known (``visitors``); unless a rule says where their names stand.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

from minichannels.flow.bounded import forget_oldest
from minichannels.flow.journal.events import next_id
from minichannels.flow.journal.payloads import words
from minichannels.flow.recording.clients.asked import (
    Address,
    address_in,
    asked_by,
)
from minichannels.flow.recording.clients.cells import (
    current_cell,
    last_cell,
    tells_cells,
)
from minichannels.flow.recording.clients.name_from import NameFrom
from minichannels.flow.recording.clients.shown import (
    Pairs,
    with_those_of_address,
)
from minichannels.flow.recording.clients.visitors import (
    BrowserVisit,
    Visitors,
)
from minichannels.types import Scope

Who = BrowserVisit | tuple[str, bool]
"""A browser; or the name of somebody else, and whether a rule found it."""

Known = tuple[Who, Scope, tuple[str, ...]]
"""Who asks; in which scope; and what in its headers no journal keeps."""

_UNKNOWN: tuple[Known, int] = (("", False), {}, ()), -1

BROWSERS_OWN = frozenset(
    {
        "/favicon.ico",
        "/apple-touch-icon.png",
        "/apple-touch-icon-precomposed.png",
        "/.well-known/appspecific/com.chrome.devtools.json",
    }
)
"""What browsers ask for by themselves, though no page mentions it."""

STRANGERS = 100
"""How many sockets of browsers are remembered."""


def _to_nobody(headers: Pairs) -> None:
    """Tell nobody of headers."""


@dataclass(slots=True)
class ClientEnd:
    """What a client of our own knows about its end of a connection.

    Attributes:
        name: the client's name.
        sent: how many messages it has sent.
        closed: whether it was closed, by whomever.
        failure: what the application raised, in words.
        over: done once the application has ended; for any thread.
        changed: tells the other end, once there is one, that this has changed.
        acted: for each thing that it did, until the application is told of
            it, the notebook's cell that had it done, and when that was, in the
            order of arrival.
        left: when it left, in that order; 0 if it did not.
        by_itself: whether a browser asked what nobody told it to ask.
        left_alone: whether nobody waits for what is still to be done for it.
        given: is told of the headers that it gets.
    """

    name: str
    sent: int = 0
    closed: bool = False
    failure: str = ""
    over: "Future[None]" = field(default_factory=Future)
    changed: Callable[[], None] = lambda: None
    acted: deque[tuple[Any, int]] = field(default_factory=deque)
    left: int = 0
    by_itself: bool = False
    left_alone: bool = False
    given: Callable[[Pairs], None] = _to_nobody

    @property
    def is_strange(self) -> bool:
        """Whether no cell of a notebook is to be known of what it does."""
        return self.acted is _NO_ACTS and not tells_cells()

    def acts(self) -> None:
        """Note that the cell that runs this has it do something."""
        self.acted.append((current_cell(), next_id()))

    def sends(self) -> None:
        """Note that it sends a message."""
        self.sent += 1
        self.acts()

    def leaves(self) -> None:
        """Note that the connection ends, by whomever."""
        self.closed = True
        self.left = self.left or next_id()

    def ends(self) -> None:
        """Note that the application has ended: it gives no more headers."""
        self.given = _to_nobody  # who was told so far knows the scope
        self.over.set_result(None)

    def first_cell(self) -> Any:
        """Return the cell that the next event comes from, if it is known."""
        return self.acted[0][0] if self.acted else None

    def act_of(self, kind: str) -> tuple[Any, int]:
        """Return where an event comes from, as it arrives.

        Returns:
            The cell, and when the client did it, in the order of arrival; 0 if
            nobody knows.
        """
        last = kind.endswith(".disconnect")
        cell, when = self._act(last=last) or (last_cell(), 0)
        return cell, self.left if last else when

    def _act(self, *, last: bool) -> tuple[Any, int] | None:
        if self.acted:  # of clients of ours alone
            # What was not read before a disconnect never will be.
            return self.acted.pop() if last else self.acted.popleft()
        return None


class _NobodyWaits(Future[None]):
    """The end of a connection whose client is none of ours."""

    def set_result(self, result: None) -> None:
        """Do nothing: nobody is told."""


_NOBODY_WAITS = _NobodyWaits()
"""One for all strangers: to make one costs more than an event."""

_NO_ACTS: deque[tuple[Any, int]] = deque(maxlen=0)
"""One for all strangers: none of them is in a cell, and a deque is large."""


def stranger(name: str, by_itself: bool = False) -> ClientEnd:
    """Return the end of a client that is none of ours."""
    return ClientEnd(
        name, over=_NOBODY_WAITS, acted=_NO_ACTS, by_itself=by_itself
    )


class ClientNames:
    """The names of one recorder.

    Args:
        name_from: finds a client's name in its scope, if names stand there.

    Attributes:
        expected: the clients of ours that were announced, by their addresses.
    """

    def __init__(self, name_from: NameFrom | None = None) -> None:
        self._name_from = name_from
        self._visitors = Visitors(self._stranger)
        self.expected: dict[Address, ClientEnd] = {}
        self._strangers: dict[Address, str] = {}
        # Of addresses: who asked from there last, for what, and of which
        # version of all that is known of browsers that holds.
        self._again: dict[Address | None, tuple[Known, int]] = {}
        # Names are given in the server's thread and in those of clients: each
        # number is taken in one step.
        self._numbers: defaultdict[str, count[int]]
        self._numbers = defaultdict(partial(count, 1))

    def expect(self, address: Address, name: str = "") -> ClientEnd:
        """Announce a client of ours, before it sends its request.

        Args:
            address: its socket's own address.
            name: its name; ``browser#1``, … by default.
        """
        link = ClientEnd(name or self._stranger())
        link.acts()
        self.expected[address] = link  # last: Ctrl-C leaves no announcement
        return link

    def forget(self, link: ClientEnd) -> None:
        """Take back an announcement, if it was not made use of."""
        for address, announced in list(self.expected.items()):
            if announced is link:
                self.expected.pop(address, None)  # or made use of just now

    def _stranger(self) -> str:
        return f"browser#{self.number('browser')}"

    def number(self, name: str) -> int:
        """Return the next number for a name."""
        return next(self._numbers[name])

    def link(self, scope: Scope, headers: Mapping[bytes, bytes]) -> ClientEnd:
        """Return the client's end of a connection that begins.

        Args:
            scope: its scope.
            headers: those of its request.
        """
        if scope["type"] == "channel":  # behind a worker there is no client
            return stranger("")
        if peer := scope.get("peer"):  # where clients have names themselves
            return stranger(words(peer))
        address = address_in(scope)
        link = None if address is None else self.expected.pop(address, None)
        if link is None:
            return self.end_of(self._who(scope, headers), scope)
        return link

    def who(self, scope: Scope) -> Known:
        """Return who asks in a scope.

        Who asks the same again is known; then it is the scope that was there
        before, so that what is equal is held once.

        Args:
            scope: what is kept of a scope, which nobody changes.
        """
        address: Any = scope.get("client")
        if type(address) is not tuple:  # most often it is one
            address = address_in(scope)
        version = self._visitors.version
        known, of_version = self._again.get(address, _UNKNOWN)
        if of_version == version and known[1] == scope:
            strangers = self._strangers
            if name := strangers.pop(address, ""):
                strangers[address] = name  # last in line: it is in use
            return known
        asked = asked_by(scope)
        secrets = with_those_of_address(scope, asked.secrets)
        known = self._who(scope, asked.headers), scope, secrets
        if address is not None and self._name_from is None:
            if len(self._again) > STRANGERS:
                self._again.clear()
            self._again[address] = known, version
        return known

    def _who(self, scope: Scope, headers: Mapping[bytes, bytes]) -> Who:
        """Return who asks in a scope, which may make a browser known."""
        if self._name_from and (name := self._name_from(scope)):
            return name, True
        visit = self._visitors.comes(scope, headers)
        return visit or (self._known(address_in(scope), scope["type"]), False)

    def end_of(self, who: Who, scope: Scope) -> ClientEnd:
        """Return the client's end of a connection.

        Args:
            who: who asks.
            scope: the scope in which that was asked.
        """
        path = scope.get("path")
        by_itself = type(path) is str and path in BROWSERS_OWN
        if isinstance(who, tuple):
            name, by_rule = who
            link = stranger(name, by_itself)
            if not by_rule:
                link.given = partial(self._visitors.named, name, scope)
            return link
        if who.number:  # it is to be told of the end
            link = ClientEnd(who.name, acted=_NO_ACTS)
            link.over.add_done_callback(lambda _: self._visitors.leaves(who))
        else:
            link = stranger(who.name, by_itself)
        link.given = partial(self._visitors.given, who)
        return link

    def _known(self, address: Address | None, kind: str) -> str:
        """Return a stranger's name: the same for all that one socket does.

        A browser may make several requests over one socket. No application
        is told when such a socket ends, and its port may come back: so only
        those used last are remembered. A WebSocket is a socket's last use.
        """
        if address is None:
            return self._stranger()
        name = self._strangers.pop(address, "") or self._stranger()
        if kind == "http":
            self._strangers[address] = name
        else:
            self._again.pop(address, None)
        forget_oldest(self._strangers, STRANGERS)
        return name
