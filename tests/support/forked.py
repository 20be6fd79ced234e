"""A process that is forked while its layer is in use, as a program.

Arguments: a kind of layer, and the URL of its server. It writes what became of
the messages, as JSON.
"""

import asyncio
import json
import os
import sys
from typing import Any

from support.contract import KINDS, numbers


async def in_the_child(layer: Any, channel: str) -> None:
    """Send more than the parent's mailbox holds, and try to read it."""
    for n in range(1, 6):
        await layer.send(channel, {"n": n})
    try:
        await layer.receive(channel)
    except ValueError as error:
        sys.stdout.write(json.dumps(str(error)) + "\n")
        sys.stdout.flush()
    await layer.close()


async def main(kind: str, url: str) -> None:
    layer = KINDS[kind].at(url, capacity=5)
    channel = await layer.new_channel()
    await layer.send(channel, {"n": 0})
    read = [await layer.receive(channel)]
    await layer.send(channel, {"n": 0})
    child = os.fork()
    if not child:
        asyncio._set_running_loop(None)
        asyncio.run(in_the_child(layer, channel))
        os._exit(0)
    read += [await layer.receive(channel)]
    await asyncio.to_thread(os.waitpid, child, 0)
    sys.stdout.write(json.dumps(await numbers(layer, channel)))
    await layer.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
