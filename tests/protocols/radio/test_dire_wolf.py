"""Sound: a modem that others wrote hears a packet, and speaks for a station."""

import asyncio
from pathlib import Path

from minichannels.consumer import AsyncConsumer
from minichannels.exceptions import StopConsumer
from minichannels.protocols.radio import Radio
from minichannels.types import Message
from support.dire_wolf import dire_wolf
from support.held_clock import HeldClock
from support.servers import LIMIT
from support.uplinks import serving


async def test_station_hears_and_speaks_through_dire_wolf(
    tmp_path: Path,
) -> None:
    heard = asyncio.Queue[Message]()

    class Greeter(AsyncConsumer):
        async def aprs_connect(self, event: Message) -> None: ...

        async def aprs_receive_message(self, event: Message) -> None:
            await heard.put(event)
            text = "good morning"
            await self.send({"type": "aprs.send_message", "text": text})

        async def aprs_disconnect(self, event: Message) -> None:
            raise StopConsumer

    with dire_wolf(tmp_path) as modem:
        url = f"kiss://N0CALL-1@127.0.0.1:{modem.port}"
        radio = Radio(url, clock=HeldClock())
        async with serving(radio, Greeter.as_asgi()) as reported:
            modem.hear("N0CALL-7>APRS::N0CALL-1 :hello{12")
            async with asyncio.timeout(LIMIT):
                event = await heard.get()
                while len(sent := modem.transmitted()) < 2:
                    # Nothing else tells when its sound is written.
                    modem.silence()
                    await asyncio.sleep(0.05)

    assert (event["text"], event["number"]) == ("hello", "12")
    assert sent == [
        "N0CALL-1>APZMCH::N0CALL-7 :ack12",
        "N0CALL-1>APZMCH::N0CALL-7 :good morning{1",
    ]
    assert reported == []
