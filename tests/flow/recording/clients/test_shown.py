"""What a client shows, and what is left of it."""

from typing import Any

import pytest

from minichannels.flow.journal.masking import secrets_shown
from minichannels.flow.recording.clients.shown import (
    pairs_of,
    secrets_of,
    together,
    without,
    without_end,
)


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
KEY = "a-key-of-1234567890"


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
        ((b"Set-Cookie2", b"a=one-of-two; Path=/"), "one-of-two"),
        ((b"Cookie2", b"$Version=1; a=one-of-two"), "one-of-two"),
        ((b"Proxy-Authorization", b"Bearer one-of-two"), "one-of-two"),
        ((b"X-CSRFToken", b"one-of-two"), "one-of-two"),
        ((b"X-Amz-Security-Token", b"one-of-two"), "one-of-two"),
        ((b"X-Session", b"one-of-two"), "one-of-two"),
        ((b"X-Auth", JWT.encode()), JWT),
        ((b"X-Hub-Signature", f"sha1={JWT}".encode()), JWT),
        ((b"Referer", b"https://a/?token=one-of-two&b=c"), "one-of-two"),
        ((b"Referer", b"https://a/?b=c#jwt=one%2Dof-two"), "one-of-two"),
        ((b"Location", b"/a?b=c;user%5Bpin%5D=one-of-two"), "one-of-two"),
        ((b"location", b"/a?code=one-of-two&state=c"), "one-of-two"),
        ((b"Link", b"</a?token=one-of-two>; rel=next"), "one-of-two"),
        ((b"sec-websocket-protocol", f"token.{JWT}".encode()), JWT),
        (
            (b"sec-websocket-protocol", b'["bearer", "one-of-two"]'),
            "one-of-two",
        ),
        ((b"sec-websocket-protocol", b"ticket,one-of-two"), "one-of-two"),
        ((b"sec-websocket-protocol", f"chat, {JWT}".encode()), JWT),
        ((b"sec-websocket-protocol", f"header-{JWT}".encode()), JWT),
        *(
            ((b"sec-websocket-protocol", f"a, {before}{KEY}".encode()), KEY)
            for before in (
                *("bearer-", "bearer.", "access_token:", "token=", "Bearer_"),
                *("authorization.bearer.", "openai-insecure-api-key."),
                "base64url.bearer.authorization.k8s.io.",
            )
        ),
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
        ((b"x" * 100 + b"-tokening", b"one-of-two"), "one-of-two"),
        ((b"X-Auth", b"one-of-two"), "one-of-two"),
        ((b"Signature-Input", b"one-of-two"), "one-of-two"),
        ((b"Referer", b"https://a/?author=one-of-two"), "one-of-two"),
        ((b"Location", b"/a?code=one-of-two&b=c"), "one-of-two"),
        ((b"Refresh", b"5; url=/one-of-two"), "one-of-two"),
        ((b"sec-websocket-protocol", b"token-one-of-two"), "one-of-two"),
        (
            (b"sec-websocket-protocol", b"v4.channel.k8s.io"),
            "v4.channel.k8s.io",
        ),
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
        (b"token_of=one/two-three", "one/two-three, one%2Ftwo-three"),
        ("token=one/two-three", "one/two-three, one%2Ftwo-three"),
        (b"", "one/two-three, one%2Ftwo-three"),
    ],
)
def test_what_an_address_calls_a_secret_is_one(query: Any, left: str) -> None:
    secrets = secrets_of({"query_string": query})

    assert without(secrets, "one/two-three, one%2Ftwo-three") == left


def test_token_among_subprotocols_is_known_without_their_header() -> None:
    said = ["bearer", "one-of-two", 5, "ünder-\u2022"]
    secrets = secrets_of({"subprotocols": said})

    assert secrets == ("one-of-two",)
    assert secrets_of({"subprotocols": []}) == ()
    assert secrets_of({"subprotocols": "bearer,one-of-two"}) == ()
    with secrets_shown():
        assert secrets_of({"subprotocols": said}) == ()


def test_secrets_of_two_places_are_all_known() -> None:
    some = ("123456789",)

    assert together(some, ("one-of-two",)) == ("one-of-two", "123456789")
    assert together(some, ()) == together((), some) == some


@pytest.mark.parametrize(
    "other", [(b"a", "b"), ("a", b"b"), (b"a",), (b"a", b"b", b"c"), b"ab", 1]
)
def test_what_is_no_name_with_a_value_is_no_header(other: Any) -> None:
    host = (b"host", b"here")
    assert pairs_of([other, host]) == pairs_of((host, other)) == [host]
