"""Where a message goes: found out once, and true until somebody comes or goes.

How it works: most groups have the same members for many messages. Who they are,
what waits for each and whose lane each has is the same for all of these: a
:class:`Plan`, which many sends share.
"""

import math
from collections import deque
from collections.abc import Sequence
from typing import Any

from minichannels.flow.journal.events import Lane, Who
from minichannels.flow.journal.journal import Journal

NOWHERE = Lane(0, "", "")
"""The lane of what no journal has."""

NEVER = math.inf
"""What stands for the time of what was not read, or not at once."""

Actors = Sequence[tuple[Journal, Lane]]
"""The journals that have a send, and the lane of its sender in each."""


class LaneRow:
    """The lanes of those who read a message, as far as a journal has them.

    Args:
        many: how many get it.

    Attributes:
        lanes: of each who gets it, in their order; ``NOWHERE`` of others.
        places: the places of those that the journal has.
    """

    __slots__ = ("lanes", "places")

    def __init__(self, many: int) -> None:
        self.lanes = [NOWHERE] * many
        self.places: list[int] = []

    def add(self, place: int, lane: Lane) -> None:
        """Note whose lane somebody has."""
        self.lanes[place] = lane
        self.places.append(place)


class Plan:
    """Where a message goes, as long as nobody comes or goes.

    Attributes:
        channels: the names of the channels that get it.
        index: the place of each among them.
        waiting: what waits in each.
        rows: for each journal that has deliveries, the lanes of these.
        journals: the journals of whoever sends it.
        actors: for each of them, the lane of a sender that is no connection;
            none as long as that is not known.
        many: how many they are.
        member: whose the channel is, where it is one alone.
        unread: when each was read, as long as none was.
        usual: if the journal of whoever sends it has all of it, the lanes of
            those who get it.
    """

    __slots__ = (
        "actors",
        "channels",
        "index",
        "journals",
        "many",
        "member",
        "rows",
        "unread",
        "usual",
        "waiting",
    )

    def __init__(
        self,
        channels: Sequence[str],
        waiting: list[deque[Any]],
        rows: dict[Journal, LaneRow],
        journals: tuple[Journal, ...],
    ) -> None:
        self.channels, self.waiting, self.rows = channels, waiting, rows
        self.index = {name: index for index, name in enumerate(channels)}
        self.many = len(channels)
        self.member: Who = ""
        self.unread = [NEVER] * self.many
        self.journals = journals
        self.actors: Actors = ()
        alone = rows.get(journals[0]) if len(journals) == 1 else None
        self.usual = alone if len(rows) == 1 else None
