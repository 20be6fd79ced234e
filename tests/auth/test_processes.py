"""A user's sockets are closed whichever process they belong to."""

from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection

from minichannels.auth import close_sockets
from minichannels.layers import channel_layers
from minichannels.layers.redis import RedisChannelLayer
from support.layers import fresh_layer
from support.processes import ServerProcess, serving
from support.redis_servers import valkey
from support.servers import closing

SITE = "support.doors:application"
Two = tuple[ServerProcess, ServerProcess]


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with valkey(tmp_path) as url:
        yield url


@pytest.fixture
def processes(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Two]:
    """Two servers of one site, each a process of the operating system."""
    monkeypatch.setenv("MINICHANNELS_TEST_LAYER", url)
    with serving("uvicorn", SITE) as one, serving("uvicorn", SITE) as other:
        yield one, other


async def door(server: ServerProcess, who: str, cookie: str = "") -> str:
    """Log in, or out without a name; return the cookie that comes of it."""
    async with server.client() as client:
        response = await client.post(
            "/", content=who, headers={"cookie": cookie}
        )
    assert response.status_code == 204
    return response.headers["set-cookie"].partition(";")[0]


async def test_logout_in_one_process_closes_sockets_in_another(
    url: str, processes: Two
) -> None:
    here, there = processes
    phone, laptop = [await door(here, "ada") for _ in range(2)]
    async with AsyncExitStack() as stack:

        async def tabs(cookie: str) -> list[ClientConnection]:
            """Open a tab with each process."""
            headers = {"cookie": cookie}
            return [
                await stack.enter_async_context(
                    server.connect("/", additional_headers=headers)
                )
                for server in processes
            ]

        of_phone, of_laptop = await tabs(phone), await tabs(laptop)
        await door(there, "", phone)
        by_logout = [await closing(tab) for tab in of_phone]

        # One call from a third process, which has no sockets itself.
        with fresh_layer():
            layer = RedisChannelLayer([url])
            channel_layers.set("default", layer)
            await close_sockets("ada", 4403)
            await layer.close()
        by_call = [await closing(tab) for tab in of_laptop]

    assert here.process.pid != there.process.pid
    assert by_logout == [(4401, "not logged in any more")] * 2
    assert by_call == [(4403, "")] * 2
