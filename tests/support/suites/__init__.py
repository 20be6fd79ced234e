"""What is tried on each exercise besides what its own file holds.

A module for each exercise: ``RIGHT``, right answers in styles that the file
does not have, and ``CHEATS``, answers that fit the example, or some of what is
drawn, by the key of the text that finds them.
"""

import importlib
from collections.abc import Iterator
from typing import Any


def right(number: str) -> list[str]:
    """Return the further right answers to an exercise."""
    return list(_suite(number).RIGHT)


def cheats(number: str) -> Iterator[tuple[str, str]]:
    """Give the key of the text, and the answer, for each cheat."""
    for key, answers in _suite(number).CHEATS.items():
        for answer in answers:
            yield key, answer


def _suite(number: str) -> Any:
    return importlib.import_module(f"{__name__}.e{number.replace('.', '_')}")
