import asyncio
import logging

import pytest

from minichannels.protocols.uplink import ENDLESS, log, next_line


def test_log_says_what_went_wrong_and_where(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log(ConnectionError("gone"), "IrcBot")

    assert caplog.record_tuples == [
        ("minichannels", logging.WARNING, "IrcBot: ConnectionError: gone")
    ]


@pytest.mark.parametrize("size", [65_536, 65_537, 131_072, 300_000])
async def test_next_line_reads_another_one_instead_of_an_endless_one(
    size: int,
) -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(b"one\n" + b"x" * size + b"x\ntwo\n")
    reader.feed_data(b"x" * size + b"x")
    reader.feed_eof()

    read = [await next_line(reader) for _ in range(5)]

    assert read == [b"one\n", ENDLESS, b"two\n", ENDLESS, b""]


async def test_next_line_is_the_last_one_without_its_end() -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(b"one\ntwo")
    reader.feed_eof()

    read = [await next_line(reader) for _ in range(3)]

    assert read == [b"one\n", b"two", b""]
