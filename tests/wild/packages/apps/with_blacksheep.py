"""BlackSheep: a set of sockets, and functions that answer."""

from blacksheep import Application, WebSocketDisconnectError, get, json, ws

app = Application()
sockets = set()


@get("/hello/{name}")
async def hello(name: str):
    return json({"hello": name})


@ws("/chat/lobby")
async def chat(websocket):
    await websocket.accept()
    sockets.add(websocket)
    try:
        while True:
            text = await websocket.receive_text()
            for each in sockets:
                await each.send_text(text)
    except WebSocketDisconnectError:
        sockets.remove(websocket)
