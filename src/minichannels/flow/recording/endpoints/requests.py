"""Which endpoint a request is for, where a framework keeps that, or finds it.

How it works: most frameworks note in a request what they have found for it.
Some do not; but what finds it can be asked once more, and says the same, since
it looks into a table and nothing else.

Source: Quart, "API Reference", and Sanic, "Request" (``Request.endpoint``);
Django, "Request and response objects" (of what was matched); Falcon, "Routing"
(resources); Microdot, "API Reference" (``Request.route``); BlackSheep,
"Routing" (of routers); Emmett, ``emmett_core.routing``; Panther,
``panther.routings``; bareASGI, "HTTP"; Kui, "Routing".
"""

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import CodeType, FrameType, FunctionType, SimpleNamespace
from typing import Any

from minichannels.flow.recording.calls import (
    is_application,
    is_method,
    is_own,
)
from minichannels.flow.recording.endpoints.attributes import kept
from minichannels.flow.recording.endpoints.scopes import (
    MOST_AROUND,
    behind,
    called,
    inner_of,
    is_own_class,
    wrapped_by,
)

_WITH_ENDPOINTS = {"quart", "sanic"}
"""The packages whose requests have an ``endpoint``."""

_WRAPPERS = "ninja."
"""How the modules begin whose views are all called the same."""

_CALLED = ("request", "websocket", "req")
"""What frameworks call a request, where they have one."""

_KEPT_AS = ("endpoint", "route", "view")
"""What a request calls the function that it is for, where it has it."""

_AROUND_AS = (*_KEPT_AS, "handler", "_unwrapped_func")
"""What an object calls the function that it is around: the last are bareASGI's
and Lihil's."""

_FOUND_AS = ("endpoint", "handler")
"""What a method calls the function that it has found: the last is Kui's."""

_NOT_ENDPOINTS = {"app", "receive", "send"}
"""What is called so is passed on, and is nobody's endpoint."""

PASSED = frozenset({"event", "message", "msg"})
"""What a ``send`` is called with last, as everybody calls it."""

_NEXT = {"app", "call_next", "handler", "next", "next_call", "next_handler"}
"""What a middleware's function calls what it goes on with, as the last."""


def _asked_of_blacksheep(application: Any, request: Any) -> Any:
    # Of its class: somebody may have put something of his own in its place.
    router = application.router
    return type(router).get_match(router, request).handler


def _asked_of_panther(application: Any, request: Any) -> Any:
    found, _ = sys.modules["panther.routings"].find_endpoint(request.path)
    return found


def _asked_of_emmett(application: Any, scope: Any) -> Any:
    # What it has made of the request is gone by the time that it answers.
    asked = SimpleNamespace(
        method=scope["method"],
        path=scope["emt.path"],
        scheme=scope.get("scheme", "http"),
        host=dict(scope["headers"]).get(b"host", b"").decode("latin-1"),
    )
    found, _ = application.router.match(asked)
    return found.dispatch.__self__.f


_ASKED: Mapping[str, Callable[[Any, Any], Any]] = {
    "blacksheep": _asked_of_blacksheep,
    "emmett_core": _asked_of_emmett,
    "panther": _asked_of_panther,
}
"""What finds an endpoint once more, by the package of the application."""


def endpoint_in(frame: FrameType, sends: bool) -> str:
    """Return the endpoint's name that a method on the way to it knows of.

    Args:
        frame: where the method stands.
        sends: whether something is sent, and so its endpoint was found.
    """
    known = frame.f_locals
    found = type(known.get("self"))
    name = _resource_in(known, found)
    requests = [known[called] for called in _CALLED if called in known]
    for request in requests:
        name = name or _view_of(request)
        if not is_own(frame.f_code):
            name = name or _kept_in(request)
        if sends:
            name = name or _asked_for(request, known.get("self"))
    if sends and not requests and "emt.path" in (known.get("scope") or ()):
        name = name or _asked_for(known["scope"], known.get("self"))
    return name


def is_plain(frame: FrameType) -> bool:
    """Return whether what a call is can be told by its code alone."""
    return not is_method(frame.f_code) and not _names_held_by(frame.f_code)


def _names_held_by(code: CodeType) -> set[str]:
    """Return the names of what a library's function is around."""
    return set() if is_own(code) else {*code.co_freevars} - _NOT_ENDPOINTS


def wrapped_in(frame: FrameType) -> str:
    """Return the name of the developer's function that a call is around.

    As where a library's decorator makes an application of an endpoint: empty
    if there is none, or several, of which nobody could tell.
    """
    code = frame.f_code
    names_held = _names_held_by(code)
    if is_own(code) or not (names_held or is_method(code)):
        return ""  # most often: it holds nothing
    known = frame.f_locals
    around = known.get("self")
    held = [known.get(name) for name in names_held]
    held += [kept(around, name) for name in _AROUND_AS]
    held += [known.get(name) for name in _FOUND_AS]
    # Most is not there: to look at that takes longer than to leave it out.
    there = [each for each in held if each is not None]
    names = {_own_name(each) for each in there if not _goes_on(each)} - {""}
    return names.pop() if len(names) == 1 else ""


def _goes_on(function: Any) -> bool:
    """Return whether it is a function that stands before another one."""
    if type(function) is not FunctionType:
        return False
    code = _innermost(function).__code__
    last = code.co_varnames[: code.co_argcount][-1:]
    return is_application(code) or not (_NEXT | PASSED).isdisjoint(last)


def _kept_in(request: Any) -> str:
    """Return the name of the developer's function that a request keeps."""
    for key in _KEPT_AS:
        # So that what is no such request does not notice.
        if name := _own_name(kept(request, key)):
            return name
    return ""


def _asked_for(request: Any, application: Any) -> str:
    """Return the name of what a framework finds for a request, asked again."""
    for package in _ASKED.keys() & _packages_of(type(application)):
        with suppress(Exception):  # it finds nothing, or knows no such request
            return _own_name(_ASKED[package](application, request))
    return ""


def _innermost(function: FunctionType) -> FunctionType:
    """Return the function that others are around, as far as they are some.

    What is named as such may be an object, or the function itself.
    """
    for _ in range(MOST_AROUND):
        inner = vars(function).get("__wrapped__")
        if type(inner) is not FunctionType:
            break
        function = inner
    return function


def _own_name(endpoint: Any) -> str:
    """Return the name of a developer's own function or class; else empty."""
    if isinstance(endpoint, type):
        return endpoint.__name__ if is_own_class(endpoint) else ""
    if type(endpoint) is not FunctionType:
        return ""
    inner = _innermost(endpoint)
    own = inner if is_own(inner.__code__) else wrapped_by(inner)
    return "" if own is None else str(own.__name__)


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
    view = _class_of(match.func) or match.func
    name = str(getattr(view, "__name__", ""))
    if not name or str(view.__module__).startswith(_WRAPPERS):
        return str(match.url_name or name or called(behind(view)))
    return called(behind(view))


def _class_of(view: Any, deepest: int = MOST_AROUND) -> Any:
    """Return the class that a view was made of; None if it was of none.

    Django and others keep it in the view, around which may be a decorator.
    """
    found = getattr(view, "view_class", None) or getattr(view, "cls", None)
    inner = None if found or deepest == 0 else inner_of(view)
    return found if inner is None else _class_of(inner, deepest - 1)
