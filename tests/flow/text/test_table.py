from typing import Any

import pytest

from minichannels.flow.journal.events import Event
from minichannels.flow.text.formatting import shortened
from minichannels.flow.text.table import as_text, what
from minichannels.flow.text.wording import result


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
        ({"payload": {"bytes": b"1"}}, "websocket.receive <1 byte>"),
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
        ({"type": "a\nb"}, r"a\nb"),
        (
            {"kind": "group_send", "group": "chat", "payload": {"a": 1}},
            "group_send chat 1",
        ),
        (
            {"kind": "channel_send", "member": "notes", "payload": {}},
            "send notes",
        ),
        (
            {
                "kind": "join",
                "type": "group_add",
                "group": "chat",
                "member": "ada",
            },
            "group_add chat",
        ),
        (
            {
                "kind": "join",
                "type": "group_add",
                "group": "chat",
                "member": "bob",
            },
            "group_add chat bob",
        ),
        ({"kind": "ghost"}, "is gone, but still a member"),
        (
            {"kind": "wait", "type": "receive"},
            "receive() waited over a second for a thread",
        ),
    ],
)
def test_what_says_what_moved(changes: dict[str, Any], line: str) -> None:
    assert what(event(**changes)) == [line]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "receive", "handler": "connect"}, "runs connect"),
        ({"kind": "receive"}, ""),
        ({"kind": "send"}, ""),
        ({"kind": "crash"}, "RAISED"),
        ({"kind": "logged"}, "LOGGED"),
        ({"kind": "return"}, "EARLY"),
        ({"kind": "linger"}, "IN VAIN"),
        ({"kind": "ghost"}, "GHOST"),
        ({"kind": "group_send", "members": 1}, "to 1 member"),
        ({"kind": "deliver"}, "read"),
        (
            {"kind": "deliver", "status": "waiting", "reason": "waits 1/2"},
            "waits 1/2",
        ),
        (
            {
                "kind": "deliver",
                "status": "waiting",
                "reason": "waits 1/2",
                "former": "Chat#2",
            },
            "waits 1/2, NO READER",
        ),
        ({"kind": "read"}, "read, waited"),
        (
            {"kind": "deliver", "status": "dropped", "reason": "full 2/2"},
            "LOST dropped, full 2/2",
        ),
        (
            {"kind": "deliver", "status": "refused", "reason": "full 3/3"},
            "LOST refused, full 3/3",
        ),
        (
            {"kind": "send", "status": "refused", "reason": "refused 403"},
            "REFUSED 403",
        ),
        (
            {"kind": "group_send", "status": "refused", "reason": "raised"},
            "REFUSED, raised",
        ),
        (
            {"status": "unhandled", "reason": "no handler"},
            "LOST no handler",
        ),
        ({"kind": "send", "status": "undelivered"}, "LOST undelivered"),
    ],
)
def test_result_says_what_became_of_it(
    changes: dict[str, Any], words: str
) -> None:
    assert result(event(**changes)) == words


@pytest.mark.parametrize(
    ("values", "lines"),
    [
        ({"text": ""}, ["ValueError"]),
        ({"text": "no"}, ["ValueError", "no"]),
        (
            {"text": "no", "where": "connect", "line": 5, "code": "f()"},
            ["ValueError in connect, line 5", "no", "at: f()"],
        ),
        (
            {"text": "no", "where": "connect", "line": 5, "code": ""},
            ["ValueError in connect, line 5", "no"],
        ),
        (
            {"text": "no", "client": "ada", "method": "GET", "path": "/x"},
            ["ValueError", "no", "when ada asked for GET /x"],
        ),
        (
            {"text": "no", "client": "ada", "path": "/x"},
            ["ValueError", "no", "when ada asked for /x"],
        ),
    ],
)
def test_what_says_what_was_raised(
    values: dict[str, Any], lines: list[str]
) -> None:
    crash = event("crash", type="ValueError", payload=values)

    assert what(crash) == lines


def test_what_says_what_was_owed_and_what_the_client_sees() -> None:
    values = {"client": "ada", "method": "GET", "path": "/x"}
    changes = {"type": "http.response.start", "reason": "client sees 500"}

    assert what(event("return", payload=values, **changes)) == [
        "returns without http.response.start",
        "client sees 500",
        "when ada asked for GET /x",
    ]


def test_what_says_who_goes_on_and_what_it_does() -> None:
    changes = {"type": "websocket.disconnect", "reason": "calls receive()"}

    assert what(event("linger", payload={}, **changes)) == [
        "goes on after websocket.disconnect",
        "calls receive()",
    ]


def test_as_text_of_nothing_is_one_line() -> None:
    assert as_text([]) == "Flow: 0 events."


def test_as_text_says_what_was_left_out() -> None:
    shown = as_text([event(client="ada")], left_out=1)

    assert shown.split("\n") == [
        "Flow: 1 event; 1 older event left out.",
        "client ada.",
        "",
        "    no.  from to   what                     result",
        "",
        "      1  ada  echo websocket.receive",
    ]


def test_as_text_names_a_few_of_many_clients() -> None:
    events = [event(seq=n, client=f"c{n}", type=f"t{n}") for n in range(1, 13)]

    assert "clients c1, c2, c3, c4, c5, c6, c7, c8 and 4 more." in as_text(
        events
    )


def test_as_text_folds_what_repeats() -> None:
    events = [event(seq=n, payload={"text": str(n)}) for n in range(1, 5)]

    assert as_text(events).split("\n")[-3:] == [
        '  x4   1, 2, 3, 4: the next 1 line, four times ("1" to "4")',
        '      1  ada  echo websocket.receive "1"',
        "  x4   end",
    ]


def test_as_text_folds_equal_ones_without_their_values() -> None:
    events = [event(seq=n) for n in range(1, 4)]

    assert "  x3   1, 2, 3: the next 1 line, three times\n" in as_text(events)


def test_a_crash_may_carry_anything() -> None:
    odd = {"text": 1, "where": [2], "code": {}, "client": 0, "path": 1}

    lines = what(event("crash", type="OSError", payload=odd))

    assert lines == [
        "OSError in [2], line",
        "1",
        "at: {}",
        "when 0 asked for 1",
    ]


def test_as_text_says_when_what_repeats_carried_nothing_at_last() -> None:
    events = [event(seq=n, payload={"text": "a"}) for n in range(1, 3)]

    text = as_text([*events, event(seq=3)])

    assert 'the next 1 line, three times ("a" to nothing)\n' in text


def test_as_text_names_a_handler_in_full_if_there_is_room() -> None:
    handled = event(handler="websocket_disconnect", payload={"text": "a" * 90})

    text = as_text([handled])

    assert "runs websocket_disconnect\n" in text
    assert max(map(len, text.split("\n"))) <= 100


def test_as_text_cuts_a_handler_if_there_is_no_room() -> None:
    handled = event(
        handler="websocket_disconnect", source="a" * 24, target="b" * 24
    )

    text = as_text([handled])

    assert text.endswith("runs websocket_disc…")
    assert max(map(len, text.split("\n"))) <= 100
