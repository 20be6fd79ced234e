import asyncio
import contextlib
import importlib
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import aiomqtt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minichannels.consumer import AsyncConsumer
from minichannels.exceptions import StopConsumer, WireError
from minichannels.protocols import mqtt
from minichannels.protocols.mqtt import (
    MqttClient,
    require_filter,
    require_topic,
)
from minichannels.protocols.mqtt import client as module
from minichannels.protocols.mqtt.connection import BrokerConnection, _send
from minichannels.protocols.places import find
from minichannels.types import Message, Receive, Scope, Send
from support.brokers import mosquitto, mqtt_broker
from support.held_clock import HeldClock
from support.irc_servers import free_port
from support.limit import LIMIT
from support.uplinks import alone, serving

Version = Literal["3.1.1", "5"]
Broker = tuple[str, Version]


@pytest.fixture(
    scope="module",
    params=[("nats", "3.1.1"), ("mosquitto", "3.1.1"), ("mosquitto", "5")],
    ids="-".join,
)
def broker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Broker]:
    kind, version = request.param
    with mqtt_broker(kind, tmp_path_factory.mktemp("mqtt")) as url:
        yield url, version


def sensor(url: str) -> aiomqtt.Client:
    """Return what is at the other end: a few lines of aiomqtt."""
    place = find(url, "mqtt", 1883, allow_remote=False)
    return aiomqtt.Client(place.host, place.port, timeout=LIMIT)


async def next_of(client: aiomqtt.Client) -> aiomqtt.Message:
    async with asyncio.timeout(LIMIT):
        return await anext(aiter(client.messages))


async def hear_retained(client: aiomqtt.Client, topic: str) -> None:
    """Wait until a broker gives what it retains.

    nats-server may keep a message a moment after it has acknowledged it.
    """
    heard = False
    while not heard:
        await client.subscribe(topic)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                heard = (await anext(aiter(client.messages))).retain
        await client.unsubscribe(topic)


class Echo(AsyncConsumer):
    """Answers below ``out`` what it hears below ``in``."""

    connected: asyncio.Queue[str]
    heard: list[dict[str, Any]]

    async def mqtt_connect(self, event: Message) -> None:
        await self.send({"type": "mqtt.subscribe", "topic": "in/#", "qos": 1})
        await self.connected.put(self.scope["version"])

    async def mqtt_receive(self, event: Message) -> None:
        self.heard.append(dict(event))
        topic = event["topic"].replace("in", "out", 1)
        answer = {"topic": topic, "payload": event["payload"], "qos": 1}
        await self.send({"type": "mqtt.publish", **answer})

    async def mqtt_disconnect(self, event: Message) -> None:
        await self.connected.put(event["reason"])
        raise StopConsumer


@pytest.fixture(autouse=True)
def connected() -> asyncio.Queue[str]:
    Echo.connected, Echo.heard = asyncio.Queue(), []
    return Echo.connected


async def test_consumer_hears_what_it_has_subscribed_to_and_publishes(
    broker: Broker, connected: asyncio.Queue[str]
) -> None:
    url, version = broker
    client = MqttClient(url, version=version)
    async with (
        serving(client, Echo.as_asgi()),
        sensor(url) as there,
    ):
        assert await connected.get() == version
        await there.subscribe("out/#")
        await there.publish("in/kitchen", b"\xff\x00", qos=1)
        answer = await next_of(there)

        assert (answer.topic.value, answer.payload) == (
            "out/kitchen",
            b"\xff\x00",
        )
    assert Echo.heard == [
        {
            "type": "mqtt.receive",
            "topic": "in/kitchen",
            "payload": b"\xff\x00",
            "qos": 1,
            "retain": False,
        }
    ]
    assert await connected.get() == "the server stops"


async def test_consumer_hears_what_was_retained_until_it_unsubscribes(
    broker: Broker,
) -> None:
    url, version = broker
    heard = asyncio.Queue[Message]()

    class Once(AsyncConsumer):
        async def mqtt_connect(self, event: Message) -> None:
            await self.send({"type": "mqtt.subscribe", "topic": "ask"})
            state = {"topic": "state/door", "payload": "open", "retain": True}
            await self.send({"type": "mqtt.publish", **state, "qos": 1})

        async def mqtt_receive(self, event: Message) -> None:
            if event["topic"] == "ask":
                await self.send({"type": "mqtt.subscribe", "topic": "state/+"})
                return
            await self.send({"type": "mqtt.unsubscribe", "topic": "state/+"})
            await heard.put(event)

        async def mqtt_disconnect(self, event: Message) -> None:
            raise StopConsumer

    async with (
        serving(MqttClient(url, version=version), Once.as_asgi()),
        sensor(url) as there,
    ):
        await hear_retained(there, "state/door")
        await there.publish("ask", qos=1)
        event = await heard.get()
        await there.publish("state/door", "shut", qos=1)
        await there.publish("state/door", b"", qos=1, retain=True)

    assert (event["payload"], event["retain"]) == (b"open", True)
    assert heard.empty()


