"""An event in words, for every picture, table and list.

How it works: there is one function for each kind of text: what an event is in
a sentence, what became of it, what a row of a list says. What they say of one
kind of event stands in the table of kinds (``journal.kinds``); what it carried
is another matter (``text.carried``).
"""

import functools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from minichannels.flow.journal.events import LOST, Event
from minichannels.flow.journal.kinds import KINDS
from minichannels.flow.text.carried.payload import content, part, payload
from minichannels.flow.text.formatting import count, shortened

LONGEST_ERROR = 160  # it says what would be right at its end
LONGEST_NAME = 24
LONGEST_SENTENCE = 80

_BEGUN = frozenset({"crash", "task"})
"""The kinds of what is no act of a task, and may be of a call made later."""

_STREAMED = ("http.response.start", "http.response.body")
"""What a request's application sends: no task of another's."""

_WORDS = {"unhandled": "no handler", "unanswered": "no ack"}
_NAMES = ("source", "target", "type", "application", "member", "group")

# The groups by which the library itself reaches a user's sockets, as at a
# logout (minichannels.auth.closing): most users have none open.
_OF_LIBRARY = re.compile(r"auth\.(users?\.|opening$)")


def filled(template: str, event: Event, limit: int, **more: str) -> str:
    """Return the words of a kind, with the names that an event has."""
    for name in _names_in(template):
        more[name] = shortened(getattr(event, name), limit)
    return template.format_map(more)


@functools.lru_cache(maxsize=100)  # there are two for each kind
def _names_in(template: str) -> list[str]:
    return [name for name in _NAMES if f"{{{name}}}" in template]


# In a sentence


def sentence(event: Event) -> str:
    """Return what happened, in a few words."""
    if event.status == "delivered":
        became = "read by"
    else:
        waits = "waits in vain" if waits_in_vain(event) else "waits"
        is_there = event.status == "waiting"
        became = f"{waits if is_there else word_of(event.status)} at"
    if event.sender:
        event = replace(event, source=event.sender)
    words = filled(event.traits.sentence, event, 40, became=became)
    return shortened(words, LONGEST_SENTENCE)


def details(event: Event, carried: str | None = None) -> str:
    """Return what it carried, and what it led to.

    Args:
        event: the event.
        carried: what :func:`in_details` says of it, if that is known.
    """
    traits = event.traits
    if traits.fails:
        parts = _of_failure(event)
    else:
        said = in_details(event) if carried is None else carried
        parts = _led_to(event, said)
    if event.reason and traits.passive:
        parts.append(event.reason)
    parts.append(_whence(event))
    return ", ".join(part for part in parts if part)


def _of_failure(event: Event) -> list[str]:
    if event.traits.is_error:
        text = part(event, "text", LONGEST_ERROR)
        return [where_raised(event), text]
    return [event.reason, asked_for(event)]


def in_details(event: Event) -> str:
    """Return what an event carried, as its details say it."""
    has_body = isinstance(event.payload.get("body"), bytes)
    return content(event, 80, line=40) if has_body else payload(event, 40)


def _led_to(event: Event, carried: str) -> list[str]:
    parts = [carried]
    if event.kind == "group_send":
        parts.insert(0, shortened(event.group, 40))
        parts.append(reached(event))
    elif event.handler and event.status != "unhandled":
        parts.append(f"starts {event.handler} of {event.application}")
    return parts


def _whence(event: Event) -> str:
    """Return in what an event was sent that answers none known, if it is."""
    number = event.begun_in
    if event.sender:
        return f"over the socket of {event.source}"
    if not number:
        return ""
    if event.type in _STREAMED:
        return f"in the stream that {number} asked for"
    if event.kind in _BEGUN:
        return f"in what was begun while {number} was handled"
    return f"by a task begun while {number} was handled"


def processes(events: Sequence[Event]) -> str:
    """Return the names of the processes, with walls; empty if it is one."""
    found = dict.fromkeys(e.process for e in events if e.process)
    names = [shortened(name, LONGEST_NAME) for name in found]
    return f"processes | {' | '.join(names)} |" if names else ""


