"""URL patterns: what ``path()`` and ``re_path()`` match, without Django.

How it works: both kinds of pattern become one regular expression. ``match``
gives what is left of the path behind the match, and what was captured. An
*endpoint* has to match to the end of the path; a *prefix* leaves the rest of
it to a further router.

The classes have the shape of Django's own (``match``, ``name``, ``str()``), so
that a router takes either.

Source: Django, "URL dispatcher".
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from minichannels._masking import short

Match = tuple[str, tuple[Any, ...], dict[str, Any]]
"""What is left of the path, positional and named parameters."""


class Pattern(Protocol):
    """What a router asks of a pattern, Django's or ours."""

    name: str | None

    def __init__(
        self, route: str, name: str | None = ..., is_endpoint: bool = ...
    ) -> None: ...

    def match(self, path: str) -> Match | None:
        """Match the start of a path, or all of it for an endpoint."""


def _to_uuid(text: str) -> Any:
    import uuid  # takes a while, and is hardly ever needed

    return uuid.UUID(text)


class Converter(NamedTuple):
    """Which text a parameter takes, and which value is made of it."""

    regex: str
    to_python: Callable[[str], Any]


CONVERTERS = {
    "int": Converter("[0-9]+", int),
    "path": Converter(".+", str),
    "slug": Converter("[-a-zA-Z0-9_]+", str),
    "str": Converter("[^/]+", str),
    "uuid": Converter("[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", _to_uuid),
}


class RoutePattern:
    """A route with parameters, such as ``chat/<room>/`` or ``<int:pk>``.

    Attributes:
        name: a name for the route; routing does not use it.
        regex: the regular expression that the route stands for.
        converters: for each parameter, how its value is made.

    Raises:
        TypeError: the route is not a string.
        ValueError: the route can never match, or a parameter of it is wrong.
    """

    def __init__(
        self, route: str, name: str | None = None, is_endpoint: bool = False
    ) -> None:
        _require_relative(route, "/")
        self.name = name
        self._route = route
        if route.startswith("^") or "(?P<" in route:
            raise self._error("is a regular expression; use re_path() for it")
        self.converters: dict[str, Converter] = {}
        end = r"\Z" if is_endpoint else ""
        self.regex = re.compile(self._to_regex() + end)

    def _to_regex(self) -> str:
        """Return the regular expression, filling ``converters`` on the way."""
        regex, position = "", 0
        for parameter in re.finditer("<([^>]+)>", self._route):
            regex += self._literal(position, parameter.start())
            kind, colon, name = parameter[1].rpartition(":")
            converter = self._add(name, kind if colon else "str")
            regex += f"(?P<{name}>{converter.regex})"
            position = parameter.end()
        return regex + self._literal(position, len(self._route))

    def _literal(self, start: int, end: int) -> str:
        text = self._route[start:end]
        if bracket := re.search("[<>]", text):
            raise self._error(f"has an unmatched {bracket[0]!r}")
        return re.escape(text)

    def _add(self, name: str, kind: str) -> Converter:
        if not name.isidentifier():
            raise self._error(
                f"names a parameter {name!r}, which is no Python identifier;"
                " write '<name>', or with a converter '<int:name>', without a"
                " space"
            )
        if name in self.converters:
            raise self._error(f"names two parameters {name!r}")
        if kind not in CONVERTERS:
            known = ", ".join(map(repr, CONVERTERS))
            raise self._error(f"uses the converter {kind!r}; there are {known}")
        self.converters[name] = CONVERTERS[kind]
        return CONVERTERS[kind]

    def _error(self, problem: str) -> ValueError:
        return ValueError(f"route {self._route!r} {problem}")

    def match(self, path: str) -> Match | None:
        """Match a path from its start.

        Returns:
            What is left of the path, no positional parameters, and the named
            ones, each as its converter's value; None for no match.
        """
        found = self.regex.match(path)
        if found is None:
            return None
        try:
            values = {
                name: self.converters[name].to_python(text)
                for name, text in found.groupdict().items()
            }
        except ValueError:
            # An int of thousands of digits: no such page, not an error.
            return None
        return path[found.end() :], (), values

    def __str__(self) -> str:
        return self._route

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._route!r})"


class RegexPattern:
    """A regular expression, whose groups are the parameters.

    Attributes:
        name: a name for the route; routing does not use it.
        regex: the compiled regular expression.

    Raises:
        TypeError: the expression is not a string.
        ValueError: it can never match, or is no regular expression.
    """

    def __init__(
        self, regex: str, name: str | None = None, is_endpoint: bool = False
    ) -> None:
        _require_relative(regex, "^/")
        self.name = name
        try:
            self.regex = re.compile(regex)
        except re.error as error:
            raise ValueError(
                f"{regex!r} is not a regular expression: {error}"
            ) from None
        # A plain "$" would also match before a newline at the end.
        is_whole = is_endpoint and regex.endswith("$")
        self._find = self.regex.fullmatch if is_whole else self.regex.search

    def match(self, path: str) -> Match | None:
        """Find the expression in a path; only ``^`` ties it to the start.

        Returns:
            What is left of the path behind the match, and the groups: the
            named ones that took part if there are any named, otherwise all
            as positional parameters; None for no match.
        """
        found = self._find(path)
        if found is None:
            return None
        rest = path[found.end() :]
        names = self.regex.groupindex
        if not names:
            return rest, found.groups(), {}
        took_part = [name for name in names if found[name] is not None]
        return rest, (), {name: found[name] for name in took_part}

    def __str__(self) -> str:
        return self.regex.pattern

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.regex.pattern!r})"


def _require_relative(route: str, forbidden: str) -> None:
    """Refuse a start that no path has, for routers take its slash away."""
    if not isinstance(route, str):
        raise TypeError(f"a route is a string, not {short(route)}")
    if route.startswith(forbidden):
        right = forbidden.rstrip("/") + route.lstrip("^/")
        raise ValueError(
            f"route {route!r} never matches: routers take the '/' off the "
            f"start of a path; write {right!r}"
        )
