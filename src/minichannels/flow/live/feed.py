"""What a live view is told: the whole state once, then what is new.

How it works: a feed follows a journal in its order of arrival. Each act
becomes a step, and each step's pictures are drawn once, in Python, with the
first and the last step at which each piece is seen. All of it is JSON, so
that a widget of a notebook and a page of a server show the same view.

Rule 1: nothing that was drawn moves. Only if everybody's place changes (a
fourth client comes) or an event is taken back, all is drawn anew, and the
update holds the whole state.
Rule 2: what becomes known late (a message was read after all) changes the
row of its event, and nothing else.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any
from weakref import WeakMethod, finalize

from minichannels.flow.journal.arrivals import Arrivals
from minichannels.flow.journal.events import Event
from minichannels.flow.journal.journal import Journal
from minichannels.flow.live.replay import Replay
from minichannels.flow.live.steps import glimpse
from minichannels.flow.live.throttle import Later, Throttle, later
from minichannels.layers.forking import new_rlock

Update = dict[str, Any]
"""What a view is told, as JSON."""

BEHIND = 2_500
"""After how many changes a view is told of them that is hidden; or of a fourth
of what the journal keeps, if that is less: so it misses nothing."""


class Feed:
    """Follows a flow, and tells those who show it.

    Args:
        flow: the journal to follow, or the events of a flow that is over.
        later: calls a function after some seconds.
    """

    def __init__(
        self, flow: Journal | Sequence[Event], later: Later = later
    ) -> None:
        self._flow = flow
        self._lock = new_rlock()
        self._listeners: tuple[Callable[[Update], None], ...] = ()
        self._ticker = Throttle(_weakly(self.refresh), later)
        self._rests = False
        # A busy journal changes from the first moment: its timer waits here.
        with self._lock:
            self._open(Replay(grows=isinstance(flow, Journal)))

    def _open(self, reel: Replay) -> None:
        """Take in all that there is, and follow what is to come."""
        self._has_begun = False
        flow = self._flow
        self._source = Arrivals(flow) if isinstance(flow, Journal) else flow
        self._reel = reel
        if isinstance(flow, Journal):
            self._revised = flow.revised
            changed = self._ticker.changed
            # Also if nobody closes it, or its making is interrupted.
            self._unwatch = finalize(self, flow.unwatch, changed)
            self._unwatch.atexit = False
            flow.watch(changed)
        self._begin()
        self._reel.news()
        self._has_begun = True

    def rest(self) -> None:
        """Follow nothing, until somebody asks again; forget all but choices.

        What it holds is large, and each event would be drawn for nobody.
        """
        with self._lock:
            self._rests, self._has_begun = True, False
            self.close()
            self._source, self._reel = (), self._reel.anew()

    def state(self) -> Update:
        """Return all that a view needs, as JSON."""
        with self._lock:
            if self._rests:
                return self._state_at_rest()
            self._go_on()
            return self._reel.state()

    def _state_at_rest(self) -> Update:
        """Return all that there is, for who may never ask again."""
        try:
            self._open(self._reel.anew())
            if not self._reel.is_complete:
                self._begin_whole()
            return self._reel.state()
        finally:
            self.rest()

    def _go_on(self) -> None:
        """Draw soon what is not in the first picture, which somebody has."""
        if not self._reel.is_complete:
            self._ticker.changed()

    def hear(self, content: Any) -> Update | None:
        """Do what a view asks for; return what it lacks, if it lacks much.

        Args:
            content: what the view sends: the ``version`` that it knows, or
                ``type`` says whether it is ``hidden`` or ``shown`` again;
                with ``choose`` the connections that shall have columns, with
                ``unfold`` the number of a step, with ``letters`` how many of a
                row's words stand in a line, or ``others``: what has no row.
        """
        with self._lock:
            asks = content if isinstance(content, dict) else {}
            if asks.get("type") == "hidden":
                self._hide()
                return None
            is_told = not self._rests and asks.get("type") == "shown"
            self._wake()
            return None if is_told else self._answer(asks)

    def _wake(self) -> None:
        """Draw again, if nothing was drawn: somebody looks."""
        was_hidden, self._ticker.fewest = self._ticker.fewest > 1, 1
        if self._rests:
            self._reel.version += 1
            self._open(self._reel.anew())
            self._rests = False  # last: Ctrl-C leaves it as it was
        elif was_hidden:
            self.refresh(folds=False)

    def _hide(self) -> None:
        """Draw what is new when somebody looks, or when it is much."""
        if isinstance(self._flow, Journal):
            self._ticker.fewest = max(min(BEHIND, self._flow.most // 4), 2)

    def _answer(self, content: dict[str, Any]) -> Update | None:
        if "others" in content:
            return {"others": self._reel.others(self._kept())}
        if self._draws_anew(content):
            self.refresh()
            return None
        if "version" in content:  # it shows that by now
            self._go_on()
        if self._reel.version == content.get("version"):
            return None
        return self._whole()

    def _whole(self) -> Update:
        return {"version": self._reel.version, "state": self._reel.state()}

    def _kept(self) -> Sequence[Event]:
        """Return all events that are kept."""
        it = self._source
        return it.kept() if isinstance(it, Arrivals) else it

    def _draws_anew(self, content: dict[str, Any]) -> bool:
        """Draw the lanes as a view asks for them, if it does."""
        chosen, step = content.get("choose"), content.get("unfold")
        letters = content.get("letters")
        if isinstance(chosen, list):
            numbers = [n for n in chosen if isinstance(n, int)]
            only = content.get("only_websockets") is True
            self._reel.choose(numbers, only)
        elif isinstance(step, int):
            self._reel.unfold(step)
        elif isinstance(letters, int):
            self._reel.fit(letters, content.get("below") is True)
        else:
            return False
        return True

    def find(self, number: Any) -> Event | None:
        """Return the event that views know by a number, if it is kept."""
        with self._lock:
            return self._reel.find(number)

    def subscribe(
        self, listener: Callable[[Update], None]
    ) -> Callable[[], None]:
        """Tell somebody what is new, at most 20 times a second.

        Args:
            listener: called in any thread, with an update: what to add to a
                state whose ``version`` is the update's ``after``. An update
                with ``state`` replaces the former one.

        Returns:
            A function that ends it.
        """
        with self._lock:
            self._listeners = (*self._listeners, listener)

        def unsubscribe() -> None:
            with self._lock:
                others = (x for x in self._listeners if x is not listener)
                self._listeners = tuple(others)

        return unsubscribe

    def refresh(self, folds: bool = True) -> None:
        """Take in what is new, and tell the listeners.

        Args:
            folds: whether much at once is one step.
        """
        with self._lock:
            if not self._has_begun:
                return  # whoever made it was interrupted
            if not self._reel.is_complete:
                self._begin_whole()
            if isinstance(self._source, Arrivals):
                self._follow(self._source, folds)
            update = self._reel.news()
            if update is not None:
                self._ticker.changed()  # what is new may become known better
                with ExitStack() as told:  # all are, whatever one raises
                    for listener in reversed(self._listeners):
                        told.callback(listener, update)

    def close(self) -> None:
        """Follow the flow no more."""
        if isinstance(self._source, Arrivals):
            self._unwatch()

    def _begin(self) -> None:
        """Take in what is there; of much, what the first picture has."""
        first = glimpse(self._source)
        if first is None:
            self._begin_whole()
        else:
            self._reel.open(first)
        if isinstance(self._source, Arrivals):
            self._reel.missed = self._source.missed

    def _begin_whole(self) -> None:
        it = self._source
        self._reel.begin(it.rest() if isinstance(it, Arrivals) else it)

    def _follow(self, arrivals: Arrivals, folds: bool) -> None:
        journal = arrivals.journal
        if journal.revised != self._revised:
            self._revised = journal.revised
            self._source = arrivals = Arrivals(journal)
            self._reel.empty()
        self._reel.amend(arrivals.changes())
        news = arrivals.news()
        self._reel.missed = arrivals.missed
        self._reel.add(news, folds)


def _weakly(method: Callable[[], None]) -> Callable[[], None]:
    """Return what calls a method as long as its object is there.

    A feed holds much. If its timer held the feed, too, that would wait for the
    garbage collector, which lets nobody else run for as long as it looks at it.
    """
    known = WeakMethod(method)

    def call() -> None:
        found = known()
        if found is not None:
            found()

    return call
