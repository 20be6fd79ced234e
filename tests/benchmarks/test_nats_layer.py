"""The layer on NATS beside that on Valkey: what the other engine costs.

In seconds of the processor that this process takes, as for Redis.
"""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from benchmarks.test_redis_layer import (
    Record,
    Run,
    fan_out,
    fifty_senders,
    one_at_a_time,
)
from minichannels.layers.nats import NatsChannelLayer
from minichannels.layers.redis import RedisChannelLayer
from support.measuring import OURS, compared, interleaved
from support.nats_servers import nats_server
from support.redis_servers import fresh_prefix, valkey

ROUNDS = 5
ON_REDIS = "the same on Valkey"
Make = Callable[[], Any]


@pytest.fixture(scope="module")
def layers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return what makes a layer on each of two servers."""
    nats, redis = (tmp_path_factory.mktemp(name) for name in ("nats", "redis"))
    with nats_server(nats) as there, valkey(redis) as here:
        yield {
            OURS: lambda: NatsChannelLayer(there, fresh_prefix()),
            ON_REDIS: lambda: RedisChannelLayer([here], fresh_prefix()),
        }


def measure(layers: dict[str, Make], run: Run, *args: Any) -> Any:
    async def on_layer(make: Make) -> float:
        layer = make()
        try:
            return await run(layer, *args)
        finally:
            await layer.close()

    def once(make: Make) -> float:
        return asyncio.run(on_layer(make))

    turns = {name: partial(once, make) for name, make in layers.items()}
    return interleaved(ROUNDS, turns)


@pytest.mark.parametrize(
    ("run", "arguments", "what"),
    [
        (one_at_a_time, (200,), "send + receive, mailbox"),
        (one_at_a_time, (100, "work"), "send + receive, channel of all"),
        (fifty_senders, (5,), "50 senders at once, for each"),
        (fan_out, (100, 1), "group_send to 1, and its reading"),
        (fan_out, (10, 100), "group_send to 100, and their reading"),
    ],
)
def test_nats_beside_redis(
    record: Record, layers: Any, run: Run, arguments: Any, what: str
) -> None:
    figures = measure(layers, run, *arguments)
    record(compared(f"NATS: {what}", "µs", figures, {}))
