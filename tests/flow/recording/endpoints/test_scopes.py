"""Which endpoint stands in a scope, found out once for each function."""

import functools
import gc
import weakref
from typing import Any

import pytest

from minichannels.flow.recording.endpoints import scopes
from minichannels.flow.recording.endpoints.scopes import endpoint_in


def hello() -> None:
    """Serve nothing."""


def test_a_function_is_looked_at_once() -> None:
    first = endpoint_in({"endpoint": hello})

    assert first is not None
    assert first.name == "hello"
    assert endpoint_in({"endpoint": hello}) is first


class View:
    """An object that is called, and has a method called as in a partial."""

    def func(self) -> None: ...

    def __call__(self) -> None: ...


class Sized(View):
    def __init__(self) -> None:
        self.func = "resize"  # type: ignore[assignment, method-assign]


class Around(View):
    def __init__(self) -> None:
        self.func = hello  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("endpoint", "name"),
    [
        (View(), "View"),
        (Sized(), "Sized"),
        (Around(), "hello"),
        (functools.partial(hello), "hello"),
        (functools.partial(View()), "View"),
    ],
)
def test_an_object_is_called_after_the_function_that_it_is_around(
    endpoint: Any, name: str
) -> None:
    known = endpoint_in({"endpoint": endpoint})

    assert known is not None
    assert known.name == name


def test_a_function_that_is_served_is_not_kept() -> None:
    def made() -> None: ...

    endpoint_in({"endpoint": made})
    there = weakref.ref(made)
    assert there in scopes._known.keyrefs()
    del made
    gc.collect()

    assert there() is None


@pytest.mark.parametrize("scope", [{}, {"route": object()}])
def test_where_no_framework_says_what_it_has_found_nothing_is_known(
    scope: dict[str, Any],
) -> None:
    assert endpoint_in(scope) is None
