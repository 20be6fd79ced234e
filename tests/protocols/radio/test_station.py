import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from minichannels.consumer import AsyncConsumer
from minichannels.exceptions import StopConsumer, WireError
from minichannels.flow import Flow, Recorder
from minichannels.lab.beyond.air import air
from minichannels.protocols import ax25, kiss
from minichannels.protocols.aprs import AprsAnswer, AprsMessage, AprsOther
from minichannels.protocols.ax25 import Ax25Frame, Station
from minichannels.protocols.kiss import KissFrame
from minichannels.protocols.radio import Radio, Recent, station
from minichannels.protocols.radio.heard import same_name
from minichannels.types import ASGIApp, Message, Receive, Scope, Send
from support.held_clock import HeldClock
from support.irc_servers import free_port
from support.proxies import until
from support.stations import ByHand, by_hand
from support.uplinks import alone, serving


class Talk(AsyncConsumer):
    """Tells the test what it hears; says again what begins with "say"."""

    heard: asyncio.Queue[Message]

    async def aprs_connect(self, event: Message) -> None: ...

    async def aprs_receive_message(self, event: Message) -> None:
        await self.heard.put(event)
        said, _, text = event["text"].partition("say ")
        if not said and text:
            await self.send({"type": "aprs.send_message", "text": text})

    async def aprs_ack(self, event: Message) -> None:
        await self.heard.put(event)

    async def aprs_undelivered(self, event: Message) -> None:
        await self.heard.put(event)

    async def aprs_disconnect(self, event: Message) -> None:
        await self.heard.put(event)
        raise StopConsumer


@pytest.fixture(autouse=True)
def heard() -> asyncio.Queue[Message]:
    Talk.heard = asyncio.Queue()
    return Talk.heard


class Stage:
    """A station of ours, one by hand, the air between, and a clock."""

    def __init__(self, radio: Radio, ada: ByHand, clock: HeldClock) -> None:
        self.radio = radio
        self.ada = ada
        self.clock = clock
        self.reported: list[BaseException] = []

    async def says(self, text: str, number: str = "") -> None:
        self.ada.transmit(AprsMessage("N0CALL-1", text, number))


@asynccontextmanager
async def stage(
    application: ASGIApp | None = None, **options: Any
) -> AsyncIterator[Stage]:
    clock = HeldClock()
    with air(lose=options.pop("lose", ())) as between:
        radio = Radio(
            between.url.replace("//", "//n0call-1@"), clock=clock, **options
        )
        async with by_hand(between.url) as ada:
            made = Stage(radio, ada, clock)
            async with serving(radio, application or Talk.as_asgi()) as found:
                made.reported = found
                yield made


async def test_message_is_acknowledged_and_handed_on(
    heard: asyncio.Queue[Message],
) -> None:
    async with stage() as scene:
        await scene.says("hi", "7")

        assert await scene.ada.packet() == AprsAnswer("N0CALL-2", "7")
        event = await heard.get()
        assert (event["text"], event["number"]) == ("hi", "7")
        assert scene.reported == []
    assert (await heard.get())["reason"] == "the server stops"


async def test_repeat_is_acknowledged_again_and_handed_on_once(
    heard: asyncio.Queue[Message],
) -> None:
    async with stage() as scene:
        for text in ("hi", "hi", "new"):
            await scene.says(text, "7")
            assert await scene.ada.packet() == AprsAnswer("N0CALL-2", "7")

        assert [(await heard.get())["text"] for _ in range(2)] == ["hi", "new"]
        assert heard.empty()


async def test_ack_on_the_way_of_a_message_counts_and_is_asked_for_once(
    heard: asyncio.Queue[Message],
) -> None:
    async with stage() as scene:
        await scene.says("say hello", "AB}")
        assert await scene.ada.packet() == AprsAnswer("N0CALL-2", "AB}")
        await heard.get()
        await scene.ada.packet()
        for number in ("AC}", "AC}1", "AC}1"):  # first before ours had come
            await scene.says("and to you", number)
            assert await scene.ada.packet() == AprsAnswer("N0CALL-2", number)
        scene.ada.transmit(AprsAnswer("N0CALL-1", "1"))  # as well
        await scene.says("bye", "AD}")
        await scene.ada.packet()

        kinds = [(await heard.get())["type"] for _ in range(2)]
        assert kinds == ["aprs.receive_message", "aprs.ack"]
        assert (await heard.get())["text"] == "bye"
        assert scene.reported == []