async def test_unusual_messages_come_as_they_are_and_once(
    broker: Broker,
) -> None:
    url, version = broker
    heard = asyncio.Queue[Message]()
    messages: list[tuple[str, bytes, int]] = [
        ("odd/" + "x" * 30_000, b"", 1),  # nats-server keeps no longer one
        ("odd/a.b//\u00e9\U0001f642", b"\xff\xfe\0", 2),
        ("odd/$SYS", b"x" * 900_000, 2),
    ]

    async def odd(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "mqtt.subscribe", "topic": "odd/#", "qos": 2})
        for topic, payload, qos in messages:
            sent = {"topic": topic, "payload": payload, "qos": qos}
            await send({"type": "mqtt.publish", **sent})
        while True:
            heard.put_nowait(await receive())

    async with (
        serving(MqttClient(url, version=version), odd) as reported,
        asyncio.timeout(LIMIT),
    ):
        assert (await heard.get())["type"] == "mqtt.connect"
        came = [await heard.get() for _ in messages]

    assert [(e["topic"], e["payload"], e["qos"]) for e in came] == messages
    assert (await heard.get())["type"] == "mqtt.disconnect"
    assert reported == []


async def test_of_those_who_share_a_topic_each_message_finds_one(
    tmp_path: Path,
) -> None:
    heard = asyncio.Queue[str]()

    async def member(scope: Scope, receive: Receive, send: Send) -> None:
        topic = "$share/members/jobs/#"
        await send({"type": "mqtt.subscribe", "topic": topic, "qos": 1})
        await heard.put("subscribed")
        await receive()
        while (event := await receive())["type"] == "mqtt.receive":
            await heard.put(event["topic"])

    with mosquitto(tmp_path) as url:
        async with (
            serving(MqttClient(url), member),
            serving(MqttClient(url, version="5"), member),
            sensor(url) as there,
            asyncio.timeout(LIMIT),
        ):
            assert [await heard.get() for _ in "12"] == ["subscribed"] * 2
            jobs = [f"jobs/{number}" for number in range(10)]
            for job in jobs:
                await there.publish(job, qos=1)
            done = [await heard.get() for _ in jobs]

    assert sorted(done) == jobs
    assert heard.empty()


@pytest.mark.parametrize(
    ("message", "wrong"),
    [
        ({"type": "mqtt.publish", "topic": "a/#"}, "'#' in the topic 'a/#'"),
        ({"type": "mqtt.subscribe", "topic": "a/#/b"}, "'#' in 'a/#/b'"),
        ({"type": "mqtt.unsubscribe", "topic": ""}, "'' is no topic"),
        ({"type": "mqtt.publish", "topic": "a", "qos": 3}, "not 3"),
        ({"type": "mqtt.publish", "topic": "a", "payload": 1}, "not 1"),
        ({"type": "mqtt.ping"}, "cannot send 'mqtt.ping' over MQTT"),
    ],
)
async def test_what_cannot_be_sent_is_an_error_and_the_line_stays(
    broker: Broker, message: dict[str, Any], wrong: str
) -> None:
    url, version = broker
    errors = asyncio.Queue[str]()

    class Careless(Echo):
        async def mqtt_connect(self, event: Message) -> None:
            try:
                await self.send(message)
            except WireError as error:
                await errors.put(str(error))
            await super().mqtt_connect(event)

    async with serving(MqttClient(url, version=version), Careless.as_asgi()):
        assert wrong in await errors.get()
        assert await Echo.connected.get() == version


async def test_consumer_that_raises_gets_a_new_connection(
    broker: Broker, connected: asyncio.Queue[str]
) -> None:
    url, version = broker
    clock = HeldClock()

    class Fragile(Echo):
        async def mqtt_receive(self, event: Message) -> None:
            raise ArithmeticError("broken")

    client = MqttClient(url, version=version, clock=clock)
    async with (
        serving(client, Fragile.as_asgi()) as reported,
        sensor(url) as there,
    ):
        await connected.get()
        await there.publish("in/kitchen", qos=1)
        await clock.asleep()
        await clock.advance(1)

        assert await connected.get() == version
        assert str(reported[0]) == "the application has ended"


