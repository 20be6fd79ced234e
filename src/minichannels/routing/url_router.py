"""The router that looks at the path of a scope.

How it works: it finds its match, through all nested routers, before it calls
anything: whatever an application raises afterwards is its own affair and is
never taken for "no match".

Source: Channels, "Routing"; ASGI, "HTTP & WebSocket Message Format".
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, NamedTuple

from minichannels._asgi import require_shareable, wrapping
from minichannels._masking import short
from minichannels.routing.patterns import Pattern
from minichannels.routing.routes import (
    NO_INCLUDE,
    Route,
    path_to_route,
)
from minichannels.types import ASGIApp, Receive, Scope, Send


class _Entry(NamedTuple):
    """A route as its router uses it."""

    pattern: Pattern
    application: ASGIApp
    default_args: dict[str, Any]
    router: "URLRouter | None"
    """The router that takes the rest of the path, if there is one."""


class _Found(NamedTuple):
    """The application for a path, and what its route captured."""

    application: ASGIApp
    remaining: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def captured_below(self, outer: dict[str, Any]) -> dict[str, Any]:
        """Return what outer routes captured, with what this one adds."""
        before: dict[str, Any] = {"args": (), "kwargs": {}, **outer}
        return {
            "args": (*before["args"], *self.args),
            "kwargs": before["kwargs"] | self.kwargs,
        }


class NoRoute:
    """What a router raises that has no route for a path.

    Attributes:
        below: its type where another router has taken the first part of the
            path; a bridge puts its own there.
    """

    below: ClassVar[type[ValueError]] = ValueError


class URLRouter:
    """Picks an application by the path, the first route that matches.

    What routes captured is in ``scope["url_route"]``: ``args`` and ``kwargs``,
    those of outer routers first. A router below another one gets what the
    outer route left of the path, in ``scope["path_remaining"]``.

    A middleware between two routers has to be an object that holds what it
    wraps in an attribute ``inner``, ``application`` or ``app``. What a
    function wraps cannot be seen: give it an attribute ``_path_routing`` that
    is True, as in Channels, or write the route above it as a prefix,
    ``re_path("^chat/", ...)``. Routes behind that one are not tried, then, if
    the hidden router has none for the path.

    Attributes:
        routes: what it was given: results of ``path()`` and ``re_path()``,
            this module's or Django's. They are not modified.

    Raises:
        TypeError: a route is something else, or leads to no application.
        ValueError: a route comes from Django's ``include()``.
    """

    _path_routing = True  # a wrapper may pass on what it finds here
    # A class of one's own may set its routes alone, or anew for each request.
    _minichannels: tuple[Sequence[Route], Sequence[_Entry]] = ((), ())

    def __init__(self, routes: Iterable[Route]) -> None:
        _require_list(routes)
        # The list itself, as a project may add routes to its own later.
        self.routes = routes if isinstance(routes, Sequence) else list(routes)
        _entries(self)  # a mistake is to show now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> Any:
        """Call the application for the path.

        Raises:
            ValueError: there is none for it, or the scope has no path.
        """
        path = path_to_route(scope)
        found = first_match(self, path)
        if found is None:
            tried = ", ".join(map(repr, _patterns(self))) or "no route at all"
            kind = NoRoute.below if "path_remaining" in scope else ValueError
            # These words are what a project looks for that tries several.
            raise kind(f"No route found for path {short(path)}; tried {tried}")
        inner_scope = {
            **scope,
            "path_remaining": found.remaining,
            "url_route": found.captured_below(scope.get("url_route", {})),
        }
        return await found.application(inner_scope, receive, send)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(_patterns(self))})"


# No methods: who makes a class of that one may call theirs as they like.


def _entries(router: URLRouter) -> Sequence[_Entry]:
    """Return a router's routes, made ready anew if they are others now."""
    known, made = router._minichannels
    routes = tuple(router.routes)
    if routes != known:
        made = [_make_entry(route) for route in routes]
        router._minichannels = routes, made
    return made


def first_match(router: URLRouter, path: str) -> _Found | None:
    """Return the first match that nested routers, if any, can finish.

    Else the first below which a class of one's own may know one when called.
    """
    unsure = None
    for entry in _entries(router):
        match = entry.pattern.match(path.lstrip("/"))
        if match is None:
            continue
        remaining, args, kwargs = match
        kwargs = {**kwargs, **entry.default_args}
        found = _Found(entry.application, remaining, args, kwargs)
        below = entry.router
        if below is None or first_match(below, remaining) is not None:
            return found
        if type(below).__call__ is not URLRouter.__call__:
            unsure = unsure or found
    return unsure


def _patterns(router: URLRouter) -> Iterable[str]:
    """Yield each pattern as it is written, with those below it."""
    for entry in _entries(router):
        below = entry.router
        for further in [""] if below is None else _patterns(below):
            yield f"{entry.pattern}{further}"


def _require_list(routes: Any) -> None:
    if not isinstance(routes, Iterable) or isinstance(routes, str):
        raise TypeError(
            f"URLRouter takes a list of routes, not {short(routes)}"
        )


def _make_entry(route: Route) -> _Entry:
    """Check a route, and make its pattern a prefix above another router."""
    if not hasattr(route, "pattern"):
        raise TypeError(
            f"a route comes from path() or re_path(), not {short(route)}"
        )
    pattern = route.pattern
    role = f"the application of route {str(pattern)!r}"
    if route.callback is None:
        raise ValueError(f"{role} is missing: {NO_INCLUDE}")
    require_shareable(route.callback, role)
    router = _router_within(route.callback)
    if router or getattr(route.callback, "_path_routing", False) is True:
        # A new pattern of the same class: the route belongs to its maker.
        pattern = type(pattern)(str(pattern), pattern.name, is_endpoint=False)
    return _Entry(pattern, route.callback, route.default_args, router)


def _router_within(application: object) -> URLRouter | None:
    """Return the router that an application is, or is wrapped around."""
    for each in wrapping(application):
        if isinstance(each, URLRouter):
            return each
    return None
