import asyncio
import gc
import threading
import weakref
from collections import OrderedDict, UserDict, defaultdict
from collections.abc import Callable, Iterator
from contextvars import copy_context
from functools import partial
from itertools import count
from types import MappingProxyType
from typing import Any

import pytest

from minichannels.consumer import AsyncConsumer
from minichannels.exceptions import StopConsumer
from minichannels.flow import Flow, Recorder
from minichannels.flow.journal.payloads import LONGEST
from minichannels.flow.recording.application import recorder as module
from minichannels.flow.recording.application.causes import CURRENT
from minichannels.flow.recording.application.settling import Settling
from minichannels.flow.recording.clients.asked import Address
from minichannels.flow.recording.clients.names import ClientEnd
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.layers import channel_layers
from minichannels.testing import HttpCommunicator
from minichannels.types import OBSERVER, Message, Receive, Scope, Send
from support.layers import LayerWithoutExtensions, fresh_layer

ADA = ("127.0.0.1", 1111)
BOB = ("127.0.0.1", 2222)
EVE = ("127.0.0.1", 3333)


@pytest.fixture(autouse=True)
def layer() -> Iterator[None]:
    with fresh_layer():
        yield


class Wire:
    """What a server is to one scope: a queue of events, a list of answers."""

    def __init__(self, *events: dict[str, Any]) -> None:
        self.inbox: asyncio.Queue[Message] = asyncio.Queue()
        self.outbox: list[Message] = []
        self.problem: Exception | None = None
        for event in events:
            self.inbox.put_nowait(event)

    async def receive(self) -> Message:
        return await self.inbox.get()

    async def send(self, message: Message) -> None:
        if self.problem is not None:
            raise self.problem
        self.outbox.append(message)


def websocket(**changes: Any) -> Scope:
    return {"type": "websocket", "path": "/ws/", "client": ADA, **changes}


def http(**changes: Any) -> Scope:
    return {"type": "http", "path": "/", "client": ADA, **changes}


def lines(recorder: Recorder) -> list[tuple[str, str, str, Any]]:
    return [
        (event.source, event.target, event.type, dict(event.payload))
        for event in Flow(recorder.journal)
        if event.kind != "return"
    ]


CONNECT = {"type": "websocket.connect"}
ASK = {"type": "http.request", "body": b""}
LEAVE = {"type": "websocket.disconnect", "code": 1000, "reason": ""}


async def test_recorder_writes_down_what_is_received_and_sent() -> None:
    async def echo(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept", "headers": [], "reason": None})
        event = await receive()
        await send({"type": "websocket.send", "text": event["text"]})

    wire = Wire(CONNECT, {"type": "websocket.receive", "text": "hi"})
    recorder = Recorder(echo)
    recorder.expect(ADA, "ada")

    await recorder(websocket(query_string=b"a=1"), wire.receive, wire.send)

    assert lines(recorder) == [
        ("ada", "echo#1", "websocket.connect", {"path": "/ws/?a=1"}),
        ("echo#1", "ada", "websocket.accept", {}),
        ("ada", "echo#1", "websocket.receive", {"text": "hi"}),
        ("echo#1", "ada", "websocket.send", {"text": "hi"}),
    ]
    assert len(wire.outbox) == 2


async def test_recorder_writes_down_the_method_of_a_request() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    wire = Wire({"type": "http.request", "body": b"", "more_body": False})
    recorder = Recorder(app)
    scope = {"type": "http", "path": "/", "method": "GET", "client": ADA}

    await recorder(scope, wire.receive, wire.send)

    assert lines(recorder)[0][3] == {"method": "GET", "path": "/", "body": b""}


async def test_recorder_writes_down_before_it_sends() -> None:
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})

    async def send(message: Message) -> None:
        seen.append(len(recorder.journal))

    recorder = Recorder(app)
    await recorder(websocket(), Wire().receive, send)

    assert seen == [1]


async def test_recorder_leaves_lifespan_out() -> None:
    called = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        called.append(scope)
        await receive()

    recorder = Recorder(app)
    scope = {"type": "lifespan"}
    wire = Wire({"type": "lifespan.startup"})

    await recorder(scope, wire.receive, wire.send)

    assert called == [scope]
    assert lines(recorder) == []


async def test_recorder_names_strangers_by_their_sockets() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    recorder = Recorder(app)
    for client in (ADA, BOB, ADA, None):
        await recorder(http(client=client), Wire(ASK).receive, Wire().send)

    assert [line[0] for line in lines(recorder)] == [
        "browser#1",
        "browser#2",
        "browser#1",
        "browser#3",
    ]


