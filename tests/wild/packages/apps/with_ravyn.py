"""Ravyn, which is made of Lilya: sends to all at once."""

import asyncio

from ravyn import Gateway, Ravyn, WebSocketGateway, get, websocket
from ravyn.websockets import WebSocket, WebSocketDisconnect

sockets = []


@get("/hello/{name}")
async def hello(name: str) -> dict:
    return {"hello": name}


@websocket("/chat/lobby")
async def chat(socket: WebSocket) -> None:
    await socket.accept()
    sockets.append(socket)
    try:
        while True:
            text = await socket.receive_text()
            await asyncio.gather(*(s.send_text(text) for s in sockets))
    except WebSocketDisconnect:
        sockets.remove(socket)


app = Ravyn(routes=[Gateway(handler=hello), WebSocketGateway(handler=chat)])
