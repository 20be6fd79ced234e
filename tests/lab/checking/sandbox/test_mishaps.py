"""What is noted of the exceptions in a learner's code."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from minichannels.lab.checking.sandbox.mishaps import MOST
from minichannels.lab.checking.sandbox.tracing import Trace
from support.exercises import define
from support.replay import replayed, traced

# Learners write this, and from Python 3.14 on are warned of it.
pytestmark = pytest.mark.filterwarnings(
    "ignore:'return' in a 'finally' block:SyntaxWarning"
)

NESTED = """\
def inner(): {}["a"]
def f():
    try:
        inner()
    except KeyError:
        pass
"""
RUNS = {
    "caught": ("def f():\n try: 1/0\n except: pass\n", ["swallowed"]),
    "not caught": ("def f(): 1/0\n", ["escaped"]),
    "caught further out": (NESTED, ["escaped", "swallowed"]),
    "raised again": (
        "def f():\n try: 1/0\n except ArithmeticError: raise\n",
        ["escaped"],
    ),
    "raised again by its name": (
        "def f():\n try: 1/0\n except ArithmeticError as e: raise e\n",
        ["replaced", "escaped"],
    ),
    "another one instead": (
        "def f():\n try: 1/0\n except ArithmeticError: int('x')\n",
        ["replaced", "escaped"],
    ),
    "another one afterwards": (
        "def f():\n try: 1/0\n except ArithmeticError: pass\n int('x')\n",
        ["swallowed", "escaped"],
    ),
    "the end of a loop": (
        "def f():\n for i in iter(lambda: 1, 1): pass\n next(iter(()), 1)\n",
        [],
    ),
    "a finally that returns": (
        "def f():\n try: 1/0\n finally: return 1\n",
        ["swallowed"],
    ),
    "a finally that does not": (
        "def f():\n try: 1/0\n finally: pass\n",
        ["escaped"],
    ),
    "a wait in between": (
        "async def f():\n try: 1/0\n except: await asyncio.sleep(0)\n",
        ["swallowed"],
    ),
    "a cancellation": (
        "async def f():\n"
        " async def g():\n"
        "  try: await asyncio.sleep(9)\n"
        "  except asyncio.CancelledError: pass\n"
        " task = asyncio.create_task(g())\n"
        " await asyncio.sleep(0)\n"
        " task.cancel()\n"
        " await task\n",
        ["swallowed"],
    ),
}


@pytest.mark.parametrize("how", [replayed, traced])
@pytest.mark.parametrize("what", RUNS)
def test_trace_knows_what_became_of_an_exception(
    what: str, how: Callable[[Any], Trace]
) -> None:
    code, fates = RUNS[what]

    trace = how(define(code)["f"])

    assert [mishap.fate for mishap in trace.mishaps] == fates


@pytest.mark.parametrize("how", [replayed, traced])
def test_trace_knows_where_an_exception_came_from(
    how: Callable[[Any], Trace],
) -> None:
    trace = how(define(NESTED)["f"])

    outer = trace.mishaps[-1]
    assert (outer.name, outer.text, outer.line) == ("KeyError", "'a'", 4)
    assert outer.after == [5, 6]
    assert outer.origin is not None
    assert outer.origin.code == 'def inner(): {}["a"]'


def test_trace_keeps_so_many_exceptions_and_no_more() -> None:
    code = f"def f():\n for i in range({MOST + 9}):\n  try: 1/0\n  except: 1\n"

    trace = replayed(define(code)["f"])

    assert len(trace.mishaps) == MOST
    assert len(trace.mishaps[0].after) == MOST


def test_trace_takes_no_note_of_what_is_raised_after_the_end() -> None:
    trace = Trace()

    def both() -> None:
        trace.follow()
        names["f"]()
        trace.end()
        names["f"]()
        trace.leave()

    names = define("def f():\n try: 1/0\n except: pass\n")
    thread = threading.Thread(target=both)
    thread.start()
    thread.join()

    assert len(trace.mishaps) == 1
