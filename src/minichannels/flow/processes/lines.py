"""What a journal in a file consists of: lines, each of them whole.

How it works: each line is a JSON object, and says one thing:

    a line has                it tells
    "minichannels-journal"    that a process begins to be recorded: its name
    "lane"                    a lane, or that its names have become known
    "channel"                 what a channel is called in this journal
    "id"                      an event, or what has become known of it
    "back"                    which events turned out not to have happened
    "end"                     that the recording ended, and was not broken off

A line is appended when it happens, in one go. So whatever ends a process, its
journal is cut off in the last line at worst.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from typing import Any

from minichannels.flow.journal.events import Entry, Lane, Who
from minichannels.flow.journal.serializing import json_of

MARK = "minichannels-journal"
VERSION = 1

Line = dict[str, Any]

FIRST = ("kind", "type", "payload", "act", "origin", "at")
"""What is known of an event from the beginning, and does not change."""

# Which handlers ran at the same time, and which of them were kept waiting, is
# told of one process alone.
_OF_ONE_RUN = {"moved", "begun", "thread", "began", "ended", "acted"}
_OF_ONE_JOURNAL = {"size", "came", "fact", "grown"}
_OF_ONE_MACHINE = {"calls"}  # with paths
_NOT_WRITTEN = _OF_ONE_RUN | _OF_ONE_JOURNAL | _OF_ONE_MACHINE
_FIELDS = [f for f in fields(Entry) if f.name not in _NOT_WRITTEN]

CHANGING = {
    f.name: f.default for f in _FIELDS if f.name not in (*FIRST, "id", "lane")
}
"""What may become known of an event, and what it is until then."""


def of_entry(entry: Entry, *, new: bool) -> Line:
    """Return the line of an event; of one that is known, what may change."""
    line = {}
    for field in _FIELDS:
        value = getattr(entry, field.name)
        if field.name == "at" and value is not None:
            value -= entry.lane.start
        known = not new and field.name in FIRST
        if field.name == "payload" and entry.grown:
            known = False  # a body of which more has come
        if value != field.default and not known:
            line[field.name] = _written(field.name, value)
    return line


def of_lane(lane: Lane) -> Line:
    """Return the line of a lane."""
    line = {
        "lane": lane.number,
        "client": lane.client,
        "application": lane.application,
        "former": lane.former,
        "mailbox": lane.mailbox,
    }
    more = {"user": lane.user}
    if lane.heads:
        more |= asdict(lane.heads)
    return line | {name: value for name, value in more.items() if value}


def of_channel(channel: str, who: Who) -> Line:
    """Return the line that says what a channel is called."""
    return {"channel": channel, "who": _plain(who)}


def text_of(lines: Iterable[Mapping[str, Any]]) -> bytes:
    """Return lines as they stand in a file."""
    return b"".join(
        json.dumps(line, separators=(",", ":"), default=repr).encode() + b"\n"
        for line in lines
    )


def _written(name: str, value: Any) -> Any:
    if name == "payload":  # of a value, {"bytes": …} says what it is
        return {key: json_of(each) for key, each in value.items()}
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6)
    return value.number if isinstance(value, Lane) else json_of(value)
