"""A server in memory starts, or says why it does not."""

import asyncio
from typing import Any

import pytest

from minichannels.lab import serve
from minichannels.lab.serving.serve import stop_all
from minichannels.types import Receive, Scope, Send
from support.in_memory import ended

pytestmark = pytest.mark.usefixtures("in_memory", "put_away")


async def failing(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    raise ValueError("no database")


async def saying_failed(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no disk"})


def plain(scope: Scope, receive: Receive, send: Send) -> None:
    pass


async def never(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await asyncio.Event().wait()


@pytest.mark.parametrize("use", ["connect", "get", "settle"])
@pytest.mark.parametrize(
    ("application", "kind", "text"),
    [
        (failing, RuntimeError, "failed to start: ValueError: no database"),
        (saying_failed, RuntimeError, "failed to start: RuntimeError: no disk"),
        (plain, TypeError, "is not an ASGI application"),
        (never, TimeoutError, "did not start within 0.05 s"),
    ],
)
async def test_a_failed_start_is_told_by_the_first_call(
    application: Any, kind: type[Exception], text: str, use: str
) -> None:
    server = serve(application, timeout=0.05 if application is never else 5)

    with pytest.raises(kind, match=text):
        await getattr(server, use)()

    assert repr(server) == "<server 'default', stopped>"
    assert stop_all() == []


async def test_a_failed_shutdown_is_in_the_flow_in_memory() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        raise ValueError("disk full")

    server = serve(application)
    await server.settle()

    await ended(server)

    (event,) = server.flow
    assert (event.source, event.payload["text"]) == ("shutdown", "disk full")
