"""Which browser a connection comes from, as far as one can know.

How it works: no server is told which browser asks. Three things speak for it,
the surest first:

    a cookie with a long value   a session's key, a token: who shows one that
                                 was shown or given before is who it was
    its address and its kind     without such a cookie; browsers look alike then
    nothing                      a program that does not call itself a browser

So of browsers that look alike, each WebSocket that is open beside another one
has a number of its own: ``browser#1``, ``browser#1.2``. As soon as one has got
its cookie, it looks like nobody else any more.

Source: RFC 6265, "Set-Cookie" and "Cookie"; RFC 9110, "User-Agent".
"""

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

from minichannels.flow.recording.clients.asked import address_in
from minichannels.flow.recording.clients.shown import Pairs, pairs_of
from minichannels.layers.forking import new_lock
from minichannels.types import Scope

LONG = 16
"""From how many characters on a cookie's value is one browser's alone."""

REMEMBERED = 1_000
"""By how many cookies and addresses browsers are remembered."""

_KIND = "Mozilla/"
"""How all browsers begin to say what they are."""

Sign = tuple[str, ...]


@dataclass(slots=True, eq=False)
class Visitor:
    """A browser.

    Attributes:
        name: what it is called.
        given: the names of the cookies that are known to be its own.
        sockets: the numbers of its WebSockets that are open.
    """

    name: str
    given: set[str] = field(default_factory=set)
    sockets: set[int] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class BrowserVisit:
    """A connection of a browser.

    Attributes:
        visitor: whose it is.
        name: what its client is called.
        kind: what the browser calls itself.
        looks: by what it is known, if it has shown no cookie.
        number: that of a WebSocket, if several look alike.
    """

    visitor: Visitor
    name: str
    kind: str
    looks: Sign | None = None
    number: int = 0


class Visitors:
    """The browsers that have come.

    Args:
        new_name: names one that was not there before.

    Attributes:
        version: another number whenever somebody may be known otherwise.
    """

    def __init__(self, new_name: Callable[[], str]) -> None:
        self.version = 0
        self._new_name = new_name
        self._known: dict[Sign, Visitor] = {}
        self._lock = new_lock()

    def comes(
        self, scope: Scope, headers: Mapping[bytes, bytes]
    ) -> BrowserVisit | None:
        """Return whose connection it is; None if it is no browser's.

        Args:
            scope: the scope of the connection.
            headers: those of its request.
        """
        kind, signs = _said(headers)
        looks: Sign | None = None
        if not signs:
            address = address_in(scope)
            if not (kind.startswith(_KIND) and address and address[0]):
                return None
            looks = (kind, address[0])
            signs = (looks,)
        with self._lock:
            visitor = self._visitor(signs)
            visit = BrowserVisit(visitor, visitor.name, kind, looks)
            if looks and scope["type"] == "websocket":
                taken = visitor.sockets
                visit.number = next(n for n in count(1) if n not in taken)
                taken.add(visit.number)
                beside = f".{visit.number}" if visit.number > 1 else ""
                visit.name = visitor.name + beside
            return visit

    def _visitor(self, signs: tuple[Sign, ...]) -> Visitor:
        """Return who is known by one of these signs, or else is new."""
        known = [self._known[sign] for sign in signs if sign in self._known]
        visitor = known[0] if known else Visitor(self._new_name())
        for sign in signs:
            self._remember(sign, visitor)
        return visitor

    def _remember(self, sign: Sign, visitor: Visitor) -> None:
        former = self._known.pop(sign, visitor)  # last in line: it is in use
        self._known[sign] = visitor
        if former is not visitor:
            self.version += 1
        if len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]

    def given(self, visit: BrowserVisit, headers: Pairs) -> None:
        """Note the cookies that a browser gets: it shows them next time."""
        cookies = list(_given(headers))
        if not cookies:
            return
        with self._lock:
            self.version += 1
            visitor = visit.visitor
            if visit.looks:
                # It has got one already: so somebody who looks the same asked.
                if not visitor.given.isdisjoint(name for name, _ in cookies):
                    visitor = Visitor(self._new_name())
                self._known.pop(visit.looks, None)
            for name, value in cookies:
                visitor.given.add(name)
                self._remember((visit.kind, name, value), visitor)

    def named(self, name: str, scope: Scope, headers: Pairs) -> None:
        """Note the cookies that a program gets, which has a name already."""
        if any(_given(headers)):
            kind, _ = _said(dict(pairs_of(scope.get("headers"))))
            self.given(BrowserVisit(Visitor(name), name, kind), headers)

    def leaves(self, visit: BrowserVisit) -> None:
        """Note that a connection is over."""
        with self._lock:
            visit.visitor.sockets.discard(visit.number)


def _said(headers: Mapping[bytes, bytes]) -> tuple[str, tuple[Sign, ...]]:
    """Return what a browser calls itself, and the cookies that it shows."""
    agent, cookies = headers.get(b"user-agent"), headers.get(b"cookie")
    return _understood(agent or b"", cookies or b"")


@functools.lru_cache(maxsize=REMEMBERED)  # a browser says the same each time
def _understood(agent: bytes, cookies: bytes) -> tuple[str, tuple[Sign, ...]]:
    kind, pieces = agent.decode("latin-1"), cookies.decode("latin-1").split(";")
    return kind, tuple((kind, *c) for piece in pieces for c in _long(piece))


def _given(headers: Pairs) -> Iterator[tuple[str, str]]:
    """Yield the cookies that a browser gets."""
    for name, value in headers:
        if name.lower() == b"set-cookie":
            yield from _long(value.decode("latin-1").partition(";")[0])


def _long(piece: str) -> Iterator[tuple[str, str]]:
    name, _, value = piece.strip().partition("=")
    if len(value) >= LONG:
        yield name, value
