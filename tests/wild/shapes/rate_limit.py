"""Too many frames close the connection; a decorator counts them."""

import functools
from collections.abc import Callable, Coroutine
from typing import Any

from minichannels.generic.websocket import AsyncWebsocketConsumer
from support.wild import ACCEPT, Connect, Hear, Say, closed, said

Method = Callable[..., Coroutine[Any, Any, None]]


def limited(times: int) -> Callable[[Method], Method]:
    """Let a method of a consumer run so often, and then close."""

    def decorate(method: Method) -> Method:
        @functools.wraps(method)
        async def wrapper(self: Any, *args: Any, **kwargs: Any) -> None:
            self.used = getattr(self, "used", 0) + 1
            if self.used > times:
                await self.send(text_data="slow down", close=4029)
                return
            await method(self, *args, **kwargs)

        return wrapper

    return decorate


def logged(cls: Any) -> Any:
    """Wrap each coroutine function of a class."""
    for name, method in list(vars(cls).items()):
        if callable(method):
            setattr(cls, name, functools.wraps(method)(_passing(method)))
    return cls


def _passing(method: Any) -> Any:
    return lambda *args, **kwargs: method(*args, **kwargs)


@logged
class Limited(AsyncWebsocketConsumer):
    @limited(2)
    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        await self.send(text_data=text_data, bytes_data=bytes_data)


APP = Limited.as_asgi()
PLAY = [
    Connect("ada"),
    Hear("ada"),
    Say("ada", "one"),
    Say("ada", b"two"),
    Hear("ada", 2),
    Say("ada", "three"),
    Hear("ada", 2),
]
HEARD = {
    "ada": [ACCEPT, said("one"), said(b"two"), said("slow down"), closed(4029)]
}
