"""Lines to the layer pass over the lanes of others, so that one can count."""

import re
from typing import Any

import pytest

from minichannels.flow import Flow
from minichannels.flow.journal.events import Event
from minichannels.flow.live.replay import Replay

BOW = "q0-5 6-5"


def event(seq: int, kind: str, who: int, **changes: Any) -> Event:
    application, client = f"chat#{who}", f"client{who}"
    values: dict[str, Any] = {
        "source": application,
        "target": "layer",
        "type": "group_add" if kind == "join" else "websocket.connect",
        "payload": {},
        "connection": who,
        "client": client,
        "application": application,
    }
    return Event(seq, kind, **{**values, **changes})


def connected(number: int) -> list[Event]:
    return [
        event(n, "receive", n, handler="connect", source=f"client{n}")
        for n in range(1, number + 1)
    ]


def send(seq: int, who: int) -> Event:
    return event(seq, "group_send", who, group="chat", type="chat.message")


def bows(picture: str) -> int:
    return picture.count(BOW)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_send_passes_over_each_client_and_each_consumer(number: int) -> None:
    flow = Flow([*connected(number), send(number + 1, 1)])

    assert bows(flow.lanes().svg) == 2 * (number - 1)


def test_a_send_passes_over_nobody_who_stands_at_its_other_side() -> None:
    flow = Flow([*connected(3), send(4, 3)])

    assert bows(flow.lanes().svg) == 0


def test_a_column_is_passed_over_as_a_whole() -> None:
    (left, over), *_ = re.findall(
        r"M([\d.]+) [\d.]+q0-5 6-5m([\d.]+) 0q6",
        Flow([*connected(2), send(3, 1)]).lanes().svg.partition("m0 0q6")[2],
    )

    assert float(left) == 220  # bob's column begins at 222
    assert float(over) + 12 > 88


def test_what_comes_after_the_end_of_a_scope_passes_over_nothing() -> None:
    gone = event(3, "receive", 2, type="websocket.disconnect", ends=True)
    flow = Flow([*connected(2), gone, send(4, 1), send(5, 1)])

    assert bows(flow.lanes().svg) == 2  # the line of the client goes on


def test_what_is_not_there_yet_is_a_thin_line() -> None:
    first, second = connected(2)
    joins = event(2, "join", 1, group="chat", member="chat#1")

    picture = Flow([first, joins, send(3, 1), second]).lanes().svg

    assert picture.count("m0 0q6") == 4  # two lines, twice


def test_the_live_view_passes_over_the_same_lanes() -> None:
    gone = event(4, "receive", 2, type="websocket.disconnect", ends=True)
    events = [*connected(2), send(3, 1), gone, send(5, 1)]
    replay = Replay(grows=False)
    replay.begin(events)

    rows = [bows(row["a"]) for row in replay.state()["rows"]]

    # There, the thin line of a consumer goes on after its scope.
    assert rows == [0, 0, 2, 0, 2]


def test_a_second_layer_is_behind_the_first() -> None:
    other = {"target": "layer other"}
    flow = Flow([*connected(1), send(2, 1), event(3, "join", 1, **other)])

    assert bows(flow.lanes().svg) == 1