async def test_message_without_a_number_comes_by_several_ways_and_counts_once(
    heard: asyncio.Queue[Message],
) -> None:
    async with stage() as scene:
        await scene.says("one")
        await scene.says("one")  # by way of a digipeater
        await scene.says("two")
        told = [(await heard.get())["text"] for _ in range(2)]
        await scene.clock.advance(30)
        await scene.says("one")

        assert [*told, (await heard.get())["text"]] == ["one", "two", "one"]


async def test_number_that_comes_again_after_an_hour_is_another_message(
    heard: asyncio.Queue[Message],
) -> None:
    async with stage() as scene:
        for wait in (0, 3599, 1):
            await scene.clock.advance(wait)
            await scene.says("weather", "1")
            assert await scene.ada.packet() == AprsAnswer("N0CALL-2", "1")
        await scene.says("bye", "2")
        await scene.ada.packet()

        events = [await heard.get() for _ in range(4)]
        assert [event.get("text") for event in events] == [
            "weather",
            None,  # nothing was said for ten minutes
            "weather",
            "bye",
        ]


async def test_message_from_the_internet_comes_by_way_of_a_gateway(
    heard: asyncio.Queue[Message],
) -> None:
    async with stage() as scene:
        inner = b"N0CALL-9>APRS,TCPIP,N0CALL-2*::N0CALL-1 :hi{7"
        scene.ada.transmit(AprsOther(b"}" + inner))
        scene.ada.transmit(AprsOther(b"}no packet"))

        assert await scene.ada.packet() == AprsAnswer("N0CALL-9", "7")
        assert (await heard.get())["text"] == "hi"
        assert "N0CALL-9" in scene.radio.scopes
        await scene.says("bye", "1")
        await scene.ada.packet()
        assert ["no packet" in str(error) for error in scene.reported] == [True]


async def test_station_is_the_same_however_it_is_written(
    heard: asyncio.Queue[Message],
) -> None:
    async with stage() as scene:
        scene.ada.transmit(AprsMessage("n0call-1", "one", "1"))
        assert await scene.ada.packet() == AprsAnswer("N0CALL-2", "1")
        assert (await heard.get())["text"] == "one"
    for name in ("N0CALL", "n0call", "N0CALL-0"):
        assert same_name(name) == str(Station.parse(name))


async def test_message_without_a_number_has_no_ack(
    heard: asyncio.Queue[Message],
) -> None:
    async with stage() as scene:
        await scene.says("hi")
        await scene.says("again", "1")

        assert await scene.ada.packet() == AprsAnswer("N0CALL-2", "1")
        assert [(await heard.get())["text"] for _ in range(2)] == [
            "hi",
            "again",
        ]


async def test_ack_reaches_the_consumer_and_ends_the_repeats(
    heard: asyncio.Queue[Message],
) -> None:
    async with stage() as scene:
        await scene.says("say hello")
        await heard.get()
        first = await scene.ada.packet()
        scene.ada.transmit(AprsAnswer("N0CALL-1", "1"))
        scene.ada.transmit(AprsAnswer("N0CALL-1", "1"))  # as after a repeat
        event = await heard.get()
        await scene.clock.advance(200)
        await scene.says("one more", "2")

        assert first == AprsMessage("N0CALL-2", "hello", "1")
        assert event == {"type": "aprs.ack", "text": "hello", "number": "1"}
        assert await scene.ada.packet() == AprsAnswer("N0CALL-2", "2")
        assert scene.reported == []


