"""Asking an invariant about a story.

It may be a learner's own, and have a fault itself: then that is told, and
nothing is said of the classroom.
"""

import reprlib
from collections.abc import Iterable, Iterator
from typing import Any

from minichannels.exceptions import type_name
from minichannels.flow import Event
from minichannels.flow.journal.payloads import words
from minichannels.lab.checking.sandbox.stack_frames import of_error
from minichannels.lab.classroom.invariants import Invariant
from minichannels.lab.classroom.story import Story
from minichannels.lab.classroom.verdict import Breach


def require_invariants(invariants: Any) -> None:
    """Refuse what is no list of functions.

    Raises:
        TypeError: it is none.
    """
    are_some = isinstance(invariants, list | tuple)
    if not are_some or not all(hasattr(i, "__name__") for i in invariants):
        raise TypeError(
            "invariants is a list of functions, such as [heard, counted]; got"
            f" {reprlib.repr(invariants)}"
        )


def asked(invariant: Invariant, story: Story) -> Iterator[Breach]:
    """Yield what an invariant finds broken in a story.

    Raises:
        NoFaultError: it yields, or returns, something else.
        Exception: it has a fault of its own.
    """
    found: Any = invariant(story)
    if found is None:
        return  # a function without a yield, as long as it finds nothing
    if not isinstance(found, Iterable):
        raise NoFaultError("returned", found)
    for each in found:
        match each:
            case (str(said), *events) if events and all(map(_is_event, events)):
                yield Breach(invariant.__name__, said, tuple(events))
            case _:
                raise NoFaultError("yielded", each)


def _is_event(each: Any) -> bool:
    return isinstance(each, Event)


class NoFaultError(TypeError):
    """An invariant gave what is no fault: words, and events that show it."""

    def __init__(self, verb: str, given: Any) -> None:
        super().__init__(
            f"It {verb} {reprlib.repr(given)}; what is broken is told by words"
            " and an event, such as: yield words, spoken.event"
        )


def failure(invariant: Invariant, error: Exception) -> Breach:
    """Return what is told of an invariant that could not be asked."""
    text = words(error)
    if not isinstance(error, NoFaultError):
        place = of_error(error)
        at = f", at line {place.line}: `{place.code}`" if place else ""
        text = f"It raised {type_name(error)}: {text}{at}"
    return Breach(invariant.__name__, text, ())
