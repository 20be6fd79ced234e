"""Whom a session belongs to."""

from typing import Any

import pytest

from minichannels.auth import (
    AnonymousUser,
    AuthMiddleware,
    AuthMiddlewareStack,
    UserLazyObject,
    _get_user_session_key,
    get_user,
    login,
    logout,
    refresh_user,
    set_users,
)
from minichannels.auth.logins import HASH_SESSION_KEY, LOGIN, SESSION_KEY
from minichannels.sessions import MemoryStore, SessionDict
from minichannels.types import Receive, Scope, Send
from support.clock import Clock
from support.users import User, Users


@pytest.fixture
def users() -> Any:
    users = Users("ada", "eve")
    before = set_users(users)
    yield users
    set_users(before)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(Clock())


@pytest.fixture
def scope(store: MemoryStore) -> Scope:
    return {"type": "http", "session": SessionDict(store)}


async def test_nobody_is_logged_in_at_first(users: Users, scope: Scope) -> None:
    assert await get_user(scope) == AnonymousUser()


async def test_login_is_known_at_the_next_visit(
    users: Users, scope: Scope, store: MemoryStore
) -> None:
    await login(scope, users["ada"])
    await scope["session"].asave()

    again = {"session": SessionDict(store, scope["session"].session_key)}

    assert scope["user"] is users["ada"]
    assert await get_user(again) is users["ada"]


async def test_login_gives_the_session_a_new_key_and_keeps_what_is_in_it(
    users: Users, scope: Scope, store: MemoryStore
) -> None:
    scope["session"]["cart"] = ["book"]
    await scope["session"].asave()
    planted = scope["session"].session_key

    await login(scope, users["ada"])
    await scope["session"].asave()

    assert scope["session"].session_key != planted
    assert scope["session"]["cart"] == ["book"]
    assert SessionDict(store, planted) == {}


async def test_login_of_the_same_user_keeps_the_session_under_a_new_key(
    users: Users, scope: Scope
) -> None:
    await login(scope, users["ada"])
    scope["session"]["cart"] = ["book"]
    await scope["session"].asave()
    key, first = scope["session"].session_key, scope["session"][LOGIN]

    await login(scope, None)  # the one in the scope
    await scope["session"].asave()

    assert scope["session"]["cart"] == ["book"]
    assert scope["session"].session_key != key
    assert scope["session"][LOGIN] != first


@pytest.mark.parametrize("who", ["another", "with another password"])
async def test_login_of_somebody_else_begins_an_empty_session(
    users: Users, scope: Scope, who: str
) -> None:
    await login(scope, users["ada"])
    scope["session"]["cart"] = ["book"]
    name = "eve" if who == "another" else "ada"
    users[name].password = "second"

    await login(scope, users[name])

    assert "cart" not in scope["session"]
    assert await get_user(scope) is users[name]


async def test_login_writes_what_channels_writes(
    users: Users, scope: Scope
) -> None:
    await login(scope, users["ada"], backend="mysite.Backend")

    session = scope["session"]
    assert session.pop(LOGIN)
    assert session == {
        "_auth_user_id": "ada",
        "_auth_user_backend": "mysite.Backend",
        "_auth_user_hash": "hash of the first password",
    }


@pytest.mark.parametrize("user", [None, AnonymousUser(), "ada"])
async def test_only_a_user_can_log_in(scope: Scope, user: Any) -> None:
    with pytest.raises(ValueError, match="only a user can log in"):
        await login(scope, user)


async def test_logout_ends_the_session(
    users: Users, scope: Scope, store: MemoryStore
) -> None:
    await login(scope, users["ada"])
    await scope["session"].asave()
    key = scope["session"].session_key

    await logout(scope)

    assert scope["user"] == AnonymousUser()
    assert await get_user(scope) == AnonymousUser()
    assert SessionDict(store, key) == {}


async def test_logout_of_nobody_ends_the_session_too(scope: Scope) -> None:
    scope["session"]["cart"] = ["book"]

    await logout(scope)

    assert scope["session"] == {}
    assert "user" not in scope


async def test_user_who_is_deleted_or_not_active_is_nobody(
    users: Users, scope: Scope
) -> None:
    await login(scope, users["ada"])
    users["ada"].is_active = False
    assert await get_user(scope) == AnonymousUser()

    users["ada"].is_active = True
    assert await get_user(scope) is users["ada"]
    del users["ada"]
    assert await get_user(scope) == AnonymousUser()


