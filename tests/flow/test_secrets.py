"""No flow shows who somebody is: in no drawing, text, page or file."""

import asyncio
from typing import Any

import pytest

from minichannels.flow import Flow, record
from minichannels.flow.recording.application.connection import Connection
from minichannels.generic.websocket import (
    AsyncJsonWebsocketConsumer,
    AsyncWebsocketConsumer,
)
from minichannels.layers import get_channel_layer
from minichannels.routing import ChannelNameRouter
from minichannels.sessions import CookieMiddleware
from minichannels.testing import HttpCommunicator, WebsocketCommunicator
from minichannels.worker import Worker
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
        # Its name would tell what it is: here it stands alone.
        _, _, alone = cookie.partition("=")
        await self.send(text_data=f"your cookie is {cookie}")
        await self.send(text_data=f"that is {alone}")
        await self.send(bytes_data=alone.encode())
        await self.channel_layer.group_send(
            "careless",
            {"type": "be.careless", "cookies": cookie, "text": alone},
        )

    async def be_careless(self, event: dict[str, Any]) -> None:
        raise KeyError(event["text"].encode())


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
        _, _, key = cookie.decode().partition("=")
        assert await client.receive_from() == f"that is {key}"
        assert await client.receive_from() == key.encode()
        with pytest.raises(KeyError):
            await client.wait()

    shown = everything(flow)

    for secret in (key, TOKEN, users["ada"].get_session_auth_hash()):
        assert secret not in shown
    assert "your cookie is sessionid=•••" in shown
    assert "that is •••" in shown
    assert "b'•••'" in str(flow)  # of the error
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


async def test_flow_shows_no_secret_that_stands_in_the_line_that_failed() -> (
    None
):
    async def fails(scope: Any, receive: Any, send: Any) -> None:
        raise KeyError({"password": "of-the-source", "n": "of-the-client"})

    cookie = [(b"cookie", b"a=of-the-client")]
    with record(fails) as flow:
        client = WebsocketCommunicator(flow.app, "/", cookie)
        with pytest.raises(KeyError):
            await client.connect()

    shown = everything(flow)

    assert "of-the-source" not in shown
    assert "of-the-client" not in shown
    assert "\"password\": '•••'" in flow.events[-1].payload["code"]


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


KEY_OF_NAMES = "a-key-of-two-sessions"


class Rooms(AsyncWebsocketConsumer):
    """Writes a client's key wherever a layer takes something."""

    async def connect(self) -> None:
        self.room = f"of.{self.scope['path'].strip('/')}"
        await self.channel_layer.group_add("all", self.channel_name)
        await self.channel_layer.group_add(self.room, self.channel_name)
        await self.accept()

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        send = self.channel_layer.group_send
        await send(self.room, {"type": "is.said", "text": "hi"})
        await send("all", {"type": "is.said", "text": text_data})
        within = {f"{text_data}": [{f"{text_data}": 1}]}
        await send(self.room, {"type": "is.said", **within})
        await self.channel_layer.send(KEY_OF_NAMES, {"type": "is.said"})

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.send(self.channel_name, {"type": KEY_OF_NAMES})
        await self.channel_layer.receive(self.channel_name)

    async def is_said(self, event: dict[str, Any]) -> None:
        await self.send(text_data=event.get("text", "-"))


async def test_flow_shows_no_secret_that_goes_through_a_layer() -> None:
    keys = [KEY_OF_NAMES, KEY_OF_NAMES.upper()]
    with fresh_layer() as layer, record(Rooms.as_asgi(), layer) as flow:
        clients = []
        for key in keys:
            cookie = (b"cookie", f"a={key}".encode())
            client = WebsocketCommunicator(flow.app, f"/{key}", [cookie])
            await client.connect()
            clients.append(client)
        for client, key in zip(clients, keys, strict=True):
            await client.send_to(key)
            for _ in range(3):
                await client.receive_from()
            assert await clients[key == keys[0]].receive_from() == key
        for client in clients:
            await client.disconnect()

    shown = everything(flow)
    assert not [key for key in keys if key in shown]
    # Two groups are two, also where their names are not to be seen.
    assert {e.group for e in flow if e.kind == "join"} == {
        "all",
        "of.•••#1",
        "of.•••#2",
    }


async def test_flow_shows_no_secret_that_a_message_is_called_after() -> None:
    class Calls(AsyncWebsocketConsumer):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            await self.channel_layer.send(self.channel_name, {"type": TOKEN})

    shown_by_client = [(b"cookie", f"a={TOKEN}".encode())]
    with fresh_layer() as layer, record(Calls.as_asgi(), layer) as flow:
        client = WebsocketCommunicator(flow.app, "/", shown_by_client)
        await client.connect()
        await client.send_to("hi")
        with pytest.raises(ValueError, match="no handler"):
            await client.wait()

    assert TOKEN not in everything(flow)


