"""A client without cookies brings a token, as the README says it."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from minichannels.auth import AnonymousUser, AuthMiddleware
from minichannels.flow import record
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.sessions import SessionMiddlewareStack
from minichannels.testing import WebsocketCommunicator
from minichannels.types import Scope
from support.layers import fresh_layer
from support.users import User

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
