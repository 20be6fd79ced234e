"""What one event loop of the layer has at one Redis."""

import asyncio
import math
from collections.abc import Callable
from typing import Any, Protocol

from minichannels.layers.redis.hosts import Host
from minichannels.layers.redis.keys import Keys
from minichannels.layers.redis.link import Link
from minichannels.layers.redis.lists import Lists, push
from minichannels.layers.redis.subscriptions import Subscriptions
from minichannels.layers.redis.wire import Wire, Words
from minichannels.layers.remote.session import Session
from minichannels.layers.remote.shard import Subject, TooOld


class RedisSettings(Protocol):
    """What is asked of the layer.

    Attributes:
        expiry: seconds after which an unread message is gone.
        group_expiry: seconds after which a membership ends by itself.
    """

    expiry: float
    group_expiry: float


class RedisShard:
    """A session's connections to one Redis; see ``layers.remote.shard``.

    Args:
        layer: the layer.
        session: the event loop's part of it.
        host: the server.
        keys: what things are called there.
        timeout: seconds after which a caller is told that it is away.

    Attributes:
        commands: for what is answered at once.
        topics: for what is published.
        lists: for what waits in lists.
    """

    def __init__(
        self,
        layer: RedisSettings,
        session: Session,
        host: Host,
        keys: Keys,
        timeout: float,
    ) -> None:
        self._layer = layer
        self._keys = keys
        self._session = session
        self._db = host.db
        self.commands = Link(host, timeout, greet=self._is_there)
        self.topics = Subscriptions(
            host, timeout, self._published, session.link_changed
        )
        wake = self._keys.wake(session.id)
        self.lists = Lists(self.commands, wake, self._lost)

    # Subjects

    async def publish(self, subject: Subject, data: bytes) -> int:
        """Publish; return how many hear it."""
        topic = self._keys.topic(self._db, *subject)
        (heard,) = await self._publish(("PUBLISH", topic, data))
        return int(heard)

    async def publish_in_group(
        self, group: str, data: bytes, since: float
    ) -> list[str]:
        """Publish to a group; return its members that are lists."""
        topic = self._keys.topic(self._db, "group", group)
        _, members = await self._publish(
            ("PUBLISH", topic, data),
            ("ZRANGEBYSCORE", self._keys.group(group), since, "+inf"),
        )
        return [_name(member) for member in members]

    async def _publish(self, *commands: Words) -> list[Any]:
        """Send commands, when this loop hears again what it heard before."""
        if not self.topics.is_back:
            # Both at once: one time limit is enough.
            await asyncio.gather(self.commands.wire(), self.topics.back())
        return await self.commands.calls(*commands)

    async def subscribe(self, subject: Subject) -> None:
        """Hear a subject, from when this returns."""
        await self.topics.subscribe(self._keys.topic(self._db, *subject))

    def unsubscribe(self, subject: Subject) -> None:
        """Hear a subject no more."""
        self.topics.unsubscribe(self._keys.topic(self._db, *subject))

    def keep(self, is_wanted: Callable[[Subject], bool]) -> None:
        """Hear no more of those subjects that nobody wants."""
        self.topics.keep(lambda topic: is_wanted(self._keys.subject(topic)))

    async def caught_up(self) -> None:
        """Wait until all has arrived that was published before this."""
        await self.topics.caught_up()

    def hear_again(self) -> None:
        """Begin to, if somebody has cancelled the task that does."""
        self.topics.begin()

    def __len__(self) -> int:
        return len(self.topics)

    # Lists

    async def push(
        self, channel: str, data: bytes, capacity: int, old: TooOld
    ) -> bool:
        """Add a message to a list; return whether there was room."""
        key = self._keys.list_of(channel)
        # The last one's time is over long before: who looks, counts it.
        keep = 2 * self._layer.expiry
        return await push(self.commands, key, data, capacity, keep, old)

    async def pop(self, channel: str) -> bytes:
        """Take the first of a list, waiting if there is none."""
        return await self.lists.pop(self._keys.list_of(channel))

    async def add_member(self, group: str, channel: str, now: float) -> None:
        """Make a list a member of a group."""
        key = self._keys.group(group)
        kept = math.ceil(self._layer.group_expiry * 1000)
        await self.commands.calls(
            ("ZADD", key, now, channel), ("PEXPIRE", key, kept)
        )

    async def discard_member(self, group: str, channel: str) -> None:
        """End a list's membership."""
        await self.commands.call("ZREM", self._keys.group(group), channel)

    async def forget(self) -> None:
        """Remove all lists, and all their memberships."""
        keys, cursor = self._keys, "0"
        while True:
            scan = ("SCAN", cursor, "MATCH", keys.pattern, "COUNT", 1000)
            cursor, found = await self.commands.call(*scan)
            if kept := [key for key in found if keys.is_kept(_name(key))]:
                await self.commands.call("DEL", *kept)
            if int(cursor) == 0:
                break

    async def close(self) -> None:
        """End all connections."""
        await self.lists.close()
        await self.topics.close()
        await self.commands.close()

    # What comes

    def _is_there(self, _: Wire) -> None:
        """Have the other links try again, too: the host may be back."""
        self.topics.hurry()
        self.lists.hurry()

    def _published(self, topic: str, data: bytes) -> int:
        return self._session.published(self._keys.subject(topic), data)

    def _lost(self, key: str, data: bytes) -> None:
        channel = self._keys.channel_of(key)
        self._session.list_lost(channel, data, "undelivered")


def _name(found: bytes) -> str:
    """Return what is called so at the server, to which others write as well."""
    return found.decode(errors="replace")
