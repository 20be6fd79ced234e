"""What runs in a connection, where a router or a middleware stands before it.

How it works: the recorder is given the outermost application, and who wants to
read a flow looks for the innermost: a consumer, or a framework's endpoint. The
frameworks say which endpoint they found, in the scope that they were given. A
consumer is found where its connection's task stands: somewhere on the way to
the first ``receive()`` or ``send()`` is a method of it, or a request that knows
its view, or a resource. Some find it late: so it is looked for again.

Source: Starlette, "Routing" (``scope["endpoint"]``); Litestar, "Route handlers"
(``scope["route_handler"]``); Quart, "API Reference", and Sanic, "Request"
(``Request.endpoint``); Django, "Request and response objects" (of what was
matched); Falcon, "Routing" (resources); Python, "inspect" (``cr_await``).
"""

import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import Any

from minichannels.flow.journal.events import Lane
from minichannels.flow.recording.calls import is_method
from minichannels.flow.recording.tasks import Home
from minichannels.flow.recording.users import UserLook
from minichannels.types import Scope

DEEPEST = 100
"""How many calls deep a consumer is looked for."""

_WITH_ENDPOINTS = {"quart", "sanic"}
"""The packages whose requests have an ``endpoint``."""

_WRAPPERS = "ninja."
"""How the modules begin whose views are all called the same."""


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
        self._task = home.task_here()
        self._known = False

    def look(self, scope: Scope) -> type[Any] | None:
        """Look who runs, until it is known; return the class of a consumer."""
        if self._known:
            return None
        name, consumer, found = _endpoint_in(scope), None, None
        if not name:
            here = self._task is self._home.task_here()
            name, found = _found_in(self._task, here)
        if found is not None:
            consumer = type(found)
            self.user.looks_at(found)
        if name:
            self._known = True
            self._lane.application = f"{name}#{self._number(name)}"
        return consumer

    def over(self) -> None:
        """Let go of the task: it has ended."""
        self.user.scopes.clear()
        self._task = None


def _endpoint_in(scope: Scope) -> str:
    """Return the name of the endpoint that a framework found; empty if none."""
    endpoint = scope.get("endpoint")
    if endpoint is None:  # Litestar keeps a handler, and in it the function
        endpoint = getattr(scope.get("route_handler"), "fn", None)
    if endpoint is None:
        return ""
    component = _component_of(endpoint)
    endpoint = endpoint if component is None else component
    name = getattr(endpoint, "__name__", type(endpoint).__name__)
    return str(name)


def _component_of(endpoint: Any) -> Any:
    """Return the component that an endpoint of ReactPy serves; else None.

    Its endpoint is the same function for all, and keeps what it serves.
    """
    if not str(getattr(endpoint, "__module__", "")).startswith("reactpy."):
        return None
    names = getattr(endpoint, "__code__", _component_of.__code__).co_freevars
    cells = getattr(endpoint, "__closure__", None) or ()
    kept = dict(zip(names, cells, strict=False))
    return kept["component"].cell_contents if "component" in kept else None


def _found_in(task: asyncio.Task[Any] | None, here: bool) -> tuple[str, Any]:
    """Return the name of a view, or of a consumer whose method a task runs.

    And that consumer.

    Args:
        task: the task, if there is one.
        here: whether it runs here, or waits elsewhere.
    """
    if task is None:
        return "", None
    for frame in _running() if here else _waiting(task):
        # A function's locals are copied to be looked at: only a method's are.
        if not is_method(frame.f_code):
            continue
        known = frame.f_locals
        found = type(known.get("self"))
        # As Channels' consumers are, and ours; not a router, nor a framework.
        if hasattr(found, "as_asgi") and hasattr(found, "dispatch"):
            return found.__name__, known["self"]
        name = _resource_in(known, found)
        name = name or _view_of(known.get("request", known.get("websocket")))
        if name:
            return name, None
    return "", None


def _resource_in(known: Mapping[str, Any], found: type[Any]) -> str:
    """Return the name of the resource that Falcon's application has found."""
    resource = known.get("resource")
    if resource is None or "falcon" not in _packages_of(found):
        return ""
    return type(resource).__name__


def _packages_of(found: type[Any]) -> frozenset[str]:
    """Return the packages of a class, and of those that it derives from."""
    homes = (str(base.__module__) for base in found.__mro__)
    return frozenset(home.partition(".")[0] for home in homes)


def _view_of(request: Any) -> str:
    """Return the name of the view that a framework found for a request."""
    if request is None:
        return ""
    # Asked of its class first: what is no such request must not notice.
    packages = _packages_of(type(request))
    if not packages.isdisjoint(_WITH_ENDPOINTS):
        endpoint = getattr(request, "endpoint", None)
        # Behind the names of blueprints.
        return endpoint.rpartition(".")[2] if isinstance(endpoint, str) else ""
    is_djangos = "django" in packages
    match = getattr(request, "resolver_match", None) if is_djangos else None
    return "" if match is None else _matched(match)


def _matched(match: Any) -> str:
    """Return the name of the view that Django found."""
    view = match.func  # of a class: as_view() and others keep it there
    view = getattr(view, "view_class", None) or getattr(view, "cls", view)
    name = str(getattr(view, "__name__", ""))
    if not name or str(view.__module__).startswith(_WRAPPERS):
        return str(match.url_name or name)
    return name


def _running() -> list[FrameType]:
    """Return the application's calls, its own first."""
    # From above the recorder's own methods, which are nobody's view. And a
    # frame of which the list is a local would keep itself, and with it all that
    # it was called by.
    frame: FrameType | None = sys._getframe(4)
    calls: list[FrameType] = []
    while frame and len(calls) < DEEPEST:
        if frame.f_code.co_qualname == "Recorder.__call__":
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
