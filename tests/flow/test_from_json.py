"""Whatever ``from_json`` reads can be shown, in every way there is."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minichannels.flow import Flow
from minichannels.flow.drawings import DRAWINGS
from minichannels.flow.journal.events import LOST
from minichannels.flow.journal.kinds import KINDS
from minichannels.flow.live.feed import Feed
from minichannels.flow.text.har import har
from minichannels.flow.web.document import document

NAMES = st.sampled_from(["", "ada", "app#1", "channel#2", "x#", "\ud800{}%s"])
NUMBERS = st.integers(0, 3) | st.sampled_from([100, 2**53, 2**53 + 1])
TIMES = st.sampled_from([None, 0, 1.5, 5e10, 6e10, 2**53])
TYPES = st.sampled_from(
    [
        *("", "chat.message", "websocket.disconnect", "\ud800"),
        *("http.request", "http.response.start", "http.response.body"),
        *("websocket.connect", "websocket.receive", "websocket.send"),
    ]
)
PATHS = st.sampled_from(["/", "//[", "//[x]?a=%ff&a", "/\ud800", 1])
STATUSES = st.sampled_from(["delivered", "waiting", "?", *LOST])
TEXTS = st.sampled_from(
    [
        *("", "hi", "{", '{"a": 1}', '["\\ud800"]', "[1e999]"),
        *("[" * 3_000, '{"a":' * 500 + "1" + "}" * 500, f"[{'9' * 5_000}]"),
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["bytes", "dict", "a"]), inner)
    ),
    max_leaves=4,
)
KEYS = ["text", "bytes", "where", "line", "code", "body", "status", "\ud800"]
NEEDED = {
    "kind": st.sampled_from(list(KINDS)),
    "source": NAMES,
    "target": NAMES,
    "type": TYPES,
    "payload": st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=2)
    | st.fixed_dictionaries({"path": PATHS}, optional={"method": VALUES}),
    "connection": st.integers(1, 4),
}
OTHERS = {
    **dict.fromkeys(("client", "application", "group", "member"), NAMES),
    **dict.fromkeys(("reason", "handler", "process"), NAMES),
    **dict.fromkeys(("former", "user", "sender"), NAMES),
    **dict.fromkeys(("waiting", "capacity", "members"), NUMBERS),
    **dict.fromkeys(("at", "ran", "waited"), TIMES),
    "cause": st.none() | st.integers(0, 4),
    "status": STATUSES,
    "ends": st.booleans(),
}
EVENTS = st.fixed_dictionaries(NEEDED, optional=OTHERS)


def stored(
    events: list[dict[str, Any]], left_out: int = 0, began: Any = None
) -> str:
    numbered = [
        {"seq": number if KINDS[event["kind"]].numbered else 0, **event}
        for number, event in enumerate(events, start=1)
    ]
    values = {"minichannels-flow": 2, "left_out": left_out, "began": began}
    return json.dumps({**values, "events": numbered})


def show(flow: Flow) -> None:
    """Show a flow in every way; what is shown can be written to a file."""
    for name in DRAWINGS:
        getattr(flow, name)().svg.encode()
    pages = (flow.lanes().html, flow.table().html, flow.times().html)
    for text in (*pages, flow.mermaid(), har(flow.events, flow.began)):
        text.encode()
    repr(flow).encode()
    repr(flow.diff(Flow([]))).encode()
    document(flow, "x").encode()
    json.dumps(Feed(flow.events).state(), allow_nan=False)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(EVENTS, min_size=1, max_size=7), st.integers(0, 2**53), TIMES)
def test_whatever_is_read_can_be_shown(
    events: list[dict[str, Any]], left_out: int, began: Any
) -> None:
    try:
        flow = Flow.from_json(stored(events, left_out, began))
    except ValueError:
        return
    show(flow)
    for number in (event.seq for event in flow if event.seq):
        show(flow.why(number))
        show(Flow(flow.why(number).events))
        flow.topology(at=number).svg.encode()
    for client in {event.client for event in flow} - {""}:
        show(flow.filter(client=client))
    assert Flow.from_json(flow.to_json()).to_json() == flow.to_json()
    assert Flow.from_json(flow.to_json()) == flow


def an(kind: str, connection: int, **values: Any) -> dict[str, Any]:
    names = {"source": "a", "target": "b", "type": "t", "payload": {}}
    return {"kind": kind, "connection": connection, **names, **values}


@pytest.mark.parametrize(
    "events",
    [
        [an("ghost", 1, application="channel#1")],
        [
            an("crash", 2),
            an("loss", 3),
            an("ghost", 4, application="channel#1"),
        ],
        [
            an("deliver", 2, application="a", ends=True),
            an("ghost", 4, application="channel#1"),
        ],
    ],
)
def test_a_flow_that_was_cut_may_begin_with_a_ghost(
    events: list[dict[str, Any]],
) -> None:
    flow = Flow.from_json(stored(events))

    assert "ghost" in flow.mailboxes().svg
    assert Feed(flow.events).state()["events"]


def test_a_reader_elsewhere_whose_event_names_a_member_has_no_column() -> None:
    flow = Flow.from_json(
        stored(
            [
                an("receive", 1, application="elsewhere#1", member="app#1"),
                an("receive", 2, application="app#1"),
            ]
        )
    )

    assert "elsewhere" in flow.lanes().svg
    assert "elsewhere" not in flow.why(2).lanes().svg
