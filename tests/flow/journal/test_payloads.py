import enum
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

import pytest

from minichannels.flow.journal.payloads import (
    DEEPEST,
    begun,
    snapshot,
    weight,
    words,
)


class Silent:
    def __str__(self) -> str:
        raise ValueError("no words")


class Lazy(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "not yet"


class Odd(int):
    def __pos__(self) -> int:
        raise ValueError("no number")

    def bit_length(self) -> int:
        raise ValueError("no number")


class Part(bytes):
    def __bytes__(self) -> bytes:
        raise ValueError("no bytes")


class Celsius(float): ...


class Claims:
    """Says that it is a text, as proxies do."""

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return str


class Kind(str, enum.Enum):  # noqa: UP042 (its text is "Kind.JOIN")
    JOIN = "join"


class Colour(enum.Enum):
    RED = "red"
    PAIR = (Kind.JOIN, 2)


def test_a_snapshot_does_not_change_with_its_message() -> None:
    message: dict[str, Any] = {"a": [1, {"b": [2]}], "c": bytearray(b"x")}

    kept = snapshot(message)
    message["a"][1]["b"].append(3)
    message["a"].append(4)
    message["c"].extend(b"y")

    assert kept == {"a": [1, {"b": [2]}], "c": b"x"}


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (None, None),
        (True, True),
        (1.5, 1.5),
        (b"x", b"x"),
        (2**1000 - 1, 2**1000 - 1),
        (2**1000, "<int>"),  # Python refuses to print much larger ones
        ((1, (2,)), [1, [2]]),
        (Lazy("now"), "now"),
        (["a", None], ["a", None]),
        ([{1: 2}], [{"1": 2}]),
        ({2, 10, 1}, [1, 10, 2]),
        (frozenset({"b", "a"}), ["a", "b"]),
        (HTTPStatus.NOT_FOUND, 404),
        (Kind.JOIN, "join"),
        (Colour.RED, "red"),
        (Colour.PAIR, ["join", 2]),
        ({Colour.RED: 1, Kind.JOIN: 2}, {"red": 1, "join": 2}),
        (Odd(3), 3),
        (Celsius(-0.5), -0.5),
        (Part(b"x"), b"x"),
        (memoryview(b"xyz")[::2], b"xz"),
        (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3, tzinfo=UTC), "2026-01-02 03:00:00+00:00"),
        (time(3, 4), "03:04:00"),
        (timedelta(hours=1), "1:00:00"),
        (Decimal("9.90"), "9.90"),
        (Fraction(1, 3), "1/3"),
        (Fraction(10**5_000), "<Fraction>"),  # Python refuses to print it
        (PurePosixPath("a/b"), "a/b"),
        ([Claims()], ["<Claims>"]),
        (Silent(), "<Silent>"),
        ({Silent(): 1}, {"<Silent>": 1}),
    ],
)
def test_a_snapshot_keeps_what_cannot_change(value: Any, kept: Any) -> None:
    found = snapshot({"value": value})["value"]

    assert found == kept
    assert type(found) is type(kept)


def test_a_snapshot_of_a_cycle_ends_where_it_begins_anew() -> None:
    parent: dict[str, Any] = {"name": "ada"}
    child: dict[str, Any] = {"name": "bob", "parent": parent}
    parent["children"] = [child, child, {"of": (parent,)}]

    kept = snapshot(parent)

    bob = {"name": "bob", "parent": "<dict>"}
    assert kept == {"name": "ada", "children": [bob, bob, {"of": ["<dict>"]}]}


def test_a_snapshot_is_not_deeper_than_can_be_shown() -> None:
    deep: Any = []
    for _ in range(DEEPEST + 50):
        deep = [deep]

    kept, depth = snapshot({"deep": deep})["deep"], 1
    while isinstance(kept, list):
        kept, depth = kept[0], depth + 1

    assert (kept, depth) == ("<list>", DEEPEST)


def test_words_never_raise() -> None:
    assert words(Silent()) == "<Silent>"
    assert words([1]) == "[1]"
    assert words(Lazy("now")) == "now"
    assert words(Kind.JOIN) == "join"
    assert words(Colour.PAIR) == "(<Kind.JOIN: 'join'>, 2)"


@pytest.mark.parametrize(
    ("value", "room", "first"),
    [
        ([1, 2, 3, 4], 4, [1, 2]),
        (["", [], {}, 1], 3, ["", [], {}]),
        (["ab", "cd", "ef"], 4, ["ab", "cd"]),
        ([["ab", "cd"], "ef"], 5, [["ab", "cd"]]),
        ({"a": 1, "b": 2, "c": 3}, 6, {"a": 1, "b": 2}),
        ({"a": 1, "b": 2, "c": 3}, 4, {"a": 1}),  # no room for a value
        ({"a": 1, "b": {"c": [1, 2, 3]}}, 10, {"a": 1, "b": {"c": [1, 2]}}),
        ("x" * 10_001, 1, "x" * 10_000 + "…"),
        (["x" * 10_000, b"y" * 10_001], 10_002, ["x" * 10_000, b"y" * 10_000]),
        ({"x" * 10_001: 1}, 20_000, {"x" * 10_000 + "…": 1}),
        (None, 1, None),
    ],
)
def test_of_what_is_too_large_the_beginning_is_kept(
    value: Any, room: int, first: Any
) -> None:
    assert begun(value, room) == first


def test_a_beginning_has_about_the_room_that_it_may_have() -> None:
    large = {str(n): ["x" * 50_000] * n for n in range(100)}

    assert 100_000 <= weight(begun(large, 100_000)) <= 111_000


class Unloaded:
    """What loads whatever it stands for when its class is asked for.

    As Django's ``request.user``: where no query may be made, that raises.
    """

    @property
    def __class__(self) -> Any:
        raise LookupError("no query may be made here")

    @__class__.setter
    def __class__(self, value: Any) -> None:
        """Python's types know it as one that can be set."""


@pytest.mark.parametrize("name", ["user", "session"])
def test_what_is_lazy_is_not_loaded(name: str) -> None:
    message = {name: Unloaded(), "users": [Unloaded(), {"of": Unloaded()}]}

    assert snapshot(message) == {
        name: "<Unloaded>",
        "users": ["<Unloaded>", {"of": "<Unloaded>"}],
    }


def test_words_load_nothing() -> None:
    assert "Unloaded object" in words(Unloaded())
