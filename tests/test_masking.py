"""What speaks of a secret does not show it."""

import ast
import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from minichannels._masking import (
    MASK,
    Secret,
    is_secret,
    short,
    short_event,
    shown,
)
from minichannels.auth import login
from minichannels.middleware import BaseMiddleware
from minichannels.routing import ProtocolTypeRouter, URLRouter, path
from minichannels.security.websocket import OriginValidator
from minichannels.sessions import CookieMiddleware, SessionMiddleware
from minichannels.testing import (
    ApplicationCommunicator,
    HttpCommunicator,
    WebsocketCommunicator,
)


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("Cookie", True),
        (b"set-cookie", True),
        (b"AUTHORIZATION", True),
        (b"x-cookie", False),
        (b"\xff", False),
        (None, False),
    ],
)
def test_header_is_a_secret_by_its_name(name: Any, secret: bool) -> None:
    assert is_secret(name) is secret


def test_secret_does_not_show_itself() -> None:
    class Purse(Secret):
        coins = 7

    assert repr(Purse()) == f"<Purse {MASK}>"


@pytest.mark.parametrize(
    ("value", "name", "text"),
    [
        ("a\n", "x-name", r"'a\n'"),
        ("secret\n", b"Set-Cookie", MASK),
        ("Authorization: secret", "", MASK),
        ((b"cookie", "secret", 3), "", MASK),
    ],
)
def test_shown_is_all_that_is_no_secret(
    value: Any, name: Any, text: str
) -> None:
    assert shown(value, name) == text


@pytest.mark.parametrize(
    ("headers", "left"),
    [
        ([(b"set-cookie", b"s=secret"), (b"a", b"b")], [MASK, "b"]),
        ((["cookie", "s=secret"],), [MASK]),
        ([()], None),
        ("no list", None),
    ],
)
def test_event_is_shown_without_cookies(headers: Any, left: Any) -> None:
    text = short_event({"type": "a", "headers": headers})

    assert "secret" not in text
    masked = ast.literal_eval(text)["headers"]
    if left is None:
        assert masked == headers
    else:
        assert [pair[1].decode() for pair in masked] == left
    assert short_event({"type": "a", "b": 1}) == "{'type': 'a', 'b': 1}"


class Dumb:
    """Cannot say what it is."""

    def __repr__(self) -> str:
        raise ZeroDivisionError


def nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


async def app(scope: Any, receive: Any, send: Any) -> None:
    await send(scope["event"])


def answer(event: Any) -> Any:
    """Have a communicator get an event in place of an answer."""
    communicator = ApplicationCommunicator(app, {"type": "a", "event": event})
    communicator.__class__ = WebsocketCommunicator
    return asyncio.run(communicator.connect())  # type: ignore[attr-defined]


def scoped(application: Any, scope: Any) -> Any:
    return asyncio.run(application(scope, None, None))


CALLS: dict[str, Callable[[Any], Any]] = {
    "application": lambda it: BaseMiddleware(it),
    "cookie": lambda it: CookieMiddleware.set_cookie({}, "a", samesite=it),
    "headers": lambda it: scoped(CookieMiddleware(app), {"type": it}),
    "kwargs": lambda it: path("a", app, it),
    "key": lambda it: ProtocolTypeRouter({it: app}),
    "login": lambda it: asyncio.run(login({"session": {}}, it)),
    "mapping": lambda it: ProtocolTypeRouter(it),
    "origin": lambda it: OriginValidator(app, [it]),
    "path": lambda it: scoped(URLRouter([]), {"type": "a", "path": it}),
    "pattern": lambda it: path(it, app),
    "routes": lambda it: URLRouter([it]),
    "store": lambda it: SessionMiddleware(app, it),
    "body": lambda it: HttpCommunicator(app, "GET", "/", it),
    "test's path": lambda it: WebsocketCommunicator(app, it),
    "event": lambda it: answer({"type": "a", "value": it}),
    "keys": lambda it: answer({"type": "a", **dict.fromkeys(range(9), it)}),
    "type": lambda it: scoped(ProtocolTypeRouter({}), {"type": it}),
}


@pytest.mark.parametrize("value", [Dumb(), nested(500), ["a" * 10_000] * 100])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_errors_show_whatever_it_is_and_little_of_it(
    call: Callable[[Any], Any], value: Any
) -> None:
    with pytest.raises((AssertionError, TypeError, ValueError)) as caught:
        call(value)

    assert len(str(caught.value)) < 10_000


def test_most_paths_are_shown_whole() -> None:
    long = "/" + "a" * 100

    assert short(long) == repr(long)
