"""What the learner's code did, told from the journal.

Nothing is guessed: a sentence for each thing that the code itself brought
about since the scenario's last step, and for the last of them its line.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from minichannels.flow import Event
from minichannels.flow.journal.events import FULL
from minichannels.flow.text.carried.payload import payload
from minichannels.lab.checking.sandbox.stack_frames import SourceLine
from minichannels.lab.checking.stage.exercise import Exercise
from minichannels.lab.checking.stage.steps import listed
from minichannels.lab.checking.texts.texts import FRAME, say

MOST = 4
"""How many sentences are told; the last ones."""

_LENGTH = 60


def told(
    events: Sequence[Event],
    name: str,
    place_of: Callable[[Event], SourceLine | None],
) -> str:
    """Return what some events say of the learner's code, as sentences.

    Args:
        events: the events.
        name: the learner's function, for what no consumer did.
        place_of: tells which of the learner's lines did it, if that is known.
    """
    acts = [event for event in events if event.traits.by_code]
    # That it accepts is only told where it does nothing else.
    acts = [e for e in acts if not e.type.endswith(".accept")] or acts
    if acts:
        full = Counter(e.cause for e in events if e.status in FULL)
        return " ".join(_told_acts(acts, name, place_of, full))
    runs = [event for event in events if event.handler]
    if not runs or any(event.kind == "crash" for event in events):
        return ""
    last = runs[-1]
    return say(
        "ran", application=last.application, handler=last.handler, seq=last.seq
    )


def _told_acts(
    acts: Sequence[Event],
    name: str,
    place_of: Callable[[Event], SourceLine | None],
    full: Counter[int | None],
) -> Iterator[str]:
    """Give a sentence for each of the last acts, or for several alike."""
    alike = [
        [*each]
        for _, each in itertools.groupby(
            acts, lambda act: _alike(act, place_of(act), full)
        )
    ]
    shown = alike[-MOST:]
    if len(alike) > MOST:
        count, last = (sum(map(len, rows)) for rows in (alike, shown))
        yield say("only the last", count=count, told=last)
    for each in shown:
        yield _sentence(each, name, place_of(each[0]), full)


def nothing(events: Sequence[Event], exercise: Exercise, returned: str) -> str:
    """Return in words that the code sent nothing.

    Args:
        events: what happened since the scenario's last step.
        exercise: the exercise.
        returned: what a function returned last; nothing if it has not.
    """
    if exercise.asks == "test":
        return ""
    if exercise.asks == "function":
        # Of one that has nothing to send, that it did not is no fault.
        key = "called it" if "send" in exercise.solution else "returned it"
        said = key == "called it" or returned
        name = exercise.name
        return say(key, application=name, value=returned) if said else ""
    got = [event for event in events if event.kind == "receive"]
    if not got:
        return say("got nothing")
    last = got[-1]
    return say(
        "got", application=last.application, type=last.type, seq=last.seq
    )


def brought(event: Event | None) -> str:
    """Return in words what an event brought that the code has got.

    Args:
        event: the event; nothing is said if it brought nothing.
    """
    shown = "" if event is None else payload(event, _LENGTH).strip()
    if event is None or not shown:
        return ""
    return say("had got", type=event.type, payload=_code(shown), seq=event.seq)


def _alike(
    event: Event, place: SourceLine | None, full: Counter[int | None]
) -> tuple[Any, ...]:
    """Return what acts have in common that are told in one sentence."""
    key = _key(event, full)
    if f"{key} many" not in FRAME or not payload(event, _LENGTH):
        return (event.seq,)
    return key, event.application, event.client, event.type, place


def _key(event: Event, full: Counter[int | None]) -> str:
    """Return the key of the text for an act.

    Args:
        event: the act.
        full: how many mailboxes had no room for it, by its number.
    """
    to_layer = event.kind != "send"  # what a client refuses is another thing
    lost = full[event.seq] and not event.group
    if to_layer and (event.status in FULL or lost):
        return "not taken"
    if event.kind == "send":
        return "answered" if event.client else "answered nobody"
    return event.kind


def _sentence(
    events: Sequence[Event],
    name: str,
    place: SourceLine | None,
    full: Counter[int | None],
) -> str:
    """Return acts that are alike as a sentence.

    Args:
        events: the acts.
        name: the learner's function.
        place: the learner's line, if it is known.
        full: how many mailboxes had no room for it, by its number.
    """
    event, key = events[0], _key(events[0], full)
    where = say("where it is", seq=event.seq)
    shown = [_code(payload(each, _LENGTH).strip()) for each in events]
    if len(events) > 1:
        key = f"{key} many"
        seqs = _some([str(each.seq) for each in events])
        where = say("where they are", seqs=seqs)
    return say(
        key,
        application=_who(event, name),
        client=event.client,
        type=event.type,
        group=event.group,
        member=event.member,
        payload=f" {_some(shown)}" if shown[0] else "",
        where=where + _line(place),
        number=event.members - full[event.seq],
        count=len(events),
    )


def _who(event: Event, name: str) -> str:
    """Return who did an act, as its lane is called if it has one."""
    # A worker's consumer has no client.
    ran = event.client or event.application.startswith(f"{name}#")
    return event.application if ran else f"`{name}`"


def _some(words: Sequence[str]) -> str:
    """Return some words in a row; of many, the first ones and the last."""
    if len(words) > MOST:
        words = [*words[: MOST - 2], "…", words[-1]]
    return listed([*words])


def _line(place: SourceLine | None) -> str:
    return "" if place is None else f", {say('line')} {place.line}"


def _code(words: str) -> str:
    return f"`{words}`" if words else ""
