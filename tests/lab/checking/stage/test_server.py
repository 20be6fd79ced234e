import asyncio
from typing import Any

import pytest

from minichannels.flow.journal.journal import Journal
from minichannels.lab.checking.stage import scopes
from minichannels.lab.checking.stage.server import StageServer
from minichannels.layers import InMemoryChannelLayer


async def test_nobody_waits_for_who_is_left_alone_but_for_all_others() -> None:
    server = StageServer(Journal(), InMemoryChannelLayer())

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        if scope["path"] == "/stuck":
            await asyncio.Event().wait()
        await send({"type": "websocket.accept"})
        text = (await receive())["text"]
        for _ in range(100):  # it takes its time
            await asyncio.sleep(0)
        await send({"type": "websocket.send", "text": text})
        await receive()

    server.put_on(app)
    for port, name in enumerate(("stuck", "ada"), 50001):
        client = server.call(name, scopes.websocket(f"/{name}", port))
        client.hand({"type": "websocket.connect"})
    with pytest.raises(TimeoutError, match="for stuck"):
        await server.rest(0.1)
    server.leave_alone()
    await server.rest()

    client.link.sent += 1
    client.hand({"type": "websocket.receive", "text": "tea"})
    await server.rest()

    assert client.heard == ["tea"]
