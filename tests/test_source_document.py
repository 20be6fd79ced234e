import asyncio
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from websockets.asyncio.client import ClientConnection

from minichannels.layers import InMemoryChannelLayer
from minichannels.routing import ProtocolTypeRouter, URLRouter, path
from minichannels.types import ASGIApp
from support.layers import fresh_layer
from support.samples import sample
from support.servers import Server, next_frame, running


@pytest.fixture(autouse=True)
def layer() -> Iterator[InMemoryChannelLayer]:
    with fresh_layer() as layer:
        yield layer


def rooms() -> ASGIApp:
    routes = [path("ws/chat/<str:room_name>/", sample("rooms").as_asgi())]
    return ProtocolTypeRouter({"websocket": URLRouter(routes)})


async def say(client: ClientConnection, text: str) -> None:
    await client.send(json.dumps({"message": text}))


async def hear(client: ClientConnection, count: int) -> list[str]:
    return [
        json.loads(await next_frame(client))["message"] for _ in range(count)
    ]


async def join(
    stack: AsyncExitStack, server: Server, room: str
) -> ClientConnection:
    client = server.connect(f"/ws/chat/{room}/")
    return await stack.enter_async_context(client)


async def test_welcome_sample_talks_to_three_clients_separately(
    layer: InMemoryChannelLayer,
) -> None:
    names = ("ada", "grace", "mary")
    with running(sample("welcome").as_asgi()) as server:
        async with AsyncExitStack() as stack:
            clients = [
                await stack.enter_async_context(server.connect()) for _ in names
            ]
            for client in clients:
                assert await next_frame(client) == "[Welcome Anonymous!]"
                await client.send("hello")
                assert await next_frame(client) == "Anonymous: hello"
            for client, name in zip(clients, names, strict=True):
                await client.send(f"/name {name}")
                frame = await next_frame(client)
                assert frame == f"[set your username to {name}]"
            for client, name in zip(clients, names, strict=True):
                for text in ("one", "two"):
                    await client.send(text)
                assert await next_frame(client) == f"{name}: one"
                assert await next_frame(client) == f"{name}: two"
        ends = [await server.next_end() for _ in names]
    assert ends == [None, None, None]
    assert (layer.groups, layer.channels) == ({}, {})


async def test_rooms_sample_brings_messages_to_three_clients_in_order(
    layer: InMemoryChannelLayer,
) -> None:
    texts = [f"message {n}" for n in range(20)]
    with running(rooms()) as server:
        async with AsyncExitStack() as stack:
            clients = [await join(stack, server, "lobby") for _ in range(3)]
            assert len(layer.groups["chat_lobby"]) == 3
            for text in texts:
                await say(clients[0], text)
            heard = await asyncio.gather(
                *(hear(client, len(texts)) for client in clients)
            )
        ends = [await server.next_end() for _ in clients]
    assert heard == [texts, texts, texts]
    assert ends == [None, None, None]
    assert (layer.groups, layer.channels) == ({}, {})


async def test_rooms_sample_keeps_each_clients_order_in_a_conversation(
    layer: InMemoryChannelLayer,
) -> None:
    with running(rooms()) as server:
        async with AsyncExitStack() as stack:
            clients = [await join(stack, server, "lobby") for _ in range(3)]
            for n in range(10):
                for number, client in enumerate(clients):
                    await say(client, f"{number}:{n}")
            for client in clients:
                heard = await hear(client, 30)
                for number in range(3):
                    own = [text for text in heard if text[0] == str(number)]
                    assert own == [f"{number}:{n}" for n in range(10)]
        for _ in clients:
            assert await server.next_end() is None
    assert (layer.groups, layer.channels) == ({}, {})


async def test_rooms_sample_keeps_rooms_apart(
    layer: InMemoryChannelLayer,
) -> None:
    with running(rooms()) as server:
        async with AsyncExitStack() as stack:
            one = await join(stack, server, "lobby")
            other = await join(stack, server, "cellar")
            await say(one, "for the lobby")
            assert await hear(one, 1) == ["for the lobby"]
            await say(other, "for the cellar")
            assert await hear(other, 1) == ["for the cellar"]
        for _ in range(2):
            assert await server.next_end() is None
    assert layer.groups == {}


async def test_rooms_sample_goes_on_when_one_of_three_leaves(
    layer: InMemoryChannelLayer,
) -> None:
    with running(rooms()) as server:
        async with AsyncExitStack() as stack:
            clients = [await join(stack, server, "lobby") for _ in range(3)]
            await clients[1].close()
            assert await server.next_end() is None
            assert len(layer.groups["chat_lobby"]) == 2
            await say(clients[0], "two of us")
            assert await hear(clients[0], 1) == ["two of us"]
            assert await hear(clients[2], 1) == ["two of us"]
        for _ in range(2):
            assert await server.next_end() is None
    assert (layer.groups, layer.channels) == ({}, {})


async def test_rooms_sample_fails_for_a_room_name_that_no_group_can_have(
    layer: InMemoryChannelLayer,
) -> None:
    with running(rooms()) as server:
        async with AsyncExitStack() as stack:
            with pytest.raises(Exception, match="HTTP 500"):
                await join(stack, server, "chat%20room")
            error = await server.next_end()
            lobby = await join(stack, server, "lobby")
            await say(lobby, "still here")
            assert await hear(lobby, 1) == ["still here"]
    assert isinstance(error, TypeError)
    assert str(error) == (
        "invalid group name 'chat_chat room': ' ' at index 9; use ASCII"
        " letters, digits, '-', '_' or '.'"
    )
