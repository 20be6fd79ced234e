"""A station on APRS-IS; aprslib, which others wrote, is the other one."""

import asyncio
import importlib
import threading
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from minichannels.consumer import AsyncConsumer
from minichannels.exceptions import StopConsumer
from minichannels.lab.beyond.aprs_is import AprsIsServer, aprs_is
from minichannels.protocols.places import find
from minichannels.protocols.radio import AprsIs
from minichannels.types import Message
from support.held_clock import HeldClock
from support.limit import LIMIT
from support.uplinks import alone, serving

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it has escapes that Python is to refuse
    aprslib = importlib.import_module("aprslib")


class Talk(AsyncConsumer):
    """Tells the test what it hears; says again what begins with "say"."""

    heard: asyncio.Queue[Message]

    async def aprs_connect(self, event: Message) -> None: ...

    async def aprs_receive_message(self, event: Message) -> None:
        await self.heard.put(event)
        if event["text"].startswith("say "):
            text = event["text"].removeprefix("say ")
            await self.send({"type": "aprs.send_message", "text": text})

    async def aprs_ack(self, event: Message) -> None:
        await self.heard.put(event)

    async def aprs_disconnect(self, event: Message) -> None:
        raise StopConsumer


@pytest.fixture(autouse=True)
def heard() -> asyncio.Queue[Message]:
    Talk.heard = asyncio.Queue()
    return Talk.heard


class Other:
    """A station that runs aprslib, in a thread of its own."""

    def __init__(self, server: AprsIsServer, callsign: str) -> None:
        place = find(server.url, "aprsis", 0, allow_remote=False)
        self._client = aprslib.IS(
            callsign, aprslib.passcode(callsign), place.host, place.port
        )
        self._client.connect()
        self._loop = asyncio.get_running_loop()
        self._heard = asyncio.Queue[dict[str, Any]]()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        def hear(packet: dict[str, Any]) -> None:
            self._loop.call_soon_threadsafe(self._heard.put_nowait, packet)

        with suppress(aprslib.ConnectionDrop):
            self._client.consumer(hear)

    def say(self, line: str) -> None:
        self._client.sendall(line)

    async def packet(self) -> dict[str, Any]:
        """Return the next packet, as aprslib parses it."""
        async with asyncio.timeout(LIMIT):
            return await self._heard.get()

    def join(self) -> None:
        self._thread.join(LIMIT)


@asynccontextmanager
async def other(
    server: AprsIsServer, callsign: str = "N0CALL-7"
) -> AsyncIterator[Other]:
    made = Other(server, callsign)
    try:
        yield made
    finally:
        server.stop()
        await asyncio.to_thread(made.join)


def address(server: AprsIsServer, who: str) -> str:
    return server.url.replace("//", f"//{who}@")


async def test_station_talks_with_aprslib_over_the_internet(
    heard: asyncio.Queue[Message],
) -> None:
    server = aprs_is()
    station = AprsIs(address(server, "n0call-1:13023"), clock=HeldClock())
    async with (
        serving(station, Talk.as_asgi()) as reported,
        other(server) as them,
    ):
        them.say("N0CALL-7>APRS,TCPIP*::N0CALL-1 :say hello{12")
        ack, hello = await them.packet(), await them.packet()
        them.say("N0CALL-7>APRS,TCPIP*::N0CALL-1 :ack1")
        said, acked = await heard.get(), await heard.get()

        assert (said["text"], said["number"]) == ("say hello", "12")
        assert (acked["type"], acked["text"]) == ("aprs.ack", "hello")
        assert (ack["response"], ack["msgNo"]) == ("ack", "12")
        assert (hello["message_text"], hello["msgNo"]) == ("hello", "1")
        for packet in (ack, hello):
            assert packet["from"] == "N0CALL-1"
            assert packet["addresse"] == "N0CALL-7"
            assert packet["path"] == ["TCPIP*"]
        assert reported == []


async def test_station_without_a_passcode_hears_and_says_that_it_is_mute(
    heard: asyncio.Queue[Message],
) -> None:
    server = aprs_is()
    station = AprsIs(address(server, "N0CALL-1"), clock=HeldClock())
    async with (
        serving(station, Talk.as_asgi()) as reported,
        other(server) as them,
    ):
        them.say("N0CALL-7>APRS,TCPIP*::N0CALL-1 :say hello")
        await heard.get()
        await server_has_heard(server)
        them.say("N0CALL-7>APRS,TCPIP*::N0CALL-1 :is there nobody?")
        await heard.get()

        assert them._heard.empty()
        assert str(reported[0]) == (
            "N0CALL-1: without its passcode, nothing is passed on"
        )


