"""What a notebook holds of a server that others run: where it is, and its end.

How it works: each is noted when it starts, so that a lesson's last cell ends
those that are left.
"""

import abc
from types import TracebackType
from typing import Self

_held: list["HeldServer"] = []


class HeldServer(abc.ABC):
    """A server of this kernel; also for a ``with`` statement.

    Attributes:
        url: its address.
    """

    url: str

    def __init__(self) -> None:
        self._running = True
        _held.append(self)

    def __repr__(self) -> str:
        state = "" if self._running else ", stopped"
        return f"<{type(self).__name__} {self.url}{state}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End it, and its connections; doing so again is fine."""
        if self._running:
            self._running = False
            _held.remove(self)
            self.end()

    @abc.abstractmethod
    def end(self) -> None:
        """End it; called once."""


def stop_held() -> None:
    """End all of this kernel."""
    while _held:
        _held[-1].stop()
