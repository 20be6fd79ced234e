from typing import Any

import pytest

from minichannels.flow.journal import Event
from minichannels.flow.text import as_text, described, quoted, shortened


def event(kind: str = "receive", **changes: Any) -> Event:
    values = {
        "seq": 1,
        "kind": kind,
        "source": "ada",
        "target": "echo",
        "type": "websocket.receive",
        "payload": {},
        "connection": 1,
    }
    return Event(**{**values, **changes})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("hello", '"hello"'),
        ("", '""'),
        ("a\nb\x00\x7f", r'"a\nb\x00\x7f"'),
        ("\u202eevil", r'"\u202eevil"'),
        ("\ud800", r'"\ud800"'),
        ("é ✗ 😀", '"é ✗ 😀"'),
        ("x" * 60, '"' + "x" * 60 + '"'),
        ("x" * 61, '"' + "x" * 59 + '…"'),
        ('{"message": "hi"}', '{"message":"hi"}'),
        ("[1, 2]", "[1,2]"),
        ('{"a": "\u202e"}', r'{"a":"\u202e"}'),
        ("[broken", '"[broken"'),
        ("[" * 100_000, '"' + "[" * 59 + '…"'),
    ],
)
def test_quoted_shows_a_text_that_cannot_do_anything(
    text: str, shown: str
) -> None:
    assert quoted(text) == shown


def test_shortened_takes_a_limit() -> None:
    assert shortened("abcdef", 4) == "abc…"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"type": "websocket.connect", "payload": {"path": "/ws/?a=1"}},
            "websocket.connect /ws/?a=1",
        ),
        ({"payload": {"text": "hi"}}, 'websocket.receive "hi"'),
        ({"payload": {"text": ""}}, 'websocket.receive ""'),
        ({"payload": {"bytes": b"12345"}}, "websocket.receive <5 bytes>"),
        ({"payload": {"bytes": b""}}, "websocket.receive <0 bytes>"),
        (
            {"type": "websocket.close", "payload": {"code": 4000}},
            "websocket.close 4000",
        ),
        (
            {"payload": {"code": 1000, "reason": ""}},
            "websocket.receive 1000",
        ),
        (
            {"payload": {"code": 1000, "reason": "bye"}},
            'websocket.receive 1000 "bye"',
        ),
        ({"type": "http.request", "payload": {"body": b""}}, "http.request"),
        (
            {"status": "undelivered", "reason": "undelivered"},
            "websocket.receive UNDELIVERED",
        ),
        ({"type": "a\nb"}, r"a\nb"),
    ],
)
def test_described_says_what_moved(changes: dict[str, Any], line: str) -> None:
    assert described(event(**changes)) == line


@pytest.mark.parametrize(
    ("payload", "lines"),
    [
        ({"text": ""}, ["RAISED ValueError"]),
        ({"text": "no"}, ["RAISED ValueError: no"]),
        (
            {"text": "no", "where": "connect", "line": 5, "code": "f()"},
            ["RAISED ValueError: no", "in connect, line 5: f()"],
        ),
        (
            {"text": "no", "where": "connect", "line": 5, "code": ""},
            ["RAISED ValueError: no", "in connect, line 5"],
        ),
        (
            {"text": "no", "client": "ada", "method": "GET", "path": "/x"},
            ["RAISED ValueError: no", "when ada asked for GET /x"],
        ),
        (
            {"text": "no", "client": "ada", "path": "/x"},
            ["RAISED ValueError: no", "when ada asked for /x"],
        ),
    ],
)
def test_described_says_what_was_raised(
    payload: dict[str, Any], lines: list[str]
) -> None:
    crash = event("crash", type="ValueError", payload=payload)

    assert described(crash).split("\n") == lines


def test_described_says_that_a_handler_waited() -> None:
    wait = event("wait", type="receive")

    assert described(wait) == "receive() waited over a second for a thread"


def test_as_text_of_nothing_is_one_line() -> None:
    assert as_text([]) == "Flow: 0 events."


def test_as_text_is_a_table_with_a_block_for_each_connection() -> None:
    events = [
        event(payload={"text": "hi"}),
        event(
            "crash",
            seq=2,
            source="echo",
            target="",
            type="KeyError",
            payload={"text": "1", "where": "f", "line": 3, "code": "d[1]"},
        ),
        event(seq=3, connection=2, source="b" * 30),
    ]

    assert as_text(events, left_out=1).split("\n") == [
        "Flow: 3 events, 1 error, 1 older event left out.",
        "",
        " no.  from                      to                        what",
        "",
        "   1  ada                       echo                      "
        'websocket.receive "hi"',
        "   2  echo                                                "
        "RAISED KeyError: 1",
        "                                                          "
        "in f, line 3: d[1]",
        "",
        "   3  bbbbbbbbbbbbbbbbbbbbbbb…  echo                      "
        "websocket.receive",
    ]
