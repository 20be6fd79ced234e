"""Sanic in its ASGI mode: its headers are read once, its names known late."""

from sanic import Sanic, response

app = Sanic("birds")
sockets = []


@app.get("/hello/<name>")
async def hello(request, name):
    return response.json({"hello": name})


@app.websocket("/chat/lobby")
async def chat(request, socket):
    sockets.append(socket)
    try:
        while (text := await socket.recv()) is not None:
            for each in sockets:
                await each.send(text)
    finally:
        sockets.remove(socket)
