from collections import UserDict

from minichannels.flow.journal.cause_key import (
    KEY,
    TOKEN,
    found_in,
    key_of,
    marked,
    without_key,
)


def test_a_key_goes_into_a_copy_and_out_again() -> None:
    message = {"type": "chat.message"}

    sent = marked(message, key_of(7))

    assert sent == {"type": "chat.message", KEY: f"{TOKEN}.7"}
    assert found_in(sent) == f"{TOKEN}.7"
    assert without_key(sent) == message
    assert message == {"type": "chat.message"}


def test_a_message_without_a_key_is_left_as_it_is() -> None:
    message = {"type": "chat.message"}

    assert without_key(message) is message
    assert found_in(message) == ""


def test_what_is_no_key_is_none() -> None:
    assert found_in({KEY: 7}) == ""
    assert found_in(UserDict({KEY: "a.7"})) == ""
    assert found_in(None) == ""
