"""An echo without a network, to be measured."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

SCOPE = {"type": "websocket", "path": "/", "headers": [], "subprotocols": []}


async def echoes(
    app: Any, times: int, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Return microseconds for a frame to the application and back."""
    to_app: asyncio.Queue[Any] = asyncio.Queue()
    to_client: asyncio.Queue[Any] = asyncio.Queue()
    running = asyncio.create_task(app(dict(SCOPE), to_app.get, to_client.put))
    await to_app.put({"type": "websocket.connect"})
    assert (await to_client.get())["type"] == "websocket.accept"
    begun = clock()
    for _ in range(times):
        await to_app.put({"type": "websocket.receive", "text": "hi"})
        assert (await to_client.get())["text"] == "hi"
    seconds = clock() - begun
    await to_app.put({"type": "websocket.disconnect", "code": 1000})
    await running
    return seconds / times * 1e6
