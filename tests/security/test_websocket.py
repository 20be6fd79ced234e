import logging
from typing import Any
from urllib.parse import urlparse

import pytest

from minichannels.consumer import AsyncConsumer
from minichannels.security.websocket import (
    AllowedHostsOriginValidator,
    OriginValidator,
    WebsocketDenier,
)
from minichannels.testing import ApplicationCommunicator, WebsocketCommunicator
from minichannels.types import Message, Receive, Scope, Send


async def accept(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})


async def is_accepted(app: Any, *origins: bytes) -> bool:
    headers = [(b"host", b"example.com")]
    headers += [(b"origin", origin) for origin in origins]
    async with WebsocketCommunicator(app, "/", headers) as communicator:
        accepted, _ = await communicator.connect()
    return accepted


@pytest.mark.parametrize(
    ("allowed", "origin"),
    [
        ("*", b"http://anywhere"),
        ("example.com", b"http://example.com"),
        ("example.com", b"https://example.com:8000"),
        ("EXAMPLE.com", b"http://Example.COM"),
        (".example.com", b"http://example.com"),
        (".example.com", b"http://a.b.example.com"),
        ("127.0.0.1", b"http://127.0.0.1:8000"),
        ("[::1]", b"http://[::1]:8000"),
        ("::1", b"http://[::1]:8000"),
        ("http://example.com", b"http://example.com"),
        ("http://example.com", b"http://example.com:80"),
        ("http://example.com:80", b"http://example.com"),
        ("https://example.com", b"https://example.com:443"),
        ("ws://example.com:80", b"ws://example.com"),
        ("wss://example.com:443", b"wss://example.com"),
        ("http://example.com:8000", b"http://example.com:8000"),
        ("http://.example.com", b"http://a.example.com"),
        ("HTTP://Example.com", b"http://example.com"),
        ("https://example.com", b"HTTPS://EXAMPLE.COM"),
        ("https://example.com", b"HTTPS://EXAMPLE.COM:443"),
        (".example.com", b"HTTPS://WWW.EXAMPLE.COM"),
        ("http://[::1]:8000", b"http://[::1]:8000"),
        ("chrome-extension://abc", b"chrome-extension://abc"),
    ],
)
async def test_origin_validator_lets_an_allowed_origin_in(
    allowed: str, origin: bytes
) -> None:
    validator = OriginValidator(accept, ["other.org", allowed])

    assert await is_accepted(validator, origin) is True


@pytest.mark.parametrize(
    ("allowed", "origin"),
    [
        ("example.com", b"http://a.example.com"),
        ("example.com", b"http://notexample.com"),
        ("example.com", b"http://example.com.evil.org"),
        ("example.com", b"null"),
        ("example.com", b"example.com"),
        ("example.com", b""),
        (".example.com", b"http://notexample.com"),
        ("http://example.com", b"https://example.com"),
        ("http://example.com", b"http://example.com:8000"),
        ("http://example.com:8000", b"http://example.com"),
        ("http://[::1]", b"http://[::2]"),
        # Broken origins: a server must not fail on what a client sends.
        ("example.com", b"http://example.com:99999"),
        ("example.com", b"http://example.com:port"),
        ("http://example.com", b"http://example.com:-1"),
        ("example.com", b"http://[::1"),
        ("example.com", b"\xff\xfe"),
    ],
)
async def test_origin_validator_refuses_other_origins(
    allowed: str, origin: bytes
) -> None:
    validator = OriginValidator(accept, [allowed])

    assert await is_accepted(validator, origin) is False


async def test_origin_validator_refuses_a_connection_without_origin() -> None:
    assert await is_accepted(OriginValidator(accept, ["a.org"])) is False


@pytest.mark.parametrize("origins", [(), (b"null",), (b"http://[::1",)])
async def test_origin_validator_lets_all_in_for_a_star(origins: Any) -> None:
    assert await is_accepted(OriginValidator(accept, ["*"]), *origins) is True


