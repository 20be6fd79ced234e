"""Brokers that are silent, refuse, break off or talk nonsense.

A test plays the broker.
"""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiomqtt
import pytest

from minichannels.exceptions import WireError
from minichannels.protocols.mqtt import MqttClient, require_filter
from minichannels.protocols.mqtt import client as module
from minichannels.protocols.mqtt.connection import BrokerConnection
from minichannels.types import Message, Receive, Scope, Send
from support.held_clock import HeldClock, turns
from support.limit import LIMIT
from support.uplinks import alone

WELCOME = b"\x20\x02\x00\x00"


class Broker:
    """Says something at once, and something else to what comes then.

    Attributes:
        connections: how many there have been.
        greetings: what clients said first.
        left: has an item for each of them that has gone.
    """

    def __init__(self, *says: bytes, goes: bool = False) -> None:
        self.connections = 0
        self.greetings: list[bytes] = []
        self.left = asyncio.Queue[None]()
        self.port = 0
        self._says = says
        self._writer: asyncio.StreamWriter
        self._goes = goes

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Broker"]:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    def client(self, **options: Any) -> MqttClient:
        return MqttClient(f"mqtt://127.0.0.1:{self.port}", **options)

    def cut(self) -> None:
        self._writer.transport.abort()

    async def _talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        self._writer = writer
        with suppress(ConnectionError):
            for number, answer in enumerate(self._says):
                heard = await reader.read(1000)
                if not number:
                    self.greetings.append(heard)
                writer.write(answer)
            if not self._goes:
                await reader.read()
        writer.close()
        self.left.put_nowait(None)


class Subscriber:
    """Subscribes to a topic, and tells how that went, and what comes."""

    def __init__(self) -> None:
        self.told = asyncio.Queue[str]()

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        await receive()
        try:
            await send({"type": "mqtt.subscribe", "topic": "a"})
        except OSError as error:
            self.told.put_nowait(f"{type(error).__name__}: {error}")
        self.told.put_nowait((await receive())["reason"])


async def silent(scope: Scope, receive: Receive, send: Send) -> None:
    """Send nothing."""
    while (await receive())["type"] != "mqtt.disconnect":
        pass


async def left(broker: Broker, number: int) -> None:
    async with asyncio.timeout(LIMIT):
        for _ in range(number):
            await broker.left.get()


def ours(tasks: set["asyncio.Task[Any]"]) -> set[str]:
    """Return the names of those tasks that are no broker's."""
    names = {str(task.get_coro()) for task in tasks}
    return {name for name in names if "Broker" not in name}


