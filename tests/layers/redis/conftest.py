from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from minichannels.layers.redis import RedisChannelLayer
from support.clock import Clock
from support.contract import Losses, Make
from support.redis_servers import fresh_prefix


@pytest_asyncio.fixture
async def make(valkey_url: str, clock: Clock) -> AsyncIterator[Make]:
    """Return what makes layers that talk to each other, as processes do."""
    made: list[RedisChannelLayer] = []
    own = {"prefix": fresh_prefix(), "capacity": 3, "expiry": 10}

    def make(url: str = valkey_url, **config: Any) -> RedisChannelLayer:
        options: Any = own | config
        layer = RedisChannelLayer([url], clock=clock, **options)
        layer.observer = Losses()
        made.append(layer)
        return layer

    yield make
    for layer in made:
        await layer.close()


@pytest.fixture
def layer(make: Make) -> RedisChannelLayer:
    made: RedisChannelLayer = make()
    return made


@pytest.fixture
def peer(make: Make) -> RedisChannelLayer:
    """Return the layer of another process, as it were."""
    made: RedisChannelLayer = make()
    return made
