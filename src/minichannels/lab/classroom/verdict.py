"""The verdict of a trial: which invariants hold, and what shows it if not.

It is a message like that of a check: a headline, a section for each invariant,
and a picture of the events that show the first one that is broken.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from minichannels.flow import Event, Flow
from minichannels.lab.checking.report.figure import shown
from minichannels.lab.checking.report.message import Message, Section
from minichannels.lab.checking.stage.steps import listed


@dataclass(frozen=True)
class Breach:
    """Something that breaks an invariant.

    Attributes:
        name: the invariant's.
        words: what happened.
        events: those that show it.
    """

    name: str
    words: str
    events: tuple[Event, ...]


@dataclass(frozen=True)
class TrialRun:
    """One story and what came of it.

    Attributes:
        seed: what decided about it.
        events: what moved.
        faults: what went wrong on purpose.
        breaches: what broke an invariant.
        hangs: why it did not come to its end, or empty.
        failures: invariants that could not be asked, and why, in words.
    """

    seed: int
    events: tuple[Event, ...]
    faults: tuple[str, ...] = ()
    breaches: tuple[Breach, ...] = ()
    hangs: str = ""
    failures: tuple[Breach, ...] = ()

    @property
    def is_odd(self) -> bool:
        """Whether there is something to be told about it."""
        return bool(self.breaches or self.hangs or self.failures)


@dataclass(frozen=True, repr=False)
class TrialVerdict(Message):
    """What a trial answers; the last line of a cell shows it.

    Attributes:
        broken: the names of the invariants that do not hold.
        runs: all stories.
        flow: what moved in the first story that broke one; or in the first.
    """

    broken: tuple[str, ...] = ()
    runs: tuple[TrialRun, ...] = ()
    flow: Flow = field(default_factory=lambda: Flow(()))

    @property
    def verdict(self) -> str:
        """The words between the number and the headline."""
        return "passed" if self.solved else "not passed"

    @classmethod
    def of(
        cls, name: str, runs: Sequence[TrialRun], invariants: Sequence[Any]
    ) -> "TrialVerdict":
        """Return the verdict on some runs.

        Args:
            name: the classroom's.
            runs: the stories that were played to it.
            invariants: what had to hold.
        """
        names = [invariant.__name__ for invariant in invariants]
        found = {b.name for run in runs for b in run.breaches}
        broken = tuple(name for name in names if name in found)
        shows = next((run for run in runs if run.is_odd), runs[0])
        passed = not shows.is_odd
        return cls(
            number="Trial",
            solved=passed,
            headline=_headline(name, broken, shows),
            sections=(
                *_told(runs, shows, passed=passed),
                *(_section(each, runs) for each in invariants),
                *_picture(shows),
            ),
            end=_ending(shows, passed=passed),
            broken=broken,
            runs=tuple(runs),
            flow=Flow(shows.events),
        )


def _headline(name: str, broken: Sequence[str], shows: TrialRun) -> str:
    if broken:
        return f"`{name}` breaks {listed([f'`{each}`' for each in broken])}."
    if shows.hangs:
        return f"`{name}` does not come to rest."
    if shows.failures:
        failing = [f"`{failure.name}`" for failure in shows.failures]
        return f"{listed(failing)} could not be asked."
    return f"all that has to hold in `{name}` holds."


def _ending(shows: TrialRun, *, passed: bool) -> str:
    if passed:
        return "A trial finds faults; that it finds none is no proof."
    return f"This story alone: `seeds=[{shows.seed}]`. All of it: `.flow`"


def _told(
    runs: Sequence[TrialRun], shows: TrialRun, *, passed: bool
) -> list[Section]:
    """Return what was done, and what went wrong in the story that is shown."""
    seeds = [run.seed for run in runs]
    count = "a story" if len(runs) == 1 else f"{len(runs)} stories"
    names = f"seed {seeds[0]}"
    if len(runs) > 1:
        names = f"seeds {seeds[0]} to {seeds[-1]}"
    did = [Section("What I did", f"I played {count} ({names}) to it.")]
    if passed:
        return did
    faults = "; ".join(shows.faults) or "nothing went wrong"
    told = [Section(f"In story {shows.seed}", f"{faults}.")]
    if shows.hangs:
        told.append(Section("It hangs", f"{shows.hangs}."))
    crashes = [event for event in shows.events if event.kind == "crash"]
    if crashes:
        told.append(Section("Errors", "\n".join(map(_error, crashes))))
    return did + told


def _error(crash: Event) -> str:
    who = f"{crash.application} (for {crash.client})"
    text = crash.payload["text"]
    return f"{who} raised `{crash.type}`: {text} (event {crash.seq})"


def _section(invariant: Any, runs: Sequence[TrialRun]) -> Section:
    """Return what is said of one invariant."""
    name = invariant.__name__
    rule = (invariant.__doc__ or " ").splitlines()[0]
    broken = [r for r in runs if any(b.name == name for b in r.breaches)]
    failures = [each for run in runs for each in run.failures]
    for failure in failures:
        if failure.name == name:
            said = f"{failure.words}."
            return Section(name, f"FAILS. {rule}".strip() + f"\n{said}")
    if not broken:
        return Section(name, f"holds. {rule}".strip())
    first = broken[0]
    breach = next(b for b in first.breaches if b.name == name)
    numbers = [f"{event.seq}" for event in breach.events if event.seq]
    at = f" ({_events(numbers)})" if numbers else ""
    many = "" if len(runs) == 1 else f" in {len(broken)} of {len(runs)}"
    return Section(
        name,
        f"BROKEN{many}. {rule}\nStory {first.seed}: {breach.words}{at}.",
    )


def _events(numbers: list[str]) -> str:
    return f"event{'s' if len(numbers) > 1 else ''} {listed(numbers)}"


def _picture(shows: TrialRun) -> list[Section]:
    """Return a picture of what shows the first breach, if there is one."""
    if not shows.breaches:
        return []
    events = shows.breaches[0].events
    flow = Flow(shows.events)
    chains = [flow.why(event.seq).events for event in events if event.seq]
    wanted = {id(event) for each in (events, *chains) for event in each}
    part = [event for event in shows.events if id(event) in wanted]
    said, image = shown(part, events[-1], "", whole=shows.events)
    title = f"In the picture: {shows.breaches[0].name}"
    return [Section(title, said, image=image)] if image else []
