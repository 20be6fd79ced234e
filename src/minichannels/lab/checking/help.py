"""``hint`` and ``solution``: what is shown when the learner asks for it."""

from collections import Counter

from minichannels.lab.checking.report.message import marked, plain
from minichannels.lab.checking.report.progress import solved
from minichannels.lab.checking.stage.exercise import find
from minichannels.lab.checking.texts.texts import line_of
from minichannels.lab.notebook.source import Source

_asked: Counter[str] = Counter()


class Hint(str):
    """A hint that shows itself without quotation marks."""

    def __repr__(self) -> str:
        return plain(self)

    def _repr_html_(self) -> str:
        return f"<p>{marked(self)}</p>"


def hint(number: str, which: int | None = None) -> Hint:
    """Return the next hint of an exercise; the last one again at the end.

    Args:
        number: the exercise's number.
        which: 1, 2 or 3, for a certain one.

    Raises:
        ValueError: there is no such exercise, or no such hint.
    """
    hints = find(number).hints
    if which is None:
        which = min(_asked[number] + 1, len(hints))
        _asked[number] = which
    if which not in range(1, len(hints) + 1):
        raise ValueError(f"there is no hint {which!r}; there are 1, 2 and 3")
    words = line_of(number, f"hint {which}", hints[which - 1])
    return Hint(f"Hint {which} of {len(hints)}: {words}")


def solution(number: str) -> Source | Hint:
    """Return one way to solve an exercise, once it is solved.

    Raises:
        ValueError: there is no such exercise.
    """
    exercise = find(number)
    if number in solved():
        return Source(exercise.solution.rstrip())
    return Hint(
        f"{number} is not solved yet: its solution is shown once yours passes."
        f' A hint: `hint("{number}")`'
    )
