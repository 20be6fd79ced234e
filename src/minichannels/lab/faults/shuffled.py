"""Consumers hear of their messages late, each after a while of its own.

In one process all is as quick as can be: who is told first answers first, each
time. Between processes nobody knows who is quicker. What was right by chance
goes wrong there, now and then; with a seed it goes wrong here, each time.

How it works: a layer rings a consumer's bell when something has come into its
mailbox. This one lets a few turns of the event loop go by first, a number from
the seed. What waits stays in its mailbox until then, and in its order there.
"""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

from minichannels.layers import InMemoryChannelLayer

LONGEST = 8
"""Before so many turns of the event loop a consumer hears of a message."""

Ring = Callable[[], object]


class ShuffledLayer(InMemoryChannelLayer):
    """A layer on which consumers answer in an order that a seed decides.

    Messages in one channel keep their order.

    Args:
        seed: the same one gives the same order.
        config: what an ``InMemoryChannelLayer`` takes.

    Attributes:
        seed: the same.
    """

    def __init__(self, *, seed: int, **config: Any) -> None:
        super().__init__(**config)
        self.seed = seed
        self._random = Random(seed)  # it is to be repeated

    def __repr__(self) -> str:
        return f"<ShuffledLayer, seed {self.seed}>"

    def reader(self, channel: str, ring: Ring) -> Any:
        """Return what takes a channel's messages; its bell rings late."""

        def ring_late() -> None:
            _after(self._random.randrange(LONGEST), ring)

        return super().reader(channel, ring_late)


def _after(turns: int, ring: Ring) -> None:
    """Ring after some turns of the event loop."""
    if turns == 0:
        ring()
    else:
        asyncio.get_running_loop().call_soon(_after, turns - 1, ring)
