"""Falcon: resources, and a list of sockets."""

import falcon
import falcon.asgi


class Hello:
    async def on_get(self, req, resp, name):
        resp.media = {"hello": name}


class Chat:
    def __init__(self):
        self.sockets = []

    async def on_websocket(self, req, ws):
        await ws.accept()
        self.sockets.append(ws)
        try:
            while True:
                text = await ws.receive_text()
                for each in self.sockets:
                    await each.send_text(text)
        except falcon.WebSocketDisconnected:
            self.sockets.remove(ws)


app = falcon.asgi.App()
app.add_route("/hello/{name}", Hello())
app.add_route("/chat/lobby", Chat())
