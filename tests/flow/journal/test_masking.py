"""What of a message no journal keeps."""

import json
from typing import Any

import pytest

from minichannels.flow.journal.masking import (
    is_secret_item,
    masked_error,
    masked_text,
    pairs_of,
    secrets_of,
    secrets_shown,
    together,
    without,
    without_end,
)
from minichannels.flow.journal.payloads import kept
from minichannels.sessions import MemoryStore, SessionDict
from minichannels.sessions.cookies import Cookies


@pytest.mark.parametrize(
    "name",
    [
        "token",
        "access_token",
        "Password",
        "client-secret",
        "new_password1",
        "user-passwd",
        "api_key",
        "apikey",
        "x-api-key",
        "secret_access_key",
        "jwt",
        "db_pwd",
        "passphrase",
        "authorization",
        "cookie",
        "cookies",
        "Set-Cookie",
        "sessionid",
        "session_key",
        "JSESSIONID",
        "phpsessid",
    ],
)
def test_value_of_such_a_name_is_a_secret(name: str) -> None:
    assert is_secret_item(name, "x")
    assert kept({name: "x"}) == {name: "•••"}
    assert masked_text(f'{{"{name}" : "x\\"y", "a": 1}}') == (
        f'{{"{name}" : "•••", "a": 1}}'
    )
    assert masked_text(f"/?{name}=x&a=1") == f"/?{name}=•••&a=1"


@pytest.mark.parametrize(
    "name", ["text", "tokens", "message", "user", "session", "x" * 10**6]
)
def test_value_of_another_name_is_none(name: str) -> None:
    assert not is_secret_item(name, "x")


def test_text_without_a_secret_stays_as_it_is() -> None:
    for text in ("hi", "my token is x", '{"a": "token"}', "", "token"):
        assert masked_text(text) == text
    assert masked_text(None) is None


@pytest.mark.parametrize("name", ["user[password]", "a.b%5Btoken%5D"])
def test_field_behind_a_prefix_is_masked(name: str) -> None:
    assert masked_text(f"a=1&{name}=x&b=2") == f"a=1&{name}=•••&b=2"


@pytest.mark.parametrize("more", ["", '; filename="a"\r\nContent-Type: x/y'])
def test_part_of_a_form_is_masked(more: str) -> None:
    head = f'--x\r\nContent-Disposition: form-data; name="password"{more}\r\n'
    other = '\r\n--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb'

    for body in (f"{head}\r\nse\r\ncret{{}}", f"{head}\r\nse--cret{{}}"):
        for end in (other, ""):
            found = masked_text(body.format(end).encode())
            assert found == f"{head}\r\n•••{end}".encode()


def test_part_with_another_name_stays() -> None:
    for name in ('name="a"; filename="password"', 'filename="token"'):
        body = f"--x\r\nContent-Disposition: form-data; {name}\r\n\r\nab"
        assert masked_text(body) == body


def test_text_that_was_cut_is_masked_too() -> None:
    assert masked_text('{"token": "abc') == '{"token": "•••"'


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ('{"pwd": -12.5e3, "a": 1}', '{"pwd": "•••", "a": 1}'),
        ('{"token": true}', '{"token": true}'),
        ("{'token': 'it\\'s', 'a': 1}", "{'token': '•••', 'a': 1}"),
        ("""{'token': "it's", 'a': b'x'}""", "{'token': '•••', 'a': b'x'}"),
        ("{'token': b'x', 'pwd': 12}", "{'token': '•••', 'pwd': '•••'}"),
    ],
)
def test_a_number_and_what_python_shows_are_masked(
    text: str, masked: str
) -> None:
    assert masked_text(text) == masked
    assert masked_text(text.encode()) == masked.encode()


@pytest.mark.parametrize("value", ["x", 'a"b', "a\\b", "ü\n", '\\"', 7])
def test_json_that_stands_in_json_is_masked(value: Any) -> None:
    inner = json.dumps({"password": value, "a": 'say "x"'})
    text = json.dumps({"text": inner, "b": 1})

    found = json.loads(masked_text(text))
    assert found["b"] == 1
    assert json.loads(found["text"]) == {"password": "•••", "a": 'say "x"'}


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (
            "401 for url 'https://a/?api_key=x'",
            "401 for url 'https://a/?api_key=•••",
        ),
        ("it was token='x' here", "it was token=••• here"),
        (
            "postgres://ada:x@db/shop and redis://:x@b",
            "postgres://ada:•••@db/shop and redis://:•••@b",
        ),
        ("http://a:80/@ada", "http://a:80/@ada"),
        ("with Authorization: Bearer x\nhere", "with Authorization: •••\nhere"),
        ("{'token': 'x'}", "{'token': '•••'}"),
        ("my token is x", "my token is x"),
    ],
)
def test_an_error_says_no_secret_that_has_a_name(
    text: str, masked: str
) -> None:
    assert masked_error(text) == masked
    with secrets_shown():
        assert masked_error(text) == text


