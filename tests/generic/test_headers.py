from typing import Any
from urllib.parse import parse_qs

import pytest

from minichannels.generic._headers import encode_headers
from minichannels.generic.http import AsyncHttpConsumer
from support.servers import running


def test_encode_headers_of_none_is_none_at_all() -> None:
    assert encode_headers(None) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Room": "lobby", b"Set-Cookie": b"a=1"},
        [("X-Room", b"lobby"), (b"Set-Cookie", "a=1")],
        iter([("x-ROOM", "lobby"), ("set-cookie", "a=1")]),
    ],
)
def test_encode_headers_gives_bytes_with_names_in_lower_case(
    headers: Any,
) -> None:
    assert encode_headers(headers) == [
        (b"x-room", b"lobby"),
        (b"set-cookie", b"a=1"),
    ]


def test_encode_headers_keeps_a_pair_that_is_a_list() -> None:
    assert encode_headers([["X-A", "1"], ("X-B", "2")]) == [
        [b"x-a", b"1"],
        (b"x-b", b"2"),
    ]


def test_encode_headers_keeps_a_name_that_comes_twice() -> None:
    headers = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]

    assert encode_headers(headers) == [
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2"),
    ]


def test_encode_headers_writes_latin_1_and_keeps_the_case_of_values() -> None:
    assert encode_headers({"Name": "Zoë"}) == [(b"name", b"Zo\xeb")]


@pytest.mark.parametrize("bad", ["a\r", "a\nb", b"\r\n", "a\0"])
def test_encode_headers_refuses_a_line_break_and_nul(bad: str | bytes) -> None:
    with pytest.raises(ValueError, match="no line break or NUL; got"):
        encode_headers({"x": bad})
    with pytest.raises(ValueError, match="no line break or NUL; got"):
        encode_headers({bad: "x"})


class Redirect(AsyncHttpConsumer):
    """Sends its client to where that has asked for, as after a login."""

    async def handle(self, body: bytes) -> None:
        (where,) = parse_qs(self.scope["query_string"].decode())["next"]
        await self.send_response(302, b"", headers={"Location": where})


async def test_redirect_to_where_a_client_says_brings_no_other_header() -> None:
    with running(Redirect.as_asgi()) as server:
        async with server.client() as client:
            good = await client.get("/", params={"next": "/home"})
            assert await server.next_end() is None
            for line_break in ("\r\n", "\n", "\r"):
                where = f"/home{line_break}set-cookie: sessionid=planted"
                bad = await client.get("/", params={"next": where})
                assert isinstance(await server.next_end(), ValueError)
                assert bad.status_code == 500
                assert "set-cookie" not in bad.headers

    assert (good.status_code, good.headers["location"]) == (302, "/home")


@pytest.mark.parametrize("bad", [5, None, bytearray(b"x"), ["x"]])
def test_encode_headers_refuses_what_is_neither_str_nor_bytes(
    bad: object,
) -> None:
    with pytest.raises(TypeError) as caught:
        encode_headers([("x", bad)])

    assert str(caught.value) == f"a header is made of str or bytes; got {bad!r}"


@pytest.mark.parametrize("bad", [5, "ab", b"ab", object])
def test_encode_headers_refuses_what_is_no_mapping_nor_pairs(bad: Any) -> None:
    with pytest.raises(TypeError, match="headers are a dict or pairs; got"):
        encode_headers(bad)


@pytest.mark.parametrize("bad", [5, "ab", b"ab", ("a",), ("a", "b", "c")])
def test_encode_headers_refuses_what_is_no_pair(bad: Any) -> None:
    with pytest.raises(TypeError) as caught:
        encode_headers([bad])

    assert str(caught.value) == (
        f"a header is a pair of name and value; got {bad!r}"
    )


@pytest.mark.parametrize("bad", ["", "a b", "a:", b"\xe4", "ä"])
def test_encode_headers_refuses_a_broken_name(bad: str | bytes) -> None:
    with pytest.raises(ValueError, match="letters, digits and '-'; got"):
        encode_headers({bad: "x"})


def test_encode_headers_refuses_what_latin_1_cannot_write() -> None:
    with pytest.raises(ValueError, match="latin-1 alone, and '€' more"):
        encode_headers({"price": "€"})


@pytest.mark.parametrize(
    "headers",
    [
        {"Set-Cookie": "a=hidden\n"},
        {"set-cookie": "a=hidden €"},
        [("Authorization", 5, "hidden")],
        [(b"Cookie", ["hidden"])],
        "Set-Cookie: a=hidden",
    ],
)
def test_error_shows_no_cookie(headers: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="•••") as caught:
        encode_headers(headers)

    assert "hidden" not in str(caught.value)
