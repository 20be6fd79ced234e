"""What was heard before: to know it, and who it was, when it comes again."""

import math
from collections.abc import Hashable

from minichannels.protocols.clock import Clock

_REMEMBERED = 1_000


class Recent:
    """What came last, to know it when it comes again.

    Args:
        clock: gives the time.
        lasts: after how many seconds what comes again is new.
    """

    def __init__(
        self, clock: Clock | None = None, lasts: float = math.inf
    ) -> None:
        self._clock = clock or Clock()
        self._lasts = lasts
        self._came: dict[Hashable, float] = {}

    def is_new(self, key: Hashable) -> bool:
        """Note that something came; return whether it is new."""
        now = self._clock.time()
        if now - self._came.get(key, -math.inf) < self._lasts:
            return False
        self._came.pop(key, None)  # what is new again comes last
        self._came[key] = now
        if len(self._came) > _REMEMBERED:
            del self._came[next(iter(self._came))]
        return True


def same_name(name: str) -> str:
    """Return a station's name as all write it who mean the same."""
    return name.upper().removesuffix("-0")
