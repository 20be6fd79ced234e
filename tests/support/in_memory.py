"""Servers that a test has in memory, and how they are ended."""

import asyncio

from minichannels.lab import Server
from minichannels.types import ASGIApp, Receive, Scope, Send

THREAD = "minichannels.lab.transport.uvicorn_thread"


LIMIT = 5


def only_websockets(application: ASGIApp) -> ASGIApp:
    async def outer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await application(scope, receive, send)

    return outer


async def ended(server: Server) -> None:
    """Stop a server, and wait until it has ended."""
    server.stop()
    async with asyncio.timeout(LIMIT):
        await server.settle()
