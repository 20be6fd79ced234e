"""What the learner's code did, told from the journal.

Nothing is guessed: a sentence for each thing that the code itself brought
about since the scenario's last step, and for the last of them its line.
"""

from collections.abc import Sequence

from minichannels.flow import Event
from minichannels.flow.text.wording import payload
from minichannels.lab.checking.stage.exercise import Exercise
from minichannels.lab.checking.texts.texts import say

MOST = 4
"""How many sentences are told; the last ones."""

_LENGTH = 60


def told(events: Sequence[Event], name: str) -> str:
    """Return what some events say of the learner's code, as sentences.

    Args:
        events: the events.
        name: the learner's function, for what no consumer did.
    """
    acts = [event for event in events if event.traits.by_code]
    # That it accepts is only told where it does nothing else.
    acts = [e for e in acts if not e.type.endswith(".accept")] or acts
    if acts:
        return " ".join(_sentence(act, name) for act in acts[-MOST:])
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


def _sentence(event: Event, name: str) -> str:
    values = {
        "application": event.application if event.client else f"`{name}`",
        "client": event.client,
        "type": event.type,
        "group": event.group,
        "member": event.member,
        "payload": _code(payload(event, _LENGTH)),
        "seq": event.seq,
        "number": event.members,
    }
    if event.kind != "send":
        return say(event.kind, **values)
    return say("answered", **values)


def _code(words: str) -> str:
    return f" `{words}`" if words else ""
