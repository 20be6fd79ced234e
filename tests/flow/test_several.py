"""Several of everything in one process: who gets which events, and why."""

import asyncio
import importlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from minichannels.flow import Flow, Recording, record
from minichannels.flow.recording.layer.layer import RecordedLayer
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
from minichannels.routing import ChannelNameRouter
from minichannels.testing import WebsocketCommunicator
from minichannels.types import Receive, Scope, Send
from minichannels.worker import Worker
from support import django_settings
from support.clock import Clock
from support.layers import fresh_layer
from support.loops import LoopThread

django_settings.set_up()
_channels: Any = importlib.import_module("channels.generic.websocket")
_channels_layers: Any = importlib.import_module("channels.layers")
Chain = list[tuple[str, str, str, str]]


@pytest.fixture(autouse=True)
def layer() -> Iterator[InMemoryChannelLayer]:
    with fresh_layer() as layer:
        yield layer


class Chat(AsyncWebsocketConsumer):
    groups: tuple[str, ...] = ("lobby",)

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        message = {"type": "chat.message", "text": text_data}
        await self.channel_layer.group_send("lobby", message)

    async def chat_message(self, event: dict[str, Any]) -> None:
        await self.send(event["text"])


def client(flow: Recording, name: str) -> WebsocketCommunicator:
    made = WebsocketCommunicator(flow.app, "/")
    made.scope["client"] = [name, 1]
    flow.app.expect((name, 1), name)
    return made


def chain(flow: Flow, name: str, number: int = -1) -> Chain:
    """Return the causes of what a client was sent last."""
    sent = [e for e in flow if e.kind == "send" and e.client == name]
    return [
        (e.kind, e.source, e.target, e.type) for e in flow.why(sent[number].seq)
    ]


def counts(flow: Flow) -> list[tuple[str, str, str]]:
    return [
        (event.kind, event.source, event.target)
        for event in flow
        if event.kind in ("group_send", "deliver")
    ]


# Servers


async def test_events_go_to_their_own_servers_flow() -> None:
    one, two = serve(Chat.as_asgi(), "one"), serve(Chat.as_asgi(), "two")
    try:
        async with (
            one.connect("/", name="ada") as ada,
            two.connect("/", name="bob") as bob,
        ):
            await ada.send("hi")
            assert await ada.recv() == await bob.recv() == "hi"
        await one.settle()
        await two.settle()
    finally:
        one.stop()
        two.stop()

    assert counts(one.flow) == [
        ("group_send", "Chat#1", "layer"),
        ("deliver", "lobby", "Chat#1"),
    ]
    assert counts(two.flow) == [("deliver", "lobby", "Chat#1")]
    assert {event.client for event in one.flow} == {"ada"}
    assert chain(two.flow, "bob") == [
        ("deliver", "lobby", "Chat#1", "chat.message"),
        ("send", "Chat#1", "bob", "websocket.send"),
    ]


async def test_what_a_cell_sends_goes_to_every_flow() -> None:
    one, two = serve(Chat.as_asgi(), "one"), serve(Chat.as_asgi(), "two")
    try:
        async with one.connect("/", name="ada") as ada:
            sending: Any = get_channel_layer()
            await sending.group_send(
                "lobby", {"type": "chat.message", "text": "x"}
            )
            assert await ada.recv() == "x"
    finally:
        one.stop()
        two.stop()

    assert counts(one.flow) == [
        ("group_send", "notebook", "layer"),
        ("deliver", "lobby", "Chat#1"),
    ]
    assert counts(two.flow) == [("group_send", "notebook", "layer")]


# Layers


async def test_two_layers_keep_their_messages_apart(
    layer: InMemoryChannelLayer,
) -> None:
    other = InMemoryChannelLayer()
    channel_layers.set("other", other)

    class Bridge(Chat):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            message = {"type": "chat.message", "text": text_data}
            sending: Any = get_channel_layer("other")
            await sending.group_send("lobby", message)

    class Far(Chat):
        channel_layer_alias = "other"

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        made = Bridge if scope["path"] == "/" else Far
        await made.as_asgi()(scope, receive, send)

    with record(app) as flow:
        ada, bob = client(flow, "ada"), client(flow, "bob")
        bob.scope["path"] = "/far"
        for one in (ada, bob):
            await one.connect()
        await ada.send_to(text_data="hi")
        assert await bob.receive_from() == "hi"
        assert await ada.receive_nothing()
        for one in (ada, bob):
            await one.disconnect()
    channel_layers.set("other", None)

    assert chain(flow, "bob") == [
        ("receive", "ada", "Bridge#1", "websocket.receive"),
        ("group_send", "Bridge#1", "layer other", "chat.message"),
        ("deliver", "lobby", "Far#1", "chat.message"),
        ("send", "Far#1", "bob", "websocket.send"),
    ]
    joined = [event.target for event in flow if event.kind == "join"]
    assert joined == ["layer", "layer other"]