async def server_has_heard(server: AprsIsServer) -> None:
    """Wait until its loop has had a turn."""
    nothing = asyncio.run_coroutine_threadsafe(asyncio.sleep(0), server.loop)
    await asyncio.wrap_future(nothing)


async def test_nonsense_ends_nothing_but_itself(
    heard: asyncio.Queue[Message],
) -> None:
    async def talk(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        login = await reader.readline()
        lines = (b"# hello", b"# logresp N0CALL-1 verified, server X", b"what?")
        odd = (b"A>B:>on the air", b"A>B::N0CALL-1 :x{", b"x" * 200_000)
        good = b"A>B::N0CALL-1 :hi"
        writer.write(b"\r\n".join([*lines, *odd, good, b""]))
        logins.append(login)
        await reader.read()
        writer.close()

    logins: list[bytes] = []
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    station = AprsIs(f"aprsis://N0CALL-1@127.0.0.1:{port}", clock=HeldClock())
    async with serving(station, Talk.as_asgi()) as reported:
        assert (await heard.get())["text"] == "hi"
        assert len(reported) == 3
    server.close()

    assert logins == [
        b"user N0CALL-1 pass -1 vers minichannels 1 filter g/N0CALL-1\r\n"
    ]


async def test_server_that_comes_back_is_served_again() -> None:
    server, clock = aprs_is(), HeldClock()
    port = int(server.url.rpartition(":")[2])
    station = AprsIs(address(server, "N0CALL-1:1"), clock=clock)
    server.stop()
    async with alone(station, Talk.as_asgi()) as reported:
        await clock.asleep()
        for _ in range(2):
            with aprs_is(port):
                await clock.advance(2)
                await station.ready(LIMIT)
            await clock.asleep()

    assert len(reported) == 3


async def test_server_that_lets_nobody_in_is_reported_with_its_last_words() -> (
    None
):
    async def talk(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readline()
        writer.write(b"# aprsc\r\n# Port full\r\n# half a li")
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    clock = HeldClock()
    station = AprsIs(f"aprsis://N0CALL-1@127.0.0.1:{port}", clock=clock)
    async with alone(station, Talk.as_asgi()) as reported:
        await clock.asleep()
    server.close()

    assert str(reported[0]) == "no login: # Port full"


@pytest.mark.parametrize(
    "passcode", ["1%0D%0AN0CALL-1%3EAPRS:hello", "1 filter", "123456", "secret"]
)
def test_passcode_that_is_none_is_refused_and_kept(passcode: str) -> None:
    with pytest.raises(ValueError, match="one to five digits") as raised:
        AprsIs(f"aprsis://N0CALL-1:{passcode}@127.0.0.1")

    assert passcode not in str(raised.value)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"A>B:}N0CALL-9>C,TCPIP,A*::N0CALL-1 :third{7", [("N0CALL-9", "7")]),
        (b"A>B:}}N0CALL-9>C::N0CALL-1 :nested{7", []),
        (b"A>B:}N0CALL-9>C:}N0CALL-8>C::N0CALL-1 :nested{7", []),
        (b"A-XY>B::N0CALL-1 :a letter as SSID{7", [("A-XY", "7")]),
        (b"A>B::N0CALL-1 :reply and ack{MM}AA", [("A", "MM}AA")]),
        (b"A>B::N0CALL-1 :reply{MM}", [("A", "MM}")]),
        (b"A>B::N0CALL-1 :too long a reply{MM}AAA", []),
        (b"A>B::N0CALL-1 :ack77}", []),
        (b"A>B::N0CALL-1 :ack77}12", []),
        (b"A>B::BLN1     :a bulletin{1", []),
        (b"A>B::ALL      :to all{1", []),
        (b"A>B:?APRS?", []),
    ],
)
async def test_line_is_for_this_station_or_not(
    line: bytes, told: list[tuple[str, str]], heard: asyncio.Queue[Message]
) -> None:
    """What is for it is told of and acknowledged, all else is not."""
    acks = asyncio.Queue[bytes]()

    async def talk(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readline()
        end = b"LAST>B::N0CALL-1 :the end{99"
        writer.write(b"\r\n".join([line, end, b""]))
        while ack := await reader.readline():
            acks.put_nowait(ack)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    station = AprsIs(f"aprsis://N0CALL-1@127.0.0.1:{port}", clock=HeldClock())
    async with alone(station, Talk.as_asgi()), asyncio.timeout(LIMIT):
        for peer, number in (*told, ("LAST", "99")):
            ack = f"N0CALL-1>APZMCH,TCPIP*::{peer:9}:ack{number}\r\n"
            assert await acks.get() == ack.encode()
            assert (await heard.get())["number"] == number
    server.close()