def by_whom(event: Event) -> str:
    """Return whose doing it was if not its own handler's."""
    if event.sender:
        return f"by {shortened(event.sender, LONGEST_NAME)}"
    if not event.begun_in:
        return ""
    if event.kind in _BEGUN:
        return f"begun in {event.begun_in}"
    whose = "in the stream" if event.type in _STREAMED else "by a task"
    return f"{whose} of {event.begun_in}"


def users(events: Iterable[Event]) -> dict[str, str]:
    """Return who is logged in at which client, if it is not called so."""
    return {e.client: e.user for e in events if e.user not in ("", e.client)}


# What became of it


def word_of(status: str) -> str:
    """Return the one word for a fate, in pictures, legends and tables."""
    return _WORDS.get(status, status)


def reached(event: Event) -> str:
    """Return to how many members a group message went."""
    return f"to {count(event.members, 'member')}"


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
    return ", ".join(filter(None, (_result(event), by_whom(event))))


def _result(event: Event) -> str:
    traits = event.traits
    if traits.became and not traits.carries:
        return traits.became
    if event.is_lost:
        return _lost(event)
    if event.kind == "group_send":
        return reached(event)
    if event.kind == "receive":
        return f"runs {shortened(event.handler)}" if event.handler else ""
    if event.kind == "deliver":
        in_vain = ", NO READER" if waits_in_vain(event) else ""
        return (event.reason or "read") + in_vain
    return event.reason if event.kind == "leave" else traits.became


def _lost(event: Event) -> str:
    words = became(event)
    if is_refusal(event):
        return f"REFUSED{words.removeprefix('refused')}"
    return f"LOST {words}"


def waits_in_vain(event: Event) -> bool:
    """Return whether it waits in the mailbox of a consumer that has gone.

    A mailbox that code has made for itself has no number in its former name.
    """
    waits = event.status == "waiting" and event.kind == "deliver"
    return waits and "#" in event.former


def ends_badly(event: Event) -> bool:
    """Return whether it is lost, or will be."""
    return event.is_lost or waits_in_vain(event)


def fate(event: Event) -> str:
    """Return what became of it, for its badge; empty if all is as usual."""
    if waits_in_vain(event):
        return f"NO READER {shortened(event.former)} has gone"
    if event.is_lost or not event.traits.numbered:
        return result(event)
    if event.type == "http.disconnect" or event.kind == "leave":
        return event.reason
    return "to nobody here" if reaches_nobody(event) else ""


def reaches_nobody(event: Event) -> bool:
    """Return whether a group of the application's own has no members here.

    Often that is meant; but so it is, too, if a group's name is misspelt. Of
    members in other processes nobody tells.
    """
    in_vain = event.kind == "group_send" and not event.members
    return in_vain and not _OF_LIBRARY.match(event.group)


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


# In a row of a list, beside its type


def in_a_row(event: Event, limit: int, carried: str | None = None) -> str:
    """Return what a row of a list says of an event beside its type.

    Args:
        event: the event.
        limit: about how many characters.
        carried: its ``content`` in so many characters, if that is known.
    """
    traits = event.traits
    if traits.is_error:
        return details(event)
    if traits.fails:
        return f"{filled(traits.does, event, limit)}: {details(event)}"
    if traits.numbered and not traits.carries:
        return filled(traits.does, event, limit)
    return content(event, limit) if carried is None else carried


def asked_for(event: Event) -> str:
    """Return which request it was about that nothing else tells of."""
    client = part(event, "client", LONGEST_NAME)
    what = f"{part(event, 'method')} {part(event, 'path')}".strip()
    return f"when {client} asked for {shortened(what)}" if client else ""


def where_raised(event: Event) -> str:
    """Return the learner's function and line that a crash came from."""
    where = part(event, "where", LONGEST_NAME)
    return f"in {where}, line {part(event, 'line')}" if where else ""
