"""A flow as JSON, and read again.

How it works: an event is written field by field, its payload's bytes as
``{"bytes": "00ff"}``, and a number that JSON has no word for as
``{"float": "nan"}``. A dict that looks like these, or like what marks it,
stands in ``{"dict": …}``. What is kept of a connection's headers stands with
the first of its events that has it. Whoever reads a flow may have got it from
anybody: what does not fit is an error here, and not later in a drawing.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from minichannels.flow.journal.events import Event, Heads
from minichannels.flow.journal.payloads import DEEPEST

VERSION = 2
"""The version of what is written; version 1 is read, too."""

_MARK = "minichannels-flow"
_OF_ONE_RUN = {"arrival", "thread", "began", "ended", "calls", "heads"}
"""Fields that may differ from run to run, or from machine to machine."""
TIMES = ("at", "ran", "waited")
"""Those that do, and are written unless they are not wanted."""
_FIELDS = [
    f.name for f in fields(Event) if f.init and f.name not in _OF_ONE_RUN
]
_HEADS = [f.name for f in fields(Heads)]
_NEEDED = ("seq", "kind", "source", "target", "type", "payload", "connection")
_NUMBERS = frozenset({"seq", "connection", "members"})
_RARE = ("former", "process", "user", "sender", "begun_in")
"""Fields that few events have, and that are left out of the others."""
_UNKNOWN = frozenset({"cause", "begun_in", "waiting", "capacity"})
"""Numbers that may not be known."""
_NO_JSON = ("nan", "inf", "-inf")
_LARGEST = 2**53
"""Numbers up to here are the same in every reader of JSON."""
_LONGEST = 50_000_000_000
"""Seconds up to here: with as many after 1970, and others behind these, there
is a date."""

# Digits that int() takes, and not too many of them.
_SAID = re.compile(
    r"(waits (?P<waits>[0-9]{1,9})|full [0-9]{1,9})(/(?P<capacity>[0-9]{1,9}))?"
)


def written(
    events: Sequence[Event], left_out: int, began: float | None = None
) -> str:
    """Return events as JSON; began is when the first of them was."""
    values = {
        _MARK: VERSION,
        "left_out": left_out,
        **({} if began is None else {"began": round(began, 3)}),
        "events": _written_events(events),
    }
    text = json.dumps(
        values, ensure_ascii=True, indent=1, default=repr, allow_nan=False
    )
    return text.replace("<", "\\u003c")  # for pages that contain it


def _written_events(events: Sequence[Event]) -> list[dict[str, Any]]:
    told, found = set(), []
    for event in events:
        values = _written_event(event)
        if event.heads and event.connection not in told:
            told.add(event.connection)
            heads = asdict(event.heads).items()
            values["heads"] = {name: said for name, said in heads if said}
        found.append(values)
    return found


def _written_event(event: Event) -> dict[str, Any]:
    values = {name: getattr(event, name) for name in _FIELDS}
    for name in _RARE:
        if not values[name]:
            del values[name]
    for name in TIMES:
        if values[name] is None:
            del values[name]
        else:
            values[name] = round(values[name], 6)
    values["payload"] = {k: json_of(v) for k, v in event.payload.items()}
    return values


def json_of(value: Any) -> Any:
    """Return what stands for a value in JSON."""
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}
    if isinstance(value, list | tuple):
        return [json_of(item) for item in value]
    if isinstance(value, Mapping):
        values = {key: json_of(item) for key, item in value.items()}
        return {"dict": values} if _is_marked(values) else values
    return value


def _is_marked(values: Mapping[str, Any]) -> bool:
    if len(values) != 1:
        return False
    ((mark, value),) = values.items()
    # "float" marks these three alone: older files have no such mark.
    return mark in ("bytes", "dict") or (mark == "float" and value in _NO_JSON)


def untimed(event: Event) -> Event:
    """Return an event without its times, and whatever else is of one run."""
    return replace(event, at=None, ran=None, waited=None, heads=None)


def read(text: str | bytes) -> tuple[list[Event], int, float | None]:
    """Return the events that were written.

    Returns:
        The events, how many were left out before them, and when they began,
        if that is known.

    Raises:
        ValueError: the text is something else; says what is wrong with it.
    """
    values = _opened(text)
    left_out: Any = values.get("left_out")
    stored: Any = values.get("events")
    began: Any = values.get("began")
    _require(_is_number(left_out), "left_out", left_out)
    _require(isinstance(stored, list), "events", stored)
    _require(began is None or is_time(began), "began", began)
    events = _events(stored)
    if values[_MARK] == 1:
        events = [_of_version_1(event) for event in events]
    return events, left_out, began


def _opened(text: str | bytes) -> dict[str, Any]:
    """Return what a text holds, if it is marked as ours."""
    try:
        values = json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except TypeError:
        raise ValueError(f"a {type(text).__name__} is no text") from None
    if not isinstance(values, dict) or _MARK not in values:
        raise ValueError(f"there is no {_MARK!r} in it")
    version: Any = values[_MARK]
    if type(version) is not int or not 1 <= version <= VERSION:
        raise ValueError(
            f"its version is {repr(version)[:40]}, and this minichannels"
            f" reads versions 1 to {VERSION}"
        )
    return values


def _of_version_1(event: Event) -> Event:
    """Return an event with what only its reason said then."""
    said = _SAID.fullmatch(event.reason)
    if event.kind != "deliver" or said is None:
        return event
    waits, capacity = said["waits"], said["capacity"]
    return replace(
        event,
        waiting=int(waits) if waits else None,
        capacity=int(capacity) if capacity else None,
    )


def _events(stored: Sequence[Any]) -> list[Event]:
    events, last = [], 0
    heads: dict[int, Heads] = {}
    for index, values in enumerate(stored):
        try:
            event = _event(values, heads)
            if event.seq:  # notes have none
                _require(event.seq > last, "seq", event.seq)
                last = event.seq
        except ValueError as error:
            raise ValueError(
                f"event {index + 1} of the list: {error}"
            ) from None
        events.append(event)
    return events


def _event(stored: Any, heads: dict[int, Heads]) -> Event:
    """Return an event, with what was told of its connection's headers."""
    if not isinstance(stored, dict):
        raise ValueError("it is no object")
    for name in _NEEDED:
        if name not in stored:
            raise ValueError(f"it has no {name!r}")
    values = {name: stored[name] for name in _FIELDS if name in stored}
    for name, value in values.items():
        _require(_fits(name, value), name, value)
    payload = payload_of(values.pop("payload"))
    event = Event(payload=payload, **values)
    _require(event.connection > 0, "connection", event.connection)
    if "heads" in stored:
        heads[event.connection] = _heads(stored["heads"])
    event = replace(event, heads=heads.get(event.connection))
    # Notes have no number, and nothing else has none.
    _require((event.seq > 0) == event.traits.numbered, "seq", event.seq)
    # What follows from an event stands after it.
    cause = event.cause if event.seq else None
    _require(cause is None or cause < event.seq, "cause", cause)
    return event