async def test_flow_shows_what_was_lost_its_repeat_and_its_ack() -> None:
    recorder = Recorder(Talk.as_asgi())
    async with stage(recorder, lose=[2]) as scene:
        await scene.says("say hello")
        await Talk.heard.get()
        await scene.clock.asleep(2)
        await scene.clock.advance(30)
        await scene.ada.packet()
        scene.ada.transmit(AprsAnswer("N0CALL-1", "1"))
        await Talk.heard.get()

    flow = Flow(recorder.journal)
    lost, again, ack = flow.events[2:5]
    assert (lost.kind, lost.status) == ("send", "unanswered")
    assert (again.kind, again.status) == ("repeat", "delivered")
    assert again.cause == lost.seq
    assert (again.source, again.target) == ("Talk#1", "N0CALL-2")
    assert ack.type == "aprs.ack"
    assert flow.lanes().svg.count("aprs.send_message again") == 1
    assert "LOST no ack" in repr(flow)


async def test_flow_shows_each_try_of_what_is_never_acknowledged() -> None:
    recorder = Recorder(Talk.as_asgi())
    async with stage(recorder) as scene:
        await scene.says("say hello")
        await scene.clock.asleep(2)
        await scene.clock.advance(120)

    tried = [e for e in Flow(recorder.journal) if e.traits.outward]
    assert [e.kind for e in tried] == ["send", "repeat", "repeat", "repeat"]
    assert {e.status for e in tried} == {"unanswered"}


async def test_repeats_go_on_after_the_consumer_has_ended() -> None:
    class Once(AsyncConsumer):
        async def aprs_connect(self, event: Message) -> None:
            await self.send({"type": "aprs.send_message", "text": "hello"})
            raise StopConsumer

    recorder = Recorder(Once.as_asgi())
    async with stage(recorder) as scene:
        await scene.says("hi")
        await scene.ada.packet()
        await scene.clock.asleep(2)
        await scene.clock.advance(30)

        assert await scene.ada.packet() == AprsMessage("N0CALL-2", "hello", "1")
    kinds = [e.kind for e in Flow(recorder.journal) if e.traits.outward]
    assert kinds == ["send", "repeat"]


async def test_message_that_is_lost_is_sent_again(
    heard: asyncio.Queue[Message],
) -> None:
    async with stage(lose=[2]) as scene:
        await scene.says("say hello")
        await heard.get()
        await scene.clock.asleep(2)  # for the ack; and for the silence
        await scene.clock.advance(29)
        await answered(scene, "half a minute is not over")
        await scene.clock.advance(1)

        assert await scene.ada.packet() == AprsMessage("N0CALL-2", "hello", "1")


async def test_message_without_an_ack_is_undelivered_after_three_repeats(
    heard: asyncio.Queue[Message],
) -> None:
    async with stage() as scene:
        await scene.says("say hello")
        await heard.get()
        sent = [await scene.ada.packet()]
        for _ in range(3):
            await scene.clock.asleep(2)
            await scene.clock.advance(30)
            sent.append(await scene.ada.packet())
        early = heard.empty()
        await scene.clock.asleep(2)
        await scene.clock.advance(30)
        event = await heard.get()
        scene.ada.transmit(AprsAnswer("N0CALL-1", "1"))  # far too late
        await scene.says("hi", "5")

        assert sent == [AprsMessage("N0CALL-2", "hello", "1")] * 4
        assert early
        assert event["type"] == "aprs.undelivered"
        assert await scene.ada.packet() == AprsAnswer("N0CALL-2", "5")
        assert "nobody waits for that" in str(scene.reported[0])


async def test_message_that_is_rejected_is_undelivered(
    heard: asyncio.Queue[Message],
) -> None:
    async with stage() as scene:
        await scene.says("say hello")
        await heard.get()
        await scene.ada.packet()
        scene.ada.transmit(AprsAnswer("N0CALL-1", "1", rejected=True))

        assert (await heard.get())["type"] == "aprs.undelivered"