@pytest.mark.parametrize("says", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
async def test_broker_that_does_not_welcome_is_left_and_nothing_is_kept(
    says: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.02)
    clock, before = HeldClock(), asyncio.all_tasks()
    async with Broker(says).listening() as broker:
        async with alone(broker.client(clock=clock), Subscriber()) as told:
            await clock.asleep()
            await clock.advance(1)
            await clock.asleep()
            await left(broker, 2)

            assert ["timed out" in str(error) for error in told] == [True]
        assert ours(asyncio.all_tasks() - before) == set()


async def test_stop_while_a_broker_is_silent_leaves_nothing() -> None:
    before = asyncio.all_tasks()
    async with Broker(b"").listening() as broker:
        async with alone(broker.client(), Subscriber()):
            async with asyncio.timeout(LIMIT):
                while not broker.greetings:  # noqa: ASYNC110  # no event
                    await asyncio.sleep(0)
        await left(broker, 1)

        assert ours(asyncio.all_tasks() - before) == set()


async def test_stop_while_it_connects_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    connect = aiomqtt.Client._client_connect
    before = asyncio.all_tasks()

    def slowly(self: aiomqtt.Client) -> None:
        begun.set()
        go_on.wait(LIMIT)
        connect(self)

    monkeypatch.setattr(aiomqtt.Client, "_client_connect", slowly)
    async with Broker(WELCOME).listening() as broker:
        task = asyncio.create_task(broker.client().run(Subscriber()))
        await asyncio.to_thread(begun.wait, LIMIT)
        task.cancel()
        asyncio.get_running_loop().call_soon(go_on.set)
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await left(broker, 1)

        assert ours(asyncio.all_tasks() - before) == set()


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ([b""], "the connection to the broker was lost"),
        ([b"\x20\x02\x00\x05"], "the broker refuses: .*Not authorized"),
        ([b"\x20\x00"], "was lost: Protocol error"),
        ([WELCOME], "the connection to the broker was lost"),
    ],
    ids=["at once", "refused", "no welcome", "welcome"],
)
async def test_broker_that_goes_is_not_waited_for(
    says: list[bytes], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    clock = HeldClock()
    async with Broker(*says, goes=True).listening() as broker:
        async with alone(broker.client(clock=clock), silent) as told:
            await clock.asleep()

        with pytest.raises(ConnectionError, match=why):
            raise told[0]
    assert "never retrieved" not in caplog.text


@pytest.mark.parametrize(
    ("welcome", "version", "bye", "why"),
    [
        (WELCOME, "3.1.1", b"", ""),
        (WELCOME, "3.1.1", b"\x30\x01\x00", ": Protocol error"),
        (b"\x20\x03\0\0\0", "5", b"\xe0\x02\x8e\0", ": Session taken over"),
    ],
    ids=["gone", "nonsense", "with a reason"],
)
async def test_who_waits_for_a_broker_that_goes_is_told_why(
    welcome: bytes, version: str, bye: bytes, why: str
) -> None:
    clock, application = HeldClock(), Subscriber()
    lost = f"the connection to the broker was lost{why}"
    async with Broker(welcome, bye, goes=True).listening() as broker:
        client = broker.client(clock=clock, version=version)
        async with alone(client, application) as reported:
            assert await application.told.get() == f"BrokenPipeError: {lost}"
            assert await application.told.get() == "the connection was lost"
            await clock.asleep()

    assert str(reported[0]) == lost


@pytest.mark.parametrize("kind", ["publish", "unsubscribe"])
async def test_what_a_broker_does_not_confirm_before_it_goes_is_an_error(
    kind: str,
) -> None:
    errors = asyncio.Queue[OSError]()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await send({"type": f"mqtt.{kind}", "topic": "a", "qos": 1})
        except OSError as error:
            errors.put_nowait(error)

    async with (
        Broker(WELCOME, b"", goes=True).listening() as broker,
        alone(broker.client(clock=HeldClock()), application),
        asyncio.timeout(LIMIT),
    ):
        assert "was lost" in str(await errors.get())


async def test_broker_that_breaks_off_is_tried_less_and_less_often() -> None:
    clock = HeldClock()
    tries: list[float] = []

    async with (
        Broker(WELCOME, goes=True).listening() as broker,
        alone(broker.client(clock=clock), Subscriber()),
    ):
        for pause in (1, 2, 4, 8, 16, 30, 30, 0):
            await clock.asleep()
            tries.append(clock.now)
            await clock.advance(pause)

    assert tries == [0, 1, 3, 7, 15, 31, 61, 91]
    assert broker.connections == 8


async def test_broker_that_was_there_for_a_while_is_tried_again_soon() -> None:
    clock = HeldClock()
    async with (
        Broker(WELCOME).listening() as broker,
        alone(client := broker.client(clock=clock), silent) as reported,
    ):
        for number in (1, 2):
            await client.ready(LIMIT)
            await clock.advance(2)  # longer than the pause before
            broker.cut()
            await clock.asleep()
            assert len(reported) == number
            await clock.advance(1)
        await client.ready(LIMIT)


BURST = b"".join(b"\x30\x05\0\1a%02d" % (number % 100) for number in range(500))


async def test_burst_finds_room_where_an_application_keeps_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 1_500)  # one, and a half
    heard = asyncio.Queue[bytes]()

    async def thorough(scope: Scope, receive: Receive, send: Send) -> None:
        while (event := await receive())["type"] != "mqtt.disconnect":
            await turns(20)
            heard.put_nowait(event.get("payload", b""))

    async with (
        Broker(WELCOME + BURST).listening() as broker,
        alone(client := broker.client(), thorough),
        asyncio.timeout(LIMIT),
    ):
        assert await heard.get() == b""
        came = [await heard.get() for _ in range(500)]

        assert came == [b"%02d" % (number % 100) for number in range(500)]
        broker._writer.write(BURST)
        assert [await heard.get() for _ in range(500)] == came
        assert client.scopes.dropped == 0


