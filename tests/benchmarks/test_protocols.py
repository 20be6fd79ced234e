"""Beyond the web: what a consumer costs, beside a loop without one.

In seconds of the processor that the process of the echo takes: who talks to
it has a process of its own.
"""

import asyncio
import contextlib
import importlib
import math
import sys
import time
import warnings
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import aiomqtt

from benchmarks.test_memory_and_import import run
from minichannels.consumer import AsyncConsumer
from minichannels.exceptions import StopConsumer
from minichannels.protocols import aprs
from minichannels.protocols.bot import IrcBot
from minichannels.protocols.clock import Clock
from minichannels.protocols.mqtt import MqttClient
from minichannels.protocols.radio import lines
from minichannels.types import Message
from support import ROOT
from support.brokers import mosquitto
from support.measuring import OURS, Row, compared, interleaved
from support.uplinks import serving

ROUNDS = 5
MESSAGES = 3000
CHATTERERS = ROOT / "tests" / "support" / "chatterers.py"
Record = Callable[[list[Row]], None]
Echo = Callable[[int], Awaitable[None]]

FLOOR, GOAL = 0.7, 0.85
"""Of the rate of a loop without a consumer."""


class EchoConsumer(AsyncConsumer):
    """Says back what it hears."""

    async def mqtt_connect(self, event: Message) -> None:
        await self.send({"type": "mqtt.subscribe", "topic": "in/#"})

    async def mqtt_receive(self, event: Message) -> None:
        payload = event["payload"]
        await self.send(
            {"type": "mqtt.publish", "topic": "out/light", "payload": payload}
        )

    async def mqtt_disconnect(self, event: Message) -> None:
        raise StopConsumer

    async def chat_connect(self, event: Message) -> None:
        pass

    async def chat_received_message(self, event: Message) -> None:
        await self.send({"type": "chat.send_message", "text": event["text"]})

    async def chat_disconnect(self, event: Message) -> None:
        raise StopConsumer


@contextlib.asynccontextmanager
async def talking(*arguments: object) -> AsyncIterator[Process]:
    """Start who talks; wait until all has come back."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, CHATTERERS, *map(str, arguments), stdout=PIPE
    )
    try:
        yield process
        await asyncio.wait_for(process.wait(), 60)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0


# MQTT


async def mqtt_by_a_consumer(port: int) -> None:
    client = MqttClient(f"mqtt://127.0.0.1:{port}")
    async with serving(client, EchoConsumer.as_asgi()):
        await chatter(port)


async def mqtt_by_a_loop(port: int) -> None:
    async def echo(client: aiomqtt.Client) -> None:
        async for message in client.messages:
            await client.publish("out/light", message.payload)

    async with aiomqtt.Client("127.0.0.1", port) as client:
        await client.subscribe("in/#")
        echoing = asyncio.create_task(echo(client))
        await chatter(port)
        echoing.cancel()
        await asyncio.wait({echoing})


async def chatter(port: int) -> None:
    await asyncio.sleep(0.2)  # until the broker knows who has subscribed
    async with talking("mqtt", port, MESSAGES):
        pass


# IRC


class Hurried(Clock):
    """A clock by which nobody has to wait for a turn."""

    async def sleep(self, seconds: float) -> None:
        """Return at once."""


class ServedOnce(IrcBot):
    """Does not try, again and again, whether the server is back."""

    async def serve(self) -> None:
        await super().serve()
        await asyncio.get_running_loop().create_future()


async def irc_by_a_consumer() -> None:
    async with talking("irc", MESSAGES) as server:
        url = f"irc://bot@127.0.0.1:{await port_of(server)}"
        client = ServedOnce(url, idle=math.inf, clock=Hurried())
        async with serving(client, EchoConsumer.as_asgi()):
            await server.wait()


async def irc_by_a_loop() -> None:
    async with talking("irc", MESSAGES) as server:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", await port_of(server)
        )
        writer.write(b"NICK bot\r\nUSER bot 0 * :bot\r\n")
        while line := await reader.readline():
            who, command, *rest = line.decode().split(" ", 3)
            if command == "PRIVMSG":
                nick = who[1:].partition("!")[0]
                writer.write(f"PRIVMSG {nick} {rest[1]}".encode())
                await writer.drain()
        writer.close()


async def port_of(server: Process) -> int:
    assert server.stdout is not None
    return int(await server.stdout.readline())


def once(echo: Callable[[], Awaitable[None]]) -> float:
    """Return microseconds of this process's processor for a message."""

    async def measured() -> float:
        begun = time.process_time()
        await echo()
        return (time.process_time() - begun) / MESSAGES * 1e6

    return asyncio.run(measured())


