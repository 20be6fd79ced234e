"""One unchanged application, chatted with under each ASGI server.

Where a server differs from the others, it is named here, with the reason.
"""

import asyncio
import signal
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from support.processes import COMMANDS, ServerProcess, serving
from support.servers import closing, next_frame

APPLICATION = "support.everywhere:application"

# daphne implements no lifespan.
WITHOUT_LIFESPAN = {"daphne"}

# Sent with the acceptance: two pass no headers on.
GREETINGS = {"daphne": None, "granian": None}

# Sent with a close: one passes no reason on.
REASONS = {"daphne": ""}

# What the application is told: here every close is a lost connection.
CODES = {"hypercorn": "1006"}

# It waits until its clients have left; on Python 3.12 and later, for ever.
PATIENT = {"hypercorn"}

# The exit code, and the code and reason that a client gets. uvicorn ends by
# the signal that it was sent, once it is done; two drop their connections.
STOPS = {
    "uvicorn": (-signal.SIGTERM, 1012, ""),
    "hypercorn": (0, 1000, ""),
    "daphne": (0, 1006, ""),
    "granian": (0, 1006, ""),
}

servers = [
    pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in COMMANDS
]


@pytest.fixture(scope="module", params=servers)
def server(request: pytest.FixtureRequest) -> Iterator[ServerProcess]:
    with serving(request.param, APPLICATION) as server:
        yield server


async def wait_for(server: ServerProcess, what: str, number: int) -> str:
    """Wait until the application has seen something that often."""
    async with server.client() as http:
        response = await http.get(f"/wait/{what}/{number}/")
    return response.raise_for_status().text


async def join(
    stack: AsyncExitStack, server: ServerProcess
) -> ClientConnection:
    return await stack.enter_async_context(server.connect("/chat/"))


async def test_accept_gives_the_subprotocol_and_headers(
    server: ServerProcess,
) -> None:
    offered = [Subprotocol("other"), Subprotocol("echo")]
    async with server.connect("/echo/", subprotocols=offered) as client:
        assert client.subprotocol == "echo"
        assert client.response is not None
        greeting = client.response.headers.get("x-greeting")
    assert greeting == GREETINGS.get(server.name, "hello")


async def test_refusal_is_a_403(server: ServerProcess) -> None:
    with pytest.raises(InvalidStatus) as caught:
        await server.connect("/refuse/")

    assert caught.value.response.status_code == 403


async def test_close_gives_the_client_code_and_reason(
    server: ServerProcess,
) -> None:
    async with server.connect("/close/1/") as client:
        await client.send("go")
        ended = await closing(client)
    assert ended == (4001, REASONS.get(server.name, "enough"))


async def test_clients_code_reaches_the_application(
    server: ServerProcess,
) -> None:
    async with server.connect("/close/2/") as client:
        await client.close(4002, "bye")

    seen = await wait_for(server, "codes", 2)
    assert seen == CODES.get(server.name, "4002")


async def test_broadcast_reaches_twenty_clients_in_order(
    server: ServerProcess,
) -> None:
    async with AsyncExitStack() as stack:
        clients = [await join(stack, server) for _ in range(20)]
        await wait_for(server, "members", 20)
        for n in range(5):
            await clients[n].send(f"{n}")
            for client in clients:
                assert await next_frame(client) == f"{n}"
    await wait_for(server, "members", 0)


@pytest.mark.parametrize("big", ["ü" * 250_000, b"\0" * 500_000], ids=type)
async def test_large_message_comes_back(
    server: ServerProcess, big: str | bytes
) -> None:
    async with server.connect("/echo/") as client:
        await client.send(big)
        assert await next_frame(client) == big


async def test_reset_of_a_client_leaves_the_others(
    server: ServerProcess,
) -> None:
    async with AsyncExitStack() as stack:
        clients = [await join(stack, server) for _ in range(3)]
        await wait_for(server, "members", 3)
        reset(clients.pop())
        await wait_for(server, "members", 2)
        await clients[0].send("still here")
        for client in clients:
            assert await next_frame(client) == "still here"
    await wait_for(server, "members", 0)


def reset(client: ClientConnection) -> None:
    """Vanish without a close frame, as a machine that loses its power."""
    sock = client.transport.get_extra_info("socket")
    at_once = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    client.transport.abort()


async def test_server_sent_events_come_at_once_and_end_with_the_client(
    server: ServerProcess,
) -> None:
    async with (
        server.client() as http,
        http.stream("GET", "/events/") as response,
    ):
        pieces = response.aiter_raw()
        assert await anext(pieces) == b"data: first\n\n"
        await wait_for(server, "streams", 1)
        await http.post("/publish/", content=b"data: second\n\n")
        assert await anext(pieces) == b"data: second\n\n"
    assert await wait_for(server, "ended_streams", 1) == "1"


async def test_state_of_the_lifespan_reaches_every_scope(
    server: ServerProcess,
) -> None:
    there = server.name not in WITHOUT_LIFESPAN
    async with server.connect("/state/") as client:
        greeting = await next_frame(client)
    assert greeting == ("hello from the lifespan" if there else "no lifespan")


@pytest.mark.skipif(
    sys.platform == "win32", reason="Windows ends a process without a word"
)
@pytest.mark.parametrize("name", servers)
async def test_stop_closes_the_connections_and_ends_the_lifespan(
    name: str,
) -> None:
    with serving(name, APPLICATION) as server:
        async with server.connect("/chat/") as client:
            await wait_for(server, "members", 1)
            server.process.terminate()
            if name in PATIENT:
                await client.close()
            ended = await closing(client)
        code = await asyncio.to_thread(server.wait)
    assert (code, *ended) == STOPS[name]
    assert ("the lifespan is over" in server.output) == (
        name not in WITHOUT_LIFESPAN
    )
