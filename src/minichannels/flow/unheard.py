"""Requests of which nothing is heard: they are written down all the same.

How it works: who serves a path need not read a request that carries nothing,
and many frameworks do not. Its answer says to what it is one. But where no
answer comes, as from a handler that hangs, nothing would say that anybody has
asked. So it is looked now and then which requests have waited for too long.
"""

import asyncio
from collections.abc import Callable
from contextvars import Context

PATIENCE = 1.0
"""After how many seconds a request is written down."""


def look_for_unheard(
    note: Callable[[float], object], patience: float = PATIENCE
) -> None:
    """Have it looked for requests that wait, as long as this loop runs.

    Args:
        note: called again and again, with how many seconds they may wait.
        patience: the same; half of it passes between two looks.
    """
    loop = asyncio.get_running_loop()

    def look() -> None:
        try:
            note(patience)
        finally:  # also if one of them could not be written down
            # In a context of no application.
            loop.call_later(patience / 2, look, context=Context())

    look()
