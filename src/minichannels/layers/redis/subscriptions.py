"""What one event loop hears from one host: topics, and what comes on them.

How it works: a subscription counts once the server has confirmed it; whatever
is published after that arrives. Confirmations come in the order in which they
were asked for; who may not hear a topic is told so, by an error in place of
them. When the connection is made anew, all topics are asked for
again; what was published in between is lost, which is what at most once
means, and those who care are told. Who publishes waits until then, so as to
hear it: the connection for commands may be back before.

A ping with a number is a mark: its answer comes after all that was published
before. So one can wait until that has arrived.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from minichannels.exceptions import LayerUnavailable
from minichannels.layers.redis.hosts import Host
from minichannels.layers.redis.link import Link
from minichannels.layers.redis.wire import Wire

_AT_ONCE = 1000  # topics in one command

Confirmed = asyncio.Future[None]


class Subscriptions:
    """The topics of one event loop at one host.

    Args:
        host: the host.
        timeout: seconds after which a caller is told that it is away.
        published: takes a topic and what was published on it; returns for
            how many rounds of the event loop to let others run.
        changed: is called with False when the connection breaks, and with
            True when all topics are heard again.
    """

    def __init__(
        self,
        host: Host,
        timeout: float,
        published: Callable[[str, bytes], int],
        changed: Callable[[bool], None],
    ) -> None:
        self._published = published
        self._changed = changed
        self._topics: dict[str, Confirmed] = {}
        # Of each command, the topics that it asks for.
        self._asked: deque[deque[tuple[str, Confirmed]]] = deque()
        self._back: Confirmed | None = None
        self._loop = asyncio.get_running_loop()
        self._passed: dict[int, Confirmed] = {}
        self._marks = 0
        self._link = Link(
            host,
            timeout,
            pushed=self._pushed,
            greet=self._greet,
            lost=self._lost,
        )
        self.open = self._link.open
        self.hurry = self._link.hurry

    async def subscribe(self, topic: str) -> None:
        """Hear a topic, from when this returns.

        Raises:
            LayerUnavailable: the host is away, or refuses it.
        """
        wire = await self._link.wire()
        if topic not in self._topics:
            self._topics[topic] = self._loop.create_future()
            self._ask(wire, [topic])
        confirmed = self._topics[topic]
        if not confirmed.done():
            await asyncio.wait([confirmed], timeout=self._link.timeout)
        if not confirmed.done():
            raise LayerUnavailable(
                f"Redis at {self._link.host.address} has not confirmed a"
                f" subscription for {self._link.timeout:g} s"
            )
        if _is_refused(confirmed):
            # Whoever comes next asks again, and may have done so already.
            if self._topics.get(topic) is confirmed:
                del self._topics[topic]
            confirmed.result()

    async def close(self) -> None:
        """End the connection, and tell those who wait for it."""
        await self._link.close()
        self._is_back(LayerUnavailable(f"{self._link.server} was left"))

    @property
    def is_back(self) -> bool:
        """Whether what was heard before the connection broke is heard again.

        What the host refuses does not count.
        """
        return self._back is None

    def begin(self) -> None:
        """Have a task do so, if somebody has cancelled that one."""
        if self._back is not None:
            self._link.begin()

    async def back(self) -> None:
        """Wait until it is.

        Raises:
            LayerUnavailable: it takes too long; or this is closed.
        """
        if self._back is not None:
            back = self._back
            self.begin()
            await asyncio.wait([back], timeout=self._link.timeout)
            if not back.done():
                raise self._link.unavailable()
            back.result()

    async def caught_up(self) -> None:
        """Wait until all has arrived that was published before this.

        The server answers in order, on the connection of the topics. If there
        is none now, nothing is under way.
        """
        wire = self._link.up
        if wire is not None:
            self._marks += 1
            mark = self._passed[self._marks] = self._loop.create_future()
            wire.tell(("PING", self._marks))
            await asyncio.wait([mark], timeout=self._link.timeout)

    def unsubscribe(self, topic: str) -> None:
        """Hear a topic no more."""
        if self._topics.pop(topic, None) and self._link.up:
            self._link.up.tell(("UNSUBSCRIBE", topic))

    def __len__(self) -> int:
        return len(self._topics)

    @property
    def hears_all(self) -> bool:
        """Whether all topics are heard now."""
        confirmed = all(each.done() for each in self._topics.values())
        return self._link.up is not None and confirmed and not self._is_deaf()

    def _is_deaf(self) -> bool:
        """Return whether the host refuses any topic."""
        return any(map(_is_refused, self._topics.values()))

    def keep(self, is_wanted: Callable[[str], bool]) -> None:
        """Hear no more of those topics that nobody wants."""
        for topic in [t for t in self._topics if not is_wanted(t)]:
            self.unsubscribe(topic)

    def _ask(self, wire: Wire, topics: list[str]) -> None:
        self._asked.append(deque((t, self._topics[t]) for t in topics))
        wire.tell(("SUBSCRIBE", *topics))

    def _greet(self, wire: Wire) -> None:
        """Ask for all topics again."""
        topics = list(self._topics)
        for start in range(0, len(topics), _AT_ONCE):
            self._ask(wire, topics[start : start + _AT_ONCE])
        if topics:  # so they were heard before, and the connection was lost
            last = self._topics[topics[-1]]
            last.add_done_callback(self._all_asked)
        else:
            self._is_back()

    def _all_asked(self, _: Confirmed) -> None:
        if not self._is_deaf():
            self._changed(True)
        self._is_back()

    def _is_back(self, error: LayerUnavailable | None = None) -> None:
        """Tell those who wait for it, or who have waited in vain."""
        back, self._back = self._back, None
        if back is not None and error is not None:
            back.set_exception(error)
            back.exception()  # it may be that nobody waits
        elif back is not None:
            back.set_result(None)

    def _lost(self) -> None:
        if self._topics and self._back is None:
            self._back = self._loop.create_future()
        self._asked.clear()
        self._pass(*self._passed)
        for topic, confirmed in self._topics.items():
            if confirmed.done():  # otherwise, somebody goes on waiting for it
                self._topics[topic] = self._loop.create_future()
        self._changed(False)

    def _pushed(self, push: Any) -> int:
        if isinstance(push, Exception):
            self._refused(push)
            return 0
        # Without topics, the answer to a ping is not in a list.
        kind, what, *more = push if isinstance(push, list) else (b"pong", push)
        if kind == b"message":
            return self._published(what.decode(), more[0])
        if kind == b"subscribe":
            self._confirm()
        elif kind == b"pong" and what.isdigit():
            self._pass(int(what))
        return 0

    def _confirm(self) -> None:
        _, confirmed = self._asked[0].popleft()
        confirmed.set_result(None)
        if not self._asked[0]:
            self._asked.popleft()

    def _refused(self, error: Exception) -> None:
        """Tell who asked; of several topics, perhaps all but one are free."""
        asked = self._asked.popleft() if self._asked else ()
        for topic, confirmed in asked:
            if len(asked) > 1 and self._link.up:
                self._asked.append(deque([(topic, confirmed)]))
                self._link.up.tell(("SUBSCRIBE", topic))
            else:
                host = self._link.host.address
                why = f"Redis at {host} refuses SUBSCRIBE: {error}"
                confirmed.set_exception(LayerUnavailable(why))
                confirmed.exception()  # it may be that nobody waits any more

    def _pass(self, *marks: int) -> None:
        for mark in marks:
            self._passed.pop(mark).set_result(None)


def _is_refused(confirmed: Confirmed) -> bool:
    return confirmed.done() and confirmed.exception() is not None
