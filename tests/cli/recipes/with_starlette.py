from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

sockets: set[WebSocket] = set()


async def hello(request: Request) -> JSONResponse:
    return JSONResponse({"hello": request.path_params["name"]})


async def chat(socket: WebSocket) -> None:
    await socket.accept()
    sockets.add(socket)
    try:
        async for text in socket.iter_text():
            for each in list(sockets):
                await each.send_text(text)
    finally:
        sockets.discard(socket)


app = Starlette(
    routes=[Route("/hello/{name}", hello), WebSocketRoute("/chat/{room}", chat)]
)
