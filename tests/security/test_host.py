"""Requests for other hosts are refused."""

import logging
from typing import Any

import pytest

from minichannels.security.host import HostValidator
from minichannels.testing import HttpCommunicator, WebsocketCommunicator
from minichannels.types import Receive, Scope, Send

ALLOWED = ["example.com", ".example.org", "127.0.0.1", "[::1]"]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": b""})


async def status(*hosts: bytes, allowed: Any = ALLOWED) -> int:
    return int((await answer(*hosts, allowed=allowed))["status"])


async def answer(*hosts: bytes, allowed: Any = ALLOWED) -> dict[str, Any]:
    headers = [(b"accept", b"*/*"), *((b"host", host) for host in hosts)]
    validator = HostValidator(app, allowed)
    client = HttpCommunicator(validator, "GET", "/", headers=headers)
    response = await client.get_response()
    await client.wait()
    return response


@pytest.mark.parametrize(
    "host",
    [
        b"example.com",
        b"example.com:8000",
        b"EXAMPLE.com",
        b"example.com.",
        b"example.org",
        b"a.b.example.org:1",
        b"127.0.0.1:8000",
        b"[::1]",
        b"[::1]:8000",
    ],
)
async def test_allowed_host_passes(host: bytes) -> None:
    assert await status(host) == 200


FORGED = [
    b"evil.org",
    b"a.example.com",
    b"example.com.evil.org",
    b"notexample.org",
    b"example.com@evil.org",
    b"example.com:80@evil.org",
    b"example.com/evil",
    b"example.com:port",
    b"example.com\r\nx: y",
    b"example.com, evil.org",
    b"ex\xc3\xa4mple.com",
    b"xn--exmple-cua.com",
    b"[::1",
    b":80",
    b"",
]


@pytest.mark.parametrize("host", FORGED)
async def test_forged_host_is_refused(host: bytes) -> None:
    assert await status(host) == 400


async def test_who_is_refused_is_told_why() -> None:
    refused = await answer(b"evil.org")

    assert refused["headers"] == [(b"content-type", b"text/plain")]
    assert refused["body"] == b"unknown host"


async def test_no_host_and_two_hosts_are_refused() -> None:
    assert await status() == 400
    assert await status(b"example.com", b"example.com") == 400


async def test_any_host_is_one_that_can_be() -> None:
    assert await status(b"evil.org", allowed=["*"]) == 200
    assert await status(b"evil.org/x", allowed=["*"]) == 400


@pytest.mark.parametrize(
    ("host", "accepted"), [(b"example.com", True), (b"evil.org", False)]
)
async def test_websockets_are_looked_at_too(
    host: bytes, accepted: bool, caplog: pytest.LogCaptureFixture
) -> None:
    validator = HostValidator(app, ALLOWED)
    client = WebsocketCommunicator(validator, "/", [(b"host", host)])

    with caplog.at_level(logging.WARNING, "minichannels"):
        async with client:
            assert (await client.connect())[0] is accepted

    refused = "refused host [b'evil.org']; allowed: ['example.com',"
    assert [m.startswith(refused) for m in caplog.messages] == (
        [] if accepted else [True]
    )


async def test_other_scopes_have_no_host() -> None:
    seen: list[Scope] = []

    async def keeps(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    validator: Any = HostValidator(keeps, [])
    await validator({"type": "lifespan"}, None, None)

    assert seen == [{"type": "lifespan"}]


def test_hosts_are_a_list() -> None:
    with pytest.raises(TypeError, match=r"use \['example.com'\]"):
        HostValidator(app, "example.com")
    with pytest.raises(TypeError, match="the validated application"):
        HostValidator(None, [])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "allowed",
    [
        "*.example.com",
        "",
        ".",
        "http://example.com",
        "example.com:80",
        "example.com.",
        "example.com, example.org",
        "::1",
        "bücher.example",
    ],
)
def test_host_that_can_match_nothing_is_refused_at_once(allowed: str) -> None:
    with pytest.raises(ValueError, match="is none that could match; write one"):
        HostValidator(app, ["example.com", allowed])


def test_hosts_of_a_subclass_that_compares_are_its_own() -> None:
    class Globbing(HostValidator):
        def valid_host(self, header: bytes) -> bool:
            return True

    assert Globbing(app, ["*.example.com"]).valid_host(b"a.example.com")


def test_repr_says_what_is_allowed() -> None:
    assert (
        repr(HostValidator(app, ["A.org"])) == "HostValidator(app, ['a.org'])"
    )
