import contextlib
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio

from support.certificates import Authority, Pair
from support.clock import Clock
from support.contract import KINDS, Kind, Losses, Make
from support.nats_servers import nats_server
from support.proxies import Proxy
from support.redis_servers import SERVERS, fresh_prefix

Url = Callable[[str], str]
NewChannel = Callable[[str], Awaitable[str]]


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Url]:
    """Return what starts a server, once, and tells its URL."""
    with contextlib.ExitStack() as stack:

        @functools.cache
        def start(name: str) -> str:
            folder = tmp_path_factory.mktemp(name)
            server = ({"nats": nats_server} | SERVERS)[name]
            return stack.enter_context(server(folder))

        yield start


@pytest.fixture(scope="session")
def valkey_url(url: Url) -> str:
    """Return the URL of one Valkey for all tests."""
    return url("valkey")


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return who issues certificates to servers of tests."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def pair(authority: Authority) -> Pair:
    """Return the files of a server's certificate."""
    return authority.issue("localhost")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    """Return which layers a test is about; a folder may say it is fewer."""
    return KINDS[request.param]


@pytest.fixture
def server_url(kind: Kind, url: Url) -> str:
    return url(kind.server) if kind.server else ""


@pytest_asyncio.fixture
async def make(
    kind: Kind, server_url: str, clock: Clock
) -> AsyncIterator[Make]:
    """Return what makes layers that talk to each other, as processes do.

    All that it has made are closed at the end.
    """
    made: list[Any] = []
    own: dict[str, Any] = {"expiry": 10, "group_expiry": 100, "capacity": 3}
    if kind.server:
        own["prefix"] = fresh_prefix()

    def make(url: str = server_url, **config: Any) -> Any:
        layer = kind.at(url, **own | config, clock=clock)
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
    """Return what stands between a layer and its server."""
    async with Proxy(server_url).running() as proxy:
        yield proxy


@pytest.fixture
def losses(layer: Any) -> Losses:
    found: Losses = layer.observer
    return found


@pytest.fixture(params=["mailbox", "shared"])
def new_channel(request: pytest.FixtureRequest, layer: Any) -> NewChannel:
    """Return what names a channel: one that a process owns, or of all."""

    async def new_channel(name: str = "a") -> str:
        if request.param == "shared":
            return name
        channel: str = await layer.new_channel(name)
        return channel

    return new_channel
