"""The source document's "currently authenticated user", in three styles.

Django Channels says that each consumer has the user in its scope, and that
one may write sync code, async code, or a mixture of both.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from minichannels.auth import close_sockets, logout, refresh_user
from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from support.layers import fresh_layer
from support.servers import next_frame, running
from support.users import Users, site


@pytest.fixture(autouse=True)
def layer() -> Iterator[None]:
    with fresh_layer():
        yield


class SyncWelcome(WebsocketConsumer):
    """Says who is there, in synchronous style."""

    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        if text_data == "bye":
            async_to_sync(logout)(self.scope)
        user = async_to_sync(refresh_user)(self.scope)
        self.send(text_data=f"{user.pk}: {text_data}")


class AsyncWelcome(AsyncWebsocketConsumer):
    """The same in asynchronous style."""

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        if text_data == "bye":
            await logout(self.scope)
        user = await refresh_user(self.scope)
        await self.send(text_data=f"{user.pk}: {text_data}")


class MixedWelcome(AsyncWelcome):
    """Asynchronous, with a part that blocks and so runs in a thread."""

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        if text_data == "bye":
            await logout(self.scope)
        text = await sync_to_async(self.look_up)(text_data)
        await self.send(text_data=text)

    def look_up(self, text: str | None) -> str:
        return f"{self.scope['user'].pk}: {text}"


@pytest.mark.parametrize("style", [SyncWelcome, AsyncWelcome, MixedWelcome])
async def test_each_consumer_knows_the_authenticated_user(style: Any) -> None:
    users = Users("ada", "grace")
    with running(site(users, style)) as server:
        heads = {}
        async with server.client() as browser:
            for name in users:
                browser.cookies.clear()
                response = await browser.post("/", content=name)
                cookie = response.headers["set-cookie"].partition(";")[0]
                heads[name] = {"Cookie": cookie}
        async with (
            server.connect(additional_headers=heads["ada"]) as ada,
            server.connect(additional_headers=heads["ada"]) as other_tab,
            server.connect(additional_headers=heads["grace"]) as grace,
            server.connect() as nobody,
        ):
            heard = []
            for client in (ada, grace, nobody):
                await client.send("hello")
                heard.append(await next_frame(client))
            await ada.send("bye")
            heard.append(await next_frame(ada))
            await other_tab.wait_closed()
            await close_sockets("grace", 4403)
            await grace.wait_closed()
        codes = (other_tab.close_code, grace.close_code, ada.close_code)
    assert heard == ["ada: hello", "grace: hello", "None: hello", "None: bye"]
    assert codes == (4401, 4403, 1000)
