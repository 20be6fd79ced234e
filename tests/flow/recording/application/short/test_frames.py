"""The short way of a frame: it writes down what the long way does."""

import asyncio
import contextlib
import contextvars
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from minichannels.flow import Journal, Recorder
from minichannels.flow.journal.events import Event
from minichannels.flow.journal.keeping import HEAVY
from minichannels.flow.journal.masking import secrets_shown
from minichannels.flow.recording.application.connection import Connection
from minichannels.flow.recording.application.short import frames
from minichannels.flow.recording.calls import calls
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.types import ASGIApp, Message, Receive, Scope, Send
from support.layers import fresh_layer
from support.libraries import framework
from support.short_ways import taken_ways

RECEIVED, ANSWER = "websocket.receive", "websocket.send"


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Echo each frame, and a JSON object that names who is logged in."""
    while (event := await receive())["type"] != "websocket.disconnect":
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        elif "text" in event:
            scope["user"] = event["text"][:3]
            await send({"type": ANSWER, "text": event["text"]})
        else:
            await send({"type": ANSWER, "bytes": event["bytes"]})


async def pumped(scope: Scope, receive: Receive, send: Send) -> None:
    """Have a task send what another one has received."""
    frames: asyncio.Queue[str] = asyncio.Queue()

    async def pump() -> None:
        while text := await frames.get():
            await send({"type": ANSWER, "text": text})

    while (event := await receive())["type"] != "websocket.disconnect":
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
            pumping = asyncio.create_task(pump())
        else:
            frames.put_nowait(str(event.get("text", "-")))
    frames.put_nowait("")
    await pumping


async def apart(scope: Scope, receive: Receive, send: Send) -> None:
    """Have all done by a task in a context of its own."""
    alone = asyncio.create_task(
        echo(scope, receive, send), context=contextvars.Context()
    )
    await alone


async def talks_on(scope: Scope, receive: Receive, send: Send) -> None:
    """Go on to send when the client has left."""
    await receive()
    await send({"type": "websocket.accept"})
    while (await receive())["type"] != "websocket.disconnect":
        pass
    await send({"type": ANSWER, "text": "are you there?"})


async def accepts_late(scope: Scope, receive: Receive, send: Send) -> None:
    """Accept a client that has left, and send to it."""
    while (await receive())["type"] != "websocket.disconnect":
        pass
    await send({"type": "websocket.accept"})
    await send({"type": ANSWER, "text": "are you there?"})


async def accepts_first(scope: Scope, receive: Receive, send: Send) -> None:
    """Accept before it is asked who comes, and give up asking at first."""
    await send({"type": "websocket.accept"})
    for _ in range(3):
        asking = asyncio.ensure_future(receive())
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking])
    await echo(scope, receive, send)


class Echo(AsyncWebsocketConsumer):
    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        await self.send(text_data=text_data, bytes_data=bytes_data)


APPS = [echo, pumped, apart, Echo.as_asgi()]


class Text(str):
    __slots__ = ()


SHOWN = [
    (b"cookie", b"a=one-of-two; b=of-two-more; c=one-of-t; d=; e=abc; theme=x"),
    (
        b"cookie",
        b'q="quo\\"ted two"; p=per%2Fcent%3D; u=' + "ключ-ключ".encode(),
    ),
    (b"authorization", b"Basic YWRhOmlzIGEgbG9uZyBvbmU="),
    (b"x-csrftoken", b"seventeen"),
]
"""Headers of a client that is logged in."""

SECRETS = [
    "one-of-two",
    "of-two-more",
    "one-of-two-more",
    'quo"ted two',
    "per/cent=",
    "per%2Fcent%3D",
    "ключ-ключ",
    "is a long one",
    "seventeen",
]
"""What nobody may see of it, in the forms that a frame may have it in."""

PLAIN = ["one-of", "abc", "x", "", "ada", "•••"]
"""What is nobody's secret."""

TOLD = [*SECRETS, *PLAIN, *map(json.dumps, SECRETS), "one-of-two one-of-t"]

SHOWING: list[dict[str, Any]] = [
    *({"text": said} for said in TOLD),
    *({"bytes": said.encode()} for said in TOLD),
    {"text": json.dumps({"token": "one-of-two", "in": [SECRETS]})},
    {"bytes": json.dumps({"of": {"one-of-two": 1}}).encode()},
    {"bytes": b"\xff\x00one-of-two\x00"},
    {"text": f"token=one-of-two&a={'one-of-two' * 3}"},
    {"text": Text("one-of-two")},
    {"bytes": b"x" * HEAVY + b"one-of-two"},
    {"text": "with more", "more": ["one-of-two"]},
]


