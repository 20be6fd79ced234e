"""Calls that are traced twice: by Python, and again step by step.

While Python calls a tracer it measures no coverage in it. So the steps of a
call are noted first, and the tracer is called with them afterwards.
"""

import asyncio
import contextlib
import sys
import threading
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

from minichannels.lab.checking.sandbox.tracing import Trace


class Moment:
    """A frame as it was at one step."""

    def __init__(self, code: CodeType) -> None:
        self.f_code = code
        self.f_lineno = self.f_lasti = 0


def traced(call: Callable[[], Any]) -> Trace:
    """Trace a call as a check does; an async function is run."""
    trace = Trace()

    def work() -> None:
        trace.follow()
        with contextlib.suppress(Exception):
            result = call()
            if asyncio.iscoroutine(result):
                asyncio.run(result)
        trace.leave()

    _in_a_thread(work)
    return trace


def replayed(call: Callable[[], Any]) -> Trace:
    """Trace a call step by step, after it was."""
    steps: list[tuple[FrameType, int, int, str, Any]] = []

    def note(frame: FrameType, event: str, arg: Any) -> Any:
        steps.append((frame, frame.f_lineno, frame.f_lasti, event, arg))
        return note

    def work() -> None:
        former = sys.gettrace()
        sys.settrace(note)
        with contextlib.suppress(Exception):
            result = call()
            if asyncio.iscoroutine(result):
                asyncio.run(result)
        sys.settrace(former)

    _in_a_thread(work)
    trace, locals_ = Trace(), dict[int, Any]()
    moments: dict[int, Any] = {}
    for frame, line, instruction, event, arg in steps:
        moment = moments.setdefault(id(frame), Moment(frame.f_code))
        moment.f_lineno, moment.f_lasti = line, instruction
        if event == "call":
            locals_[id(frame)] = trace.called(moment, event, arg)
        elif locals_.get(id(frame)) is not None:
            locals_[id(frame)](moment, event, arg)
    return trace


def _in_a_thread(work: Callable[[], None]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
