"""Which endpoint stands in a scope, where a framework has found one.

Source: Starlette, "Routing" (``scope["endpoint"]``); Litestar, "Route handlers"
(``scope["route_handler"]``) and "WebSockets" (listeners); Lilya and Ravyn,
"Routing" (``handler``).
"""

import functools
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from inspect import CO_VARARGS, CO_VARKEYWORDS
from types import FunctionType, MethodType
from typing import Any
from weakref import WeakKeyDictionary

from minichannels.flow.recording.calls import Row, is_application, is_own
from minichannels.flow.recording.endpoints.attributes import attributes, kept
from minichannels.flow.recording.tracebacks import is_learners
from minichannels.types import Scope

_CALLS = ("func", "_fn")
"""How an object calls the function that it is around: a partial, and Litestar's
for what runs in a thread; and Litestar's for what listens to a socket."""

_ANYTHING = CO_VARARGS | CO_VARKEYWORDS
"""What a decorator's function is called with that is around any other."""

MOST_AROUND = 20
"""How many functions around another one are passed over."""


@dataclass(slots=True)
class Endpoint:
    """What is known of an endpoint.

    Attributes:
        name: what it is called; empty if nobody knows.
        consumer: the consumer class that it was made of, if any.
        is_router: whether it is an application that may find another one.
        rows: the rows of calls that its answers were last sent by.
    """

    name: str
    consumer: type[Any] | None = None
    is_router: bool = False
    rows: tuple[Row, ...] = field(default=(), compare=False, repr=False)


# It takes long to find out, and each request asks for one.
_known: WeakKeyDictionary[Any, Endpoint] = WeakKeyDictionary()


def endpoint_in(scope: Scope) -> Endpoint | None:
    """Return what is known of the endpoint that a framework found, if any.

    What stands around it is passed over, as far as that is known.
    """
    endpoint = scope.get("endpoint")
    if endpoint is None:
        if "route" not in scope and "route_handler" not in scope:
            return None  # most often, where there is no framework
        endpoint = _kept_in(scope)
        if endpoint is None:
            return None
    if type(endpoint) is not FunctionType and type(endpoint) is not type:
        return _looked_at(endpoint)
    known = _known.get(endpoint)
    if known is None:
        known = _known[endpoint] = _looked_at(endpoint)
    return known


def _looked_at(endpoint: Any) -> Endpoint:
    own = behind(endpoint)
    consumer = getattr(own, "consumer_class", None)
    return Endpoint(called(own), consumer, is_router(own))


def called(application: object) -> str:
    """Return what an application or an endpoint is called, as far as known.

    As its function, or else as the class that it is an object of.
    """
    if type(application) is functools.partial:
        return called(application.func)
    name = getattr(application, "__name__", None)
    return name if type(name) is str else type(application).__name__


def behind(endpoint: Any) -> Any:
    """Return the developer's own that others are around, or else the same."""
    for _ in range(MOST_AROUND):
        inner = _component_of(endpoint) or _around(endpoint)
        if inner is None:
            break
        endpoint = inner
    return endpoint


def _around(endpoint: Any) -> Any:
    """Return what a function or an object is around; None if that is unknown.

    Of an object that a class of listeners made, the class says more than the
    method, which is called the same in each of them.
    """
    if type(endpoint) is FunctionType or isinstance(endpoint, type):
        return wrapped_by(endpoint)
    if type(endpoint) is MethodType:
        return None
    for name in _CALLS:
        inner = kept(endpoint, name)
        if type(inner) is MethodType and inner.__name__ == "on_receive":
            return type(inner.__self__)
        # What its class has is a method of that name, or a property.
        if callable(inner) and inner is not kept(type(endpoint), name):
            return inner
    return None


def is_router(endpoint: Any) -> bool:
    """Return whether an endpoint is an application that may find another one.

    Such as a router of Channels, behind a route of Starlette.
    """
    call = kept(type(endpoint), "__call__")
    return type(call) is FunctionType and is_application(call.__code__)


def _kept_in(scope: Scope) -> Any:
    """Return the function that a scope's route keeps; None if there is none."""
    handler = scope.get("route_handler")  # Litestar's
    if handler is None:  # Lilya has a route; in Ravyn's stands a handler
        found = getattr(scope.get("route"), "handler", None)
        return getattr(found, "fn", found)
    return getattr(handler, "fn", None)


def wrapped_by(endpoint: Any) -> Any:
    """Return the developer's function that one of a library's calls; or None.

    As in FastHTML, where each endpoint is the same function of its own; and
    each socket's a class, made by one that knows the developer's. Or that one
    of a decorator's calls, which has not given it its name.
    """
    if isinstance(endpoint, type) and not is_own_class(endpoint):
        endpoint = vars(endpoint).get("on_receive")
    for _ in range(MOST_AROUND):
        endpoint = inner_of(endpoint)
        if endpoint is None or is_own(endpoint.__code__):
            return endpoint
    return None  # it is around itself


def inner_of(endpoint: Any) -> FunctionType | None:
    """Return the one function that another one is around, whoever wrote it.

    Or the one of the developer's own, if there are several.
    """
    if type(endpoint) is not FunctionType or not _may_be_around(endpoint):
        return None
    held = []
    for cell in endpoint.__closure__ or ():
        with suppress(ValueError):  # nothing is in it yet
            held.append(cell.cell_contents)
    functions = [each for each in held if type(each) is FunctionType]
    own = [each for each in functions if is_own(each.__code__)]
    found = own or functions
    return found[0] if len(found) == 1 else None


def _may_be_around(function: FunctionType) -> bool:
    """Return whether a function may be around another one that says more."""
    code = function.__code__
    takes_all = code.co_flags & _ANYTHING == _ANYTHING
    return not is_own(code) or (
        takes_all and "__wrapped__" not in attributes(function)
    )


def is_own_class(found: type[Any]) -> bool:
    """Return whether a class is the developer's own."""
    module = sys.modules.get(found.__module__)
    file = getattr(module, "__file__", None)
    return file is not None and is_learners(file)


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
