"""Requests that are filled in once somebody asks: nobody sees a difference."""

import asyncio
import contextlib
import gc
from collections.abc import Awaitable, Callable
from contextvars import Context, copy_context
from pathlib import Path
from threading import Event as ThreadEvent
from threading import Thread
from typing import Any
from weakref import ref

import pytest
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from minichannels.flow import Journal, Recorder, record
from minichannels.flow.journal.journal import KEPT_BYTES
from minichannels.flow.journal.masking import secrets_shown
from minichannels.flow.recording.application import naming
from minichannels.flow.recording.application.causes import CURRENT
from minichannels.flow.recording.application.connection import Connection
from minichannels.flow.recording.application.recorder import GONE
from minichannels.flow.recording.application.short.deferred import (
    Deferred,
    filled,
)
from minichannels.flow.recording.application.short.told import Start
from minichannels.flow.recording.calls import calls
from minichannels.generic.http import AsyncHttpConsumer
from minichannels.types import OBSERVER, ASGIApp, Message, Receive, Scope, Send
from support.libraries import framework
from support.responses import (
    BODY,
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


def request(path: str = "/", **more: Any) -> Scope:
    usual = {"type": "http", "path": path, "method": "GET", "headers": []}
    return usual | more


async def nothing() -> Message:
    return {"type": "http.disconnect"}


async def take(message: Message) -> None:
    pass


def untold(journal: Journal) -> list[str]:
    """Return the types of the events of which nobody has asked whose they are.

    To ask so does not ask it.
    """
    entries = journal.since(0)[1]
    return [entry.type for entry in entries if "lane" not in vars(entry)]


async def deferred_by(recorder: Recorder, **scope: Any) -> list[str]:
    await recorder(request(**scope), nothing, take)
    return untold(recorder.journal)


def recording(app: ASGIApp | None = None, kept: int = 100) -> Recorder:
    journal = Journal(kept, calls=calls)
    return Recorder(app or site(USUAL[0]), journal, folds_bodies=True)


# It is told the same


@pytest.mark.parametrize("sent", SENT)
@pytest.mark.parametrize("user", [{}, {"user": "ada"}])
@pytest.mark.parametrize("reads", [0, 1])
def test_the_same_is_written_down(
    sent: list[dict[str, Any]], user: dict[str, str], reads: int
) -> None:
    app = site(sent, reads, **user)
    scope: dict[str, Any] = {
        "query_string": b"token=of-the-address",
        "headers": SHOWN,
        "client": ("127.0.0.1", 50_000),
    }

    later = recorded(app, defers=True, **scope)
    at_once = recorded(app, **scope)

    assert later[:2] == at_once[:2]
    assert [e.ends for e in later[2]] == [e.ends for e in at_once[2]]
    assert [e.lane.moved for e in later[2]] == [
        e.lane.moved for e in at_once[2]
    ]
    assert [e.calls for e in later[1]] == [e.calls for e in at_once[1]]
    assert [e.heads for e in later[1]] == [e.heads for e in at_once[1]]


@pytest.mark.parametrize("fails_at", [START, BODY])
def test_what_did_not_arrive_is_told(fails_at: str) -> None:
    later = recorded(site(USUAL[0]), fails_at, defers=True)

    assert later[:2] == recorded(site(USUAL[0]), fails_at)[:2]
    assert later[1][-1].status == "undelivered"


async def greet(request: Request) -> Response:
    return PlainTextResponse("hello")


class Greeting(HTTPEndpoint):
    async def get(self, request: Request) -> Response:
        return PlainTextResponse("hello")


async def bare(scope: Scope, receive: Receive, send: Send) -> None:
    await send(start(TEXT))
    await send(body())


async def in_a_task(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.create_task(bare(scope, receive, send))


async def at_different_lines(
    scope: Scope, receive: Receive, send: Send
) -> None:
    if scope["path"] == "/":
        await send(start(TEXT))
    else:
        await send(start(TEXT))
    await send(body())


async def raising(scope: Scope, receive: Receive, send: Send) -> None:
    await send(start(TEXT))
    await send(body())
    raise LookupError("behind the answer")


async def returning(scope: Scope, receive: Receive, send: Send) -> None:
    await send(start(TEXT))


class Consumer(AsyncHttpConsumer):
    async def handle(self, body: bytes) -> None:
        await self.send_response(200, b"hello")


async def of_a_consumer(scope: Scope, receive: Receive, send: Send) -> None:
    await bare(scope, receive, send)


of_a_consumer.consumer_class = Consumer  # type: ignore[attr-defined]


class Foreign:
    """As the consumers of others are."""

    @classmethod
    def as_asgi(cls) -> ASGIApp:
        return cls().dispatch

    async def dispatch(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        await bare(scope, receive, send)


async def view(send: Send) -> None:
    await send(start(TEXT))
    await send(body())


AROUND = """
def around(endpoint):
    async def made(scope, receive, send):
        await reply(send, endpoint)

    async def reply(send, _):
        endpoint
        for message in answer:
            await send(message)

    return made

made = around(view)
"""
IN_A_TASK = """
import asyncio

async def made(scope, receive, send):
    await asyncio.create_task(view(send))
"""

APPLICATIONS = [
    Foreign.as_asgi(),
    framework(AROUND, view=view, answer=[start(TEXT), body()]),
    framework(IN_A_TASK, view=view),
    of_a_consumer,
    Starlette(routes=[Route("/{rest:path}", greet)]),
    Starlette(routes=[Route("/{rest:path}", Greeting)]),
    Starlette(routes=[Mount("/", bare)]),
    bare,
    in_a_task,
    at_different_lines,
    raising,
    returning,
    Consumer.as_asgi(),
]


@pytest.mark.parametrize("app", APPLICATIONS)
async def test_who_has_sent_it_from_where_is_told_as_at_once(
    app: ASGIApp,
) -> None:
    async def told(*, defers: bool) -> list[Any]:
        recorder = recording(app)
        if not defers:
            recorder.journal.watch(lambda: None)
        for path in ("/", "/a", "/a"):
            with contextlib.suppress(LookupError):
                await recorder(request(path), nothing, take)
        return [
            (e.application, e.client, e.type, e.payload, e.calls, e.connection)
            for e in recorder.journal.line_up()
        ]

    found = await told(defers=True)
    assert found == await told(defers=False)
    assert len(found) >= 3


async def test_numbers_are_given_in_the_order_of_what_happened() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        scope["endpoint"] = greet if path.startswith("/greet") else view
        await send(start(TEXT, status=404 if path.endswith("404") else 200))
        await send(body())

    recorder = recording(app)
    for path in ("/", "/greet", "/greet/404", "/404", "/greet", "/"):
        await recorder(request(path), nothing, take)

    entries = recorder.journal.since(0)[1]
    found = [e.lane.application for e in reversed(entries)]
    assert found[-1::-2] == [
        *("view#1", "greet#1", "greet#2", "view#2", "greet#3", "view#3")
    ]


async def test_what_fails_when_its_request_is_over_is_told() -> None:
    """Somebody has sent the last in a task, for which nobody waits."""
    refuses, failed = asyncio.Event(), list[BaseException]()

    async def server_send(message: Message) -> None:
        if message["type"] == BODY:
            await refuses.wait()
            raise OSError("gone")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def last() -> None:
            try:
                await send(body())
            except Exception as error:
                failed.append(error)

        await send(start(TEXT))
        tasks.append(asyncio.create_task(last()))
        await asyncio.sleep(0)

    tasks: list[asyncio.Task[None]] = []
    recorder = recording(app)
    await recorder(request(), nothing, server_send)
    refuses.set()
    await tasks[0]

    assert [str(error) for error in failed] == ["gone"]
    assert [e.status for e in recorder.journal.line_up()] == [
        *("delivered", "undelivered")
    ]


# Which ones are deferred


@pytest.mark.parametrize("sent", USUAL)
async def test_usual_requests_are_deferred(sent: list[dict[str, Any]]) -> None:
    assert await deferred_by(recording(site(sent))) == [START, BODY]


@pytest.mark.parametrize("sent", OTHERS)
async def test_others_are_not(sent: list[dict[str, Any]]) -> None:
    recorder = recording(site(sent))
    with contextlib.suppress(Exception):
        await recorder(request(), nothing, take)
    assert untold(recorder.journal) == []


@pytest.mark.parametrize(
    "app",
    [
        Starlette(routes=[Route("/", greet)]),
        Starlette(routes=[Route("/", Greeting)]),
        bare,
    ],
)
async def test_so_are_those_of_frameworks_and_functions(app: ASGIApp) -> None:
    assert await deferred_by(recording(app)) == [START, BODY]


async def test_what_a_consumer_is_asked_is_asked_at_once() -> None:
    assert await deferred_by(recording(of_a_consumer)) == []


@pytest.mark.parametrize(
    "scope",
    [
        {"headers": ()},
        {"headers": [7]},
        {"headers": [("a", "text")]},
        {"peer": "somebody"},
        {"client": ("127.0.0.1", 50_000, 0, 0)},
        {"user": "ada"},
    ],
)
async def test_what_servers_do_not_say_is_asked_at_once(
    scope: dict[str, Any],
) -> None:
    assert await deferred_by(recording(), **scope) == []


async def test_whoever_is_read_is_asked_at_once() -> None:
    assert await deferred_by(recording(site(USUAL[0], reads=1))) == []


async def test_who_logs_in_is_asked_at_once() -> None:
    assert await deferred_by(recording(site(USUAL[0], user="ada"))) == []


async def test_who_logs_in_behind_the_answer_is_known() -> None:
    async def late(scope: Scope, receive: Receive, send: Send) -> None:
        await bare(scope, receive, send)
        scope["user"] = "ada"

    recorder = recording(late)
    await recorder(request(), nothing, take)
    assert {e.user for e in recorder.journal.line_up()} == {"ada"}


async def test_with_a_router_behind_a_route_it_is_asked_at_once() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["endpoint"] = Starlette()
        await bare(scope, receive, send)

    recorder = recording(app)
    assert await deferred_by(recorder) == []
    assert len(recorder.journal) == 2


async def test_what_answers_is_remembered_so_far(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(naming, "REMEMBERED", 1)
    monkeypatch.setattr(naming, "_plain", {})
    for app in (bare, at_different_lines, bare):
        assert await deferred_by(recording(app)) == [START, BODY]
    assert len(naming._plain) == 1


async def test_an_endpoint_that_cannot_be_asked_is_left_alone() -> None:
    class Odd:
        def __getattribute__(self, name: str) -> Any:
            raise LookupError(name)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["endpoint"] = Odd()
        await bare(scope, receive, send)

    recorder = recording(app)
    assert await deferred_by(recorder) == []
    assert len(recorder.journal) == 2


async def test_behind_another_recorder_it_is_asked_at_once() -> None:
    inner = recording()
    await deferred_by(recording(inner))
    assert untold(inner.journal) == []
    assert len(inner.journal) == 2


async def test_where_secrets_are_shown_it_is_asked_at_once() -> None:
    with secrets_shown():
        assert await deferred_by(recording()) == []


async def test_where_a_client_is_expected_it_is_asked_at_once() -> None:
    recorder = recording()
    recorder.expect(("127.0.0.1", 50_000), "ada")
    assert await deferred_by(recorder) == []


async def test_a_client_that_comes_later_is_not_taken_for_it() -> None:
    address = ("127.0.0.1", 50_000)
    recorder = recording()
    await recorder(request(client=address), nothing, take)
    recorder.expect(address, "ada")

    assert {e.client for e in recorder.journal.line_up()} == {"browser#1"}
    await recorder(request(client=address), nothing, take)
    assert recorder.journal.line_up()[-1].client == "ada"


async def test_what_is_saved_is_asked_at_once(tmp_path: Path) -> None:
    with record(site(USUAL[0]), save=tmp_path / "flow.jsonl") as flow:
        assert await deferred_by(flow.app) == []


async def test_who_begins_to_follow_before_the_answer_is_told() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        recorder.journal.watch(lambda: None)
        await bare(scope, receive, send)

    recorder = recording(app)
    assert await deferred_by(recorder) == []
    assert [e.type for e in recorder.journal.line_up()] == [START, BODY]


@pytest.mark.parametrize("first", [START, BODY])
async def test_who_begins_to_follow_in_the_middle_is_told(first: str) -> None:
    heard: list[int] = []

    async def send(message: Message) -> None:
        if message["type"] == first:
            recorder.journal.watch(lambda: heard.append(1))

    recorder = recording()
    await recorder(request(), nothing, send)
    assert bool(heard) == (first == START)
    assert [e.type for e in recorder.journal.line_up()] == [START, BODY]


def test_outside_of_a_task_it_is_asked_at_once() -> None:
    recorder = recording(bare)
    running = recorder(request(), nothing, take)
    with pytest.raises(StopIteration):
        running.send(None)
    assert untold(recorder.journal) == []
    assert len(recorder.journal) == 2


# Who asks


async def in_the_middle(
    ask: Callable[[Recorder], Awaitable[None]], after: str
) -> list[str]:
    """Return what is told if somebody asks as soon as something was sent."""

    async def send(message: Message) -> None:
        if message["type"] == after:
            await ask(recorder)

    recorder = recording()
    await recorder(request(), nothing, send)
    return [event.type for event in recorder.journal.line_up()]


async def ask_here(recorder: Recorder) -> None:
    recorder.journal.line_up()


async def ask_in_a_thread(recorder: Recorder) -> None:
    await asyncio.to_thread(recorder.journal.line_up)


async def ask_for_what_is_unfinished(recorder: Recorder) -> None:
    assert recorder.unfinished() == []


@pytest.mark.parametrize(
    "ask", [ask_here, ask_in_a_thread, ask_for_what_is_unfinished]
)
@pytest.mark.parametrize("after", [START, BODY])
async def test_whoever_asks_in_the_middle_is_told(
    ask: Callable[[Recorder], Awaitable[None]], after: str
) -> None:
    assert await in_the_middle(ask, after) == [START, BODY]


@pytest.mark.parametrize("at", [3, 4])
async def test_whoever_asks_while_something_is_noted_is_told(at: int) -> None:
    """As another thread may: here it is who asks for the time."""
    asked = 0

    def clock() -> float:
        nonlocal asked
        asked += 1
        if asked == at:
            filled(CURRENT.get())
        return float(asked)

    recorder = Recorder(bare, Journal(clock=clock), folds_bodies=True)
    await recorder(request(), nothing, take)

    first, last = recorder.journal.line_up()
    assert (first.type, last.type) == (START, BODY)
    assert first.payload.keys() == {"method", "path", "status"}
    assert last.payload.keys() == {"body"}
    assert first.application == last.application == "bare#1"
    assert recorder.journal.since(0)[1][0].lane.moved == 2
    assert not recorder.journal.since(0)[1][0].lane.open


async def test_whoever_asks_just_at_the_end_is_told() -> None:
    asked: list[Any] = []

    class Asking(dict[str, Any]):
        asks: Any = None

        def get(self, key: str, default: Any = None) -> Any:
            if self.asks is not None and CURRENT.get() is None:
                asks, self.asks = self.asks, None
                asked.append(filled(asks))
            return super().get(key, default)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await bare(scope, receive, send)
        asking.asks = CURRENT.get()

    recorder = recording(app)
    asking = Asking(request())
    await recorder(asking, nothing, take)

    assert [e.type for e in recorder.journal.line_up()] == [START, BODY]
    assert not recorder.journal.since(0)[1][0].lane.open
    assert [type(each) for each in asked] == [Connection]
    recorder.add_task_crash(LookupError("somewhere"))
    assert recorder.journal.line_up()[-1].type == "LookupError"


async def test_a_request_of_which_nothing_is_heard_is_told() -> None:
    times = iter([0.0, 10.0, 20.0, 30.0, 31.0, 32.0, 33.0])

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        recorder.note_unheard(15)  # at 20
        recorder.note_unheard(15)  # at 30

    journal = Journal(clock=lambda: next(times))
    recorder = Recorder(app, journal, folds_bodies=True)
    await recorder(request("/waits"), nothing, take)

    first, last = journal.line_up()
    assert (first.type, first.reason, first.at) == (
        "http.request",
        "not read",
        10.0,
    )
    assert last.kind == "return"


async def test_many_threads_may_ask_while_requests_come() -> None:
    """None of them is lost, told of twice, or told of in another order."""
    recorder = recording(Starlette(routes=[Route("/", greet)]), kept=10_000)
    stop, failed = ThreadEvent(), list[BaseException]()

    def ask() -> None:
        try:
            while not stop.is_set():
                recorder.journal.line_up()
        except BaseException as error:
            failed.append(error)

    threads = [Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        await asyncio.gather(
            *(recorder(request(), nothing, take) for _ in range(30))
        )
    stop.set()
    for thread in threads:
        thread.join()

    found = recorder.journal.line_up()
    assert failed == []
    assert [e.type for e in found] == [START, BODY] * 300
    assert {e.application.partition("#")[0] for e in found} == {"greet"}
    assert len({e.application for e in found}) == 300
    assert sum(entry.lane.open for entry in recorder.journal.since(0)[1]) == 0


@pytest.mark.parametrize("after", [START, BODY])
async def test_who_finds_a_connection_finds_all_of_it(after: str) -> None:
    """In the middle of filling it in, another thread finds none so far."""
    found: list[type[Any]] = []

    class Watched(Recorder):
        def fill(self, known: Any, place: Any) -> None:
            super().fill(known, place)
            found.append(type(known))

    async def send(message: Message) -> None:
        if message["type"] == after:
            recorder.unfinished()

    recorder = Watched(bare, Journal(), folds_bodies=True)
    await recorder(request(), nothing, send)
    assert found == [Deferred]
    assert len(recorder.journal.line_up()) == 2


async def test_who_sends_while_one_is_filled_in_waits_for_all_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads: list[Thread] = []
    belongs = Start.belongs

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        def belongs_at_last(self: Start, place: Any) -> None:
            again = {"type": BODY, "body": b"again"}
            threads.append(Thread(target=lambda: asyncio.run(sends(again))))
            threads[0].start()
            threads[0].join(0.1)  # it waits for what is done here
            belongs(self, place)

        async def sends(message: Message) -> None:
            await send(message)

        await bare(scope, receive, send)
        monkeypatch.setattr(Start, "belongs", belongs_at_last)
        filled(CURRENT.get())
        threads[0].join()

    recorder = recording(app)
    await recorder(request(), nothing, take)

    found = recorder.journal.line_up()
    assert [event.type for event in found] == [START, BODY, BODY]


async def test_one_leads_to_all_that_a_connection_has() -> None:
    """By its class: with a ``__getattr__`` all else would take longer."""
    known = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        known.append(CURRENT.get())
        await bare(scope, receive, send)

    recorder = recording(app)
    await recorder(request(), nothing, take)
    kept = {*vars(known[0]), *dir(Deferred)}
    connection: Any = filled(known[0])

    has = {name for name in vars(connection) if not name.startswith("_")}
    assert has | {*dir(Connection)} <= kept


async def test_two_may_ask_of_one_event_at_once() -> None:
    recorder = recording()
    await recorder(request(), nothing, take)
    entry: Any = recorder.journal.since(0)[1][0]
    lane = entry.lane
    entry.settle()
    assert entry.lane is lane


async def test_an_event_has_nothing_else_to_be_asked_for() -> None:
    recorder = recording()
    await recorder(request(), nothing, take)
    entry: Any = recorder.journal.since(0)[1][0]
    with pytest.raises(AttributeError, match="colour"):
        _ = entry.colour
    assert untold(recorder.journal) == [START, BODY]


async def found_in(look: Callable[[Any], Any]) -> Any:
    """Return what is found at the connection, while it is deferred."""
    found: list[Any] = []

    async def send(message: Message) -> None:
        if message["type"] == START:
            found.append(look(CURRENT.get()))

    await recording()(request(), nothing, send)
    return found[0]


async def test_who_asks_for_a_method_of_python_asks_nothing() -> None:
    found = await found_in(lambda it: (hasattr(it, "__len__"), type(it)))
    assert found == (False, Deferred)


async def test_who_asks_for_more_has_a_connection() -> None:
    found = await found_in(lambda it: (it.lane.application, type(it)))
    assert found == ("answer#1", Connection)


# What is held


class Held:
    pass


async def test_nothing_of_the_applications_is_held() -> None:
    held: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"]["one"] = one = Held()
        scope["other"] = other = Held()
        held.extend([ref(one), ref(other), ref(asyncio.current_task())])
        await bare(scope, receive, send)

    recorder = recording(app)
    scope = request(state={})
    await asyncio.create_task(recorder(scope, nothing, take))
    await asyncio.sleep(0)  # until asyncio has let go of the task
    del scope

    assert [found() for found in held] == [None] * 3
    assert untold(recorder.journal) == [START, BODY]


@pytest.mark.parametrize("fails_at", [START, BODY, ""])
async def test_nor_if_it_was_filled_in(fails_at: str) -> None:
    held: list[Any] = []

    async def server_send(message: Message) -> None:
        if message["type"] == fails_at:
            raise OSError("gone")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"]["one"] = one = Held()
        held.append(ref(one))
        # As a task that goes on when its request is over.
        contexts.append(copy_context())
        with contextlib.suppress(OSError):
            await bare(scope, receive, send)
        filled(CURRENT.get())

    contexts: list[Context] = []
    recorder = recording(app)
    scope = request(state={})
    await asyncio.create_task(recorder(scope, nothing, server_send))
    await asyncio.sleep(0)  # until asyncio has let go of the task
    del scope
    gc.collect()  # an error and the calls that it came through are a circle

    assert held[0]() is None
    assert untold(recorder.journal) == []  # of whom nobody has asked


async def test_a_request_and_its_events_hold_each_other_not() -> None:
    recorder = recording(kept=2)
    gc.collect()
    gc.disable()
    try:
        await recorder(request(), nothing, take)
        first = [ref(entry) for entry in recorder.journal.since(0)[1]]
        await recorder(request(), nothing, take)
        assert len(recorder.journal) == 2
        assert [found() for found in first] == [None, None]
    finally:
        gc.enable()


async def test_a_long_address_takes_room() -> None:
    kept = KEPT_BYTES // 3_000_000
    recorder = recording(kept=10_000)
    for _ in range(2 * kept):
        scope = request("/" + 2_000_000 * "a", query_string=b"b" * 1_000_000)
        await recorder(scope, nothing, take)
    assert untold(recorder.journal).count(START) == kept


async def test_headers_are_those_that_were_asked_with() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["headers"].append((b"cookie", b"sid=one-of-two"))
        scope["path"] = "/other"
        await send(start(TEXT))
        await send(body(b"shown: one-of-two"))

    recorder = recording(app)
    await recorder(request("/asked"), nothing, take)

    first, last = recorder.journal.line_up()
    assert first.payload["path"] == "/asked"
    assert last.payload["body"] == b"shown: one-of-two"


# What goes on


async def test_what_a_server_begins_with_the_last_holds_no_connection() -> None:
    begun: list[Context] = []

    async def send(message: Message) -> None:
        begun.append(copy_context())

    recorder = recording()
    await recorder(request(), nothing, send)

    first, last = begun
    assert type(first[CURRENT]) is Deferred
    assert [last[CURRENT], last[OBSERVER]] == [None] * 2
    assert untold(recorder.journal) == [START, BODY]


async def test_one_may_answer_what_another_one_is_asked() -> None:
    async def told(*, defers: bool) -> list[Any]:
        waiting: list[Any] = []

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["path"] == "/waits":
                answered = asyncio.Event()
                scope["endpoint"] = view
                waiting.extend([send, answered])
                await answered.wait()
            else:
                await view(waiting[0])
                waiting[1].set()
                await bare(scope, receive, send)

        recorder = recording(app)
        if not defers:
            recorder.journal.watch(lambda: None)
        first = asyncio.create_task(recorder(request("/waits"), nothing, take))
        await asyncio.sleep(0)
        await asyncio.create_task(recorder(request("/tells"), nothing, take))
        await first
        return [
            (e.connection, e.sender, e.type, e.cause is None, e.begun_in)
            for e in recorder.journal.line_up()
        ]

    found = await told(defers=True)
    assert found == await told(defers=False)
    assert {sender for _, sender, *_ in found} == {"", "app#2"}


async def test_an_error_of_a_task_shows_no_secret_of_who_came() -> None:
    recorder = recording()
    await recorder(request(headers=SHOWN), nothing, take)
    recorder.add_task_crash(LookupError("it was one-of-two"))
    assert "one-of-two" not in repr(recorder.journal.line_up())


async def test_nor_if_many_have_come_since_who_show_none() -> None:
    recorder = recording()
    await recorder(request(headers=SHOWN), nothing, take)
    for number in range(4 * GONE):  # each of them twice
        client = ("127.0.0.1", number // 2)
        await recorder(request(client=client), nothing, take)
    recorder.add_task_crash(LookupError("it was one-of-two"))
    assert "one-of-two" not in repr(recorder.journal.line_up())


async def test_what_goes_on_belongs_where_its_request_was_found() -> None:
    """Somebody has asked of the request when it was over, and the task then."""
    goes_on, known = asyncio.Event(), list[Any]()

    async def later() -> None:
        await goes_on.wait()
        known.append(CURRENT.get())

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        tasks.append(asyncio.create_task(later()))
        await bare(scope, receive, send)

    tasks: list[asyncio.Task[None]] = []
    recorder = recording(app)
    await recorder(request(), nothing, take)
    lane = recorder.journal.since(0)[1][0].lane
    goes_on.set()
    await tasks[0]

    assert type(known[0]) is Deferred
    assert known[0].last == recorder.journal.since(0)[1][1].id
    assert known[0].lane is lane
    assert (lane.moved, lane.open, lane.application) == (2, False, "app#1")


async def test_a_consumer_finds_whom_it_reports_to() -> None:
    async def routing(scope: Scope, receive: Receive, send: Send) -> None:
        await Consumer.as_asgi()(scope, receive, send)

    recorder = recording(routing)
    events = [{"type": "http.request", "body": b""}]

    async def receive() -> Message:
        return events.pop(0)

    await recorder(request(), receive, take)
    named = {e.application for e in recorder.journal.line_up()}
    assert named == {"Consumer#1"}


async def open_request(
    journal: Journal, before: Callable[[], Any], after: Callable[[], Any]
) -> None:
    """Have many requests come, and go, while another one is open.

    Args:
        journal: of all of them; it has less room.
        before: is called before they come, while that one is open.
        after: is called when they have come, while it still is.
    """
    others = Recorder(site(USUAL[0]), journal, folds_bodies=True)

    async def send(message: Message) -> None:
        if message["type"] == START:
            before()
            for _ in range(5):
                coming = others(request("/other"), nothing, take)
                # Not as a part of it.
                await Context().run(asyncio.create_task, coming)
            after()

    slow = Recorder(bare, journal, folds_bodies=True)
    await slow(request("/slow"), nothing, send)
    for _ in range(2):
        await others(request("/other"), nothing, take)


@pytest.mark.parametrize("asks", ["", "before", "after"])
async def test_a_request_that_is_open_is_not_forgotten(asks: str) -> None:
    journal: Any = Journal(kept=4)
    known: list[Any] = []

    def before() -> None:
        if asks == "before":
            journal.line_up()

    def after() -> None:
        known.append(untold(journal))
        if asks:
            known.append([e.payload.get("path") for e in journal.line_up()])

    await open_request(journal, before, after)

    assert known[0][-3:] == [BODY, START, BODY]
    assert "/slow" in known[-1] or not asks
    assert len(journal) == 4
    assert "/slow" not in [e.payload.get("path") for e in journal.since(0)[1]]
    assert not list(journal._kept._facts)
