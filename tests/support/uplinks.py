"""Servers beyond the web, while a test runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from minichannels.flow import Recorder
from minichannels.protocols.uplink import Uplink
from minichannels.types import ASGIApp
from support.limit import LIMIT


@asynccontextmanager
async def alone(
    uplink: Uplink, application: ASGIApp
) -> AsyncIterator[list[BaseException]]:
    """Have it serve an application, connected or not; give what it reports."""
    reported: list[BaseException] = []
    task = asyncio.create_task(
        uplink.run(application, lambda error, who: reported.append(error))
    )
    try:
        yield reported
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def serving(
    uplink: Uplink, application: ASGIApp
) -> AsyncIterator[list[BaseException]]:
    """The same, once it is connected."""
    async with alone(uplink, application) as reported:
        await uplink.ready(LIMIT)
        yield reported


@asynccontextmanager
async def drawn(
    uplink: Uplink, application: ASGIApp
) -> AsyncIterator[Recorder]:
    """Have it serve an application, and all that happens in a flow."""
    recorder = Recorder(application)
    task = asyncio.create_task(uplink.run(recorder, recorder.add_task_crash))
    try:
        yield recorder
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
