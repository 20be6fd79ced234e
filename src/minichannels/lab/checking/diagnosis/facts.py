"""What the learner's code did, told from the journal.

Nothing is guessed: a sentence for each thing that the code itself brought
about since the scenario's last step, and for the last of them its line.
"""

from collections.abc import Callable, Sequence

from minichannels.flow import Event
from minichannels.flow.journal.events import FULL
from minichannels.flow.text.wording import payload
from minichannels.lab.checking.sandbox.stack_frames import SourceLine
from minichannels.lab.checking.stage.exercise import Exercise
from minichannels.lab.checking.texts.texts import say

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
        full = [e.cause for e in events if e.status in FULL]
        return " ".join(
            _sentence(act, name, place_of(act), full.count(act.seq))
            for act in acts[-MOST:]
        )
    if any(event.kind == "crash" for event in events):
        return ""
    runs = [event for event in events if event.handler]
    if runs:
        last = runs[-1]
        return say(
            "ran",
            application=last.application,
            handler=last.handler,
            seq=last.seq,
        )
    return ""


def nothing(events: Sequence[Event], exercise: Exercise) -> str:
    """Return in words that the code sent nothing."""
    if exercise.asks == "function":
        return say("called it", application=exercise.name)
    got = [event for event in events if event.kind == "receive"]
    if not got:
        return say("got nothing")
    last = got[-1]
    return say("got", application=last.application, seq=last.seq)


def _sentence(
    event: Event, name: str, place: SourceLine | None, lost: int
) -> str:
    """Return an act as a sentence.

    Args:
        event: the act.
        name: the learner's function.
        place: the learner's line, if it is known.
        lost: how many mailboxes had no room for it.
    """
    values = {
        "application": event.application if event.client else f"`{name}`",
        "client": event.client,
        "type": event.type,
        "group": event.group,
        "member": event.member,
        "payload": _code(payload(event, _LENGTH)),
        "where": say("where it is", seq=event.seq) + _line(place),
        "number": event.members - lost,
    }
    to_layer = event.kind != "send"  # what a client refuses is another thing
    if to_layer and (event.status in FULL or (lost and not event.group)):
        return say("not taken", **values)
    return say("answered" if event.kind == "send" else event.kind, **values)


def _line(place: SourceLine | None) -> str:
    return "" if place is None else f", {say('line')} {place.line}"


def _code(words: str) -> str:
    return f" `{words}`" if words else ""