@pytest.mark.parametrize("way", ["short", "long"])
async def test_flow_shows_no_secret_that_one_has_others_be_sent(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chat with a list of sockets: one's task sends to all."""
    monkeypatch.setattr(Connection, "is_usual", way == "short")
    sockets: list[Any] = []

    class Chat(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            await self.accept()
            sockets.append(self)

        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            for socket in sockets:
                await socket.send(text_data=text_data)

    with fresh_layer() as layer, record(Chat.as_asgi(), layer) as flow:
        cookie = (b"cookie", f"a={TOKEN}".encode())
        ada = WebsocketCommunicator(flow.app, "/", [cookie])
        bob = WebsocketCommunicator(flow.app, "/")
        for client in (ada, bob):
            await client.connect()
        for _ in range(2):  # the first thing that is sent goes the long way
            await ada.send_to(f"it is {TOKEN}")
            for client in (ada, bob):
                assert TOKEN in await client.receive_from()

    assert TOKEN not in everything(flow)
    assert str(flow).count("it is •••") == 6


async def test_flow_shows_no_secret_that_a_worker_was_sent() -> None:
    class Sums(AsyncWebsocketConsumer):
        async def sum_ask(self, event: dict[str, Any]) -> None:
            raise ValueError(f"it was {event['of']}")

    async def asks(scope: Any, receive: Any, send: Any) -> None:
        layer: Any = get_channel_layer()
        await layer.send("sums", {"type": "sum.ask", "of": TOKEN})

    async def app(scope: Any, receive: Any, send: Any) -> None:
        is_worker = scope["type"] == "channel"
        await (sums if is_worker else asks)(scope, receive, send)

    async def served(scope: Any, receive: Any, send: Any) -> None:
        with pytest.raises(ValueError, match=TOKEN):
            await recorded(scope, receive, send)
        failed.set()

    sums, failed = ChannelNameRouter({"sums": Sums.as_asgi()}), asyncio.Event()
    with fresh_layer() as layer, record(app, layer) as flow:
        recorded: Any = flow.app
        shown_by_client = [(b"cookie", f"a={TOKEN}".encode())]
        scope = {"type": "http", "path": "/", "headers": shown_by_client}
        await recorded(scope, None, None)
        worker = Worker(served, ["sums"], flow.layer)
        working = asyncio.create_task(worker.handle())
        await asyncio.wait_for(failed.wait(), 5)
        working.cancel()
        await asyncio.wait([working])

    assert TOKEN not in everything(flow)
    assert "it was •••" in str(flow)


async def test_flow_shows_no_named_secret_that_is_sent_on_or_raised() -> None:
    class Relay(AsyncWebsocketConsumer):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            message = {"type": "is.said", "text": text_data, "all": [text_data]}
            await self.channel_layer.send(self.channel_name, message)

        async def is_said(self, event: dict[str, Any]) -> None:
            raise ValueError(event["text"])

    with fresh_layer() as layer, record(Relay.as_asgi(), layer) as flow:
        client = WebsocketCommunicator(flow.app, "/")
        await client.connect()
        await client.send_to(f'{{"password": "{TOKEN}"}}')
        with pytest.raises(ValueError, match=TOKEN):
            await client.wait()

    assert TOKEN not in everything(flow)


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_flow_shows_no_secret_that_a_client_is_given(kind: str) -> None:
    cookie = (b"Set-Cookie", f"a={TOKEN}; Path=/; HttpOnly".encode())

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        if scope["type"] == "http":
            start = {"type": "http.response.start", "status": 200}
            await send({**start, "headers": [cookie]})
            await send({"type": "http.response.body", "body": TOKEN.encode()})
        else:
            await send({"type": "websocket.accept", "headers": [cookie]})
            await send({"type": "websocket.send", "text": TOKEN})
            await receive()
            raise ValueError(TOKEN)

    with record(app) as flow:
        if kind == "http":
            door = HttpCommunicator(flow.app, "GET", "/")
            assert (await door.get_response())["body"] == TOKEN.encode()
        else:
            client = WebsocketCommunicator(flow.app, "/")
            await client.connect()
            assert await client.receive_from() == TOKEN
            await client.send_to(TOKEN)
            with pytest.raises(ValueError, match=TOKEN):
                await client.wait()

    shown = everything(flow)
    assert TOKEN not in shown
    assert TOKEN.encode().hex() not in shown


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ((b"referer", f"https://a/?token={TOKEN}".encode()), ()),
        ((b"cookie2", f"$Version=1; a={TOKEN}".encode()), ()),
        ((), (b"location", f"/a?b=c&token={TOKEN}".encode())),
        ((), (b"set-cookie2", f"a={TOKEN}; Path=/".encode())),
    ],
)
async def test_flow_shows_no_secret_of_an_unusual_header(
    asked: Any, given: Any
) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        start = {"type": "http.response.start", "status": 302}
        await send({**start, "headers": [given] if given else []})
        await send({"type": "http.response.body", "body": TOKEN.encode()})

    with record(app) as flow:
        door = HttpCommunicator(
            flow.app, "GET", "/", headers=[asked] if asked else []
        )
        assert (await door.get_response())["body"] == TOKEN.encode()

    shown = everything(flow)
    assert TOKEN not in shown
    assert TOKEN.encode().hex() not in shown


@pytest.mark.parametrize("by_header", [False, True])
async def test_flow_shows_no_token_that_is_a_subprotocol(
    by_header: bool,
) -> None:
    said = f"access_token.{TOKEN}-12345"

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": said})
        await send({"type": "websocket.send", "text": f"it is {TOKEN}-12345"})

    headers = [(b"sec-websocket-protocol", said.encode())]
    with record(app) as flow:
        client = WebsocketCommunicator(
            flow.app, "/", headers if by_header else [], [said]
        )
        await client.connect()
        assert TOKEN in await client.receive_from()

    assert TOKEN not in everything(flow)
    assert "it is •••" in str(flow)


@pytest.mark.parametrize("query", [b"", b"a=1"])
async def test_flow_shows_no_session_that_stands_in_a_path(
    query: bytes,
) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()

    async def receive() -> Any:
        return {"type": "http.request"}

    with record(app) as flow:
        recorded: Any = flow.app
        path = f"/shop;jsessionid={TOKEN}"
        scope = {"type": "http", "method": "GET", "path": path}
        await recorded({**scope, "query_string": query}, receive, None)

    assert TOKEN not in everything(flow)
    assert "/shop;jsessionid=•••" in str(flow)


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
