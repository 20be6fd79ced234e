"""Messages from the layer may not reach the library's own names."""

import itertools
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from minichannels.consumer import (
    AsyncConsumer,
)
from minichannels.exceptions import StopConsumer
from minichannels.layers import InMemoryChannelLayer
from minichannels.testing import ApplicationCommunicator
from minichannels.types import Message
from support.members import AsyncMember, SyncMember, joined, talk
from support.mistakes import error_of
from support.proxies import until

pytestmark = pytest.mark.usefixtures("layer")


ASYNC_NAMES = [
    "as_asgi",
    "base_send",
    "channel_layer",
    "channel_layer_alias",
    "channel_name",
    "channel_receive",
    "dispatch",
    "scope",
    "send",
]


@pytest.mark.parametrize(
    ("member", "name"),
    [
        *itertools.product([AsyncMember], ASYNC_NAMES),
        *itertools.product([SyncMember], [*ASYNC_NAMES, "thread_sensitive"]),
    ],
)
async def test_a_layer_message_cannot_name_what_the_library_defines(
    member: type[AsyncConsumer], name: str, layer: InMemoryChannelLayer
) -> None:
    victim = await joined(member)
    async with await joined(member) as other:
        channel = next(iter(layer.groups["room"]))
        await layer.send(channel, {"type": name.replace("_", ".")})
        with pytest.raises(ValueError) as raised:  # noqa: PT011  # see below
            await victim.wait()
        assert str(raised.value) == (
            f"{member.__name__} takes no {name.replace('_', '.')!r} from a"
            f" channel layer: {name} is the library's own; choose another"
            f" type, such as 'chat.{name}'"
        )
        # The other member lives, and goes on.
        assert len(layer.groups["room"]) == 1
        await layer.group_send("room", {"type": "say"})
        assert await other.receive_output() == {"type": "said"}
    assert (layer.groups, layer.channels) == ({}, {})


async def test_a_layer_message_cannot_name_an_overridden_method(
    layer: InMemoryChannelLayer,
) -> None:
    class Chat(AsyncMember):
        async def send(self, message: Message) -> None:
            await super().send(message)

    communicator = await joined(Chat)
    await layer.group_send("room", {"type": "send"})
    with pytest.raises(ValueError, match="send is the library's own"):
        await communicator.wait()


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"text": "hi"}, "needs a 'type'"),
        ({"type": 3}, "is a non-empty str, not 3"),
        ({"type": "_leave"}, "starts with '_'"),
        ({"type": ".say"}, "starts with '.'"),
        ({"type": "unknown"}, "no handler for 'unknown'"),
    ],
)
async def test_a_layer_message_with_a_bad_type_ends_only_its_receiver(
    message: dict[str, Any], text: str, layer: InMemoryChannelLayer
) -> None:
    victim = await joined(AsyncMember)
    async with await joined(AsyncMember) as other:
        await layer.send(next(iter(layer.groups["room"])), message)
        with pytest.raises(ValueError, match=text):
            await victim.wait()
        await layer.group_send("room", {"type": "say"})
        assert await other.receive_output() == {"type": "said"}


async def test_a_layer_message_reaches_the_learners_own_method(
    layer: InMemoryChannelLayer,
) -> None:
    async with await joined(AsyncMember) as communicator:
        await layer.group_send("room", {"type": "say"})
        assert await communicator.receive_output() == {"type": "said"}


@pytest.mark.parametrize("kind", ["send", "dispatch", "scope", "as.asgi"])
async def test_events_of_a_channel_scope_are_checked_too(kind: str) -> None:
    app = AsyncMember.as_asgi()
    communicator = ApplicationCommunicator(
        app, {"type": "channel", "channel": "thumbnails"}
    )
    await error_of(
        communicator, {"type": kind}, ValueError, "is the library's own"
    )


async def test_events_of_a_channel_scope_reach_the_learners_own_method() -> (
    None
):
    app = AsyncMember.as_asgi()
    scope = {"type": "channel", "channel": "thumbnails"}
    async with ApplicationCommunicator(app, scope) as communicator:
        await communicator.send_input({"type": "say"})
        assert await communicator.receive_output() == {"type": "said"}


