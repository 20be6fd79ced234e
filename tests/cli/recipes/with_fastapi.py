from fastapi import FastAPI, WebSocket

app = FastAPI()
sockets: set[WebSocket] = set()


@app.get("/hello/{name}")
async def hello(name: str) -> dict[str, str]:
    return {"hello": name}


@app.websocket("/chat/{room}")
async def chat(socket: WebSocket, room: str) -> None:
    await socket.accept()
    sockets.add(socket)
    try:
        async for text in socket.iter_text():
            for each in list(sockets):
                await each.send_text(text)
    finally:
        sockets.discard(socket)
