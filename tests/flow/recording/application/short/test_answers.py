"""The short way of an answer: it writes down what the long way does."""

import asyncio
import contextlib
from contextvars import Context, copy_context
from typing import Any

import pytest

from minichannels.flow import Journal, Recorder
from minichannels.flow.recording.application.causes import CAUSE, CURRENT
from minichannels.flow.recording.application.short import answers
from minichannels.types import OBSERVER, Message, Receive, Scope, Send
from support.responses import (
    BODY,
    ENDINGS,
    OTHERS,
    SENT,
    SHOWN,
    START,
    TEXT,
    USUAL,
    body,
    recorded,
    site,
    start,
)
from support.short_ways import taken_ways


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


async def test_what_is_collected_as_garbage_while_it_sends_the_last() -> None:
    """In whose context that is, says nobody."""

    async def send(message: Message) -> None:
        if message["type"] == BODY:
            await asyncio.get_running_loop().create_future()

    recorder = Recorder(site(USUAL[0]), folds_bodies=True)
    running: Any = recorder(request("/"), receive_nothing, send)
    context = copy_context()
    for _ in USUAL[0]:  # it pauses after each
        context.run(running.send, None)

    running.close()

    assert (CURRENT.get(), OBSERVER.get()) == (None, None)
    assert recorder.unfinished() == []


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


def test_names_of_headers_are_remembered_so_far(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(answers, "_NAMES", 0)
    sent = [start((b"x-never-said", b"1")), body()]
    taken = taken_ways(monkeypatch, answers, "begins", "ends")

    recorded(site(sent))

    assert taken == ["begins", "ends"]
    assert b"x-never-said" not in answers._plain
