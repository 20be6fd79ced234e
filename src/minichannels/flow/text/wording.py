"""What an event is in a sentence, for the list that says why.

How it works: each kind of event has a sentence, of its parts' names, and a
second one, in smaller letters, for what it carried.
"""

import json
from collections.abc import Mapping
from typing import Any

from minichannels.flow.journal.events import Event
from minichannels.flow.text.words import (
    count,
    part,
    payload,
    result,
    shortened,
    where_raised,
)

LONGEST_PAYLOAD = 2_000
LONGEST = 80

_SENTENCES = {
    "receive": "{source} sends {type}",
    "send": "{source} sends {type} to {target}",
    "join": "{member} joins {group}",
    "leave": "{member} leaves {group}",
    "group_send": "{source} calls group_send",
    "channel_send": "{source} calls send",
    "read": "{target} reads {type}, which waited",
    "crash": "{application} raises {type}",
    "wait": "{type}() of {application} waits for a thread",
    "ghost": "{member} is gone, but still in {group}",
}


def sentence(event: Event) -> str:
    """Return what happened, in a few words."""
    if event.kind in ("deliver", "loss"):
        fate = "read" if event.status == "delivered" else event.status
        verb = "waits" if fate == "waiting" else fate
        by = "by" if fate == "read" else "at"
        return shortened(f"{event.type}: {verb} {by} {event.target}", LONGEST)
    names = {
        name: shortened(str(getattr(event, name)), 40)
        for name in ("source", "target", "type", "member", "group")
    }
    names["application"] = shortened(event.application, 40)
    return shortened(_SENTENCES[event.kind].format(**names), LONGEST)


def details(event: Event) -> str:
    """Return what it carried, and what it led to."""
    parts = [payload(event, 40)]
    if event.kind == "group_send":
        parts.insert(0, shortened(event.group, 40))
        parts.append(f"to {count(event.members, 'member')}")
    elif event.kind == "crash":
        parts = [where_raised(event), part(event, "text")]
    elif event.handler:
        parts.append(f"starts {event.handler} of {event.application}")
    if event.reason and event.kind in ("deliver", "loss"):
        parts.append(event.reason)
    return ", ".join(part for part in parts if part)


def fate(event: Event) -> str:
    """Return what became of it, for its badge; empty if all went well."""
    words = result(event)
    return words if words.isupper() or words.startswith("LOST") else ""


def contents(event: Event) -> str:
    """Return the whole payload as JSON, if it is not very long."""
    values: Mapping[str, Any] = event.payload
    if event.kind in ("group_send", "channel_send", "deliver", "read", "loss"):
        values = {"type": event.type, **event.payload}
    try:
        text = json.dumps(values, ensure_ascii=False, default=_other)
    except (TypeError, ValueError, RecursionError):
        text = f"<{type(values).__name__}>"
    return shortened(text, LONGEST_PAYLOAD)


def _other(value: Any) -> str:
    if isinstance(value, bytes):
        return f"<{len(value)} bytes: {value[:32].hex(' ')}>"
    return f"<{type(value).__name__}>"
