"""An event in words, for every picture, table and list.

How it works: there is one function for each kind of text: what an event
carried, what became of it, what it is in a sentence. What they say of one
kind of event stands in the table of kinds (``journal.kinds``).
"""

import functools
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from minichannels.flow.journal.events import LOST, Event
from minichannels.flow.journal.kinds import KINDS
from minichannels.flow.journal.payloads import begun
from minichannels.flow.text.bodies import decoded, named, opened, text_of
from minichannels.flow.text.compact import ROOM, compact, recompacted
from minichannels.flow.text.formatting import LONGEST_TEXT, count, shortened
from minichannels.flow.text.forms import (
    MULTIPART,
    URLENCODED,
    fields_of,
    in_a_line,
)
from minichannels.flow.text.frames import headed

LONGEST_ERROR = 160  # it says what would be right at its end
LONGEST_NAME = 24
LONGEST_PAYLOAD = 2_000
LONGEST_SENTENCE = 80

_STREAMED = ("http.response.start", "http.response.body")
"""What a request's application sends: no task of another's."""

_WORDS = {"unhandled": "no handler", "unanswered": "no ack"}
_NAMES = ("source", "target", "type", "application", "member", "group")
_names = attrgetter(*_NAMES)


def filled(template: str, event: Event, limit: int, **more: str) -> str:
    """Return the words of a kind, with the names that an event has."""
    return _filled(template, limit, *_names(event), **more)


@functools.lru_cache(maxsize=1_000)  # a program uses the same few names
def _filled(template: str, limit: int, *names: str, **more: str) -> str:
    shown = (shortened(name, limit) for name in names)
    return template.format(**dict(zip(_NAMES, shown, strict=True)), **more)


# In a sentence


def sentence(event: Event) -> str:
    """Return what happened, in a few words."""
    if event.status == "delivered":
        became = "read by"
    else:
        waits = event.status == "waiting"
        became = f"{'waits' if waits else word_of(event.status)} at"
    words = filled(event.traits.sentence, event, 40, became=became)
    return shortened(words, LONGEST_SENTENCE)


def details(event: Event) -> str:
    """Return what it carried, and what it led to."""
    parts = _of_failure(event) if event.traits.fails else _led_to(event)
    if event.reason and event.traits.passive:
        parts.append(event.reason)
    parts.append(_whence(event))
    return ", ".join(part for part in parts if part)


def _of_failure(event: Event) -> list[str]:
    if event.kind == "crash":
        return [where_raised(event), part(event, "text")]
    return [event.reason, asked_for(event)]


def _led_to(event: Event) -> list[str]:
    parts = [payload(event, 40)]
    if event.kind == "group_send":
        parts.insert(0, shortened(event.group, 40))
        parts.append(f"to {count(event.members, 'member')}")
    elif event.handler:
        parts.append(f"starts {event.handler} of {event.application}")
    return parts


def _whence(event: Event) -> str:
    """Return in what an event was sent that answers none known, if it is."""
    number = event.begun_in
    if not number:
        return ""
    if event.type in _STREAMED:
        return f"in the stream that {number} asked for"
    return f"by a task begun while {number} was handled"


def processes(events: Sequence[Event]) -> str:
    """Return the names of the processes, with walls; empty if it is one."""
    names = dict.fromkeys(e.process for e in events if e.process)
    return f"processes | {' | '.join(names)} |" if names else ""


def by_whom(event: Event) -> str:
    """Return whose doing it was if not a handler's: that of a task."""
    if not event.begun_in:
        return ""
    whose = "in the stream" if event.type in _STREAMED else "by a task"
    return f"{whose} of {event.begun_in}"


def users(events: Iterable[Event]) -> dict[str, str]:
    """Return who is logged in at which client, if it is not called so."""
    return {e.client: e.user for e in events if e.user not in ("", e.client)}


# What became of it


def word_of(status: str) -> str:
    """Return the one word for a fate, in pictures, legends and tables."""
    return _WORDS.get(status, status)


def is_refusal(event: Event) -> bool:
    """Return whether whoever did it was told that it is not done.

    What a full mailbox refused is a message, and lost.
    """
    return event.status == "refused" and not event.traits.at_mailbox


def became(event: Event) -> str:
    """Return what became of a message: the word for it, and how it came."""
    if event.status not in LOST:
        return event.reason
    word = word_of(event.status)
    if event.reason.startswith(word):  # it says both
        return shortened(event.reason)
    return shortened(", ".join(filter(None, (word, event.reason))))


def result(event: Event) -> str:
    """Return what became of an event, and of whom; losses stand in capitals."""
    if not event.begun_in:
        return _result(event)
    return ", ".join(filter(None, (_result(event), by_whom(event))))


def _result(event: Event) -> str:
    traits = event.traits
    if traits.became and not traits.carries:
        return traits.became
    if event.is_lost:
        return _lost(event)
    if event.kind == "group_send":
        return f"to {count(event.members, 'member')}"
    if event.kind == "receive":
        return f"runs {shortened(event.handler)}" if event.handler else ""
    if event.kind == "deliver":
        return event.reason or "read"
    return traits.became


def _lost(event: Event) -> str:
    words = became(event)
    if is_refusal(event):
        return f"REFUSED{words.removeprefix('refused')}"
    return f"LOST {words}"


def fate(event: Event) -> str:
    """Return what became of it, for its badge; empty if all went well."""
    loud = event.is_lost or not event.traits.numbered
    return result(event) if loud else ""


