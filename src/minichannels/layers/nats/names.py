"""What things are called at NATS.

    subject or stream              what it is
    asgi.to.ID                     the subject of a loop's own mailboxes
    asgi.ask.ID, asgi.ask.=21all   a loop is asked for something, or all are
    asgi.group.NAME                the subject of a group
    asgi.list.100.NAME             a channel that many processes read, of which
                                   100 messages may wait
    asgi.member.GROUP.NAME.TIME    such a channel, as a member of a group
    asgi=list-100, asgi=members    the streams that keep the last two

A dot parts the words of a subject, so one in a name is written ``=2E``; that is
also how a prefix loses what a stream may not be called.
"""

import hashlib
import re

from minichannels.layers.remote.shard import Subject

# What the server takes, and what leaves room for what follows a prefix.
_LONGEST_NAME, _LONGEST_PREFIX = 255, 200

_PLAIN = re.compile(r"[^A-Za-z0-9_-]")
_QUOTED = re.compile(rb"=([0-9A-F]{2})")


class Names:
    """The names of one layer's things.

    Args:
        prefix: begins all of them.

    Raises:
        TypeError: the prefix is no str.
        ValueError: it is empty, or no name of a stream can begin with it.
    """

    def __init__(self, prefix: str) -> None:
        if not isinstance(prefix, str):
            raise TypeError(f"prefix is a str, not {prefix!r}")
        if not prefix:
            raise ValueError("prefix is empty; the default is 'asgi'")
        self._prefix = _begins_names(prefix)
        self.members = f"{self._prefix}=members"
        self.all_members = f"{self._prefix}.member.>"
        self.all_lists = f"{self._prefix}.list.>"

    def topic(self, subject: Subject) -> str:
        """Return what is published on for a loop or a group."""
        kind, name = subject
        return f"{self._prefix}.{kind}.{quoted(name)}"

    def subject(self, topic: str) -> Subject:
        """Return what a topic is for."""
        _, kind, name = topic.split(".")
        return kind, unquoted(name)

    def stream(self, capacity: int) -> str:
        """Return the stream of all channels in which so many may wait."""
        return f"{self._prefix}=list-{capacity}"

    def lists(self, capacity: int) -> str:
        """Return the subjects of such a stream."""
        return f"{self._prefix}.list.{capacity}.*"

    def list_of(self, channel: str, capacity: int) -> str:
        """Return the subject of a channel that many processes read."""
        return f"{self._prefix}.list.{capacity}.{quoted(channel)}"

    def member(self, group: str, channel: str, when: str = "*") -> str:
        """Return the subject of a membership, or of all of a channel."""
        words = "member", quoted(group), quoted(channel), when
        return ".".join((self._prefix, *words))

    def members_of(self, group: str) -> str:
        """Return the subjects of all memberships in a group."""
        return f"{self._prefix}.member.{quoted(group)}.>"

    def joined(self, subject: str) -> tuple[str, int]:
        """Return whose membership a subject is, and since when."""
        *_, channel, when = subject.split(".")
        return unquoted(channel), int(when)


def reader_of(word: str) -> str:
    """Return the name of the reader of a channel, whose word this is.

    Most are the word itself. A name that is all dots is too long, quoted; what
    stands for it here is no word.
    """
    if len(word) <= _LONGEST_NAME:
        return word
    return f"=x{hashlib.sha256(word.encode()).hexdigest()}"


def _begins_names(prefix: str) -> str:
    try:
        word = quoted(prefix)
    except UnicodeEncodeError:
        raise ValueError(f"prefix {prefix!r:.60} cannot be written") from None
    if len(word) > _LONGEST_PREFIX:
        raise ValueError(
            f"prefix is {len(word)} characters long, at NATS; the limit is"
            f" {_LONGEST_PREFIX}, where all but ASCII letters, digits, '-' and"
            " '_' counts three for each byte"
        )
    return word


def quoted(name: str) -> str:
    """Return a name as one word of a subject, or of a stream's name."""
    return _PLAIN.sub(_quote, name)


def unquoted(word: str) -> str:
    """Return the name that a word stands for."""
    return _QUOTED.sub(
        lambda found: bytes.fromhex(found[1].decode()), word.encode()
    ).decode()


def _quote(found: re.Match[str]) -> str:
    return "".join(f"={byte:02X}" for byte in found[0].encode())