WEB_TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzZXZlbiJ9.c2V2ZW4"
"""A secret that is known by its look, with none of the usual signs in it."""

FRAMES: list[dict[str, Any]] = [
    {"text": "hello"},
    {"text": "some-secret"},
    {"text": ""},
    {"text": json.dumps({"password": "seven", "said": "hi"})},
    {"text": "a=1&token=seven"},
    {"text": f"it is {WEB_TOKEN}"},
    {"text": "Bearer seven-0123456789"},
    {"bytes": WEB_TOKEN.encode()},
    {"bytes": b"\x81\xa5token\xa5seven"},
    {"bytes": b"\x00\x01"},
    {"bytes": b'{"token": "seven"}'},
    {"bytes": None, "text": "of a server that says all"},
    {"text": Text("of another class")},
    {"text": "with more", "more": 1},
    {"bytes": b"x" * (HEAVY + 1)},
]


CALLING = """
async def made(scope, receive, send):
    await receive()
    await endpoint(send)
"""


def send_to(answers: list[Message]) -> Send:
    async def send(message: Message) -> None:
        answers.append(message)

    return send


def wire(frames: list[dict[str, Any]]) -> tuple[Receive, list[Message]]:
    """Return a receive that gives frames, and where to put what is sent."""
    events: list[Message] = [{"type": "websocket.connect"}]
    events += [{"type": "websocket.receive", **frame} for frame in frames]
    events += [{"type": "websocket.disconnect", "code": 1001}]
    coming = iter(events)

    async def receive() -> Message:
        await asyncio.sleep(0)
        return next(coming)

    return receive, []


def recorded(
    app: ASGIApp,
    fails_at: str = "",
    frames: list[dict[str, Any]] = FRAMES,
    **scope: Any,
) -> tuple[list[Message], list[Event]]:
    """Return what an application sends, and what of it is written down."""
    recorder = Recorder(app)
    recorder.journal.calls = calls
    receive, answers = wire(frames)

    async def send(message: Message) -> None:
        if fails_at and message.get("text") == fails_at:
            raise OSError("gone")
        answers.append(message)

    async def run() -> None:
        full = {"type": "websocket", "path": "/", "headers": [], **scope}
        with contextlib.suppress(OSError):
            await recorder(full, receive, send)

    with fresh_layer():
        asyncio.run(run())
    events = recorder.journal.line_up()
    first = min(event.arrival for event in events)
    return answers, [
        replace(
            event, at=None, ran=None, waited=None, arrival=event.arrival - first
        )
        for event in events
    ]


