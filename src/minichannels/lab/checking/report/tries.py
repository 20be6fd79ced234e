"""How often a learner has tried an exercise, and what was held back.

Whoever finds it alone learns more. So a message says how to mend the answer
from the third try on; before, ``hint()`` does. A try is new if the code is: a
cell that is run again says the same again. Nothing of this is stored.
"""

from dataclasses import dataclass

PATIENCE = 3
"""The first try at which a message says how to mend the answer."""


@dataclass
class Tried:
    """What is known of the tries at one exercise.

    Attributes:
        code: what the last one consisted of.
        count: how many there were.
        step: how to mend the last one.
    """

    code: str = ""
    count: int = 0
    step: str = ""


class Tries:
    """The tries at all exercises, since each was solved.

    Args:
        before: how many there were at each when this begins.
    """

    def __init__(self, before: int = 0) -> None:
        self._before = before
        self._tried: dict[str, Tried] = {}

    def add(self, number: str, code: str) -> int:
        """Note a try; return how many there were."""
        tried = self._tried.setdefault(number, Tried())
        if tried.count == 0 or tried.code != code:
            tried.code = code
            tried.count += 1
        return self._before + tried.count

    def keep(self, number: str, step: str) -> None:
        """Keep how to mend an answer, for whoever asks for a hint."""
        self._tried.setdefault(number, Tried()).step = step

    def step(self, number: str) -> str:
        """Return how to mend the last answer, if that is known."""
        return self._tried.get(number, Tried()).step

    def forget(self, number: str) -> None:
        """Begin anew: the exercise is solved."""
        self._tried.pop(number, None)


TRIES = Tries()
"""Those of this kernel."""
