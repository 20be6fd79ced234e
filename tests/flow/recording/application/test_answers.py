"""The short way of an answer: it writes down what the long way does."""

import asyncio
import contextlib
from contextvars import Context, copy_context
from dataclasses import replace
from typing import Any

import pytest

from minichannels.flow import Journal, Recorder
from minichannels.flow.journal.events import Entry, Event
from minichannels.flow.journal.keeping import HEAVY
from minichannels.flow.recording.application import answers
from minichannels.flow.recording.application.causes import CAUSE, CURRENT
from minichannels.flow.recording.calls import calls
from minichannels.types import OBSERVER, ASGIApp, Message, Receive, Scope, Send
from support.layers import fresh_layer
from support.short_ways import taken_ways

START, BODY = "http.response.start", "http.response.body"
TEXT = (b"content-type", b"text/plain; charset=utf-8")


def start(*headers: Any, status: Any = 200, **more: Any) -> dict[str, Any]:
    return {"type": START, "status": status, "headers": [*headers], **more}


def body(text: Any = b"hello", **more: Any) -> dict[str, Any]:
    return {"type": BODY, "body": text, **more}


class Text(bytes):
    __slots__ = ()


WEB_TOKEN = b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzZXZlbiJ9.c2V2ZW4"
"""A secret that is known by its look, with none of the usual signs in it."""

USUAL: list[list[dict[str, Any]]] = [
    [start(TEXT), body()],
    [start(), body(b"")],
    [start(TEXT, (b"Content-Type", b"image/png")), body(b"\x89PNG")],
    [start(TEXT, status=304), body(more_body=False)],
    [start(TEXT), body(b'{"password": "seven", "said": "hi"}')],
    [start(TEXT), body(b"a=1&token=seven")],
    [start(TEXT), body(WEB_TOKEN)],
    [start(TEXT), body(b"Bearer seven-0123456789")],
    [start(), body(b"\x81\xa5token\xa5seven")],
    [start(TEXT), body(b"shown: one-of-two")],
    [start(TEXT), body(b"x" * HEAVY)],
    [start([b"x-as", b"a list"]), body()],
]
"""What goes the short way."""

OTHERS: list[list[dict[str, Any]]] = [
    [start(TEXT, status=404), body()],
    [start(TEXT, status=500), body()],
    [start(TEXT, status=101), body()],
    [start(TEXT, status="200"), body()],
    [start(TEXT, status=True), body()],
    [start((b"set-cookie", b"sid=0123456789abcdef")), body()],
    [start((b"content-encoding", b"br")), body()],
    [start((b"content-type", b"Text/Event-Stream")), body(b"data: 1\n\n")],
    [start(("content-type", "text/plain")), body()],
    [start((b"content-type",)), body()],
    [start(b"7"), body()],
    [start(7), body()],
    [start(TEXT, trailers=False), body()],
    [{"type": START, "status": 200}, body()],
    [{"type": START, "status": 200, "more": 1}, body()],
    [{"type": START, "status": 200, "headers": (TEXT,)}, body()],
    [{"type": START, "headers": [TEXT], "x": 1}, body()],
    [body()],
]
"""What goes the long way from its beginning."""

ENDINGS: list[list[dict[str, Any]]] = [
    [body(more_body=True), body(b" world"), body(b"!", more_body=False)],
    [body(more_body=True), body(b"", more_body=False)],
    [body(b"x" * (HEAVY + 1))],
    [body(Text(b"of another class"))],
    [body("no bytes")],
    [body(more=1)],
    [{"type": BODY}],
    [start(), body()],
    [{"type": "http.response.debug", "info": {}}, body()],
    [body(), body(b"once more")],
    [],
]
"""How a response goes on that began the short way."""

SENT = [*USUAL, *OTHERS, *([start(TEXT), *ending] for ending in ENDINGS)]


