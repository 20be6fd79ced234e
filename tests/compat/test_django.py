"""One Django project on Channels and here, with its sessions and its users.

Both have the same settings, database and steps; what they answer, what is in
the session afterwards and who hears of it has to be the same. What is random
(keys) or tells the time is replaced.
"""

import asyncio
import importlib
import threading
from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib import auth as pages
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.http import HttpRequest
from django.test import override_settings

from minichannels.auth.logins import LOGIN
from minichannels.testing import ApplicationCommunicator, WebsocketCommunicator
from minichannels.types import ASGIApp, Message, Receive, Scope, Send
from support.bridge import bridged

Act = Callable[[Any], Any]
PACKAGES = ("channels", "minichannels")
BACKENDS = "django.contrib.sessions.backends."
ENGINES = ("db", "cache", "cached_db", "file", "signed_cookies")
LIMIT = 20  # seconds that nothing takes, unless it hangs
MODEL = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def project() -> Iterator[None]:
    """Users and sessions are in the database, unless a test says otherwise."""
    with (
        bridged(),
        override_settings(
            AUTHENTICATION_BACKENDS=[MODEL], SESSION_ENGINE=BACKENDS + "db"
        ),
    ):
        yield
        User.objects.all().delete()


def of(package: str, module: str) -> Any:
    return importlib.import_module(f"{package}.{module}")


# Sessions


def page(act: Act, status: int) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await sync_to_async(act)(scope["session"])
        await send({"type": "http.response.start", "status": status})
        await send({"type": "http.response.body", "body": b""})

    return app


def plain(event: Message) -> Message:
    """Return an event without keys and times."""
    cookies: SimpleCookie = SimpleCookie()
    for _, value in event.get("headers", ()):
        cookies.load(value.decode())
    told = {
        name: (
            bool(cookie.value),
            bool(cookie["expires"]),
            {k: v for k, v in cookie.items() if v and k != "expires"},
        )
        for name, cookie in cookies.items()
    }
    return {**event, "headers": told}


def known_session() -> str:
    """Return the key of a session that is there already."""
    settings = importlib.import_module("django.conf").settings
    session = importlib.import_module(settings.SESSION_ENGINE).SessionStore()
    session["user"] = "ada"
    session.save()
    return str(session.session_key)


async def answered(
    package: str, act: Act, status: int = 200, known: bool = True
) -> Any:
    """Return what a request is answered with, or the error's kind."""
    settings = importlib.import_module("django.conf").settings
    key = "chosenbysomebody"
    if known:
        key = await sync_to_async(known_session)()
    cookie = f"{settings.SESSION_COOKIE_NAME}={key}".encode()
    scope: Scope = {"type": "http", "headers": [(b"cookie", cookie)]}
    app = of(package, "sessions").SessionMiddlewareStack(page(act, status))
    client = ApplicationCommunicator(app, scope)
    found = [plain(await client.receive_output()) for _ in range(2)]
    await client.wait()
    return found


