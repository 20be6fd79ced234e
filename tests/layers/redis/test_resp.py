from typing import Any

import pytest

from minichannels.layers.redis.requirements import redis_py
from minichannels.layers.redis.resp import Replies, pack


def test_command_is_packed() -> None:
    assert pack(("SET", "é", b"\r\n", 7, 1.5)) == (
        b"*5\r\n$3\r\nSET\r\n$2\r\n\xc3\xa9\r\n$2\r\n\r\n\r\n$1\r\n7\r\n"
        b"$3\r\n1.5\r\n"
    )


SAID = (
    b"+PONG\r\n:-42\r\n$5\r\nhe\r\no\r\n$-1\r\n$0\r\n\r\n*0\r\n*-1\r\n"
    b"*3\r\n$7\r\nmessage\r\n*1\r\n:1\r\n+x\r\n"
)
MEANT = [
    b"PONG",
    -42,
    b"he\r\no",
    None,
    b"",
    [],
    None,
    [b"message", [1], b"x"],
]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_replies_come_out_whole_however_they_come_in(size: int) -> None:
    replies, got = Replies(), list[Any]()
    for start in range(0, len(SAID), size):
        got += replies.feed(SAID[start : start + size])

    assert got == MEANT


def test_error_is_a_reply() -> None:
    (error,) = Replies().feed(b"-OOM command \xff not allowed\r\n")

    assert isinstance(error, redis_py.ResponseError)
    assert str(error) == "OOM command \ufffd not allowed"


@pytest.mark.parametrize(
    "said", [b"HTTP/1.1 400 Bad Request\r\n", b"+" + b"x" * 70_000]
)
def test_what_no_redis_says_is_an_error(said: bytes) -> None:
    with pytest.raises(redis_py.InvalidResponse):
        Replies().feed(said)
