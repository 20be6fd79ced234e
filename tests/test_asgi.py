import pytest

from minichannels._asgi import require_application
from minichannels.generic.websocket import AsyncWebsocketConsumer


class Chat(AsyncWebsocketConsumer):
    pass


def test_consumer_class_is_told_to_use_as_asgi() -> None:
    with pytest.raises(
        TypeError,
        match=r"^app is the consumer class Chat; use Chat\.as_asgi\(\)$",
    ):
        require_application(Chat, "app")


def test_consumer_object_is_told_to_use_as_asgi() -> None:
    with pytest.raises(TypeError, match=r"one Chat object, which all .* share"):
        require_application(Chat(), "app")


def test_as_asgi_itself_is_told_to_be_called() -> None:
    with pytest.raises(
        TypeError, match=r"^app is Chat\.as_asgi itself; call it: as_asgi\(\)$"
    ):
        require_application(Chat.as_asgi, "app")
