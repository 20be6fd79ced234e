import base64
import re
from dataclasses import replace
from typing import Any

import pytest

from minichannels.flow import Event
from minichannels.flow.drawings.lanes.annotations import Annotations
from minichannels.flow.drawings.lanes.columns import Columns
from minichannels.flow.drawings.lanes.lanes import lanes
from minichannels.lab.checking.report.figure import beginning, shown

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


def test_shown_marks_the_last_event_of_rows_that_are_folded() -> None:
    told = [
        told_once
        for n in range(1, 19, 2)
        for told_once in (
            event(n, "receive", 1, type="websocket.receive", handler="receive"),
            event(n + 1, "send", 1, type="websocket.send", cause=n),
        )
    ]

    assert shown(told, told[-1], "")[0] == "Event 18 is marked."
    assert shown(told, told[9], "") == ("", "")  # folded


def event(seq: int, kind: str, who: int, **changes: Any) -> Event:
    client, app = ("ada", "bob")[who - 1], f"chat#{who}"
    values: dict[str, Any] = {
        "seq": seq,
        "kind": kind,
        "connection": who,
        "payload": {},
        "source": client,
        "target": app,
        "type": "chat.message",
        "client": client,
        "application": app,
    }
    return Event(**{**values, **changes})


WHOLE = [
    event(1, "receive", 1, type="websocket.connect", handler="connect"),
    event(2, "receive", 2, type="websocket.connect", handler="connect"),
    event(3, "receive", 1, type="websocket.receive", handler="receive"),
    event(4, "deliver", 2, handler="chat_message"),
]


def picture(missing: str, whose: str = "") -> str:
    image = shown(WHOLE[2:], None, missing, whose, WHOLE)[1]
    found = re.search('base64,([^"]+)', image)
    return base64.b64decode(found[1] if found else "").decode()


def dotted(svg: str) -> list[str]:
    """Return where the arrows of what is missing begin and end, at the left."""
    return re.findall(
        r'd="M([\d.]+) [^"]*H([\d.]+)" [^>]*stroke-dasharray="2 3"', svg
    )


def test_picture_says_of_how_many_events_it_shows_some() -> None:
    assert ">2 of 4 events<" in picture("websocket.send", "bob")


def test_missing_arrow_goes_to_the_client_that_should_have_got_it() -> None:
    columns = Columns(WHOLE[2:])
    bob = columns.of[2]

    (arrow,) = dotted(picture("websocket.send", "bob"))

    assert [float(x) for x in arrow] == [bob.x + 4, bob.left + 3]


def test_missing_call_of_the_layer_goes_to_the_layer() -> None:
    columns = Columns(WHOLE[2:])

    (arrow,) = dotted(picture("group_send to chat"))

    end = columns.layers["layer"] + 2
    assert [float(x) for x in arrow] == [columns.of[1].right, end]


def test_missing_call_of_the_layer_has_a_layer_to_go_to() -> None:
    image = shown(WHOLE[:1], None, "group_add to chat")[1]

    svg = base64.b64decode(image.partition("base64,")[2]).decode()
    assert ">layer<" in svg
    assert len(dotted(svg)) == 1


@pytest.mark.parametrize(
    ("events", "missing"),
    [(WHOLE[2:], "websocket.send"), (WHOLE[3:], "group_send to chat")],
)
def test_missing_arrow_is_left_out_if_nobody_knows_whose(
    events: list[Event], missing: str
) -> None:
    replaced = [replace(e, client="") for e in events[:1]] + events[1:]
    who = "nobody" if missing == "websocket.send" else ""

    image = shown(replaced, None, missing, who)[1]

    svg = base64.b64decode(image.partition("base64,")[2]).decode()
    assert dotted(svg) == []
    assert ">missing<" in svg


def test_missing_row_stands_above_the_legend() -> None:
    found = re.findall(
        r'y="([0-9.]+)"[^>]*>(?:<tspan[^>]*>)?([^<]+)',
        picture("websocket.send", "bob"),
    )

    heights = {words: float(y) for y, words in found}
    assert heights["missing"] < heights["handler runs"]


def test_missing_arrow_needs_a_client_to_go_to() -> None:
    alone = [replace(WHOLE[0], client="")]

    svg = lanes(alone, marks=Annotations(None, "websocket.send", whose=1))

    assert dotted(svg) == []


def test_pass_shows_how_it_began_with_what_came_of_that() -> None:
    # Each event but every fifth is a consequence of the one before.
    events = [
        replace(WHOLE[0], seq=n, arrival=n, cause=n - 1 if n % 5 else None)
        for n in range(1, 41)
    ]

    words, _ = beginning(events)
    few, _ = beginning(events[:3])

    assert words.startswith("Flow: 14 of 40 events")
    assert few.startswith("Flow: 3 events")


def test_beginning_has_no_picture_of_nothing() -> None:
    assert beginning([]) == ("", "")
