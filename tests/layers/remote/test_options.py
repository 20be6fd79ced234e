"""Options that cannot be: each is told when the layer is made, and why."""

from typing import Any

import pytest

from minichannels.layers.remote.serializing import Envelope
from support.contract import Kind

SECONDS = ["expiry", "group_expiry", "timeout"]


@pytest.mark.parametrize("name", SECONDS)
@pytest.mark.parametrize(
    "value", [0, -1, float("nan"), float("inf"), "5", None, 10**400, 2e9]
)
def test_time_is_one_that_a_server_can_count(
    kind: Kind, name: str, value: Any
) -> None:
    with pytest.raises(
        ValueError, match=rf"^{name} must be a number above 0, .*; not .+"
    ):
        kind.make(**{name: value})


async def nobody_waits_for_it() -> None:
    """Do what would never be done."""


@pytest.mark.parametrize("name", ["on_disconnect", "on_reconnect"])
@pytest.mark.parametrize("value", [5, {}, b"server.away", nobody_waits_for_it])
def test_what_happens_is_a_message_or_a_call(
    kind: Kind, name: str, value: Any
) -> None:
    with pytest.raises(ValueError, match=f"^{name} is the type of a message"):
        kind.make(**{name: value})


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ("key", "is a list of keys, in order: .*; not str"),
        (7, "; not int"),
        ({"old": "key"}, "; not dict"),
        ([7], "is int, and no key"),
        ([None], "is NoneType, and no key"),
        (["key", ""], "is empty, and no key"),
    ],
)
def test_keys_are_a_list_of_keys(kind: Kind, keys: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        kind.make(symmetric_encryption_keys=keys)


@pytest.mark.parametrize("value", ["pickle", "JSON", None, ["json"], {}])
def test_format_is_one_of_two(kind: Kind, value: Any) -> None:
    with pytest.raises(ValueError, match=r"^serializer_format is 'msgpack' or"):
        kind.make(serializer_format=value)


@pytest.mark.parametrize(
    "name",
    ["prefixes", "expirey", "capasity", "symmetric_encryption_key", "Prefix"],
)
def test_what_is_misspelt_is_named(kind: Kind, name: str) -> None:
    with pytest.raises(TypeError, match=f"'{name}'"):
        kind.make(**{name: None})


@pytest.mark.parametrize("keys", [None, [], (), "", {}])
def test_without_keys_nothing_is_encrypted(kind: Kind, keys: Any) -> None:
    layer = kind.make(symmetric_encryption_keys=keys)

    assert b"hello" in layer._minichannels.serializer.dumps(
        Envelope({"a": "hello"}, 1.0)
    )


@pytest.mark.parametrize("made", [iter, set, tuple])
def test_keys_may_come_from_whatever_gives_them(kind: Kind, made: Any) -> None:
    keys = made(["key", b"older"])
    layer = kind.make(symmetric_encryption_keys=keys)
    reader = kind.make(symmetric_encryption_keys=["other", "key", "older"])
    envelope = Envelope({"a": "hello"}, 1.0)

    data = layer._minichannels.serializer.dumps(envelope)

    assert b"hello" not in data
    assert reader._minichannels.serializer.loads(data) == envelope
