from typing import Any

import pytest

from minichannels.flow.text.carried.payload import (
    content,
    contents,
    payload,
    quoted,
)
from support.events import event


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


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({"text": "hi"}, '"hi"'),
        ({"data": b"123"}, "<3 bytes>"),
        ({"data": b"1"}, "<1 byte>"),
        ({"a": 1, "b": [b"12"]}, '{"a":1,"b":["<2 bytes>"]}'),
        ({"a": object(), "b": 1}, '{"a":"<object>","b":1}'),
        ({"a": {(1,): 1}}, "<dict>"),
        ({"a": "x" * 100}, '"' + "x" * 59 + '…"'),
    ],
)
def test_payload_shows_what_a_layer_carried(
    values: dict[str, Any], shown: str
) -> None:
    assert payload(event(1, "deliver", payload=values)) == shown


def test_contents_are_json_with_the_type() -> None:
    payload = {"n": 1, "data": b"\x00\xff", "other": {1, 2}}

    assert contents(event(1, "deliver", payload=payload)) == (
        '{"type": "chat.message", "n": 1, "data": "<2 bytes: 00 ff>",'
        ' "other": "<set>"}'
    )


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"price": -3}', '{"price": -3}'),
        (b"[1, 2]", "[1, 2]"),
        ("naïve\tand\r\nplain".encode(), r'"naïve\tand\r\nplain"'),
        (b"data: 1\n\n", r'"data: 1\n\n"'),
        (b"{no json", '"{no json"'),
        (b"[" * 101, f'"{"[" * 101}"'),
        (b"", '""'),
        (b"\x00text", '"<5 bytes: 00 74 65 78 74>"'),
        (b"\xff\xfe", '"<2 bytes: ff fe>"'),
    ],
)
def test_contents_of_a_body_are_what_it_says(body: bytes, told: str) -> None:
    text = contents(event(1, "send", payload={"body": body}))

    assert text == f'{{"body": {told}}}'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"message":"hi"}', '{"message": "hi"}'),
        (' [1,\n {"a": []}]\n', '[1, {"a": []}]'),
        ('{"n": 90071992547409931}', '{"n": 90071992547409931}'),
        ('{"n": 1.10, "n": 1E400}', '{"n": 1.10, "n": 1E400}'),
        (r'{"é": "\u00e9, \ud83d\ude00: \u202e"}', r'{"é": "é, 😀: \u202e"}'),
        (r'{"inner": "{\"a\": 1}"}', r'{"inner": "{\"a\": 1}"}'),
        ('{"a": 1} {"b": 2}', r'"{\"a\": 1} {\"b\": 2}"'),
        ('{"a":', r'"{\"a\":"'),
        ('"hi"', r'"\"hi\""'),
        ("12", '"12"'),
        ("", '""'),
    ],
)
def test_contents_of_a_frame_of_json_are_as_they_were_written(
    text: str, told: str
) -> None:
    sent = contents(event(1, "receive", payload={"text": text}))
    data = {"text": None, "bytes": text.encode()}

    assert sent == f'{{"text": {told}}}'
    if told[0] in "{[":
        assert contents(event(1, "receive", payload=data)) == (
            f'{{"text": null, "bytes": {told}}}'
        )


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        (f"[{'1, ' * 1_000}1]", '{"text": [1, 1, 1'),
        ('{"a": "' + "x" * 3_000 + '"}', '{"text": {"a": "xxx'),
        ('{"a": "' + "\\n" * 3_000 + '"}', r'{"text": {"a": "\n'),
        ("[" * 3_000, '{"text": "[[['),
        ("{" + "no json " * 400, '{"text": "{no json'),
    ],
    ids=["list", "text", "lines", "deep", "other"],
)
def test_contents_of_a_long_frame_of_json_are_its_beginning(
    text: str, begins: str
) -> None:
    told = contents(event(1, "send", payload={"text": text, "bytes": 9}))

    assert told.startswith(begins)
    assert told.endswith("…")
    assert len(told) <= 2_000


def test_contents_at_the_layer_keep_a_text_of_json_a_text() -> None:
    told = contents(event(1, "deliver", payload={"text": '{"a": 1}'}))

    assert told == r'{"type": "chat.message", "text": "{\"a\": 1}"}'


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        ({"body": b'{"n":\n 1}', "chunks": 2, "bytes": 9}, '{"n": 1}'),
        ({"body": b"event: tick\ndata: 1\n\n"}, "event: tick data: 1"),
        ({"path": "/x", "body": b"a=b&c=d"}, "/x a=b&c=d"),
        ({"path": "", "text": "a worker has none"}, '"a worker has none"'),
        ({"body": "é".encode() * 99}, f"{'é' * 39}…"),
        ({"body": b"\x1f\x8b"}, "<2 bytes>"),
        ({"bytes": b"\x1f", "size": 5_000_000}, "<5000000 bytes>"),
        ({"bytes": b'{"n":\n 1}'}, '<9 bytes> {"n": 1}'),
        ({"bytes": b"x" * 99, "size": 200}, f"<200 bytes> {'x' * 27}…"),
        ({"text": "begins…", "size": 5_000_000}, '"begins…"'),
        ({"body": b""}, ""),
        ({"text": "hi"}, '"hi"'),
    ],
)
def test_content_of_a_body_is_what_it_says(
    payload: dict[str, Any], told: str
) -> None:
    assert content(event(1, "send", payload=payload), 40) == told


def test_contents_of_what_is_no_json_name_its_type() -> None:
    endless: dict[str, Any] = {}
    endless["self"] = endless

    assert contents(event(1, "receive", payload=endless)) == "<dict>"


def test_contents_are_cut() -> None:
    assert (
        len(contents(event(1, "receive", payload={"text": "x" * 9_999})))
        < 2_001
    )
