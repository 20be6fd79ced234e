"""``hint`` and ``solution``: what is shown when the learner asks for it."""

from collections import defaultdict
from collections.abc import Set

from minichannels.lab.checking.report.kept import keep, kept
from minichannels.lab.checking.report.message import (
    WIDTH,
    marked,
    plain,
    wrapped,
)
from minichannels.lab.checking.report.tries import TRIES
from minichannels.lab.checking.stage.exercise import find
from minichannels.lab.checking.texts.texts import line_of, say
from minichannels.lab.notebook.source import AtOnce, Source

_shown: defaultdict[str, set[int]] = defaultdict(set)


class Hint(AtOnce, str):
    """A hint that shows itself without quotation marks."""

    def __repr__(self) -> str:
        lines = plain(self).split("\n")
        return "\n".join(
            part for line in lines for part in wrapped(line, WIDTH)
        )

    def _repr_html_(self) -> str:
        return f"<p>{marked(self)}</p>"


def hint(number: object, which: object = None) -> Hint:
    """Return the next hint of an exercise; the last one again at the end.

    With it goes what the last message held back, if it did.

    Args:
        number: the exercise's number.
        which: 1, 2 or 3, for a certain one.

    Raises:
        ValueError: there is no such exercise, or no such hint.
    """
    exercise = find(number)
    number, shown = exercise.number, _shown[exercise.number]
    count = len(exercise.hints)
    chosen = _next(shown, count) if which is None else _chosen(which, count)
    keep("hints", f"{number} {chosen}")
    words = line_of(number, f"hint {chosen}", exercise.hints[chosen - 1])
    step = TRIES.step(number)
    more = f"\n{say('held back', step=step)}" if step else ""
    shown.add(chosen)  # last: if it is interrupted, this one is the next
    return Hint(f"Hint {chosen} of {count}: {words}{more}")


def _next(shown: Set[int], count: int) -> int:
    return next((n for n in range(1, count) if n not in shown), count)


def _chosen(which: object, count: int) -> int:
    """Return which hint is meant: ``"2"`` will do.

    Raises:
        ValueError: there is no such hint.
    """
    for number in range(1, count + 1):
        if which == number or str(which).strip() == str(number):
            return number
    raise ValueError(f"there is no hint {which!r}; there are 1, 2 and 3")


def solution(number: object) -> Source | Hint:
    """Return one way to solve an exercise.

    It is shown once the learner's passes, or when there is no hint left.

    Raises:
        ValueError: there is no such exercise.
    """
    exercise = find(number)
    number = exercise.number
    left = len(exercise.hints) - len(_shown[number])
    if not left or number in kept("solved"):
        return Source(exercise.solution.rstrip())
    return Hint(say("shut", number=number, left=left))
