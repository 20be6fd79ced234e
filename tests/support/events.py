"""Events that a test makes up, and all that they can be shown as."""

import re
from itertools import count
from typing import Any

from minichannels.flow import Flow
from minichannels.flow.drawings import DRAWINGS
from minichannels.flow.journal.events import Event
from support import story


def event(seq: int, kind: str, **changes: Any) -> Event:
    values = {
        "seq": seq,
        "kind": kind,
        "source": "ada",
        "target": "app#1",
        "type": "chat.message",
        "payload": {},
        "connection": 1,
        "client": "ada",
        "application": "app#1",
    }
    return Event(**{**values, **changes})


def everything(flow: Flow) -> list[str]:
    """Return all that a flow can be shown as."""
    shown = [*story.drawings(flow).values()] if len(flow) > 33 else []
    return [
        *shown,
        *(getattr(flow, name)().svg for name in DRAWINGS),
        flow.table().html,
        flow.mermaid(),
        repr(flow),
        flow.to_json(),
        flow.lanes().html,
    ]


def chats(number: int) -> list[Event]:
    """Return what many clients do, each a little different."""
    numbers = count(1)
    return [
        event(
            next(numbers),
            kind,
            type=f"t{who % 7}",
            client=f"c{who}",
            application=f"app#{who}",
            connection=who,
            source=f"app#{who}",
        )
        for who in range(1, number + 1)
        for kind in ("receive", "send")
    ]


def waiting(number: int, capacity: int | None) -> list[Event]:
    return [
        event(
            n,
            "deliver",
            payload={"a": f"m{n}"},
            status="waiting",
            reason=f"waits {n}",
            waiting=n,
            capacity=capacity,
        )
        for n in range(1, number + 1)
    ]


def read(seq: int, cause: int) -> Event:
    return event(seq, "read", cause=cause, handler="chat_message")


def bars(picture: str) -> list[str]:
    """Return at what heights the clients' thick bars begin."""
    return re.findall(
        r'd="M[\d.]+ ([\d.]+)L[^"]+" fill="none" stroke="#0068A3"'
        r' stroke-width="4"',
        picture,
    )


MEMBER = [
    event(1, "receive", handler="connect"),
    event(2, "join", group="chat", member="app#1", cause=1),
    event(3, "receive", handler="receive"),
    event(4, "receive", connection=2, client="bob", application="app#2"),
]

NOBODY: dict[str, Any] = {
    "client": "",
    "application": "channel#1",
    "target": "channel#1",
}

FORMER = {**NOBODY, "former": "PostConsumer#2"}
