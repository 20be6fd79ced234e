"""Users that hardly any project has, and logins that hardly any makes."""

import importlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
from asgiref.sync import sync_to_async
from django.contrib import auth as pages
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from django.utils.functional import SimpleLazyObject

Load = Callable[[str], Any]
MODEL = "django.contrib.auth.backends.ModelBackend"

pytestmark = pytest.mark.usefixtures("project", "layers")


@pytest.fixture
def auth(package: Load) -> Any:
    return package("auth")


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", password="ada")


@pytest.fixture
def heard() -> Iterator[list[Any]]:
    """Return what is heard of logins: of which signal, class and user."""
    heard: list[Any] = []

    def hear(signal: Any, sender: Any, user: Any, **_: Any) -> None:
        heard.append((signal, sender, user))

    signals = (pages.user_logged_in, pages.user_logged_out)
    for signal in signals:
        signal.connect(hear)
    yield heard
    for signal in signals:
        signal.disconnect(hear)


def session_of(user: Any, **others: Any) -> Any:
    """Return the session of a user who has logged in."""
    session: Any = SessionStore()
    session[pages.SESSION_KEY] = str(user.pk)
    session[pages.BACKEND_SESSION_KEY] = MODEL
    session[pages.HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.update(others)
    return session


async def test_key_of_the_user_may_be_written_in_another_way(
    auth: Any, ada: User
) -> None:
    session = session_of(ada, _auth_user_id=f"0{ada.pk}", cart=1)

    await auth.login({"session": session}, ada)

    assert session["cart"] == 1
    assert session[pages.SESSION_KEY] == str(ada.pk)


@pytest.mark.parametrize(
    ("backends", "error"),
    [([], ImproperlyConfigured), (["nowhere.Backend"], ImportError)],
)
async def test_login_needs_a_backend_that_is_there(
    auth: Any, ada: User, backends: Any, error: type[Exception]
) -> None:
    scope = {"session": SessionStore()}

    with (
        override_settings(AUTHENTICATION_BACKENDS=backends),
        pytest.raises(error),
    ):
        await auth.login(scope, ada)
    assert "user" not in scope


@pytest.mark.parametrize("backend", [None, "", "elsewhere"])
async def test_backend_of_the_user_is_taken_as_it_is(
    auth: Any, ada: User, backend: Any
) -> None:
    session: Any = SessionStore()
    ada.backend = backend

    await auth.login({"session": session}, ada)

    assert session[pages.BACKEND_SESSION_KEY] == backend


@pytest.mark.parametrize("is_known", [True, False])
async def test_difference_a_login_that_cannot_be_leaves_the_session(
    auth: Any, ada: User, is_known: bool
) -> None:
    session: Any = SessionStore()
    user = ada if is_known else AnonymousUser()
    backends = [MODEL, f"{__name__}.Backend"]

    with (
        override_settings(AUTHENTICATION_BACKENDS=backends),
        pytest.raises((AttributeError, ValueError)) as caught,
    ):
        await auth.login({"session": session}, user)

    is_theirs = auth.__name__ == "channels.auth"
    assert (session.session_key is not None) is is_theirs
    assert is_theirs or caught.type is ValueError


async def test_user_is_in_the_scope_when_a_receiver_fails(
    auth: Any, ada: User
) -> None:
    scope = {"session": SessionStore(), "user": AnonymousUser()}

    def fail(**_: Any) -> None:
        raise ZeroDivisionError

    pages.user_logged_in.connect(fail)
    with pytest.raises(ZeroDivisionError):
        await auth.login(scope, ada)
    pages.user_logged_in.disconnect(fail)

    assert scope["user"] == ada


async def test_lazy_user_is_told_of_as_the_user(
    auth: Any, ada: User, heard: list[Any]
) -> None:
    lazy: Any = SimpleLazyObject(lambda: ada)
    scope = {"session": SessionStore(), "user": AnonymousUser()}

    await auth.login(scope, lazy)
    await auth.logout(scope)

    assert heard == [
        (pages.user_logged_in, User, ada),
        (pages.user_logged_out, User, ada),
    ]


class Forgetting:
    """A test's session, which has what a logout needs."""

    flushed = False

    def flush(self) -> None:
        self.flushed = True


async def test_logout_asks_of_a_session_to_forget_alone(
    auth: Any, ada: User
) -> None:
    session = Forgetting()
    scope = {"session": session, "user": ada}

    await auth.logout(scope)

    assert session.flushed
    assert scope["user"] == AnonymousUser()


async def test_session_may_be_a_mock(auth: Any, ada: User) -> None:
    session = MagicMock()
    session.__contains__.return_value = False

    await auth.login({"session": session}, ada)
    await auth.logout({"session": session})

    session.cycle_key.assert_called_once_with()
    session.flush.assert_called_once_with()


@pytest.mark.parametrize("engine", ["db", "cached_db"])
async def test_logout_leaves_nothing_of_a_session_that_has_expired(
    auth: Any, key: str, engine: str
) -> None:
    backend = f"django.contrib.sessions.backends.{engine}"
    store: Any = importlib.import_module(backend).SessionStore
    row = Session.objects.filter(pk=key)
    await row.aupdate(expire_date=datetime.now(UTC))

    await auth.logout({"session": store(key)})

    assert not await row.aexists()


async def test_logout_is_told_of_whoever_does_not_say_that_he_is_nobody(
    auth: Any, heard: list[Any]
) -> None:
    for user in (SimpleNamespace(), "ada", None, AnonymousUser()):
        await auth.logout({"session": SessionStore(), "user": user})

    assert [user for _, _, user in heard] == [SimpleNamespace(), "ada"]


class Falsy(SimpleNamespace):
    def __bool__(self) -> bool:
        return False


class Backend:
    """Knows one user, whatever the key."""

    user: Any = None

    def get_user(self, pk: Any) -> Any:
        return self.user


@pytest.mark.parametrize(
    ("user", "known", "is_there"),
    [
        (SimpleNamespace(), "of another model", True),
        (SimpleNamespace(), "", True),
        (SimpleNamespace(get_session_auth_hash=lambda: ""), "", False),
        (Falsy(), "", False),
    ],
)
async def test_who_is_there_depends_on_what_the_user_can_tell(
    auth: Any, user: Any, known: str, is_there: bool
) -> None:
    session: Any = SessionStore()
    backend = f"{__name__}.Backend"
    session.update({pages.SESSION_KEY: "1", pages.HASH_SESSION_KEY: known})
    session[pages.BACKEND_SESSION_KEY] = backend
    Backend.user = user

    with override_settings(AUTHENTICATION_BACKENDS=[backend]):
        found = await auth.get_user({"session": session})

    assert (found is user) is is_there
    assert is_there or found == AnonymousUser()


@pytest.mark.parametrize("session", [None, "abc", 7])
async def test_what_is_no_session_has_no_user(auth: Any, session: Any) -> None:
    with pytest.raises(TypeError):
        await auth.get_user({"session": session})


async def test_scope_need_not_say_its_type(auth: Any, ada: User) -> None:
    seen = []
    session = session_of(ada)

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        await auth.login(scope, ada)
        seen.append(await sync_to_async(str)(scope["user"]))

    await auth.AuthMiddleware(inner)({"session": session}, None, None)

    assert seen == ["ada"]


async def test_cookie_may_be_anything_that_a_middleware_put_there(
    package: Load,
) -> None:
    seen: list[Any] = []

    def items(session: Any) -> list[Any]:
        return list(session.items())

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        seen.append(await sync_to_async(items)(scope["session"]))

    keys: list[Any] = [b"short", b"a key that is long enough", 0, [], None]
    for key in keys:
        scope = {"type": "http", "cookies": {"sessionid": key}, "headers": []}
        await package("sessions").SessionMiddleware(inner)(scope, None, None)

    assert seen == [[]] * 5