def test_mqtt_echo(record: Record, tmp_path: Path) -> None:
    with mosquitto(tmp_path) as url:
        port = int(url.rpartition(":")[2])
        figures = interleaved(
            ROUNDS,
            {
                OURS: partial(once, partial(mqtt_by_a_consumer, port)),
                "bare aiomqtt": partial(once, partial(mqtt_by_a_loop, port)),
            },
        )
    bounds = {"bare aiomqtt": (FLOOR, GOAL)}
    record(compared("MQTT: an echo", "µs", figures, bounds))


def test_irc_echo(record: Record) -> None:
    figures = interleaved(
        ROUNDS,
        {
            OURS: partial(once, irc_by_a_consumer),
            "bare streams": partial(once, irc_by_a_loop),
        },
    )
    bounds = {"bare streams": (FLOOR, GOAL)}
    record(compared("IRC: an echo", "µs", figures, bounds))


# APRS

LINE = b"N0CALL-1>APZMCH,TCPIP*::N0CALL-7 :good morning{12"


def test_aprs_line(record: Record) -> None:
    with warnings.catch_warnings(action="ignore"):  # of its escapes
        aprslib = importlib.import_module("aprslib")

    def ours() -> object:
        return aprs.decode(lines.decode(LINE).info)

    def theirs() -> object:
        return aprslib.parse(LINE)

    def each(parse: Callable[[], object]) -> float:
        begun = time.process_time()
        for _ in range(5000):
            parse()
        return (time.process_time() - begun) / 5000 * 1e6

    figures = interleaved(
        ROUNDS, {OURS: partial(each, ours), "aprslib": partial(each, theirs)}
    )
    record(compared("APRS: a line", "µs", figures, {"aprslib": (1, 2)}))


# What stands still

IDLE = """
import asyncio, gc, psutil, sys
from benchmarks.test_protocols import EchoConsumer
from minichannels.protocols.server import ScopeServer

def used():
    gc.collect()
    return psutil.Process().memory_info().rss

async def bare(scope, receive, send):
    while True:
        await receive()

async def transmit(key, message):
    pass

class Bare:
    def open(self, key, scope, send):
        return asyncio.create_task(bare(scope, asyncio.Queue().get, send))

async def main(kind, count):
    server = Bare()
    if kind == "ours":
        server = ScopeServer(EchoConsumer.as_asgi(), idle=600, most=20_000)
    tasks = []

    async def begin(keys):
        for key in keys:
            scope = {"type": "chat", "peer": f"user{key}"}
            tasks.append(server.open(f"user{key}", scope, transmit))
        for _ in range(10):
            await asyncio.sleep(0)

    await begin(range(100))
    before = used()
    await begin(range(100, 100 + count))
    print((used() - before) / count / 1000)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


def test_memory_of_an_idle_conversation(record: Record) -> None:
    figures = interleaved(
        3,
        {kind: partial(run, IDLE, kind, "10000") for kind in ("ours", "bare")},
    )
    above = [
        ours - bare
        for ours, bare in zip(figures["ours"], figures["bare"], strict=True)
    ]
    what = "memory of an idle conversation above a bare function"
    record([Row(what, "kB", above, "the budget", [1.0], 7, 5, at_most=True)])
