"""Users on Channels and here: the same steps, the same outcome."""

import copy
import importlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from minichannels.auth import set_users
from minichannels.sessions import MemoryStore, SessionDict
from minichannels.types import Receive, Scope, Send
from support.django_settings import Backend

Load = Callable[[str], Any]


@pytest.fixture
def auth(package: Load) -> Any:
    return package("auth")


@pytest.fixture(autouse=True)
def users() -> Iterator[dict[int, Any]]:
    """Two users of Django, whom both libraries know."""
    model: Any = importlib.import_module("django.contrib.auth.models").User
    users = Backend.users
    users |= {n: model(pk=n, username=name) for n, name in NAMES.items()}
    for user in users.values():
        user.set_unusable_password()
    before = set_users(lambda pk: users.get(int(pk)))
    yield users
    set_users(before)
    users.clear()


NAMES = {1: "ada", 2: "eve"}
STORE = MemoryStore()


@pytest.fixture
def scope(auth: Any) -> Scope:
    return {"type": "http", "session": session_for(auth)}


def session_for(auth: Any, key: str | None = None) -> Any:
    if auth.__name__.startswith("minichannels"):
        return SessionDict(STORE, key or "")
    engine: Any = importlib.import_module(
        "django.contrib.sessions.backends.cache"
    )
    return engine.SessionStore(key)


async def keep(scope: Scope, receive: Receive, send: Send) -> None:
    scope["seen"].append(scope["user"])


async def test_nobody_is_there_at_first(auth: Any, scope: Scope) -> None:
    user = await auth.get_user(scope)

    assert not user.is_authenticated
    assert user.is_anonymous
    assert user.pk is user.id is None
    assert user.username == ""


async def test_user_is_there_after_the_login(
    auth: Any, scope: Scope, users: Any
) -> None:
    await auth.login(scope, users[1])
    await scope["session"].asave()
    again = {"session": session_for(auth, scope["session"].session_key)}

    assert scope["user"] == users[1]
    assert await auth.get_user(again) == users[1]


async def test_session_has_what_channels_writes(
    auth: Any, scope: Scope, users: Any
) -> None:
    await auth.login(scope, users[1], "support.django_settings.Backend")

    data = {k: v for k, v in scope["session"].items() if k != "_auth_login"}
    assert data == {
        "_auth_user_id": "1",
        "_auth_user_backend": "support.django_settings.Backend",
        "_auth_user_hash": users[1].get_session_auth_hash(),
    }


async def test_login_takes_the_user_of_the_scope(
    auth: Any, scope: Scope, users: Any
) -> None:
    scope["user"] = users[2]

    await auth.login(scope, None)

    assert await auth.get_user(scope) == users[2]


async def test_login_needs_somebody(auth: Any, scope: Scope) -> None:
    with pytest.raises(ValueError, match=r"(?i)user"):
        await auth.login(scope, None)


async def test_login_keeps_what_was_in_the_session_under_a_new_key(
    auth: Any, scope: Scope, users: Any
) -> None:
    scope["session"]["cart"] = ["book"]
    await scope["session"].asave()
    key = scope["session"].session_key

    await auth.login(scope, users[1])
    await scope["session"].asave()

    assert scope["session"]["cart"] == ["book"]
    assert scope["session"].session_key != key


async def test_login_of_another_user_begins_an_empty_session(
    auth: Any, scope: Scope, users: Any
) -> None:
    await auth.login(scope, users[1])
    scope["session"]["cart"] = ["book"]

    await auth.login(scope, users[2])

    assert "cart" not in scope["session"]
    assert scope["user"] == users[2]


async def test_logout_leaves_nothing(
    auth: Any, scope: Scope, users: Any
) -> None:
    await auth.login(scope, users[1])
    await scope["session"].asave()
    key = scope["session"].session_key

    await auth.logout(scope)

    assert not scope["user"].is_authenticated
    assert dict(scope["session"].items()) == {}
    again = {"session": session_for(auth, key)}
    assert not (await auth.get_user(again)).is_authenticated


async def test_logout_elsewhere_is_not_seen_in_a_session_that_was_read(
    auth: Any, scope: Scope, users: Any
) -> None:
    await auth.login(scope, users[1])
    await scope["session"].asave()
    tab: Scope = {"session": session_for(auth, scope["session"].session_key)}

    await auth.logout(tab)

    assert await auth.get_user(scope) == users[1]


async def test_session_with_another_password_is_nobody_s(
    auth: Any, scope: Scope, users: Any
) -> None:
    await auth.login(scope, users[1])
    users[1].set_unusable_password()

    assert not (await auth.get_user(scope)).is_authenticated
    assert dict(scope["session"].items()) == {}


@pytest.mark.parametrize("how", ["deleted", "not active"])
async def test_user_who_is_gone_is_nobody(
    auth: Any, scope: Scope, users: Any, how: str
) -> None:
    await auth.login(scope, users[1])
    if how == "deleted":
        del users[1]
    else:
        users[1].is_active = False

    assert not (await auth.get_user(scope)).is_authenticated


