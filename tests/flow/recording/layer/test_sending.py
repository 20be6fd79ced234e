import pytest

from minichannels.flow.recording.layer.sending import KEY, TracedSend, sender_of


def test_a_message_carries_the_token_of_its_act() -> None:
    act = TracedSend({"type": "chat.message", "text": "hi"})
    act.begin()

    assert sender_of(act.message[KEY]) == act.id
    assert (act.type, act.payload) == ("chat.message", {"text": "hi"})


def test_what_was_given_stays_as_it_is() -> None:
    message = {"type": "x", "n": [1]}
    TracedSend(message).begin()

    assert message == {"type": "x", "n": [1]}


@pytest.mark.parametrize("token", ["", "5", "x.y", "another.5"])
def test_a_token_of_nobody_here_names_no_act(token: str) -> None:
    assert sender_of(token) is None
