"""A stream of events outlives its login, unless its consumer asks again."""

from contextlib import AsyncExitStack
from typing import Any

from minichannels.auth import AuthMiddlewareStack, close_sockets, refresh_user
from minichannels.generic.http import AsyncHttpConsumer
from minichannels.routing import URLRouter, path
from minichannels.testing import HttpCommunicator
from minichannels.types import Message
from support.layers import fresh_layer
from support.users import Door, Users
from support.visits import Visit


class Feed(AsyncHttpConsumer):
    """Begins a stream; a later handler asks whose it still is."""

    async def handle(self, body: bytes) -> None:
        await self.channel_layer.group_add("feed", self.channel_name)
        await self.send_headers(headers={"Content-Type": "text/event-stream"})
        await self.send_body(b"data: first\n\n", more_body=True)

    async def news(self, event: Message) -> None:
        user = await refresh_user(self.scope)
        more = user.is_authenticated
        await self.send_body(b"data: more\n\n" if more else b"", more_body=more)


async def test_stream_ends_with_the_login_if_its_consumer_asks() -> None:
    users = Users("ada")
    door: Any = type("Door", (Door,), {"users": users})
    routes = [path("", door.as_asgi()), path("feed/", Feed.as_asgi())]
    with fresh_layer() as layer:
        async with AsyncExitStack() as stack:
            visit = Visit(users, None, stack)
            visit.app = AuthMiddlewareStack(URLRouter(routes), users)
            cookie = await visit.door("ada")
            client = HttpCommunicator(
                visit.app, "GET", "/feed/", headers=[(b"cookie", cookie)]
            )
            await stack.enter_async_context(client)
            await client.send_input({"type": "http.request"})
            for _ in ("the headers", "the first event"):
                await client.receive_output()

            await close_sockets("ada")  # which are WebSockets
            await layer.group_send("feed", {"type": "news"})
            assert (await client.receive_output())["more_body"]

            await visit.door("", cookie)
            await layer.group_send("feed", {"type": "news"})
            assert not (await client.receive_output())["more_body"]
            await client.wait()
