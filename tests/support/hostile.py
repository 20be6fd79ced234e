"""Texts that must never do more than be read, wherever they are shown."""

from typing import Any

from minichannels.flow import Flow
from minichannels.flow.journal.events import Event

TEXTS: dict[str, str] = {
    "script": "<script>window.ran = 1</script>",
    "handler": "\"'`><img src=x onerror=window.ran=1>",
    "closing": "--></title></desc></svg></script></td>]]><svg onload=ran=1>",
    "address": "javascript:window.ran=1",
    "entities": "&lt;&amp;&#60;script&#62;&nbsp;&bogus;",
    "doctype": "<!DOCTYPE x [<!ENTITY e 'e'>]>&e;",
    "control": "a\x00\x07\x1b[31m\r\nb\tc\x7f\x85\u2028",
    "direction": "\u202egnp.exe\u2066\u200f\u200b",
    "combining": "Z" + "\u0301\u0321\u0489" * 40,
    "emoji": "👩‍👩‍👧 ✗ 🏳️‍🌈",
    "wide": "聊天室" * 30 + "﷽",
    "surrogate": "\ud800 \udfff",
    "noncharacter": "\ufffe\uffff\ufdd0",
    "long": "x" * 10_000,
    "large": "<m>" * 33_333,
    "mermaid": "end; loop x\n%%{init: {'x': 1}}%%",
    "template": "${window.ran=1}{{7*7}}",
    "markdown": "`<b>`|[x](javascript:ran=1)|$x$",
}
"""By what they try. One that ran would have set ``window.ran``."""

FORBIDDEN = frozenset(
    "\x00\x07\x1b\x7f\x85\u2028\u202e\u2066\u200f\u200b\ufffe"
)
"""Characters that no output may contain as such."""


def flow(text: str) -> Flow:
    """Return a flow that has a text wherever a text can stand."""
    crash = {
        "text": text,
        "code": text,
        "where": text,
        "line": 1,
        "client": text,
        "path": text,
        "method": text,
    }
    ghost = {"member": text, "group": text, "cause": 9}
    waiting = {"status": "waiting", "waiting": 1, "capacity": 2}
    return Flow(
        [
            _event(
                text, 1, "receive", {"path": text}, type="websocket.connect"
            ),
            _event(text, 2, "join", {}, member=text, group=text),
            _event(text, 3, "receive", {"text": text}),
            _event(text, 4, "group_send", {"a": text}, group=text, members=2),
            _event(
                text, 5, "deliver", {"b": {text: text}}, group=text, cause=4
            ),
            _event(text, 6, "deliver", {"b": text}, cause=4, **waiting),
            _event(text, 7, "read", {"b": [text]}, cause=6),
            _event(
                text, 8, "deliver", {"b": text}, status="dropped", reason=text
            ),
            _event(text, 9, "crash", crash, cause=7, ends=True),
            _event(text, 0, "ghost", {}, **ghost),
            _event(text, 10, "send", {"text": text, "code": text}),
        ]
    )


def _event(
    text: str, seq: int, kind: str, payload: Any, **changes: Any
) -> Event:
    values = {
        "source": text,
        "target": text,
        "type": text,
        "handler": text,
        "client": text,
        "application": text,
        "connection": 1,
    }
    return Event(seq=seq, kind=kind, payload=payload, **{**values, **changes})