def _heads(stored: Any) -> Heads:
    _require(isinstance(stored, dict), "heads", stored)
    known = {name: stored.get(name, "") for name in _HEADS}
    for name, value in known.items():
        _require(isinstance(value, str), name, value)
    return Heads(**known)


def _fits(name: str, value: Any) -> bool:
    if name in _NUMBERS:
        return _is_number(value)
    if name in _UNKNOWN:
        return value is None or _is_number(value)
    if name in TIMES:
        return value is None or is_time(value)
    wanted = {"payload": dict, "ends": bool}.get(name, str)
    return isinstance(value, wanted)


def _is_number(value: Any) -> bool:
    return type(value) is int and 0 <= value <= _LARGEST


def is_time(value: Any) -> bool:
    """Return whether a value may be a number of seconds."""
    return type(value) in (int, float) and 0 <= value <= _LONGEST


def _require(fits: bool, name: str, value: Any) -> None:
    """Raise unless a value fits.

    Raises:
        ValueError: it does not.
    """
    if not fits:
        raise ValueError(f"{name!r} cannot be {repr(value)[:40]}")


def payload_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the payload that stands in JSON.

    Raises:
        ValueError: it is none.
    """
    # A value that is kept by itself, as those of events are, is as deep below.
    return {key: _read(value, DEEPEST + 1) for key, value in values.items()}


def _read(value: Any, depth: int) -> Any:
    if not depth:
        raise ValueError("'payload' is nested too deeply")
    if isinstance(value, list):
        return [_read(item, depth - 1) for item in value]
    if not isinstance(value, dict):
        return value
    if _is_marked(value):
        ((mark, value),) = value.items()
        wanted = dict if mark == "dict" else str
        _require(isinstance(value, wanted), mark, value)
        if mark != "dict":
            return bytes.fromhex(value) if mark == "bytes" else float(value)
    return {key: _read(item, depth - 1) for key, item in value.items()}
