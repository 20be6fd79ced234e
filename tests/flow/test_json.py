import pytest

from minichannels.flow import Flow, Journal
from minichannels.flow.events import Entry


def test_json_keeps_bytes_and_what_is_odd() -> None:
    journal = Journal()
    lane = journal.open_lane("ada", "echo#1")
    values = {"a": b"\x00\xff", "b": [{"c": (1,)}], "d": {1}}
    journal.add(Entry("deliver", lane, "x", values))

    (event,) = Flow.from_json(Flow(journal).to_json())

    assert event.payload == {"a": b"\x00\xff", "b": [{"c": [1]}], "d": "{1}"}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"left_out": 0, "events": [{"seq": 1}]}']
)
def test_json_of_something_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="this is not the JSON of a flow"):
        Flow.from_json(text)
