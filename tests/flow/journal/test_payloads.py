from typing import Any

import pytest

from minichannels.flow.journal.payloads import DEEPEST, snapshot, words


class Silent:
    def __str__(self) -> str:
        raise ValueError("no words")


class Lazy(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "not yet"


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
        ({1}, "<set>"),
        (Silent(), "<Silent>"),
        ({Silent(): 1}, {"<Silent>": 1}),
    ],
)
def test_a_snapshot_keeps_what_cannot_change(value: Any, kept: Any) -> None:
    found = snapshot({"value": value})["value"]

    assert found == kept
    assert type(found) is type(kept)


def test_a_snapshot_of_a_cycle_ends() -> None:
    cycle: dict[str, Any] = {}
    cycle["self"] = cycle

    kept: Any = snapshot(cycle)
    depth = 0
    while isinstance(kept, dict):
        kept, depth = kept["self"], depth + 1

    assert (kept, depth) == ("<dict>", DEEPEST)


def test_words_never_raise() -> None:
    assert words(Silent()) == "<Silent>"
    assert words([1]) == "[1]"
