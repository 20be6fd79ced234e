"""FastAPI: a chat in which everybody is to hear everything."""

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
sockets = []


async def tell_all(text):
    for socket in sockets:
        try:
            await socket.send_text(text)
        except (RuntimeError, WebSocketDisconnect):
            return


@app.websocket("/chat/{name}")
async def chat(socket: WebSocket, name):
    await socket.accept()
    sockets.append(socket)
    try:
        while True:
            await tell_all(f"{name}: {await socket.receive_text()}")
    except WebSocketDisconnect:
        await tell_all(f"{name} has left")