ACTS: dict[str, Act] = {
    "nothing": lambda session: None,
    "read": lambda session: session.get("user"),
    "write": lambda session: session.update({"room": "lobby"}),
    "delete a value": lambda session: session.pop("user", None),
    "end with the browser": lambda session: session.set_expiry(0),
    "end in a minute": lambda session: session.set_expiry(60),
    "flush": lambda session: session.flush(),
    "new key": lambda session: session.cycle_key(),
    "test cookie": lambda session: session.set_test_cookie(),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("act", ACTS)
async def test_requests_are_answered_alike(act: str, engine: str) -> None:
    with override_settings(SESSION_ENGINE=BACKENDS + engine):
        theirs, ours = [await answered(name, ACTS[act]) for name in PACKAGES]

    assert theirs == ours


@pytest.mark.parametrize("status", [404, 500])
@pytest.mark.parametrize("act", ["nothing", "write", "flush"])
@pytest.mark.parametrize("known", [True, False])
async def test_errors_and_unknown_keys_are_answered_alike(
    act: str, status: int, known: bool
) -> None:
    theirs, ours = [
        await answered(name, ACTS[act], status, known) for name in PACKAGES
    ]

    assert theirs == ours


SETTINGS: list[dict[str, Any]] = [
    {"SESSION_COOKIE_AGE": 60},
    {"SESSION_COOKIE_DOMAIN": "a.org"},
    {"SESSION_COOKIE_HTTPONLY": False},
    {"SESSION_COOKIE_NAME": "other"},
    {"SESSION_COOKIE_PATH": "/x"},
    {"SESSION_COOKIE_SAMESITE": None},
    {"SESSION_COOKIE_SAMESITE": "None", "SESSION_COOKIE_SECURE": True},
    {"SESSION_COOKIE_SAMESITE": "Strict"},
    {"SESSION_EXPIRE_AT_BROWSER_CLOSE": True},
    {"SESSION_SAVE_EVERY_REQUEST": True},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=repr)
@pytest.mark.parametrize("act", ["nothing", "write", "flush"])
async def test_settings_count_alike(act: str, settings: dict[str, Any]) -> None:
    with override_settings(**settings):
        theirs, ours = [await answered(name, ACTS[act]) for name in PACKAGES]

    assert theirs == ours


# Users


class Client:
    """One client of a project, who does one thing after the other."""

    def __init__(self, package: str) -> None:
        self.auth = of(package, "auth")
        self.scope: Scope = {"session": SessionStore()}
        self.heard: list[Any] = []
        self.users = {
            name: User.objects.create_user(name, password=name)
            for name in ("ada", "eve")
        }

    async def do(self, step: str) -> Any:
        """Do something; return what one sees of it."""
        word, _, name = step.partition(" ")
        before = self.scope["session"].session_key
        await getattr(self, word)(self.users.get(name))
        session = self.scope["session"]
        data = {k: v for k, v in await session.aitems() if k != LOGIN}
        for key in (pages.SESSION_KEY, pages.HASH_SESSION_KEY):
            if key in data:  # they hold the user's number
                data[key] = True
        heard, self.heard = self.heard, []
        user = self.scope.get("user")
        return (
            data,
            session.session_key == before,
            heard,
            user and (type(user).__name__, user.username),
        )

    def hear(self, signal: Any, user: Any, request: Any, **_: Any) -> None:
        is_login = signal is pages.user_logged_in
        self.heard.append((is_login, user and user.username, request))

    async def login(self, user: User | None) -> None:
        await self.auth.login(self.scope, user)

    async def logout(self, user: User | None) -> None:
        await self.auth.logout(self.scope)

    async def who(self, user: User | None) -> None:
        self.scope["user"] = await self.auth.get_user(self.scope)

    async def shop(self, user: User | None) -> None:
        await self.scope["session"].aset("cart", ["book"])

    async def save(self, user: User | None) -> None:
        await self.scope["session"].asave()

    async def come(self, user: User | None) -> None:
        """Come again, with the cookie."""
        await self.scope["session"].asave()
        self.scope = {
            "session": SessionStore(self.scope["session"].session_key)
        }

    async def page(self, user: User | None) -> None:
        """Log in on a page of Django."""
        request = HttpRequest()
        request.session = self.scope["session"]
        await pages.alogin(request, user, MODEL)
        self.heard.clear()  # of a request

    async def forget(self, user: User | None) -> None:
        assert user is not None
        user.set_password("another")
        await user.asave()

    async def block(self, user: User | None) -> None:
        await User.objects.filter(pk=user and user.pk).aupdate(is_active=False)

    async def delete(self, user: User | None) -> None:
        await User.objects.filter(pk=user and user.pk).adelete()


STORIES = [
    "who",
    "login ada, who",
    "shop, save, login ada, come, who",
    "login ada, login ada",
    "login ada, come, login ada",
    "login ada, shop, login eve, who",
    "login ada, shop, forget ada, login ada",
    "login ada, come, forget ada, who",
    "login ada, come, block ada, who",
    "login ada, come, delete ada, who",
    "login ada, logout, who",
    "login ada, come, who, logout, who",
    "logout",
    "shop, logout",
    "page ada, come, who",
    "page ada, come, login ada, logout",
    "login ada, page eve, come, who",
]


async def told(package: str, story: str) -> list[Any]:
    """Return what one sees, step by step."""
    client = await sync_to_async(Client)(package)
    for signal in (pages.user_logged_in, pages.user_logged_out):
        signal.connect(client.hear, dispatch_uid=story)
    try:
        return [await client.do(step) for step in story.split(", ")]
    finally:
        for signal in (pages.user_logged_in, pages.user_logged_out):
            signal.disconnect(dispatch_uid=story)
        await User.objects.all().adelete()


@pytest.mark.parametrize("story", STORIES)
async def test_users_come_and_go_alike(story: str) -> None:
    theirs, ours = [await told(name, story) for name in PACKAGES]

    assert theirs == ours


async def test_several_backends_need_a_name_alike() -> None:
    other = MODEL.replace("Model", "AllowAllUsersModel")
    with override_settings(AUTHENTICATION_BACKENDS=[MODEL, other]):
        for name in PACKAGES:
            with pytest.raises(ValueError, match=r"backends|BACKENDS"):
                await told(name, "login ada")


# Sockets


def consumers(package: str) -> dict[str, Any]:
    """Return consumers that tell their user, and who else there is."""
    web = of(package, "generic.websocket")
    db = of(package, "db")

    def names() -> str:
        return ", ".join(User.objects.values_list("username", flat=True))

    class Sync(web.WebsocketConsumer):  # type: ignore[name-defined, misc]
        def receive(self, text_data: str) -> None:
            self.send(f"{self.scope['user'].username} of {names()}")

    class Threaded(web.AsyncWebsocketConsumer):  # type: ignore[name-defined, misc]
        async def receive(self, text_data: str) -> None:
            found = await db.database_sync_to_async(names)()
            await self.send(f"{self.scope['user'].username} of {found}")

    class Async(web.AsyncWebsocketConsumer):  # type: ignore[name-defined, misc]
        async def receive(self, text_data: str) -> None:
            found = [user.username async for user in User.objects.all()]
            await self.send(f"{self.scope['user'].username} of {found}")

    class Mixed(web.WebsocketConsumer):  # type: ignore[name-defined, misc]
        def connect(self) -> None:
            self.accept(headers=[])
            login = async_to_sync(of(package, "auth").login)
            login(self.scope, User.objects.get(username="eve"))
            self.scope["session"].save()

        def receive(self, text_data: str) -> None:
            who = async_to_sync(of(package, "auth").get_user)(self.scope)
            self.send(f"{who.username}, {self.scope['user'].username}")

    class Saving(web.WebsocketConsumer):  # type: ignore[name-defined, misc]
        def receive(self, text_data: str) -> None:
            eve = User.objects.get(username="eve")
            async_to_sync(of(package, "auth").login)(self.scope, eve)
            self.scope["session"].save()
            eve.save()  # so its sockets ask again who their user is
            async_to_sync(of(package, "auth").get_user)(self.scope)
            self.send(self.scope["user"].username)

    return {
        "sync": Sync,
        "threaded": Threaded,
        "async": Async,
        "mixed": Mixed,
        "saving": Saving,
    }


def logged_in(name: str) -> str:
    """Log a new user in on a page; return the session's key."""
    request = HttpRequest()
    request.session = SessionStore()
    user, _ = User.objects.get_or_create(username=name)
    pages.login(request, user, MODEL)
    request.session.save()
    return str(request.session.session_key)


def socket(package: str, style: str, key: str) -> ApplicationCommunicator:
    stack = of(package, "auth").AuthMiddlewareStack
    cookie = (b"cookie", b"sessionid=" + key.encode())
    scope: Scope = {"type": "websocket", "path": "/", "headers": [cookie]}
    app = stack(consumers(package)[style].as_asgi())
    return ApplicationCommunicator(app, scope)


STYLES = ["sync", "threaded", "async", "mixed", "saving"]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("key", ["of ada", "nobody's"])
async def test_sockets_have_their_user_alike(style: str, key: str) -> None:
    await User.objects.acreate(username="eve")
    if key == "of ada":
        key = await sync_to_async(logged_in)("ada")
    seen = []
    for name in PACKAGES:
        client = socket(name, style, key)
        await client.send_input({"type": "websocket.connect"})
        events = [await client.receive_output()]
        await client.send_input({"type": "websocket.receive", "text": "who?"})
        events.append(await client.receive_output())
        await client.send_input({"type": "websocket.disconnect", "code": 1000})
        await client.wait()
        seen.append(events)

    assert seen[0] == seen[1]


async def test_difference_a_logout_on_a_page_closes_the_sockets() -> None:
    def leave(key: str) -> None:
        request = HttpRequest()
        request.session = SessionStore(key)
        request.user = User.objects.get(username="ada")
        pages.logout(request)

    open_ = []
    for name in PACKAGES:
        key = await sync_to_async(logged_in)("ada")
        client = socket(name, "async", key)
        await client.send_input({"type": "websocket.connect"})
        await client.receive_output()
        await sync_to_async(leave)(key)
        await client.send_input({"type": "websocket.receive", "text": "who?"})
        event = await client.receive_output()
        open_.append(event["type"] == "websocket.send")
        await client.send_input({"type": "websocket.disconnect", "code": 1000})
        await client.wait()

    assert open_ == [True, False]


@override_settings(SESSION_COOKIE_NAME="__Host-id")
async def test_difference_a_cookie_whose_name_is_a_promise() -> None:
    for name, is_secure in zip(PACKAGES, (False, True), strict=True):
        with override_settings(SESSION_COOKIE_SECURE=None):
            start, _ = await answered(name, ACTS["write"])
        _, _, attributes = start["headers"]["__Host-id"]
        assert attributes.get("secure", False) is is_secure

    with override_settings(SESSION_COOKIE_DOMAIN="a.org"):
        assert await answered("channels", ACTS["write"])
        with pytest.raises(ValueError, match="otherwise browsers drop it"):
            await answered("minichannels", ACTS["write"])


async def test_difference_a_session_of_a_former_secret_key() -> None:
    found = []
    for name in PACKAGES:
        with override_settings(SECRET_KEY="the former one"):
            key = await sync_to_async(logged_in)("ada")
        with override_settings(SECRET_KEY_FALLBACKS=["the former one"]):
            scope: Scope = {"session": SessionStore(key)}
            user = await of(name, "auth").get_user(scope)
            found.append(user.username)

    assert found == ["", "ada"]


# Settings

ORIGINS = [
    b"http://localhost",
    b"http://localhost:8000",
    b"http://127.0.0.1",
    b"http://[::1]:80",
    b"https://a.example",
    b"http://example",
    b"null",
]


@pytest.mark.parametrize(
    "hosts",
    [
        *([], ["*"], [".example"], ["localhost"]),
        # No page is of these, and Django starts all the same.
        *([""], ["example", ""], ["*.example"], ["localhost", "example:8000"]),
        *(["b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example"], ["null"]),
    ],
)
@pytest.mark.parametrize("debug", [True, False])
async def test_allowed_hosts_are_heeded_alike(
    hosts: list[str], debug: bool
) -> None:
    seen: dict[str, list[Any]] = {}
    for name in PACKAGES:
        web = of(name, "generic.websocket").AsyncWebsocketConsumer
        with override_settings(ALLOWED_HOSTS=hosts, DEBUG=debug):
            app = of(name, "security.websocket").AllowedHostsOriginValidator(
                web.as_asgi()
            )
        seen[name] = []
        for origin in ORIGINS:
            scope: Scope = {"type": "websocket", "path": "/"}
            scope["headers"] = [(b"origin", origin)]
            client = ApplicationCommunicator(app, scope)
            await client.send_input({"type": "websocket.connect"})
            seen[name].append(await client.receive_output())
            client.stop()

    assert seen["channels"] == seen["minichannels"]


@pytest.mark.parametrize(
    "name", ["support.django_project.application", "no.such", "application", 1]
)
def test_application_of_the_project_is_found_alike(name: Any) -> None:
    found: list[Any] = []
    for package in PACKAGES:
        find = of(package, "routing").get_default_application
        with override_settings(ASGI_APPLICATION=name):
            try:
                found.append(find())
            except ImproperlyConfigured:
                found.append("an error")

    assert found[0] is found[1]


@pytest.mark.parametrize("name", PACKAGES)
async def test_a_task_of_connect_may_decide(name: str) -> None:
    class Open(of(name, "generic.websocket").AsyncWebsocketConsumer):  # type: ignore[misc]
        async def connect(self) -> None:
            self.opening = asyncio.create_task(self.open())

        async def open(self) -> None:
            await User.objects.acount()
            await self.accept()

    communicator = of(name, "testing").WebsocketCommunicator
    client = communicator(Open.as_asgi(), "/")
    assert await client.connect(LIMIT) == (True, None)
    await client.disconnect()


def noting(package: str, threads: list[int]) -> Any:
    web = of(package, "generic.websocket")

    class Noting(web.WebsocketConsumer):  # type: ignore[name-defined, misc]
        def receive(self, text_data: str) -> None:
            threads.append(threading.get_ident())
            User.objects.count()
            self.send("noted")

    return Noting


async def test_sync_consumers_share_a_thread_alike() -> None:
    here = await sync_to_async(threading.get_ident)()
    for package in PACKAGES:
        threads: list[int] = []
        for _ in range(2):
            app = noting(package, threads).as_asgi()
            client = WebsocketCommunicator(app, "/")
            await client.connect()
            await client.send_to("note")
            await client.receive_from()
            await client.disconnect()

        is_open = await sync_to_async(lambda: connection.connection)()
        assert (threads, is_open) == ([here, here], None)
