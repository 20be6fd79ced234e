"""sse-starlette: events that end by themselves, and some that do not."""

import asyncio

from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.routing import Route


async def three(request):
    async def events():
        for number in range(3):
            yield {"event": "tick", "data": str(number)}

    return EventSourceResponse(events())


async def endless(request):
    async def events():
        yield {"data": "first"}
        await asyncio.Event().wait()

    return EventSourceResponse(events())


app = Starlette(routes=[Route("/three", three), Route("/endless", endless)])
