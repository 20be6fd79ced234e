"""Dicts that hold the newest."""

from collections.abc import Iterator
from typing import Any

from minichannels.flow.bounded import forget_oldest


def test_the_oldest_is_forgotten() -> None:
    known = {"a": 1, "b": 2, "c": 3}
    for _ in range(2):
        forget_oldest(known, 2)
    assert known == {"b": 2, "c": 3}


def test_two_threads_may_forget_the_same() -> None:
    class Shared(dict[str, int]):
        def __iter__(self) -> Iterator[Any]:
            found = list(self.keys())
            self.pop(found[0], None)  # by another thread, just now
            return iter(found)

    known = Shared(a=1, b=2, c=3)
    forget_oldest(known, 2)
    assert known.keys() == {"b", "c"}
