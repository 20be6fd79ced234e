"""Feeds that a test lets tell, and what they have told."""

from typing import Any

from minichannels.flow.live.feed import Feed, Update
from support.journals import Later, Talk


class Follower:
    """A feed of a talk, and all that it tells."""

    def __init__(self, talk: Talk) -> None:
        self.later = Later()
        self.feed = Feed(talk.journal, self.later)
        self.updates: list[Update] = []
        self.unsubscribe = self.feed.subscribe(self.updates.append)

    def told(self) -> list[Update]:
        """Let time pass; return what was told meanwhile."""
        self.updates.clear()
        self.later.pass_time()
        return self.updates


MEMBERSHIP, RUN = 1, 2
"""What lies above what."""


def piece_at(state: Update, step: int, z: int) -> list[Any]:
    return [
        piece
        for piece in state["spans"]
        if piece["z"] == z
        and piece["f"] <= step
        and (piece["l"] is None or piece["l"] >= step)
    ]