@pytest.mark.parametrize(
    "kind",
    [
        "websocket.receive",
        "websocket_receive",
        "websocket_disconnect",
        "http.request",
        "http_request",
        "lifespan_startup",
    ],
)
async def test_a_layer_message_cannot_claim_to_be_of_the_client(
    kind: str, layer: InMemoryChannelLayer
) -> None:
    calls: list[Message] = []

    class Chat(AsyncMember):
        async def websocket_receive(self, event: Message) -> None:
            calls.append(event)

        websocket_disconnect = http_request = websocket_receive
        lifespan_startup = websocket_receive

    async with await joined(Chat) as communicator:
        await communicator.send_input({"type": "websocket.receive"})
        await communicator.send_input({"type": "say"})
        await communicator.receive_output()
        await layer.group_send("room", {"type": kind, "text": "forged"})
        with pytest.raises(ValueError, match=f"takes no '{kind}' from a"):
            await communicator.wait()
    assert calls == [{"type": "websocket.receive"}]


@pytest.mark.parametrize("kind", ["websocket.receive", "http_request"])
async def test_a_channel_scope_takes_no_event_of_a_client(kind: str) -> None:
    class Job(AsyncMember):
        async def websocket_receive(self, event: Message) -> None: ...

        http_request = websocket_receive

    app, scope = Job.as_asgi(), {"type": "channel", "channel": "jobs"}
    name = kind.replace(".", "_")
    text = await error_of(
        ApplicationCommunicator(app, scope), {"type": kind}, ValueError
    )
    assert text == (
        f"Job takes no {kind!r} from a channel layer: {name} is for events of"
        " client and server; choose another type, such as"
        f" 'chat.{name.partition('_')[2]}'"
    )


async def test_a_layer_message_does_not_change_what_may_be_sent(
    layer: InMemoryChannelLayer,
) -> None:
    class Chat(AsyncConsumer):
        async def websocket_connect(self, event: Message) -> None:
            await self.channel_layer.group_add("room", self.channel_name)
            await self.send({"type": "websocket.accept"})

        async def websocket_close(self, event: Message) -> None:
            await self.send({"type": "websocket.close"})

    app = Chat.as_asgi()
    async with ApplicationCommunicator(app, {"type": "websocket"}) as client:
        await client.send_input({"type": "websocket.connect"})
        assert await client.receive_output() == {"type": "websocket.accept"}
        await layer.group_send("room", {"type": "websocket.close"})
        assert await client.receive_output() == {"type": "websocket.close"}


async def test_message_named_like_an_event_of_the_client_is_refused(
    layer: InMemoryChannelLayer,
) -> None:
    class Plain(AsyncConsumer):
        async def websocket_connect(self, event: Message) -> None:
            await self.send({"type": "websocket.accept"})

        async def websocket_disconnect(self, event: Message) -> None:
            raise StopConsumer

    client = ApplicationCommunicator(
        Plain.as_asgi(), {"type": "websocket", "path": "/"}
    )
    await client.send_input({"type": "websocket.connect"})
    await client.receive_output()
    (channel,) = layer.channels

    await layer.send(channel, {"type": "websocket.disconnect", "code": 1000})

    with pytest.raises(ValueError, match=r"takes no 'websocket\.disconnect'"):
        await client.wait()


class _Asking(AsyncMember):
    """Waits in its handler for an answer, which comes to its own mailbox."""

    async def ask(self, event: Message) -> None:
        answer = await self.channel_layer.receive(self.channel_name)
        await self.send({"type": "heard", "answer": answer["n"]})


class _AskingInAThread(SyncMember):
    def ask(self, event: Message) -> None:
        receive = async_to_sync(self.channel_layer.receive)
        answer = receive(self.channel_name)
        self.send({"type": "heard", "answer": answer["n"]})


@pytest.mark.parametrize("asking", [_Asking, _AskingInAThread])
async def test_a_handler_may_wait_for_a_message_of_its_own_mailbox(
    asking: type[AsyncConsumer], layer: InMemoryChannelLayer
) -> None:
    async with await joined(asking) as client:
        await client.send_input({"type": "ask"})
        await until(lambda: len(*readers(layer)) == 2)
        await layer.group_send("room", {"type": "say", "n": 1})
        await layer.group_send("room", {"type": "say", "n": 2})

        assert [await client.receive_output() for _ in range(2)] == [
            {"type": "heard", "answer": 1},
            {"type": "said"},
        ]


def readers(layer: InMemoryChannelLayer) -> list[tuple[object, ...]]:
    """Return who waits for a message, of each mailbox."""
    return [mailbox.readers for mailbox in layer.channels.values()]


async def test_a_consumer_reads_by_what_stands_at_the_class_of_its_layer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def receive(layer: Any, channel: str) -> dict[str, Any]:
        return next(messages)

    messages = iter([{"type": "say"}, {"type": "leave"}])
    monkeypatch.setattr(InMemoryChannelLayer, "receive", receive)
    async with talk(AsyncMember) as client:
        assert await client.receive_output() == {"type": "said"}
        await client.wait()