@pytest.mark.parametrize("known", ["changed", "forged", "", None])
async def test_session_with_another_password_is_ended(
    users: Users, scope: Scope, known: str | None
) -> None:
    await login(scope, users["ada"])
    if known == "changed":
        users["ada"].password = "second"
    else:
        scope["session"][HASH_SESSION_KEY] = known

    assert await get_user(scope) == AnonymousUser()
    assert scope["session"] == {}


def test_set_users_returns_who_knew_them_before(users: Users) -> None:
    assert set_users(users) is users


async def test_user_without_a_hash_needs_none(scope: Scope) -> None:
    class Guest:
        pk = 7
        is_authenticated = True

    async def find(pk: str) -> Guest | None:
        return guest if pk == "7" else None

    guest = Guest()
    before = set_users(find)
    try:
        await login(scope, guest)
        assert scope["session"][SESSION_KEY] == "7"
        assert await get_user(scope) is guest
        await login(scope, guest)
        assert await get_user(scope) is guest
    finally:
        set_users(before)


async def test_refresh_user_sees_what_has_changed(
    users: Users, scope: Scope, store: MemoryStore
) -> None:
    await login(scope, users["ada"])
    assert await refresh_user(scope) is users["ada"]  # not saved yet
    await scope["session"].asave()
    assert await refresh_user(scope) is users["ada"]

    store.delete(scope["session"].session_key)

    assert await refresh_user(scope) == AnonymousUser()
    assert scope["user"] == AnonymousUser()


@pytest.mark.parametrize(
    "call", [get_user, refresh_user, logout, lambda scope: login(scope, None)]
)
async def test_without_a_session_it_is_said_what_is_missing(call: Any) -> None:
    with pytest.raises(ValueError, match="SessionMiddlewareStack or"):
        await call({"type": "http", "user": User("ada")})


async def test_somebody_has_to_know_the_users(scope: Scope) -> None:
    await login(scope, User("ada"))

    with pytest.raises(RuntimeError, match="nobody knows the users"):
        await get_user(scope)


def test_anonymous_user_is_nobody() -> None:
    nobody = AnonymousUser()

    assert nobody == AnonymousUser()
    assert nobody != User("ada")
    assert len({nobody, AnonymousUser()}) == 1
    assert str(nobody) == "AnonymousUser"
    assert nobody.pk is nobody.id is None
    assert nobody.username == ""
    assert not nobody.is_authenticated
    assert not nobody.is_active
    assert nobody.is_anonymous


# The middleware


async def called(app: Any, scope: Scope) -> Scope:
    await app(scope, None, None)
    return scope


def keeping(seen: list[Scope]) -> Any:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    return app


async def test_middleware_adds_the_user(users: Users, scope: Scope) -> None:
    seen: list[Scope] = []
    await login(scope, users["ada"])
    del scope["user"]

    await AuthMiddleware(keeping(seen), users)(scope, None, None)  # type: ignore[arg-type]

    assert seen[0]["user"] is users["ada"]
    assert "user" not in scope


async def test_middleware_leaves_a_user_who_is_there(scope: Scope) -> None:
    seen: list[Scope] = []
    scope["user"] = "somebody"

    await AuthMiddleware(keeping(seen))(scope, None, None)  # type: ignore[arg-type]

    assert seen[0]["user"] == "somebody"


async def test_middleware_needs_a_session() -> None:
    middleware: Any = AuthMiddleware(keeping([]))

    with pytest.raises(ValueError, match="the scope has no session"):
        await middleware({"type": "http"}, None, None)


async def test_subclass_may_know_the_user_in_another_way(
    scope: Scope,
) -> None:
    class ByToken(AuthMiddleware):
        async def resolve_scope(self, scope: Scope) -> None:
            scope["user"]._wrapped = User("token")

    seen: list[Scope] = []
    await ByToken(keeping(seen))(scope, None, None)  # type: ignore[arg-type]

    assert seen[0]["user"] == User("token")


def test_user_who_is_not_known_yet_cannot_be_used() -> None:
    with pytest.raises(ValueError, match="is not known yet"):
        _ = UserLazyObject().is_authenticated


def test_stack_is_three_middlewares(store: MemoryStore, users: Users) -> None:
    stack: Any = AuthMiddlewareStack(keeping([]), users, store)

    assert stack.inner._minichannels[0] is store
    assert stack.inner.inner._minichannels[0] is users
    assert repr(stack) == (
        "CookieMiddleware(SessionMiddleware(AuthMiddleware(app)))"
    )


async def test_key_of_a_session_s_user_is_as_it_was_written(
    users: Users, scope: Scope
) -> None:
    with pytest.raises(KeyError):
        _get_user_session_key(scope["session"])
    await login(scope, users["ada"])
    assert _get_user_session_key(scope["session"]) == str(users["ada"].pk)
