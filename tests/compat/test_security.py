import importlib
from collections.abc import Callable
from typing import Any
from urllib.parse import urlparse

import pytest

from minichannels.testing import WebsocketCommunicator
from minichannels.types import Receive, Scope, Send

Load = Callable[[str], Any]


@pytest.fixture
def security(package: Load) -> Any:
    return package("security.websocket")


async def accept(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})


async def answer(app: Any, *origins: bytes) -> tuple[bool, Any]:
    headers = [(b"origin", origin) for origin in origins]
    async with WebsocketCommunicator(app, "/", headers) as communicator:
        return await communicator.connect()


ALLOWED = [
    [],
    ["*"],
    ["example.com"],
    [".example.com"],
    ["http://example.com"],
    ["https://example.com"],
    ["http://.example.com:80"],
    ["http://example.com:8000"],
    ["127.0.0.1:8000"],
    ["[::1]"],
    ["::1"],
    ["other.org", "::1"],
    ["http://[::1]:8000"],
    ["EXAMPLE.com"],
    ["HTTP://EXAMPLE.com"],
    ["other.org", "http://example.com"],
]
ORIGINS = [
    b"http://example.com",
    b"https://example.com",
    b"http://example.com:80",
    b"http://example.com:8000",
    b"http://a.example.com",
    b"http://a.example.com:8000",
    b"http://notexample.com",
    b"http://Example.COM",
    b"HTTP://example.com",
    b"HTTPS://EXAMPLE.COM",
    b"HTTPS://EVIL.ORG",
    b"http://127.0.0.1:8000",
    b"http://[::1]",
    b"http://[::1]:8000",
    b"ws://example.com",
    b"example.com",
    b"null",
    b"",
    b"\xff",
]


@pytest.mark.parametrize("allowed", ALLOWED, ids=repr)
async def test_origin_validators_decide_alike(allowed: list[str]) -> None:
    decisions = []
    for name in ("channels", "minichannels"):
        module = importlib.import_module(f"{name}.security.websocket")
        validator = module.OriginValidator(accept, allowed)
        decisions.append(
            [await answer(validator, origin) for origin in ORIGINS]
            + [await answer(validator)]
        )

    assert decisions[0] == decisions[1]


async def test_origin_validator_is_for_websockets(security: Any) -> None:
    validator = security.OriginValidator(accept, ["*"])

    with pytest.raises(ValueError, match="OriginValidator"):
        await validator({"type": "http"}, None, None)


def test_origin_validator_has_its_parts(security: Any) -> None:
    validator = security.OriginValidator(accept, ["http://a.org"])
    origin = urlparse("http://a.org")

    assert validator.application is accept
    assert validator.allowed_origins == ["http://a.org"]
    assert validator.valid_origin(origin) is True
    assert validator.valid_origin(None) is False
    assert validator.validate_origin(origin) is True
    assert validator.match_allowed_origin(origin, "b.org") is False
    assert validator.match_allowed_origin(None, "a.org") is False
    assert validator.get_origin_port(origin) == 80


async def test_websocket_denier_refuses(security: Any) -> None:
    denier = security.WebsocketDenier.as_asgi()

    assert await answer(denier) == (False, 1000)


# Where they differ, on purpose


@pytest.mark.parametrize(
    "origin", [b"http://example.com:99999", b"http://[::1"]
)
async def test_difference_a_broken_origin_is_refused(origin: bytes) -> None:
    theirs = importlib.import_module("channels.security.websocket")
    ours = importlib.import_module("minichannels.security.websocket")
    allowed = ["http://example.com"]

    with pytest.raises(ValueError, match=r"Port out of range|Invalid IPv6"):
        await answer(theirs.OriginValidator(accept, allowed), origin)

    assert await answer(ours.OriginValidator(accept, allowed), origin) == (
        False,
        1000,
    )


async def test_difference_two_origins_are_refused() -> None:
    theirs = importlib.import_module("channels.security.websocket")
    ours = importlib.import_module("minichannels.security.websocket")
    origins = (b"http://b.org", b"http://a.org")

    for order, accepted in ((origins, True), (origins[::-1], False)):
        validator = theirs.OriginValidator(accept, ["a.org"])
        assert (await answer(validator, *order))[0] is accepted
        validator = ours.OriginValidator(accept, ["a.org"])
        assert await answer(validator, *order) == (False, 1000)


async def test_difference_a_port_needs_a_scheme() -> None:
    theirs = importlib.import_module("channels.security.websocket")
    ours = importlib.import_module("minichannels.security.websocket")
    allowed, origin = ["example.com:8000"], b"http://example.com:8000"

    validator = theirs.OriginValidator(accept, allowed)
    assert await answer(validator, origin) == (False, 1000)

    with pytest.raises(ValueError, match=r"write 'http://example\.com:8000'"):
        ours.OriginValidator(accept, allowed)


async def test_difference_a_broken_port_is_refused_for_a_bare_host() -> None:
    theirs = importlib.import_module("channels.security.websocket")
    ours = importlib.import_module("minichannels.security.websocket")
    origin = b"http://example.com:99999"
    accepted = [
        (await answer(module.OriginValidator(accept, ["example.com"]), origin))
        for module in (theirs, ours)
    ]

    assert accepted == [(True, None), (False, 1000)]


async def test_difference_allowed_hosts_are_an_argument() -> None:
    theirs = importlib.import_module("channels.security.websocket")
    ours = importlib.import_module("minichannels.security.websocket")
    settings = importlib.import_module("django.conf").settings

    with pytest.raises(TypeError, match="allowed_hosts is missing"):
        ours.AllowedHostsOriginValidator(accept)

    for validator in (
        theirs.AllowedHostsOriginValidator(accept),
        ours.AllowedHostsOriginValidator(accept, settings.ALLOWED_HOSTS),
    ):
        assert await answer(validator, b"http://allowed.example") == (
            True,
            None,
        )
        assert await answer(validator, b"http://a.sub.example") == (True, None)
        assert await answer(validator, b"http://a.org") == (False, 1000)
