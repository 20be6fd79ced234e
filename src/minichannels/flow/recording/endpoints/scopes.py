"""Which endpoint stands in a scope, where a framework has found one.

Source: Starlette, "Routing" (``scope["endpoint"]``); Litestar, "Route handlers"
(``scope["route_handler"]``); Lilya and Ravyn, "Routing" (``handler``).
"""

import sys
from contextlib import suppress
from types import FunctionType
from typing import Any

from minichannels.flow.recording.calls import is_own
from minichannels.flow.recording.tracebacks import is_learners
from minichannels.types import Scope


def endpoint_in(scope: Scope) -> str:
    """Return the name of the endpoint that a framework found; empty if none."""
    endpoint = scope.get("endpoint")
    if endpoint is None:
        endpoint = _kept_in(scope)
    if endpoint is None:
        return ""
    for inner in (_component_of(endpoint), wrapped_by(endpoint)):
        endpoint = endpoint if inner is None else inner
    name = getattr(endpoint, "__name__", type(endpoint).__name__)
    return str(name)


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
    each socket's a class, made by one that knows the developer's.
    """
    if isinstance(endpoint, type) and not is_own_class(endpoint):
        endpoint = vars(endpoint).get("on_receive")
    if type(endpoint) is not FunctionType or is_own(endpoint.__code__):
        return None
    held = []
    for cell in endpoint.__closure__ or ():
        with suppress(ValueError):  # nothing is in it yet
            held.append(cell.cell_contents)
    own = [h for h in held if type(h) is FunctionType and is_own(h.__code__)]
    return own[0] if len(own) == 1 else None


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
