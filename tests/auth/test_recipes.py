"""A client without cookies brings a token, as the README says it."""

import re
import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from minichannels.auth import (
    AnonymousUser,
    AuthMiddleware,
    AuthMiddlewareStack,
    close_sockets,
    login,
)
from minichannels.flow import record
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.sessions import SessionMiddlewareStack
from minichannels.testing import WebsocketCommunicator
from minichannels.types import Scope
from support import ROOT
from support.layers import fresh_layer
from support.users import User, Users

TOKEN = "a token that nobody may see"


@pytest.fixture(autouse=True)
def layer() -> Iterator[Any]:
    with fresh_layer() as layer:
        yield layer


class BySubprotocol(AuthMiddleware):
    async def resolve_scope(self, scope: Scope) -> None:
        _, *tokens = scope["subprotocols"] or [""]
        right = any(secrets.compare_digest(t, TOKEN) for t in tokens)
        scope["user"]._wrapped = User("ada") if right else AnonymousUser()


class Room(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        if self.scope["user"].is_authenticated:
            await self.accept(subprotocol="token")
        else:
            await self.close()


@pytest.mark.parametrize(
    ("offered", "answer"),
    [
        (["token", TOKEN], (True, "token")),
        (["token", "guess"], (False, 1000)),
        (["token"], (False, 1000)),
        ([], (False, 1000)),
    ],
)
async def test_token_comes_as_a_subprotocol_and_no_flow_shows_it(
    offered: list[str], answer: Any, layer: Any
) -> None:
    app = SessionMiddlewareStack(BySubprotocol(Room.as_asgi()))
    with record(app, layer) as flow:
        client = WebsocketCommunicator(flow.app, "/", subprotocols=offered)
        async with client:
            assert await client.connect() == answer

    assert TOKEN not in flow.to_json()


@pytest.fixture
def lounge() -> Any:
    """Return the consumer of the README that waits for a token."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (recipe,) = re.findall(
        r"```python\n([^`]*class Lounge.*?)\nlounge = ", text, re.DOTALL
    )
    names = {"login": login, "USERS": Users("ada")}
    exec(compile(recipe, "README", "exec"), names)
    return names["Lounge"]


def guarded(lounge: Any) -> Any:
    return AuthMiddlewareStack(lounge.as_asgi(), Users("ada"))


async def test_token_comes_in_the_first_message_and_no_flow_shows_it(
    lounge: Any, layer: Any
) -> None:
    with record(guarded(lounge), layer) as flow:
        async with WebsocketCommunicator(flow.app, "/") as client:
            await client.connect()
            await client.send_json_to({"token": TOKEN})
            await client.send_json_to("hi")
            assert await client.receive_json_from() == "ada: hi"

            await close_sockets("ada")
            closed = await client.receive_output()

    assert (closed["code"], closed["reason"]) == (
        4401,
        "not logged in any more",
    )
    assert TOKEN not in flow.to_json()


@pytest.mark.parametrize(
    "first",
    [{"token": "guess"}, {"token": 5}, {"token": "\ud800é"}, {}, [TOKEN], "hi"],
)
async def test_first_message_without_a_good_token_closes(
    lounge: Any, first: Any
) -> None:
    async with WebsocketCommunicator(guarded(lounge), "/") as client:
        await client.connect()
        await client.send_json_to(first)
        closed = await client.receive_output()

    assert (closed["code"], closed["reason"]) == (4401, "no token")


async def test_client_that_sends_no_token_is_closed(lounge: Any) -> None:
    lounge.patience = 0
    async with WebsocketCommunicator(guarded(lounge), "/") as client:
        await client.connect()
        closed = await client.receive_output()

    assert (closed["code"], closed["reason"]) == (4401, "no token")
