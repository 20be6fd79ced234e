import json
import math
import re
from typing import Any

import pytest

from minichannels.flow import Flow, Journal
from minichannels.flow.journal.events import Entry
from minichannels.flow.journal.payloads import DEEPEST, kept
from minichannels.flow.journal.serializing import read, written
from support.story import GOLDEN as FLOWS

EVENT = {
    "seq": 1,
    "kind": "receive",
    "source": "ada",
    "target": "echo",
    "type": "websocket.receive",
    "payload": {"text": "hi"},
    "connection": 1,
}


def payload_again(payload: dict[str, Any]) -> Any:
    """Return a payload after it was written, and read again."""
    journal = Journal()
    lane = journal.open_lane("ada", "echo#1")
    journal.add(Entry("deliver", lane, "x", payload))
    (event,), *_ = read(written(Flow(journal).events, 0))
    return event.payload


def test_bytes_come_back_and_what_is_odd_is_text() -> None:
    values = {"a": b"\x00\xff", "b": [{"c": (1,)}], "d": {1}}

    again = payload_again(values)

    assert again == {"a": b"\x00\xff", "b": [{"c": [1]}], "d": "{1}"}


@pytest.mark.parametrize(
    "payload",
    [
        {"bytes": "no number"},
        {"bytes": b"\x00"},
        {"dict": "x"},
        {"a": {"bytes": "ff"}},
        {"a": {"bytes": b"ff"}},
        {"a": {"dict": {"bytes": "ff"}}},
        {"a": [{"dict": {"dict": {}}}, {"bytes": "", "dict": 1}]},
        {"a": {"float": "nan"}},
        {"a": {"float": "1.5"}},
        {"a": {"float": [1]}},
    ],
)
def test_what_looks_like_the_marks_comes_back(payload: dict[str, Any]) -> None:
    assert payload_again(payload) == payload


def test_what_is_written_is_json_whatever_the_numbers() -> None:
    numbers = [math.inf, -math.inf, math.nan, -0.0]
    journal = Journal()
    lane = journal.open_lane("ada", "echo#1")
    journal.add(Entry("deliver", lane, "x", {"a": numbers, "b": {"c": [1]}}))
    text = written(Flow(journal).events, 0)

    values = json.loads(text, parse_constant=pytest.fail)
    (event,), *_ = read(text)

    assert values["events"][0]["payload"]["a"] == [
        *({"float": "inf"}, {"float": "-inf"}, {"float": "nan"}),
        -0.0,
    ]
    assert list(map(str, event.payload["a"])) == ["inf", "-inf", "nan", "-0.0"]


def test_bytes_of_a_file_are_read() -> None:
    assert read(written([], 7).encode("utf-8-sig")) == ([], 7, None)


def stored(*events: Any, **changes: Any) -> str:
    values = {"minichannels-flow": 2, "left_out": 0, "events": events}
    return json.dumps(values | changes)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Expecting value"),
        ("[" * 100_000, "nested too deeply"),
        (None, "a NoneType is no text"),
        ("[]", "no 'minichannels-flow' in it"),
        ("{}", "no 'minichannels-flow' in it"),
        (
            stored(**{"minichannels-flow": 3}),
            "its version is 3, and this minichannels reads versions 1 to 2",
        ),
        (stored(left_out=-1), "'left_out' cannot be -1"),
        (stored(left_out=1e999), "'left_out' cannot be inf"),
        (stored(events={}), "'events' cannot be {}"),
        (stored(EVENT, 3), "event 2 of the list: it is no object"),
        (stored(EVENT, EVENT), "event 2 of the list: 'seq' cannot be 1"),
    ],
)
def test_what_is_no_flow_is_refused(text: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read(text)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seq", "1"),
        ("seq", True),
        ("seq", -1),
        ("seq", 0),  # of notes alone
        ("seq", 2**53 + 1),  # JavaScript does not know it
        ("connection", -1),
        ("connection", 0),
        ("connection", 1.0),
        ("source", None),
        ("ends", 1),
        ("cause", "x"),
        ("cause", 1),  # its own, without end
        ("waiting", "1"),
        ("capacity", -1),
        ("payload", []),
    ],
)
def test_event_with_a_wrong_value_is_refused(name: str, value: Any) -> None:
    problem = re.escape(f"'{name}' cannot be {value!r}")

    with pytest.raises(ValueError, match=problem):
        read(stored({**EVENT, name: value}))


