from decimal import Decimal
from enum import IntEnum
from typing import Any

import pytest

from minichannels.generic._frames import (
    accept_event,
    close_event,
    denial_events,
    parse_json,
    send_event,
    text_of,
)
from minichannels.types import Scope


def test_accept_event_has_no_headers_unless_given() -> None:
    assert accept_event(None, None) == {
        "type": "websocket.accept",
        "subprotocol": None,
    }


def test_accept_event_writes_header_names_in_lower_case() -> None:
    event = accept_event("chat", {"Set-Cookie": "a=B", b"X-Id": b"7"})
    assert event == {
        "type": "websocket.accept",
        "subprotocol": "chat",
        "headers": [(b"set-cookie", b"a=B"), (b"x-id", b"7")],
    }


@pytest.mark.parametrize("bad", [5, b"chat", ["chat"]])
def test_accept_event_refuses_a_subprotocol_that_is_no_text(bad: Any) -> None:
    with pytest.raises(TypeError) as raised:
        accept_event(bad, None)
    assert str(raised.value) == (
        f"subprotocol has to be str, not {type(bad).__name__}; choose one of"
        " scope['subprotocols']"
    )


@pytest.mark.parametrize("bad", ["a\r\nx: y", "a b", "a,b", "é", "a;"])
def test_accept_event_refuses_a_subprotocol_that_is_no_token(bad: str) -> None:
    with pytest.raises(ValueError, match="a subprotocol holds letters"):
        accept_event(bad, None)


@pytest.mark.parametrize("text", ["", "hi", "ü€"])
def test_send_event_takes_any_text(text: str) -> None:
    assert send_event(text, None) == {"type": "websocket.send", "text": text}


@pytest.mark.parametrize("data", [b"", b"\x00\xff"])
def test_send_event_takes_any_bytes(data: bytes) -> None:
    assert send_event(None, data) == {"type": "websocket.send", "bytes": data}


def test_send_event_needs_something_to_send() -> None:
    with pytest.raises(ValueError, match="pass text_data or bytes_data"):
        send_event(None, None)


@pytest.mark.parametrize(
    ("text", "data", "error"),
    [
        (
            {"a": 1},
            None,
            "text_data has to be str, not dict; use json.dumps() for data, or"
            " bytes_data for bytes",
        ),
        (
            None,
            "hi",
            "bytes_data has to be bytes, not str; use text_data for text",
        ),
    ],
)
def test_send_event_refuses_other_types(
    text: Any, data: Any, error: str
) -> None:
    with pytest.raises(TypeError) as raised:
        send_event(text, data)
    assert str(raised.value) == error


@pytest.mark.parametrize("code", [None, True])
def test_close_event_leaves_the_code_to_the_server(code: bool | None) -> None:
    assert close_event(code, None) == {"type": "websocket.close"}


@pytest.mark.parametrize(
    "code", [1000, 1001, 1003, 1007, 1011, 1014, 3000, 4000, 4999]
)
def test_close_event_takes_codes_that_may_be_sent(code: int) -> None:
    assert close_event(code, None) == {"type": "websocket.close", "code": code}


@pytest.mark.parametrize("code", [-1, 0, 1, 401, 403, 1006, 4001, 5000])
def test_close_event_that_refuses_takes_any_code(code: int) -> None:
    # None is sent: who is refused gets HTTP's 403.
    event = close_event(code, None, refuses=True)
    assert event == {"type": "websocket.close", "code": code}


@pytest.mark.parametrize("code", ["401", 401.0, b"401"])
def test_close_event_that_refuses_takes_nothing_but_codes(code: Any) -> None:
    with pytest.raises(ValueError, match="cannot be sent"):
        close_event(code, None, refuses=True)


def test_close_event_takes_the_member_of_an_enumeration() -> None:
    class Code(IntEnum):
        KICKED = 4001

    assert close_event(Code.KICKED, None)["code"] == 4001


@pytest.mark.parametrize(
    "code",
    [
        *(False, 0, 1, -1, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999),
        *(5000, 10**6, "1000", 1000.0, Decimal(1000), b"1000", [1000]),
    ],
)
def test_close_event_refuses_codes_that_may_not_be_sent(code: Any) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # checked below
        close_event(code, None)
    kind = "" if isinstance(code, int) else "an int: "
    assert str(raised.value) == (
        f"close code {code!r} cannot be sent; use {kind}1000 to 1003,"
        " 1007 to 1014, or your own from 3000 to 4999"
    )


@pytest.mark.parametrize("reason", ["bye", "x" * 123, "ü" * 61])
def test_close_event_takes_a_reason(reason: str) -> None:
    assert close_event(4000, reason) == {
        "type": "websocket.close",
        "code": 4000,
        "reason": reason,
    }


@pytest.mark.parametrize("reason", [None, ""])
def test_close_event_leaves_out_an_empty_reason(reason: str | None) -> None:
    assert close_event(1000, reason) == {
        "type": "websocket.close",
        "code": 1000,
    }


@pytest.mark.parametrize("reason", ["x" * 124, "ü" * 62])
def test_close_event_refuses_a_long_reason(reason: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # checked below
        close_event(1000, reason)
    assert str(raised.value) == (
        "the reason is 124 bytes long as UTF-8; the limit is 123"
    )


def test_close_event_that_refuses_takes_a_reason_of_any_length() -> None:
    # As with the code: it is not sent.
    event = close_event(4001, "x" * 124, refuses=True)
    assert event["reason"] == "x" * 124


def test_close_event_refuses_a_reason_that_is_no_text() -> None:
    reason: Any = b"bye"
    with pytest.raises(TypeError) as raised:
        close_event(1000, reason)
    assert (
        str(raised.value) == "reason has to be str, not bytes; write it as text"
    )


@pytest.mark.parametrize(
    "scope", [{}, {"extensions": None}, {"extensions": {"tls": {}}}]
)
def test_denial_events_are_a_close_without_the_extension(
    scope: dict[str, Any],
) -> None:
    events = denial_events(scope, 401, b"no", {"X-Why": "no"})
    assert events == [{"type": "websocket.close"}]


def test_denial_events_are_a_response_with_the_extension() -> None:
    scope: Scope = {"extensions": {"websocket.http.response": {}}}
    assert denial_events(scope, 401, b"no", {"X-Why": "because"}) == [
        {
            "type": "websocket.http.response.start",
            "status": 401,
            "headers": [(b"x-why", b"because")],
        },
        {"type": "websocket.http.response.body", "body": b"no"},
    ]


def test_text_of_gives_the_text() -> None:
    assert text_of("{}", None) == "{}"


def test_text_of_refuses_an_empty_frame() -> None:
    with pytest.raises(ValueError, match="got an empty one"):
        text_of("", None)


@pytest.mark.parametrize(("data", "length"), [(b"abc", 3), (None, 0)])
def test_text_of_refuses_a_binary_frame(
    data: bytes | None, length: int
) -> None:
    with pytest.raises(ValueError, match=f"got {length} bytes of a binary"):
        text_of(None, data)


def test_parse_json_gives_what_the_text_says() -> None:
    assert parse_json('{"a": [1, null]}') == {"a": [1, None]}


@pytest.mark.parametrize("text", ["", "{", "nothing", "[" * 200_000])
def test_parse_json_refuses_what_is_no_json(text: str) -> None:
    with pytest.raises(ValueError, match=r"Expecting|nested too deeply"):
        parse_json(text)
