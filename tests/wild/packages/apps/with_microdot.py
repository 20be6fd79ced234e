"""Microdot: a set of sockets, and functions that answer."""

from microdot.asgi import Microdot, with_websocket

app = Microdot()
sockets = set()


@app.get("/hello/<name>")
async def hello(request, name):
    return {"hello": name}


@app.get("/chat/lobby")
@with_websocket
async def chat(request, socket):
    sockets.add(socket)
    try:
        while True:
            text = await socket.receive()
            for each in sockets:
                await each.send(text)
    finally:
        sockets.remove(socket)
