"""Messages put into lists at the server, and none more than fit.

How it works: RPUSH tells how long the list is now. If that is more than may
wait, those at its head may be too old to count; they are removed. If there is
still no room, the sender takes its own message back. Between the two somebody
may have read it: then nothing is removed, and it was sent after all.

No script runs at the server, for not every server runs scripts.
"""

import math
from collections.abc import Callable

from minichannels.layers.redis.link import Link

TooOld = Callable[[bytes], bool]


async def push(
    link: Link, key: str, data: bytes, capacity: int, keep: float, old: TooOld
) -> bool:
    """Add a message to a list; return whether there was room for it.

    Args:
        link: to the host of the list.
        key: the list's.
        data: the message; no other has the same bytes.
        capacity: how many may wait.
        keep: seconds after which the server may forget the list.
        old: tells, and counts, that a message is too old.
    """
    length, _ = await link.calls(
        ("RPUSH", key, data), ("PEXPIRE", key, math.ceil(keep * 1000))
    )
    while length > capacity:
        head = await link.call("LINDEX", key, 0)
        if head is None or not old(head):
            return not await link.call("LREM", key, -1, data)
        await link.call("LREM", key, 1, head)
        length -= 1
    return True
