import functools
from collections import ChainMap
from collections.abc import Callable
from typing import Any

import pytest

from minichannels.consumer import (
    AsyncConsumer,
    SyncConsumer,
    get_handler_name,
)
from minichannels.exceptions import NoHandlerError
from minichannels.layers import InMemoryChannelLayer
from minichannels.testing import ApplicationCommunicator
from minichannels.types import Message
from support.members import (
    LIMIT,
    talk,
)
from support.mistakes import error_of

pytestmark = pytest.mark.usefixtures("layer")


# The name of a handler


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("chat", "chat"),
        ("chat.message", "chat_message"),
        ("chat_message", "chat_message"),
        ("a.b.c", "a_b_c"),
        ("chat_", "chat_"),
    ],
)
def test_get_handler_name_replaces_dots(kind: str, name: str) -> None:
    assert get_handler_name({"type": kind}) == name


NO_NAME = "a message's 'type' is a non-empty str"


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({}, "a message needs a 'type'; {} has none"),
        ({"text": "hi"}, "a message needs a 'type'; {'text': 'hi'} has none"),
        ({"type": None}, f"{NO_NAME}, not None"),
        ({"type": 3}, f"{NO_NAME}, not 3"),
        (
            {"type": b"chat"},
            f"{NO_NAME}, not b'chat'",
        ),
        (
            {"type": ["chat"]},
            f"{NO_NAME}, not ['chat']",
        ),
        (
            {"type": "_leave"},
            "type '_leave' starts with '_'; private methods take no messages,"
            " so begin with a letter",
        ),
        (
            {"type": ".leave"},
            "type '.leave' starts with '.'; private methods take no messages,"
            " so begin with a letter",
        ),
        ({"type": ""}, f"{NO_NAME}, not ''"),
        ("chat", "a message needs a 'type'; 'chat' has none"),
        (None, "a message needs a 'type'; None has none"),
    ],
)
def test_get_handler_name_refuses_a_type_that_no_handler_has(
    message: Any, text: str
) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # checked below
        get_handler_name(message)
    assert str(raised.value) == text


# Dispatch


async def test_async_consumer_calls_the_handler_with_the_message() -> None:
    class Echo(AsyncConsumer):
        async def chat_message(self, event: Message) -> None:
            await self.send({"type": "echo", "event": event})

    async with talk(Echo) as communicator:
        await communicator.send_input({"type": "chat.message", "n": 1})
        output = await communicator.receive_output()
    assert output == {"type": "echo", "event": {"type": "chat.message", "n": 1}}


async def test_sync_consumer_calls_the_handler_with_the_message() -> None:
    class Echo(SyncConsumer):
        def chat_message(self, event: Message) -> None:
            self.send({"type": "echo", "event": event})

    async with talk(Echo) as communicator:
        await communicator.send_input({"type": "chat.message", "n": 1})
        output = await communicator.receive_output()
    assert output == {"type": "echo", "event": {"type": "chat.message", "n": 1}}


async def test_consumer_calls_a_handler_that_is_a_value() -> None:
    class Echo(AsyncConsumer):
        chat: Callable[[Message], Any]

        def __init__(self) -> None:
            self.chat = self._answer

        async def _answer(self, event: Message) -> None:
            await self.send({"type": "answer"})

    async with talk(Echo) as communicator:
        await communicator.send_input({"type": "chat"})
        assert await communicator.receive_output() == {"type": "answer"}


@pytest.mark.parametrize(
    ("base", "definition"),
    [(AsyncConsumer, "async def"), (SyncConsumer, "def")],
)
async def test_unknown_type_says_which_handler_to_define(
    base: type[AsyncConsumer], definition: str
) -> None:
    chat = type("Chat", (base,), {})
    communicator = talk(chat)
    await communicator.send_input({"type": "chat.message"})
    with pytest.raises(NoHandlerError) as raised:
        await communicator.wait()
    assert str(raised.value) == (
        "Chat has no handler for 'chat.message';"
        f" define '{definition} chat_message(self, event)'"
    )
    assert raised.value.event_type == "chat.message"
    assert raised.value.handler == "chat_message"


async def test_an_attribute_that_cannot_be_called_is_no_handler() -> None:
    class Chat(AsyncConsumer):
        username = "ada"

    communicator = talk(Chat)
    await communicator.send_input({"type": "username"})
    with pytest.raises(ValueError, match="has no handler for 'username'"):
        await communicator.wait()


