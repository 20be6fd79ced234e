"""What runs in a connection, where a router or a middleware stands before it.

How it works: the recorder is given the outermost application, and who wants to
read a flow looks for the innermost: a consumer, or a framework's endpoint. The
frameworks say which endpoint they found, in the scope that they were given. A
consumer is found where its connection's task stands: somewhere on the way to
the first ``receive()`` or ``send()`` is a method of it, or a request that knows
its endpoint (``endpoints``). Some find it late: so it is looked for again. If
none of that is there when something is sent, the first function of the
developer's own that a framework has called is the one, or else the only one
that a library's call is around.

Source: Python, "inspect" (``cr_await``).
"""

import asyncio
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from minichannels.flow.bounded import forget_oldest
from minichannels.flow.journal.events import Lane
from minichannels.flow.recording.application.causes import CURRENT
from minichannels.flow.recording.calls import (
    is_application,
    is_loop,
    is_method,
    is_own,
    waiting_thread,
)
from minichannels.flow.recording.endpoints import requests, scopes
from minichannels.flow.recording.endpoints.scopes import Endpoint
from minichannels.flow.recording.tasks import Home, is_within
from minichannels.flow.recording.users import UserLook
from minichannels.types import Scope

DEEPEST = 100
"""How many calls deep a consumer is looked for."""

_OUTERMOST = "Recorder.__call__"
"""What calls the application."""

REMEMBERED = 1_000
"""Of how many rows of calls it is remembered what answers there."""

_HERE = str(Path(__file__).parent)
"""Where the recorder's own code is."""


class Naming:
    """What one connection is called after.

    Args:
        lane: the connection's place in the journal.
        number: gives the next number for a name.
        home: says which task runs here.

    Attributes:
        user: looks who is logged in, also in the scope of a consumer.
    """

    def __init__(
        self, lane: Lane, number: Callable[[str], int], home: Home
    ) -> None:
        self.user = UserLook()
        self._lane = lane
        self._number = number
        self._home = home
        self._task = home.task
        self._known = False

    def look(self, scope: Scope, sends: bool = False) -> type[Any] | None:
        """Look who runs, until it is known; return the class of a consumer.

        Args:
            scope: the scope of the connection.
            sends: whether something is sent, and so whoever runs has begun.
        """
        try:
            return None if self._known else self._look(scope, sends)
        except Exception:  # of whatever stood there: it is not to be noticed
            return None

    def _look(self, scope: Scope, sends: bool) -> type[Any] | None:
        endpoint, name, consumer = scopes.endpoint_in(scope), "", None
        if endpoint is None or endpoint.is_router:
            name, found = _found_in(self._frames(), sends)
            if found is not None:
                consumer = type(found)
                self.user.looks_at(found)
        if endpoint is not None:
            consumer = consumer or endpoint.consumer
            if sends or not endpoint.is_router:
                name = name or endpoint.name
        self.found(name, self._number)
        return consumer

    def found(self, name: str, number: Callable[[str], int]) -> None:
        """Note what it is called, if that is known and says more."""
        self._known |= name_lane(self._lane, name, number)

    def _frames(self) -> list[FrameType]:
        """Return the calls of the connection's task, and of one begun there.

        A middleware may run what is behind it in a task of its own, as does
        whoever gives it only some time. What another connection's code does
        here is not meant.
        """
        task = self._task
        if task is None:
            return []
        if is_within(self._home.task_here(), task):
            return _running()
        running, frames = CURRENT.get(), list(_waiting(task))
        if running is not None and running.lane is self._lane:
            frames += _running() + _outward(waiting_thread())
        return frames

    def over(self) -> None:
        """Let go of the task: it has ended."""
        self.user.scopes.clear()
        self._task = None


def name_lane(lane: Lane, name: str, number: Callable[[str], int]) -> bool:
    """Call a connection by a name, if that says more; return whether it does.

    Args:
        lane: its place in the journal.
        name: what runs there; empty if nobody knows.
        number: gives the next number for a name.
    """
    if not name or name == lane.application.rpartition("#")[0]:
        return False
    lane.application = f"{name}#{number(name)}"
    return True


