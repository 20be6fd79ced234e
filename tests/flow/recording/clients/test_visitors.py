"""Who is taken for whom, by cookies, address and kind."""

from itertools import count
from typing import Any

import pytest

from minichannels.flow.recording.clients import visitors as module
from minichannels.flow.recording.clients.visitors import BrowserVisit, Visitors

CHROME, FOX = "Mozilla/5.0 (a) Chrome", "Mozilla/5.0 (a) Firefox"
ADA, BOB = "ada-0123456789abcdef", "bob-0123456789abcdef"


class Site:
    """A site that browsers come to, and what they are called there."""

    def __init__(self) -> None:
        numbers = count(1)
        self.visitors = Visitors(lambda: f"browser#{next(numbers)}")

    def visit(
        self,
        kind: str = CHROME,
        cookie: str = "",
        host: str | None = "::1",
        socket: bool = False,
    ) -> BrowserVisit | None:
        headers = [(b"accept", b"*"), (b"user-agent", kind.encode())]
        if cookie:
            headers.append((b"cookie", f"theme=dark; sid={cookie}".encode()))
        return self.visitors.comes(
            {
                "type": "websocket" if socket else "http",
                "client": host and (host, 1),
            },
            dict(headers),
        )

    def name(self, *where: Any, **how: Any) -> str:
        visit = self.visit(*where, **how)
        return "" if visit is None else visit.name

    def gives(self, visit: BrowserVisit | None, cookie: str) -> None:
        assert visit is not None
        headers = [
            (b"content-length", b"1"),
            (b"Set-Cookie", f"sid={cookie}; Path=/".encode()),
        ]
        self.visitors.given(visit, headers)


@pytest.fixture
def site() -> Site:
    return Site()


def test_browser_is_one_whoever_shows_the_same_cookie(site: Site) -> None:
    assert site.name(cookie=ADA) == "browser#1"
    assert site.name(cookie=BOB) == "browser#2"
    assert site.name(cookie=ADA, host="10.0.0.1") == "browser#1"
    assert site.name(cookie=ADA, socket=True) == "browser#1"
    assert site.name(cookie=ADA, socket=True) == "browser#1"  # another tab
    assert site.name(FOX, cookie=ADA) == "browser#3"  # it was copied


def test_browser_without_a_cookie_is_its_address_and_kind(site: Site) -> None:
    assert site.name() == "browser#1"
    assert site.name(FOX) == "browser#2"
    assert site.name(host="10.0.0.1") == "browser#3"
    assert site.name() == "browser#1"
    assert site.name(cookie="short") == "browser#1"


def test_sockets_of_those_who_look_alike_have_numbers(site: Site) -> None:
    first = site.visit(socket=True)
    assert first
    assert first.name == "browser#1"
    assert site.name(socket=True) == "browser#1.2"
    assert site.name(socket=True) == "browser#1.3"
    assert site.name() == "browser#1"

    site.visitors.leaves(first)

    assert site.name(socket=True) == "browser#1"  # it has come again


def test_browser_is_known_by_the_cookie_that_it_got(site: Site) -> None:
    page = site.visit()
    site.gives(page, ADA)

    assert site.name(cookie=ADA, socket=True) == "browser#1"
    other = site.visit()  # looks alike, and has no cookie
    site.gives(other, BOB)
    assert other
    assert other.name == "browser#2"
    assert site.name(cookie=BOB) == "browser#2"


def test_two_who_ask_at_once_are_told_apart_by_what_they_get(
    site: Site,
) -> None:
    pages = [site.visit(), site.visit()]

    site.gives(pages[0], ADA)
    site.gives(pages[1], BOB)

    assert site.name(cookie=ADA) == "browser#1"
    assert site.name(cookie=BOB) == "browser#2"


def test_browser_is_the_same_after_it_got_another_cookie(site: Site) -> None:
    login = site.visit(cookie=ADA)
    site.gives(login, BOB)

    assert site.name(cookie=BOB) == "browser#1"


@pytest.mark.parametrize(
    "how", [{"kind": "Python/3.12 websockets/15.0"}, {"host": None}]
)
def test_program_is_no_browser(site: Site, how: Any) -> None:
    assert site.visit(**how) is None


def test_short_cookie_says_nothing(site: Site) -> None:
    page = site.visit()
    site.gives(page, "dark")

    assert site.name() == "browser#1"


def test_visitors_forget_whom_they_have_not_seen_for_long(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 2)
    for number in range(4):
        site.name(host=f"10.0.0.{number}")
    site.name(host="10.0.0.2")

    assert site.name(host="10.0.0.3") == "browser#4"
    assert site.name(host="10.0.0.0") == "browser#5"
