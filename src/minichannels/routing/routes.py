"""Routes: a URL pattern and the application behind it.

How it works: ``path()`` and ``re_path()`` check their arguments and put them
into a small object of the shape that Django's functions of these names
return, so that ``URLRouter`` treats both alike. What routes are matched with
is the path that ``path_to_route()`` finds in the scope.

Source: Django, "URL dispatcher"; Channels, "Routing".
"""

from collections.abc import Callable
from typing import Any, Protocol

from minichannels._asgi import require_application
from minichannels._masking import short
from minichannels.routing.patterns import Pattern, RegexPattern, RoutePattern
from minichannels.types import ASGIApp, Scope

NO_INCLUDE = "include() is not for ASGI applications; nest a URLRouter"


class Route(Protocol):
    """What ``URLRouter`` asks of a route: Django's have it as well."""

    @property
    def pattern(self) -> Pattern:
        """Which paths it is for."""

    @property
    def callback(self) -> ASGIApp | None:
        """The application for them; Django's ``include()`` has none."""

    @property
    def default_args(self) -> dict[str, Any]:
        """Named parameters that are always the same."""


class URLPattern:
    """A route as ``path()`` and ``re_path()`` make it."""

    # (No dataclass: the import of their module costs as much as this room.)

    def __init__(
        self,
        pattern: Pattern,
        callback: ASGIApp,
        default_args: dict[str, Any] | None = None,
        name: str | None = None,
    ) -> None:
        self.pattern, self.callback = pattern, callback
        self.default_args, self.name = default_args or {}, name


def path(
    route: str,
    app: ASGIApp,
    kwargs: dict[str, Any] | None = None,
    name: str | None = None,
) -> URLPattern:
    """Make a route from words and parameters: ``ws/chat/<str:room>/``.

    Args:
        route: without a slash at its start; a parameter is ``<name>`` or
            ``<converter:name>`` with ``int``, ``str``, ``slug``, ``uuid`` or
            ``path``.
        app: the application, or a router for the rest of the path.
        kwargs: further named parameters for the application.
        name: a name for the route; routing does not use it.

    Raises:
        TypeError: an argument is of the wrong type.
        ValueError: the route can never match, or a parameter of it is wrong.
    """
    return _make_route(RoutePattern, route, app, kwargs, name)


def re_path(
    route: str,
    app: ASGIApp,
    kwargs: dict[str, Any] | None = None,
    name: str | None = None,
) -> URLPattern:
    r"""Make a route from a regular expression: ``^ws/chat/(?P<room>\w+)/$``.

    Args:
        route: the expression; its named groups become named parameters, or,
            if it has none, its groups positional ones.
        app: the application, or a router for the rest of the path.
        kwargs: further named parameters for the application.
        name: a name for the route; routing does not use it.

    Raises:
        TypeError: an argument is of the wrong type.
        ValueError: the expression is none, or can never match.
    """
    return _make_route(RegexPattern, route, app, kwargs, name)


def _make_route(
    kind: Callable[[str, str | None, bool], Pattern],
    route: str,
    app: ASGIApp,
    kwargs: dict[str, Any] | None,
    name: str | None,
) -> URLPattern:
    pattern = kind(route, name, True)
    if isinstance(app, list | tuple):
        raise TypeError(f"route {route!r}: {NO_INCLUDE}")
    require_application(app, f"the application of route {route!r}")
    if kwargs is not None and not isinstance(kwargs, dict):
        raise TypeError(
            f"kwargs of route {route!r} is {short(kwargs)}, not a dict"
        )
    return URLPattern(pattern, app, kwargs, name)


def path_to_route(scope: Scope) -> str:
    """Return the path, without what outer routers and the server took off.

    ``root_path`` is where the server mounted the application: ``/app`` is in
    front of ``/app`` and ``/app/x``, and not of ``/applepie``.

    Raises:
        ValueError: the scope has no path, or one outside of ``root_path``.
    """
    path = scope.get("path_remaining", scope.get("path"))
    if not isinstance(path, str):
        raise ValueError(
            f"no path in a scope of type {short(scope.get('type'))}, but"
            f" {short(path)}; URLRouter serves scopes with a 'path'"
        )
    if "path_remaining" in scope:
        return path
    root = (scope.get("root_path") or "").rstrip("/")
    if root and not f"{path}/".startswith(f"{root}/"):
        raise ValueError(
            f"No route found for path {short(path)}; the application is at"
            f" {short(root)}"
        )
    return path[len(root) :]
