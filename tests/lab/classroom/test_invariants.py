"""For each invariant a wrong classroom breaks just that one."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from minichannels.flow import Event
from minichannels.flow.journal.events import Entry
from minichannels.lab.classroom import INVARIANTS, trial
from minichannels.lab.classroom.invariants import gone, numbered
from minichannels.lab.classroom.verdict import Breach
from support.classrooms import WRONG, RightClassroom
from support.told import Told

SEEDS = range(8)


def said(event: Event) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(event.payload["text"])
    return content


def unheard(saying: Event, *lost: Event) -> bool:
    return "say" in said(saying) and all(event.is_lost for event in lost)


# What the events that a breach names have to show, by the invariant.
SHOWN: dict[str, Callable[..., bool]] = {
    "answered": lambda came: came.type == "websocket.connect",
    "welcomed": lambda let_in: let_in.type == "websocket.accept",
    "heard": unheard,
    "once": lambda one, two: said(one) == said(two) and one.seq < two.seq,
    "ordered": lambda one, two: said(one)["number"] > said(two)["number"],
    "numbered": lambda *events: all("number" in said(e) for e in events),
    "present": lambda told: "present" in said(told),
    "counted": lambda told: "board" in said(told),
    "alone": lambda root, crash: root.client != crash.client,
    "gone": lambda event: event.kind in ("join", "ghost"),
}


async def breaches_of(classroom: type[RightClassroom]) -> list[Breach]:
    # One of them answers nothing, and is waited for; all others may be as
    # late as they like.
    seeds, patience = SEEDS, 10
    if classroom is WRONG["answered"]:
        seeds, patience = SEEDS[1:3], 2
    verdict = await trial(classroom, seeds=seeds, patience=patience)

    known = {event.seq for run in verdict.runs for event in run.events}
    found = [breach for run in verdict.runs for breach in run.breaches]
    assert all(event.seq in known for b in found for event in b.events)
    return found


def test_there_is_a_wrong_classroom_for_each_invariant() -> None:
    names = [invariant.__name__ for invariant in INVARIANTS]

    assert names == list(WRONG) == list(SHOWN)
    assert len(names) >= 8
    for invariant in INVARIANTS:
        assert invariant.__doc__
        assert invariant.__doc__.endswith(".")


async def test_right_classroom_breaks_none() -> None:
    assert await breaches_of(RightClassroom) == []


@pytest.mark.parametrize("name", WRONG)
async def test_wrong_classroom_breaks_just_the_one(name: str) -> None:
    breaches = await breaches_of(WRONG[name])

    assert {breach.name for breach in breaches} == {name}
    for breach in breaches:
        assert breach.events
        assert SHOWN[name](*breach.events), breach


def test_numbered_finds_two_texts_with_one_number() -> None:
    told = Told()
    ada = told.comes("ada")
    for text in ("tea", "milk"):
        told.sends(ada, {"say": text})
        told.gets(ada, {"number": 1, "said": text, "by": "ada"})

    ((words, one, two),) = numbered(told.story)

    assert words == "'tea' and 'milk' have one number"
    assert (said(one)["said"], said(two)["said"]) == ("tea", "milk")


def test_gone_finds_a_ghost() -> None:
    told = Told()
    ada = told.comes("ada")
    note = Entry("ghost", ada, "ghost", {}, ada)
    note.group = "classroom"
    told.journal.add(note)

    ((words, event),) = gone(told.story)

    assert words == "ada has gone, and is in classroom"
    assert event.kind == "ghost"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"present": 5}, "ada was told 5; there are ada"),
        ({"present": {"ada": 1}}, "ada was told {'ada': 1}; there are ada"),
        ({"present": ["bob", 7]}, "ada was told bob, 7; there are ada"),
        ({"present": None}, "ada was told nobody; there are ada"),
        ({"said": ["hi"], "number": 1}, "ada never heard 'hi'"),
        ({"board": [1]}, "ada was told [1], and not {'[\"2.1\"]': 1}"),
    ],
)
def test_what_is_told_in_another_form_is_broken_and_raises_nothing(
    told: dict[str, Any], words: str
) -> None:
    story = Told()
    ada = story.comes("ada")
    story.sends(ada, {"say": "hi"})
    story.sends(ada, {"done": ["2.1"]})
    story.gets(ada, told)

    broken = [each[0] for find in INVARIANTS for each in find(story.story)]

    assert words in broken
