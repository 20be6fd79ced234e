"""The lobby, among programs of others, all at once."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from playwright.async_api import Page, expect

from minichannels.lab.serving.serve import serve, stop_all
from minichannels.lab.serving.server import Server
from minichannels.protocols.aprs import AprsAnswer, AprsMessage
from minichannels.protocols.bot import IrcBot
from minichannels.protocols.mqtt import MqttClient
from minichannels.protocols.radio import Radio
from support.brokers import mosquitto
from support.dire_wolf import MOMENT, Between, DireWolf, dire_wolf
from support.irc_servers import ngircd, user
from support.layers import fresh_layer
from support.lobby import lobby
from support.servers import LIMIT
from support.stations import ByHand, by_hand

PATIENCE = 30
"""How many seconds to wait: sound takes its time, also on a busy machine."""

SAID = {
    "ada": "from the page",
    "bob": "from the chat",
    "eve": "from the air",
    "sensor": "21 degrees",
}


@pytest.fixture(autouse=True)
def bench() -> Iterator[None]:
    """Leave no server."""
    with fresh_layer():
        yield
        stop_all()


@contextmanager
def modems(folder: Path) -> Iterator[tuple[DireWolf, DireWolf]]:
    """Run one modem for the application, and one for a station."""
    folders = [folder / name for name in ("one", "two")]
    for each in folders:
        each.mkdir()
    with dire_wolf(folders[0]) as one, dire_wolf(folders[1]) as two:
        yield one, two


@asynccontextmanager
async def listening(hears: Any) -> AsyncIterator[list[str]]:
    """Collect what somebody hears, until all else is over."""
    heard: list[str] = []

    async def listen() -> None:
        while True:
            heard.append(await hears())

    task = asyncio.create_task(listen())
    try:
        yield heard
    finally:
        task.cancel()
        await asyncio.wait([task])


def station(eve: ByHand) -> Any:
    """Return what waits for a message to a station, which says it has come."""
    known: set[str] = set()

    async def hears() -> str:
        while True:
            packet = await eve.packet()
            if isinstance(packet, AprsMessage):
                eve.transmit(AprsAnswer("N0CALL-1", packet.number))
                if packet.number not in known:
                    known.add(packet.number)
                    return packet.text

    return hears


async def is_there(server: Server) -> None:
    """Wait until the page's own socket hears what the others say.

    A browser tells of it as soon as it has asked for one.
    """
    async with asyncio.timeout(PATIENCE):
        accept = "websocket.accept"
        while accept not in {e.type for e in server.flow}:  # noqa: ASYNC110
            await asyncio.sleep(MOMENT)


async def until(heard: list[str], count: int) -> None:
    """Wait until somebody has heard so much."""
    async with asyncio.timeout(PATIENCE):
        while len(heard) < count:  # noqa: ASYNC110  # see MOMENT
            await asyncio.sleep(MOMENT)


async def test_what_one_says_reaches_the_other_three_once(
    page: Page, tmp_path: Path
) -> None:
    with (
        mosquitto(tmp_path) as mqtt,
        ngircd(tmp_path) as irc,
        modems(tmp_path) as (one, two),
    ):
        server = serve(lobby())
        for other in (
            bot := IrcBot(irc),
            MqttClient(mqtt),
            Radio(f"kiss://N0CALL-1@127.0.0.1:{one.port}", retry=3),
        ):
            await server.also(other).ready(LIMIT)
        port = int(mqtt.rpartition(":")[2])
        air = Between(one, two)
        async with (
            user(irc, "bob") as bob,
            by_hand(f"kiss://127.0.0.1:{two.port}", "N0CALL-7") as eve,
            aiomqtt.Client("127.0.0.1", port) as sensor,
            air.carrying(),
            listening(bob.heard) as by_bob,
            listening(station(eve)) as by_eve,
        ):
            await sensor.subscribe("out", qos=1)

            async def published() -> str:
                message = await anext(sensor.messages)
                assert isinstance(message.payload, bytes)
                return message.payload.decode()

            async with listening(published) as by_sensor:
                await page.goto(server.url)
                await is_there(server)
                by_ada = page.locator("#heard li")
                seen = partial(
                    expect(by_ada).to_have_count, timeout=PATIENCE * 1000
                )
                # Each says hello, so that all know of it.
                bob.say("hello", bot.nick)
                await seen(1)
                eve.transmit(AprsMessage("N0CALL-1", "hello", "1"))
                await seen(2)
                await until(by_bob, 1)

                # What the station is told now is lost, and comes again.
                made = len(one.transmitted())
                air.is_lost = True
                await page.fill("#say", SAID["ada"])
                await page.press("#say", "Enter")
                while len(one.transmitted()) == made:  # noqa: ASYNC110
                    await asyncio.sleep(MOMENT)
                two.listen_to(one, is_deaf=True)
                air.is_lost = False
                await until(by_eve, 1)

                bob.say(SAID["bob"], bot.nick)
                await until(by_eve, 2)
                await sensor.publish("in", SAID["sensor"], qos=1)
                await until(by_eve, 3)
                eve.transmit(AprsMessage("N0CALL-1", SAID["eve"], "2"))
                await seen(5)
                await until(by_bob, 4)
                await until(by_sensor, 5)
                await server.settle()

                texts = await by_ada.all_inner_texts()
        flow = server.flow
        server.stop()

    assert texts == [*["hello"] * 2, SAID["bob"], SAID["sensor"], SAID["eve"]]
    assert by_bob == ["hello", SAID["ada"], SAID["sensor"], SAID["eve"]]
    assert by_eve == [SAID["ada"], SAID["bob"], SAID["sensor"]]
    told = ["hello", "hello", SAID["ada"], SAID["bob"], SAID["eve"]]
    assert by_sensor == told
    tries = [e for e in flow if e.payload.get("text") == SAID["ada"]]
    radio = [(e.kind, e.status) for e in tries if e.traits.outward]
    # On a busy machine, the ack of a repeat may come late, too.
    assert ("send", "unanswered") in radio
    assert ("repeat", "delivered") in radio
    if folder := os.environ.get("MINICHANNELS_SCREENSHOTS"):
        flow.lanes().save(Path(folder) / "beyond.svg")
        flow.save(Path(folder) / "beyond.json")
