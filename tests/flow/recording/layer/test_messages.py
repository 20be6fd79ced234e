import sys
from collections.abc import Callable
from typing import Any

from minichannels.flow.journal.events import Entry, Lane
from minichannels.flow.recording.application.causes import handed
from minichannels.flow.recording.layer.messages import own, plain

EVENT = {"type": "websocket.receive", "text": "hi"}


def deepest(call: Callable[[], object]) -> int:
    """Return how many calls were within each other, at most."""
    depths = [0]

    def note(frame: Any, happened: str, argument: Any) -> None:
        if happened in ("call", "return"):
            depths.append(depths[-1] + (1 if happened == "call" else -1))

    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
    return max(depths)


def test_own_of_a_cycle_stays_far_from_the_limit_of_the_stack() -> None:
    message: dict[str, Any] = {"type": "x"}
    message["one"] = message["other"] = [message]

    # A finalizer that runs at the limit would fail, whosever it is.
    assert deepest(lambda: own(message)) < sys.getrecursionlimit() / 2


def test_own_is_a_copy_even_of_what_contains_itself() -> None:
    message: dict[str, Any] = {"type": "x"}
    message["self"] = message

    copied = own(message)

    assert copied is not message
    assert copied["self"] is message


def test_plain_leaves_no_event_in_a_message() -> None:
    event = handed(EVENT, Entry("receive", Lane(1, "", ""), "x", {}))
    copy = plain({"a": event, "b": [event, (event, 1)], "c": "x"})

    assert copy == {"a": EVENT, "b": [EVENT, (EVENT, 1)], "c": "x"}
    assert (
        type(copy["a"]) is type(copy["b"][0]) is type(copy["b"][1][0]) is dict
    )


def test_plain_leaves_the_rest_to_the_layer() -> None:
    odd = object()

    assert plain({"a": odd})["a"] is odd