@pytest.mark.parametrize("fails_at", ["", "of another class", "hello"])
@pytest.mark.parametrize("app", [*APPS, talks_on, accepts_late, accepts_first])
def test_both_ways_write_down_the_same(
    app: ASGIApp, fails_at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = recorded(app, fails_at)
    monkeypatch.setattr(Connection, "is_usual", False)
    long = recorded(app, fails_at)

    assert long == short
    assert [e.calls for e in long[1]] == [e.calls for e in short[1]]
    came = [event for event in short[1] if event.kind == "receive"]
    assert (came[0].type, came[0].payload) == (
        "websocket.connect",
        {"path": "/"},
    )


@pytest.mark.parametrize("app", [*APPS, talks_on])
@pytest.mark.parametrize("query", [b"", b"token=of-the-address"])
def test_both_ways_hide_the_same(
    app: ASGIApp, query: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = {"headers": SHOWN, "query_string": query, "user": "one-of-two"}
    frames = [*SHOWING, {"text": "of-the-address"}]
    short = recorded(app, "", frames, **seen)
    monkeypatch.setattr(Connection, "is_usual", False)
    long = recorded(app, "", frames, **seen)

    assert long == short
    assert {event.user for event in short[1]} != {""}
    kept = repr([(event.payload, event.user) for event in short[1]])
    assert not [secret for secret in SECRETS if secret in kept]
    assert ("of-the-address" in kept) is not bool(query)


def test_both_ways_weigh_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as nothing is hidden: what is, is known when it is asked for."""
    plain: list[dict[str, Any]] = [{"text": said} for said in PLAIN]
    plain += [{"bytes": said.encode()} for said in PLAIN]
    weighed = []
    for usual in (True, False):
        monkeypatch.setattr(Connection, "is_usual", usual)
        recorder = Recorder(echo)
        scope = {"type": "websocket", "path": "/", "headers": SHOWN}
        receive, answers = wire(plain)
        asyncio.run(recorder(scope, receive, send_to(answers)))
        _, entries = recorder.journal.since(0)
        weighed.append([(entry.type, entry.size) for entry in entries])

    assert weighed[0] == weighed[1]


def test_frames_of_who_is_logged_in_go_the_short_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken = taken_ways(monkeypatch, frames, "received", "sent")

    recorded(echo, "", [{"text": said} for said in TOLD], headers=SHOWN)

    # By the first one it is looked who runs.
    assert taken.count("received") == len(TOLD) - 1
    assert taken.count("sent") == len(TOLD)


def test_frames_go_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = taken_ways(monkeypatch, frames, "received", "sent")

    recorded(echo)

    # They have more to them, or are of another class, or heavy, or the first.
    assert taken.count("received") == len(FRAMES) - 5
    assert taken.count("sent") == len(FRAMES) - 2


@pytest.mark.parametrize(
    "frame", [{"text": b"of the other"}, {"bytes": "of the other"}]
)
def test_what_stands_under_the_wrong_key_is_written_down_so(
    frame: dict[str, Any],
) -> None:
    _, events = recorded(echo, "", [frame])

    carried = [e.payload for e in events if e.type in (RECEIVED, ANSWER)]
    assert carried == [frame, frame]


@pytest.mark.parametrize("way", ["short", "long"])
async def test_who_sends_a_frame_before_all_else_is_named(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frame before ``accept`` is a slip, and the flow says whose."""
    monkeypatch.setattr(Connection, "is_usual", way == "short")

    async def hasty(send: Send) -> None:
        await send({"type": ANSWER, "text": "hello"})

    recorder = Recorder(framework(CALLING, endpoint=hasty))
    receive, answers = wire([])
    await recorder(
        {"type": "websocket", "path": "/"}, receive, send_to(answers)
    )

    assert answers == [{"type": ANSWER, "text": "hello"}]
    assert recorder.journal.line_up()[1].source == "hasty#1"


@pytest.mark.parametrize("headers", [[], [(b"user-agent", b"Mozilla/5.0")]])
def test_frames_of_programs_and_of_browsers_go_the_short_way(
    headers: list[tuple[bytes, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = taken_ways(monkeypatch, frames, "received", "sent")

    _, events = recorded(echo, client=("10.0.0.1", 7000), headers=headers)

    assert {"received", "sent"} == {*taken}
    assert events[0].source == "browser#1"


def test_what_a_client_has_shown_is_masked_in_frames() -> None:
    shown = [(b"authorization", b"Bearer some-secret")]

    _, events = recorded(echo, headers=shown)

    texts = [event.payload.get("text") for event in events]
    assert texts.count("•••") == 2  # it came, and it was sent
    assert "some-secret" not in texts


def test_what_is_named_as_a_secret_is_masked_in_frames() -> None:
    _, events = recorded(echo)

    assert "seven" not in repr([event.payload for event in events])


async def test_what_came_while_secrets_were_shown_stays_shown() -> None:
    recorder = Recorder(echo)
    receive, answers = wire([{"text": "password=seven"}])
    scope = {"type": "websocket", "path": "/", "headers": []}

    with secrets_shown():
        await recorder(scope, receive, send_to(answers))

    texts = [e.payload.get("text") for e in recorder.journal.line_up()]
    assert texts.count("password=seven") == 2


class Pings:
    """A middleware that answers pings itself, and looks at each event."""

    def __init__(self, application: ASGIApp) -> None:
        self.application = application

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        async def past_pings() -> Message:
            while (event := await receive()).get("text") == "ping":
                await send({"type": ANSWER, "text": "pong"})
            return event

        await self.application(scope, past_pings, send)


class LooksInTasks:
    """A middleware that looks at each event in a task of its own."""

    def __init__(self, application: ASGIApp) -> None:
        self.application = application

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        async def looked_at() -> Message:
            event = await receive()
            assert event["type"]
            return event

        async def by_a_task() -> Message:
            return await asyncio.create_task(looked_at())

        await self.application(scope, by_a_task, send)


def test_what_answers_a_frame_is_known_though_a_task_has_looked_at_it() -> None:
    _, events = recorded(LooksInTasks(Echo.as_asgi()), frames=FRAMES[:2])

    came = {e.seq: e.payload["text"] for e in events if e.type == RECEIVED}
    answers = [event for event in events if event.type == ANSWER]
    assert [came[event.cause or 0] for event in answers] == [
        "hello",
        "some-secret",
    ]


@pytest.mark.parametrize("wrap", [Pings, lambda app: app], ids=["behind", ""])
def test_what_answers_a_frame_is_known_behind_a_middleware(
    wrap: Callable[[ASGIApp], ASGIApp],
) -> None:
    texts = ["a", "ping", "b"]
    _, events = recorded(
        wrap(Echo.as_asgi()), frames=[{"text": text} for text in texts]
    )

    came = {e.seq: e.payload["text"] for e in events if e.type == RECEIVED}
    answers = [event for event in events if event.type == ANSWER]
    assert [came[event.cause or 0] for event in answers] == texts


class PumpsFrames(Echo):
    """A consumer whose task does what others have a handler do."""

    async def websocket_connect(self, message: Message) -> None:
        self.frames: asyncio.Queue[Message] = asyncio.Queue()
        self.pumping = asyncio.create_task(self.pump())
        await super().websocket_connect(message)

    async def pump(self) -> None:
        while True:
            frame = await self.frames.get()
            await self.send(text_data=frame["text"])
            self.frames.task_done()

    async def websocket_receive(self, message: Message) -> None:
        self.frames.put_nowait(message)

    async def disconnect(self, code: int) -> None:
        await self.frames.join()
        self.pumping.cancel()


def test_what_a_task_answers_that_reads_a_consumers_frames_is_known() -> None:
    texts = list("abcdefghij")
    _, events = recorded(
        PumpsFrames.as_asgi(), frames=[{"text": text} for text in texts]
    )

    came = {e.seq: e.payload["text"] for e in events if e.type == RECEIVED}
    answers = [event for event in events if event.type == ANSWER]
    assert [came[event.cause or 0] for event in answers] == texts


async def test_the_oldest_frames_are_left_out() -> None:
    recorder = Recorder(echo, Journal(kept=50))
    receive, answers = wire([{"text": f"{n}"} for n in range(200)])
    await recorder(
        {"type": "websocket", "path": "/"}, receive, send_to(answers)
    )

    kept = [e.payload.get("text") for e in recorder.journal.line_up()]
    assert kept[-3:] == ["199", "199", None]
    # What said that somebody was there was let go when he had left.
    assert (len(recorder.journal), recorder.journal.left_out) == (48, 355)


async def test_settle_waits_until_a_frame_is_handled() -> None:
    handling, goes_on = asyncio.Event(), asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] == RECEIVED:
            if event["text"] == "last":
                handling.set()
                await goes_on.wait()

    frames = [{"text": "first"}, {"text": "last"}]
    receive, answers = wire(frames)
    ends = asyncio.Event()

    async def receive_all() -> Message:
        if handling.is_set():
            await ends.wait()
        return await receive()

    recorder = Recorder(slow)
    recorder.settling.start(asyncio.get_running_loop())
    running = asyncio.create_task(
        recorder({"type": "websocket"}, receive_all, send_to(answers))
    )
    await handling.wait()
    with pytest.raises(TimeoutError, match="at work on"):
        await recorder.settling.wait(0)
    waiting = asyncio.create_task(recorder.settling.wait(10))
    await asyncio.sleep(0)
    goes_on.set()
    await waiting

    ends.set()
    await running


async def test_two_tasks_may_wait_for_the_next_frame() -> None:
    came: list[str] = []

    async def shared(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        came.append((await receive())["text"])  # by the long way

        async def read() -> None:
            while (event := await receive())["type"] == RECEIVED:
                came.append(event["text"])

        await asyncio.gather(read(), read())

    events: list[Message] = [{"type": "websocket.connect"}]
    events += [{"type": RECEIVED, "text": text} for text in "abc"]
    events += [{"type": "websocket.disconnect"}]

    async def receive() -> Message:
        await asyncio.sleep(0)
        return events.pop(0) if len(events) > 1 else events[0]

    recorder = Recorder(shared)
    await recorder({"type": "websocket"}, receive, send_to([]))

    assert sorted(came) == ["a", "b", "c"]
    texts = [e.payload.get("text") for e in recorder.journal.line_up()]
    assert sorted(filter(None, texts)) == ["a", "b", "c"]
