"""Tasks that run on though their connections are over."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from minichannels.flow import Flow, Journal
from minichannels.flow.recording.application.recorder import Recorder
from minichannels.flow.recording.calls import calls
from minichannels.flow.recording.tasks import FailedTasks
from minichannels.flow.remaining import RemainingTasks
from minichannels.testing import WebsocketCommunicator
from minichannels.types import Receive, Scope, Send
from support.limit import LIMIT
from support.loops import threads_taking_turns_often

Begin = Callable[[Coroutine[Any, Any, Any]], asyncio.Task[Any]]


class Watched:
    """A recorder whose application begins a task for each client."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.told = asyncio.Semaphore(0)
        self.kept: list[asyncio.Task[Any]] = []
        self.recorder = Recorder(self.app, Journal(calls=calls))
        self.remaining = RemainingTasks(self.note, patience=0)

    def note(self, *what: Any) -> None:
        self.recorder.note_remaining(*what)
        self.told.release()

    async def pump(self) -> None:
        await self.stop.wait()

    async def ends(self) -> None:
        pass

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        begin = asyncio.create_task
        match scope["path"]:
            case "/pump":
                self.kept.append(begin(self.pump()))
            case "/namesake":
                self.kept.append(begin(pump(self.stop)))
            case "/ends":
                self.kept += begin(self.ends()), begin(self.ends())
            case "/library":
                self.kept.append(begin(self.stop.wait()))
        await receive()

    async def visit(self, path: str) -> None:
        client = WebsocketCommunicator(self.recorder, path)
        await client.connect(LIMIT)
        await client.disconnect()

    def seen(self) -> list[tuple[str, str]]:
        events = self.recorder.journal.line_up()
        return [(e.type, e.member) for e in events if e.kind == "task"]


async def pump(stop: asyncio.Event) -> None:
    """Have the name of a method of the above, and be another function."""
    await stop.wait()


@pytest.fixture
async def watched() -> AsyncIterator[Watched]:
    watched, loop = Watched(), asyncio.get_running_loop()
    former = loop.get_task_factory()
    loop.set_task_factory(FailedTasks(note=watched.remaining.note))
    yield watched
    loop.set_task_factory(former)
    watched.stop.set()
    await asyncio.gather(*watched.kept)


async def told(watched: Watched) -> None:
    async with asyncio.timeout(LIMIT):
        await watched.told.acquire()


async def test_tasks_that_connections_leave_behind_are_told_of(
    watched: Watched,
) -> None:
    for _ in range(3):
        await watched.visit("/pump")
    await told(watched)
    await told(watched)

    assert watched.seen() == [
        ("pump", "2 connections that are over"),
        ("pump", "3 connections that are over"),
    ]
    events = watched.recorder.journal.line_up()
    first = next(e for e in events if e.kind == "task")
    (file, _, function), *_ = first.calls
    assert (file, function) == (__file__, "pump")
    cause = next(e for e in events if e.seq == first.begun_in)
    assert cause.type == "websocket.connect"


async def test_tasks_that_end_or_are_a_librarys_are_not_told_of(
    watched: Watched,
) -> None:
    watched.recorder.journal.calls = None
    for path in ("/ends", "/library") * 2 + ("/pump",) * 2:
        await watched.visit(path)
    await told(watched)

    assert watched.seen() == [("pump", "2 connections that are over")]
    text = str(Flow(watched.recorder.journal))
    assert "pump() still runs, of 2" in text
    assert "begun in" in text


async def test_functions_of_one_name_are_not_taken_for_one(
    watched: Watched,
) -> None:
    for path in ("/pump", "/namesake", "/pump"):
        await watched.visit(path)
    await told(watched)

    events = watched.recorder.journal.line_up()
    first = next(e for e in events if e.kind == "task")
    cause = next(e for e in events if e.seq == first.begun_in)
    assert cause.client == "browser#3"


async def test_tasks_that_have_ended_since_do_not_count(
    watched: Watched,
) -> None:
    for _ in range(2):
        await watched.visit("/pump")
    await told(watched)
    watched.stop.set()
    await asyncio.gather(*watched.kept)
    watched.stop.clear()
    for _ in range(2):
        await watched.visit("/pump")
    await told(watched)

    assert watched.seen() == [("pump", "2 connections that are over")] * 2


async def test_a_task_of_nobody_is_not_noted(watched: Watched) -> None:
    async def nothing() -> None:
        pass

    await asyncio.create_task(nothing())

    assert watched.seen() == []


def test_several_event_loops_may_leave_tasks_behind_at_once() -> None:
    errors: list[Any] = []
    remaining = RemainingTasks(lambda *what: None, patience=0)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        task = asyncio.create_task(pump(stops[asyncio.get_running_loop()]))
        remaining.note(task)
        kept.append(task)

    async def nobody(*message: Any) -> Any:
        raise NotImplementedError

    async def visited() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, said: errors.append(said))
        stops[loop] = asyncio.Event()
        for _ in range(300):
            await recorder({"type": "websocket"}, nobody, nobody)
            await asyncio.sleep(0)
        stops[loop].set()
        mine = [task for task in list(kept) if task.get_loop() is loop]
        await asyncio.wait(mine)

    recorder, stops, kept = (
        Recorder(app),
        dict[Any, asyncio.Event](),
        list[Any](),
    )
    with threads_taking_turns_often(), ThreadPoolExecutor(3) as pool:
        threads = [pool.submit(asyncio.run, visited()) for _ in range(3)]
    for thread in threads:
        thread.result()

    assert len(kept) == 900
    assert errors == []