@pytest.mark.parametrize("second", [b"http://b.org", b"http://a.org"])
async def test_origin_validator_refuses_two_origins(
    second: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    validator = OriginValidator(accept, ["a.org"])

    with caplog.at_level(logging.WARNING):
        assert not await is_accepted(validator, b"http://a.org", second)
        assert not await is_accepted(validator, second, b"http://a.org")

    assert "refused origin b'http://a.org' and " in caplog.text


FOREIGN = [
    b"null",
    b"http://a.org",  # another scheme
    b"https://a.org:444",
    b"https://www.a.org",
    b"https://a.org.",
    b"https://a.org.evil.org",
    b"https://evil.org#a.org",
    b"https://a.org@evil.org",
    b"HTTP://A.ORG",
    b"HTTPS://WWW.A.ORG",
    b"HTTPS://EVIL.ORG",
    b"https://xn--a-0ga.org",
    "https://á.org".encode(),
    "https://\u0430.org".encode(),  # a Cyrillic letter
]


@pytest.mark.parametrize("origin", FOREIGN)
async def test_origin_from_elsewhere_is_refused(origin: bytes) -> None:
    validator = OriginValidator(accept, ["https://a.org"])

    assert not await is_accepted(validator, origin)
    assert await is_accepted(validator, b"HTTPS://A.ORG")


async def test_origin_validator_accepts_a_scope_without_headers() -> None:
    app = OriginValidator(accept, ["a.org"])
    scope: Scope = {"type": "websocket"}

    async with ApplicationCommunicator(app, scope) as communicator:
        await communicator.send_input({"type": "websocket.connect"})
        event = await communicator.receive_output()

    assert event["type"] == "websocket.close"


async def test_origin_validator_logs_whom_it_refused(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        await is_accepted(OriginValidator(accept, ["a.org"]), b"http://b.org")

    assert caplog.messages == [
        "refused origin b'http://b.org'; allowed: ['a.org']"
    ]


async def test_origin_validator_passes_the_scope_on() -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    communicator = WebsocketCommunicator(OriginValidator(app, ["*"]), "/x")
    await communicator.wait()

    assert seen == [communicator.scope]


async def test_origin_validator_is_for_websockets_alone() -> None:
    validator = OriginValidator(accept, ["*"])

    with pytest.raises(
        ValueError,
        match="OriginValidator is for scopes of type 'websocket', not 'http'",
    ):
        await ApplicationCommunicator(validator, {"type": "http"}).wait()


async def test_origin_validator_can_be_overridden() -> None:
    class NobodyFromMars(OriginValidator):
        def validate_origin(self, parsed_origin: Any) -> bool:
            return not parsed_origin.hostname.endswith(".mars")

    validator = NobodyFromMars(accept, [])

    assert await is_accepted(validator, b"http://rover.mars") is False
    assert await is_accepted(validator, b"http://rover.moon") is True


def test_match_allowed_origin_needs_an_origin() -> None:
    validator = OriginValidator(accept, [])

    assert validator.match_allowed_origin(None, "a.org") is False


@pytest.mark.parametrize(
    ("origin", "port"),
    [
        ("http://a", 80),
        ("ws://a", 80),
        ("https://a", 443),
        ("wss://a", 443),
        ("ftp://a", None),
        ("https://a:8000", 8000),
        ("ftp://a:0", 0),
    ],
)
def test_get_origin_port_knows_the_port_of_a_scheme(
    origin: str, port: int | None
) -> None:
    validator = OriginValidator(accept, [])

    assert validator.get_origin_port(urlparse(origin)) == port


@pytest.mark.parametrize(
    "allowed", ["http://a.org:99999", "http://[::1", "[::1", "a.org:port"]
)
def test_origin_validator_refuses_what_is_no_address(allowed: str) -> None:
    with pytest.raises(ValueError, match=r"^origin '.*' is no address: "):
        OriginValidator(accept, [allowed])


@pytest.mark.parametrize(
    ("allowed", "right"),
    [
        ("localhost:8000", "'http://localhost:8000', or 'localhost' for any"),
        ("A.org:80", "'http://A.org:80', or 'a.org' for any port$"),
    ],
)
def test_origin_validator_refuses_a_port_without_a_scheme(
    allowed: str, right: str
) -> None:
    problem = f"allowed origin '{allowed}' has no scheme; write {right}"
    with pytest.raises(ValueError, match=problem):
        OriginValidator(accept, ["*", allowed])


@pytest.mark.parametrize("slip", ["http:", "http:/", "http//", "https//"])
def test_origin_validator_says_how_an_address_begins(slip: str) -> None:
    scheme = slip.rstrip(":/")
    right = f"'{slip}a.org/' is no address; write '{scheme}://a.org/'$"
    with pytest.raises(ValueError, match=right):
        OriginValidator(accept, [f"{slip}a.org/"])


@pytest.mark.parametrize("allowed", ["localhost", "*", "127.0.0.1:8000"])
async def test_origin_validator_takes_hosts_and_the_star(allowed: str) -> None:
    validator = OriginValidator(accept, [allowed])

    assert validator.allowed_origins == [allowed]


def test_origin_validator_refuses_a_string_of_origins() -> None:
    with pytest.raises(TypeError, match=r"list of strings; use \['a\.org'\]"):
        OriginValidator(accept, "a.org")


def test_origin_validator_refuses_a_consumer_class() -> None:
    class Chat(AsyncConsumer):
        pass

    with pytest.raises(TypeError, match=r"use Chat\.as_asgi\(\)"):
        OriginValidator(Chat, ["*"])  # type: ignore[arg-type]


def test_origin_validator_repr_names_application_and_origins() -> None:
    assert repr(OriginValidator(accept, ["*"])) == (
        "OriginValidator(accept, ['*'])"
    )


async def test_allowed_hosts_origin_validator_allows_its_hosts() -> None:
    validator = AllowedHostsOriginValidator(accept, ["a.org", "localhost"])

    assert await is_accepted(validator, b"http://localhost:8888") is True
    assert await is_accepted(validator, b"http://b.org") is False


def test_allowed_hosts_origin_validator_asks_for_the_hosts() -> None:
    with pytest.raises(
        TypeError,
        match=r"allowed_hosts is missing; give them, .* INSTALLED_APPS",
    ):
        AllowedHostsOriginValidator(accept)


async def test_websocket_denier_refuses() -> None:
    denier = WebsocketDenier.as_asgi()

    async with WebsocketCommunicator(denier, "/") as communicator:
        assert await communicator.connect() == (False, 1000)


async def test_origin_validator_refusal_ends_with_the_connection() -> None:
    validator = OriginValidator(accept, [])
    communicator = WebsocketCommunicator(validator, "/")
    sent: list[Message] = []

    await communicator.send_input({"type": "websocket.connect"})
    sent.append(await communicator.receive_output())
    await communicator.disconnect(code=1006)

    assert [event["type"] for event in sent] == ["websocket.close"]
    assert not communicator.future.cancelled()


@pytest.mark.parametrize("bad", ["http://a", 5, None, [5], ["http://a", b"b"]])
def test_origin_validator_refuses_what_is_no_list_of_strings(bad: Any) -> None:
    with pytest.raises(TypeError, match="are a list of strings; "):
        OriginValidator(accept, bad)


@pytest.mark.parametrize(
    "allowed",
    [
        "*.example.com",
        "http://*.example.com",
        "http*://example.com",
        "https://*",
        "",
        ".",
        "http://",
        "file://",
        "//example.com/*",
        "/example.com",
        "example.com, example.org",
        "http://example.com http://example.org",
        "example.com\nexample.org",
        "http://example.com\thttp://example.org",
        "http://a..example.com",
        " example.com",
        "bücher.example",
        "null",
    ],
)
def test_origin_that_can_match_nothing_is_refused_at_once(allowed: str) -> None:
    with pytest.raises(ValueError, match="names no host that could match; "):
        OriginValidator(accept, ["example.com", allowed])


@pytest.mark.parametrize(
    ("allowed", "origin"),
    [
        ("[::1]", "http://[::1]:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("my_host-2.local.", "http://my_host-2.local."),
        ("EXAMPLE.com", "http://example.com"),
        ("example.com\n", "http://example.com"),
    ],
)
def test_origin_that_looks_odd_may_match(allowed: str, origin: str) -> None:
    validator = OriginValidator(accept, [allowed])
    assert validator.valid_origin(urlparse(origin))


@pytest.mark.parametrize("name", ["match_allowed_origin", "validate_origin"])
def test_origins_of_a_subclass_that_compares_are_its_own(name: str) -> None:
    class Globbing(OriginValidator):
        pass

    setattr(Globbing, name, lambda self, *origin: True)
    validator = Globbing(accept, ["http://*.example.com"])
    assert validator.valid_origin(urlparse("http://a.example.com"))
