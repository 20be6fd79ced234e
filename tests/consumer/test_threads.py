import asyncio
import contextvars
import gc
import logging
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import (
    SyncToAsync,
    ThreadSensitiveContext,
    async_to_sync,
)

from minichannels.consumer import threads
from minichannels.consumer.threads import run_in_thread, send_from_thread
from minichannels.types import Message

LIMIT = 10

either = pytest.mark.parametrize(
    "one_thread", [False, True], ids=["pool", "one thread"]
)


@pytest.fixture(autouse=True)
def as_new() -> Iterator[None]:
    """Have a pool and a warning that are still to come."""
    threads._pool.cache_clear()
    threads._hop.cache_clear()
    threads._warn_once.cache_clear()
    yield
    threads._pool().shutdown()
    threads._pool.cache_clear()
    threads._hop.cache_clear()
    threads._warn_once.cache_clear()


@pytest.fixture
def wait_for_a_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[float], None]:
    def set_seconds(seconds: float) -> None:
        # Asked for a thread at 0; got it after so many seconds.
        times = iter([0, seconds] * 10)
        monkeypatch.setattr(threads, "clock", lambda: next(times))

    return set_seconds


def nothing() -> None:
    pass


@either
async def test_run_in_thread_calls_the_function_in_another_thread(
    one_thread: bool,
) -> None:
    threads = []

    def function() -> None:
        threads.append(threading.get_ident())

    await run_in_thread(function, one_thread=one_thread)

    assert len(threads) == 1
    assert threads[0] != threading.get_ident()


async def test_pool_runs_functions_side_by_side() -> None:
    meeting = threading.Barrier(3)

    def function() -> None:
        meeting.wait(LIMIT)  # breaks unless all three are here at once

    await asyncio.gather(
        *(run_in_thread(function, one_thread=False) for _ in range(3))
    )


async def test_one_thread_runs_functions_one_after_the_other() -> None:
    events = []
    threads = set()

    def function() -> None:
        threads.add(threading.get_ident())
        events.append("begin")
        events.append("end")

    await asyncio.gather(
        *(run_in_thread(function, one_thread=True) for _ in range(5))
    )

    assert events == ["begin", "end"] * 5
    assert len(threads) == 1


async def test_one_thread_does_not_hold_up_the_pool() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def block() -> None:
        begun.set()
        assert go_on.wait(LIMIT)

    blocked = asyncio.create_task(run_in_thread(block, one_thread=True))
    await asyncio.to_thread(begun.wait, LIMIT)

    await run_in_thread(go_on.set, one_thread=False)

    await blocked


async def test_pool_has_as_many_threads_as_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ASGI_THREADS", "2")
    threads = set()
    meeting = threading.Barrier(2)

    def function() -> None:
        threads.add(threading.get_ident())
        meeting.wait(LIMIT)

    await asyncio.gather(
        *(run_in_thread(function, one_thread=False) for _ in range(8))
    )

    assert len(threads) == 2


async def test_pool_has_32_threads_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ASGI_THREADS", raising=False)
    meeting = threading.Barrier(32)

    def function() -> None:
        meeting.wait(LIMIT)

    await asyncio.gather(
        *(run_in_thread(function, one_thread=False) for _ in range(32))
    )


