"""What comes in as cookies, and what goes out."""

import logging
import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from http.cookies import CookieError, SimpleCookie
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minichannels.sessions import CookieMiddleware
from minichannels.sessions.cookies import MOST_COOKIES, Cookies, parse_cookies
from minichannels.types import Message, Receive, Scope, Send

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


class AtNoon(CookieMiddleware):
    _minichannels_clock = staticmethod(NOON.timestamp)


def cookies(*headers: bytes) -> dict[str, str]:
    return dict(parse_cookies([(b"cookie", value) for value in headers]))


def cookie(*arguments: Any, **options: Any) -> str:
    message: Message = {}
    AtNoon.set_cookie(message, *arguments, **options)
    ((name, value),) = message["headers"]
    assert name == b"set-cookie"
    return str(value.decode())


async def none(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError


def test_cookie_goes_by_the_time_that_a_test_has_moved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time, "time", NOON.timestamp)
    message: Message = {}

    CookieMiddleware.set_cookie(message, "a", max_age=60)

    assert b"expires=Tue, 01 Jan 2030 12:01:00 GMT" in message["headers"][0][1]


async def test_middleware_adds_the_cookies_of_all_headers() -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    headers = [(b"cookie", b"a=1; b=2"), (b"x", b"c=3"), (b"Cookie", b"d=4")]
    scope = {"type": "http", "headers": headers}

    await CookieMiddleware(app)(scope, None, None)  # type: ignore[arg-type]

    assert seen[0]["cookies"] == {"a": "1", "b": "2", "d": "4"}
    assert "cookies" not in scope


async def test_middleware_refuses_a_scope_without_headers() -> None:
    middleware: Any = CookieMiddleware(none)

    with pytest.raises(ValueError, match="type 'channel' has no headers"):
        await middleware({"type": "channel"}, None, None)


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (b"", {}),
        (b"a=1", {"a": "1"}),
        (b" a = 1 ;b=2;", {"a": "1", "b": "2"}),
        (b"a=1; a=2", {"a": "2"}),
        (b"a=b=c", {"a": "b=c"}),
        (b"alone", {"": "alone"}),
        (b"=; ;", {}),
        (b'a="x y"; b="\\073"', {"a": "x y", "b": ";"}),
        (b"a=\xe9", {"a": "é"}),
        (b"$Path=/; a,b=1", {"$Path": "/", "a,b": "1"}),
        # A name that begins with white space of Unicode is another one.
        (b"\xa0__Host-id=1", {"\xa0__Host-id": "1"}),
        (b"=__Host-id=1", {"": "__Host-id=1"}),
    ],
)
def test_cookies_are_read_as_browsers_write_them(
    header: bytes, found: dict[str, str]
) -> None:
    assert cookies(header) == found


def test_cookie_of_a_longer_path_does_not_count() -> None:
    # Browsers send that one first: a page somewhere below may have planted it.
    assert cookies(b"id=planted; id=of the site") == {"id": "of the site"}


@given(value=st.text('\\"0378a=', max_size=10))
def test_value_is_unquoted_as_python_does_it(value: str) -> None:
    header = f"a={value}".encode()

    assert cookies(header) == {"a": SimpleCookie().value_decode(value)[0]}


def test_long_quoted_value_is_read_once() -> None:
    """Python's own function reads it once for each escape: for minutes."""
    header = b'a="' + b"\\a" * 200_000 + b'"'

    assert cookies(header) == {"a": "a" * 200_000}


def test_no_more_than_some_cookies_are_read(
    caplog: pytest.LogCaptureFixture,
) -> None:
    header = b"; ".join(b"c%d=secret" % n for n in range(10_000))

    with caplog.at_level(logging.WARNING, "minichannels"):
        found = cookies(header)

    assert list(found) == [f"c{n}" for n in range(MOST_COOKIES)]
    assert caplog.messages == ["read 200 cookies, and no more of them"]


def test_cookies_do_not_show_their_values() -> None:
    found = Cookies({"sessionid": "secret"})

    assert repr(found) == str(found) == "<Cookies •••>"
    assert found == {"sessionid": "secret"}


