from typing import Any

import pytest

from minichannels.consumer import AsyncConsumer, SyncConsumer
from minichannels.types import Message


class Chat(AsyncConsumer):
    chat_messages = ("no", "handler")

    async def chat_note(self, event: Message) -> None: ...


@pytest.mark.parametrize("kind", ["chat-message", "a b", "import", "chat.1!"])
async def test_type_that_no_method_can_have_is_not_to_be_defined(
    kind: str,
) -> None:
    with pytest.raises(ValueError, match="has no handler") as raised:
        await Chat().dispatch({"type": kind})

    assert str(raised.value) == (
        f"Chat has no handler for {kind!r}; no method has that name: choose"
        " another type"
    )


@pytest.mark.parametrize("message", [None, 5, ["chat"]])
async def test_what_is_no_message_is_said_to_have_no_type(message: Any) -> None:
    with pytest.raises(ValueError, match="a message needs a 'type'"):
        await Chat().dispatch(message)


async def test_attribute_that_is_no_method_is_not_what_was_meant() -> None:
    with pytest.raises(ValueError, match="has no handler") as raised:
        await Chat().dispatch({"type": "chat.message"})

    assert str(raised.value).endswith("'async def chat_message(self, event)'")


async def test_handler_of_a_sync_consumer_is_to_be_a_plain_function() -> None:
    class SyncChat(SyncConsumer):
        pass

    with pytest.raises(ValueError, match=r"define 'def chat\(self, event\)'"):
        await SyncChat().dispatch({"type": "chat"})
