"""A process that is forked while no event loop of it runs, as a program.

Arguments: a kind of layer, the URL of its server, and what the child does with
its parent's event loop: it ``closes`` it, or ``collects`` what writes to its
connections, as Python may before it knows that the loop is over, or ``exits``.
It writes what the parent reads then, as JSON.
"""

import asyncio
import gc
import json
import os
import sys

from support.contract import KINDS, got
from support.redis_servers import fresh_prefix


def main(kind: str, url: str, way: str) -> None:
    prefix = fresh_prefix()
    layer, peer = (KINDS[kind].at(url, prefix=prefix) for _ in range(2))
    loop, elsewhere = asyncio.new_event_loop(), asyncio.new_event_loop()
    channel = loop.run_until_complete(layer.new_channel())
    loop.run_until_complete(layer.group_add("g", channel))
    elsewhere.run_until_complete(peer.group_send("g", {"n": 1}))
    child = os.fork()
    if not child:
        if way == "exits":
            sys.exit()
        if way == "collects":
            for each in gc.get_objects():
                if isinstance(each, asyncio.StreamWriter):
                    each.close()
        loop.close()
        os._exit(0)
    os.waitpid(child, 0)
    sys.stdout.write(json.dumps(loop.run_until_complete(got(layer, channel))))
    loop.close()
    elsewhere.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
