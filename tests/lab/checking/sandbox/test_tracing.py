"""What is noted of functions while they run."""

import asyncio
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from minichannels.lab.checking.sandbox.runner import run
from minichannels.lab.checking.sandbox.threads import Crew
from minichannels.lab.checking.sandbox.tracing import (
    DEEPEST,
    Trace,
    _both,
    plain,
)
from support.exercises import define
from support.replay import Moment, replayed, traced


@pytest.mark.parametrize("how", [replayed, traced])
def test_trace_knows_the_lines_that_ran(how: Callable[[Any], Trace]) -> None:
    names = define("def f():\n if 0:\n  1\n else:\n  g = lambda: 1\n")

    trace = how(names["f"])

    assert trace.lines_of(names["f"].__code__) == {2, 5}
    assert trace.lines_of(asyncio.sleep.__code__) == set()
    assert trace.codes() == [names["f"].__code__]


@pytest.mark.parametrize("how", [replayed, traced])
def test_trace_leaves_a_recursion_without_end_to_python(
    how: Callable[[Any], Trace],
) -> None:
    names = define("depth = 0\ndef f():\n global depth\n depth += 1\n f()\n")

    how(names["f"])

    assert names["depth"] > DEEPEST


@pytest.mark.parametrize("event", ["call", "line"])
def test_trace_that_is_stopped_leaves_the_thread(event: str) -> None:
    trace = Trace()
    followed = []

    def work() -> None:
        trace.follow()
        local = trace.called(sys._getframe(), "call", None)
        followed.append(set(trace.following))
        trace.stop()
        tracer: Any = trace.called if event == "call" else local
        tracer(sys._getframe(), event, None)
        followed.append(set(trace.following))
        trace.leave()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert followed == [{thread.ident}, set()]


def test_trace_lets_another_tracer_go_on() -> None:
    seen: list[tuple[str, str]] = []

    def other(frame: Any, event: str, arg: Any) -> Any:
        seen.append((frame.f_code.co_name, event))
        return None if frame.f_code.co_name == "g" else other

    names = define("def g(): return 1\ndef f(): return g()\n")
    trace = Trace()

    def work() -> None:
        former = sys.gettrace()
        sys.settrace(other)
        trace.follow()
        names["f"]()
        trace.leave()
        assert sys.gettrace() is other
        sys.settrace(former)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert ("f", "line") in seen
    assert ("g", "call") in seen
    assert ("g", "line") not in seen
    assert trace.lines_of(names["g"].__code__) == {1}


def test_trace_beside_another_tracer_tells_it_each_step() -> None:
    seen: list[tuple[str, str]] = []

    def other(frame: Any, event: str, arg: Any) -> Any:
        seen.append((frame.f_code.co_name, event))
        return other

    names = define("def f(): return 1\n")
    trace = Trace()
    former = sys.gettrace()
    sys.settrace(other)
    trace.follow()
    beside: Any = sys.gettrace()
    trace.leave()
    sys.settrace(former)
    moment = Moment(names["f"].__code__)
    local = beside(moment, "call", None)
    sys.settrace(former)
    assert local(moment, "line", None) is local
    assert beside(Moment(asyncio.sleep.__code__), "call", None) is other
    sys.settrace(former)

    steps = [step for step in seen if step[0] in ("f", "sleep")]
    assert steps == [("f", "call"), ("f", "line"), ("sleep", "call")]
    assert trace.codes() == [names["f"].__code__]


async def test_run_tells_what_the_code_caught_while_time_was_up() -> None:
    names = define(
        "async def f():\n"
        " try: await asyncio.sleep(9)\n"
        " except asyncio.CancelledError: pass\n"
    )

    crew = Crew()

    async def scenario() -> None:
        await asyncio.create_task(crew.trace.each_step(names["f"]()))

    done = await run(scenario, crew, 0.05)

    assert done.late
    assert [m.name for m in done.trace.mishaps] == ["CancelledError"]
    assert done.trace.mishaps[0].fate == "swallowed"


def test_both_tracers_are_told_until_the_other_has_enough() -> None:
    told: list[str] = []

    def ours(frame: Any, event: str, arg: Any) -> Any:
        told.append(f"ours: {event}")

    def theirs(frame: Any, event: str, arg: Any) -> Any:
        told.append(f"theirs: {event}")

    both = _both(ours, theirs)
    frame = sys._getframe()

    assert both(frame, "line", None) is both
    assert both(frame, "return", None) is both
    assert told == ["theirs: line", "ours: line", "ours: return"]


WAITS = """\
import asyncio
async def later(): return 1
async def f():
    await asyncio.sleep(0)
    task = asyncio.create_task(later())
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        return await task
"""


async def test_each_step_of_a_coroutine_is_traced_and_nothing_between() -> None:
    names, crew = define(WAITS), Crew()
    on: list[bool] = []

    async def scenario() -> None:
        task = asyncio.create_task(crew.trace.each_step(names["f"]()))
        for _ in range(3):
            on.append(crew.trace.is_on())
            await asyncio.sleep(0)
        task.cancel()
        on.append(await task)

    await run(scenario, crew)

    assert on == [False, False, False, 1]
    lines = {c.co_name: crew.trace.lines_of(c) for c in crew.trace.codes()}
    assert lines == {"f": {4, 5, 6, 7, 8, 9}, "later": {2}}
    assert [mishap.name for mishap in crew.trace.mishaps] == ["CancelledError"]


async def test_task_of_traced_steps_is_shown_by_the_function_s_name() -> None:
    async def bake() -> None: ...

    task = asyncio.create_task(Trace().each_step(bake()))
    shown = repr(task)
    await task

    assert "bake()" in shown
    assert "TracedSteps" not in shown


async def test_steps_run_untraced_once_the_trace_is_stopped() -> None:
    trace, code = Trace(), define("async def f(): return 1")["f"]
    trace.stop()

    assert await asyncio.create_task(trace.each_step(code())) == 1
    assert trace.codes() == []


async def test_steps_within_what_is_traced_leave_it_so() -> None:
    trace, code = Trace(), define("async def f(): return 1")["f"]
    former, seen = sys.gettrace(), list[bool]()

    with trace.on(), trace.on():
        steps = trace.each_step(code())
        with pytest.raises(StopIteration):
            steps.send(None)
        seen.append(trace.is_on())

    assert seen == [True]
    assert not trace.is_on()
    assert sys.gettrace() is former


async def test_steps_can_be_awaited_and_closed_as_their_coroutine() -> None:
    trace, code = Trace(), define("async def f(): return 1")["f"]
    closed = trace.each_step(code())

    closed.close()

    assert await trace.each_step(code()) == 1
    assert plain(closed) is closed.inner
    assert plain(closed.inner) is closed.inner
    assert closed.inner.cr_frame is None
