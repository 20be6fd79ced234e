"""Groups that nobody has joined who should, and members that read nothing.

The layer takes it all the same: it does not ask whether a group is meant.
"""

from collections.abc import Callable, Iterator, Sequence

from minichannels.flow import Event
from minichannels.lab.checking.diagnosis.clues import Clue
from minichannels.lab.checking.sandbox.stack_frames import SourceLine


def strangers(
    acts: Sequence[Event],
    events: Sequence[Event],
    place_of: Callable[[Event], SourceLine | None],
) -> Iterator[Clue]:
    """Find who was put into a group, and is no consumer of this scenario.

    Args:
        acts: what the learner's code did since the scenario's last step.
        events: all that happened.
        place_of: tells which of the learner's lines did it, if that is known.
    """
    # A channel of one's own has a mark in its name; it may be read as well.
    known = {event.application for event in events}
    groups = {act.group for act in acts}
    for event in sorted(events, key=lambda event: event.group not in groups):
        place = place_of(event) if event.kind == "join" else None
        strange = event.member not in known and "!" not in event.member
        if place is not None and strange:
            values = {"member": event.member, "group": event.group}
            yield Clue("stranger", place, values)


def astray(
    acts: Sequence[Event],
    events: Sequence[Event],
    place_of: Callable[[Event], SourceLine | None],
) -> Iterator[Clue]:
    """Find what went to another group than those that were joined.

    Args:
        acts: what the learner's code did since the scenario's last step.
        events: all that happened.
        place_of: tells which of the learner's lines did it, if that is known.
    """
    joined = sorted({each.group for each in events if each.kind == "join"})
    for act in acts:
        sent = act.kind == "group_send" and not act.members
        place = place_of(act)
        if sent and place is not None and joined and act.group not in joined:
            others = ", ".join(f"`{group}`" for group in joined)
            values = {"group": act.group, "others": others}
            yield Clue("nobody there", place, values)
