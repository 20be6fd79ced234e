"""A chat as broadcaster's documentation has it: reader and sender beside."""

from contextlib import asynccontextmanager

import anyio
from broadcaster import Broadcast
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute

broadcast = Broadcast("memory://")


@asynccontextmanager
async def lifespan(app):
    async with broadcast:
        yield


async def hello(request):
    return JSONResponse({"hello": request.path_params["name"]})


async def chat(websocket):
    async with broadcast.subscribe("lobby") as subscriber:
        await websocket.accept()
        async with anyio.create_task_group() as group:

            async def read():
                async for text in websocket.iter_text():
                    await broadcast.publish("lobby", text)
                group.cancel_scope.cancel()

            group.start_soon(read)
            async for event in subscriber:
                await websocket.send_text(event.message)


app = Starlette(
    routes=[Route("/hello/{name}", hello), WebSocketRoute("/chat/lobby", chat)],
    lifespan=lifespan,
)
