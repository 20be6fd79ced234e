from collections import UserDict

from minichannels.flow.journal.cause_key import (
    KEY,
    TOKEN,
    found_in,
    key_of,
    without_key,
)


def test_a_key_is_found_and_left_out_of_a_copy() -> None:
    message = {"type": "chat.message"}

    sent = {**message, KEY: key_of(7)}

    assert found_in(sent) == f"{TOKEN}.7"
    assert without_key(sent) == message
    assert KEY in sent


def test_a_message_without_a_key_is_left_as_it_is() -> None:
    message = {"type": "chat.message"}

    assert without_key(message) is message
    assert found_in(message) == ""


def test_what_is_no_key_is_none() -> None:
    assert found_in({KEY: 7}) == ""
    assert found_in(UserDict({KEY: "a.7"})) == ""
    assert found_in(None) == ""
