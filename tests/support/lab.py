"""Applications that many tests of the lab serve."""

import pytest

from minichannels.types import Receive, Scope, Send

both_wires = pytest.mark.usefixtures("wire")
"""The test is run over sockets, and in memory."""


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Accept every WebSocket and send back what comes."""
    if scope["type"] != "websocket":
        return
    while (event := await receive())["type"] != "websocket.disconnect":
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        else:
            await send({**event, "type": "websocket.send"})