def totals(events: Sequence[Event]) -> list[tuple[str, int]]:
    """Return how many were lost, by what became of them; no zeros."""
    found = Counter(e.status for e in events if e.status != "delivered")
    counts = [(word_of(status), found[status]) for status in LOST]
    kinds = Counter(e.traits.counted for e in events if e.traits.counted)
    names = [kind.counted for kind in KINDS.values() if kind.counted]
    counts += [(f"{n}s" if kinds[n] > 1 else n, kinds[n]) for n in names]
    return [(word, number) for word, number in counts if number]


def counted(events: Sequence[Event], whole: Sequence[Event] = ()) -> str:
    """Return how many events there are, and of how many if they are a part."""
    number, total = event_count(events), event_count(whole)
    if total > number:
        return f"{number} of {count(total, 'event')}"
    return count(number, "event")


def event_count(events: Sequence[Event]) -> int:
    """Return how many events there are; notes are none."""
    return sum(event.seq > 0 for event in events)


# What it carried


def payload(event: Event, limit: int = LONGEST_TEXT) -> str:
    """Return what an event carried, in at most about ``limit`` characters."""
    traits = event.traits
    if traits.at_socket:
        return " ".join(_of_socket(event.payload, limit))
    return _of_layer(event.payload, limit) if traits.carries else ""


def content(event: Event, limit: int) -> str:
    """Return what an event carried; of a body what it says, if it is text."""
    body, words = event.payload.get("body"), payload(event, limit)
    if not (isinstance(body, bytes) and body and event.traits.at_socket):
        return words
    said = " ".join((text_of(body[: 4 * limit]) or "").split())
    if not said:
        return words
    size = _size(event.payload, "body")
    return shortened(words.replace(size, said), limit)


def value(event: Event, limit: int = LONGEST_TEXT) -> str:
    """Return what an event carried; of JSON with one key its value alone."""
    text = event.payload.get("text")
    if isinstance(text, str) and text.startswith("{") and len(text) <= ROOM:
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):
            return payload(event, limit)
        if len(values) == 1:
            return _of_layer(values, limit)
    return payload(event, limit)


def folded(first: str, last: str) -> str:
    """Return the values of the first and the last time, if they differ."""
    return first if first == last else f"{first} … {last}".strip()


def part(event: Event, key: str, limit: int = LONGEST_TEXT) -> str:
    """Return one value of a payload as text; empty if it is not there."""
    return shortened(str(event.payload.get(key, "")), limit)


def in_a_row(event: Event, limit: int) -> str:
    """Return what a row of a list says of an event beside its type."""
    if event.kind == "crash":
        return details(event)
    if event.traits.fails:
        return f"{filled(event.traits.does, event, limit)}: {details(event)}"
    return content(event, limit)


def asked_for(event: Event) -> str:
    """Return which request it was about that nothing else tells of."""
    client = part(event, "client", LONGEST_NAME)
    what = f"{part(event, 'method')} {part(event, 'path')}".strip()
    return f"when {client} asked for {shortened(what)}" if client else ""


def where_raised(event: Event) -> str:
    """Return the learner's function and line that a crash came from."""
    where = part(event, "where", LONGEST_NAME)
    return f"in {where}, line {part(event, 'line')}" if where else ""


def contents(event: Event) -> str:
    """Return the whole payload as JSON, if it is not very long."""
    values: Mapping[str, Any] = event.payload
    traits = event.traits
    if traits.carries and (traits.posts or traits.at_mailbox):
        values = {"type": event.type, **event.payload}
    words = compact(opened(values), LONGEST_PAYLOAD, decoded)
    return shortened(words, LONGEST_PAYLOAD)


def quoted(text: str, limit: int = LONGEST_TEXT) -> str:
    """Return a text as a learner would read it on the wire.

    JSON objects and arrays stand as they are, without spaces; all else
    stands in double quotes.
    """
    words = recompacted(text, limit) if text[:1] in ("{", "[") else None
    if words is not None:
        return shortened(words, limit)
    return f'"{shortened(text, limit)}"'


def _of_socket(values: Mapping[str, Any], limit: int) -> Iterable[str]:
    for key, value in values.items():
        if _is_said(key, value):
            continue
        if isinstance(value, bytes):
            fields = fields_of(values) if key == "body" else ()
            said = shortened(in_a_line(fields), limit)
            yield said or _size(values, key)
        elif key == "text":
            text = str(value)
            yield headed(text, limit) or quoted(text, limit)
        elif key == "reason":
            yield quoted(str(value), limit)
        else:
            yield shortened(str(begun(value, 4 * limit)), limit)


def _is_said(key: str, value: Any) -> bool:
    """Return whether a value says nothing, or is said with another."""
    if key in ("body", "reason"):
        return not value
    if key == "content_type":
        return value in (MULTIPART, URLENCODED)
    return key in ("chunks", "bytes") and isinstance(value, int)


def _size(values: Mapping[str, Any], key: str) -> str:
    """Return how many bytes came; of a large body not all are kept."""
    size, chunks = len(values[key]), ""
    if key == "body":
        size = values.get("bytes", size)
        chunks = f" in {values['chunks']} chunks" if "chunks" in values else ""
    return f"<{count(size, 'byte')}{chunks}>"


def _of_layer(values: Mapping[str, Any], limit: int) -> str:
    if not values:
        return ""
    value = next(iter(values.values())) if len(values) == 1 else dict(values)
    if isinstance(value, bytes):
        return f"<{count(len(value), 'byte')}>"
    if isinstance(value, str):
        return f'"{shortened(value, limit)}"'
    words = compact(value, limit, named, separators=(",", ":"))
    return shortened(words, limit)
