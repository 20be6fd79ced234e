"""What things are called at the server.

    key or topic                what it is
    asgi:list:NAME              a channel that many processes read, as a list
    asgi:group:NAME             the members of a group that are such lists
    asgi:wake:ID                a list that wakes the reader of a loop
    asgi:0:to:ID                the topic of a loop's own mailboxes
    asgi:0:group:NAME           the topic of a group
    asgi:0:ask:ID               a loop is asked for something here
    asgi:0:ask:!all             and here, all are

No name of a channel or a group holds a colon. So nothing of one prefix is
called as something of another, whatever the prefixes are. Topics name the
database: unlike keys, they are those of the whole server.
"""

import re

from minichannels.layers.remote.shard import Subject


class Keys:
    """The keys of one layer, and its topics.

    Args:
        prefix: begins all of them.

    Raises:
        TypeError: the prefix is no str.
        ValueError: it has what cannot be written.
    """

    def __init__(self, prefix: str) -> None:
        if not isinstance(prefix, str):
            raise TypeError(f"prefix is a str, not {prefix!r}")
        try:
            prefix.encode()
        except UnicodeEncodeError:
            raise ValueError(
                f"prefix {prefix!r:.60} cannot be written"
            ) from None
        self._prefix = prefix
        kept = rf"{re.escape(prefix)}:(list|group):[A-Za-z0-9._-]+\Z"
        self._kept = re.compile(kept)
        # For the server, to which some characters mean more than themselves.
        self.pattern = re.sub(r"([\[\]?*\\])", r"\\\1", prefix) + ":*"

    def list_of(self, channel: str) -> str:
        """Return the key of a channel that many processes read."""
        return f"{self._prefix}:list:{channel}"

    def channel_of(self, key: str) -> str:
        """Return the channel of a list."""
        return key.rpartition(":")[2]

    def group(self, group: str) -> str:
        """Return the key of a group's members that are lists."""
        return f"{self._prefix}:group:{group}"

    def wake(self, session: str) -> str:
        """Return the key of what wakes a loop's reader."""
        return f"{self._prefix}:wake:{session}"

    def is_kept(self, key: str) -> bool:
        """Return whether a key holds messages or members of this prefix."""
        return self._kept.match(key) is not None

    def topic(self, db: int, kind: str, name: str) -> str:
        """Return a topic; ``kind`` is ``to``, ``group`` or ``ask``."""
        return f"{self._prefix}:{db}:{kind}:{name}"

    def subject(self, topic: str) -> Subject:
        """Return what a topic is for."""
        _, kind, name = topic.rsplit(":", 2)
        return kind, name
