"""What a scenario sees: what moved, what clients got, what was missed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NoReturn

from minichannels import DEFAULT_CHANNEL_LAYER
from minichannels.flow import Event
from minichannels.flow.recording.layer.layer import RecordedLayer
from minichannels.lab.checking.sandbox.threads import Crew
from minichannels.lab.checking.stage.clients import Frame
from minichannels.lab.checking.stage.draw import Draw
from minichannels.lab.checking.stage.layers import StageLayer
from minichannels.lab.checking.stage.lined_journal import LinedJournal
from minichannels.lab.checking.stage.miss import Unsolved, recognised
from minichannels.lab.checking.stage.server import StageServer
from minichannels.lab.checking.stage.steps import Steps

_NOTHING: Mapping[Any, str] = MappingProxyType({})


class Watching:
    """A stage, as a scenario sees it.

    Args:
        crew: the threads that the learner's code runs on.
        draw: where the scenario takes its inputs from; by default the
            example.
        route: the path that it is served at; any path by default.

    Attributes:
        draw: the same.
        layer: the channel layer, recorded.
        journal: what moved.
        steps: what the scenario did.
        values: what texts say of the inputs, by name.
        trace: takes notes of the learner's code, while that runs.
        returned: what the learner's function returned last, in words.
    """

    def __init__(
        self, crew: Crew, draw: Draw | None = None, *, route: str = ""
    ) -> None:
        self.draw = draw or Draw()
        self._before = tuple(self.draw.heard)
        self.journal = LinedJournal(crew)
        self.steps = Steps(drawn=bool(self.draw.turn))
        self.values: dict[str, Any] = {}
        self.returned = ""
        self._until_end: tuple[Event, ...] = ()
        self._inner = StageLayer(names=self.draw.channel)
        self.layer = RecordedLayer(
            self._inner,
            DEFAULT_CHANNEL_LAYER,
            lambda: (self.journal,),
        )
        self.trace = crew.trace
        self._server = StageServer(self.journal, self._inner, route, crew.trace)

    @property
    def events(self) -> tuple[Event, ...]:
        """What moved, in order, until the scenario's end."""
        return self._until_end or self.journal.line_up()

    def look(self) -> None:
        """Keep what has moved: from now on, the check ends what goes on."""
        self._until_end = self.journal.line_up()

    def of(self, kind: str, **values: Any) -> list[Event]:
        """Return the events of a kind that have some attributes.

        Those that there were when the last step was dealt with: a scenario
        asks often, and putting them in order takes a while.
        """
        look = attrgetter("kind", "kind", *values)  # of one it gives no tuple
        wanted = kind, kind, *values.values()
        events = self._server.settled or self.events
        return [e for e in events if e.kind == kind and look(e) == wanted]

    def lately(self, kind: str, **values: Any) -> list[Event]:
        """Return those of them that came since the last step began."""
        found = self.of(kind, **values)
        return [event for event in found if event.arrival >= self.steps.start]

    @property
    def heard(self) -> list[Frame]:
        """What all clients got so far, in the turns before, too."""
        clients = self._server.clients
        return [*self._before, *(f for each in clients for f in each.heard)]

    @contextmanager
    def far(self, *, answers_late: bool = False) -> Iterator[None]:
        """Let each call of the layer take time, for a while.

        Args:
            answers_late: whether the members of a group may have a message
                before its sender goes on.
        """
        self._inner.far, self._inner.answers_late = True, answers_late
        try:
            yield
        finally:
            self._inner.far = self._inner.answers_late = False

    def require(
        self,
        condition: object,
        key: str,
        at: Event | None = None,
        **values: Any,
    ) -> None:
        """Go on if a condition holds; otherwise end with a text.

        Raises:
            Unsolved: the condition does not hold.
        """
        if not condition:
            self.miss(key, at, **values)

    def miss(
        self, key: str, at: Event | None = None, **values: Any
    ) -> NoReturn:
        """End with a text.

        Raises:
            Unsolved: always.
        """
        raise Unsolved(key, at, **values)

    @contextmanager
    def meaning(
        self, known: Mapping[Any, str] = _NOTHING, /, **keys: str
    ) -> Iterator[None]:
        """Give misses other texts, for a while.

        Args:
            known: which text fits which error: one that is ``Raised(…)``, or
                that says so: ``{"KeyError: 'path'": "not in the event"}``;
                a piece of its words will do.
            keys: which one fits instead of another: ``raised="no handler"``.
        """
        try:
            yield
        except Unsolved as miss:
            miss.key = keys.get(miss.key.replace(" ", "_"), miss.key)
            error = miss.raised
            if error is not None:
                own = (k for by, k in known.items() if recognised(error, by))
                miss.key = next(own, miss.key)
            raise
