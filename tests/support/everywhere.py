"""One application for every ASGI server; see ``tests/servers``.

It is served by a process of its own. What a test cannot see from outside, it
asks for: ``/wait/…`` answers when the application has come to that point.
"""

import asyncio
import sys
from collections.abc import Callable

from minichannels.generic.http import AsyncHttpConsumer
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.routing import ProtocolTypeRouter, URLRouter, path
from minichannels.types import Message, Receive, Scope, Send


class Seen:
    """What the application has seen, and a way to wait for it."""

    def __init__(self) -> None:
        self.members = 0
        self.codes: dict[int, int] = {}  # of disconnects, by test
        self.streams = 0
        self.ended_streams = 0
        self._changed = asyncio.Condition()

    async def note(self, change: Callable[[], object]) -> None:
        async with self._changed:
            change()
            self._changed.notify_all()

    async def wait_for(self, ready: Callable[[], object]) -> None:
        async with self._changed:
            await self._changed.wait_for(ready)


seen = Seen()


class Echo(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        wanted = "echo" if "echo" in self.scope["subprotocols"] else None
        await self.accept(subprotocol=wanted, headers=[("X-Greeting", "hello")])

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        await self.send(text_data=text_data, bytes_data=bytes_data)


class Refuse(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.close()


class Close(AsyncWebsocketConsumer):
    """Closes when it is asked to, and notes how it was closed."""

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        await self.close(4001, "enough")

    async def disconnect(self, code: int) -> None:
        number = self.scope["url_route"]["kwargs"]["number"]
        await seen.note(lambda: seen.codes.update({number: code}))


class Chat(AsyncWebsocketConsumer):
    groups = ["chat"]

    async def connect(self) -> None:
        await self.accept()
        await seen.note(lambda: setattr(seen, "members", seen.members + 1))

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        message = {"type": "chat.message", "text": text_data}
        await self.channel_layer.group_send("chat", message)

    async def chat_message(self, event: Message) -> None:
        await self.send(event["text"])

    async def disconnect(self, code: int) -> None:
        await seen.note(lambda: setattr(seen, "members", seen.members - 1))


class State(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.accept()
        state = self.scope.get("state") or {}
        await self.send(state.get("greeting", "no lifespan"))


class Events(AsyncHttpConsumer):
    groups = ["events"]

    async def handle(self, body: bytes) -> None:
        await self.channel_layer.group_add("events", self.channel_name)
        await self.send_headers(headers={"Content-Type": "text/event-stream"})
        await self.send_body(b"data: first\n\n", more_body=True)
        await seen.note(lambda: setattr(seen, "streams", seen.streams + 1))

    async def event(self, event: Message) -> None:
        await self.send_body(event["data"], more_body=True)

    async def disconnect(self) -> None:
        await seen.note(
            lambda: setattr(seen, "ended_streams", seen.ended_streams + 1)
        )


class Publish(AsyncHttpConsumer):
    async def handle(self, body: bytes) -> None:
        message = {"type": "event", "data": body}
        await self.channel_layer.group_send("events", message)
        await self.send_response(204, b"")


class Wait(AsyncHttpConsumer):
    """Answers when something has happened a number of times."""

    async def handle(self, body: bytes) -> None:
        what = self.scope["url_route"]["kwargs"]["what"]
        number = self.scope["url_route"]["kwargs"]["number"]
        if what == "codes":
            await seen.wait_for(lambda: number in seen.codes)
            answer = seen.codes[number]
        else:
            await seen.wait_for(lambda: getattr(seen, what) == number)
            answer = number
        await self.send_response(200, str(answer).encode())


async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    """Greet every connection, and say so when it is over."""
    await receive()
    scope["state"]["greeting"] = "hello from the lifespan"
    await send({"type": "lifespan.startup.complete"})
    await receive()
    sys.stdout.write("the lifespan is over\n")
    sys.stdout.flush()
    await send({"type": "lifespan.shutdown.complete"})


application = ProtocolTypeRouter(
    {
        "websocket": URLRouter(
            [
                path("echo/", Echo.as_asgi()),
                path("refuse/", Refuse.as_asgi()),
                path("close/<int:number>/", Close.as_asgi()),
                path("chat/", Chat.as_asgi()),
                path("state/", State.as_asgi()),
            ]
        ),
        "http": URLRouter(
            [
                path("events/", Events.as_asgi()),
                path("publish/", Publish.as_asgi()),
                path("wait/<str:what>/<int:number>/", Wait.as_asgi()),
            ]
        ),
        "lifespan": lifespan,
    }
)
