"""A flow as JSON: written, and read again.

How it works: an event becomes an object with a key for each attribute, without
its place in the order of arrival. JSON has no bytes: they become an object
with one key, ``bytes``, in hexadecimal digits.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from minichannels.flow.events import Event

FORMAT = 1
"""The version of what is written."""


def as_json(events: Sequence[Event], left_out: int) -> str:
    """Return events as JSON, and how many came before them."""
    values = {
        "minichannels-flow": FORMAT,
        "left_out": left_out,
        "events": [_stored(event) for event in events],
    }
    text = json.dumps(values, ensure_ascii=True, indent=1, default=_binary)
    return text.replace("<", "\\u003c")  # for pages that contain it


def from_json(text: str) -> tuple[list[Event], int]:
    """Return the events that were written, and how many came before them.

    Raises:
        ValueError: the text is not such a flow.
    """
    try:
        values = json.loads(text)
        known = {field.name for field in fields(Event)}
        events = [
            Event(**{k: _value(v) for k, v in event.items() if k in known})
            for event in values["events"]
        ]
        return events, int(values["left_out"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(
            f"this is not the JSON of a flow ({error}); write it with"
            " flow.to_json() or flow.save('….json')"
        ) from None


def _stored(event: Event) -> dict[str, Any]:
    values = asdict(event)
    del values["arrival"]
    return values


def _binary(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    return repr(value)


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"bytes"} and isinstance(value["bytes"], str):
            return bytes.fromhex(value["bytes"])
        return {key: _value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_value(item) for item in value]
    return value
