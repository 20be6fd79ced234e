"""It is looked again and again for requests that wait."""

import asyncio

from minichannels.flow.unheard import look_for_unheard
from support.limit import LIMIT


async def test_it_is_looked_as_long_as_the_loop_runs() -> None:
    looks: asyncio.Queue[float] = asyncio.Queue()

    look_for_unheard(looks.put_nowait, patience=0.0)

    for _ in range(3):
        assert await asyncio.wait_for(looks.get(), LIMIT) == 0.0
