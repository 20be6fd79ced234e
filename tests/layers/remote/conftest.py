from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from support.clock import Clock
from support.contract import ENGINES, KINDS, Kind, Make, several
from support.proxies import Proxy


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
    async with several(kind, server_url, clock) as make:
        yield make


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
