"""A WebSocket with a signed cookie: what sessions and users add to it.

Server and clients are two processes. Each client has a cookie of its own, so
that each is verified; what is counted is how long the server is at work.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import psutil
import pytest
from websockets.asyncio.client import connect

from support import contestants_members
from support.load import TEXT, worked
from support.measuring import OURS, Row, compared, interleaved
from support.processes import ServerProcess, serving

ROUNDS = 9
CLIENTS = 2_000
FRAMES = 8_000
MEMBERS = "support.contestants_members:"
BARE = "the bare consumer"

Visit = Callable[[str, list[str]], Awaitable[None]]


async def opening(address: str, cookies: list[str]) -> None:
    """Open a connection with each cookie, one after the other."""
    for cookie in cookies:
        headers = {"Cookie": cookie}
        async with connect(f"ws://{address}/", additional_headers=headers):
            pass


async def talking(address: str, cookies: list[str]) -> None:
    """Send one frame after the other, each after the answer."""
    headers = {"Cookie": cookies[0]}
    async with connect(
        f"ws://{address}/", additional_headers=headers
    ) as client:
        for _ in range(FRAMES):
            await client.send(TEXT.decode())
            await client.recv()


def work(
    server: ServerProcess, visit: Visit, cookies: list[str], count: int
) -> float:
    """Return for how many microseconds of each visit the server works."""
    process = psutil.Process(server.process.pid)
    begun = worked(process)
    asyncio.run(visit(server.address, cookies))  # type: ignore[arg-type]
    return (worked(process) - begun) / count * 1e6


@pytest.mark.timeout(600)
@pytest.mark.parametrize("stack", ["with_session", "with_user"])
@pytest.mark.parametrize(
    ("visit", "count", "what", "floor", "goal"),
    [
        (opening, CLIENTS, "connect", 1.2, 1.1),
        (talking, FRAMES, "echo", 1.05, 1.0),
    ],
)
def test_stack_with_a_signed_cookie(  # noqa: PLR0913, PLR0917
    record: Callable[[list[Row]], None],
    stack: str,
    visit: Visit,
    count: int,
    what: str,
    floor: float,
    goal: float,
) -> None:
    cookies = contestants_members.cookies(CLIENTS)
    with (
        serving("uvicorn", MEMBERS + stack) as ours,
        serving("uvicorn", "support.contestants:echo") as bare,
    ):
        measures: Any = {
            name: partial(work, server, visit, cookies, count)
            for name, server in ((OURS, ours), (BARE, bare))
        }
        figures = interleaved(ROUNDS, measures)
    words = f"{what} over uvicorn, {stack.replace('_', ' a ')} in a cookie"
    (row,) = compared(words, "µs", figures, {BARE: (floor, goal)})
    record([Row(**{**vars(row), "at_most": True})])
