"""What groups and channels are called in a flow, if a secret is in their name.

How it works: some have a group for each session, named after its key. Whoever
has shown that key has the name masked, and it is masked from then on: others
may use it who have not shown it. Two such names stay two in the flow, for
each has a number.
"""

from collections import Counter

from minichannels.flow.recording.application.causes import CURRENT

MOST = 10_000
"""How many names with a secret in them are remembered."""


class ShownNames:
    """The names of one layer's groups and channels, as a flow shows them."""

    def __init__(self) -> None:
        self._shown: dict[str, str] = {}
        self._numbers: Counter[str] = Counter()

    def of(self, name: str) -> str:
        """Return what a group or a channel is called: most often its name."""
        if shown := self._shown.get(name):
            return shown
        running = CURRENT.get()
        if running is None or not running.secrets:
            return name
        masked: str = running.masked(name)
        return name if masked == name else self._numbered(name, masked)

    def _numbered(self, name: str, masked: str) -> str:
        """Return what a name is called from now on that has a secret in it."""
        self._numbers[masked] += 1
        number = self._numbers[masked]
        shown = self._shown[name] = f"{masked}#{number}"
        if len(self._shown) > MOST:
            del self._shown[next(iter(self._shown))]
        return shown
