"""When sockets ask by themselves: one timer for all that wait equally long.

Most sockets end long before their time has come. A timer for each would be
dear, as an event loop keeps for a while those that are cancelled, and with
them all that they would have called. And whoever began to wait first is the
first to be called: so it is enough to have the timer of that one.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any
from weakref import WeakKeyDictionary


class Alarms:
    """Those who wait on one event loop, the first one first.

    Args:
        seconds: how long each waits.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._waiting = OrderedDict[Hashable, tuple[float, Callable[[], Any]]]()
        self._has_timer = False

    def begin(self, who: Hashable, ring: Callable[[], Any]) -> float:
        """Have a function called when the time is over.

        Returns:
            when that is, by the event loop's clock.
        """
        due = asyncio.get_running_loop().time() + self._seconds
        self._waiting[who] = due, ring
        if not self._has_timer:
            self._set_timer(due)
        return due

    def cancel(self, who: Hashable) -> None:
        """Wait no more, if somebody still does."""
        self._waiting.pop(who, None)

    def _set_timer(self, due: float) -> None:
        self._has_timer = True
        asyncio.get_running_loop().call_at(due, self._call)

    def _call(self) -> None:
        """Call for those whose time is over."""
        self._has_timer = False
        now = asyncio.get_running_loop().time()
        while self._waiting:
            who, (due, ring) = next(iter(self._waiting.items()))
            if due > now:
                self._set_timer(due)
                return
            del self._waiting[who]
            ring()


# The loops' timers know their loop: nothing here may keep one alive.
_here: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[float, Alarms]]
_here = WeakKeyDictionary()


def alarms_here(seconds: float) -> Alarms:
    """Return those who wait for so long on the event loop that runs."""
    here = _here.get(asyncio.get_running_loop())
    if here is None:
        here = _here[asyncio.get_running_loop()] = {}
    if seconds not in here:
        here[seconds] = Alarms(seconds)
    return here[seconds]
