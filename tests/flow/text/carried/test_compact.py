import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minichannels.flow import Flow
from minichannels.flow.journal.events import Event
from minichannels.flow.text.carried import compact as module
from minichannels.flow.text.carried.compact import compact, recompacted
from minichannels.flow.text.formatting import shortened
from minichannels.flow.web.document import document

LIMIT = 5  # so that a few values are more than is shown
TEXTS = st.text('ab"\\\n/é😀,:[]{} ', max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3)
    ),
    max_leaves=8,
)


def dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.lists(VALUES, max_size=6) | st.dictionaries(TEXTS, VALUES, max_size=6),
    st.booleans(),
    st.sampled_from([None, 1]),
)
def test_a_long_text_is_shown_as_if_all_of_it_had_been_parsed(
    value: Any, ascii_: bool, indent: int | None
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_, indent=indent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "ROOM", 0)
        found = recompacted(text, LIMIT)

    assert found is not None
    assert shortened(found, LIMIT) == shortened(dumped(value), LIMIT)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"a": [1, {"b": 2.50', '{"a":[1,{…'),
        ('{"a": {"b": [', '{"a":{"b":[…'),
        ('[[1], {"a": 2}, {', '[[1],{"a":2},{…'),
        ('{"a": "bc', '{"a":"bc…'),
        ('{"a": "b\\', '{"a":"b…'),
        ('{"a": "b\\u00', '{"a":"b…'),
        ('{"a": "\\u00e9\\n', '{"a":"é\\n…'),
        ('{"a": 1, "bc', '{"a":1,"bc…'),
        ('{"a": 1, "bc"', '{"a":1…'),
        ('{"a": 1, "bc":', '{"a":1…'),
        ('["a", "bc"', '["a"…'),
        ("[1, tru", "[1…"),
        ("[" * 50, "[" * 50 + "…"),
        ("[nobody]", None),
        ("[1}, 2", None),
        ("{hello", None),
        ("{1: 2, 3", None),
    ],
)
def test_a_text_that_is_cut_is_closed_and_parsed(
    text: str, shown: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ROOM", len(text))
    monkeypatch.setattr(module, "ROOM_PER_CELL", 0)

    assert recompacted(text + " " * 300, 100) == shown


def test_a_text_without_end_is_no_json() -> None:
    assert recompacted("[" * 100_000, 100) is None
    assert recompacted("[" * 501 + "]" * 501, 100) is None
    assert recompacted("[" * 500 + "]" * 500, 10) == "[" * 41
    assert recompacted("[" + "[0]," * 600 + "0]", 10) is not None
    assert recompacted('{"a": 1', 100) is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"a": [1, None]}, '{"a": [1, null]}'),
        ({(1,): 2}, "<dict>"),
        ([b"x"], '["<bytes>"]'),
    ],
)
def test_compact_gives_a_value_as_json(value: Any, shown: str) -> None:
    assert compact(value, 60, lambda value: "<bytes>") == shown


def test_compact_ends_when_that_is_enough() -> None:
    looked: list[object] = []

    def note(value: object) -> str:
        looked.append(value)
        return "x"

    words = compact([object()] * 10_000, 5, note)

    assert words == json.dumps(["x"] * 10_000)[: len(words)]
    assert len(looked) < 50


@pytest.mark.parametrize(
    "payload",
    [
        {"text": json.dumps({"a": [[1]] * 80_000})},
        {"text": json.dumps({"a": "x" * 480_000})},
        {"text": json.dumps([{"a": n} for n in range(48_000)])},
        {"text": "[" * 480_000},
        {"text": "{" + "x" * 480_000},
        {"text": " " * 480_000},
        {"text": "[" + " " * 480_000},
        {"text": '["' + "\\" * 480_000},
        {"items": [[1]] * 160_000},
        {"items": [""] * 160_000},
        {"body": b"x" * 480_000},
    ],
)
def test_of_large_messages_no_more_is_parsed_than_is_shown(
    payload: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[int] = []

    def loads(text: str, **how: Any) -> Any:
        parsed.append(len(text))
        return real(text, **how)

    real = json.loads
    monkeypatch.setattr(json, "loads", loads)
    kinds = ["receive", "group_send"]
    flow = Flow(
        [
            Event(n, kinds[n % 2], "a", "b#1", "x", payload, 1, "a", "b#1")
            for n in range(1, 61)
        ]
    )

    repr(flow)
    document(flow, "x")
    flow.mermaid()

    assert max(parsed, default=0) <= 2 * module.ROOM + 10
    assert len(parsed) <= 3 * 60
