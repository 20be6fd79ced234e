from minichannels.flow import Event
from minichannels.lab.checking.figure import shown

EVENTS = [
    Event(1, "receive", "ada", "echo#1", "websocket.connect", {}, 1, "ada"),
    Event(2, "send", "echo#1", "ada", "websocket.accept", {}, 1, "ada"),
]


def test_shown_marks_an_event() -> None:
    words, image = shown(EVENTS, EVENTS[1], "")

    assert words == "Event 2 is marked."
    assert image.startswith("<img alt=")


def test_shown_marks_no_event_that_is_not_in_the_picture() -> None:
    assert shown(EVENTS[:1], EVENTS[1], "") == ("", "")


def test_shown_has_no_picture_of_nothing() -> None:
    assert shown([], EVENTS[1], "websocket.send") == ("", "")
