"""What a served handler prints appears below the cell that caused it."""

from collections.abc import Iterator

import pytest

from support.kernels import Kernel, started

pytestmark = pytest.mark.kernel

APPLICATION = """
import asyncio, functools, logging, sys, threading, warnings
from asgiref.sync import sync_to_async
from IPython.display import display
from minichannels.generic.http import AsyncHttpConsumer
from minichannels.generic.websocket import (
    AsyncWebsocketConsumer, WebsocketConsumer
)
from minichannels.layers import get_channel_layer
from minichannels.lab import serve
from minichannels.routing import ProtocolTypeRouter, URLRouter, path

gate, done = threading.Event(), threading.Event()
opened = functools.partial(asyncio.to_thread, gate.wait)
say = functools.partial(print, "said")

async def by_a_task():
    async def later():
        await opened()
        say()
        done.set()
    done.task = asyncio.create_task(later())

async def by_a_timer():
    await opened()
    done = asyncio.Event()
    asyncio.get_running_loop().call_later(0, lambda: [say(), done.set()])
    await done.wait()

class Chat(AsyncWebsocketConsumer):
    groups = ["all"]

    async def receive(self, text_data):
        await eval(text_data)

    async def after(self, function, *arguments):
        await opened()
        function(*arguments)

    async def tell(self, text):
        message = {"type": "chat.message", "text": text}
        await self.channel_layer.group_send("all", message)

    async def chat_message(self, event):
        print(self.scope["path"], event["text"])

    async def disconnect(self, code):
        if self.scope["path"] == "/eve":
            print("left")

class SyncChat(WebsocketConsumer):
    def connect(self):
        print("came")
        self.accept()

    def receive(self, text_data):
        gate.wait()
        eval(text_data)

class Page(AsyncHttpConsumer):
    async def handle(self, body):
        print("asked for", body.decode())
        await self.send_response(200, b"")

server = serve(ProtocolTypeRouter({
    "http": Page.as_asgi(),
    "websocket": URLRouter([
        path("", Chat.as_asgi()),
        path("bob", Chat.as_asgi()),
        path("eve", Chat.as_asgi()),
        path("sync", SyncChat.as_asgi()),
    ]),
}))
ada = await server.connect("/", "ada")
"""
SETTLE = "gate.set(); await server.settle()"


@pytest.fixture(scope="module", params=["socket", "memory"])
def kernel(request: pytest.FixtureRequest) -> Iterator[Kernel]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MINICHANNELS_WIRE", request.param)
        with started() as kernel:
            assert kernel.run(APPLICATION) == [""]
            yield kernel


@pytest.mark.parametrize(
    "handler",
    [
        "self.after(say)",
        "self.after(functools.partial(say, file=sys.stderr))",
        "self.after(display, 'said')",
        "self.after(logging.getLogger().warning, 'said')",
        "self.after(warnings.warn, 'said')",
        "self.after(functools.partial(sys.stdout.write, 'said'))",
        "asyncio.to_thread(lambda: [gate.wait(), say()])",
        "sync_to_async(lambda: [gate.wait(), say()])()",
        "by_a_timer()",
    ],
)
def test_output_of_a_handler_is_that_of_the_cell_that_sent(
    kernel: Kernel, handler: str
) -> None:
    sends, waits = kernel.run(
        f"gate.clear(); await ada.send({handler!r})",
        SETTLE,
    )

    assert "said" in sends
    assert waits == ""


def test_output_of_a_task_is_that_of_the_cell_that_made_a_handler_start_it(
    kernel: Kernel,
) -> None:
    starts, waits = kernel.run(
        "gate.clear(); await ada.send('by_a_task()')",
        "gate.set(); _ = await asyncio.to_thread(done.wait)",
    )

    assert [starts, waits] == ["said\n", ""]


def test_output_of_a_sync_handler_is_that_of_the_cell_that_sent(
    kernel: Kernel,
) -> None:
    _, sends, waits = kernel.run(
        "cyd = await server.connect('/sync', 'cyd')",
        "gate.clear(); await cyd.send('say()')",
        SETTLE,
    )

    assert [sends, waits] == ["said\n", ""]


def test_output_of_those_whom_a_message_reaches_is_that_of_its_cell(
    kernel: Kernel,
) -> None:
    *_, sends, waits, last = kernel.run(
        "bob = await server.connect('/bob', 'bob')",
        "await bob.send('self.after(int)')",
        "gate.clear(); await ada.send('self.after(int)')"
        "; await ada.send('self.tell(1)')",
        SETTLE,
        "await bob.send('self.tell(2)'); await server.settle()",
    )

    assert sorted(sends.splitlines()) == ["/ 1", "/bob 1"]
    assert waits == ""
    assert sorted(last.splitlines()) == ["/ 2", "/bob 2"]


def test_output_of_those_whom_a_cell_tells_is_that_of_the_cell(
    kernel: Kernel,
) -> None:
    tells = "{'type': 'chat.message', 'text': 'told'}"

    assert kernel.run(
        "bob = await server.connect('/bob', 'bob'); await server.settle()",
        f"await get_channel_layer().group_send('all', {tells})"
        "; await server.settle()",
    ) == ["", "/ told\n/bob told\n"]


def test_output_of_connecting_asking_and_leaving(kernel: Kernel) -> None:
    assert kernel.run(
        "dan = await server.connect('/sync', 'dan')",
        "eve = await server.connect('/eve', 'eve')",
        "await server.post(data=b'news'); await server.settle()",
        "await eve.close(); await server.settle()",
    ) == ["came\n", "", "asked for news\n", "left\n"]


def test_output_for_others_than_clients_of_ours_is_that_of_the_last_cell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MINICHANNELS_WIRE", "socket")
    asks = (
        "import urllib.request\n"
        "def ask():\n"
        "    urllib.request.urlopen(server.local_url, b'x').close()\n"
    )
    with started() as kernel:
        *_, one, other = kernel.run(
            APPLICATION, asks, "ask()", "await server.settle(); ask()"
        )

    assert one == other == "asked for x\n"
