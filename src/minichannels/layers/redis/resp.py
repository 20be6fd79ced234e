"""The protocol of Redis: commands as bytes, and bytes as replies.

    a command         *2 CRLF $4 CRLF PING CRLF $2 CRLF hi CRLF
    a reply is        and begins with
    text              +PONG
    an error          -ERR no such command
    a number          :42
    bytes             $5, then the five bytes; $-1 for none
    a list            *3, then the three; *-1 for none

That is version 2 of it, which each server speaks.

Source: Redis, "Redis serialization protocol specification".
"""

from collections.abc import Callable
from typing import Any

from minichannels.layers.redis.requirements import redis_py

_CRLF = b"\r\n"

# No line of a server is as long; the bytes of a message stand in none.
_LONGEST_LINE = 65_536


def pack(words: tuple[Any, ...]) -> bytes:
    """Return a command as bytes."""
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        data = word if type(word) is bytes else str(word).encode()
        parts += (b"$%d\r\n" % len(data), data, _CRLF)
    return b"".join(parts)


class Incomplete(Exception):
    """There is more to come."""


class Replies:
    """Takes bytes as they come, and gives the replies that are complete."""

    def __init__(self) -> None:
        self._data = b""

    def feed(self, data: bytes) -> list[Any]:
        """Return the replies that are complete now.

        Raises:
            redis.InvalidResponse: no server of this kind says so.
        """
        data = self._data + data if self._data else data
        replies, at = [], 0
        try:
            while at < len(data):
                reply, at = _reply(data, at)
                replies.append(reply)
        except Incomplete:
            pass
        self._data = data[at:]
        return replies


def _reply(data: bytes, at: int) -> tuple[Any, int]:
    """Return the reply that begins at a place, and where the next begins."""
    end = data.find(_CRLF, at)
    if end < 0:
        if len(data) - at > _LONGEST_LINE:
            raise redis_py.InvalidResponse("a line without an end")
        raise Incomplete
    read = _READ.get(data[at : at + 1])
    if read is None:
        raise redis_py.InvalidResponse(f"it says {data[at:end][:40]!r}")
    return read(data, data[at + 1 : end], end + 2)


def _text(data: bytes, line: bytes, at: int) -> tuple[bytes, int]:
    return line, at


def _error(data: bytes, line: bytes, at: int) -> tuple[Exception, int]:
    return redis_py.ResponseError(line.decode(errors="replace")), at


def _number(data: bytes, line: bytes, at: int) -> tuple[int, int]:
    return int(line), at


def _bytes(data: bytes, line: bytes, at: int) -> tuple[bytes | None, int]:
    length = int(line)
    if length < 0:
        return None, at
    end = at + length
    if len(data) < end + 2:
        raise Incomplete
    return data[at:end], end + 2


def _list(data: bytes, line: bytes, at: int) -> tuple[Any, int]:
    length = int(line)
    if length < 0:
        return None, at
    items = []
    for _ in range(length):
        item, at = _reply(data, at)
        items.append(item)
    return items, at


_READ: dict[bytes, Callable[[bytes, bytes, int], tuple[Any, int]]] = {
    b"+": _text,
    b"-": _error,
    b":": _number,
    b"$": _bytes,
    b"*": _list,
}
