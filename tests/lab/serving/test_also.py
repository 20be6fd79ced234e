import asyncio
import threading
from typing import Any

import pytest

from minichannels.consumer import AsyncConsumer
from minichannels.exceptions import StopConsumer
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.lab.beyond.irc_server import irc_server
from minichannels.lab.serving.serve import serve
from minichannels.lab.transport.memory import all_ended
from minichannels.layers import channel_layers
from minichannels.protocols.bot import IrcBot
from minichannels.routing import ProtocolTypeRouter
from minichannels.types import Message
from support.irc_servers import user
from support.servers import LIMIT


class Browser(AsyncWebsocketConsumer):
    groups = ["lobby"]

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        message = {"type": "lobby.said", "text": text_data}
        await self.channel_layer.group_send("lobby", message)

    async def lobby_said(self, event: Message) -> None:
        await self.send(text_data=event["text"])


class Chat(AsyncConsumer):
    ended: list[str] = []

    async def chat_connect(self, event: Message) -> None:
        await self.channel_layer.group_add("lobby", self.channel_name)

    async def chat_received_message(self, event: Message) -> None:
        message = {"type": "lobby.said", "text": event["text"]}
        await self.channel_layer.group_send("lobby", message)

    async def lobby_said(self, event: Message) -> None:
        message = {"type": "chat.send_message", "text": event["text"]}
        await self.send(message)

    async def chat_disconnect(self, event: Message) -> None:
        self.ended.append(event["reason"])
        raise StopConsumer


def application() -> ProtocolTypeRouter:
    channel_layers.configure(None)
    return ProtocolTypeRouter(
        {"websocket": Browser.as_asgi(), "chat": Chat.as_asgi()}
    )


async def test_also_serves_a_browser_and_an_irc_user_in_one_flow(
    wire: str,
) -> None:
    Chat.ended.clear()
    with irc_server() as irc:
        server = serve(application())
        bot = server.also(IrcBot(irc.url))
        await bot.ready(LIMIT)
        ada = await server.connect("/", name="ada")
        async with user(irc.url, "bob") as bob:
            bob.say("hi from IRC", bot.nick)
            there = await ada.recv()
            back = await bob.heard()
            await ada.send("hi from a browser")
            here = await bob.heard()
            await server.settle()
            server.stop()
            await all_ended()

    assert (there, back) == ("hi from IRC", "hi from IRC")
    assert here == "hi from a browser"
    assert Chat.ended == ["the server stops"]
    sources = {(e.source, e.type) for e in server.flow if e.kind == "receive"}
    assert ("bob", "chat.received_message") in sources
    assert ("bob", "chat.disconnect") in sources
    assert ("ada", "websocket.receive") in sources
    threads = {thread.name for thread in threading.enumerate()}
    assert not threads & {"minichannels server", "minichannels irc server"}


async def test_also_draws_why_it_is_not_connected(wire: str) -> None:
    with irc_server() as irc:
        pass
    server = serve(application())
    bot = server.also(IrcBot(irc.url))
    with pytest.raises(TimeoutError, match="not connected"):
        await bot.ready(0.2)

    server.stop()
    await all_ended()

    (crash,) = server.flow.events
    assert (crash.kind, crash.type) == ("crash", "ConnectionRefusedError")
    assert crash.application == "IrcBot"


async def test_also_is_refused_by_a_server_that_has_stopped(wire: str) -> None:
    server = serve(application())
    server.stop()
    await all_ended()

    with pytest.raises(ConnectionError, match="does not run any more"):
        server.also(IrcBot("irc://127.0.0.1"))


async def test_also_serves_several_of_a_kind_and_each_once(wire: str) -> None:
    with irc_server() as irc:
        server = serve(application())
        noted = threading.Event()
        server._recorder.journal.watch(noted.set)
        bots = [server.also(IrcBot(irc.url)) for _ in range(2)]
        server.also(bots[0])
        for bot in bots:
            await bot.ready(LIMIT)
        await asyncio.to_thread(noted.wait, LIMIT)
        async with user(irc.url, "bob") as bob:
            for bot in bots:
                bob.say("hi", bot.nick)
                assert await bob.heard() == "hi"
        server.stop()
        await all_ended()

    (crash,) = [e for e in server.flow if e.type == "RuntimeError"]
    assert "serves already" in crash.payload["text"]


async def test_also_tells_of_a_protocol_that_fails(wire: str) -> None:
    class Broken(IrcBot):
        async def serve(self) -> None:
            raise ArithmeticError("broken")

    server = serve(application())
    noted = threading.Event()
    server._recorder.journal.watch(noted.set)
    server.also(Broken("irc://127.0.0.1"))
    await asyncio.to_thread(noted.wait, LIMIT)
    server.stop()
    await all_ended()

    (crash,) = server.flow.events
    assert (crash.kind, crash.type) == ("crash", "ArithmeticError")


@pytest.mark.parametrize("protocol", [None, "irc://127.0.0.1/lobby", IrcBot])
async def test_also_says_what_it_takes(protocol: Any) -> None:
    server = serve(Browser.as_asgi())

    with pytest.raises(TypeError, match=r"also\(\) takes a server of .*, not"):
        server.also(protocol)