def site(sent: list[dict[str, Any]], reads: int = 0, **user: Any) -> ASGIApp:
    """Return an application that reads so often, and then sends all that."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(reads):
            await receive()
        scope.update(user)
        for message in sent:
            await send(message)
            await asyncio.sleep(0)

    return answer


COMING: list[dict[str, Any]] = [
    {"type": "http.request", "body": b"a", "more_body": True},
    {"type": "http.request", "body": b"b", "more_body": False},
    {"type": "http.disconnect"},
]

SHOWN = [(b"cookie", b"sid=one-of-two"), (b"host", b"localhost")]


def recorded(
    app: ASGIApp, fails_at: str = "", **scope: Any
) -> tuple[list[Message], list[Event], list[Entry]]:
    """Return what a server is sent, and what of it is written down."""
    recorder = Recorder(app, folds_bodies=True)
    recorder.journal.calls = calls
    coming = iter([dict(event) for event in COMING])
    taken: list[Message] = []

    async def receive() -> Message:
        await asyncio.sleep(0)
        return next(coming)

    async def send(message: Message) -> None:
        if message.get("type") == fails_at:
            raise OSError("gone")
        taken.append(message)

    async def run() -> None:
        full = {"type": "http", "path": "/a", "method": "GET", "headers": []}
        try:
            await recorder({**full, **scope}, receive, send)
        except OSError as error:
            taken.append({"raised": str(error)})

    with fresh_layer():
        asyncio.run(run())
    events = recorder.journal.line_up()
    first = min([event.arrival for event in events], default=0)
    _, entries = recorder.journal.since(0)
    return (
        taken,
        [
            replace(
                event,
                at=None,
                ran=None,
                waited=event.waited is not None,
                arrival=event.arrival - first,
            )
            for event in events
        ],
        entries,
    )


def without_a_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    for way in ("begins", "ends"):
        monkeypatch.setattr(answers, way, lambda *given: None)


@pytest.mark.parametrize("sent", SENT)
@pytest.mark.parametrize("reads", [0, 1, 2, 3])
def test_both_ways_write_down_the_same(
    sent: list[dict[str, Any]], reads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = site(sent, reads, user="ada")
    scope: dict[str, Any] = {
        "query_string": b"token=of-the-address",
        "headers": SHOWN,
    }

    short = recorded(app, **scope)
    without_a_short_way(monkeypatch)
    long = recorded(app, **scope)

    assert short[:2] == long[:2]
    weighed = [[(e.size, e.ends) for e in way[2]] for way in (short, long)]
    assert weighed[0] == weighed[1]
    assert [e.calls for e in short[1]] == [e.calls for e in long[1]]
    assert [e.heads for e in short[1]] == [e.heads for e in long[1]]
    kept = repr([event.payload for event in short[1]])
    assert not [
        secret
        for secret in ("of-the-address", "one-of-two", "seven", "eyJ")
        if secret in kept
    ]


@pytest.mark.parametrize("fails_at", [START, BODY])
def test_both_ways_say_what_did_not_arrive(
    fails_at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = recorded(site(USUAL[0]), fails_at)
    without_a_short_way(monkeypatch)

    assert short[:2] == recorded(site(USUAL[0]), fails_at)[:2]
    assert short[1][-1].status == "undelivered"


def test_a_body_that_was_not_all_there_is_told_of_before_the_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The request goes on to come while it is answered."""

    async def hasty(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start(TEXT))
        await receive()
        await send(body())
        await receive()

    short = recorded(hasty)
    without_a_short_way(monkeypatch)

    assert short[:2] == recorded(hasty)[:2]


@pytest.mark.parametrize("sent", USUAL)
@pytest.mark.parametrize("reads", [0, 2])
def test_usual_answers_go_the_short_way(
    sent: list[dict[str, Any]], reads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = taken_ways(monkeypatch, answers, "begins", "ends")

    recorded(site(sent, reads), headers=SHOWN)

    assert taken == ["begins", "ends"]


@pytest.mark.parametrize("sent", OTHERS)
@pytest.mark.parametrize("reads", [0, 2])
def test_other_answers_go_the_long_way(
    sent: list[dict[str, Any]], reads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = taken_ways(monkeypatch, answers, "begins", "ends")

    recorded(site(sent, reads))

    assert taken == []


@pytest.mark.parametrize("sent", ENDINGS)
def test_how_an_answer_may_go_on_the_long_way(
    sent: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = taken_ways(monkeypatch, answers, "begins", "ends")

    recorded(site([start(TEXT), *sent]))

    assert taken[:1] == ["begins"]
    assert taken.count("ends") == (sent[:1] == [body()])


def test_who_was_told_of_the_end_is_asked_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken = taken_ways(monkeypatch, answers, "begins", "ends")

    recorded(site(USUAL[0], reads=3))

    assert taken == []


def request(path: str) -> Scope:
    return {"type": "http", "path": path, "method": "GET", "headers": []}


async def receive_nothing() -> Message:
    return {"type": "http.disconnect"}


async def take(message: Message) -> None:
    pass


async def test_a_request_that_is_open_is_not_forgotten() -> None:
    """Its answer began long ago, and nothing else has said that it is there."""
    journal = Journal(kept=8)
    others = Recorder(site(USUAL[0]), journal, folds_bodies=True)
    paths: list[Any] = []

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start(TEXT))
        for _ in range(8):
            await others(request("/other"), receive, take)
        paths.extend(e.payload.get("path") for e in journal.since(0)[1])
        await send(body())

    recorder = Recorder(slow, journal, folds_bodies=True)
    await recorder(request("/slow"), receive_nothing, take)
    await others(request("/other"), receive_nothing, take)

    assert (paths[0], len(paths)) == ("/slow", 8)
    assert len(journal) == 8
    assert "/slow" not in [e.payload.get("path") for e in journal.since(0)[1]]


@pytest.mark.parametrize("sent", [USUAL[0], OTHERS[0]])
async def test_what_a_server_begins_with_the_last_holds_no_connection(
    sent: list[dict[str, Any]],
) -> None:
    """As the time that an idle socket has, which goes on when all is over."""
    begun: list[Context] = []

    async def send(message: Message) -> None:
        begun.append(copy_context())

    recorder = Recorder(site(sent), folds_bodies=True)
    await recorder(request("/"), receive_nothing, send)

    first, last = begun
    assert first[CURRENT] is not None
    assert [last[CURRENT], last[CAUSE], last[OBSERVER]] == [None] * 3


@pytest.mark.parametrize("fails_at", ["", BODY])
async def test_who_has_sent_the_last_is_known_as_before(fails_at: str) -> None:
    known: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start(TEXT))
        known.append((CURRENT.get(), OBSERVER.get()))
        with contextlib.suppress(OSError):
            await send(body())
        known.append((CURRENT.get(), OBSERVER.get()))

    async def send(message: Message) -> None:
        if message["type"] == fails_at:
            raise OSError("gone")

    await Recorder(app, folds_bodies=True)(request("/"), receive_nothing, send)

    assert known[0] == known[1]
    assert known[0][0].lane.client == "browser#1"
