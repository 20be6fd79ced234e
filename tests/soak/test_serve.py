import asyncio
import gc
import socket
import threading
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from minichannels.generic.http import AsyncHttpConsumer
from minichannels.lab import serve
from minichannels.lab.serving.serve import stop_all
from minichannels.routing import ProtocolTypeRouter
from support.lab import echo

TIMES = 200
WARM = 20
MEMORY = 20e6  # bytes that Python and malloc may keep for themselves


class Stream(AsyncHttpConsumer):
    """Begins an answer that never ends."""

    async def handle(self, body: bytes) -> None:
        await self.send_headers()
        await self.send_body(b"first", more_body=True)
        await asyncio.Event().wait()


application = ProtocolTypeRouter({"http": Stream.as_asgi(), "websocket": echo})


async def use_and_stop(number: int) -> int:
    """Serve, use it in one of four ways, and stop it; return its port."""
    server = serve(application, "soak")
    port = int(server.local_url.rstrip("/").rpartition(":")[2])
    way = number % 4
    if way == 1:  # a client that talks, and is still there at the end
        client = await server.connect("/", name="ada")
        await client.send("hi")
        assert await client.recv() == "hi"
    elif way == 2:  # a stream that the server's end breaks off
        response: Any = await server.get("/", stream=True)
        async with response:
            assert await anext(aiter(response)) == b"first"
            server.stop()
    elif way == 3:  # the cell is run again: a new server takes its place
        server = serve(application, "soak")
    server.stop()
    return port


def resources() -> dict[str, int]:
    gc.collect()
    process = psutil.Process()
    files = getattr(process, "num_fds", getattr(process, "num_handles", None))
    assert files is not None
    return {
        "threads": threading.active_count(),
        "tasks": len(asyncio.all_tasks()),
        "files": files(),
        "memory": process.memory_info().rss,
    }


@pytest.mark.timeout(600)
async def test_server_started_and_stopped_200_times_leaves_nothing_behind(
    record_property: Callable[[str, object], None],
) -> None:
    for number in range(WARM):
        await use_and_stop(number)
    before = resources()
    ports = [await use_and_stop(number) for number in range(TIMES)]
    after = resources()

    grown = {name: after[name] - before[name] for name in before}
    rest = ", ".join(f"{n:+,} {name}" for name, n in grown.items())
    record_property(
        "measured", f"serve: started and stopped {TIMES} times; {rest}"
    )
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
    assert stop_all() == []
    assert grown.pop("memory") < MEMORY
    assert grown == {"threads": 0, "tasks": 0, "files": 0}