# Causes


class SyncChat(WebsocketConsumer):
    groups = ("lobby",)

    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        message = {"type": "chat.message", "text": text_data}
        async_to_sync(self.channel_layer.group_send)("lobby", message)

    def chat_message(self, event: dict[str, Any]) -> None:
        self.send(event["text"])


class ChannelsSyncChat(_channels.WebsocketConsumer):  # type: ignore[misc]  # untyped
    groups = ("lobby",)
    receive = SyncChat.receive
    chat_message = SyncChat.chat_message


ChannelsSyncChat.__name__ = "SyncChat"


class TaskChat(Chat):
    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        await asyncio.gather(asyncio.create_task(super().receive(text_data)))


class ThreadChat(Chat):
    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        send = async_to_sync(super().receive)
        await asyncio.to_thread(send, text_data)


class PassingOn(Chat):
    async def websocket_receive(self, message: Any) -> None:
        passed = {**message, "type": "chat.message"}
        await self.channel_layer.group_send("lobby", passed)


@contextmanager
def recorded(consumer: Any) -> Iterator[Recording]:
    module = consumer.__mro__[1].__module__.partition(".")[0]
    layers: Any = _channels_layers if module == "channels" else None
    made: Any = layers or importlib.import_module("minichannels.layers")
    with record(consumer.as_asgi(), made.InMemoryChannelLayer()) as flow:
        yield flow


@pytest.mark.parametrize(
    "consumer",
    [Chat, SyncChat, ChannelsSyncChat, TaskChat, ThreadChat, PassingOn],
)
async def test_causes_go_through_tasks_and_threads(consumer: Any) -> None:
    name = consumer.__name__
    with recorded(consumer) as flow:
        clients = [client(flow, name) for name in ("ada", "bob")]
        for one in clients:
            await one.connect()
        for speaker, text in zip(
            clients, ("from ada", "from bob"), strict=True
        ):
            await speaker.send_to(text_data=text)
            for one in clients:
                assert await one.receive_from() == text
        for one in clients:
            await one.disconnect()

    for number, (who, whose) in enumerate(
        [("ada", f"{name}#1"), ("bob", f"{name}#2")], start=-2
    ):
        assert chain(flow, "ada", number) == [
            ("receive", who, whose, "websocket.receive"),
            ("group_send", whose, "layer", "chat.message"),
            ("deliver", "lobby", f"{name}#1", "chat.message"),
            ("send", f"{name}#1", "ada", "websocket.send"),
        ]


async def test_sync_chats_of_both_packages_line_up_the_same() -> None:
    flows = []
    for consumer in (SyncChat, ChannelsSyncChat):
        with recorded(consumer) as flow:
            clients = [client(flow, name) for name in ("ada", "bob")]
            for one in clients:
                await one.connect()
            for speaker in clients:
                await speaker.send_to(text_data="hi")
                for one in clients:
                    await one.receive_from()
            for one in clients:
                await one.disconnect()
        flows.append(flow)

    assert not flows[0].diff(flows[1]), str(flows[0].diff(flows[1]))


async def test_an_application_that_reads_ahead_has_the_right_causes() -> None:
    async def ahead(scope: Scope, receive: Receive, send: Send) -> None:
        read: asyncio.Queue[Any] = asyncio.Queue()

        async def reader() -> None:
            while True:
                read.put_nowait(await receive())

        reading = asyncio.create_task(reader())
        all_read.clear()
        await send({"type": "websocket.accept"})
        await all_read.wait()
        while (event := await read.get())["type"] != "websocket.disconnect":
            if event["type"] == "websocket.receive":
                await send({"type": "websocket.send", "text": event["text"]})
        reading.cancel()

    all_read = asyncio.Event()
    with record(ahead) as flow:
        ada = client(flow, "ada")
        await ada.connect()
        for text in "abc":
            await ada.send_to(text_data=text)
        await ada.send_input({"type": "websocket.disconnect", "code": 1000})
        for _ in range(10):
            await asyncio.sleep(0)
        all_read.set()
        await ada.wait()

    answers = [event for event in flow if event.type == "websocket.send"]
    for answer, text in zip(answers, "abc", strict=True):
        cause = flow.why(answer.seq).events[0]
        assert (cause.type, cause.payload["text"]) == (
            *("websocket.receive", text),
        )
    accept = next(e for e in flow if e.type == "websocket.accept")
    assert accept.cause is None


# Workers, loops and threads


