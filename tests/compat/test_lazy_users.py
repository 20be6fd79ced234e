"""Users that are lazy, and classes that put another user in a lazy one's place.

A lazy user of a project asks the database, which no event loop may.
"""

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib import auth as pages
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.db import SessionStore
from django.utils.functional import SimpleLazyObject, empty

from minichannels.testing import ApplicationCommunicator
from minichannels.types import Receive, Scope, Send
from support.django_logins import page_login

Load = Callable[[str], Any]

pytestmark = pytest.mark.usefixtures("project", "layers")


@pytest.fixture
def auth(package: Load) -> Any:
    return package("auth")


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", password="ada")


@pytest.fixture
def eve_s() -> str:
    """The key of the session of another user, who has logged in on a page."""
    return page_login(User.objects.create_user("eve", password="eve"))


def lazy() -> Any:
    """Return a user who is not loaded yet."""
    return SimpleLazyObject(lambda: User.objects.get(username="ada"))


def of_token(scope: Scope) -> Any:
    """Return the user of a token, or nobody."""
    known = User.objects.filter(username=scope["query_string"].decode())
    return known.first() or AnonymousUser()


async def name_in(app: Callable[[Any], Any], key: str, token: str = "") -> str:
    """Return the name of the user whom a socket finds in its scope."""
    names: list[str] = []

    async def tell(scope: Scope, receive: Receive, send: Send) -> None:
        names.append(await sync_to_async(str)(scope["user"]))

    headers = [(b"cookie", f"sessionid={key}".encode())]
    scope: Scope = {"type": "websocket", "path": "/", "headers": headers}
    scope["query_string"] = token.encode()
    await ApplicationCommunicator(app(tell), scope).wait(20)
    return names[0]


async def test_user_who_logs_in_may_be_lazy(auth: Any, ada: User) -> None:
    session: Any = SessionStore()
    scope = {"session": session}

    await auth.login(scope, lazy())

    assert session[pages.SESSION_KEY] == str(ada.pk)
    assert await auth.get_user(scope) == ada


def put(scope: Scope) -> None:
    scope["user"] = lazy()


def put_into_what_is_there(scope: Scope) -> None:
    scope["user"]._wrapped = lazy()


@pytest.mark.parametrize("put_lazy", [put, put_into_what_is_there])
async def test_user_that_a_class_of_ones_own_finds_may_be_lazy(
    auth: Any, ada: User, eve_s: str, put_lazy: Callable[[Scope], None]
) -> None:
    class Lazily(auth.AuthMiddleware):  # type: ignore[misc]
        async def resolve_scope(self, scope: Scope) -> None:
            put_lazy(scope)

    def stack(app: Any) -> Any:
        return auth.CookieMiddleware(auth.SessionMiddleware(Lazily(app)))

    assert await name_in(stack, eve_s) == "ada"


async def test_class_of_ones_own_may_leave_the_place_of_the_user_empty(
    auth: Any, ada: User, eve_s: str
) -> None:
    class Own(auth.AuthMiddleware):  # type: ignore[misc]
        def populate_scope(self, scope: Scope) -> None: ...

        async def resolve_scope(self, scope: Scope) -> None:
            scope["user"] = ada

    def stack(app: Any) -> Any:
        return auth.CookieMiddleware(auth.SessionMiddleware(Own(app)))

    assert await name_in(stack, eve_s) == "ada"


async def test_lazy_user_further_out_gives_way_to_that_of_the_session(
    auth: Any, ada: User, eve_s: str
) -> None:
    class Further(auth.BaseMiddleware):  # type: ignore[misc]
        async def __call__(
            self, scope: Scope, receive: Receive, send: Send
        ) -> Any:
            scope = {**scope, "user": lazy()}
            return await super().__call__(scope, receive, send)

    def stack(app: Any) -> Any:
        return Further(auth.AuthMiddlewareStack(app))

    assert await name_in(stack, eve_s) == "eve"


@pytest.mark.parametrize(
    ("token", "name"), [("ada", "ada"), ("", "eve"), ("no", "AnonymousUser")]
)
async def test_class_of_ones_own_in_a_stack_may_know_another_user(
    auth: Any, ada: User, eve_s: str, token: str, name: str
) -> None:
    class ByToken(auth.AuthMiddleware):  # type: ignore[misc]
        async def resolve_scope(self, scope: Scope) -> None:
            await super().resolve_scope(scope)
            if scope["query_string"]:
                user = await sync_to_async(of_token)(scope)
                scope["user"]._wrapped = user

    def stack(app: Any) -> Any:
        return auth.AuthMiddlewareStack(ByToken(app))

    assert await name_in(stack, eve_s, token) == name


async def test_middleware_in_a_stack_may_set_another_user(
    auth: Any, ada: User, key: str
) -> None:
    class ByToken(auth.BaseMiddleware):  # type: ignore[misc]
        async def __call__(
            self, scope: Scope, receive: Receive, send: Send
        ) -> Any:
            user = scope["user"]
            if user._wrapped is empty or user.is_anonymous:
                user._wrapped = await sync_to_async(of_token)(scope)
            return await super().__call__(scope, receive, send)

    def stack(app: Any) -> Any:
        return auth.AuthMiddlewareStack(ByToken(app))

    assert await name_in(stack, key, "ada") == "ada"


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_user_may_be_taken_out_of_what_stands_for_it(
    auth: Any, eve_s: str, kind: str
) -> None:
    users: list[Any] = []

    async def look(scope: Scope, receive: Receive, send: Send) -> None:
        users.append(scope["user"]._wrapped)

    headers = [(b"cookie", f"sessionid={eve_s}".encode())]
    scope = {"type": kind, "path": "/", "headers": headers}
    app = auth.AuthMiddlewareStack(look)
    await ApplicationCommunicator(app, scope).wait(20)

    assert [(type(user), user.username) for user in users] == [(User, "eve")]


async def test_class_of_ones_own_in_a_stack_leaves_who_was_put_there(
    auth: Any, ada: User, eve_s: str
) -> None:
    class Between(auth.BaseMiddleware):  # type: ignore[misc]
        async def __call__(
            self, scope: Scope, receive: Receive, send: Send
        ) -> Any:
            scope = {**scope, "user": ada}
            return await super().__call__(scope, receive, send)

    class Own(auth.AuthMiddleware):  # type: ignore[misc]
        async def resolve_scope(self, scope: Scope) -> None:
            scope["user"]._wrapped = AnonymousUser()

    def stack(app: Any) -> Any:
        return auth.AuthMiddlewareStack(Between(Own(app)))

    assert await name_in(stack, eve_s) == "ada"


def test_what_stands_for_a_user_may_stand_for_what_a_token_says(
    auth: Any,
) -> None:
    user = auth.UserLazyObject()
    user._wrapped = {"id": 1, "name": "ada"}

    user["seen"] = True
    del user["id"]

    assert "seen" in user
    assert user["name"] == "ada"
    assert len(user) == 2
    assert list(user) == ["name", "seen"]
    assert {**user} == {"name": "ada", "seen": True}


@pytest.mark.parametrize(
    "ask", [len, list, lambda user: user["id"], lambda user: "id" in user]
)
def test_before_it_is_known_it_is_no_dict_either(auth: Any, ask: Any) -> None:
    with pytest.raises(ValueError, match="user"):
        ask(auth.UserLazyObject())
