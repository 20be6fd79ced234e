import asyncio
import logging
from contextlib import suppress

import pytest

from minichannels.protocols import uplink
from minichannels.protocols.bot import IrcBot
from minichannels.protocols.mqtt import MqttClient
from minichannels.protocols.radio import AprsIs
from minichannels.protocols.uplink import log
from minichannels.types import Receive, Scope, Send
from support.held_clock import HeldClock, turns
from support.limit import LIMIT


def test_log_says_what_went_wrong_and_where(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log(ConnectionError("gone"), "IrcBot")

    assert caplog.record_tuples == [
        ("minichannels", logging.WARNING, "IrcBot: ConnectionError: gone")
    ]


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("nobody connects")


class Waiting(IrcBot):
    """Waits for a connection; when that is cancelled, it is lost."""

    async def serve(self) -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.get_running_loop().create_future()


async def test_cancel_that_gets_lost_is_no_end_of_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uplink, "CANCEL_AGAIN", 0)
    bot = Waiting("irc://127.0.0.1", clock=HeldClock())
    task = asyncio.create_task(bot.run(nothing))
    await turns()

    task.cancel()
    async with asyncio.timeout(LIMIT):
        await asyncio.wait({task})

    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize(
    ("made", "url", "why"),
    [
        (MqttClient, "mqtt://127.0.0.1/home/light", "says itself to which"),
        (AprsIs, "aprsis://N0CALL-1@127.0.0.1/WIDE1-1", "digipeaters are for"),
    ],
)
def test_what_nobody_heeds_in_an_address_is_refused(
    made: type[uplink.Uplink], url: str, why: str
) -> None:
    path = url.rpartition("127.0.0.1")[2]

    with pytest.raises(ValueError, match=f"leave out .* '{path}': .*{why}"):
        made(url)
    made(url.removesuffix(path))


async def test_uplink_serves_one_application_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uplink, "CANCEL_AGAIN", 0)
    bot = Waiting("irc://127.0.0.1", clock=HeldClock())
    for _ in range(2):  # one after the other
        task = asyncio.create_task(bot.run(nothing))
        await turns()
        with pytest.raises(RuntimeError, match="serves already"):
            await bot.run(nothing)
        task.cancel()
        await asyncio.wait({task})
