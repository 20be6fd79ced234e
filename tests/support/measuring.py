"""Rounds, ratios and one table: what the benchmarks share.

Every figure is a ratio to a peer in the same run. The rounds of all peers are
interleaved, so that what else the machine does falls on all of them.
"""

import gc
import platform
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

Rounds = dict[str, list[float]]

OURS = "minichannels"
PACKAGES = ("channels", "uvicorn", "websockets", "starlette", "daphne")


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured, ours, and a peer.

    Attributes:
        what: what was measured.
        unit: of the figures; the smaller the better.
        ours: our figures, one for each round.
        peer: whom we are compared with.
        theirs: the peer's figures.
        floor: the least ratio that is good enough, or the greatest if
            ``at_most``; None if the design names none.
        goal: the ratio to reach.
        at_most: whether the ratio is ours to theirs, and should be small.
    """

    what: str
    unit: str
    ours: list[float]
    peer: str
    theirs: list[float]
    floor: float | None = None
    goal: float | None = None
    at_most: bool = False

    @property
    def ratio(self) -> float:
        ours, theirs = map(statistics.median, (self.ours, self.theirs))
        return ours / theirs if self.at_most else theirs / ours

    @property
    def verdict(self) -> str:
        for name, bound in (("goal", self.goal), ("floor", self.floor)):
            if bound is not None and self._within(bound):
                return name
        return "" if self.floor is None else "**missed**"

    def _within(self, bound: float) -> bool:
        return self.ratio <= bound if self.at_most else self.ratio >= bound

    def markdown(self) -> str:
        sign = "≤ " if self.at_most else ""
        bounds = [
            "" if bound is None else f"{sign}{bound:g}"
            for bound in (self.floor, self.goal)
        ]
        cells = [
            self.what,
            f"{spread(self.ours)} {self.unit}",
            self.peer,
            f"{spread(self.theirs)} {self.unit}",
            f"{self.ratio:.2f}",
            *bounds,
            self.verdict,
        ]
        return f"| {' | '.join(cells)} |"


HEAD = """\
| what | minichannels | peer | the peer's | ratio | floor | goal | met |
|---|---|---|---|---|---|---|---|"""


def spread(figures: list[float]) -> str:
    """Write a median with its minimum and maximum."""
    low, high = min(figures), max(figures)
    middle = statistics.median(figures)
    return f"{middle:.3g} ({low:.3g} to {high:.3g})"


def interleaved(
    rounds: int, measures: Mapping[str, Callable[[], float]]
) -> Rounds:
    """Measure each in turn, that many times over."""
    figures: Rounds = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            gc.collect()
            figures[name].append(measure())
    return figures


def compared(
    what: str,
    unit: str,
    figures: Rounds,
    bounds: Mapping[str, tuple[float, float]] | None = None,
) -> list[Row]:
    """Compare ours with each peer; ``bounds`` are floor and goal by peer."""
    wanted = bounds or {}
    return [
        Row(what, unit, figures[OURS], peer, theirs, *wanted.get(peer, ()))
        for peer, theirs in figures.items()
        if peer != OURS
    ]


def machine() -> str:
    """Say what the figures were measured on, and with what."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text(encoding="utf-8").splitlines()
        models = [x.partition(": ")[2] for x in lines if "model name" in x]
        cpu = f"{len(models)} cores of {models[0]}" if models else cpu
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"Python {platform.python_version()}, {cpu}; {versions}"
