from dataclasses import replace
from typing import Any

import pytest

from minichannels.auth.closing import group_of
from minichannels.flow.journal.events import Event
from minichannels.flow.text.wording import (
    details,
    fate,
    in_a_row,
    sentence,
    totals,
)


def event(kind: str, **changes: Any) -> Event:
    values = {
        "seq": 1,
        "kind": kind,
        "source": "ada",
        "target": "Chat#1",
        "type": "chat.message",
        "payload": {},
        "connection": 1,
        "client": "ada",
        "application": "Chat#1",
        "group": "lobby",
        "member": "Chat#1",
    }
    return Event(**{**values, **changes})


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("receive", "delivered", "ada sends chat.message"),
        ("send", "delivered", "ada sends chat.message to Chat#1"),
        ("join", "delivered", "Chat#1 joins lobby"),
        ("leave", "delivered", "Chat#1 leaves lobby"),
        ("group_send", "delivered", "ada calls group_send"),
        ("channel_send", "delivered", "ada calls send"),
        ("deliver", "delivered", "chat.message: read by Chat#1"),
        ("deliver", "waiting", "chat.message: waits at Chat#1"),
        ("deliver", "dropped", "chat.message: dropped at Chat#1"),
        ("read", "delivered", "Chat#1 reads chat.message, which waited"),
        ("loss", "expired", "chat.message: expired at Chat#1"),
        ("crash", "delivered", "Chat#1 raises chat.message"),
        ("logged", "delivered", "Chat#1 logs chat.message"),
        ("return", "delivered", "Chat#1 returns without chat.message"),
        ("linger", "delivered", "Chat#1 goes on after chat.message"),
        ("ghost", "delivered", "Chat#1 is gone, but still in lobby"),
        ("wait", "delivered", "chat.message() of Chat#1 waits for a thread"),
    ],
)
def test_sentence_says_what_happened(
    kind: str, status: str, words: str
) -> None:
    assert sentence(event(kind, status=status)) == words


def test_sentence_says_that_a_consumer_has_gone_which_it_was_for() -> None:
    sent = event("deliver", status="waiting", former="Chat#1")

    assert sentence(sent) == "chat.message: waits in vain at Chat#1"


def test_details_of_a_send_name_the_group_and_its_members() -> None:
    sent = event("group_send", payload={"text": "hi"}, members=3)

    assert details(sent) == 'lobby, "hi", to 3 members'


def test_details_of_a_crash_name_the_line() -> None:
    payload = {"where": "receive", "line": 7, "text": "no such key"}

    assert details(event("crash", payload=payload)) == (
        "in receive, line 7, no such key"
    )


@pytest.mark.parametrize("kind", ["crash", "task"])
def test_what_was_begun_in_an_event_need_be_no_task(kind: str) -> None:
    said = details(event(kind, begun_in=3))

    assert "in what was begun while 3 was handled" in said


def test_a_row_of_a_list_says_what_failed_and_how() -> None:
    early = event("return", type="websocket.close", reason="client sees 1006")
    crash = event("crash", payload={"where": "receive", "line": 7})
    sent = event("send", payload={"text": "hi"})

    assert in_a_row(early, 60) == (
        "returns without websocket.close: client sees 1006"
    )
    assert in_a_row(crash, 60) == "in receive, line 7"
    assert in_a_row(sent, 60) == '"hi"'
    kept = replace(early, kind="task", type="pump", member="2 connections")
    assert in_a_row(kept, 60) == "pump() still runs, of 2 connections"
    waits = replace(early, kind="wait", type="receive")
    assert in_a_row(waits, 60) == "receive() waited over a second for a thread"


def test_totals_count_each_kind_of_failure() -> None:
    kinds = ("crash", "logged", "return", "return", "linger", "ghost")

    assert totals([event(kind) for kind in kinds]) == [
        ("error", 1),
        ("logged error", 1),
        ("early returns", 2),
        ("swallowed disconnect", 1),
        ("ghost", 1),
    ]


def test_details_say_how_a_body_begins() -> None:
    asks = {"path": "/say", "body": b"data: " + b"x" * 50}
    assert details(event("receive", payload=asks)) == (
        f"/say <56 bytes> data: {'x' * 22}…"
    )


def test_details_name_the_handler_and_the_reason() -> None:
    assert details(event("receive", handler="receive")) == (
        "starts receive of Chat#1"
    )
    assert details(event("deliver", reason="full 2/2")) == "full 2/2"


def test_fate_of_what_was_sent_to_an_empty_group_says_so() -> None:
    assert fate(event("group_send")) == "to nobody here"
    assert fate(event("group_send", members=1)) == ""


@pytest.mark.parametrize(
    ("group", "says"),
    [
        (group_of(7), ""),
        (group_of("ada@example.org"), ""),
        ("auth.opening", ""),
        ("auth.openings", "to nobody here"),
        ("auth.user", "to nobody here"),
        ("my.auth.user.7", "to nobody here"),
    ],
)
def test_fate_says_nothing_of_who_has_no_socket_open_at_a_logout(
    group: str, says: str
) -> None:
    assert fate(event("group_send", group=group)) == says


def test_fate_is_told_of_losses_alone() -> None:
    lost = event("deliver", status="dropped", reason="full 2/2")

    assert fate(lost) == "LOST dropped, full 2/2"
    assert fate(event("crash")) == "RAISED"
    assert fate(event("receive", handler="receive")) == ""
