import math
import re
from typing import Any

import pytest

from minichannels.lab import Server, serve
from minichannels.lab.beyond.air import air
from minichannels.lab.beyond.aprs_is import aprs_is
from minichannels.lab.clients.arguments import headers_of
from minichannels.lab.clients.http import Asking
from minichannels.lab.keeping.home import shared_folder
from support.lab import echo


@pytest.fixture
def server() -> Server:
    return serve(echo)


@pytest.mark.parametrize(
    "given",
    [
        {"X-A": "é"},
        [("X-A", "é")],
        [["X-A", "é"]],
        [(b"X-A", b"\xe9")],
        {"X-A": "é"}.items(),
    ],
)
def test_headers_are_a_dict_or_pairs(given: Any) -> None:
    assert headers_of(given) == [("X-A", "é")]


def test_blanks_around_a_value_are_no_part_of_it() -> None:
    assert headers_of({"X-A": " a b\t"}) == [("X-A", "a b")]


def test_no_headers_are_none() -> None:
    assert headers_of(None) == headers_of({}) == []


@pytest.mark.parametrize(
    ("given", "kind", "expected"),
    [
        ("Origin: a", TypeError, "http://a.example'}; not 'Origin: a'"),
        (b"a", TypeError, "headers is a dict of texts"),
        (5, TypeError, "'http://a.example'}; not 5"),
        (["Origin"], TypeError, "there is 'Origin' in it"),
        ([("a", "b", "c")], TypeError, "there is ('a', 'b', 'c') in it"),
        ({"X-A": 5}, TypeError, "5 in it is no text"),
        ({5: "a"}, TypeError, "5 in it is no text"),
        ({"X A": "b"}, ValueError, "one word without blanks, such as 'Origin'"),
        ({"": "b"}, ValueError, "such as 'Origin', not ''"),
        (
            {"X-A": "b\r\nc"},
            ValueError,
            "one line; that of 'X-A' is 'b\\r\\nc'",
        ),
        ({"X-A": "5 €"}, ValueError, "in that of 'X-A' there is '€': write it"),
    ],
)
def test_what_are_no_headers_is_an_error(
    given: Any, kind: type[Exception], expected: str
) -> None:
    with pytest.raises(kind, match=re.escape(expected)):
        headers_of(given)


@pytest.mark.parametrize(
    ("options", "kind", "expected"),
    [
        ({"name": 5}, TypeError, "a client's name is a str, not 5"),
        ({"headers": 5}, TypeError, "headers is a dict of texts"),
        ({"subprotocols": "a"}, TypeError, "a list of names; write ['a']"),
        ({"subprotocols": 5}, TypeError, "such as ['chat'], not 5"),
        ({"subprotocols": [5]}, ValueError, "such as 'chat', not 5"),
        ({"subprotocols": ["a b"]}, ValueError, "such as 'chat', not 'a b'"),
        ({"timeout": "5"}, TypeError, "a number of seconds such as 5, not '5'"),
        ({"timeout": float("nan")}, TypeError, "such as 5, not nan"),
        ({"timeout": -1}, ValueError, "such as 5, not -1"),
    ],
)
async def test_connect_says_what_it_takes(
    server: Server,
    options: dict[str, Any],
    kind: type[Exception],
    expected: str,
) -> None:
    with pytest.raises(kind, match=re.escape(expected)):
        await server.connect("/", **options)

    assert server.clients == []


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/" + "a" * 9_000, {}),
        ("/", {"headers": {"X-A": "a" * 9_000}}),
        ("/", {"subprotocols": ["a" * 9_000]}),
        ("/", {"headers": [("X-A", "a")] * 130}),
        ("/", {"headers": {"Content-Length": "5"}}),
        ("/", {"headers": {"Transfer-Encoding": "chunked"}}),
    ],
    ids=["path", "header", "subprotocol", "headers", "length", "coding"],
)
async def test_connect_sends_no_request_that_servers_leave_unanswered(
    server: Server, path: str, options: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="no body, up to 128 headers, and"):
        await server.connect(path, **options)

    assert server.clients == []


@pytest.mark.parametrize(
    ("method", "options", "kind", "expected"),
    [
        ("G T", {}, ValueError, "one word such as 'GET', not 'G T'"),
        (None, {}, ValueError, "one word such as 'GET', not None"),
        ("POST", {"body": "a"}, TypeError, "no 'body'; it has data, json, hea"),
        ("POST", {"data": {"a": 1}}, TypeError, "write json=…"),
        ("POST", {"data": None}, TypeError, "a text or bytes, not None"),
        ("POST", {"data": "\udc80"}, ValueError, "one half of a character"),
        ("POST", {"json": {1, 2}}, TypeError, "lists, dicts; Object of type s"),
        ("POST", {"json": [math.nan]}, ValueError, "dicts; Out of range float"),
        ("GET", {"headers": 5}, TypeError, "headers is a dict of texts"),
        ("GET", {"timeout": "5"}, TypeError, "a number of seconds such as 5"),
    ],
)
async def test_request_says_what_it_takes(
    server: Server,
    method: Any,
    options: dict[str, Any],
    kind: type[Exception],
    expected: str,
) -> None:
    with pytest.raises(kind, match=re.escape(expected)):
        await server.request(method, "/", **options)


async def test_path_is_a_text(server: Server) -> None:
    wrong: Any = b"/chat"
    with pytest.raises(TypeError, match="a text such as '/chat', not b'/chat'"):
        await server.get(wrong)


async def test_settle_takes_seconds(server: Server) -> None:
    wrong: Any = "5"
    with pytest.raises(TypeError, match="a number of seconds such as 5"):
        await server.settle(wrong)


def test_own_headers_come_in_place_of_the_usual_ones() -> None:
    own = [("X-A", "one"), ("x-a", "two"), ("Host", "b")]

    request, _ = Asking(method="GET", target="/", headers=own).prepared("a")

    assert list(request.headers) == [
        (b"connection", b"close"),
        (b"x-a", b"one"),
        (b"x-a", b"two"),
        (b"host", b"b"),
    ]


def test_serve_takes_seconds() -> None:
    wrong: Any = "5"
    with pytest.raises(TypeError, match="a number of seconds such as 5"):
        serve(echo, timeout=wrong)


@pytest.mark.parametrize("begin", [air, aprs_is])
def test_port_beyond_the_web_is_a_port(begin: Any) -> None:
    with pytest.raises(ValueError, match="from 0 to 65535, not -1"):
        begin(port=-1)


@pytest.mark.parametrize("name", [None, "", "..", "a/b", "/a", 7])
def test_shared_folder_has_one_name(name: Any) -> None:
    with pytest.raises(ValueError, match="such as 'workshop', not"):
        shared_folder(name)
