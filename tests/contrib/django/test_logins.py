"""Users of Django in consumers: who is there, logs in and logs out."""

import logging
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib import auth as pages
from django.contrib.auth.models import AnonymousUser, User
from django.test import override_settings

from minichannels.auth import (
    get_user,
    login,
    logout,
)
from minichannels.auth.logins import LOGIN
from minichannels.types import Scope
from support.django_logins import (
    MODEL,
    page_login,
    page_of,
    saved,
    scope_of,
)

pytestmark = pytest.mark.usefixtures("database")

OTHER = "django.contrib.auth.backends.AllowAllUsersModelBackend"


# Users


async def test_nobody_is_there_at_first() -> None:
    user = await get_user(await scope_of())

    assert isinstance(user, AnonymousUser)


async def test_user_is_there_after_the_login(ada: User) -> None:
    scope = await scope_of()

    await login(scope, ada)
    key = await saved(scope)

    assert scope["user"] == ada
    assert await get_user(await scope_of(key)) == ada
    page = await sync_to_async(page_of)(key)
    assert await sync_to_async(pages.get_user)(page) == ada


async def test_user_who_has_logged_in_on_a_page_is_there(ada: User) -> None:
    key = await sync_to_async(page_login)(ada)

    scope = await scope_of(key)

    assert await get_user(scope) == ada
    assert scope["session"][LOGIN]


async def test_login_keeps_what_was_in_the_session_under_a_new_key(
    ada: User,
) -> None:
    scope = await scope_of()
    scope["session"]["cart"] = ["book"]
    key = await saved(scope)

    await login(scope, ada)

    assert scope["session"]["cart"] == ["book"]
    assert scope["session"].session_key != key


async def test_login_of_the_same_user_keeps_the_session(ada: User) -> None:
    scope = await scope_of(await sync_to_async(page_login)(ada))
    before = {**await get_data(scope)}

    await login(scope, ada)

    assert await get_data(scope) == before


async def get_data(scope: Scope) -> dict[str, Any]:
    return dict(await scope["session"].aitems())


@pytest.mark.parametrize("changed", ["user", "password"])
async def test_login_of_somebody_else_begins_an_empty_session(
    ada: User, eve: User, changed: str
) -> None:
    scope = await scope_of(await sync_to_async(page_login)(ada))
    await get_data(scope)
    scope["session"]["cart"] = ["book"]
    ada.set_password("byron")

    await login(scope, eve if changed == "user" else ada)

    assert "cart" not in scope["session"]


async def test_login_and_logout_are_told(ada: User) -> None:
    heard = []

    def hear(signal: Any, user: Any, request: Any, **_: Any) -> None:
        heard.append((signal, user, request))

    scope = await scope_of()
    for signal in (pages.user_logged_in, pages.user_logged_out):
        signal.connect(hear)
    await login(scope, ada)
    await logout(scope)
    await logout(scope)
    for signal in (pages.user_logged_in, pages.user_logged_out):
        signal.disconnect(hear)

    assert heard == [
        (pages.user_logged_in, ada, None),
        (pages.user_logged_out, ada, None),
    ]


async def test_login_needs_a_backend_if_there_are_several(ada: User) -> None:
    scope = await scope_of()
    with override_settings(AUTHENTICATION_BACKENDS=[MODEL, OTHER]):
        with pytest.raises(ValueError, match="2 AUTHENTICATION_BACKENDS"):
            await login(scope, ada)
        await login(scope, ada, OTHER)
        assert scope["session"][pages.BACKEND_SESSION_KEY] == OTHER
        assert await get_user(scope) == ada

    # A backend that the project has no longer lets nobody in.
    assert isinstance(await get_user(scope), AnonymousUser)


async def test_logout_leaves_nothing(ada: User) -> None:
    key = await sync_to_async(page_login)(ada)
    scope = await scope_of(key)
    scope["user"] = await get_user(scope)

    await logout(scope)

    assert isinstance(scope["user"], AnonymousUser)
    assert await get_data(await scope_of(key)) == {}


@override_settings(SESSION_ENGINE="django.contrib.sessions.backends.file")
async def test_logout_takes_a_key_that_no_engine_makes() -> None:
    scope = await scope_of("../../etc/passwd")

    await logout(scope)

    assert scope["session"].session_key is None


async def test_session_with_another_password_is_nobodys(ada: User) -> None:
    key = await sync_to_async(page_login)(ada)
    await sync_to_async(change_password)(ada)

    assert isinstance(await get_user(await scope_of(key)), AnonymousUser)
    assert await get_data(await scope_of(key)) == {}


def change_password(user: User) -> None:
    user.set_password("byron")
    user.save()


async def test_session_of_a_former_secret_key_is_as_good(ada: User) -> None:
    with override_settings(SECRET_KEY="the former one"):
        key = await sync_to_async(page_login)(ada)

    with override_settings(SECRET_KEY_FALLBACKS=["the former one"]):
        assert await get_user(await scope_of(key)) == ada
    assert isinstance(await get_user(await scope_of(key)), AnonymousUser)


async def test_session_in_a_cookie_of_a_former_secret_key_is_as_good(
    ada: User,
) -> None:
    engine = "django.contrib.sessions.backends.signed_cookies"
    with override_settings(SESSION_ENGINE=engine):
        with override_settings(SECRET_KEY="the former one"):
            scope = await scope_of()
            await login(scope, ada)
            key = await saved(scope)

        with override_settings(SECRET_KEY_FALLBACKS=["the former one"]):
            assert await get_user(await scope_of(key)) == ada
        scope = await scope_of(key)
        assert await scope["session"].aget(pages.SESSION_KEY) is None
        assert isinstance(await get_user(scope), AnonymousUser)


GONE = "its user is gone, or is not active"


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("deleted", GONE),
        ("not active", GONE),
        ("password", "its user has another password now"),
    ],
)
async def test_user_who_is_gone_is_nobody_and_the_log_says_why(
    ada: User, how: str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    key = await sync_to_async(page_login)(ada)
    match how:
        case "deleted":
            await ada.adelete()
        case "not active":
            await User.objects.aupdate(is_active=False)
        case "password":
            await sync_to_async(change_password)(ada)

    with caplog.at_level(logging.INFO, "minichannels"):
        user = await get_user(await scope_of(key))

    assert isinstance(user, AnonymousUser)
    assert caplog.messages == [f"a client is nobody: {why}"]


async def test_key_of_a_user_of_another_release_is_nobodys(
    ada: User, caplog: pytest.LogCaptureFixture
) -> None:
    scope = await scope_of(await sync_to_async(page_login)(ada))
    await scope["session"].aset(pages.SESSION_KEY, "e3e70682-c209-4cac-a29f")
    key = await saved(scope)

    with caplog.at_level(logging.INFO, "minichannels"):
        user = await get_user(await scope_of(key))

    assert isinstance(user, AnonymousUser)
    assert caplog.messages == [f"a client is nobody: {GONE}"]


async def test_user_without_a_hash_is_let_in(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(
        "django.contrib.auth.base_user.AbstractBaseUser.get_session_auth_hash"
    )
    scope = await scope_of()

    await login(scope, ada)

    assert await get_user(scope) == ada