async def test_a_worker_answers_the_client_that_asked() -> None:
    class Asking(Chat):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            await self.channel_layer.send(
                "sums", {"type": "sum.ask", "to": self.channel_name}
            )

    class Sums(AsyncWebsocketConsumer):
        async def sum_ask(self, event: dict[str, Any]) -> None:
            answer = {"type": "chat.message", "text": "42"}
            await self.channel_layer.send(event["to"], answer)

    router = ChannelNameRouter({"sums": Sums.as_asgi()})

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        inner = router if scope["type"] == "channel" else Asking.as_asgi()
        await inner(scope, receive, send)

    with record(app, InMemoryChannelLayer()) as flow:
        worker = Worker(flow.app, ["sums"], flow.layer)
        working = asyncio.create_task(worker.handle())
        ada = client(flow, "ada")
        await ada.connect()
        await ada.send_to(text_data="?")
        assert await ada.receive_from() == "42"
        await ada.disconnect()
        working.cancel()
        await asyncio.wait([working])

    assert chain(flow, "ada") == [
        ("receive", "ada", "Asking#1", "websocket.receive"),
        ("channel_send", "Asking#1", "layer", "sum.ask"),
        ("deliver", "layer", "Sums#1", "sum.ask"),
        ("channel_send", "Sums#1", "layer", "chat.message"),
        ("deliver", "layer", "Asking#1", "chat.message"),
        ("send", "Asking#1", "ada", "websocket.send"),
    ]
    # It has no client, and what the worker has read before it was there is
    # its own.
    of_worker = [e for e in flow if "Sums#1" in (e.source, e.target)]
    assert {(e.application, e.client) for e in of_worker} == {("Sums#1", "")}


async def test_a_worker_reads_what_waited_behind_something_too_old() -> None:
    read = asyncio.Event()

    class Sums(AsyncWebsocketConsumer):
        async def sum_ask(self, event: dict[str, Any]) -> None:
            read.set()

    clock = Clock()
    layer = InMemoryChannelLayer(expiry=10, clock=clock)
    with record(Sums.as_asgi(), layer) as flow:
        recorded: Any = flow.layer
        for _ in range(2):
            await recorded.send("sums", {"type": "sum.ask"})
            clock.now += 6
        worker = Worker(flow.app, ["sums"], recorded)
        working = asyncio.create_task(worker.handle())
        await read.wait()
        working.cancel()
        await asyncio.wait([working])

    ends = [(e.kind, e.target, e.handler) for e in flow if e.traits.ends_wait]
    assert ends == [("loss", "sums", ""), ("read", "Sums#1", "sum_ask")]


async def test_a_worker_at_work_is_waited_for() -> None:
    begun = asyncio.Event()

    class Slow(AsyncWebsocketConsumer):
        async def sum_ask(self, event: dict[str, Any]) -> None:
            begun.set()
            await asyncio.Event().wait()

    with record(Slow.as_asgi(), InMemoryChannelLayer()) as flow:
        worker = Worker(flow.app, ["sums"], flow.layer)
        working = asyncio.create_task(worker.handle())
        layer: Any = flow.layer
        await layer.send("sums", {"type": "sum.ask"})
        await begun.wait()
        with pytest.raises(
            TimeoutError, match=r"Slow#1 still runs sum_ask\(\)"
        ):
            await flow.settle(0.01)
        working.cancel()
        await asyncio.wait([working])


async def echo_many(flow: Recording, name: str) -> None:
    ada = client(flow, name)
    await ada.connect()
    for number in range(20):
        await ada.send_to(text_data=str(number))
        while await ada.receive_from() != str(number):
            pass
    await ada.disconnect()


async def test_one_recorder_may_run_on_several_loops() -> None:
    class Echo(Chat):
        groups: tuple[str, ...] = ()

        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            message = {"type": "chat.message", "text": text_data}
            await self.channel_layer.send(self.channel_name, message)

    with (
        record(Echo.as_asgi(), InMemoryChannelLayer()) as flow,
        LoopThread() as one,
        LoopThread() as two,
    ):
        futures = [
            loop.submit(echo_many(flow, name))
            for loop, name in ((one, "ada"), (two, "bob"))
        ]
        for future in futures:
            await asyncio.wrap_future(future)

    answers = [event for event in flow if event.type == "websocket.send"]
    assert len(answers) == 40
    for answer in answers:
        first = flow.why(answer.seq).events[0]
        assert first.client == answer.client
        assert first.payload["text"] == answer.payload["text"]


async def test_what_a_thread_without_a_connection_does_is_the_notebooks() -> (
    None
):
    with record(Chat.as_asgi(), InMemoryChannelLayer()) as flow:
        sending: Any = flow.layer
        thread = threading.Thread(
            target=lambda: asyncio.run(sending.send("notes", {"type": "x"}))
        )
        thread.start()
        await asyncio.to_thread(thread.join, 10)

    assert flow.events[0].source == "notebook"


