"""A million messages through two processes, over one Valkey.

None comes twice, each sender's come in its order, and those that are missing
are those of which whoever observes the layer was told, one by one: by that the
journal knows what was lost.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from minichannels.exceptions import ChannelFull
from minichannels.layers.redis import RedisChannelLayer
from support.redis_servers import fresh_prefix, valkey

MESSAGES = 1_000_000
SENDERS = 20
WAYS = ("send", "group_send", "list")
READ, LOST = 1, 2

READER = """
import asyncio, collections, json, sys
from pathlib import Path
from minichannels.layers.redis import RedisChannelLayer

READ, LOST = 1, 2

class Observer:
    def message_lost(self, channel, message, reason):
        fates[message["n"]] += LOST

async def main(url, prefix, messages, file):
    global fates
    fates = bytearray(int(messages))
    layer = RedisChannelLayer([url], prefix)
    layer.observer = Observer()
    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    counts, last = collections.Counter(), {}
    open_ = 2

    async def read(name):
        nonlocal open_
        while True:
            message = await layer.receive(name)
            if message["n"] < 0:
                break
            fates[message["n"]] += READ
            key = message["way"], message["sender"]
            counts[message["way"]] += 1
            if message["n"] % 1_000 == 0:
                await asyncio.sleep(0.02)  # slow now and then: some are lost
            counts["disorder"] += message["n"] <= last.get(key, -1)
            last[key] = message["n"]

    print(channel, flush=True)
    await asyncio.gather(read(channel), read("list"))
    counts["dropped"] = layer.dropped
    counts["others"] = layer.expired + layer.undelivered + layer.unreadable
    Path(file).write_bytes(fates)
    print(json.dumps(counts), flush=True)
    await layer.close()

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.timeout(0)
async def test_million_messages_through_two_processes(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with valkey(tmp_path) as url:
        begun = time.perf_counter()
        file = tmp_path / "fates"
        sent, refused, read = await flood(url, file)
        seconds = time.perf_counter() - begun

    record_property(
        "measured",
        f"{MESSAGES:,} messages through two processes: {seconds:.0f} s,"
        f" {refused:,} refused, {read['dropped']:,} dropped and counted",
    )
    fates = file.read_bytes()
    assert read["disorder"] == 0
    assert read["others"] == 0
    # Each that was sent has been read or lost, once; and no other.
    assert [fate in (READ, LOST) for fate in fates] == list(map(bool, sent))
    assert fates.count(READ) == sum(read.get(way, 0) for way in WAYS)
    assert fates.count(LOST) == read["dropped"] > 0
    assert LOST not in fates[WAYS.index("list") :: len(WAYS)]


async def flood(url: str, file: Path) -> tuple[bytes, int, dict[str, int]]:
    """Send all; return which were sent, how many refused, and what was read.

    Args:
        url: of the server.
        file: where the reader writes what became of each.
    """
    layer = RedisChannelLayer([url], fresh_prefix())
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", READER, url, layer.prefix),
        *(str(MESSAGES), str(file)),
        stdout=subprocess.PIPE,
    )
    output: Any = process.stdout
    channel = (await output.readline()).decode().strip()
    sent, refused = bytearray(MESSAGES), 0

    async def sender(number: int) -> None:
        nonlocal refused
        each = MESSAGES // SENDERS
        for n in range(number * each, (number + 1) * each):
            way = WAYS[n % 3]
            message = {"way": way, "sender": number, "n": n}
            try:
                if way == "group_send":
                    await layer.group_send("g", message)
                else:
                    await layer.send(
                        channel if way == "send" else "list", message
                    )
            except ChannelFull:
                refused += 1
            else:
                sent[n] = True

    await asyncio.gather(*(sender(number) for number in range(SENDERS)))
    await asyncio.sleep(1)  # now there is room in the mailbox
    for name in (channel, "list"):
        await last_word(layer, name)
    read = json.loads(await output.readline())
    await process.wait()
    await layer.close()
    return bytes(sent), refused, read


async def last_word(layer: RedisChannelLayer, name: str) -> None:
    """Send the end to where there may be no room at once."""
    while True:
        try:
            await layer.send(name, {"n": -1})
        except ChannelFull:
            await asyncio.sleep(0.01)
        else:
            return
