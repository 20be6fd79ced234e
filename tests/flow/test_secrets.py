"""No flow shows who somebody is: in no drawing, text, page or file."""

from typing import Any

import pytest

from minichannels.flow import Flow, record
from minichannels.generic.websocket import (
    AsyncJsonWebsocketConsumer,
    AsyncWebsocketConsumer,
)
from minichannels.layers import get_channel_layer
from minichannels.sessions import CookieMiddleware
from minichannels.testing import HttpCommunicator, WebsocketCommunicator
from support.layers import fresh_layer
from support.users import Users, site

TOKEN = "a-token-that-nobody-may-see"


class Careless(AsyncWebsocketConsumer):
    """Says, sends and raises all that it ought to keep to itself."""

    groups = ["careless"]

    async def connect(self) -> None:
        await self.accept(headers={"Set-Cookie": f"token={TOKEN}"})

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        cookie = dict(self.scope["headers"])[b"cookie"].decode()
        await self.send(text_data=f"your cookie is {cookie}")
        await self.send(bytes_data=cookie.encode())
        await self.channel_layer.group_send(
            "careless", {"type": "be.careless", "cookies": cookie}
        )

    async def be_careless(self, event: dict[str, Any]) -> None:
        raise KeyError(dict(self.scope["headers"])[b"cookie"])


def everything(flow: Flow) -> str:
    """Return all that can be seen of a flow."""
    drawings = [flow.lanes(), flow.mailboxes(), flow.topology(), flow.threads()]
    return "\n".join(
        [
            str(flow),
            repr(flow),
            flow.to_json(),
            flow.mermaid(),
            str(flow.table()),
            *(str(drawing._repr_mimebundle_()) for drawing in drawings),
            str(flow.live().get_state()),
        ]
    )


async def test_flow_shows_no_cookie_no_token_and_no_session() -> None:
    users = Users("ada")
    with fresh_layer() as layer, record(site(users, Careless), layer) as flow:
        door = HttpCommunicator(flow.app, "POST", "/?token=" + TOKEN, b"ada")
        headers = (await door.get_response())["headers"]
        await door.wait()
        cookie = dict(headers)[b"set-cookie"].partition(b";")[0]
        client = WebsocketCommunicator(flow.app, "/", [(b"cookie", cookie)])
        await client.connect()
        await client.send_to(f'{{"token": "{TOKEN}"}}')
        assert cookie.decode() in str(await client.receive_from())
        assert await client.receive_from() == cookie
        with pytest.raises(KeyError):
            await client.wait()

    shown = everything(flow)

    key = cookie.decode().partition("=")[2]
    for secret in (key, TOKEN, users["ada"].get_session_auth_hash()):
        assert secret not in shown
    assert "your cookie is sessionid=•••" in shown
    assert key.encode().hex() not in shown  # as JSON has bytes


@pytest.mark.parametrize(
    ("cookie", "secret"),
    [
        (b'a="a secret, \\"quoted\\" one"', "secret"),
        (b'a="\\101n-octal-secret"', "octal-secret"),
        (b"a-secret-without-a-name", "secret"),
        (b"a=a-secr\xe9t-in-latin-1", "in-latin-1"),
    ],
)
async def test_flow_shows_a_cookie_in_no_form(
    cookie: bytes, secret: str
) -> None:
    class Quotes(AsyncJsonWebsocketConsumer):
        async def connect(self) -> None:
            await self.accept()
            (value,) = self.scope["cookies"].values()
            await self.send(value)
            await self.send_json({"it": value})
            raise KeyError(value)

    with record(CookieMiddleware(Quotes.as_asgi())) as flow:
        client = WebsocketCommunicator(flow.app, "/", [(b"cookie", cookie)])
        await client.connect()
        assert secret in await client.receive_from()
        with pytest.raises(KeyError):
            await client.wait()

    assert secret not in everything(flow)
    assert "•••" in repr(flow)


async def test_flow_of_a_message_with_a_scope_in_it_shows_none_of_it() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        layer: Any = get_channel_layer()
        message = {"type": "a", "session": {"name": TOKEN}, "token": TOKEN}
        await layer.send("channel", message)
        assert await layer.receive("channel") == message

    with fresh_layer() as layer, record(app, layer) as flow:
        recorded: Any = flow.app
        await recorded({"type": "http", "path": "/"}, None, None)

    shown = everything(flow)
    assert TOKEN not in shown
    assert '{"session":"•••","token":"•••"}' in shown


class Marked(str):
    """A text as a template marks it."""


@pytest.mark.parametrize(
    ("key", "secret"),
    [
        ("text", f'{{"token": "{TOKEN}"}}'),
        ("text", Marked(f'{{"token": "{TOKEN}"}}')),
        ("bytes", f"token={TOKEN}".encode()),
        ("bytes", bytearray(f"token={TOKEN}".encode())),
        ("bytes", memoryview(f"token={TOKEN}".encode())),
    ],
    ids=["str", "subclass", "bytes", "bytearray", "memoryview"],
)
async def test_flow_shows_a_secret_of_no_class_of_texts(
    key: str, secret: Any
) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())[key] is secret
        await send({"type": "websocket.send", key: secret})

    async def ask() -> Any:
        return {"type": "websocket.receive", key: secret}

    async def nowhere(message: Any) -> None:
        assert message[key] is secret

    with record(app) as flow:
        recorded: Any = flow.app
        await recorded({"type": "websocket", "path": "/"}, ask, nowhere)

    shown = everything(flow)
    assert TOKEN not in shown
    assert TOKEN.encode().hex() not in shown
    for event in list(flow)[:2]:
        kept = event.payload[key]
        assert "•••" in (kept.decode() if isinstance(kept, bytes) else kept)
