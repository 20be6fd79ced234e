from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from minichannels.layers.redis import RedisChannelLayer
from support.clock import Clock
from support.contract import KINDS, Make, several


@pytest_asyncio.fixture
async def make(valkey_url: str, clock: Clock) -> AsyncIterator[Make]:
    async with several(KINDS["redis on valkey"], valkey_url, clock) as make:
        yield make


@pytest.fixture
def layer(make: Make) -> RedisChannelLayer:
    made: RedisChannelLayer = make()
    return made


@pytest.fixture
def peer(make: Make) -> RedisChannelLayer:
    """Return the layer of another process, as it were."""
    made: RedisChannelLayer = make()
    return made
