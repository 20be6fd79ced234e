"""Which task runs here, wherever that is asked; and which fails unheard."""

import asyncio
import contextlib
import gc
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from minichannels.flow.recording.tasks import FailedTasks, Home, tell_as
from support.limit import LIMIT


async def knows(home: Home) -> bool:
    return home.task_here() is asyncio.current_task() is not None


async def test_task_of_its_own_loop_is_known() -> None:
    assert await knows(Home())
    assert await asyncio.create_task(knows(Home()))


async def test_thread_without_a_loop_runs_no_task() -> None:
    assert await asyncio.to_thread(Home().task_here) is None


async def test_what_the_loop_calls_itself_is_no_task() -> None:
    home, found = Home(), asyncio.get_running_loop().create_future()

    asyncio.get_running_loop().call_soon(
        lambda: found.set_result(home.task_here())
    )

    assert await found is None


async def test_task_of_a_loop_in_another_thread_is_known() -> None:
    assert await asyncio.to_thread(asyncio.run, knows(Home()))


def test_task_of_a_later_loop_is_known() -> None:
    async def opened() -> Home:
        return Home()

    for home in (Home(), asyncio.run(opened())):
        assert asyncio.run(knows(home))


# Tasks that fail


async def failing(word: str) -> None:
    raise LookupError(word)


class Told:
    """What a loop was told of failures."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.some = asyncio.Event()

    def note(self, loop: Any, context: dict[str, Any]) -> None:
        self.words.append(str(context["exception"]))
        self.some.set()


@pytest.fixture
async def told() -> Told:
    """Return what this test's loop is told of failures."""
    told = Told()
    asyncio.get_running_loop().set_exception_handler(told.note)
    return told


@contextlib.contextmanager
def watched(patience: float) -> Iterator[FailedTasks]:
    """Have the tasks of this loop be watched."""
    loop, failed = asyncio.get_running_loop(), FailedTasks(patience)
    former = loop.get_task_factory()
    loop.set_task_factory(failed)
    try:
        yield failed
    finally:
        loop.set_task_factory(former)


async def test_task_that_is_kept_and_fails_is_told_of_once(told: Told) -> None:
    with watched(0) as failed:
        kept = asyncio.create_task(failing("kept"), name="pump")
        await told.some.wait()
        failed.tell()

    del kept
    gc.collect()
    assert told.words == ["kept"]


async def test_end_tells_of_tasks_with_no_more_patience(told: Told) -> None:
    with watched(60) as failed:
        kept = asyncio.create_task(failing("kept"))
        await asyncio.wait([kept])
        await asyncio.sleep(0)
        assert told.words == []
        failed.tell()

    assert told.words == ["kept"]


async def test_task_that_somebody_asks_is_not_told_of(told: Told) -> None:
    with watched(60) as failed:
        awaited = asyncio.create_task(failing("awaited"))
        gathered = asyncio.create_task(failing("gathered"))
        stopped = asyncio.create_task(asyncio.Event().wait())
        stopped.cancel()
        await asyncio.gather(gathered, stopped, return_exceptions=True)
        with pytest.raises(LookupError):
            await awaited
        failed.tell()

    assert told.words == []


async def test_task_that_is_thrown_away_is_told_of_at_once(told: Told) -> None:
    with watched(0):
        asyncio.create_task(failing("thrown away"))  # noqa: RUF006
        await told.some.wait()
        later = asyncio.Event()
        asyncio.get_running_loop().call_later(0, later.set)
        await later.wait()

    assert told.words == ["thrown away"]


async def test_loops_of_several_threads_are_watched_at_once(told: Told) -> None:
    held, over = threading.Event(), threading.Event()

    def hold(loop: Any, context: dict[str, Any]) -> None:
        held.set()
        over.wait(LIMIT)

    async def other() -> None:
        asyncio.get_running_loop().set_exception_handler(hold)
        with watched(0):
            kept = asyncio.create_task(failing("there"))
            await asyncio.wait([kept])
            await asyncio.to_thread(held.wait, LIMIT)

    thread = threading.Thread(target=asyncio.run, args=(other(),))
    thread.start()
    try:
        await asyncio.to_thread(held.wait, LIMIT)
        with watched(60):
            await asyncio.create_task(knows(Home()))
            await asyncio.sleep(0)
    finally:
        over.set()
        await asyncio.to_thread(thread.join)

    assert held.is_set()
    assert told.words == []


def test_an_error_that_is_no_tasks_is_told_of_where_it_is() -> None:
    error, told = LookupError("of a callback"), list[BaseException]()

    tell_as({"message": "in a callback", "exception": error}, told.append)
    tell_as({"message": "a server was not closed"}, told.append)

    assert told == [error]


async def test_a_watched_task_looks_as_any_other() -> None:
    async def nothing() -> None:
        pass

    other = asyncio.create_task(nothing())
    loop = asyncio.get_running_loop()
    loop.set_task_factory(FailedTasks())
    watched = asyncio.create_task(nothing())
    named = asyncio.create_task(nothing(), name="ada")
    await asyncio.wait([other, watched, named])

    number = int(other.get_name().removeprefix("Task-"))
    assert watched.get_name() == f"Task-{number + 1}"
    assert named.get_name() == "ada"
    assert repr(watched).partition(" ")[0] == repr(other).partition(" ")[0]


async def test_a_watched_task_keeps_its_name() -> None:
    """Some versions of Python say None of each that a factory has made."""

    async def nothing() -> None:
        pass

    task = FailedTasks()(asyncio.get_running_loop(), nothing())
    name = task.get_name()
    task.set_name(None)
    await task

    assert task.get_name() == name


@pytest.mark.parametrize("debug", [False, True])
async def test_a_watched_task_is_shown_as_any_other(debug: bool) -> None:
    """In debug mode a task says who has made it, too."""
    loop = asyncio.get_running_loop()
    loop.set_debug(debug)

    def made() -> asyncio.Task[Any]:
        return asyncio.create_task(asyncio.Event().wait(), name="pump")

    tasks = [made()]
    with watched(60):
        tasks.append(made())
    alone = [repr(task) for task in tasks]
    for task in tasks:
        task.add_done_callback(print)
    beside = [repr(task) for task in tasks]
    for task in tasks:
        task.remove_done_callback(print)
        task.cancel()
    await asyncio.wait(tasks)
    loop.set_debug(False)

    assert alone[0] == alone[1]
    assert beside[0] == beside[1] != alone[0]
    assert repr(type(tasks[0])) == repr(type(tasks[1]))


async def test_a_servers_own_tasks_are_made_and_not_watched(told: Told) -> None:
    noted: list[asyncio.Task[Any]] = []
    loop = asyncio.get_running_loop()
    watching = FailedTasks(0, note=noted.append, unwatched={"failing"})
    loop.set_task_factory(watching)
    try:
        request = asyncio.create_task(failing("a request"), name="one")
        other = asyncio.create_task(asyncio.sleep(0))
    finally:
        loop.set_task_factory(None)
    await asyncio.wait([request, other])
    await asyncio.sleep(0)
    watching.tell()

    assert noted == [other]
    assert told.words == []
    assert request.get_name() == "one"
    assert isinstance(request.exception(), LookupError)
