"""What becomes of messages when Redis refuses what it is asked."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from minichannels.exceptions import LayerUnavailable
from support.contract import Make, got, numbers
from support.redis_servers import Victim


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Victim]:
    server = Victim(tmp_path)
    yield server
    server.kill()


async def test_server_without_memory_refuses_and_says_why(
    make: Make, server: Victim
) -> None:
    layer = make(server.url)
    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    server.configure(maxmemory="1")

    with pytest.raises(LayerUnavailable, match="refuses RPUSH: OOM"):
        await layer.send("list", {"n": 1})
    await layer.group_send("g", {"n": 2})
    assert await got(layer, channel) == {"n": 2}

    server.configure(maxmemory="0")
    await layer.send("list", {"n": 3})
    assert await numbers(layer, "list") == [3]


async def test_password_that_is_missing_or_wrong_is_said(
    make: Make, server: Victim
) -> None:
    server.configure(requirepass="right")
    right, wrong = f"{server.url}?password=right", f"{server.url}?password=bad"

    for url, problem in (
        (server.url, "Authentication required"),
        (wrong, "invalid username-password pair"),
    ):
        with pytest.raises(LayerUnavailable, match=problem):
            await make(url).send("list", {"n": 1})
    await make(right).send("list", {"n": 1})
