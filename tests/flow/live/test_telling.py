"""What a view is told of one event."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from minichannels.flow.journal.events import Event
from minichannels.flow.live.telling import size, told


def event(payload: dict[str, Any], kind: str = "receive") -> Event:
    return Event(1, kind, "ada", "app#1", "x.y", payload, 3, "ada", "app#1")


@pytest.mark.parametrize(
    ("payload", "bytes_"),
    [
        ({"text": "hä"}, 3),
        ({"text": "\ud800"}, 3),
        ({"text": ""}, 0),
        ({"bytes": b"\x00\xff"}, 2),
        ({"body": b"abc"}, 3),
        ({"body": b"abc", "bytes": 9_000, "chunks": 3}, 9_000),
        ({"bytes": b"abc", "size": 5_000_000}, 5_000_000),
        ({"text": "abc…", "size": 5_000_000}, 5_000_000),
        ({"text": "abc", "size": "large"}, 3),
        ({"path": "/"}, None),
        ({"text": {"a": 1}}, None),
    ],
)
def test_size_is_in_bytes_and_that_of_all_that_came(
    payload: dict[str, Any], bytes_: int | None
) -> None:
    assert size(event(payload)) == bytes_


def test_names_that_would_look_as_others_are_told_as_they_are() -> None:
    evil = "a\u202egnp.exe\n"
    payload = {"method": evil, "path": evil}
    names: dict[str, Any] = dict.fromkeys(
        ("source", "target", "type", "client", "user", "group"), evil
    )
    came = replace(event(payload, "send"), **names)

    words = told(replace(came, user=f"{evil}1"))

    shown = r"a\u202egnp.exe\n"
    for name in ("from", "to", "type", "client", "group", "method", "path"):
        assert words[name] == shown
    assert words["user"] == f"{shown}1"
    assert told(came)["user"] == ""


@pytest.mark.parametrize(
    ("status", "payload", "words"),
    [
        ("waiting", {"n": 1}, "waits 2/100 · 1"),
        ("waiting", {}, "waits 2/100"),
        ("delivered", {"n": 1}, "1"),
    ],
)
def test_row_of_a_message_that_waits_says_so(
    status: str, payload: dict[str, Any], words: str
) -> None:
    copy = replace(event(payload, "deliver"), status=status)

    assert told(replace(copy, reason="waits 2/100"))["short"] == words


@pytest.mark.parametrize(
    ("body", "ends", "words"),
    [
        (b"", True, "the end of the response"),
        (b"", False, ""),
        (b"last", True, "last"),
    ],
)
def test_row_of_a_piece_without_content_says_what_it_ends(
    body: bytes, ends: bool, words: str
) -> None:
    piece = event({"body": body}, "send")
    piece = replace(piece, type="http.response.body", ends=ends)

    assert told(piece)["short"] == words


def test_what_carries_no_bytes_has_no_size() -> None:
    assert size(event({"text": "no"}, "group_send")) is None


@pytest.mark.parametrize(
    ("times", "at", "took"),
    [
        ({}, None, None),
        ({"at": 1.23456, "ran": 0.25, "waited": 9.0}, 1.2346, 250.0),
        ({"at": 0.0, "waited": 0.5}, 0.0, 500.0),
    ],
)
def test_told_has_the_times_that_are_known(
    times: dict[str, float], at: float | None, took: float | None
) -> None:
    words = told(replace(event({}), **times))  # type: ignore[arg-type]

    assert (words["at"], words["took"]) == (at, took)


@pytest.mark.parametrize(
    ("status", "former", "lost", "fate"),
    [
        ("waiting", "Chat#2", True, "NO READER Chat#2 has gone"),
        ("waiting", "", False, ""),
        ("waiting", "reply.…", False, ""),  # made by code, which may read it
        ("delivered", "Chat#2", False, ""),
    ],
)
def test_a_message_for_a_consumer_that_has_gone_is_told_as_a_loss(
    status: str, former: str, lost: bool, fate: str
) -> None:
    came = replace(event({}, "deliver"), status=status, former=former)

    words = told(came)

    assert (words["lost"], words["fate"]) == (lost, fate)


@pytest.mark.parametrize(
    ("status", "lost"), [(500, True), (503, True), (499, False), ("", False)]
)
def test_a_server_that_says_it_has_failed_is_told_as_a_loss(
    status: Any, lost: bool
) -> None:
    words = told(event({"status": status}, "send"))

    assert (words["lost"], words["fate"]) == (lost, "")


@pytest.mark.parametrize("status", [None, "teapot", 418])
def test_told_has_the_parts_of_an_exchange(status: Any) -> None:
    payload = {"method": "GET", "path": "/" + "x" * 900, "status": status}

    words = told(event(payload))

    assert words["connection"] == 3
    assert words["method"] == "GET"
    assert len(words["path"]) == 160
    assert words["status"] == (status if status == 418 else 0)
    json.dumps(words)


def test_told_has_the_lines_of_code_that_are_known(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    here, far = tmp_path / "chat" / "consumers.py", Path("/far/away/x.py")
    calls = ((str(here), 3, "Chat.receive"), (str(far), 9, "helper"))

    words = told(replace(event({}), calls=calls))

    assert [line["at"] for line in words["lines"]] == [
        "chat/consumers.py:3",
        "away/x.py:9",
    ]
    line = {"in": "Chat.receive", "path": str(here), "line": 3}
    assert words["lines"][0] == line | {"at": "chat/consumers.py:3"}
    assert "lines" not in told(event({}))


def test_row_of_an_error_says_what_and_not_again_where() -> None:
    values = {"text": "no stars", "where": "receive", "line": 7}
    crash = event(values, "crash")
    placed = replace(crash, calls=(("/chat.py", 7, "Chat.receive"),))

    assert told(placed)["short"] == "no stars"
    assert told(crash)["short"] == "in receive, line 7, no stars"
    mute = replace(placed, payload={**values, "text": ""})
    assert told(mute)["short"] == "in receive, line 7"
    # Its badge says in what it was begun.
    begun = told(replace(mute, begun_in=3))
    assert begun["short"] == "in receive, line 7"
    assert begun["fate"] == "RAISED, begun in 3"


def test_row_of_an_error_has_its_end_which_says_what_would_be_right() -> None:
    words = "Chat has no handler for 'chat.mesage'; define 'async def chat_m"
    words += "esage(self, event)', or did the sender mean 'chat_message'?"
    crash = event({"text": words, "where": "receive", "line": 7}, "crash")

    seen = told(crash)

    assert seen["short"] == seen["more"] == f"in receive, line 7, {words}"
    long = told(event({"text": words * 9}, "crash"))
    assert len(long["short"]) == len(long["more"]) == 160