async def test_recorder_takes_a_socket_after_a_websocket_for_a_new_one() -> (
    None
):
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    recorder = Recorder(app)
    for scope in (http(), websocket(), http(), websocket(), websocket()):
        await recorder(scope, Wire(ASK).receive, Wire().send)

    assert [line[0] for line in lines(recorder)] == [
        "browser#1",
        "browser#1",
        "browser#2",
        "browser#2",
        "browser#3",
    ]


async def test_recorder_remembers_only_the_sockets_used_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "minichannels.flow.recording.clients.names.STRANGERS", 2
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    recorder = Recorder(app)
    for client in (ADA, BOB, ADA, EVE, ADA, BOB):
        await recorder(http(client=client), Wire(ASK).receive, Wire().send)

    assert [line[0] for line in lines(recorder)] == [
        "browser#1",
        "browser#2",
        "browser#1",
        "browser#3",
        "browser#1",
        "browser#4",
    ]


async def test_expect_gives_a_client_without_a_name_a_number() -> None:
    recorder = Recorder(lambda scope, receive, send: asyncio.sleep(0))

    assert recorder.expect(ADA).name == "browser#1"
    assert recorder.expect(BOB).name == "browser#2"


async def test_forget_takes_an_announcement_back() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    recorder = Recorder(app)
    ada, bob = recorder.expect(ADA, "ada"), recorder.expect(BOB, "bob")
    recorder.forget(ada)
    for client in (ADA, BOB):
        wire = Wire(CONNECT)
        await recorder(websocket(client=client), wire.receive, wire.send)
    recorder.forget(bob)

    assert [line[0] for line in lines(recorder)] == ["browser#1", "bob"]


class SlowCounters(defaultdict[str, "count[int]"]):
    """Has another thread find a counter before this one has its number."""

    def __init__(self) -> None:
        super().__init__(partial(count, 1))
        self.both = threading.Barrier(2)

    def __getitem__(self, key: str) -> "count[int]":
        found = super().__getitem__(key)
        self.both.wait(10)
        return found