# The with block


async def test_an_error_in_the_block_puts_the_layer_back(
    layer: InMemoryChannelLayer,
) -> None:
    recording = record(Chat.as_asgi(), layer)
    flow = recording.__enter__()
    sending: Any = get_channel_layer()
    await sending.send("notes", {"type": "x"})

    assert not recording.__exit__(KeyError, KeyError(), None)

    assert get_channel_layer() is layer
    assert layer._minichannels.observer is None
    assert flow.events[-1].status == "undelivered"


async def test_a_layer_that_is_set_in_the_block_stays_in_force(
    layer: InMemoryChannelLayer,
) -> None:
    other = InMemoryChannelLayer()
    with record(Chat.as_asgi(), layer):
        channel_layers.set("default", other)

    assert get_channel_layer() is other


@pytest.mark.parametrize("same", [True, False])
async def test_recordings_may_be_nested(
    layer: InMemoryChannelLayer, same: bool
) -> None:
    with record(Chat.as_asgi(), layer) as outer:
        app: Callable[..., Any] = outer.app if same else Chat.as_asgi()
        with record(app, outer.layer) as inner:
            ada = client(inner, "ada")
            await ada.connect()
            await ada.send_to(text_data="hi")
            assert await ada.receive_from() == "hi"
            await ada.disconnect()
        assert isinstance(get_channel_layer(), RecordedLayer)

    assert get_channel_layer() is layer
    assert layer._minichannels.observer is None
    sent = [event for event in inner if event.kind == "send"]
    assert [event.type for event in sent][:2] == [
        *("websocket.accept", "websocket.send"),
    ]
    assert sent[1].payload["text"] == "hi"
    assert bool([event for event in outer if event.kind == "send"]) is same


class Shop(AsyncWebsocketConsumer):
    """Says in all ways who it is: it asks by name, and answers by name."""

    groups: tuple[str, ...] = ("shops",)

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        by = self.channel_name
        await self.channel_layer.group_send(
            "shops", {"type": "asked", "by": by}
        )

    async def asked(self, event: dict[str, Any]) -> None:
        if event["by"] == self.channel_name:
            await self.send(json.dumps({"I am": event["by"]}))
            raise RuntimeError(f"{self.channel_name} has had enough")
        message = {"type": "offer", "offers": {self.channel_name: [1]}}
        await self.channel_layer.send(event["by"], message)


async def a_market() -> Flow:
    """Return what moves when ada asks the others, and a cell asks, too."""
    with record(Shop.as_asgi()) as flow:
        clients = [client(flow, name) for name in ("ada", "bob")]
        for each in clients:
            await each.connect()
        mine = await the_layer().new_channel()
        await the_layer().group_send("shops", {"type": "asked", "by": mine})
        await the_layer().receive(mine)
        await the_layer().receive(mine)
        await clients[0].send_to(text_data="tea?")
        await clients[0].receive_from()
        with pytest.raises(RuntimeError):
            await clients[0].wait()
        await clients[1].disconnect()
        return Flow(flow.events)


def the_layer() -> Any:
    return get_channel_layer()


@pytest.mark.usefixtures("layer")
async def test_a_flow_with_names_of_channels_is_the_same_in_every_run() -> None:
    first, second = await a_market(), await a_market()

    assert not first.diff(second), str(first.diff(second))
    assert first.to_json() == second.to_json()
    assert Flow.from_json(first.to_json()) == first
    carried = [event.payload for event in first if event.seq]
    assert {"by": "channel#1"} in carried
    assert {"by": "Shop#1"} in carried
    assert {"offers": {"Shop#2": [1]}} in carried
    assert {"text": '{"I am": "Shop#1"}'} in carried
    assert "Shop#1 has had enough" in str(first)
    assert "!" not in first.to_json().replace("!=", "")


@pytest.mark.usefixtures("layer")
async def test_a_recording_knows_the_channels_from_before_its_beginning() -> (
    None
):
    with record(Shop.as_asgi()) as earlier:
        ada = client(earlier, "ada")
        await ada.connect()
        with record(Shop.as_asgi()) as later:
            await the_layer().send("notes", {"type": "x", **(await asked(ada))})
        await ada.disconnect()

    sent = next(event for event in later if event.kind == "channel_send")
    assert sent.payload == {"by": "Shop#1"}


async def asked(ada: WebsocketCommunicator) -> dict[str, str]:
    """Return what ada's consumer says of itself."""
    mine = await the_layer().new_channel()
    await the_layer().group_send("shops", {"type": "asked", "by": mine})
    (name,) = (await the_layer().receive(mine))["offers"]
    return {"by": name}
