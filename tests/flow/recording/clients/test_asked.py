"""What the headers of a request say is found out once for all alike."""

from typing import Any

import pytest

from minichannels.flow.journal.masking import secrets_shown
from minichannels.flow.recording.application.recorder import Recorder
from minichannels.flow.recording.clients.asked import address_in, asked_by
from minichannels.types import Receive, Scope, Send

HOST = (b"host", b"localhost")
COOKIE = (b"cookie", b"sid=0123456789abcdef")


def test_headers_that_are_alike_are_read_once() -> None:
    first = asked_by({"headers": [HOST, COOKIE]})

    assert asked_by({"headers": [HOST, COOKIE]}) is first
    assert first.headers == dict([HOST, COOKIE])
    assert first.secrets == ("0123456789abcdef",)


def test_headers_that_differ_in_one_letter_are_others() -> None:
    first = asked_by({"headers": [HOST, COOKIE]})

    other = asked_by({"headers": [HOST, (COOKIE[0], COOKIE[1][:-1])]})

    assert other.secrets == ("0123456789abcde",)
    assert other != first


@pytest.mark.parametrize(
    "headers",
    [
        [[*HOST], COOKIE],
        [HOST, COOKIE, ("no", "bytes")],
        [HOST, COOKIE, {}],
        (HOST, COOKIE),
        ([*HOST], [*COOKIE]),
    ],
)
def test_headers_are_read_as_far_as_they_are_some(headers: Any) -> None:
    asked = asked_by({"headers": headers})

    assert asked.headers == dict([HOST, COOKIE])
    assert asked.secrets == ("0123456789abcdef",)


def test_header_that_changes_is_read_again() -> None:
    headers: Any = [[*HOST]]
    asked_by({"headers": headers})
    headers[0][1] = b"elsewhere"

    assert asked_by({"headers": headers}).headers == {b"host": b"elsewhere"}


@pytest.mark.parametrize("scope", [{}, {"headers": None}, {"headers": []}])
def test_scope_without_headers_says_nothing(scope: Any) -> None:
    assert (asked_by(scope).headers, asked_by(scope).secrets) == ({}, ())


def test_of_several_with_one_name_the_last_counts() -> None:
    asked = asked_by({"headers": [HOST, (b"host", b"second")]})

    assert asked.headers == {b"host": b"second"}


def test_where_secrets_are_shown_there_are_none() -> None:
    scope = {"headers": [HOST, COOKIE]}
    assert asked_by(scope).secrets

    with secrets_shown():
        assert asked_by(scope).secrets == ()

    assert asked_by(scope).secrets


NO_TEXT: list[Any] = [None, 1, b"x", [], {}, ["a"], ("a",), object()]


@pytest.mark.parametrize(
    ("client", "address"),
    [
        (("::1", 7, 0, 0), ("::1", 7)),
        (["testclient", 50_000], ("testclient", 50_000)),
        (("/run/site.sock", None), ("/run/site.sock", 0)),
        *((value, None) for value in NO_TEXT),
        *((value, None) for value in ["ab", (1, 2), (["a"], 1), ("a", "1")]),
    ],
)
def test_what_is_no_address_is_not_known(client: Any, address: Any) -> None:
    assert address_in({"client": client}) == address


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    for type_ in ("start", "body"):
        message = {"type": f"http.response.{type_}", "status": 200}
        await send({**message, "headers": [], "body": b""})


@pytest.mark.parametrize("folds_bodies", [False, True])
@pytest.mark.parametrize("agent", [b"curl", b"Mozilla/5.0"])
@pytest.mark.parametrize("part", ["client", "path", "method"])
@pytest.mark.parametrize("value", [*NO_TEXT, (["a"], {}), (1, 2)])
async def test_a_scope_of_whatever_is_recorded(
    part: str, value: Any, agent: bytes, *, folds_bodies: bool
) -> None:
    scope = {"type": "http", "path": "/", "headers": [(b"user-agent", agent)]}
    recorder = Recorder(answer, folds_bodies=folds_bodies)
    sent: list[Any] = []

    async def receive() -> Any:
        raise NotImplementedError

    async def send(message: Any) -> None:
        sent.append(message)

    for _ in range(2):
        await recorder(scope | {part: value}, receive, send)

    assert len(sent) == 4
    assert len(recorder.journal.line_up()) == 4
