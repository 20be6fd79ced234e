"""A million messages through two processes, over one Valkey.

None comes twice, each sender's come in its order, and what is missing was
counted where it was lost.
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

READER = """
import asyncio, collections, json, sys
from minichannels.layers.redis import RedisChannelLayer

async def main(url, prefix):
    layer = RedisChannelLayer([url], prefix)
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
            key = message["way"], message["sender"]
            counts[message["way"]] += 1
            counts["disorder"] += message["n"] <= last.get(key, -1)
            last[key] = message["n"]

    print(channel, flush=True)
    await asyncio.gather(read(channel), read("list"))
    counts["dropped"] = layer.dropped
    counts["others"] = layer.expired + layer.undelivered + layer.unreadable
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
        sent, refused, read = await flood(url)
        seconds = time.perf_counter() - begun

    record_property(
        "measured",
        f"{MESSAGES:,} messages through two processes: {seconds:.0f} s,"
        f" {refused:,} refused, {read['dropped']:,} dropped and counted",
    )
    missing = {way: sent[way] - read.get(way, 0) for way in WAYS}
    assert read["disorder"] == 0
    assert read["others"] == 0
    assert missing["list"] == 0
    assert missing["send"] + missing["group_send"] == read["dropped"]


async def flood(url: str) -> tuple[dict[str, int], int, dict[str, int]]:
    """Send all; return what was sent, what was refused, and what was read."""
    layer = RedisChannelLayer([url], fresh_prefix())
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", READER, url, layer.prefix),
        stdout=subprocess.PIPE,
    )
    output: Any = process.stdout
    channel = (await output.readline()).decode().strip()
    sent, refused = dict.fromkeys(WAYS, 0), 0

    async def sender(number: int) -> None:
        nonlocal refused
        for n in range(MESSAGES // SENDERS):
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
                sent[way] += 1

    await asyncio.gather(*(sender(number) for number in range(SENDERS)))
    await asyncio.sleep(1)  # now there is room in the mailbox
    for name in (channel, "list"):
        await last_word(layer, name)
    read = json.loads(await output.readline())
    await process.wait()
    await layer.close()
    return sent, refused, read


async def last_word(layer: RedisChannelLayer, name: str) -> None:
    """Send the end to where there may be no room at once."""
    while True:
        try:
            await layer.send(name, {"n": -1})
        except ChannelFull:
            await asyncio.sleep(0.01)
        else:
            return
