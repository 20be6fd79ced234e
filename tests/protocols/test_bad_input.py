"""What is wrong ends its message, or its scope, and a flow says why.

All of these talk to a server that a test plays: it greets whoever connects,
and says what the test has it say.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from minichannels.flow import Event, Flow, Recorder
from minichannels.protocols import ax25, bot, kiss
from minichannels.protocols.ax25 import Ax25Frame, Station
from minichannels.protocols.bot import IrcBot
from minichannels.protocols.kiss import KissFrame
from minichannels.protocols.mqtt import MqttClient
from minichannels.protocols.radio import AprsIs, Radio, internet
from minichannels.protocols.uplink import Uplink
from minichannels.types import Message, Receive, Scope, Send
from support.held_clock import HeldClock
from support.limit import LIMIT
from support.uplinks import drawn


def on_air(info: bytes) -> bytes:
    """Return a frame to our station, as a modem hands it over."""
    frame = Ax25Frame(Station("APRS"), Station("N0CALL", 2), info)
    return kiss.encode(KissFrame(ax25.encode(frame)))


def published(topic: bytes, payload: bytes = b"") -> bytes:
    """Return a message of a broker."""
    body = len(topic).to_bytes(2) + topic + payload
    return bytes([0x30, len(body)]) + body


def said(text: bytes, who: bytes = b"ada") -> bytes:
    """Return what somebody says to the bot."""
    return b":%s!%s@host PRIVMSG bot :%s\r\n" % (who, who, text)


@dataclass
class Kind:
    """A protocol, and what its server says.

    Attributes:
        made: makes what connects to it.
        scheme: of its addresses.
        says: puts a text, which a consumer is to hear, into bytes.
        greeting: what is said first.
    """

    made: Callable[..., Uplink]
    scheme: str
    says: Callable[[bytes], bytes]
    greeting: bytes = b""


KINDS = {
    "irc": Kind(IrcBot, "irc", said, b":irc 001 bot :Welcome\r\n"),
    "mqtt": Kind(
        MqttClient,
        "mqtt",
        lambda text: published(b"in/light", text),
        b"\x20\x02\x00\x00",
    ),
    "kiss": Kind(Radio, "kiss", lambda text: on_air(b":N0CALL   :" + text)),
    "aprsis": Kind(
        AprsIs,
        "aprsis",
        lambda text: b"N0CALL-2>APRS::N0CALL   :" + text + b"\r\n",
        b"# logresp N0CALL verified, server X\r\n",
    ),
}


@dataclass
class Played:
    """A server that says what a test has it say."""

    kind: Kind
    port: int = 0
    writers: asyncio.Queue[asyncio.StreamWriter] = field(
        default_factory=asyncio.Queue
    )

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Played"]:
        server = await asyncio.start_server(self._talk, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(self.kind.greeting)
        await self.writers.put(writer)
        with suppress(ConnectionError):
            await reader.read()
        writer.close()

    async def client(self) -> asyncio.StreamWriter:
        """Return where to write to who connects next."""
        async with asyncio.timeout(LIMIT):
            return await self.writers.get()

    def uplink(self, **options: Any) -> Uplink:
        url = f"{self.kind.scheme}://127.0.0.1:{self.port}"
        return self.kind.made(url, **options)


class Listener:
    """An application that tells what it hears, and in which scope.

    Args:
        sends: what it sends, or raises, if it hears "break".
    """

    def __init__(self, sends: Any = None) -> None:
        self.heard = asyncio.Queue[tuple[Scope, str]]()
        self._sends = sends

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        while not (event := await receive())["type"].endswith(".disconnect"):
            text = event.get("text", event.get("payload", ""))
            if text in ("break", b"break"):
                await self._break(send)
            elif text:
                text = text if isinstance(text, str) else text.decode()
                await self.heard.put((scope, text))

    async def _break(self, send: Send) -> None:
        if isinstance(self._sends, Exception):
            raise self._sends
        await send(self._sends)

    async def next(self) -> tuple[Scope, str]:
        async with asyncio.timeout(LIMIT):
            return await self.heard.get()


def crashes(recorder: Recorder) -> list[Event]:
    return [e for e in Flow(recorder.journal) if e.kind == "crash"]


async def crashed(recorder: Recorder, number: int = 1) -> Event:
    """Wait until so many crashes are in the flow; return the last one."""
    changed = asyncio.Event()
    recorder.journal.watch(changed.set)
    async with asyncio.timeout(LIMIT):
        while len(crashes(recorder)) < number:
            changed.clear()
            await changed.wait()
    return crashes(recorder)[-1]


def reasons(recorder: Recorder) -> list[str]:
    """Return why scopes have ended, as the flow has it."""
    ends = (e for e in Flow(recorder.journal) if e.type.endswith(".disconnect"))
    return [e.payload["reason"] for e in ends]


NINE = kiss.encode(KissFrame(b"\x9c\x60\x86\x82\x98\x98\x60" * 11))


@pytest.mark.parametrize(
    ("kind", "nonsense", "wrong"),
    [
        ("kiss", b"\xc0\x06settings\xc0\x00\xdb\x01\xc0", "broken escape"),
        ("kiss", b"\xc0" + b"x" * 1_000_000 + b"\xc0", "over 4096 bytes"),
        ("kiss", NINE, "over 8 digipeaters"),
        ("kiss", on_air(b":N0CALL   :\xff\xfe{1"), "not UTF-8"),
        ("kiss", on_air(b":N0CALL   :ack77"), "nobody waits"),
        ("aprsis", b"N0CALLSEVEN>APRS::N0CALL   :x\r\n", "no station"),
        ("aprsis", b"A>B::N0CALL   :\xff\r\n", "not UTF-8"),
        ("aprsis", b"A>B::N0CALL   :ack77\r\n", "nobody waits"),
        ("aprsis", b"A>B::N0CALL   :a\0b\r\n", "CR, LF or NUL"),
        ("aprsis", b"x" * 1_000_000 + b"\r\n", "no packet"),
        ("irc", said(b"\xff"), "not UTF-8"),
        ("irc", said(b"a\0b"), "CR, LF or NUL"),
        ("irc", said(b"x" * 1_000_000), "over 512 bytes"),
        ("mqtt", published(b"in/\xff"), "broken topic"),
        ("mqtt", published(b"in/#"), "broken topic"),
        ("mqtt", b"\x90\3\0\7\0", "nobody waits for the answer 7"),
        ("mqtt", b"\xb0\2\0\7", "nobody waits for the answer 7"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_flow_says_what_is_wrong_with_a_message_and_the_next_is_heard(
    kind: str, nonsense: bytes, wrong: str
) -> None:
    listener = Listener()
    async with Played(KINDS[kind]).listening() as server:
        uplink = server.uplink(clock=HeldClock())
        async with drawn(uplink, listener) as recorder:
            client = await server.client()
            client.write(nonsense + server.kind.says(b"good"))
            _, text = await listener.next()

            assert text == "good"
            (crash,) = crashes(recorder)
            assert crash.application == type(uplink).__name__
            assert wrong in crash.payload["text"]
            assert reasons(recorder) == []


async def test_flow_says_that_a_nick_is_in_use() -> None:
    greeting = b":irc 433 * bot :in use\r\n:irc 001 bot2 :Welcome\r\n"
    kind, listener = replace(KINDS["irc"], greeting=greeting), Listener()
    async with (
        Played(kind).listening() as server,
        drawn(server.uplink(clock=HeldClock()), listener) as recorder,
    ):
        client = await server.client()
        client.write(said(b"good"))
        await listener.next()

    (crash,) = crashes(recorder)
    assert crash.payload["text"] == (
        "the nick 'bot' is in use; it asks for 'bot2'"
    )


@pytest.mark.parametrize(
    ("kind", "sends", "wrong"),
    [
        ("irc", {"type": "chat.send_message", "text": "a\0b"}, "or NUL"),
        (
            "irc",
            {"type": "chat.send_message", "text": "a", "room": "#a\r\nQUIT"},
            "CR, LF or NUL",
        ),
        ("kiss", {"type": "aprs.send_message", "text": "a\rb"}, "'\\r' in"),
        ("aprsis", {"type": "aprs.send_message", "text": "a\nb"}, "'\\n' in"),
        (
            "mqtt",
            {"type": "mqtt.subscribe", "topic": "a/#/b"},
            "'#' in 'a/#/b'",
        ),
        ("mqtt", {"type": "mqtt.publish", "topic": "a/+"}, "'+' in the topic"),
        *[(kind, ArithmeticError("broken"), "broken") for kind in KINDS],
    ],
)
async def test_flow_says_why_a_scope_has_ended_and_the_next_one_begins(
    kind: str, sends: Any, wrong: str
) -> None:
    listener, clock = Listener(sends), HeldClock()
    async with (
        Played(KINDS[kind]).listening() as server,
        drawn(server.uplink(clock=clock), listener) as recorder,
    ):
        client = await server.client()
        client.write(server.kind.says(b"one"))
        first, _ = await listener.next()
        client.write(server.kind.says(b"break"))
        crash = await crashed(recorder)
        if kind == "mqtt":  # a scope there is a connection
            await clock.asleep()
            await clock.advance(1)
            client = await server.client()
        client.write(server.kind.says(b"two"))
        second, text = await listener.next()

        assert text == "two"
        assert second is not first
        assert crash.client == first["peer"]
        assert wrong in crash.payload["text"]


@pytest.mark.parametrize(
    ("sends", "wrong"),
    [
        ({"destination": "N0CALLX"}, "the callsign 'N0CALLX'"),
        ({"path": [f"WIDE{n}" for n in range(9)]}, "9 digipeaters"),
    ],
)
async def test_flow_says_which_frame_cannot_be_sent(
    sends: Message, wrong: str
) -> None:
    async def port(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "ax25":
            await receive()
            await send({"type": "ax25.send", **sends})

    listener = Listener()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await (port if scope["type"] == "ax25" else listener)(
            scope, receive, send
        )

    async with Played(KINDS["kiss"]).listening() as server:
        radio = server.uplink(clock=HeldClock(), raw=True)
        async with drawn(radio, application) as recorder:
            client = await server.client()
            client.write(server.kind.says(b"good"))
            await listener.next()

            (crash,) = crashes(recorder)
            assert crash.client == "port 0"
            assert wrong in crash.payload["text"]


@pytest.mark.parametrize("kind", KINDS)
async def test_flow_says_when_who_is_at_the_other_end_is_absent_and_goes(
    kind: str,
) -> None:
    listener, clock, server = Listener(), HeldClock(), Played(KINDS[kind])
    async with server.listening():
        pass  # to know a port where nobody listens
    async with drawn(server.uplink(clock=clock), listener) as recorder:
        absent = await crashed(recorder)
        for number in (2, 3):
            await clock.asleep()
            async with server.listening():
                await clock.advance(2)
                client = await server.client()
                client.write(server.kind.says(b"hi"))
                await listener.next()
                client.transport.abort()
                await crashed(recorder, number)

    assert "refused" in (absent.type + absent.payload["text"]).lower()
    assert reasons(recorder) == ["the connection was lost"] * 2


@pytest.mark.parametrize("kind", ["irc", "aprsis"])
async def test_flow_says_that_a_server_is_silent_and_it_is_tried_again(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (bot, internet):
        monkeypatch.setattr(module, "GREETING", 0.01)
    listener, clock = Listener(), HeldClock()
    silent = Played(replace(KINDS[kind], greeting=b""))
    async with (
        silent.listening(),
        drawn(silent.uplink(clock=clock), listener) as recorder,
    ):
        crash = await crashed(recorder)
        await silent.client()
        silent.kind = KINDS[kind]
        for module in (bot, internet):
            monkeypatch.setattr(module, "GREETING", LIMIT)
        await clock.asleep()
        await clock.advance(1)
        client = await silent.client()
        client.write(silent.kind.says(b"good"))
        _, text = await listener.next()

    assert text == "good"
    assert crash.payload["text"] == "connected, and nothing was said for 0.01 s"


@pytest.mark.parametrize("kind", ["irc", "kiss", "aprsis"])
@pytest.mark.parametrize("early", [0, 0.001], ids=["at", "before"])
async def test_flow_says_what_became_of_a_message_at_the_time_limit(
    kind: str, early: float
) -> None:
    listener, clock = Listener(), HeldClock()
    async with (
        Played(KINDS[kind]).listening() as server,
        drawn(server.uplink(clock=clock), listener) as recorder,
    ):
        client = await server.client()
        client.write(server.kind.says(b"one"))
        first, _ = await listener.next()
        clock.now = 600 - early  # nobody is woken: the message looks first
        client.write(server.kind.says(b"two"))
        second, _ = await listener.next()

        assert (second is first) == bool(early)
        told = [] if early else ["nothing was said for 600 s"]
        assert reasons(recorder) == told
