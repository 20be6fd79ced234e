"""A process with consumers in a group; see ``test_redis_layer``."""

# ruff: noqa: T201

import asyncio
import gc
import sys
from pathlib import Path
from time import process_time
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.test_redis_layer import LAYERS, Crowd, close
from minichannels.layers import channel_layers
from minichannels.layers.redis import RedisChannelLayer
from support import contestants, contestants_channels

MEMBERS = 100


async def main(what: str, kind: str, url: str, prefix: str, count: str) -> None:
    layer = LAYERS[kind](hosts=[url], prefix=prefix)
    ours = isinstance(layer, RedisChannelLayer)
    registry = (
        channel_layers if ours else contestants_channels.layers.channel_layers
    )
    registry.set("default", layer)
    application = (contestants if ours else contestants_channels).chat
    crowd = Crowd(application, MEMBERS)
    await crowd.all_hear()
    await {"hear": hear, "idle": idle}[what](application, crowd, int(count))
    await crowd.close()
    await close(layer)


async def hear(application: Any, crowd: Crowd, count: int) -> None:
    """Print how many seconds of the processor so many messages take."""
    print("ready", flush=True)
    begun = process_time()
    await crowd.all_hear(count)
    print(process_time() - begun, flush=True)


async def idle(application: Any, crowd: Crowd, count: int) -> None:
    """Print how many kilobytes each of so many more consumers takes."""
    before = used()
    more = Crowd(application, count)
    await more.all_hear()
    print((used() - before) / count / 1000, flush=True)
    await more.close()


def used() -> int:
    gc.collect()
    return int(psutil.Process().memory_info().rss)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
