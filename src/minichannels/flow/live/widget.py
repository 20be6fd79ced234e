"""The live view in a notebook: a widget that shows a feed.

How it works: the widget holds the feed's whole state, and passes on what is
new. Everything that a reader does (stepping, filtering, asking why) happens
in the browser, on what was drawn before: it works without the kernel. Each
view that is shown has a number of its own. When the last one is gone, as that
of a cell which is run again, nothing is drawn until there is one again.

A browser that has crashed says no word of that. So views are asked now and
then whether they are there, with what they are told anyway. If none has
answered by the next time, that is the last they are told; whoever gets it
answers, and is told all again. While a cell blocks nobody is heard, and nobody
missed. Views whose tabs are hidden, all of them, are told when one is shown.

Source: the documentation of ``anywidget``.
"""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

import anywidget
import traitlets

from minichannels.flow.live.feed import Feed, Update

SILENCE = 60.0
"""After how many seconds views are asked, or asked again."""


class Live(anywidget.AnyWidget):
    """A live view; made by ``flow.live()``.

    Args:
        feed: what it shows.
        clock: says what time it is, in seconds.
    """

    # A text: of a path anywidget keeps all widgets, to tell them of changes.
    _esm = (Path(__file__).parent / "static" / "live.js").read_text("utf-8")
    state = traitlets.Dict().tag(sync=True)

    # One whose making was interrupted is closed, too.
    _ends: tuple[Callable[[], object], ...] = ()

    def __init__(
        self, feed: Feed, clock: Callable[[], float] = monotonic
    ) -> None:
        self._feed = feed
        self._clock = clock
        self._loop: asyncio.AbstractEventLoop | None = None
        with contextlib.suppress(RuntimeError):  # none runs: no kernel's cell
            self._loop = asyncio.get_running_loop()
        self._asked, self._missed = clock(), False
        self._shown: set[str] = set()
        self._hidden: set[str] = set()
        self._ends = (feed.rest,)
        super().__init__()
        self.on_msg(self._answer)
        self._ends = (feed.subscribe(self._tell), feed.rest)

    def __repr__(self) -> str:
        return "Live view of a flow; print(flow) has the same in words."

    def get_state(self, key: Any = None, drop_defaults: Any = False) -> Any:
        """Return the widget's state, with all that the feed knows by now."""
        state = super().get_state(key, drop_defaults)
        if "state" in state:
            state["state"] = self._feed.state()
        return state

    def close(self) -> None:
        """End it; nothing is followed any more, or held."""
        for end in self._ends:
            end()
        super().close()

    def _tell(self, update: Update) -> None:
        """Tell what is new, in any thread; ask now and then who is there."""
        if self._clock() - self._asked < SILENCE:
            self.send(update)
            return
        if self._missed:
            self._feed.rest()
        self._asked, self._missed = self._clock(), False
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it is closed
                self._loop.call_soon_threadsafe(self._miss)
        self.send({**update, "asks": True})

    def _miss(self) -> None:
        """Note that nobody has answered, although messages are read."""
        self._missed = True

    def _answer(self, widget: Any, content: Any, buffers: Any) -> None:
        """Do what a view asks for, and tell it what it lacks."""
        self._missed = False
        if self._goes(content):
            self._let_rest()
            return
        lacking = self._feed.hear(content)
        if lacking is not None:
            self.send(lacking)

    def _goes(self, content: Any) -> bool:
        """Note a view that comes; return whether it goes, or is hidden."""
        if not isinstance(content, dict) or "view" not in content:
            return False
        view, says = str(content["view"]), content.get("type")
        self._shown.add(view)
        self._hidden.discard(view)
        if says == "bye":
            self._shown.discard(view)
        elif says == "hidden":
            self._hidden.add(view)
        return says in ("bye", "hidden")

    def _let_rest(self) -> None:
        """Draw less if no view is looked at, and nothing if there is none."""
        if not self._shown:
            self._feed.rest()
        elif self._shown == self._hidden:
            self._feed.hear({"type": "hidden"})
