"""Frames of known protocols, by their type and their event's name."""

import json

import pytest

from minichannels.flow.journal.events import Event
from minichannels.flow.text.carried.frames import headed
from minichannels.flow.text.carried.payload import payload

QUERY = "subscription Said($room: ID!) { said(room: $room) { text } }"
SUBSCRIBE = {"query": QUERY, "variables": {"room": "a"}}
SEVERAL = {"query": f"query Q {{ a }} {QUERY}", "operationName": "Said"}
UNKNOWN = {"query": "{ a }", "operationName": "Said"}
FILE = '{"_placeholder":true,"num":0}'
OPEN = '{"sid":"x","pingInterval":25000}'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('42["chat",{"text": "hi"}]', 'event "chat" {"text":"hi"}'),
        ('42["chat"]', 'event "chat"'),
        ('42["a","b",2]', 'event "a" "b",2'),
        ('42/admin,17["do",1]', '/admin event "do" #17 1'),
        ('4317["ok"]', 'ack #17 "ok"'),
        (f'451-["file",{FILE}]', f'event "file" + 1 of bytes {FILE}'),
        ('40{"sid":"x"}', 'connect {"sid":"x"}'),
        ('40/admin,{"sid":"x"}', '/admin connect {"sid":"x"}'),
        ('44{"message":"no"}', 'connect_error {"message":"no"}'),
        (f"0{OPEN}", f"open {OPEN}"),
        ("2probe", "ping probe"),
    ],
)
def test_frame_of_socket_io_shows_its_event(text: str, shown: str) -> None:
    assert headed(text, 60) == shown


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({"type": "connection_init"}, "connection_init"),
        (
            {"type": "connection_init", "payload": {"a": 1}},
            'connection_init {"a":1}',
        ),
        (
            {"id": "1", "type": "subscribe", "payload": SUBSCRIBE},
            'subscribe 1 subscription Said {"room":"a"}',
        ),
        (
            {"id": "1", "type": "subscribe", "payload": {"query": "{\n a }"}},
            "subscribe 1 { a }",
        ),
        (
            {"id": "1", "type": "subscribe", "payload": SEVERAL},
            "subscribe 1 subscription Said",
        ),
        (
            {"id": "1", "type": "start", "payload": UNKNOWN},
            "start 1 Said",
        ),
        (
            {"id": "1", "type": "next", "payload": {"data": {"a": "ü"}}},
            'next 1 {"data":{"a":"ü"}}',
        ),
        (
            {"id": "1", "type": "error", "payload": [{"message": "no"}]},
            'error 1 {"message":"no"}',
        ),
        ({"id": "1", "type": "complete"}, "complete 1"),
    ],
)
def test_frame_of_graphql_shows_its_type_and_operation(
    values: dict[str, object], shown: str
) -> None:
    assert headed(json.dumps(values), 60) == shown


@pytest.mark.parametrize(
    "text",
    [
        "42",
        "4",
        "40",
        "2",
        "42[1]",
        '42["open',
        '42["a",no]',
        '43{"a":1}',
        '40["a"]',
        "47[1]",
        '0{"size":1}',
        '{"type":"ping"}',
        '{"type":"error","id":3}',
        '{"type":"hello","id":"3"}',
        '{"type":"error","id":"3","text":"no"}',
        '{"type":["next"],"id":"3"}',
        '{"type":',
        '{"a":1}',
        f'{{"type":"next","id":"1","payload":{"[" * 1500}',
        f'{{"type":"next","id":"1","payload":"{"x" * 9000}"}}',
        "hello",
        "",
    ],
)
def test_frame_that_may_be_any_text_is_shown_as_it_is(text: str) -> None:
    assert headed(text, 60) == ""


def test_frame_that_is_long_is_cut() -> None:
    text = f'42["chat","{"x" * 5000}"]'
    said = Event(1, "receive", "a", "b", "websocket.receive", {"text": text}, 1)

    assert headed(text, 30) == 'event "chat" "xxxxxxxxxxxxxxx…'
    assert payload(said, 30) == headed(text, 30)


def test_reason_of_a_close_is_no_frame() -> None:
    values = {"code": 4000, "reason": "2probe"}
    closed = Event(1, "send", "a", "b", "websocket.close", values, 1)

    assert payload(closed) == '4000 "2probe"'