def test_what_is_kept_has_no_named_secret_at_any_depth() -> None:
    class Text(str):
        __slots__ = ()

    value = '{"token": "x"}'
    masked = '{"token": "•••"}'

    assert kept({"a": [value, Text(value)], "b": bytearray(b"pwd=x")}) == {
        "a": [masked, masked],
        "b": "pwd=•••".encode(),
    }


def test_bytes_are_masked_as_texts_are() -> None:
    assert masked_text(b'{"token": "x"}') == '{"token": "•••"}'.encode()
    assert masked_text(b"user=ada&password=x") == (
        "user=ada&password=•••".encode()
    )


def test_scope_is_kept_without_what_it_knows_of_the_client() -> None:
    session = SessionDict(MemoryStore())
    session["a"] = "x"
    scope = {
        "path": "/",
        "headers": [(b"cookie", b"a=x"), [b"host", b"h"], (1, 2, 3)],
        "cookies": Cookies(a="x"),
        "session": session,
        "other": {"session": {"a": "x"}, "as text": [{"session": "x"}]},
        "jar": Cookies(a="x"),
    }

    assert kept(scope) == {
        "path": "/",
        "headers": [[b"cookie", "•••"], [b"host", b"h"], [1, 2, 3]],
        "cookies": "•••",
        "session": "•••",
        "other": {"session": "•••", "as text": [{"session": "x"}]},
        "jar": "•••",
    }


@pytest.mark.parametrize(
    ("headers", "secrets"),
    [
        ([(b"cookie", b"a=12345678; b=short")], ("12345678",)),
        ([(b"authorization", b"Bearer abcdefghij")], ("abcdefghij",)),
        ([(b"x", b"abcdefghij")], ()),
        (
            [(b"cookie", b"a=12345678"), (b"cookie", b"b=123456789")],
            ("123456789", "12345678"),
        ),
        (None, ()),
        # What no server gives, and must not fail while it is recorded.
        ("cookie", ()),
        ([(b"cookie",), None, (b"cookie", "a=12345678"), ("cookie", 5)], ()),
        ([[b"cookie", b"a=12345678"]], ("12345678",)),
    ],
)
def test_secrets_are_what_is_long_in_such_headers(
    headers: Any, secrets: tuple[str, ...]
) -> None:
    assert secrets_of({"headers": headers}) == secrets


def test_headers_that_can_be_read_once_are_left_to_the_application() -> None:
    headers = iter([(b"cookie", b"a=12345678")])

    assert secrets_of({"headers": headers}) == ()
    assert list(headers) == [(b"cookie", b"a=12345678")]


def test_secrets_are_left_out_wherever_they_stand() -> None:
    value: dict[str, Any] = {"a": ["it is 12345678!", b"12345678", 12345678]}
    value |= {"b": None, "of 12345678": "b"}

    assert without(("12345678",), value) == {
        "a": ["it is •••!", "•••".encode(), 12345678],
        "b": None,
        "of •••": "b",
    }


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a one-of-two b", "a ••• b"),
        ("a one-of-two-more b", "a ••• b"),
        ("a two-more", "a two-more"),
        ("one-of-two-moreone-of-two", "••••••"),
        ("of-two-more", "•••"),
    ],
)
def test_of_secrets_that_overlap_nothing_is_left(text: str, left: str) -> None:
    secrets = ("one-of-two", "of-two-more", "one-of-t")

    assert without(secrets, text) == left
    assert without(secrets[::-1], text.encode()) == left.encode()


@pytest.mark.parametrize(
    ("value", "left"),
    [
        ("it is one-", "it is •••"),
        ("one-of-tw", "•••"),
        ("it is one", "it is one"),  # too little of it
        ("one-of-two", "one-of-two"),  # all of it: others see to that
        ("it is one-of-three", "it is one-of-three"),
        ("it is two-one-", "it is •••"),
        ("", ""),
    ],
)
def test_at_the_end_no_secret_begins(value: str, left: str) -> None:
    secrets = ("one-of-two", "two-one-of-three")

    assert without_end(secrets, value.encode()) == left.encode()
    assert without_end((), value.encode()) == value.encode()


