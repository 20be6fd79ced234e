"""What a scenario did, step by step, and how it is told."""

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from minichannels.auth.logins import AUTH
from minichannels.flow.journal.events import next_id
from minichannels.lab.checking.texts.texts import say

MOST_PIECES = 4
"""So many pieces of a body are told."""

# A session is shown to nobody, and what the library knows is its own.
_UNTOLD = ("headers", "session", AUTH)


@dataclass(frozen=True)
class ScenarioStep:
    """One thing that a scenario did.

    Attributes:
        kind: ``connected``, ``connected too``, ``sent``, ``sent too``,
            ``paused``, ``resumed``, ``closed``, ``gone``, ``struck off``,
            ``in`` (a group of Django's), ``out`` (of it),
            ``told`` (a group), ``posted`` (to a mailbox), ``works`` (a worker,
            on a channel), ``put`` (into a channel), ``numbered`` (news for a
            group), ``again`` (news for whoever asked), ``requested``,
            ``called``, ``tried`` (a test), ``looked`` (at a consumer); beyond
            the web ``met``, ``came`` (an event), ``parted``.
        name: the client's name, or the group's.
        what: the path, the frame, the call, the number or the code.
        added: what its scope has besides, in words.
    """

    kind: str
    name: str
    what: Any = ""
    added: str = ""


class Steps:
    """All steps so far.

    Args:
        drawn: whether the inputs are others than the exercise's example.

    Attributes:
        start: the number of arrival from which on events belong to the last.
    """

    def __init__(self, *, drawn: bool = False) -> None:
        self.start = 0
        self._drawn = drawn
        self._steps: list[ScenarioStep] = []

    def add(self, step: ScenarioStep) -> None:
        """Note a step that is about to be done."""
        self._steps.append(step)
        self.start = next_id()

    def told(self) -> str:
        """Return the steps as sentences."""
        sentences = [say("drawn")] if self._drawn else []
        index = 0
        while index < len(self._steps):
            together = self._together(index)
            words = _told(together)
            follows = index and together[0].kind in _FOLLOWING
            sentences.append(f"{say('then')} {words}" if follows else words)
            index += len(together)
        return " ".join(sentences)

    def _together(self, index: int) -> list[ScenarioStep]:
        """Return the steps from here on that one sentence tells."""
        first = self._steps[index]
        same = _SAME.get(first.kind)
        if same is None:
            return [first]
        row = itertools.takewhile(
            lambda step: (step.kind, same(step)) == (first.kind, same(first)),
            self._steps[index:],
        )
        return list(row)


# Before these stands "Then", unless they are the first.
_FOLLOWING = {
    *("sent", "paused", "resumed", "closed", "struck off", "out", "gone"),
    *("requested", "told", "numbered", "again", "posted", "put"),
    *("came", "parted", "looked"),
}

# What the steps of a kind have in common, if one sentence tells several.
_SAME: Mapping[str, Callable[[ScenarioStep], Any]] = {
    "connected": lambda step: (step.what, step.added),
    "numbered": lambda step: step.name,
    "again": lambda step: step.name,
    "tried": lambda step: "",
    "called": lambda step: step.what,
}


# Which text tells several of them.
_COUNTED = {"tried": "tried too", "called": "called often"}


def listed(names: list[str]) -> str:
    """Return names as a sentence has them: ``ada, bob and eve``."""
    *first, last = names or [""]
    return f"{', '.join(first)} and {last}" if first else last


def told_keys(added: Mapping[str, Any]) -> str:
    """Return in words what a scope has besides."""
    others = {key: added[key] for key in added if key not in _UNTOLD}
    return listed(
        [f"the header {_header(*pair)}" for pair in added.get("headers", ())]
        + [f'`{value!r}` as `scope["{key}"]`' for key, value in others.items()]
    )


def _header(name: bytes, value: bytes) -> str:
    return f"`{name.decode()}: {value.decode()}`"


def frame(value: Any) -> str:
    """Return a frame as a message shows it."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        shown = value
    elif isinstance(value, str):
        shown = json.dumps(value, ensure_ascii=False)
    else:
        shown = repr(value)
    return brief(shown)


def brief(words: str) -> str:
    """Return words as code, none too long for a message."""
    return f"`{words if len(words) <= 60 else words[:59] + '…'}`"


def _told(steps: list[ScenarioStep]) -> str:
    first = steps[0]
    if first.kind in ("connected", "connected too"):
        names = listed([step.name for step in steps])
        kind = "connected with" if first.added else first.kind
        return say(kind, names=names, path=first.what, what=first.added)
    if first.kind in ("numbered", "again"):
        numbers = listed([str(step.what) for step in steps])
        return say(first.kind, numbers=numbers, name=first.name)
    if first.kind == "requested":
        line, pieces = first.what
        key = "requested with" if pieces else "requested"
        body = listed([*map(frame, pieces[:MOST_PIECES])])
        if len(pieces) > MOST_PIECES:
            body = f"{len(pieces)} pieces, such as {frame(pieces[0])}"
        return say(key, name=first.name, line=line, body=body)
    if first.kind in _COUNTED:
        key = _COUNTED[first.kind] if len(steps) > 1 else first.kind
        return say(key, number=len(steps), text=steps[-1].what)
    framed = first.kind in ("sent", "sent too", "told", "posted", "put")
    shown = frame(first.what) if framed else str(first.what)
    return say(first.kind, name=first.name, text=shown)
