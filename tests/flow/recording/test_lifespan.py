"""The life of an application: what fails after its start is told."""

import asyncio
import contextlib

import pytest

from minichannels.flow import Event, Flow, Recorder
from minichannels.types import ASGIApp, Message, Receive, Scope, Send

STARTUP = {"type": "lifespan.startup"}
STARTED = {"type": "lifespan.startup.complete"}
SHUTDOWN = {"type": "lifespan.shutdown"}


async def lived(app: ASGIApp, *events: Message) -> tuple[Event, ...]:
    """Run an application that is given some events; return its flow."""
    left = iter(events)

    async def receive() -> Message:
        return next(left)

    async def send(message: Message) -> None:
        assert message["type"].startswith("lifespan.")

    recorder = Recorder(app)
    with contextlib.suppress(ValueError, asyncio.CancelledError):
        await recorder({"type": "lifespan"}, receive, send)
    return Flow(recorder.journal).events


@pytest.mark.parametrize(
    ("events", "who"),
    [([STARTUP], "lifespan"), ([STARTUP, SHUTDOWN], "shutdown")],
)
async def test_lifespan_that_fails_after_the_start_is_a_crash(
    events: list[Message], who: str
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(STARTED)
        for _ in events[1:]:
            await receive()
        raise ValueError("no room")

    (crash,) = await lived(app, *events)

    assert (crash.kind, crash.type) == ("crash", "ValueError")
    assert (crash.source, crash.payload["where"]) == (who, "app")


async def test_shutdown_that_is_said_to_have_failed_is_a_crash() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(STARTED)
        await receive()
        await send({"type": "lifespan.shutdown.failed", "message": "disk full"})

    (crash,) = await lived(app, SHUTDOWN)

    assert (crash.source, crash.type) == ("shutdown", "RuntimeError")
    assert crash.payload == {"text": "disk full"}


async def test_life_that_ends_well_is_no_event() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for answer in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{answer}.complete"})

    assert await lived(app, STARTUP, SHUTDOWN) == ()


async def test_application_without_a_lifespan_has_not_crashed() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        raise ValueError("what is a lifespan?")

    assert await lived(app, STARTUP) == ()


async def test_lifespan_that_the_server_breaks_off_has_not_crashed() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(STARTED)
        await asyncio.Event().wait()

    task = asyncio.ensure_future(lived(app))
    await asyncio.sleep(0)
    task.cancel()

    assert await task == ()
