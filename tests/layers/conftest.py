import contextlib
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio

from support.clock import Clock
from support.contract import KINDS, Losses, Make
from support.nats_servers import nats_server
from support.redis_servers import SERVERS

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


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture(params=KINDS)
async def make(
    request: pytest.FixtureRequest, url: Url, clock: Clock
) -> AsyncIterator[Make]:
    """Return what makes a layer; all that it made are closed at the end."""
    kind = KINDS[request.param]
    made = []

    def make(**config: Any) -> Any:
        config = {"expiry": 10, "group_expiry": 100, "capacity": 3} | config
        server = url(kind.server) if kind.server else ""
        made.append(kind.at(server, clock=clock, **config))
        return made[-1]

    yield make
    for layer in made:
        await layer.close()


@pytest.fixture
def layer(make: Make) -> Any:
    return make()


@pytest.fixture
def losses(layer: Any) -> Losses:
    layer.observer = losses = Losses()
    return losses


@pytest.fixture(params=["mailbox", "shared"])
def new_channel(request: pytest.FixtureRequest, layer: Any) -> NewChannel:
    """Return what names a channel: one that a process owns, or of all."""

    async def new_channel(name: str = "a") -> str:
        if request.param == "shared":
            return name
        channel: str = await layer.new_channel(name)
        return channel

    return new_channel
