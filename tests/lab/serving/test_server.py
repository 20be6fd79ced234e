import asyncio
import contextlib
import gc
import sys
import threading
import urllib.request
import weakref
from typing import Any

import pytest
import websockets

from minichannels.consumer import AsyncConsumer
from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.lab import serve
from minichannels.layers import (
    InMemoryChannelLayer,
    channel_layers,
    get_channel_layer,
)
from minichannels.types import Message, Receive, Scope, Send
from support.lab import both_wires, echo


def test_url_is_where_a_browser_finds_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = serve(echo)
    assert server.url == server.local_url

    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ada/")

    assert server.url.startswith("/user/ada/proxy/")
    assert server.local_url.startswith("http://127.0.0.1:")
    assert server.ws_url.startswith("ws://127.0.0.1:")


async def test_other_clients_may_connect() -> None:
    server = serve(echo)

    async with websockets.connect(server.ws_url, proxy=None) as client:
        await client.send("x")
        assert await client.recv() == "x"
    await server.settle()

    assert {event.source for event in server.flow} == {"browser#1", "echo#1"}


def test_a_call_that_blocks_this_thread_is_answered() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body", "body": b"here"})

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(serve(application).local_url) as response:
        assert response.read() == b"here"


@both_wires
async def test_flow_is_the_same_text_whenever_a_script_is_run() -> None:
    async def run() -> str:
        server = serve(echo)
        ada = await server.connect("/chat/", name="ada")
        bob = await server.connect("/chat/", name="bob")
        for client in (bob, ada, bob):
            await client.send("hello")
            await client.recv()
        await ada.close()
        await server.settle()
        await bob.close(4000, "bye")
        await server.settle()
        return str(server.flow)

    first, second = await run(), await run()

    assert first == second
    assert first.split("\n") == [
        "Flow: 12 events.",
        "clients ada, bob.",
        "",
        "    no.  from   to     what                            result",
        "",
        "      1  ada    echo#1 websocket.connect /chat/",
        "      2  echo#1 ada    websocket.accept",
        "",
        "      3  bob    echo#2 websocket.connect /chat/",
        "      4  echo#2 bob    websocket.accept",
        "",
        '      5  bob    echo#2 websocket.receive "hello"',
        '      6  echo#2 bob    websocket.send "hello"',
        "",
        '      7  ada    echo#1 websocket.receive "hello"',
        '      8  echo#1 ada    websocket.send "hello"',
        "",
        '      9  bob    echo#2 websocket.receive "hello"',
        '     10  echo#2 bob    websocket.send "hello"',
        "",
        "     11  ada    echo#1 websocket.disconnect 1000",
        "",
        '     12  bob    echo#2 websocket.disconnect 4000 "bye"',
    ]


@both_wires
async def test_a_consumer_may_be_served_without_a_router() -> None:
    class Chat(AsyncWebsocketConsumer):
        pass

    server = serve(Chat.as_asgi())
    async with server.connect(name="ada"):
        pass
    await server.settle()

    assert {event.source for event in server.flow} == {"ada", "Chat#1"}


def test_a_consumer_may_have_start_up_work() -> None:
    events = []

    class Start(AsyncConsumer):
        async def lifespan_startup(self, event: Message) -> None:
            events.append(event["type"])
            await self.send({"type": "lifespan.startup.complete"})

        async def lifespan_shutdown(self, event: Message) -> None:
            events.append(event["type"])
            await self.send({"type": "lifespan.shutdown.complete"})

    serve(Start.as_asgi()).stop()

    assert events == ["lifespan.startup", "lifespan.shutdown"]


# settle


class Chat(AsyncWebsocketConsumer):
    groups = ["chat"]

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        layer: Any = self.channel_layer
        message = {"type": "chat.message", "text": text_data}
        await layer.group_send("chat", message)

    async def chat_message(self, event: Message) -> None:
        await self.send(text_data=event["text"])


class SyncChat(WebsocketConsumer):
    groups = ["chat"]
    received: list[str]

    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        from asgiref.sync import async_to_sync

        layer: Any = self.channel_layer
        message = {"type": "chat.message", "text": text_data}
        async_to_sync(layer.group_send)("chat", message)

    def chat_message(self, event: Message) -> None:
        self.send(text_data=event["text"])


@both_wires
@pytest.mark.parametrize("consumer", [Chat, SyncChat])
async def test_settle_waits_for_a_broadcast_to_all(consumer: Any) -> None:
    server = serve(consumer.as_asgi())
    names = ("ada", "bob", "eve")
    clients = [await server.connect(name=name) for name in names]

    for number in range(10):
        await clients[number % 3].send(str(number))
        await server.settle()
        sent = [e for e in server.flow if e.type == "websocket.send"]
        assert len(sent) == 3 * (number + 1)
    for client in clients:
        await client.close()


