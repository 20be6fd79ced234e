"""``trial``: stories are played to a classroom, and its journals are judged.

How it works: for each seed the classroom is served afresh, with a room and a
channel layer of its own. The story of that seed is played to it for a limited
time, on threads of its own, as a check does it. Then each invariant is asked
about the journal. The same seed gives the same journal.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from minichannels import DEFAULT_CHANNEL_LAYER
from minichannels.exceptions import type_name
from minichannels.flow import Event
from minichannels.flow.journal.journal import Journal
from minichannels.flow.journal.payloads import words
from minichannels.flow.recording.layer.layer import RecordedLayer
from minichannels.lab.checking.sandbox.runner import Outcome, run
from minichannels.lab.checking.sandbox.threads import Crew
from minichannels.lab.checking.stage.layers import alone, in_place
from minichannels.lab.checking.stage.server import StageServer
from minichannels.lab.classroom.asking import (
    asked,
    failure,
    require_invariants,
)
from minichannels.lab.classroom.invariants import INVARIANTS, Invariant
from minichannels.lab.classroom.room import Room
from minichannels.lab.classroom.script import CAPACITY, Script
from minichannels.lab.classroom.story import Story
from minichannels.lab.classroom.verdict import Breach, TrialRun, TrialVerdict
from minichannels.lab.faults import ShuffledLayer

SEEDS = range(12)
LIMIT = 10.0
PATIENCE = 1.0


async def trial(
    classroom: Any,
    *,
    seeds: Iterable[int] = SEEDS,
    invariants: Sequence[Invariant] = INVARIANTS,
    patience: float = PATIENCE,
    limit: float = LIMIT,
) -> TrialVerdict:
    """Play stories to a classroom, and say which invariants hold.

    A story that does not come to rest, or of which an invariant cannot be
    asked, is the last one.

    Args:
        classroom: a consumer class; it is given a ``room``.
        seeds: each decides what happens in one story.
        invariants: what has to hold.
        patience: how many seconds a step of a story may take.
        limit: how many seconds a story may take.

    Raises:
        TypeError: it is no consumer class; or the invariants are no list of
            functions.
        RuntimeError: a check, or another trial, is running.
    """
    if not isinstance(classroom, type) or not hasattr(classroom, "as_asgi"):
        raise TypeError(
            "a classroom is a consumer class, such as Classroom; got"
            f" {type(classroom).__name__}"
        )
    require_invariants(invariants)
    runs: list[TrialRun] = []
    with alone():
        for seed in seeds:
            story = _Played(classroom, seed, invariants, patience)
            runs.append(await story.run(limit))
            if runs[-1].hangs or runs[-1].failures:
                break
    return TrialVerdict.of(classroom.__name__, runs, invariants)


class _Played:
    """One story, played and judged."""

    def __init__(
        self,
        classroom: Any,
        seed: int,
        invariants: Sequence[Invariant],
        patience: float,
    ) -> None:
        layer = ShuffledLayer(seed=seed, capacity=CAPACITY)
        self._classroom = classroom
        self._seed = seed
        self._invariants = invariants
        self._patience = patience
        self._journal = Journal()
        self._layer = RecordedLayer(
            layer, DEFAULT_CHANNEL_LAYER, lambda: (self._journal,)
        )
        self._server = StageServer(self._journal, layer)
        self._script = Script(self._server, seed, patience)
        self._events: tuple[Event, ...] = ()
        self._breaches: list[Breach] = []
        self._failures: list[Breach] = []
        self._asking: Invariant | None = None

    async def run(self, limit: float) -> TrialRun:
        with in_place(self._layer):
            outcome = await run(self._play, Crew(traced=False), limit)
        hangs = self._script.hangs or _told(outcome, limit)
        if self._asking is not None:  # its time was up meanwhile
            name, said = self._asking.__name__, f"It was {hangs}"
            hangs = self._script.hangs
            self._failures.append(Breach(name, said, ()))
        return TrialRun(
            self._seed,
            self._events or self._journal.line_up(),
            tuple(self._script.faults),
            tuple(self._breaches),
            hangs,
            tuple(self._failures),
        )

    async def _play(self) -> None:
        app = self._classroom.as_asgi(room=Room())
        self._server.put_on(app)
        await self._script.play()
        self._events = self._journal.line_up()
        self._judge(Story(self._events))
        with suppress(TimeoutError):  # what hangs has been told
            await self._server.end(self._patience)

    def _judge(self, story: Story) -> None:
        for invariant in self._invariants:
            self._asking = invariant
            try:
                self._breaches += asked(invariant, story)
            except Exception as error:
                self._failures.append(failure(invariant, error))
        self._asking = None


def _told(outcome: Outcome, limit: float) -> str:
    """Return how a story ended, if not as it should have."""
    place = outcome.place
    at = f", at line {place.line}: {place.code}" if place else ""
    if outcome.late:
        return f"not done after {limit:g} s{at}"
    if outcome.error is None:
        return ""
    return f"{type_name(outcome.error)}: {words(outcome.error)}"