@pytest.mark.parametrize("bound", ["MOST_QUEUED", "MOST_BYTES"])
async def test_burst_that_is_too_long_is_dropped_and_counted(
    bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, bound, 0)
    over = asyncio.Event()

    async def deaf(scope: Scope, receive: Receive, send: Send) -> None:
        await over.wait()

    async with (
        Broker(WELCOME + BURST, goes=True).listening() as broker,
        alone(client := broker.client(clock=(clock := HeldClock())), deaf),
    ):
        await clock.asleep()

        assert client.scopes.dropped == 400
        over.set()


@pytest.mark.parametrize(
    ("version", "welcome", "level"),
    [("3.1.1", WELCOME, 4), ("5", b"\x20\x03\0\0\0", 5)],
)
async def test_broker_is_told_the_version(
    version: str, welcome: bytes, level: int
) -> None:
    async with Broker(welcome).listening() as broker:
        client = broker.client(version=version)
        async with alone(client, silent):
            await client.ready(LIMIT)

    name, said = b"\0\4MQTT", broker.greetings[0]
    assert said[said.index(name) + len(name)] == level


async def test_password_without_a_user_is_sent() -> None:
    async with Broker(WELCOME).listening() as broker:
        client = MqttClient(f"mqtt://:secret@127.0.0.1:{broker.port}")
        async with alone(client, silent):
            await client.ready(LIMIT)

    assert b"\x00\x00\x00\x06secret" in broker.greetings[0]


@pytest.mark.parametrize("end", ["closed", "sent"])
async def test_socket_that_needs_no_watch_any_more_is_not_watched(
    end: str,
) -> None:
    problems: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, problem: problems.append(problem))
    async with Broker(WELCOME).listening() as broker:
        client = BrokerConnection("127.0.0.1", broker.port)
        async with client:
            sock = client._client.socket()
            client._client.publish("a")  # from the next turn on, it is watched
            if end == "closed":
                client._client._sock_close()
            else:
                client._client.loop_write()
            await turns()

            assert problems == []
            if end == "sent":
                assert sock is not None
                assert not loop.remove_writer(sock)
        await client.put_away()


async def test_who_sends_again_over_a_lost_connection_is_told_the_same() -> (
    None
):
    told = asyncio.Queue[str]()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(2):
            try:
                await send({"type": "mqtt.subscribe", "topic": "a"})
            except OSError as error:
                told.put_nowait(str(error))

    async with (
        Broker(WELCOME, b"", goes=True).listening() as broker,
        alone(broker.client(clock=HeldClock()), application),
        asyncio.timeout(LIMIT),
    ):
        lost = "the connection to the broker was lost"
        assert [await told.get(), await told.get()] == [lost, lost]


async def test_connection_that_was_given_up_ends_in_silence() -> None:
    for given_up in ("_connected", "_disconnected"):
        client = BrokerConnection("127.0.0.1")
        getattr(client, given_up).cancel()

        client._on_disconnect(None, None, None, "lost")

        assert client.why_lost == ""
        await client.put_away()


@pytest.mark.parametrize(
    "sign", ["\0", "\x01", "\n", "\x7f", "\x9f", "\ufdd0", "\uffff"]
)
def test_topic_for_which_a_broker_may_break_off_is_none(sign: str) -> None:
    with pytest.raises(WireError, match="is no character"):
        require_filter(f"a/{sign}")


@pytest.mark.parametrize("part", ["user", "password"])
def test_login_that_is_too_long_is_refused(part: str) -> None:
    login = {"user": "", "password": ":"}[part] + "x" * 65_536

    with pytest.raises(WireError, match=f"a {part} of 65536 bytes"):
        MqttClient(f"mqtt://{login}@127.0.0.1")


@pytest.mark.parametrize(
    ("will", "wrong"),
    [
        ({"topic": "a", "payload": b"x" * 65_536}, "a will of 65536 bytes"),
        ({"topic": "a", "payload": "\ud800"}, "half a character"),
    ],
)
def test_will_that_no_broker_can_take_is_refused(
    will: Message, wrong: str
) -> None:
    with pytest.raises(WireError, match=wrong):
        MqttClient("mqtt://127.0.0.1", will=will)