async def test_what_is_for_others_or_no_message_is_left_alone(
    heard: asyncio.Queue[Message],
) -> None:
    async with stage() as scene:
        scene.ada.transmit(AprsMessage("N0CALL-9", "not for you", "1"))
        for broken in (b":BLN1     :a{", b":N0CALL-9 :\xff", b":\xff        :"):
            frame = Ax25Frame(Station("APRS"), Station("N0CALL", 2), broken)
            scene.ada.raw(ax25.encode(frame))
        scene.ada.transmit(AprsOther(b">on the air"))
        own = AprsMessage("N0CALL-1", "an echo", "1")
        scene.ada.transmit(own, source="N0CALL-1")
        scene.ada.writer.write(b"\xc0\x06settings\xc0")
        await scene.says("hi", "2")

        assert await scene.ada.packet() == AprsAnswer("N0CALL-2", "2")
        assert (await heard.get())["text"] == "hi"
        assert scene.reported == []


async def test_broken_frames_are_reported_and_the_next_is_heard(
    heard: asyncio.Queue[Message],
) -> None:
    async with stage() as scene:
        scene.ada.raw(b"too short")
        scene.ada.transmit(AprsMessage("N0CALL-1", "x"), source="N0CALL-3")
        scene.ada.raw(
            bytes.fromhex("82a0a4a640 4060 9c60 8682989864 03f0") + b":"
        )
        await scene.says("hi", "2")
        await scene.ada.packet()

        assert [(await heard.get())["text"] for _ in range(2)] == ["x", "hi"]
        assert len(scene.reported) == 2
        assert all(isinstance(e, WireError) for e in scene.reported)


class Modem:
    """A modem that says something at once."""

    def __init__(self, says: bytes) -> None:
        self.port = 0
        self._says = says
        self._writer: asyncio.StreamWriter

    async def talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._writer = writer
        writer.write(self._says)
        with suppress(ConnectionError):
            await reader.read()
        writer.close()

    def close(self) -> None:
        self._writer.close()

    def cut(self) -> None:
        self._writer.transport.abort()


@asynccontextmanager
async def modem(says: bytes, port: int = 0) -> AsyncIterator[Modem]:
    """Have a modem that says something at once."""
    made = Modem(says)
    server = await asyncio.start_server(made.talk, "127.0.0.1", port)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()


def on_air(info: bytes) -> bytes:
    """Return a frame to our station, as its modem hands it over."""
    frame = Ax25Frame(Station("APRS"), Station("N0CALL", 2), info)
    return kiss.encode(KissFrame(ax25.encode(frame)))


@pytest.mark.parametrize(
    ("message", "wrong"),
    [
        ({"type": "aprs.send_message", "text": "x" * 68}, "68 bytes"),
        ({"type": "aprs.send_message", "text": "a\rb"}, "'\\\\r' in the"),
        ({"type": "aprs.send_message"}, "text of a message is None"),
        ({"type": "aprs.send_photo"}, "cannot send 'aprs.send_photo'"),
    ],
)
async def test_what_cannot_be_sent_is_an_error(
    message: dict[str, Any], wrong: str
) -> None:
    errors = asyncio.Queue[str]()

    class Careless(Talk):
        async def aprs_connect(self, event: Message) -> None:
            try:
                await self.send(message)
            except WireError as error:
                await errors.put(str(error))

    async with stage(Careless.as_asgi()) as scene:
        await scene.says("hi")

        assert wrong.replace("\\\\", "\\") in await errors.get()


async def test_messages_that_wait_for_their_acks_are_not_without_number(
    monkeypatch: pytest.MonkeyPatch, heard: asyncio.Queue[Message]
) -> None:
    monkeypatch.setattr(station, "MOST_WAITING", 1)
    errors = asyncio.Queue[str]()

    class Chatty(Talk):
        async def aprs_receive_message(self, event: Message) -> None:
            try:
                await super().aprs_receive_message(event)
            except WireError as error:
                await errors.put(str(error))

    async with stage(Chatty.as_asgi()) as scene:
        await scene.says("say one")
        await scene.says("say two")
        assert "1 messages of this station wait" in await errors.get()
        scene.ada.transmit(AprsAnswer("N0CALL-1", "1"))
        await scene.says("say three")

        for text, number in (("one", "1"), ("three", "2")):
            sent = AprsMessage("N0CALL-2", text, number)
            assert await scene.ada.packet() == sent


