"""What Channels' documentation says of sessions and users of a project.

Sources: Channels 4.3, "Sessions", "Authentication" and "Database Access". What
it says of settings and pages is in ``test_django.py``, of HTTP consumers and of
whole stacks in ``test_documented_stacks.py``, of cookies in
``test_sessions.py``, of origins in ``test_security.py``.
"""

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.db import SessionStore
from django.urls import path

from minichannels.testing import ApplicationCommunicator
from minichannels.types import Receive, Scope, Send

Load = Callable[[str], Any]
STYLES = pytest.mark.parametrize("style", ["async", "sync"])


pytestmark = pytest.mark.usefixtures("project")


def kept(key: str) -> dict[str, Any]:
    """Return what another connection, or a page, sees of a session."""
    return dict(SessionStore(key).items())


def members(package: Load) -> dict[str, Any]:
    """Return consumers that do what they are told, as it is documented."""
    web, auth = package("generic.websocket"), package("auth")
    save = package("db").database_sync_to_async

    class Async(web.AsyncWebsocketConsumer):  # type: ignore[name-defined, misc]
        async def receive(self, text_data: str) -> None:
            session = self.scope["session"]
            match text_data:
                case "write":
                    await session.aset("seed", 2)
                case "save":
                    await save(session.save)()
                case "asave":
                    await session.asave()
                case "login":
                    ada = await User.objects.aget(username="ada")
                    await auth.login(self.scope, ada)
                    await save(session.save)()
                case "logout":
                    await auth.logout(self.scope)
            who = await auth.get_user(self.scope)
            seed = await session.aget("seed")
            await self.send(f"{who}, {seed}, {session.session_key}")

    class Sync(web.WebsocketConsumer):  # type: ignore[name-defined, misc]
        def receive(self, text_data: str) -> None:
            session = self.scope["session"]
            match text_data:
                case "write":
                    session["seed"] = 2
                case "save":
                    session.save()
                case "asave":
                    async_to_sync(session.asave)()
                case "login":
                    ada = User.objects.get(username="ada")
                    async_to_sync(auth.login)(self.scope, ada)
                    session.save()
                case "logout":
                    async_to_sync(auth.logout)(self.scope)
            who = async_to_sync(auth.get_user)(self.scope)
            self.send(f"{who}, {session.get('seed')}, {session.session_key}")

    return {"async": Async, "sync": Sync}


class Tab:
    """A WebSocket of a client with a session."""

    def __init__(self, app: Any, key: str) -> None:
        headers = [(b"cookie", f"sessionid={key}".encode())]
        scope = {"type": "websocket", "path": "/", "headers": headers}
        self.client = ApplicationCommunicator(app, scope)

    async def __aenter__(self) -> "Tab":
        await self.client.send_input({"type": "websocket.connect"})
        accepted = await self.client.receive_output()
        assert accepted["type"] == "websocket.accept"
        return self

    async def __aexit__(self, *_: object) -> None:
        gone = {"type": "websocket.disconnect", "code": 1001}
        await self.client.send_input(gone)
        await self.client.wait()

    async def say(self, text: str) -> list[str]:
        event = {"type": "websocket.receive", "text": text}
        await self.client.send_input(event)
        answer = await self.client.receive_output()
        return str(answer["text"]).split(", ")


@pytest.mark.parametrize("how", ["save", "asave"])
@STYLES
async def test_what_a_socket_writes_is_seen_by_others_once_it_is_saved(
    package: Load, style: str, how: str, key: str
) -> None:
    stack = package("sessions").SessionMiddlewareStack
    async with Tab(stack(members(package)[style].as_asgi()), key) as tab:
        await tab.say("write")
        here, elsewhere = await tab.say("read"), await sync_to_async(kept)(key)
        await tab.say(how)

        assert here[1] == "2"
        assert elsewhere == {"seed": 1}
        assert await sync_to_async(kept)(key) == {"seed": 2}


@STYLES
async def test_socket_logs_in_and_saves_and_logs_out(
    package: Load, style: str, key: str
) -> None:
    await User.objects.acreate_user("ada")
    stack = package("auth").AuthMiddlewareStack
    async with Tab(stack(members(package)[style].as_asgi()), key) as tab:
        assert (await tab.say("who"))[0] == "AnonymousUser"

        who, seed, new = await tab.say("login")
        assert (who, seed) == ("ada", "1")
        found = {"session": SessionStore(new)}
        assert str(await package("auth").get_user(found)) == "ada"

        assert (await tab.say("logout"))[:2] == ["AnonymousUser", "None"]
        assert await sync_to_async(kept)(new) == {}


async def test_page_saves_before_its_response_begins(
    package: Load, key: str
) -> None:
    seen = []

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        await scope["session"].aset("seed", 3)
        await package("db").database_sync_to_async(scope["session"].save)()
        seen.append(await sync_to_async(kept)(key))
        await send({"type": "http.response.start", "status": 200})

    app = package("sessions").SessionMiddlewareStack(page)
    headers = [(b"cookie", f"sessionid={key}".encode())]
    client = ApplicationCommunicator(app, {"type": "http", "headers": headers})
    await client.wait()

    assert seen == [{"seed": 3}]


@pytest.mark.parametrize("query", [b"1", b"7"])
async def test_middleware_of_a_project_knows_its_own_user(
    package: Load, query: bytes, key: str
) -> None:
    await User.objects.acreate_user("ada", id=1)

    @package("db").database_sync_to_async  # type: ignore[untyped-decorator]
    def find(pk: int) -> Any:
        return User.objects.filter(id=pk).first() or AnonymousUser()

    class ByQuery:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(
            self, scope: Scope, receive: Receive, send: Send
        ) -> Any:
            scope["user"] = await find(int(scope["query_string"]))
            return await self.app(scope, receive, send)

    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(str(scope["user"]))

    # Outside of the stack it counts: the session has another opinion.
    stack = ByQuery(package("auth").AuthMiddlewareStack(app))
    headers = [(b"cookie", f"sessionid={key}".encode())]
    scope = {"type": "websocket", "query_string": query, "headers": headers}
    await ApplicationCommunicator(stack, scope).wait()

    assert seen == ["ada" if query == b"1" else "AnonymousUser"]


@pytest.mark.parametrize("level", ["consumer", "router"])
@pytest.mark.parametrize("of", ["sessions.Session", "auth.Auth"])
async def test_stack_goes_around_a_router_or_a_consumer(
    package: Load, of: str, level: str, key: str
) -> None:
    router_of = package("routing").URLRouter
    module, _, name = of.partition(".")
    stack = getattr(package(module), f"{name}MiddlewareStack")
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(await scope["session"].aget("seed"))

    inner: Any = stack(app) if level == "consumer" else app
    router = router_of([path("front/", inner)])
    outer = stack(router) if level == "router" else router
    headers = [(b"cookie", f"sessionid={key}".encode())]
    scope = {"type": "websocket", "path": "/front/", "headers": headers}
    await ApplicationCommunicator(outer, scope).wait()

    assert seen == [1]


async def test_a_session_s_key_of_the_user_is_as_the_model_has_it(
    package: Load,
) -> None:
    auth = package("auth")
    # Private, but projects that find users by themselves import it.
    key_of = auth._get_user_session_key
    session = SessionStore()

    with pytest.raises(KeyError):
        key_of(session)
    session[auth.SESSION_KEY] = "7"
    assert key_of(session) == 7