def plain_endpoint(scope: Scope, is_its_task: bool) -> Endpoint | None:
    """Return what answers a request, if it can be told without much ado.

    Either a framework says it, or the code of what runs here alone.

    Args:
        scope: the scope of the connection.
        is_its_task: whether the task runs here that its application was called
            in.
    """
    try:
        endpoint = scopes.endpoint_in(scope)
    except Exception:  # of whatever stood there: it is not to be noticed
        return None
    if endpoint is not None:
        return None if endpoint.is_router else endpoint
    return _plain_endpoint() if is_its_task else None


def _plain_endpoint() -> Endpoint | None:
    """Return what answers here, if the code of all calls alone says it."""
    frame: FrameType | None = sys._getframe(4)
    row: list[CodeType] = []
    while frame and frame.f_code.co_qualname != _OUTERMOST:
        row.append(frame.f_code)
        frame = frame.f_back
    key = tuple(map(id, row))
    known = _plain.get(key)
    if known is None:
        known = _plain[key] = row, _of_code_alone()
        forget_oldest(_plain, REMEMBERED)
    return known[1]


# By the ids of the code of all calls, which is kept, so that an id stays that
# of one: what answers where they run.
_plain: dict[tuple[int, ...], tuple[list[CodeType], Endpoint | None]] = {}


def _of_code_alone() -> Endpoint | None:
    """Return what answers here; None if not its code alone says it."""
    frames = _running()
    if not all(map(requests.is_plain, frames)):
        return None
    return Endpoint(_own_in(frames))


def _found_in(frames: list[FrameType], sends: bool) -> tuple[str, Any]:
    """Return the name of a view, or of a consumer whose method runs.

    And that consumer.

    Args:
        frames: the calls, the outermost first.
        sends: whether something is sent.
    """
    for frame in frames:
        # A function's locals are copied to be looked at: only a method's are.
        if not is_method(frame.f_code):
            continue
        known = frame.f_locals
        found = type(known.get("self"))
        # As Channels' consumers are, and ours; not a router, nor a framework.
        if hasattr(found, "as_asgi") and hasattr(found, "dispatch"):
            return found.__name__, known["self"]
        if name := requests.endpoint_in(frame, sends):
            return name, None
    return _called_in(frames) if sends else "", None


def _called_in(frames: list[FrameType]) -> str:
    """Return who has been called by a framework that says nothing."""
    around = (requests.wrapped_in(frame) for frame in reversed(frames))
    return _own_in(frames) or next(filter(None, around), "")


def _own_in(frames: list[FrameType]) -> str:
    """Return who is the first of the developer's own behind a framework.

    Else the innermost ASGI application, if it is the developer's own and a
    router calls it. That which is the outermost is named by whoever runs it.
    """
    found, application, behind, routed = None, None, False, False
    for frame in frames:
        code = frame.f_code
        if is_application(code):
            found, behind = None, not is_own(code)
            application = frame if routed and not behind else None
            routed |= behind
        elif behind and found is None and is_own(code) and not _passes(code):
            found = frame
    return _called(found or application)


def _called(frame: FrameType | None) -> str:
    """Return what runs in a frame: a function, or the class of a method."""
    if frame is None:
        return ""
    if is_method(frame.f_code):
        return type(frame.f_locals.get("self")).__name__
    return frame.f_code.co_name.strip("<>")


def _passes(code: CodeType) -> bool:
    """Return whether it is a middleware's ``send``, which passes things on."""
    last = code.co_varnames[: code.co_argcount][-1:]
    return not requests.PASSED.isdisjoint(last)


def _running() -> list[FrameType]:
    """Return the application's calls, its own first."""
    # From above the recorder's own methods, which are nobody's view. And a
    # frame of which the list is a local would keep itself, and with it all that
    # it was called by.
    frame: FrameType | None = sys._getframe(4)
    while frame and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    return _outward(frame)


def _outward(frame: FrameType | None) -> list[FrameType]:
    """Return a call and those that it was called by, the outermost first."""
    calls: list[FrameType] = []
    while frame and len(calls) < DEEPEST:
        code = frame.f_code
        if is_loop(code) or code.co_qualname == _OUTERMOST:
            break
        calls.append(frame)
        frame = frame.f_back
    return calls[::-1]


def _waiting(task: asyncio.Task[Any]) -> Iterator[FrameType]:
    """Yield the calls in which a task waits, the outermost first."""
    awaited: Any = task.get_coro()
    for _ in range(DEEPEST):
        frame = getattr(awaited, "cr_frame", None)
        if frame is None:  # it waits for something that is no coroutine
            return
        yield frame
        awaited = awaited.cr_await
