import socket
from collections.abc import Sequence

import pytest

from minichannels.flow.web.origin import is_loopback, objection
from support.names import looked_up


def asked(
    *headers: tuple[bytes, bytes], listening_on: str = "127.0.0.1"
) -> str:
    return objection({"type": "http", "headers": headers}, listening_on)


@pytest.mark.parametrize(
    "host",
    [
        b"127.0.0.1:8000",
        b"localhost:8000",
        b"LOCALHOST",
        b"[::1]:8000",
        b"192.168.1.5:8000",  # a number cannot be pointed elsewhere
        b"Laptop.example",
    ],
)
def test_objection_has_none_to_this_machines_names(host: bytes) -> None:
    assert asked((b"host", host), listening_on="laptop.example") == ""


@pytest.mark.parametrize(
    ("hosts", "got"),
    [
        ([b"evil.example:8000"], "got evil.example:8000."),
        ([b"127.0.0.1.evil.example"], "got 127.0.0.1.evil.example."),
        ([b"localhost@evil.example"], "got localhost@evil.example."),
        ([b"evil.example@localhost"], "got evil.example@localhost."),
        ([b"localhost/.evil.example"], "got localhost/.evil.example."),
        ([b"localhost?.evil.example"], "got localhost?.evil.example."),
        ([b"localhost#.evil.example"], "got localhost#.evil.example."),
        ([b"localhost", b"evil.example"], "got localhost, evil.example."),
        ([b"[nonsense"], "got [nonsense."),
        ([b""], "got none."),
        ([], "got none."),
    ],
)
def test_objection_is_to_other_hosts(hosts: Sequence[bytes], got: str) -> None:
    assert asked(*((b"host", host) for host in hosts)).endswith(got)


def test_objection_has_none_to_the_pages_own_origin() -> None:
    origin = b"http://localhost:8000"

    assert asked((b"host", b"localhost:8000"), (b"origin", origin)) == ""


@pytest.mark.parametrize(
    "origin",
    [
        b"http://evil.example",
        b"http://localhost:9999",
        b"https://localhost:8000",
        b"null",
    ],
)
def test_objection_is_to_pages_of_others(origin: bytes) -> None:
    said = asked((b"host", b"localhost:8000"), (b"origin", origin))

    assert said == f"This page is not for those of {origin.decode()}."


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("LocalHost", True),
        ("0.0.0.0", False),
        ("192.168.1.5", False),
        ("127.1", True),
        ("0x7f000001", True),
        ("2130706433", True),
        ("0:0:0:0:0:0:0:1", True),
        ("0", False),
        ("::", False),
        ("192.168.257", False),
        ("no..host", True),
    ],
)
def test_is_loopback_knows_who_can_be_reached(
    host: str, expected: bool
) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        (["::1"], True),
        (["127.0.1.1", "::1"], True),
        (["127.0.1.1", "192.168.1.5"], False),
    ],
)
def test_is_loopback_looks_a_name_up(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str], expected: bool
) -> None:
    known = {"laptop.example": addresses}
    monkeypatch.setattr(socket, "getaddrinfo", looked_up(known))

    assert is_loopback("laptop.example") is expected
