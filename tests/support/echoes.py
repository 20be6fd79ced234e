"""An echo without a network, and what is only heard, to be measured."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

Header = tuple[bytes, bytes]

SCOPE = {"type": "websocket", "path": "/", "headers": [], "subprotocols": []}


async def echoes(
    app: Any,
    times: int,
    clock: Callable[[], float] = time.perf_counter,
    headers: Sequence[Header] = (),
) -> float:
    """Return microseconds for a frame to the application and back."""
    to_app: asyncio.Queue[Any] = asyncio.Queue()
    to_client: asyncio.Queue[Any] = asyncio.Queue()
    async with _connected(app, to_app, to_client, headers):
        begun = clock()
        for _ in range(times):
            await to_app.put({"type": "websocket.receive", "text": "hi"})
            assert (await to_client.get())["text"] == "hi"
        seconds = clock() - begun
    return seconds / times * 1e6


async def dispatches(
    app: Any, times: int, clock: Callable[[], float] = time.process_time
) -> float:
    """Return microseconds for a frame that is handled and not answered."""
    to_app: asyncio.Queue[Any] = asyncio.Queue()
    to_client: asyncio.Queue[Any] = asyncio.Queue()
    async with _connected(app, to_app, to_client):
        begun = clock()
        for text in [*["hi"] * (times - 1), "last"]:
            await to_app.put({"type": "websocket.receive", "text": text})
        assert (await to_client.get())["text"] == "last"
        seconds = clock() - begun
    return seconds / times * 1e6


@asynccontextmanager
async def _connected(
    app: Any,
    to_app: asyncio.Queue[Any],
    to_client: asyncio.Queue[Any],
    headers: Sequence[Header] = (),
) -> AsyncIterator[None]:
    scope = {**SCOPE, "headers": list(headers)}
    running = asyncio.create_task(app(scope, to_app.get, to_client.put))
    await to_app.put({"type": "websocket.connect"})
    assert (await to_client.get())["type"] == "websocket.accept"
    yield
    await to_app.put({"type": "websocket.disconnect", "code": 1000})
    await running