async def test_last_will_is_published_when_the_connection_breaks_off(
    broker: Broker, connected: asyncio.Queue[str]
) -> None:
    url, version = broker
    will: Message = {"topic": "state/client", "payload": "gone", "qos": 1}
    sockets: list[Any] = []

    class Watched(MqttClient):
        async def _serve(self, client: BrokerConnection) -> None:
            sockets.append(client._client.socket())
            await super()._serve(client)

    client = Watched(url, version=version, will=will, clock=HeldClock())
    async with (
        sensor(url) as there,
        serving(client, Echo.as_asgi()) as reported,
    ):
        await there.subscribe("state/client", qos=1)
        await connected.get()
        sockets[0].shutdown(2)

        assert (await next_of(there)).payload == b"gone"
        assert await connected.get() == "the connection was lost"
        assert isinstance(reported[0], ConnectionError)


async def test_broker_that_restarts_is_found_again(
    tmp_path: Path, connected: asyncio.Queue[str]
) -> None:
    clock, port = HeldClock(), free_port()
    client = MqttClient(f"mqtt://127.0.0.1:{port}", clock=clock)
    async with alone(client, Echo.as_asgi()) as reported:
        await clock.asleep()  # there is no broker yet
        with mosquitto(tmp_path, port):
            await clock.advance(1)
            assert await connected.get() == "3.1.1"
        assert await connected.get() == "the connection was lost"
        await clock.asleep()
        with mosquitto(tmp_path, port) as url:
            await clock.advance(2)
            assert await connected.get() == "3.1.1"
            async with sensor(url) as there:
                await there.subscribe("out/#")
                await there.publish("in/again", "yes", qos=1)
                assert (await next_of(there)).payload == b"yes"
            assert len(reported) == 2


async def test_broker_that_does_not_answer_is_left_and_found_again(
    monkeypatch: pytest.MonkeyPatch, connected: asyncio.Queue[str]
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.2)
    clock = HeldClock()

    async def mute(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(b"\x20\x02\x00\x00")  # you are connected, and no more
        await reader.read()
        writer.close()

    class Patient(Echo):
        async def mqtt_connect(self, event: Message) -> None:
            for _ in range(2):  # the second one finds the line as it is
                with suppress(OSError):
                    await super().mqtt_connect(event)

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = MqttClient(f"mqtt://127.0.0.1:{port}", clock=clock)
    async with alone(client, Patient.as_asgi()) as reported:
        reason = await connected.get()
        await clock.asleep()
        await clock.advance(1)
        again = await connected.get()
    server.close()

    assert reason == again == "the connection was lost"
    assert "timed out" in str(reported[0])


async def test_send_on_a_lost_line_says_so() -> None:
    class Gone:
        async def publish(self, **options: Any) -> None:
            raise aiomqtt.MqttError("Disconnected")

    message = {"type": "mqtt.publish", "topic": "a"}

    with pytest.raises(BrokenPipeError, match="Disconnected"):
        await _send(Gone(), message)  # type: ignore[arg-type]


@pytest.mark.parametrize("code", [128, SimpleNamespace(value=135)])
async def test_subscription_that_a_broker_refuses_is_an_error(
    code: Any,
) -> None:
    class Strict:
        async def subscribe(self, topic: str, qos: int) -> list[Any]:
            return [0, code]

    message = {"type": "mqtt.subscribe", "topic": "secret"}

    with pytest.raises(WireError, match="refuses the topic 'secret'"):
        await _send(Strict(), message)  # type: ignore[arg-type]


@given(st.text(max_size=30))
def test_topic_is_one_or_an_error_of_ours(topic: str) -> None:
    try:
        found = require_topic(topic)
    except WireError:
        return
    assert found == require_filter(topic) == topic


@pytest.mark.parametrize("topic", ["#", "+", "a/#", "a/+/b", "+/+", "/", "a b"])
def test_filter_that_is_one(topic: str) -> None:
    assert require_filter(topic) == topic


@pytest.mark.parametrize(
    "topic", ["a#", "#/a", "a/b+", "+a/b", "a/#b", "a\0b", "é" * 33_000, None]
)
def test_filter_that_is_none(topic: Any) -> None:
    with pytest.raises(WireError):
        require_filter(topic)


def test_topic_of_half_a_character_is_none() -> None:
    with pytest.raises(WireError, match="half a character"):
        require_topic("\ud800")


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"version": "4"}, "version is '3.1.1' or '5', not '4'"),
        ({"will": {"topic": "a/+"}}, r"'\+' in the topic"),
    ],
)
def test_client_refuses(options: dict[str, Any], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        MqttClient("mqtt://127.0.0.1", **options)


def test_mqtt_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiomqtt", None)
    for name in [n for n in sys.modules if n.startswith(mqtt.__name__)]:
        monkeypatch.delitem(sys.modules, name)

    with pytest.raises(ImportError, match=r'"minichannels\[mqtt\]"'):
        importlib.import_module(mqtt.__name__)
