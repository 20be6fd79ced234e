from typing import Any

import pytest

from minichannels.lab.exercises.payloads import holds


@pytest.mark.parametrize(
    "value",
    [
        {"text": 'tea: "now"'},
        {"by": 1, "lines": ["é", ['bob: tea: "now"']]},
        {"said": b'tea: "now"'},
        {"json": '{"message": "tea: \\"now\\""}'},
    ],
)
def test_words_are_held_in_whatever_shape(value: Any) -> None:
    assert holds(value, 'tea: "now"')
    assert not holds(value, "cake")


def test_words_are_held_by_json_with_accents_written_either_way() -> None:
    assert holds({"json": '"caf\\u00e9"'}, "café")
    assert holds({"json": '"café"'}, "café")


def test_a_message_without_a_text_holds_no_words() -> None:
    assert not holds({"number": 3, "none": None}, "tea")
