"""A process with a hundred consumers in a group; see ``test_redis_layer``."""

import asyncio
import sys
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.test_redis_layer import LAYERS, Crowd, close
from minichannels.layers import channel_layers
from minichannels.layers.redis import RedisChannelLayer
from support import contestants, contestants_channels


async def main(kind: str, url: str, prefix: str, times: str) -> None:
    layer = LAYERS[kind](hosts=[url], prefix=prefix)
    ours = isinstance(layer, RedisChannelLayer)
    registry = (
        channel_layers if ours else contestants_channels.layers.channel_layers
    )
    registry.set("default", layer)
    crowd = Crowd((contestants if ours else contestants_channels).chat, 100)
    await crowd.all_hear()
    print("ready", flush=True)  # noqa: T201
    begun = process_time()
    await crowd.all_hear(int(times))
    print(process_time() - begun, flush=True)  # noqa: T201
    await crowd.close()
    await close(layer)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