@pytest.mark.parametrize("setting", ["abc", "", "2.5", "0", "-1"])
async def test_pool_refuses_a_setting_that_is_no_number_of_threads(
    monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    monkeypatch.setenv("ASGI_THREADS", setting)

    with pytest.raises(
        ValueError,
        match=f"ASGI_THREADS is '{setting}'; it has to be a number of threads,"
        " 1 or more$",
    ):
        await run_in_thread(nothing, one_thread=False)


@either
async def test_async_to_sync_comes_back_to_the_callers_loop(
    one_thread: bool,
) -> None:
    where: list[tuple[object, int]] = []

    async def look() -> None:
        where.append((asyncio.get_running_loop(), threading.get_ident()))

    def function() -> None:
        async_to_sync(look)()

    await run_in_thread(function, one_thread=one_thread)

    assert where == [(asyncio.get_running_loop(), threading.get_ident())]


@either
async def test_context_variables_go_in_and_come_out(one_thread: bool) -> None:
    user = contextvars.ContextVar("user", default="nobody")
    user.set("ada")
    seen = []

    def function() -> None:
        seen.append(user.get())
        user.set("eve")

    await run_in_thread(function, one_thread=one_thread)

    assert seen == ["ada"]
    assert user.get() == "eve"


@either
async def test_run_in_thread_raises_what_the_function_raises(
    one_thread: bool,
) -> None:
    def function() -> None:
        raise LookupError("no such room")

    with pytest.raises(LookupError, match="no such room"):
        await run_in_thread(function, one_thread=one_thread)


@either
async def test_run_in_thread_returns_how_long_it_waited_for_a_thread(
    wait_for_a_thread: Callable[[float], None], one_thread: bool
) -> None:
    wait_for_a_thread(0.25)

    assert await run_in_thread(nothing, one_thread=one_thread) == 0.25


async def test_time_in_the_function_is_no_waiting_for_a_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr(threads, "clock", lambda: now)

    def function() -> None:
        nonlocal now
        now = 5.0

    assert await run_in_thread(function, one_thread=False) == 0


@either
async def test_long_wait_for_a_thread_is_warned_of_once(
    wait_for_a_thread: Callable[[float], None],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    one_thread: bool,
) -> None:
    monkeypatch.setenv("ASGI_THREADS", "4")
    wait_for_a_thread(1.5)

    for _ in range(3):
        await run_in_thread(nothing, one_thread=one_thread)

    assert [record.getMessage() for record in caplog.records] == [
        "a sync handler waited over 1 s for a thread, because all were busy"
        " (4 in the pool, one with thread_sensitive); make handlers shorter"
        " or async, or set ASGI_THREADS higher"
    ]
    assert caplog.records[0].name == "minichannels"
    assert caplog.records[0].levelname == "WARNING"


async def test_wait_of_a_second_is_not_warned_of(
    wait_for_a_thread: Callable[[float], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    wait_for_a_thread(1.0)

    await run_in_thread(nothing, one_thread=False)

    assert caplog.records == []


@pytest.mark.parametrize("size", ["1", "2"])
async def test_a_wait_without_end_is_warned_of_while_it_lasts(
    monkeypatch: pytest.MonkeyPatch, size: str
) -> None:
    monkeypatch.setattr(threads, "LONG_WAIT", 0)
    monkeypatch.setattr(threads, "clock", lambda: 0.0)  # no wait that ends is
    monkeypatch.setenv("ASGI_THREADS", size)
    begun, go_on, warned = threading.Event(), threading.Event(), asyncio.Event()

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            warned.set()

    def block() -> None:
        begun.set()
        go_on.wait(LIMIT)

    listener = Listener()
    threads.logger.addHandler(listener)
    blocking = asyncio.create_task(run_in_thread(block, one_thread=False))
    try:
        await asyncio.to_thread(begun.wait, LIMIT)
        threads._warn_once.cache_clear()  # the first may have waited, too
        warned.clear()
        with monkeypatch.context() as patch:
            no_more_threads(patch)  # whether or not there may be two
            waiting = asyncio.create_task(
                run_in_thread(nothing, one_thread=False)
            )
            await asyncio.wait_for(warned.wait(), LIMIT)
        assert not waiting.done()
    finally:
        go_on.set()
        threads.logger.removeHandler(listener)
    await blocking
    await waiting


def test_a_handler_that_has_begun_is_not_warned_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    threads._warn_if_long([0.0])

    assert caplog.records == []


async def test_send_from_thread_on_the_event_loop_itself_is_an_error() -> None:
    async def send(message: Message) -> None:
        raise AssertionError("would wait for itself")

    with pytest.raises(RuntimeError, match="would stop the event loop"):
        send_from_thread(send)({"type": "websocket.close"})


@pytest.mark.parametrize("one_thread", [True, False])
@pytest.mark.parametrize("text", ["mine", "can't start new thread"])
async def test_a_runtime_error_of_the_function_is_its_own(
    one_thread: bool, text: str
) -> None:
    def function() -> None:
        raise RuntimeError(text)

    with pytest.raises(RuntimeError, match=text) as caught:
        await run_in_thread(function, one_thread=one_thread)

    assert type(caught.value) is RuntimeError


async def test_an_early_error_that_is_not_about_threads_is_its_own() -> None:
    # Of asgiref: somebody up in this context has the one thread already.
    SyncToAsync.deadlock_context.set(True)

    with pytest.raises(RuntimeError, match="would deadlock") as caught:
        await run_in_thread(nothing, one_thread=True)

    assert type(caught.value) is RuntimeError


async def test_send_from_thread_raises_what_the_send_raises() -> None:
    async def fail(message: Message) -> None:
        raise OSError("the client is gone")

    send = send_from_thread(fail)

    with pytest.raises(OSError, match="the client is gone"):
        await asyncio.to_thread(send, {"type": "x"})


async def test_send_from_thread_outlives_a_collection_of_garbage() -> None:
    # What it waits for is held by nothing else, as in a server's buffer that
    # is full.
    sending = asyncio.Event()
    events: list[weakref.ref[asyncio.Event]] = []

    async def wait(message: Message) -> None:
        event = asyncio.Event()
        events.append(weakref.ref(event))
        sending.set()
        await event.wait()

    call = asyncio.ensure_future(
        asyncio.to_thread(_outcome, send_from_thread(wait))
    )
    await sending.wait()
    gc.collect()
    event = events[0]()
    assert event is not None
    event.set()

    assert await call == "nothing"


async def test_send_from_thread_that_is_cancelled_waits_no_longer() -> None:
    sending = asyncio.Event()

    async def hang(message: Message) -> None:
        sending.set()
        await asyncio.Event().wait()

    before = asyncio.all_tasks()
    send = send_from_thread(hang)
    call = asyncio.ensure_future(asyncio.to_thread(_outcome, send))
    await sending.wait()
    (delivery,) = asyncio.all_tasks() - before - {call}
    delivery.cancel()

    assert await call == "CancelledError"


async def test_send_from_thread_that_is_cancelled_at_once_waits_no_longer() -> (
    None
):
    def cancelled(
        loop: asyncio.AbstractEventLoop, coroutine: Any, **named: Any
    ) -> asyncio.Task[Any]:
        task = asyncio.Task(coroutine, loop=loop, **named)
        task.cancel()
        return task

    async def send(message: Message) -> None:
        raise AssertionError("cancelled before its first step")

    loop = asyncio.get_running_loop()
    loop.set_task_factory(cancelled)
    try:
        outcome = await asyncio.to_thread(_outcome, send_from_thread(send))
    finally:
        loop.set_task_factory(None)

    assert outcome == "CancelledError"


def _outcome(send: Callable[[Message], None]) -> str:
    try:
        send({"type": "x"})
    except BaseException as error:
        return type(error).__name__
    return "nothing"


async def test_send_from_thread_to_a_closed_loop_is_an_error() -> None:
    async def nothing(message: Message) -> None: ...

    async def make() -> Callable[[Message], None]:
        return send_from_thread(nothing)

    send = await asyncio.to_thread(asyncio.run, make())

    with pytest.raises(RuntimeError, match="closed"):
        await asyncio.to_thread(send, {"type": "x"})


# The pool


def test_python_ends_though_a_sync_handler_never_returns() -> None:
    program = """
import asyncio, threading
from minichannels.generic.websocket import WebsocketConsumer
from minichannels.testing import WebsocketCommunicator

begun = threading.Event()

class Stuck(WebsocketConsumer):
    def receive(self, text_data=None, bytes_data=None):
        begun.set()
        threading.Event().wait()

async def main():
    client = WebsocketCommunicator(Stuck.as_asgi(), "/")
    await client.connect()
    await client.send_to(text_data="hi")
    while not begun.is_set():
        await asyncio.sleep(0)
    print("done")

asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "done\n"


async def test_a_pool_has_no_more_threads_than_it_may_have() -> None:
    pool, go_on = threads.Pool(2), threading.Event()
    names = [
        pool.submit(lambda: go_on.wait() and threading.current_thread().name)
        for _ in range(5)
    ]
    go_on.set()
    assert {await name for name in names} <= {
        "minichannels_0",
        "minichannels_1",
    }


def no_more_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)


async def test_a_pool_goes_on_with_the_threads_that_it_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool, go_on = threads.Pool(2), threading.Event()
    busy = pool.submit(go_on.wait)
    no_more_threads(monkeypatch)
    later = pool.submit(threading.get_ident)
    go_on.set()
    assert await busy
    assert await later
    assert pool._threads == 1


async def test_a_pool_without_threads_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    no_more_threads(monkeypatch)
    with pytest.raises(RuntimeError, match="new thread"):
        threads.Pool(2).submit(int)


@either
async def test_run_in_thread_says_that_there_are_no_threads(
    one_thread: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ThreadSensitiveContext():  # whose one thread is not there yet
        with monkeypatch.context() as patch:
            no_more_threads(patch)
            with pytest.raises(threads.NoThreadError, match="new thread"):
                await run_in_thread(nothing, one_thread=one_thread)


async def test_a_thread_that_is_free_is_used_again() -> None:
    pool = threads.Pool(2)
    for _ in range(3):
        assert await pool.submit(threading.get_ident)
    assert pool._threads == 1


async def test_a_pool_is_busy_unless_one_of_its_threads_is_free() -> None:
    pool, go_on = threads.Pool(2), threading.Event()
    assert pool.is_busy()  # none is there yet

    calls = [pool.submit(go_on.wait) for _ in range(2)]
    assert pool.is_busy()
    go_on.set()
    await asyncio.gather(*calls)
    assert not pool.is_busy()
    assert await pool.submit(pool.is_busy) is False


async def test_a_pool_that_gets_no_more_threads_is_busy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool, go_on = threads.Pool(2), threading.Event()
    call = pool.submit(go_on.wait)
    no_more_threads(monkeypatch)

    assert pool.is_busy()
    go_on.set()
    await call
    assert not pool.is_busy()


async def test_a_call_that_no_thread_can_make_is_not_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = threads.Pool(1)
    with monkeypatch.context() as patch:
        no_more_threads(patch)
        with pytest.raises(RuntimeError):
            pool.submit(nothing)

    assert await pool.submit(nothing) is None
    assert not pool.is_busy()


async def test_a_pool_gives_what_a_function_raises() -> None:
    with pytest.raises(ZeroDivisionError):
        await threads.Pool(1).submit(lambda: 1 // 0)


async def test_a_call_that_was_cancelled_is_not_made() -> None:
    pool, go_on = threads.Pool(1), threading.Event()
    made: list[str] = []
    busy = pool.submit(go_on.wait)
    waiting = pool.submit(made.append, "made")
    assert waiting.cancel()
    go_on.set()
    assert await busy
    await pool.submit(int)
    assert made == []


async def test_a_result_that_nobody_waits_for_any_more_is_dropped() -> None:
    pool, go_on = threads.Pool(1), threading.Event()
    busy = pool.submit(go_on.wait)
    busy.cancel()
    go_on.set()

    assert await pool.submit(int) == 0
    assert busy.cancelled()


def test_a_thread_outlives_the_loop_that_waited_for_it() -> None:
    pool, go_on = threads.Pool(1), threading.Event()

    async def leave() -> None:
        pool.submit(go_on.wait)

    async def come_later() -> None:
        go_on.set()
        assert await pool.submit(threading.get_ident)

    asyncio.run(leave())
    asyncio.run(come_later())


async def test_a_process_that_was_forked_has_a_pool_of_its_own() -> None:
    former = threads._pool()

    threads._begin_anew()

    assert threads._pool() is not former
    await run_in_thread(lambda: None, one_thread=False)
