"""python-socketio: a room, and an event that is acknowledged."""

import socketio

server = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*")
app = socketio.ASGIApp(server)


@server.event
async def connect(sid, environ):
    await server.enter_room(sid, "lobby")


@server.event
async def say(sid, text):
    await server.emit("said", text, room="lobby")
    return "noted"