JWT = "eyJhbGciOiJub25lIn0.eyJ1IjoxfQ.c2ln_bmF0-dXJl"


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ((b"cookie", b"a=b; t=one%2Ftwo%3D"), "one/two="),
        ((b"cookie", b"a=b; t=one%2Ftwo%3D"), "one%2Ftwo%3D"),
        ((b"cookie", b"t=one/two+three="), "one%2Ftwo%2Bthree%3D"),
        ((b"cookie", b"t=one/two+three="), "one/two%2Bthree%3D"),
        ((b"cookie", b't="one two\\073three"'), "one two;three"),
        ((b"cookie", b't="one two\\073three"'), "one+two%3Bthree"),
        ((b"cookie", "t=gehüpft-wie".encode()), "gehüpft-wie"),
        ((b"cookie", "t=gehüpft-wie".encode()), "geh\\u00fcpft-wie"),
        ((b"cookie", b"t=geh\xfcpft-wie"), "gehüpft-wie"),
        ((b"cookie", "t=ключ-ключ".encode()), "ключ-ключ"),
        ((b"Cookie", b"a=12345678; b=another-one"), "12345678"),
        ((b"set-cookie", f"t={JWT}; Path=/; Secure".encode()), JWT),
        ((b"authorization", f"Bearer {JWT}".encode()), JWT),
        ((b"authorization", f"Bearer   {JWT} ".encode()), JWT),
        ((b"authorization", JWT.encode()), JWT),
        (
            (b"authorization", b"Basic YWRhOmlzIGEgbG9uZyBvbmU="),
            "is a long one",
        ),
        (
            (b"authorization", b"Basic YWRhOmlzIGEgbG9uZyBvbmU="),
            "is+a+long+one",
        ),
        ((b"authorization", b'Token token="one-of-two"'), "one-of-two"),
        ((b"authorization", b'Digest response="12345678", nc=1'), "12345678"),
        ((b"authorization", b"Basic YWRhOmlzIGEgbG9uZyBvbmU"), "is a long one"),
        ((b"cookie", b"t=one'two\"three&"), "one&#x27;two&quot;three&amp;"),
        ((b"cookie", b"t=one'two\"three&"), "one&#39;two&#34;three&amp;"),
        ((b"cookie", b"t=one/two-three"), "one\\/two-three"),
        ((b"cookie", "t=gehüpft-wie".encode()), "geh\\xc3\\xbcpft-wie"),
        ((b"cookie", b"t=geh\xfcpft-wie"), "geh\\xfcpft-wie"),
        ((b"x-csrftoken", JWT.encode()), JWT),
        ((b"sec-websocket-protocol", f"bearer, {JWT}".encode()), JWT),
        ((b"sec-websocket-protocol", f"a,access_token,{JWT}".encode()), JWT),
        ((b"x-api-key", b"one-of-two"), "one-of-two"),
    ],
)
def test_a_secret_is_known_however_it_is_written_down(
    header: tuple[bytes, bytes], said: str
) -> None:
    secrets = secrets_of({"headers": [header]})

    assert without(secrets, f"it is {said}!") == "it is •••!"
    assert without(secrets, said.encode()) == "•••".encode()


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ((b"cookie", b"a=; b; c=12; =; ;"), "a=; b; c=12; =; ;"),
        ((b"cookie", b"a=%41%42%43"), "ABC"),  # as a form, too short
        ((b"authorization", b"Basic a!"), "Basic ada"),
        ((b"sec-websocket-protocol", b"graphql-ws, one-of-two"), "one-of-two"),
        ((b"authorization", b'Digest username="ada lovelace"'), "lovelace"),
        ((b"authorization", b""), "authorization"),
        ((b"x" * 100 + b"-token", b"one-of-two"), "one-of-two"),
    ],
)
def test_what_is_short_or_a_name_is_no_secret(
    header: tuple[bytes, bytes], said: str
) -> None:
    assert without(secrets_of({"headers": [header]}), said) == said


@pytest.mark.parametrize(
    ("query", "left"),
    [
        (b"token=one%2Ftwo-three", "•••, •••"),
        (b"a=1;user[password]=one/two-three", "•••, •••"),
        (b"tokens=one/two-three", "one/two-three, one%2Ftwo-three"),
        ("token=one/two-three", "one/two-three, one%2Ftwo-three"),
        (b"", "one/two-three, one%2Ftwo-three"),
    ],
)
def test_what_an_address_calls_a_secret_is_one(query: Any, left: str) -> None:
    secrets = secrets_of({"query_string": query})

    assert without(secrets, "one/two-three, one%2Ftwo-three") == left


def test_secrets_of_two_places_are_all_known() -> None:
    some = ("123456789",)

    assert together(some, ("one-of-two",)) == ("one-of-two", "123456789")
    assert together(some, ()) == together((), some) == some


def test_secrets_are_shown_for_a_while_but_no_session() -> None:
    values = {
        "token": "x",
        "session": SessionDict(MemoryStore()),
        "headers": [["cookie", 1]],
    }
    text, scope = '{"token": "abc"}', {"headers": [(b"cookie", b"a=12345678")]}
    masked = {"token": "•••", "session": "•••", "headers": [["cookie", "•••"]]}
    assert kept(values) == masked

    with secrets_shown():
        assert kept(values) == values | {"session": "•••"}
        assert masked_text(text) == text
        assert masked_text(text.encode()) == text.encode()
        assert secrets_of(scope) == ()

    assert kept(values) == masked
    assert secrets_of(scope) == ("12345678",)


@pytest.mark.parametrize(
    "other", [(b"a", "b"), ("a", b"b"), (b"a",), (b"a", b"b", b"c"), b"ab", 1]
)
def test_what_is_no_name_with_a_value_is_no_header(other: Any) -> None:
    host = (b"host", b"here")
    assert pairs_of([other, host]) == pairs_of((host, other)) == [host]