@both_wires
@pytest.mark.parametrize("consumer", [Chat, SyncChat])
async def test_settle_waits_for_consumers_to_leave(consumer: Any) -> None:
    server = serve(consumer.as_asgi())
    layer: Any = get_channel_layer()
    for name in ("ada", "bob"):
        async with server.connect(name=name):
            await server.settle()
            assert len(layer.groups["chat"]) == 1
        await server.settle()
        assert layer.groups == {}


@both_wires
async def test_settle_waits_for_messages_of_a_cell() -> None:
    server = serve(Chat.as_asgi())
    async with server.connect(name="ada"):
        await server.settle()
        layer: Any = get_channel_layer()
        for number in range(20):
            message = {"type": "chat.message", "text": str(number)}
            await layer.group_send("chat", message)
        await server.settle()

        sent = [e for e in server.flow if e.type == "websocket.send"]
        assert len(sent) == 20


@both_wires
async def test_settle_waits_for_a_layer_that_was_set_after_the_start() -> None:
    server = serve(Chat.as_asgi())
    channel_layers.set("default", InMemoryChannelLayer())

    async with server.connect(name="ada") as ada:
        await server.settle()
        for _ in range(20):
            await ada.send("x")
        await server.settle()

        sent = [e for e in server.flow if e.type == "websocket.send"]
        assert len(sent) == 20


@both_wires
async def test_settle_does_not_wait_for_a_task_that_sleeps() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        sleeping = asyncio.create_task(asyncio.Event().wait())
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        sleeping.cancel()

    server = serve(application)
    async with server.connect(name="ada") as ada:
        await ada.send("x")
        await server.settle()


@both_wires
async def test_settle_names_what_still_runs() -> None:
    class Slow(AsyncWebsocketConsumer):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            await asyncio.Event().wait()

    server = serve(Slow.as_asgi())
    ada = await server.connect(name="ada")
    await ada.send("x")
    with contextlib.suppress(TimeoutError):
        await server.settle(timeout=0.2)
    await ada.send("y")

    with pytest.raises(TimeoutError) as caught:
        await server.settle(timeout=0.05)

    assert str(caught.value) == (
        "not settled after 0.05 s: Slow#1 (for ada) still runs receive();"
        " Slow#1 has not read 1 message of ada"
    )
    server.stop()
    await ada.wait_closed()


@both_wires
async def test_settle_ends_when_the_server_does() -> None:
    class Slow(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            await self.accept()
            await asyncio.Event().wait()

    server = serve(Slow.as_asgi())
    ada = await server.connect(name="ada")
    settling = asyncio.create_task(server.settle())
    await asyncio.sleep(0)

    await asyncio.to_thread(server.stop)

    await settling
    await server.settle()
    await ada.wait_closed()


# page


def test_page_that_is_closed_is_collected() -> None:
    page = serve(echo).page("/")
    held = weakref.ref(page)
    page.close()
    del page
    gc.collect()

    assert held() is None


def test_page_has_a_text_without_an_address() -> None:
    server = serve(echo)

    page = server.page("/chat/", height=300)

    assert page.src == f"{server.url}chat/"
    assert page.height == 300
    bundle = page._repr_mimebundle_()
    assert bundle is not None
    data = bundle[0]
    assert data["text/plain"] == "page /chat/ of server 'default'"
    assert "127.0.0.1" not in str(data)


def test_page_says_that_its_server_is_stopped() -> None:
    server = serve(echo)
    page = server.page("/chat/")
    before = page.ended

    server.stop()

    assert before == ""
    assert (
        page.ended == "page /chat/ of server 'default': its server was stopped,"
        " as the last cell of a lesson does. To see the page again, run the"
        " cell with serve(), then this one."
    )


def test_path_is_encoded_as_a_browser_does() -> None:
    server = serve(echo)

    page = server.page("/a room/é?q=1&x=%20")

    assert page.src == f"{server.url}a%20room/%C3%A9?q=1&x=%20"


def test_page_keeps_the_part_after_the_path() -> None:
    server = serve(echo)

    assert server.page("/a#b").src == f"{server.url}a#b"


def test_page_wants_a_path() -> None:
    with pytest.raises(ValueError, match="a path begins with '/'"):
        serve(echo).page("chat")


def test_page_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(
        sys.modules, "minichannels.lab.serving.page", raising=False
    )
    server = serve(echo)

    with pytest.raises(ImportError) as caught:
        server.page()

    assert str(caught.value) == (
        'showing a page needs anywidget; run pip install "minichannels[lab]"'
    )


def test_a_server_is_not_started_twice() -> None:
    server = serve(echo)
    threads = threading.active_count()

    with pytest.raises(RuntimeError, match="'default' runs already"):
        server.start(5)

    assert threading.active_count() <= threads
