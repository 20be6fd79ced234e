"""Dicts that hold the newest, in which any thread may put something.

An application may run on several event loops, each in a thread of its own, and
what is remembered of one is remembered of all. No lock is taken: each step is
one of the dict's own.
"""

from typing import Any


def forget_oldest(known: dict[Any, Any], most: int) -> None:
    """Take out what was put in first, if there is more than so much.

    Another thread may do so just now, or put in something more.
    """
    if len(known) > most:
        oldest = list(known)[0]  # noqa: RUF015  # next(iter()) is two steps
        known.pop(oldest, None)