@pytest.mark.parametrize("message", [{}, {"type": 3}, {"type": "_observe"}])
async def test_a_client_event_with_a_bad_type_ends_the_consumer(
    message: Message, layer: InMemoryChannelLayer
) -> None:
    communicator = talk(AsyncConsumer)
    await error_of(communicator, message, ValueError, "type")
    assert layer.channels == {}


async def test_plain_handler_of_an_async_consumer_is_a_type_error() -> None:
    class Chat(AsyncConsumer):
        def chat(self, event: Message) -> None:
            """Do nothing: a learner forgot the 'async'."""

    communicator = talk(Chat)
    assert await error_of(communicator, {"type": "chat"}, TypeError) == (
        "Chat.chat is a plain function; write 'async def', as an async"
        " consumer awaits its methods"
    )


async def test_async_handler_of_a_sync_consumer_is_a_type_error() -> None:
    class Chat(SyncConsumer):
        async def chat(self, event: Message) -> None:
            raise AssertionError("never runs")

    communicator = talk(Chat)
    assert await error_of(communicator, {"type": "chat"}, TypeError) == (
        "Chat.chat is an 'async def'; write a plain 'def', or derive from an"
        " async consumer"
    )


async def test_a_wrong_handler_without_a_name_is_shown_as_it_is() -> None:
    class Chat(AsyncConsumer):
        def __init__(self) -> None:
            self.chat: Callable[..., Any] = functools.partial(dict)

    communicator = talk(Chat)
    await communicator.send_input({"type": "chat"})
    with pytest.raises(TypeError, match=r"partial\(.*dict.*\) is a plain"):
        await communicator.wait()


# The application


def test_as_asgi_tells_its_class_and_arguments() -> None:
    class Chat(AsyncConsumer):
        """A chat."""

    app: Any = Chat.as_asgi(room="lobby")
    assert app.consumer_class is Chat
    assert app.consumer_initkwargs == {"room": "lobby"}
    assert app.__name__ == "Chat"
    assert app.__doc__ == "A chat."


async def test_as_asgi_gives_its_arguments_to_each_instance() -> None:
    class Chat(AsyncConsumer):
        def __init__(self, room: str) -> None:
            self.room = room

        async def ask(self, event: Message) -> None:
            await self.send({"type": "room", "room": self.room})

    lobby = ApplicationCommunicator(Chat.as_asgi(room="a"), {"type": "test"})
    cellar = ApplicationCommunicator(Chat.as_asgi(room="b"), {"type": "test"})
    async with lobby, cellar:
        for communicator, room in [(lobby, "a"), (cellar, "b")]:
            await communicator.send_input({"type": "ask"})
            assert (await communicator.receive_output())["room"] == room


# The observer


class Chat(AsyncConsumer):
    async def chat_message(self, event: Message) -> None: ...

    async def chat_messages(self, event: Message) -> None: ...


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        ("init", "define 'async def init(self, event)'"),  # and not '__init__'
        (
            "chat.mesage",
            "define 'async def chat_mesage(self, event)', or did the sender"
            " mean 'chat_message'?",
        ),
        (
            "http.request",
            "define 'async def http_request(self, event)', or send such"
            " connections elsewhere: ProtocolTypeRouter",
        ),
    ],
)
async def test_unknown_type_says_what_may_be_meant(
    kind: str, hint: str
) -> None:
    with pytest.raises(ValueError, match=kind) as raised:
        await Chat().dispatch({"type": kind})

    assert str(raised.value).endswith(f"; {hint}")


@pytest.mark.parametrize("base", [AsyncConsumer, SyncConsumer])
@pytest.mark.parametrize("event", ["hi", None, 5, [("type", "x")]])
async def test_send_of_what_is_no_event_says_what_one_is(
    base: type[AsyncConsumer], event: Any
) -> None:
    class AsyncChat(AsyncConsumer):
        async def say(self, _: Message) -> None:
            await self.send(event)

    class SyncChat(SyncConsumer):
        def say(self, _: Message) -> None:
            self.send(event)

    client = talk(AsyncChat if base is AsyncConsumer else SyncChat)
    assert await error_of(client, {"type": "say"}, TypeError) == (
        f"an event is a dict with a 'type', not {event!r}; a consumer for"
        " WebSockets sends text: AsyncWebsocketConsumer"
    )


async def test_send_takes_a_mapping_that_is_no_dict() -> None:
    class Chat(AsyncConsumer):
        async def say(self, event: Message) -> None:
            await self.send(ChainMap({"type": "said"}))

    client = talk(Chat)
    await client.send_input({"type": "say"})

    assert await client.receive_output(LIMIT) == ChainMap({"type": "said"})
    client.stop()