@pytest.mark.parametrize("name", ["get_user", "login", "logout"])
async def test_without_a_session_there_is_an_error(
    auth: Any, name: str, users: Any
) -> None:
    arguments = [users[1]] if name == "login" else []

    with pytest.raises(ValueError, match="session"):
        await getattr(auth, name)({}, *arguments)


async def test_middleware_adds_the_user(
    auth: Any, scope: Scope, users: Any
) -> None:
    await auth.login(scope, users[1])
    scope = {**scope, "seen": []}
    del scope["user"]

    await auth.AuthMiddleware(keep)(scope, None, None)

    assert scope["seen"] == [users[1]]
    assert "user" not in scope


async def test_middleware_needs_a_session(auth: Any) -> None:
    with pytest.raises(ValueError, match="session"):
        await auth.AuthMiddleware(keep)({"type": "http"}, None, None)


async def test_middleware_may_be_overridden(auth: Any, scope: Scope) -> None:
    base: Any = auth.AuthMiddleware

    class ByToken(base):  # type: ignore[misc]
        async def resolve_scope(self, scope: Scope) -> None:
            scope["user"]._wrapped = "a token's user"

    scope["seen"] = []
    await ByToken(keep)(scope, None, None)

    assert scope["seen"] == ["a token's user"]


async def test_middleware_that_needs_no_session_may_have_none(
    auth: Any,
) -> None:
    base: Any = auth.AuthMiddleware

    class ByToken(base):  # type: ignore[misc]
        def populate_scope(self, scope: Scope) -> None:
            scope["user"] = None

        async def resolve_scope(self, scope: Scope) -> None:
            scope["user"] = {"name": "ada"}

    seen: list[Any] = []
    websocket = {"type": "websocket", "seen": seen}
    await ByToken(keep)(websocket, None, None)
    await ByToken(keep)({**websocket, "session": {"a": 1}}, None, None)

    assert seen == [{"name": "ada"}] * 2


async def test_middleware_may_add_to_the_scope_what_the_user_has(
    auth: Any, scope: Scope, users: Any
) -> None:
    base: Any = auth.AuthMiddleware

    class WithName(base):  # type: ignore[misc]
        async def resolve_scope(self, scope: Scope) -> None:
            await super().resolve_scope(scope)
            scope["name"] = f"{scope['user']}, {scope['user'].is_anonymous}"
            assert scope["user"] == await auth.get_user(scope)
            assert {scope["user"]: scope["user"] or 1}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["seen"].append(scope["name"])

    scope["seen"] = []
    await WithName(app)(scope, None, None)

    assert scope["seen"] == ["AnonymousUser, True"]


async def test_scope_of_a_user_can_be_copied_deeply(
    auth: Any, scope: Scope, users: Any
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(copy.deepcopy(scope))
        scope["session"]["seen"] = True

    seen: list[Any] = []
    if not isinstance(scope["session"], SessionDict):  # theirs has a lock
        engine: Any = importlib.import_module(
            "django.contrib.sessions.backends.signed_cookies"
        )
        scope["session"] = engine.SessionStore()
    await auth.login(scope, users[1])
    del scope["user"]
    await auth.AuthMiddleware(app)(scope, None, None)

    assert seen[0]["user"] == users[1]
    assert "seen" not in seen[0]["session"]


def test_user_before_it_is_known_is_an_error(auth: Any) -> None:
    with pytest.raises(ValueError, match="user"):
        _ = auth.UserLazyObject().username


async def test_difference_each_login_gives_the_session_a_new_key(
    users: Any,
) -> None:
    changed = []
    for name in ("channels", "minichannels"):
        auth = importlib.import_module(f"{name}.auth")
        scope: Scope = {"session": session_for(auth)}
        await auth.login(scope, users[1])
        await scope["session"].asave()
        key = scope["session"].session_key
        await auth.login(scope, users[1])
        await scope["session"].asave()
        changed.append(scope["session"].session_key != key)

    assert changed == [False, True]


async def test_difference_the_user_itself_is_in_the_scope_without_django(
    users: Any,
) -> None:
    kinds = []
    for name in ("channels", "minichannels"):
        auth = importlib.import_module(f"{name}.auth")
        scope: Scope = {"type": "http", "session": session_for(auth)}
        await auth.login(scope, users[1])
        del scope["user"]
        scope["seen"] = []
        await auth.AuthMiddleware(keep)(scope, None, None)
        kinds.append(type(scope["seen"][0]).__name__)

    assert kinds == ["UserLazyObject", "User"]


async def test_difference_who_knows_the_users() -> None:
    ours = importlib.import_module("minichannels.auth")
    before = set_users(None)
    try:
        session = SessionDict(STORE)
        session["_auth_user_id"] = "1"
        with pytest.raises(RuntimeError, match="nobody knows the users"):
            await ours.get_user({"session": session})
    finally:
        set_users(before)
