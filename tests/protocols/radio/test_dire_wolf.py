"""Sound: modems that others wrote hear packets, and speak for stations."""

import asyncio
from pathlib import Path

import pytest

from minichannels.consumer import AsyncConsumer
from minichannels.exceptions import StopConsumer
from minichannels.flow import Flow, Recorder
from minichannels.protocols.aprs import AprsAnswer, AprsMessage
from minichannels.protocols.radio import Radio
from minichannels.types import Message
from support.dire_wolf import MOMENT, Between, dire_wolf
from support.held_clock import HeldClock
from support.limit import LIMIT
from support.stations import by_hand
from support.uplinks import serving


class Greeter(AsyncConsumer):
    """Greets whoever says something."""

    heard: asyncio.Queue[Message]

    async def aprs_connect(self, event: Message) -> None: ...

    async def aprs_receive_message(self, event: Message) -> None:
        await self.heard.put(event)
        text = "good morning"
        await self.send({"type": "aprs.send_message", "text": text})

    async def aprs_ack(self, event: Message) -> None:
        await self.heard.put(event)

    async def aprs_disconnect(self, event: Message) -> None:
        raise StopConsumer


@pytest.fixture(autouse=True)
def heard() -> asyncio.Queue[Message]:
    Greeter.heard = asyncio.Queue()
    return Greeter.heard


async def test_station_hears_and_speaks_through_dire_wolf(
    tmp_path: Path, heard: asyncio.Queue[Message]
) -> None:
    with dire_wolf(tmp_path) as modem:
        url = f"kiss://N0CALL-1@127.0.0.1:{modem.port}"
        radio = Radio(url, clock=HeldClock())
        async with serving(radio, Greeter.as_asgi()) as reported:
            modem.hear("N0CALL-7>APRS::N0CALL-1 :hello{12")
            async with asyncio.timeout(LIMIT):
                event = await heard.get()
                while len(sent := modem.transmitted()) < 2:
                    modem.silence()
                    await asyncio.sleep(MOMENT)

    assert (event["text"], event["number"]) == ("hello", "12")
    assert sent == [
        "N0CALL-1>APZMCH::N0CALL-7 :ack12",
        "N0CALL-1>APZMCH::N0CALL-7 :good morning{1",
    ]
    assert reported == []


async def test_what_is_lost_between_two_dire_wolfs_comes_again(
    tmp_path: Path, heard: asyncio.Queue[Message]
) -> None:
    clock, recorder = HeldClock(), Recorder(Greeter.as_asgi())
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    with dire_wolf(folders[0]) as one, dire_wolf(folders[1]) as two:
        url = f"kiss://N0CALL-1@127.0.0.1:{one.port}"
        air = Between(one, two)
        async with (
            serving(Radio(url, clock=clock), recorder),
            by_hand(f"kiss://127.0.0.1:{two.port}", "N0CALL-7") as eve,
            air.carrying(),
            asyncio.timeout(LIMIT),
        ):
            air.is_lost = True
            eve.transmit(AprsMessage("N0CALL-1", "hello", "12"))
            assert (await heard.get())["text"] == "hello"
            while len(one.transmitted()) < 2:  # noqa: ASYNC110  # see MOMENT
                await asyncio.sleep(MOMENT)
            two.listen_to(one, is_deaf=True)
            air.is_lost = False
            await clock.advance(30)

            assert await eve.packet() == AprsMessage(
                "N0CALL-7", "good morning", "1"
            )
            eve.transmit(AprsAnswer("N0CALL-1", "1"))
            assert (await heard.get())["type"] == "aprs.ack"

    tried = [e for e in Flow(recorder.journal) if e.traits.outward]
    assert [(e.kind, e.status) for e in tried] == [
        ("send", "unanswered"),
        ("repeat", "delivered"),
    ]
