from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from support.clock import Clock
from support.contract import ENGINES, KINDS, Kind, Losses, Make
from support.proxies import Proxy
from support.redis_servers import fresh_prefix


@pytest.fixture(params=ENGINES)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


@pytest.fixture
def server_url(kind: Kind, url: Any) -> str:
    found: str = url(kind.server)
    return found


@pytest_asyncio.fixture
async def make(
    kind: Kind, server_url: str, clock: Clock
) -> AsyncIterator[Make]:
    """Return what makes layers that talk to each other, as processes do."""
    made: list[Any] = []
    own = {"prefix": fresh_prefix(), "capacity": 3, "expiry": 10}

    def make(url: str = server_url, **config: Any) -> Any:
        settings: Any = own | {kind.servers: [url]} | config
        layer = kind.make(clock=clock, **settings)
        layer.observer = Losses()
        made.append(layer)
        return layer

    yield make
    for layer in made:
        await layer.close()


@pytest.fixture
def layer(make: Make) -> Any:
    return make()


@pytest.fixture
def peer(make: Make) -> Any:
    """Return the layer of another process, as it were."""
    return make()


@pytest_asyncio.fixture
async def proxy(server_url: str) -> AsyncIterator[Proxy]:
    async with Proxy(server_url).running() as proxy:
        yield proxy
