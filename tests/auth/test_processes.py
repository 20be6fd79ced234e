"""A user's sockets are closed whichever process they belong to."""

from pathlib import Path

from minichannels.auth import close_sockets
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.layers import channel_layers
from minichannels.layers.redis import RedisChannelLayer
from minichannels.sessions.signed import SignedCookieStore
from minichannels.testing import HttpCommunicator, WebsocketCommunicator
from minichannels.types import ASGIApp
from support.layers import fresh_layer
from support.redis_servers import valkey
from support.users import Users, site


class Room(AsyncWebsocketConsumer):
    """Is there, and does nothing."""


async def door(app: ASGIApp, who: bytes, cookie: bytes = b"") -> bytes:
    client = HttpCommunicator(app, "POST", "/", who, [(b"cookie", cookie)])
    response = await client.get_response()
    await client.wait()
    value: bytes = dict(response["headers"])[b"set-cookie"]
    return value.partition(b";")[0]


async def test_logout_in_one_process_closes_sockets_in_another(
    tmp_path: Path,
) -> None:
    users = Users("ada")

    def process() -> ASGIApp:
        """Return a site with a store and a layer of its own."""
        store = SignedCookieStore(["a key that all processes have"])
        return site(users, Room, store)

    with valkey(tmp_path) as url, fresh_layer():
        here, there = (RedisChannelLayer([url]) for _ in range(2))
        channel_layers.set("default", here)
        app = process()
        phone, laptop = [await door(app, b"ada") for _ in range(2)]
        tabs = [
            WebsocketCommunicator(app, "/", [(b"cookie", cookie)])
            for cookie in (phone, laptop)
        ]
        assert [(await tab.connect())[0] for tab in tabs] == [True, True]

        channel_layers.set("default", there)
        await door(process(), b"", phone)
        closed = [await tabs[0].receive_output(5)]
        await close_sockets("ada", 4403)
        closed.append(await tabs[1].receive_output(5))

        channel_layers.set("default", here)
        for tab in tabs:
            await tab.disconnect()
        await here.close()
        await there.close()

    assert [(event["code"], event["reason"]) for event in closed] == [
        (4401, "not logged in any more"),
        (4403, ""),
    ]
