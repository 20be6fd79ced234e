import pytest

from minichannels._calls import call_async, call_sync


class Chat:
    async def receive(self) -> None: ...

    def disconnect(self) -> None: ...

    def chat_message(self, event: object) -> None:
        raise TypeError("my own")


async def test_async_method_with_other_parameters_is_told_which() -> None:
    with pytest.raises(TypeError) as raised:
        call_async(Chat().receive, text_data="hi")

    assert str(raised.value) == (
        "Chat.receive() has other parameters than it is called with (got an"
        " unexpected keyword argument 'text_data'); write"
        " 'def receive(self, text_data=None, bytes_data=None)'"
    )


def test_sync_method_with_other_parameters_is_told_which() -> None:
    with pytest.raises(
        TypeError, match=r"write 'def disconnect\(self, code\)'"
    ):
        call_sync(Chat().disconnect, 1000)


def test_error_in_a_method_is_its_own() -> None:
    with pytest.raises(TypeError, match=r"^my own$"):
        call_sync(Chat().chat_message, {})


async def test_error_in_an_async_method_is_its_own() -> None:
    with pytest.raises(TypeError, match=r"^my own$"):
        call_async(Chat().chat_message, {})