def test_two_threads_get_different_names() -> None:
    recorder = Recorder(lambda scope, receive, send: asyncio.sleep(0))
    recorder.names._numbers = SlowCounters()
    threads = [
        threading.Thread(target=recorder.expect, args=(address,))
        for address in (ADA, BOB)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    names = {link.name for link in recorder.names.expected.values()}
    assert names == {"browser#1", "browser#2"}


def test_forget_may_come_when_an_announcement_is_made_use_of() -> None:
    class Taken(dict[Address, ClientEnd]):
        def items(self) -> Any:
            found = list(super().items())
            self.clear()
            return found

    recorder = Recorder(lambda scope, receive, send: asyncio.sleep(0))
    link = recorder.expect(ADA, "ada")
    recorder.names.expected = Taken(recorder.names.expected)

    recorder.forget(link)

    assert recorder.names.expected == {}


async def test_recorder_numbers_consumers_of_a_class() -> None:
    class Chat(AsyncWebsocketConsumer):
        pass

    recorder = Recorder(Chat.as_asgi())
    for _ in range(2):
        wire = Wire(CONNECT, LEAVE)
        await recorder(websocket(), wire.receive, wire.send)

    names = [line[1] for line in lines(recorder) if line[2] == CONNECT["type"]]
    assert names == ["Chat#1", "Chat#2"]


async def test_recorder_calls_an_object_as_its_class() -> None:
    class App:
        async def __call__(
            self, scope: Scope, receive: Receive, send: Send
        ) -> None:
            await receive()

    wire = Wire(CONNECT)
    recorder = Recorder(App())

    await recorder(websocket(), wire.receive, wire.send)

    assert lines(recorder)[0][1] == "App#1"


async def test_recorder_gives_the_application_the_scope_of_the_server() -> None:
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append((scope, OBSERVER.get()))

    extensions: dict[str, Any] = {"websocket.http.response": {}}
    scope = websocket(extensions=extensions)

    await Recorder(app)(scope, Wire().receive, Wire().send)

    assert extensions == {"websocket.http.response": {}}
    assert scope["extensions"] is extensions
    assert seen[0][0] is scope
    assert repr(seen[0][1]) == "<observer of browser#1>"
    assert OBSERVER.get() is None


async def test_recorder_writes_down_a_crash_and_passes_it_on() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        raise ValueError("no room")

    wire = Wire(CONNECT)
    recorder = Recorder(app)
    link = recorder.expect(ADA, "ada")

    with pytest.raises(ValueError, match="no room"):
        await recorder(websocket(), wire.receive, wire.send)

    source, target, kind, payload = lines(recorder)[1]
    assert (source, target, kind) == ("app#1", "", "ValueError")
    assert payload["where"] == "app"
    assert "client" not in payload
    assert link.failure == "ValueError: no room"


async def test_a_crash_of_the_end_answers_what_the_handler_failed_at() -> None:
    class Chat(AsyncWebsocketConsumer):
        groups = ("no room",)  # cannot be joined, nor left

    foreign = LayerWithoutExtensions()
    channel_layers.set("default", foreign)
    wire, recorder = Wire(CONNECT), Recorder(Chat.as_asgi())

    with pytest.raises(TypeError, match="no room"):
        await recorder(websocket(), wire.receive, wire.send)

    connect, crash = Flow(recorder.journal)
    assert (crash.kind, crash.cause) == ("crash", connect.seq)


async def test_recorder_says_who_met_a_crash_that_came_first() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("first")

    recorder = Recorder(app)
    recorder.expect(ADA, "ada")

    with pytest.raises(ValueError, match="first"):
        await recorder(websocket(), Wire().receive, Wire().send)

    payload = lines(recorder)[0][3]
    assert (payload["client"], payload["path"]) == ("ada", "/ws/")


async def test_crash_that_came_first_has_the_name_that_the_scope_has() -> None:
    async def view() -> None: ...

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["endpoint"] = view
        raise ValueError("first")

    recorder = Recorder(app)

    with pytest.raises(ValueError, match="first"):
        await recorder(websocket(), Wire().receive, Wire().send)

    (crash,) = Flow(recorder.journal)
    assert crash.application == "view#1"


async def test_of_trailers_no_header_is_kept_nor_whether_more_come() -> None:
    trailers = {
        "type": "http.response.trailers",
        "headers": [(b"x-token", b"secret")],
        "more_trailers": False,
    }

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(trailers)

    wire, recorder = Wire(), Recorder(app)
    await recorder(http(), wire.receive, wire.send)

    sent = Flow(recorder.journal).events[0]
    assert wire.outbox == [trailers]
    assert (sent.type, sent.payload) == (
        "http.response.trailers",
        {"path": "/"},
    )


async def test_of_an_error_that_says_megabytes_the_beginning_is_kept() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("y " * 500_000)

    wire = Wire(CONNECT)
    recorder = Recorder(app)
    link = recorder.expect(ADA, "ada")

    with pytest.raises(ValueError, match="y y"):
        await recorder(websocket(), wire.receive, wire.send)

    *_, (_, _, _, payload) = lines(recorder)
    assert payload["text"] == f"{'y ' * 5_000}…"
    assert link.failure == f"ValueError: {payload['text']}"


@pytest.mark.parametrize(
    "shown", ["one-of-twenty-letters", "redis://ada:of-an-address@host"]
)
async def test_of_an_error_that_is_cut_in_a_secret_none_of_it_is_kept(
    shown: str,
) -> None:
    headers = [(b"cookie", b"sessionid=one-of-twenty-letters")]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError(f"{'y' * (LONGEST - 15)}{shown}{'y' * LONGEST}")

    wire = Wire(CONNECT)
    recorder = Recorder(app)

    with pytest.raises(ValueError, match="yyy"):
        await recorder(
            {**websocket(), "headers": headers}, wire.receive, wire.send
        )

    *_, (_, _, _, payload) = lines(recorder)
    told = payload["text"].lstrip("y")
    assert "•" in told
    assert not [part for part in ("one-of", "of-an") if part in told]


async def test_a_client_that_is_gone_is_no_crash() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.send", "text": "late"})

    wire = Wire()
    wire.problem = ConnectionError()
    recorder = Recorder(app)

    with pytest.raises(ConnectionError):
        await recorder(websocket(), wire.receive, wire.send)

    (event,) = Flow(recorder.journal)
    assert (event.kind, event.status) == ("send", "undelivered")


async def test_error_of_what_is_sent_after_the_end_is_not_kept() -> None:
    known: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        known.extend([CURRENT.get(), send])

    wire = Wire()
    wire.problem = ConnectionError()
    recorder = Recorder(app)
    await recorder(websocket(), wire.receive, wire.send)
    connection, send = known

    with pytest.raises(ConnectionError):
        await send({"type": "websocket.close"})

    assert connection.over
    assert connection.undelivered is None


async def test_an_event_out_of_order_is_a_crash() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.send", "text": "early"})

    wire = Wire()
    wire.problem = RuntimeError("not yet")
    recorder = Recorder(app)

    with pytest.raises(RuntimeError):
        await recorder(websocket(), wire.receive, wire.send)

    sent, crash = Flow(recorder.journal)
    assert (sent.status, crash.kind) == ("undelivered", "crash")


async def test_add_task_crash_writes_it_down_beside_all_connections() -> None:
    recorder = Recorder(lambda scope, receive, send: asyncio.sleep(0))

    recorder.add_task_crash(ValueError("lost"))

    assert lines(recorder) == [
        ("background task", "", "ValueError", {"text": "lost"})
    ]


async def test_a_task_that_fails_shows_nothing_of_any_client(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "GONE", 2)
    keys = ["key-of-ada", "key-of-bob", "key-of-ada", "key-of-eve", "key-of-me"]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/":  # who is connected still
            recorder.add_task_crash(ValueError(" ".join(keys)))

    recorder = Recorder(app)
    wire = Wire()
    paths = ["/over"] * 4 + ["/"]
    for path, key in zip(paths, keys, strict=True):
        shown = [(b"cookie", f"a={key}".encode())]
        scope = {"type": "http", "path": path, "headers": shown}
        await recorder(scope, wire.receive, wire.send)

    (text,) = [
        line[-1]["text"] for line in lines(recorder) if "text" in line[-1]
    ]
    # One is forgotten, of those who are gone for long.
    assert text == "••• key-of-bob ••• ••• •••"


# What is unfinished


async def started(
    recorder: Recorder, wire: Wire, scope: Scope | None = None
) -> asyncio.Task[None]:
    """Call a recorded application, and go on when it waits."""
    running = recorder(scope or websocket(), wire.receive, wire.send)
    task = asyncio.ensure_future(running)
    await asyncio.sleep(0)
    return task


async def ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_an_event_is_unfinished_until_the_next_is_asked_for() -> None:
    go_on = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await go_on.wait()
        await receive()

    recorder = Recorder(app)
    recorder.expect(ADA, "ada")
    task = await started(recorder, Wire(CONNECT))
    assert recorder.unfinished() == [
        "app#1 (for ada) is still at work on 'websocket.connect'"
    ]

    go_on.set()
    await asyncio.sleep(0)

    assert recorder.unfinished() == []
    await ended(task)


async def test_an_application_that_ended_has_finished() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    recorder = Recorder(app)
    link = recorder.expect(ADA, "ada")

    await (await started(recorder, Wire(CONNECT)))
    link.sent += 1

    assert recorder.unfinished() == []


@pytest.mark.parametrize(
    ("change", "event", "unfinished"),
    [
        (
            {"sent": 1},
            {"type": "websocket.receive", "text": "x"},
            "app#1 has not read 1 message of ada",
        ),
        (
            {"closed": True},
            LEAVE,
            "app#1 has not been told yet that ada is gone",
        ),
    ],
)
async def test_what_a_client_did_is_unfinished_until_it_is_read(
    change: dict[str, Any], event: Message, unfinished: str
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while True:
            await receive()

    recorder = Recorder(app)
    link = recorder.expect(ADA, "ada")
    wire = Wire(CONNECT)
    task = await started(recorder, wire)

    for name, value in change.items():
        setattr(link, name, value)
    assert recorder.unfinished() == [unfinished]
    wire.inbox.put_nowait(event)
    await asyncio.sleep(0)

    assert recorder.unfinished() == []
    await ended(task)


async def test_what_is_sent_after_the_application_closed_is_not_awaited() -> (
    None
):
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.close"})
        await receive()

    recorder = Recorder(app)
    link = recorder.expect(ADA, "ada")
    task = await started(recorder, Wire())

    link.sent += 1
    link.closed = True

    assert recorder.unfinished() == []
    await ended(task)


async def test_a_plain_consumers_handler_keeps_its_name() -> None:
    runs = asyncio.Event()

    class Plain(AsyncConsumer):
        async def websocket_connect(self, event: Message) -> None:
            runs.set()
            await asyncio.Event().wait()

    recorder = Recorder(Plain.as_asgi())
    recorder.expect(ADA, "ada")
    task = await started(recorder, Wire(CONNECT))

    await asyncio.wait_for(runs.wait(), 5)

    assert recorder.unfinished() == [
        "Plain#1 (for ada) still runs websocket_connect()"
    ]
    await ended(task)


@pytest.mark.parametrize(
    ("event", "name"),
    [
        ({"type": "websocket.receive", "text": "x"}, "receive"),
        ({"type": "test.ping"}, "test_ping"),
    ],
)
async def test_a_handler_that_runs_is_named_as_the_learner_wrote_it(
    event: dict[str, Any], name: str
) -> None:
    runs = asyncio.Event()

    class Chat(AsyncWebsocketConsumer):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            await self.test_ping({})

        async def test_ping(self, event: Message) -> None:
            runs.set()
            await asyncio.Event().wait()

    recorder = Recorder(Chat.as_asgi())
    recorder.expect(ADA, "ada")
    task = await started(recorder, Wire(CONNECT, event))

    await asyncio.wait_for(runs.wait(), 5)

    assert recorder.unfinished() == [f"Chat#1 (for ada) still runs {name}()"]
    await ended(task)


async def test_a_handler_that_ended_is_finished() -> None:
    class Ping(AsyncConsumer):
        async def test_ping(self, event: Message) -> None:
            raise StopConsumer

    recorder = Recorder(Ping.as_asgi())
    task = await started(recorder, Wire({"type": "test.ping"}))

    await asyncio.wait_for(task, 5)

    assert recorder.unfinished() == []


async def test_a_wait_for_a_thread_is_written_down() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        observer = OBSERVER.get()
        assert observer is not None
        observer.thread_waited(object(), "receive", 1.5)

    recorder = Recorder(app)

    await recorder(websocket(), Wire().receive, Wire().send)

    event, _ = Flow(recorder.journal)
    assert (event.kind, event.source, event.type) == (
        "wait",
        "app#1",
        "receive",
    )


async def test_a_client_tells_the_other_end_of_changes_once_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changes: list[str] = []
    monkeypatch.setattr(
        Settling, "changed", lambda self: changes.append("changed")
    )
    recorder = Recorder(lambda scope, receive, send: asyncio.sleep(0))
    link = recorder.expect(ADA, "ada")
    link.changed()
    assert changes == []

    await (await started(recorder, Wire(CONNECT)))
    changes.clear()
    link.changed()

    assert changes == ["changed"]


@pytest.mark.parametrize("nonsense", [None, "text", 5, []])
async def test_what_is_no_message_gets_the_servers_own_error(
    nonsense: Any,
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(nonsense)

    async def refuse(message: Message) -> None:
        raise TypeError(f"the server takes no {message!r}")

    recorder = Recorder(app)
    with pytest.raises(TypeError, match="the server takes no"):
        await recorder(websocket(), Wire().receive, refuse)

    assert [event.kind for event in Flow(recorder.journal)] == ["crash"]


@pytest.mark.parametrize("kind", [UserDict, MappingProxyType, OrderedDict])
async def test_a_message_may_be_any_mapping(
    kind: Callable[[Any], Any],
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "websocket.connect"
        await send(kind({"type": "websocket.send", "text": "hi"}))

    wire, recorder = Wire(kind(CONNECT)), Recorder(app)
    await recorder(websocket(), wire.receive, wire.send)

    assert lines(recorder) == [
        ("browser#1", "app#1", "websocket.connect", {"path": "/ws/"}),
        ("app#1", "browser#1", "websocket.send", {"text": "hi"}),
    ]
    assert type(wire.outbox[0]) is kind


async def test_what_a_server_takes_though_it_is_no_message_passes() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send([])  # type: ignore[arg-type]  # on purpose
        await send({"type": "websocket.close"})

    wire, recorder = Wire(), Recorder(app)
    await recorder(websocket(), wire.receive, wire.send)

    taken: list[Any] = wire.outbox
    assert taken == [[], {"type": "websocket.close"}]
    assert len(recorder.journal) == 1


async def test_keys_that_are_no_text_are_written_down_as_text() -> None:
    async def odd(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.send", 1: "a", b"k": "b"})  # type: ignore[dict-item]  # on purpose

    recorder = Recorder(odd)
    wire = Wire()
    await recorder(websocket(), wire.receive, wire.send)

    event, _ = Flow.from_json(Flow(recorder.journal).to_json())
    assert event.payload == {"path": "/ws/", "1": "a", "b'k'": "b"}


async def test_an_error_without_words_is_written_down() -> None:
    class Wordless(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise Wordless

    recorder = Recorder(app)
    with pytest.raises(Wordless):
        await recorder(websocket(), Wire().receive, Wire().send)

    (crash,) = Flow(recorder.journal)
    assert crash.payload["text"] == "<Wordless>"


async def test_what_an_application_changes_does_not_change_the_journal() -> (
    None
):
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        event = await receive()
        event["body"] = b"other"
        event["nested"].append(2)
        answer: dict[str, Any] = {"type": "http.response.body"}
        answer["body"] = bytearray(b"a")
        await send(answer)
        answer["body"].extend(b"b")
        answer["more"] = True

    recorder = Recorder(app)
    wire = Wire({**ASK, "nested": [1]})
    await recorder(http(), wire.receive, wire.send)

    assert [line[3] for line in lines(recorder)] == [
        {"path": "/", "body": b"", "nested": [1]},
        {"body": b"a"},
    ]


async def test_a_recorder_around_another_sees_the_same_causes() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        event = await receive()
        await send({"type": "websocket.close", "reason": event["text"]})

    inner = Recorder(app)
    outer = Recorder(inner)
    wire = Wire(CONNECT, {"type": "websocket.receive", "text": "hi"})

    await outer(websocket(), wire.receive, wire.send)

    for recorder in (outer, inner):
        assert [(e.kind, e.cause) for e in Flow(recorder.journal)] == [
            *(("receive", None), ("send", 1)),
            *(("receive", None), ("send", 3)),
        ]


async def test_an_answer_to_an_unread_request_says_to_which() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    recorder = Recorder(app)
    client = HttpCommunicator(recorder, "GET", "/hello/?a=b")
    await client.get_response()

    start, body = Flow(recorder.journal)
    assert start.payload == {
        "method": "GET",
        "path": "/hello/?a=b",
        "status": 204,
    }
    assert body.payload == {}


async def test_what_is_over_leaves_the_garbage_collector_no_work() -> None:
    there: list[weakref.ref[Any]] = []

    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        there.append(weakref.ref(CURRENT.get()))
        await receive()
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"hello"})

    wire = Wire(ASK)
    gc.disable()
    try:
        await Recorder(site)(http(), wire.receive, wire.send)

        assert [connection() for connection in there] == [None]
    finally:
        gc.enable()


async def test_who_keeps_the_context_of_what_is_over_keeps_no_scope() -> None:
    there: list[Any] = []

    class Session(dict[str, Any]):
        """It can be looked for."""

    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        there.append(CURRENT.get())
        await receive()
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"hello"})

    wire, session = Wire(ASK), Session()
    kept = weakref.ref(session)
    scope = {**http(), "session": session}
    await Recorder(site)(scope, wire.receive, wire.send)
    del scope, session
    gc.collect()

    assert there[0].over
    assert kept() is None


async def test_what_is_collected_as_garbage_ends_in_any_context() -> None:
    there: list[Any] = []

    async def waits(scope: Scope, receive: Receive, send: Send) -> None:
        there.append(CURRENT.get())
        await receive()

    wire = Wire()
    running: Any = Recorder(waits)(websocket(), wire.receive, wire.send)
    copy_context().run(running.send, None)

    running.close()

    assert [connection.over for connection in there] == [True]


async def test_a_last_send_that_waits_is_collected_in_any_context() -> None:
    async def says_no(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.close"})

    class FullWire(Wire):
        async def send(self, message: Message) -> None:
            await asyncio.Event().wait()

    wire, recorder = FullWire(), Recorder(says_no)
    running: Any = recorder(websocket(), wire.receive, wire.send)
    copy_context().run(running.send, None)

    running.close()

    assert recorder.unfinished() == []


async def test_receive_and_send_have_the_names_that_the_server_gave() -> None:
    """So "... was never awaited" tells what it tells without a recorder."""
    names = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        calls: list[Any] = [receive(), send({"type": "websocket.close"})]
        for call in calls:
            names.append(call.__qualname__)
            call.close()

    wire = Wire()
    await Recorder(app)(websocket(), wire.receive, wire.send)

    assert names == ["Wire.receive", "Wire.send"]


async def test_receive_and_send_of_a_server_may_have_no_name() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.close"})

    wire = Wire({"type": "websocket.connect"})
    await Recorder(app)(websocket(), partial(wire.receive), partial(wire.send))

    assert wire.outbox == [{"type": "websocket.close"}]
