"""Which endpoint stands in a scope, found out once for each function."""

import gc
import weakref

from minichannels.flow.recording.endpoints import scopes
from minichannels.flow.recording.endpoints.scopes import endpoint_in


def hello() -> None:
    """Serve nothing."""


def test_a_function_is_looked_at_once() -> None:
    first = endpoint_in({"endpoint": hello})

    assert first is not None
    assert first.name == "hello"
    assert endpoint_in({"endpoint": hello}) is first


def test_a_function_that_is_served_is_not_kept() -> None:
    def made() -> None: ...

    endpoint_in({"endpoint": made})
    there = weakref.ref(made)
    many = len(scopes._known)
    del made
    gc.collect()

    assert there() is None
    assert len(scopes._known) == many - 1
