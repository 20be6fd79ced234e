"""``python -m minichannels`` as a process, and projects for it."""

import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from support import ROOT
from support.limit import OF_PROCESS

CHAT = """
from {library}.generic.websocket import AsyncWebsocketConsumer


class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        await self.channel_layer.group_add("chat_lobby", self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard(
            "chat_lobby", self.channel_name
        )

    async def receive(self, text_data):
        message = {{"type": "chat.message", "message": text_data}}
        await self.channel_layer.group_send("chat_lobby", message)

    async def chat_message(self, event):
        await self.send(text_data=event["message"])
"""

ROUTED = """
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path

from mysite.chat import ChatConsumer

application = ProtocolTypeRouter({
    "http": application,
    "websocket": URLRouter([path("ws/chat/", ChatConsumer.as_asgi())]),
})
"""

LAYER = """
CHANNEL_LAYERS = {
    "default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}
}
"""

STARLETTE = """
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute

clients = set()


async def hello(request):
    return PlainTextResponse("hello")


async def chat(websocket):
    await websocket.accept()
    clients.add(websocket)
    try:
        async for text in websocket.iter_text():
            for client in list(clients):
                await client.send_text(text)
    finally:
        clients.discard(websocket)


app = Starlette(
    routes=[Route("/hello/", hello), WebSocketRoute("/ws/chat/", chat)]
)
"""


def make_django_project(folder: Path) -> None:
    """Make a project as Channels' tutorial does: a chat, a layer in memory."""
    subprocess.run(
        [sys.executable, "-m", "django", "startproject", "mysite", "."],
        cwd=folder,
        check=True,
        timeout=60,
    )
    site = folder / "mysite"
    (site / "chat.py").write_text(
        CHAT.format(library="channels"), encoding="utf-8"
    )
    for name, more in (("asgi.py", ROUTED), ("settings.py", LAYER)):
        text = (site / name).read_text(encoding="utf-8")
        (site / name).write_text(text + more, encoding="utf-8")


def make_starlette_project(folder: Path) -> None:
    """Make a chat in one file."""
    (folder / "main.py").write_text(STARLETTE, encoding="utf-8")


class Program:
    """A command that runs, as somebody sees it who sits before it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._lines: queue.Queue[str] = queue.Queue()
        self._said: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def find(self, pattern: str) -> str:
        """Wait for a line with a pattern; return its first group."""
        while line := self._lines.get(timeout=OF_PROCESS):
            self._said.append(line)
            if found := re.search(pattern, line):
                return found[1]
        raise AssertionError(f"it ended and said: {''.join(self._said)}")

    def page(self) -> str:
        """Wait until the page can be had; return its address."""
        return self.find(r"The flow is at (http://127\.0\.0\.1:\d+/\S*)")

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def terminate(self) -> None:
        """End it politely."""
        self._process.terminate()

    def kill(self) -> None:
        """End it at once (SIGKILL), and wait until it is gone."""
        self._process.kill()
        self._process.wait(OF_PROCESS)

    def wait(self) -> tuple[int, str]:
        """Wait for its end; return the exit status and all that it said."""
        status = self._process.wait(OF_PROCESS)
        self._reader.join(OF_PROCESS)
        while line := self._lines.get(timeout=OF_PROCESS):
            self._said.append(line)
        return status, "".join(self._said)


@contextmanager
def program(*words: str, folder: Path) -> Iterator[Program]:
    """Run ``python -m …`` in a folder while the block runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", *words],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    )
    with process:
        try:
            yield Program(process)
        finally:
            process.kill()  # does nothing if it has ended


def command(*arguments: str, folder: Path) -> AbstractContextManager[Program]:
    """Run ``python -m minichannels`` in a folder while the block runs."""
    return program("minichannels", *arguments, folder=folder)
