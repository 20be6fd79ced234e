"""What was sent to a group that nobody has joined, while others have members.

The layer takes it all the same: it does not ask whether a group is meant.
"""

from collections.abc import Callable, Iterator, Sequence

from minichannels.flow import Event
from minichannels.lab.checking.diagnosis.clues import Clue
from minichannels.lab.checking.sandbox.stack_frames import SourceLine


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
