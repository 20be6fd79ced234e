"""A login that ends while a socket of it is being opened."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import pytest

from minichannels.auth import close_sockets
from minichannels.auth.closing import Opening
from minichannels.layers import InMemoryChannelLayer
from support.layers import fresh_layer
from support.users import User, Users
from support.visits import Visit, is_closed, says


@pytest.fixture(autouse=True)
def layer() -> Iterator[InMemoryChannelLayer]:
    with fresh_layer() as layer:
        yield layer


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


class Slow(Users):
    """Knows the users after a while, in which something happens."""

    asked: tuple[str, ...] = ()
    meanwhile: Any = None  # what happens after the first user was found

    async def __call__(self, pk: str, /) -> User | None:  # type: ignore[override]
        self.asked += (pk,)
        user = self.get(pk)
        if self.asked == (pk,) and self.meanwhile:
            await self.meanwhile()
        return user


@pytest.fixture
def opening(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Opening, "group", "auth.opening")


@pytest.mark.usefixtures("opening")
async def test_logout_while_the_user_is_asked_for_is_not_missed(
    stack: AsyncExitStack, layer: InMemoryChannelLayer
) -> None:
    users = Slow("ada")
    visit = Visit(users, None, stack)
    cookie = await visit.door("ada")
    users.meanwhile = partial(visit.door, "", cookie)

    tab = await visit.tab(cookie)

    assert await says(tab) == "None"
    assert "auth.opening" not in layer.groups


@pytest.mark.usefixtures("opening")
async def test_user_is_asked_for_once_though_others_log_out(
    stack: AsyncExitStack, layer: InMemoryChannelLayer
) -> None:
    users = Slow("ada", "bob")
    visit = Visit(users, None, stack)
    cookie, bobs = await visit.door("ada"), await visit.door("bob")
    users.meanwhile = partial(visit.door, "", bobs)

    tab = await visit.tab(cookie)

    assert await says(tab) == "ada"
    assert users.asked == ("ada", "bob")
    assert list(layer.groups) == ["auth.user.ada"]
    await close_sockets("ada")
    assert await is_closed(tab)


async def test_user_whom_the_session_names_is_asked_for_once(
    stack: AsyncExitStack,
) -> None:
    users = Slow("ada")
    visit = Visit(users, None, stack)

    await visit.tab(await visit.door("ada"))

    assert users.asked == ("ada",)


async def test_user_who_is_heard_of_while_asked_for_is_asked_for_again(
    stack: AsyncExitStack,
) -> None:
    users = Slow("ada")
    visit = Visit(users, None, stack)
    cookie = await visit.door("ada")
    users.meanwhile = partial(visit.door, "", cookie)

    tab = await visit.tab(cookie)

    assert await says(tab) == "None"


@pytest.mark.usefixtures("opening")
async def test_socket_of_nobody_is_watched_no_more(
    stack: AsyncExitStack, layer: InMemoryChannelLayer
) -> None:
    visit = Visit(Users("ada"), None, stack)
    cookie = await visit.door("ada")
    await visit.door("", cookie)

    tab = await visit.tab(cookie)

    assert await says(tab) == "None"
    assert not layer.groups
