"""What has to hold in a classroom, whatever happens: the invariants.

How it works: an invariant is a function of a story. Its name is the function's
name, the first line of its docstring says what has to hold. It yields what
breaks it: some words, and the events that show it. To add one, write a
function, and add it to ``INVARIANTS``.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from minichannels.lab.classroom.story import Spoken, Story, Visit, as_text

Broken = Iterator[Any]
"""For each fault a tuple: words, then the events that show it."""

Invariant = Callable[[Story], Broken]


def answered(story: Story) -> Broken:
    """Who connects is let in, or refused."""
    for visit in story.visits:
        if not any(event.kind == "send" for event in visit.events):
            yield f"{visit.name} got no answer", visit.came


def welcomed(story: Story) -> Broken:
    """Who is let in is told who is there and what is done, first of all."""
    for visit in filter(_is_in, story.visits):
        first = min((e.arrival for e, _ in visit.asked), default=float("inf"))
        told = [it for event, it in visit.told if event.arrival < first]
        for key in ("present", "board"):
            if not any(key in it for it in told):
                yield f"{visit.name} came and got no {key!r}", visit.accepted


def heard(story: Story) -> Broken:
    """Who is there at the end has heard all that was said."""
    heard = [spoken for visit in story.visits for spoken in visit.heard]
    number = {spoken.text: spoken.number for spoken in heard}
    for visit in story.there:
        got = [spoken.text for spoken in visit.heard]
        for said in story.said:
            # What has a lower number, the client knew when it came.
            old = number.get(said.text, visit.after + 1) <= visit.after
            if not old and said.text not in got:
                words = f"{visit.name} never heard {said.text!r}"
                yield words, said.event, *_lost(story, visit, said)


def once(story: Story) -> Broken:
    """Nobody hears the same thing twice."""
    for visit in story.visits:
        seen: dict[Any, Spoken] = {}
        for spoken in visit.heard:
            first = seen.setdefault(spoken.text, spoken)
            if first is not spoken:
                words = f"{visit.name} heard {spoken.text!r} twice"
                yield words, first.event, spoken.event


def ordered(story: Story) -> Broken:
    """The numbers that a client hears rise."""
    for visit in story.visits:
        firsts: dict[Any, Spoken] = {}
        for spoken in visit.heard:
            firsts.setdefault(spoken.text, spoken)
        for one, two in pairwise(firsts.values()):
            if two.number < one.number:
                words = f"{visit.name} heard {two.number} after {one.number}"
                yield words, one.event, two.event


def numbered(story: Story) -> Broken:
    """What is said has numbers of its own: 1, 2, 3, and so on."""
    texts: dict[int, Spoken] = {}
    for visit in story.visits:
        for spoken in visit.heard:
            first = texts.setdefault(spoken.number, spoken)
            if first.text != spoken.text:
                words = f"{first.text!r} and {spoken.text!r} have one number"
                yield words, first.event, spoken.event
            if not 1 <= spoken.number <= len(story.said):
                words = f"{len(story.said)} were said, and this is number"
                yield f"{words} {spoken.number or '0, or none'}", spoken.event


def present(story: Story) -> Broken:
    """At the end, everybody's list names those who are there."""
    names = sorted({visit.name for visit in story.there})
    for visit in story.there:
        event, found = visit.last("present")
        if not isinstance(found, list) or sorted(found, key=str) != names:
            words = f"{visit.name} was told {_listed(found)}"
            yield f"{words}; there are {_listed(names)}", event


def counted(story: Story) -> Broken:
    """At the end, everybody's board counts each learner once."""
    done: dict[str, set[str]] = {}
    for visit in story.visits:
        for _, it in visit.asked:
            if "done" in it:
                done.setdefault(as_text(it["done"]), set()).add(visit.name)
    board = {exercise: len(names) for exercise, names in done.items()}
    for visit in story.there:
        event, found = visit.last("board")
        if found != board:
            yield f"{visit.name} was told {found}, and not {board}", event


def alone(story: Story) -> Broken:
    """An error ends the connection that it came from, and no other."""
    for event in story.events:
        root = story.root(event)
        if event.kind == "crash" and root.connection != event.connection:
            words = f"what {root.client} sent ended {event.client}'s connection"
            yield words, root, event


def gone(story: Story) -> Broken:
    """Who has gone is in no group."""
    consumers = {visit.came.application for visit in story.visits}
    for event in story.events:
        if event.kind == "ghost":
            yield f"{event.client} has gone, and is in {event.group}", event
        if event.kind == "join" and event.member not in consumers:
            yield f"a mailbox without a reader joined {event.group}", event


INVARIANTS: tuple[Invariant, ...] = (
    answered,
    welcomed,
    heard,
    once,
    ordered,
    numbered,
    present,
    counted,
    alone,
    gone,
)
"""All of them, in the order in which they are told."""


def _is_in(visit: Visit) -> bool:
    return visit.accepted is not None


def _lost(story: Story, visit: Visit, said: Spoken) -> Iterator[Any]:
    """Give the message for somebody that got lost, if one did."""
    for event in visit.events:
        if event.is_lost and story.root(event) is said.event:
            yield event


def _listed(names: Any) -> str:
    if not names:
        return "nobody"
    return ", ".join(map(str, names)) if type(names) is list else str(names)
