"""What a layer across processes asks of its server.

    method                         what it is for
    publish                        a mailbox, or something asked of a session
    publish_in_group               a group
    subscribe, unsubscribe, keep,  hearing both
    caught_up, hear_again
    push, pop                      a channel that many processes read
    add_member, discard_member     such a channel as a member of a group
    forget                         ``flush()``

A subject is a pair: ``("to", ID)`` for the mailboxes of a session, ``("ask",
ID)`` for what it is asked for, ``("group", NAME)`` for a group.
"""

from collections.abc import Callable
from typing import Protocol

Subject = tuple[str, str]
TooOld = Callable[[bytes], bool]


class Shard(Protocol):
    """A session's connections to one server, each made when it is needed.

    Whatever needs the server raises LayerUnavailable when it is away, or
    refuses it.
    """

    async def publish(self, subject: Subject, data: bytes) -> int:
        """Publish; return 0 if it is known that nobody hears it."""

    async def publish_in_group(
        self, group: str, data: bytes, since: float
    ) -> list[str]:
        """Publish to a group; return its members that many processes read.

        Args:
            group: the group's name.
            data: what to publish.
            since: members that have joined before are none any more.
        """

    async def subscribe(self, subject: Subject) -> None:
        """Hear a subject, from when this returns."""

    def unsubscribe(self, subject: Subject) -> None:
        """Hear a subject no more."""

    def keep(self, is_wanted: Callable[[Subject], bool]) -> None:
        """Hear no more of those subjects that nobody wants."""

    async def caught_up(self) -> None:
        """Wait until all has arrived that was published before this.

        If the server is away, or goes away, nothing is under way: no error.
        """

    def hear_again(self) -> None:
        """Begin to, if somebody has cancelled the task that does."""

    async def push(
        self, channel: str, data: bytes, capacity: int, old: TooOld
    ) -> bool:
        """Add to what waits in a channel; return whether there was room.

        Args:
            channel: one that many processes read.
            data: the message; no other has the same bytes.
            capacity: how many may wait.
            old: tells, and counts, that a message is too old.
        """

    async def pop(self, channel: str) -> bytes:
        """Take the first that waits in a channel; wait if there is none."""

    async def add_member(self, group: str, channel: str, now: float) -> None:
        """Make a channel that many processes read a member of a group."""

    async def discard_member(self, group: str, channel: str) -> None:
        """End such a membership, if there is one."""

    async def forget(self) -> None:
        """Remove all that waits in channels, and all such memberships."""

    async def close(self) -> None:
        """End all connections."""

    def __len__(self) -> int:
        """How many subjects are heard."""
