"""The README's steps, from an empty folder to a chat of a user."""

from collections.abc import Iterator

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from support import django_site
from support.processes import ServerProcess, serving
from support.servers import next_frame


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("site")
    django_site.make_site(folder)
    with serving("uvicorn", django_site.APPLICATION, folder) as server:
        yield server


def test_steps_make_all_files_that_they_name() -> None:
    names = [name for name, _, _ in django_site.FILES]

    assert names == [
        f"mysite/{name}.py" for name in ("settings", "chat", "urls", "asgi")
    ]


async def logged_in(http: httpx.AsyncClient) -> None:
    """Log in as in a browser: with the token of the form."""
    await http.get("/admin/login/")
    form = {"username": "ada", "password": django_site.PASSWORD}
    answer = await http.post("/admin/login/?next=/", data=form | token(http))
    assert answer.headers.get("location") == "/"


def token(http: httpx.AsyncClient) -> dict[str, str]:
    return {"csrfmiddlewaretoken": http.cookies["csrftoken"]}


def socket(server: ServerProcess, http: httpx.AsyncClient) -> connect:
    key = http.cookies.get("sessionid", "")
    return server.connect(
        "/ws/chat/",
        origin=f"http://{server.address}",
        additional_headers={"Cookie": f"sessionid={key}"},
    )


async def test_who_has_logged_in_chats_until_the_logout(
    server: ServerProcess,
) -> None:
    async with server.client() as http:
        with pytest.raises(InvalidStatus, match="403"):
            await socket(server, http)
        await logged_in(http)
        tabs = [await socket(server, http) for _ in range(2)]

        await tabs[0].send("hi")
        assert [await next_frame(tab) for tab in tabs] == ["ada: hi"] * 2

        await http.post("/admin/logout/", data=token(http))
        assert [await code_of(tab) for tab in tabs] == [4401, 4401]
        with pytest.raises(InvalidStatus, match="403"):
            await socket(server, http)


async def code_of(tab: ClientConnection) -> int | None:
    with pytest.raises(ConnectionClosed):
        await next_frame(tab)
    return tab.close_code
