"""Flow and log say in a word why a client was refused, and no more."""

import asyncio
import logging
from typing import Any

import pytest

from minichannels.auth import AuthMiddlewareStack, login
from minichannels.exceptions import SessionUnavailable
from minichannels.flow import record
from minichannels.generic.http import AsyncHttpConsumer
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.security.host import HostValidator
from minichannels.security.websocket import OriginValidator
from minichannels.sessions import MemoryStore, SessionCookie, SessionDict
from minichannels.sessions.signed import SignedCookieStore
from minichannels.testing import HttpCommunicator, WebsocketCommunicator
from support.users import Users


@pytest.mark.parametrize(
    ("validator", "word"),
    [(OriginValidator, "origin"), (HostValidator, "host")],
)
async def test_flow_says_why_a_socket_was_refused_and_no_more(
    validator: Any, word: str
) -> None:
    app = validator(AsyncWebsocketConsumer.as_asgi(), ["a.example"])
    headers = [(word.encode(), b"http://else.example")]
    with record(app) as flow:
        client = WebsocketCommunicator(flow.app, "/", headers)
        assert (await client.connect())[0] is False

    (refusal,) = [event for event in flow if event.status == "refused"]
    assert refusal.reason == f"refused 403: {word}"
    assert f"REFUSED 403: {word}" in repr(flow)
    assert "else" not in repr(flow)


async def test_flow_says_why_a_request_was_refused_and_no_more() -> None:
    app = HostValidator(AsyncHttpConsumer.as_asgi(), ["a.example"])
    headers = [(b"host", b"else.example")]
    with record(app) as flow:
        response = await HttpCommunicator(
            flow.app, "GET", "/", headers=headers
        ).get_response()

    (refusal,) = [event for event in flow if event.status == "refused"]
    assert response["status"] == 400
    assert refusal.reason == "refused 400: host"
    assert "REFUSED 400: host" in repr(flow)
    assert "else" not in repr(flow)


FORGED = [(b"cookie", b"sessionid=forged")]


def members_only(consumer: Any) -> Any:
    """Return an application that nobody may use who has not logged in."""
    store = SignedCookieStore(["a key for the tests alone"])
    return AuthMiddlewareStack(consumer.as_asgi(), lambda pk: None, store)


class Members(AsyncWebsocketConsumer):
    """Refuses who has not logged in, as all are here."""

    async def connect(self) -> None:
        assert not self.scope["user"].is_authenticated
        await self.close()


NO_SESSION = ("cookie", "the store has no session of it")


@pytest.mark.parametrize(
    ("what", "word", "why"),
    [
        ("its session is gone", *NO_SESSION),
        ("its key is another", *NO_SESSION),
        ("user is gone", "user", "its user is gone, or is not active"),
        ("user is not active", "user", "its user is gone, or is not active"),
        ("password", "password", "its user has another password now"),
    ],
)
async def test_flow_and_log_say_why_a_client_is_nobody(
    what: str, word: str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    users, store = Users("ada"), MemoryStore()
    scope: Any = {"session": SessionDict(store)}
    await login(scope, users["ada"])
    await scope["session"].asave()
    key = scope["session"].session_key
    match what:
        case "its session is gone":
            store.delete(key)
        case "its key is another":
            key = key.swapcase()
        case "user is gone":
            users.clear()
        case "user is not active":
            users["ada"].is_active = False
        case "password":
            users["ada"].password = "another"

    app = AuthMiddlewareStack(Members.as_asgi(), users, store)
    headers = [(b"cookie", f"sessionid={key}".encode())]
    with record(app) as flow, caplog.at_level(logging.INFO, "minichannels"):
        client = WebsocketCommunicator(flow.app, "/", headers)
        assert (await client.connect())[0] is False

    (refusal,) = [event for event in flow if event.status == "refused"]
    assert refusal.reason == f"refused 403: {word}"
    assert caplog.messages == [f"a client is nobody: {why}"]
    assert key not in repr(flow) + flow.to_json() + caplog.text


async def test_flow_says_that_cookies_were_too_many() -> None:
    headers = [(b"cookie", b"a=1;" * 1000)]
    with record(members_only(Members)) as flow:
        client = WebsocketCommunicator(flow.app, "/", headers)
        assert (await client.connect())[0] is False

    (refusal,) = [event for event in flow if event.status == "refused"]
    assert refusal.reason == "refused 403: cookies"


async def test_flow_says_that_a_socket_was_refused_with_a_bad_cookie() -> None:
    with record(members_only(Members)) as flow:
        client = WebsocketCommunicator(flow.app, "/", FORGED)
        assert (await client.connect())[0] is False

    (refusal,) = [event for event in flow if event.status == "refused"]
    assert refusal.reason == "refused 403: cookie"
    assert "forged" not in repr(flow)


@pytest.mark.parametrize(
    ("status", "refused"), [(403, 1), (401, 1), (404, 0), (200, 0)]
)
async def test_flow_says_so_of_a_request_only_if_it_was_refused(
    status: int, refused: int
) -> None:
    class Page(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            await self.send_response(status, b"")

    with record(members_only(Page)) as flow:
        await HttpCommunicator(
            flow.app, "GET", "/", headers=FORGED
        ).get_response()

    reasons = [event.reason for event in flow if event.status == "refused"]
    assert reasons == [f"refused {status}: cookie"] * refused


class Store:
    """A store that is down, or slow."""

    def __init__(self, how: str) -> None:
        self._how = how

    async def load(self, key: str) -> str | None:
        if self._how == "down":
            raise ConnectionError("redis://:password@host is away")
        await asyncio.get_running_loop().create_future()
        return None

    async def create(self, text: str, seconds: float) -> str:
        raise NotImplementedError

    async def update(self, key: str, text: str, seconds: float) -> None:
        raise NotImplementedError

    async def delete(self, key: str) -> None:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("down", "the session store has failed: ConnectionError"),
        ("slow", "the session store has not answered within 0.001 seconds"),
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_flow_and_log_say_that_a_store_is_down_or_slow(
    kind: str, how: str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = AuthMiddlewareStack(
        AsyncWebsocketConsumer.as_asgi(),
        lambda pk: None,
        Store(how),
        SessionCookie(patience=0.001),
    )
    headers = [(b"cookie", b"sessionid=stolen")]
    with record(app) as flow:
        client: Any = (
            HttpCommunicator(flow.app, "GET", "/", headers=headers)
            if kind == "http"
            else WebsocketCommunicator(flow.app, "/", headers)
        )
        ask = client.get_response if kind == "http" else client.connect
        with pytest.raises(SessionUnavailable):
            await ask()

    (crash,) = flow
    assert (crash.kind, crash.type) == ("crash", "SessionUnavailable")
    assert crash.payload["text"] == why
    assert caplog.record_tuples == [("minichannels", logging.ERROR, why)]
    assert "password" not in repr(flow) + caplog.text
    assert "stolen" not in repr(flow) + caplog.text