async def test_lost_modem_ends_all_and_nothing_is_sent_any_more() -> None:
    sends = asyncio.Queue[Send]()

    async def talk(scope: Scope, receive: Receive, send: Send) -> None:
        await sends.put(send)
        await receive()
        await receive()
        await send({"type": "aprs.send_message", "text": "hello"})
        await reasons.put((await receive())["reason"])

    reasons = asyncio.Queue[str]()
    clock = HeldClock()
    with air() as between:
        radio = Radio(between.url.replace("//", "//n0call-1@"), clock=clock)
        async with (
            by_hand(between.url) as ada,
            serving(radio, talk) as reported,
        ):
            ada.transmit(AprsMessage("N0CALL-1", "hi"))
            await ada.packet()
            between.stop()
            reason = await reasons.get()
            with pytest.raises(BrokenPipeError, match="has ended"):
                await (await sends.get())({"type": "aprs.send_message"})
            with pytest.raises(BrokenPipeError, match="was lost"):
                radio.transmit(0, AprsOther(b""))

    assert reason == "the connection was lost"
    assert isinstance(reported[0], ConnectionError)
    assert radio._waiting == {}


async def test_raw_port_hears_and_sends_frames() -> None:
    frames = asyncio.Queue[Message]()
    errors = asyncio.Queue[str]()

    async def monitor(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "ax25":
            return
        event = await receive()
        await frames.put({**event, "peer": scope["peer"]})
        await send(
            {
                "type": "ax25.send",
                "destination": "BEACON",
                "info": b"\xff",
                "path": ["WIDE1-1"],
            }
        )
        await send({"type": "ax25.send"})
        for wrong in (
            {"type": "ax25.send", "destination": "SEVENLT"},
            {"type": "ax25.send", "path": ["WIDE1-1"] * 9},
            {"type": "ax25.send", "path": "WIDE"},
            {"type": "ax25.send", "info": 7},
            {"type": "ax25.send", "source": 7},
            {"type": "ax25.beep"},
        ):
            try:
                await send(wrong)
            except WireError as error:
                await errors.put(str(error))

    async with stage(monitor, raw=True) as scene:
        scene.ada.transmit(AprsOther(b">hi"))
        event = await frames.get()
        beacon = await scene.ada.frame()
        plain = await scene.ada.frame()
        scene.ada.transmit(AprsOther(b">again"))  # opens a scope anew
        await frames.get()

        assert event == {
            "type": "ax25.receive",
            "source": "N0CALL-2",
            "destination": "APRS",
            "path": [],
            "info": b">hi",
            "peer": "port 0",
        }
        assert (str(beacon.source), beacon.info) == ("N0CALL-1", b"\xff")
        assert list(map(str, beacon.path)) == ["WIDE1-1"]
        assert (str(plain.destination), plain.path) == ("APZMCH", ())
        wrongs = [await errors.get() for _ in range(6)]
        assert "SEVENLT" in wrongs[0]
        assert "9 digipeaters" in wrongs[1]
        assert "its path as a list of stations, not b'' and 'W" in wrongs[2]
        assert "its info as bytes" in wrongs[3]
        assert "no station such as N0CALL-7: 7" in wrongs[4]
        assert "cannot send 'ax25.beep'" in wrongs[5]


async def test_frames_go_by_way_of_the_digipeaters_of_the_address() -> None:
    with air() as between:
        url = between.url.replace("//", "//N0CALL-1@") + "/WIDE1-1,WIDE2-1"
        async with (
            by_hand(between.url) as ada,
            serving(Radio(url), Talk.as_asgi()),
        ):
            ada.transmit(AprsMessage("N0CALL-1", "hi", "1"))
            answer = await ada.frame()

    assert list(map(str, answer.path)) == ["WIDE1-1", "WIDE2-1"]


@pytest.mark.parametrize(
    "url",
    [
        "kiss://SEVENLT@127.0.0.1",
        "kiss://127.0.0.1/WIDE1-16",
        "kiss://192.0.2.1",
    ],
)
def test_radio_refuses(url: str) -> None:
    with pytest.raises(ValueError, match=r"SEVENLT|16|another machine"):
        Radio(url)


def test_recent_forgets_what_came_long_ago() -> None:
    recent = Recent()

    new = [recent.is_new(number) for number in range(1001)]

    assert all(new)
    assert recent.is_new(0)
    assert not recent.is_new(1000)


def crashed(recorder: Recorder) -> list[str]:
    events = Flow(recorder.journal).events
    return [event.client for event in events if event.kind == "crash"]


async def test_consumer_that_raises_ends_that_conversation_alone(
    heard: asyncio.Queue[Message],
) -> None:
    class Brittle(Talk):
        async def aprs_receive_message(self, event: Message) -> None:
            if event["text"] == "break":
                raise ArithmeticError("broken")
            await super().aprs_receive_message(event)

    recorder = Recorder(Brittle.as_asgi())
    async with stage(recorder) as scene:
        for peer in ("N0CALL-2", "N0CALL-3"):
            hi = AprsMessage("N0CALL-1", f"hi {peer}", "1")
            scene.ada.transmit(hi, source=peer)
            assert (await heard.get())["text"] == hi.text
        await scene.says("break", "2")
        scene.ada.transmit(AprsMessage("N0CALL-1", "and I?"), source="N0CALL-3")
        assert (await heard.get())["text"] == "and I?"
        await until(lambda: crashed(recorder))
        await scene.says("again", "3")

        assert (await heard.get())["text"] == "again"
        assert scene.reported == []
    events = Flow(recorder.journal).events
    begun = [e.client for e in events if e.type == "aprs.connect"]
    assert crashed(recorder) == ["N0CALL-2"]
    assert begun == ["N0CALL-2", "N0CALL-3", "N0CALL-2"]


@pytest.mark.parametrize("what", ["ack", "undelivered"])
async def test_what_becomes_of_a_message_is_told_to_whoever_sent_it(
    what: str, heard: asyncio.Queue[Message]
) -> None:
    class Once(Talk):
        async def aprs_receive_message(self, event: Message) -> None:
            await super().aprs_receive_message(event)
            if event["text"] == "say hello":
                raise ArithmeticError("broken")

    recorder = Recorder(Once.as_asgi())
    async with stage(recorder) as scene:
        await scene.says("say hello")
        await scene.ada.packet()
        await answered(scene, "a new conversation")
        if what == "ack":
            scene.ada.transmit(AprsAnswer("N0CALL-1", "1"))
        await answered(scene, "and so is what came before")
        await scene.clock.advance(120)
        await answered(scene, "the end")

        said = ["say hello", "a new conversation"]
        said += ["and so is what came before", "the end"]
        assert [(await heard.get())["text"] for _ in said] == said
        assert scene.reported == []


async def answered(scene: Stage, text: str) -> None:
    """Say something, and wait for its ack: by then all before is heard."""
    number = str(len(text))
    await scene.says(text, number)
    while await scene.ada.packet() != AprsAnswer("N0CALL-2", number):
        pass


@pytest.mark.parametrize("is_cut", [False, True], ids=["closed", "cut off"])
async def test_modem_that_is_absent_killed_and_comes_back_is_served_again(
    is_cut: bool, heard: asyncio.Queue[Message]
) -> None:
    clock, port = HeldClock(), free_port()
    radio = Radio(f"kiss://n0call-1@127.0.0.1:{port}", clock=clock)
    hi = on_air(b":N0CALL-1 :hi{7")
    async with alone(radio, Talk.as_asgi()) as reported:
        await clock.asleep()  # for it is absent
        assert isinstance(reported[0], ConnectionRefusedError)
        async with modem(hi, port) as first:
            await clock.advance(2)
            assert (await heard.get())["text"] == "hi"
            (first.cut if is_cut else first.close)()
            assert (await heard.get())["reason"] == "the connection was lost"
        # It is no new message, though the modem is another one.
        new = on_air(b":N0CALL-1 :new{8")
        async with modem(hi + new, port):
            await clock.asleep()
            await clock.advance(2)
            assert (await heard.get())["text"] == "new"
    assert len(reported) == 2
