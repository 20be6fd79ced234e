from typing import Any

import pytest

from minichannels.consumer import AsyncConsumer
from minichannels.middleware import BaseMiddleware
from minichannels.types import Message, Receive, Scope, Send


async def receive() -> Message:
    return {"type": "test.event"}


async def send(message: Message) -> None:
    pass


async def test_middleware_calls_the_inner_application() -> None:
    seen: list[tuple[Any, ...]] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append((scope, receive, send))

    await BaseMiddleware(app)({"type": "http"}, receive, send)

    assert seen == [({"type": "http"}, receive, send)]


async def test_middleware_copies_the_scope() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["user"] = "ada"

    scope: Scope = {"type": "http"}
    await BaseMiddleware(app)(scope, receive, send)

    assert scope == {"type": "http"}


async def test_middleware_subclass_adds_to_the_scope() -> None:
    class AddUser(BaseMiddleware):
        async def __call__(
            self, scope: Scope, receive: Receive, send: Send
        ) -> None:
            await super().__call__(dict(scope, user="ada"), receive, send)

    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    await AddUser(app)({"type": "http"}, receive, send)

    assert seen == [{"type": "http", "user": "ada"}]


async def test_middleware_lets_errors_of_the_application_through() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise LookupError("no such room")

    with pytest.raises(LookupError, match="no such room"):
        await BaseMiddleware(app)({"type": "http"}, receive, send)


def test_middleware_refuses_a_consumer_class() -> None:
    class Chat(AsyncConsumer):
        pass

    with pytest.raises(
        TypeError,
        match=r"the inner application is the consumer class Chat; "
        r"use Chat\.as_asgi\(\)",
    ):
        BaseMiddleware(Chat)  # type: ignore[arg-type]


def test_middleware_refuses_what_cannot_be_called() -> None:
    with pytest.raises(TypeError, match="the inner application is None; an"):
        BaseMiddleware(None)  # type: ignore[arg-type]


def test_middleware_repr_names_what_it_wraps() -> None:
    async def chat(scope: Scope, receive: Receive, send: Send) -> None: ...

    inner = BaseMiddleware(chat)

    assert repr(inner) == "BaseMiddleware(chat)"
    assert repr(BaseMiddleware(inner)) == "BaseMiddleware(BaseMiddleware(chat))"
