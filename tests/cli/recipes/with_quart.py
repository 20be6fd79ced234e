from quart import Quart, Websocket, websocket

app = Quart(__name__)
sockets: set[Websocket] = set()


@app.get("/hello/<name>")
async def hello(name: str) -> dict[str, str]:
    return {"hello": name}


@app.websocket("/chat/<room>")
async def chat(room: str) -> None:
    socket = websocket._get_current_object()
    await socket.accept()
    sockets.add(socket)
    try:
        while True:
            text = await socket.receive()
            for each in list(sockets):
                await each.send(text)
    finally:
        sockets.discard(socket)
