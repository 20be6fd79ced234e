"""A chat with a worker, as a project of several processes.

What people write: a room for all, and slow work that a worker does. Which
channel layer there is, is a setting; the code does not know of it.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import (
    ExitStack,
    asynccontextmanager,
    contextmanager,
    suppress,
)
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from support.limit import LIMIT
from support.programs import Program, command

IN_MEMORY = "CHANNEL_LAYERS = None\n"
ON_REDIS = """
CHANNEL_LAYERS = {{
    "default": {{
        "BACKEND": "minichannels.layers.redis.RedisChannelLayer",
        "CONFIG": {{"hosts": ["{url}"], "prefix": "{prefix}"}},
    }}
}}
"""
CHAT = """
from minichannels.consumer import AsyncConsumer
from minichannels.generic.websocket import AsyncJsonWebsocketConsumer
from minichannels.layers import channel_layers
from minichannels.routing import ChannelNameRouter, ProtocolTypeRouter

from settings import CHANNEL_LAYERS

channel_layers.configure(CHANNEL_LAYERS)


class ChatConsumer(AsyncJsonWebsocketConsumer):
    groups = ["chat"]

    async def connect(self):
        self.nick = self.scope["path"].strip("/")
        await self.accept()
        await self.tell(f"{self.nick} is here")

    async def receive_json(self, content):
        if "picture" in content:
            job = {"type": "picture.make", "of": content["picture"]}
            await self.channel_layer.send(
                "pictures", {**job, "for": self.channel_name}
            )
        else:
            await self.tell(f"{self.nick}: {content['text']}")

    async def picture_made(self, event):
        await self.tell(f"{self.nick} shows {event['of']}.jpg")

    async def tell(self, text):
        message = {"type": "chat.message", "text": text}
        await self.channel_layer.group_send("chat", message)

    async def chat_message(self, event):
        await self.send_json({"text": event["text"]})


class Pictures(AsyncConsumer):
    async def picture_make(self, event):
        print("begins", event["of"], flush=True)
        if event["of"].startswith("slow"):
            await self.channel_layer.receive("go-on")
        print("made", event["of"], flush=True)
        if event.get("for"):
            done = {"type": "picture.made", "of": event["of"]}
            await self.channel_layer.send(event["for"], done)


application = ProtocolTypeRouter({
    "websocket": ChatConsumer.as_asgi(),
    "channel": ChannelNameRouter({"pictures": Pictures.as_asgi()}),
})
"""


def make_project(folder: Path, settings: str) -> None:
    """Write the project: the same code, whatever the settings are."""
    (folder / "chat.py").write_text(CHAT, encoding="utf-8")
    (folder / "settings.py").write_text(settings, encoding="utf-8")


class Processes:
    """The processes of the project that run.

    Attributes:
        flows: where they write their journals.
        webs: those with a server, by name, each with its address.
    """

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.flows = folder / "flows"
        self.webs: dict[str, tuple[Program, str]] = {}
        self._folder = folder
        self._stack = stack

    def start_webs(self, number: int) -> None:
        """Start some servers, at once; wait until all of them serve."""
        names = [f"web-{n + 1}" for n in range(number)]
        programs = [
            self._start(name, "record", "chat:application", "--port=0")
            for name in names
        ]
        for name, program in zip(names, programs, strict=True):
            address = program.find(r"Recording \S+ at http://(\S+)/")
            self.webs[name] = program, address

    def start_worker(self, name: str) -> Program:
        """Start a worker; wait until it serves."""
        program = self._start(name, "worker", "chat:application", "pictures")
        program.find("(Serving pictures)")
        return program

    def _start(self, name: str, *arguments: str) -> Program:
        more = [f"--as={name}", f"--save={self.flows}"]
        running = command(*arguments, *more, folder=self._folder)
        return self._stack.enter_context(running)

    def end(self, *names: str) -> list[tuple[int, str]]:
        """End servers politely; return their exit statuses and words."""
        for name in names:
            self.webs[name][0].terminate()
        return [self.webs[name][0].wait() for name in names]


@contextmanager
def processes(folder: Path) -> Iterator[Processes]:
    """Have processes of the project run while the block runs."""
    with ExitStack() as stack:
        yield Processes(folder, stack)


@asynccontextmanager
async def one_port(addresses: Sequence[str]) -> AsyncIterator[str]:
    """Serve several servers behind one port, one connection after another."""
    turns = itertools.cycle(addresses)

    tasks: list[asyncio.Task[None]] = []

    async def between(reader: Any, writer: Any) -> None:
        host, _, port = next(turns).partition(":")
        behind, ahead = await asyncio.open_connection(host, int(port))
        tasks.extend(
            asyncio.create_task(_passed(*pair))
            for pair in ((reader, ahead), (behind, writer))
        )

    server = await asyncio.start_server(between, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _passed(reader: Any, writer: Any) -> None:
    """Pass on what comes, until it ends."""
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


class Client:
    """Somebody who chats."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.heard: list[str] = []

    async def say(self, **content: str) -> None:
        """Send something as JSON."""
        await self.socket.send(json.dumps(content))

    async def hear(self) -> str:
        """Wait for the next text."""
        async with asyncio.timeout(LIMIT):
            text: str = json.loads(await self.socket.recv())["text"]
        self.heard.append(text)
        return text


async def join(address: str, *nicks: str) -> dict[str, Client]:
    """Connect clients, each after the others have heard of the one before."""
    clients: dict[str, Client] = {}
    for nick in nicks:
        url = f"ws://{address}/{nick}/"
        clients[nick] = Client(await connect(url, proxy=None))
        await hear(clients)
    return clients


async def hear(clients: dict[str, Client]) -> None:
    """Have each hear the next text."""
    for client in clients.values():
        await client.hear()