@pytest.mark.parametrize(
    ("options", "header"),
    [
        ({}, "a=1; Path=/; SameSite=lax"),
        ({"samesite": None, "path": None}, "a=1"),
        ({"samesite": "Strict"}, "a=1; Path=/; SameSite=Strict"),
        ({"samesite": "None"}, "a=1; Path=/; SameSite=None"),
        (
            {"secure": True, "httponly": True},
            "a=1; HttpOnly; Path=/; SameSite=lax; Secure",
        ),
        ({"domain": "a.org"}, "a=1; Domain=a.org; Path=/; SameSite=lax"),
        (
            {"max_age": 60},
            "a=1; expires=Tue, 01 Jan 2030 12:01:00 GMT; Max-Age=60; Path=/;"
            " SameSite=lax",
        ),
        (
            {"max_age": 60, "expires": "some day"},
            "a=1; expires=some day; Max-Age=60; Path=/; SameSite=lax",
        ),
    ],
)
def test_set_cookie_writes_what_it_is_given(
    options: dict[str, Any], header: str
) -> None:
    assert cookie("a", "1", **options) == header


@pytest.mark.parametrize(
    "zone", [UTC, None, timezone(timedelta(hours=5))], ids=str
)
def test_set_cookie_takes_a_moment_in_any_zone(zone: Any) -> None:
    moment = NOON + timedelta(seconds=59)
    moment = moment.astimezone(zone or UTC).replace(tzinfo=zone)

    header = cookie("a", expires=moment)

    assert "expires=Tue, 01 Jan 2030 12:01:00 GMT; Max-Age=60;" in header


@pytest.mark.skipif(sys.platform == "win32", reason="no time.tzset()")
def test_moment_without_a_zone_is_in_utc_wherever_the_server_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "XXX-5")
        time.tzset()
        header = cookie("a", expires=NOON.replace(tzinfo=None))
    time.tzset()

    assert "expires=Tue, 01 Jan 2030 12:00:01 GMT;" in header


def test_set_cookie_of_a_moment_in_the_past_ends_the_cookie() -> None:
    header = cookie("a", expires=NOON - timedelta(days=2))

    assert "Max-Age=0;" in header


@pytest.mark.parametrize("value", ["ü", b"\xc3\xbc", 1])
def test_set_cookie_takes_texts_bytes_and_numbers(value: object) -> None:
    wanted = {"ü": "ü", b"\xc3\xbc": "ü", 1: "1"}[value]

    header = cookie("a", value, path=None, samesite=None)

    assert cookies(header.encode()) == {"a": wanted}


def test_set_cookie_leaves_the_lists_of_others_alone() -> None:
    shared = ((b"x", b"y"),)
    message: Message = {"headers": shared}

    CookieMiddleware.set_cookie(message, "a", "1")

    assert shared == ((b"x", b"y"),)
    assert [name for name, _ in message["headers"]] == [b"x", b"set-cookie"]


def test_delete_cookie_ends_it_where_it_was_set() -> None:
    message: Message = {}

    CookieMiddleware.delete_cookie(message, "a", "/x", "a.org")

    assert message["headers"] == [
        (
            b"set-cookie",
            b'a=""; Domain=a.org; expires=Thu, 01-Jan-1970 00:00:00 GMT;'
            b" Max-Age=0; Path=/x; SameSite=lax",
        )
    ]


@pytest.mark.parametrize("name", ["path", "domain", "expires"])
@pytest.mark.parametrize("text", ["/; Domain=evil", "/\r\nx: y", "/\0", "é"])
def test_attribute_cannot_begin_another(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=f"a cookie's {name} is printable"):
        cookie("a", "1", **{name: text})


@pytest.mark.parametrize("value", ["a\r\nx: y", "a; Domain=evil", "\0", "\x7f"])
def test_value_cannot_end_its_header(value: str) -> None:
    try:
        header = cookie("a", value, path=None, samesite=None)
    except (ValueError, CookieError):  # as newer Pythons say of some
        return
    assert header.isprintable()
    assert header.count(";") == 0
    assert cookies(header.encode()) == {"a": value}


class Cookie(SimpleCookie):
    """One of a newer Python, which refuses control characters by itself."""

    def __setitem__(self, key: str, value: object) -> None:
        raise CookieError(f"not allowed in cookies {value!r}")


def test_value_that_python_refuses_is_not_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("minichannels.sessions.cookies.SimpleCookie", Cookie)

    with pytest.raises(ValueError, match="no control characters") as caught:
        cookie("a", "secret\r\nx: y")

    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_header_with_a_control_character_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unquoted = "minichannels.sessions.cookies.SimpleCookie.value_encode"
    monkeypatch.setattr(unquoted, lambda _, value: (value, value))

    with pytest.raises(ValueError, match="no control characters") as caught:
        cookie("a", "secret\r\nx: y")

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["a;b", "a b", "a\r\n", "ü", "path"])
def test_name_that_no_cookie_can_have_is_refused(name: str) -> None:
    with pytest.raises(CookieError):
        cookie(name)


def test_samesite_is_one_of_three() -> None:
    with pytest.raises(ValueError, match=r"or 'none', not 'any'"):
        cookie("a", samesite="any")