def test_event_without_a_payload_is_refused() -> None:
    values = {name: EVENT[name] for name in EVENT if name != "payload"}

    with pytest.raises(ValueError, match=r"event 1 .*: it has no 'payload'"):
        read(stored(values))


def test_headers_stand_with_the_first_event_and_come_back_for_each() -> None:
    first = {**EVENT, "heads": {"origin": "http://shop.test", "later": 1}}
    second = {**EVENT, "seq": 2}
    other = {**EVENT, "seq": 3, "connection": 2}

    events, *_ = read(stored(first, second, other))

    asked = [event.heads and event.heads.origin for event in events]
    assert asked == ["http://shop.test", "http://shop.test", None]
    again = json.loads(written(events, 0))["events"]
    assert again[0]["heads"] == {"origin": "http://shop.test"}
    assert ["heads" in event for event in again] == [True, False, False]
    # What is of one run is no part of a canonical text.
    assert "heads" not in Flow(events).to_json()


@pytest.mark.parametrize(
    ("heads", "problem"),
    [([], "'heads' cannot be []"), ({"asked": 1}, "'asked' cannot be 1")],
)
def test_headers_that_are_none_are_refused(heads: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)):
        read(stored({**EVENT, "heads": heads}))


@pytest.mark.parametrize("mark", [{"bytes": 1}, {"bytes": "x"}, {"dict": 1}])
def test_payload_with_a_wrong_mark_is_refused(mark: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"cannot be 1|non-hexadecimal"):
        read(stored({**EVENT, "payload": {"a": mark}}))


def test_payload_as_deep_as_a_journal_keeps_comes_back() -> None:
    deep: Any = 1
    for _ in range(2 * DEEPEST):
        deep = [deep]

    payload = {"a": kept(deep)}  # as of an event, of which each value is kept

    assert payload_again(payload) == payload


def test_payload_deeper_than_a_journal_keeps_is_refused() -> None:
    deep: Any = 1
    for _ in range(200):
        deep = [deep]

    with pytest.raises(ValueError, match="'payload' is nested too deeply"):
        read(stored({**EVENT, "payload": {"a": deep}}))


def test_note_may_name_a_cause_that_is_not_there() -> None:
    ghost = {**EVENT, "seq": 0, "kind": "ghost", "cause": 9}

    (event,), *_ = read(stored(ghost))

    assert event.cause == 9


def test_note_with_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="'seq' cannot be 1"):
        read(stored({**EVENT, "kind": "ghost"}))


def test_flow_of_version_1_is_read_as_if_it_were_written_today() -> None:
    old = (FLOWS / "version-1.json").read_bytes()
    new = (FLOWS / "flow.json").read_bytes()

    assert read(old) == read(new)


@pytest.mark.parametrize(
    ("reason", "numbers"),
    [
        ("waits 3", (3, None)),
        ("waits 3/100", (3, 100)),
        ("full 2/2", (None, 2)),
        ("full", (None, None)),
        ("waits for you 1/2", (None, None)),
        (f"waits {'9' * 5_000}", (None, None)),
        ("waits ٣/٤", (None, None)),  # digits of another script
    ],
)
def test_reason_of_version_1_tells_where_a_message_waits(
    reason: str, numbers: tuple[int | None, int | None]
) -> None:
    one = {**EVENT, "kind": "deliver", "reason": reason}

    (event,), *_ = read(stored(one, **{"minichannels-flow": 1}))

    assert (event.waiting, event.capacity) == numbers


def test_reason_of_version_2_is_not_read() -> None:
    (event,), *_ = read(
        stored({**EVENT, "kind": "deliver", "reason": "full 2/2"})
    )

    assert event.capacity is None


def test_event_of_an_unknown_kind_is_refused() -> None:
    problem = "event 1 of the list: there is no kind of event 'jump'; there are"

    with pytest.raises(ValueError, match=problem):
        read(stored({**EVENT, "kind": "jump"}))
