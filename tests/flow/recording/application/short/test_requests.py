"""Whatever an application does, it is told as if it had been asked at once."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from minichannels.flow.recording.application.causes import CURRENT
from minichannels.types import Receive, Scope, Send
from support.responses import (
    BODY,
    ENDINGS,
    OTHERS,
    SHOWN,
    START,
    TEXT,
    USUAL,
    body,
    recorded,
    start,
)

Step = Callable[[Scope, Receive, Send], Awaitable[Any]]


def sends(message: dict[str, Any]) -> Step:
    async def step(scope: Scope, receive: Receive, send: Send) -> None:
        await send(dict(message))

    return step


def in_a_task(inner: Step, *, is_awaited: bool) -> Step:
    async def quietly(*arguments: Any) -> None:
        with contextlib.suppress(OSError):
            await inner(*arguments)

    async def step(scope: Scope, receive: Receive, send: Send) -> None:
        task = asyncio.create_task(quietly(scope, receive, send))
        await (task if is_awaited else asyncio.sleep(0))

    return step


async def reads(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()


async def waits(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.sleep(0)


async def asks(scope: Scope, receive: Receive, send: Send) -> None:
    running = CURRENT.get()
    assert running is not None
    assert running.lane.number == 1


async def logs_in(scope: Scope, receive: Receive, send: Send) -> None:
    scope["user"] = "ada"


async def routes(scope: Scope, receive: Receive, send: Send) -> None:
    scope["endpoint"], scope["path"] = reads, "/other"


async def fails(scope: Scope, receive: Receive, send: Send) -> None:
    raise OSError("of the application's own")


MORE: list[Step] = [
    *(reads, waits, asks, logs_in, routes, fails),
    *(
        sends(message)
        for sent in [*USUAL, *OTHERS, *ENDINGS]
        for message in sent
    ),
]


def doing(seed: int) -> Step:
    """Return an application that answers, and does something else besides."""
    chance = random.Random(seed)
    steps = [sends(start(TEXT)), sends(body(b"shown: one-of-two"))]
    for _ in range(chance.randrange(4)):
        more = chance.choice([*MORE[:6], chance.choice(MORE)])
        steps.insert(chance.randrange(len(steps) + 1), more)
    for place in range(len(steps)):
        if chance.random() < 0.3:
            is_awaited = chance.random() < 0.5
            steps[place] = in_a_task(steps[place], is_awaited=is_awaited)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for step in steps:
            await step(scope, receive, send)

    return app


@pytest.mark.parametrize("seed", range(100))
def test_it_is_told_as_at_once(seed: int) -> None:
    fails_at = ["", "", START, BODY][seed % 4]
    scope: dict[str, Any] = {"headers": SHOWN, "client": ("127.0.0.1", 50_000)}

    later = recorded(doing(seed), fails_at, defers=True, **scope)
    at_once = recorded(doing(seed), fails_at, **scope)

    assert later[:2] == at_once[:2]
    assert [e.calls for e in later[1]] == [e.calls for e in at_once[1]]
    assert [e.heads for e in later[1]] == [e.heads for e in at_once[1]]
    assert "one-of-two" not in repr(later[1])
