"""12.3: an invariant of one's own."""

import inspect
from collections.abc import Callable
from typing import Any

from minichannels.flow import Event
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.steps import ScenarioStep, Steps
from minichannels.lab.classroom import Story
from minichannels.lab.exercises.tried_stories import (
    Spoken,
    TriedStory,
    in_words,
    tells,
)


async def play(stage: Stage, function: Callable[[Story], Any]) -> None:
    """Ask the invariant about right stories, and about wrong ones."""
    draw = stage.draw
    ada, bob = draw.name("ada"), draw.name("bob")
    hi, tea, milk = draw.text("hi"), draw.text("tea"), draw.text("milk")
    stage.values |= {"one": ada, "two": bob}
    said: list[Spoken] = [(ada, hi), (bob, tea)]
    cases = [
        TriedStory("false alarm", said, said),
        TriedStory(
            "same words", [(ada, hi), (bob, hi)], [(bob, hi), (ada, hi)]
        ),
        TriedStory("invented", said, [*said, (ada, milk)], wrong=True),
        TriedStory("misnamed", said, [(ada, hi), (ada, tea)], wrong=True),
        TriedStory("unnamed", said, [(ada, hi), (None, tea)], wrong=True),
        TriedStory("gone", said, [*said, (ada, milk)], wrong=True, gone=True),
        TriedStory(
            "only the first", said, [(bob, milk), (ada, tea)], wrong=True
        ),
    ]
    stage.values["yields"] = inspect.isgeneratorfunction(function)
    waits = inspect.iscoroutinefunction(function)
    stage.require(not (waits or inspect.isasyncgenfunction(function)), "async")
    found = [await _asked(stage, function, case) for case in cases]
    stage.require(any(found), "always content")
    asked = stage.steps
    for case, broken in zip(cases, found, strict=True):
        _judge(stage, case, broken)
    stage.steps = asked


async def _asked(
    stage: Stage, function: Callable[[Story], Any], case: TriedStory
) -> list[Any]:
    """Return what an invariant finds broken in a story."""

    def ask() -> list[Any]:
        return list(function(case.story()) or [])

    with stage.meaning({"AssertionError": "raised it"}):
        found: list[Any] = await stage.call(case.call, ask)
    return found


def _judge(stage: Stage, case: TriedStory, broken: list[Any]) -> None:
    by, text = case.heard[-1]
    stage.values |= {"text": text, "by": by}
    # All were asked before: what is told now is about this one.
    stage.steps = Steps(drawn=bool(stage.draw.turn))
    stage.steps.add(ScenarioStep("called", "", case.call))
    stage.require(bool(broken) == case.wrong, case.key)
    alone = len(broken) > 1 and isinstance(broken[1], Event)
    stage.require(stage.values["yields"] or not alone, "returned")
    for each in broken:
        got = in_words(each)
        stage.require(isinstance(each, tuple | list), "other form", got=got)
        said, *events = [*each, None][:3]
        is_event = bool(events) and isinstance(events[0], Event)
        is_right = isinstance(said, str) and is_event
        stage.require(is_right, "other form", got=got)
        shows = [e for e in each[1:] for s in case.faults if tells(e, *s)]
        stage.require(shows, "other event", got=events[0].type)
    shown = [e for each in broken for e in each[1:] if tells(e, by, text)]
    stage.require(shown or not case.wrong, "only the first")


_SOLUTION = '''\
def signed(story):
    """What is heard was said by the one that it names."""
    said = [(spoken.by, spoken.text) for spoken in story.said]
    for visit in story.visits:
        for spoken in visit.heard:
            if (spoken.by, spoken.text) not in said:
                words = f"{visit.name} heard {spoken.text!r} by {spoken.by}"
                yield words, spoken.event
'''

EXERCISE = Exercise(
    number="12.3",
    name="signed",
    asks="function",
    play=play,
    texts={
        "raised it": Text(
            headline="an invariant raises nothing, whatever is wrong.",
            did="It raised $error: $text",
            should="It yields words and the event for each fault, and goes on"
            " to the next thing that was heard.",
            next="write `yield words, spoken.event` where it finds a fault.",
        ),
        "solved": Text(
            headline="the invariant finds what is wrong, and only that.",
            did="It found the fault in each of the wrong stories, and none in"
            " the right ones.",
            should="It was tried in both ways: with stories that are right and"
            " with stories that are wrong. So its silence means something.",
        ),
        "untouched": Text(
            headline="the invariant looks at nothing yet.",
            did="In some of the stories something is wrong. It found nothing.",
            should="In one of them `$one` and `$two` heard something that"
            " nobody has said. It yields some words and the event.",
            first="compare what was heard with what was said: for each"
            " `spoken`, is there the same in `story.said`?",
        ),
        "always content": Text(
            headline="the invariant finds nothing, whatever happens.",
            did="In five of the stories something is wrong. It found nothing in"
            " them.",
            should="Something was heard that nobody has said; something was"
            " heard by a wrong name; something by no name.",
            next="let it `yield` words and the event, for each that was heard"
            " and not said so.",
            why="M40",
        ),
        "async": Text(
            headline="`signed` is an `async def`, and nobody awaits it.",
            did="It was called as the other invariants are: without `await`.",
            should="An invariant looks at what has happened. It has nothing to"
            " wait for, so it is a plain `def`.",
            next="write `def` in place of `async def`.",
        ),
        "only the first": Text(
            headline="it stops at the first fault.",
            did="In one story two things were heard that nobody had said so. It"
            " yielded the first, and not that $text was heard by the name of"
            " $by.",
            should="It yields words and the event for each fault, and goes on.",
            next="let the loop go on behind the `yield`: no `break`, and no"
            " `return`.",
        ),
        "false alarm": Text(
            headline="the invariant complains about a story that is right.",
            did="`$one` and `$two` each said something, and both heard both of"
            " it, with the right names. It found a fault.",
            should="It finds nothing. All hear what others say; the name that"
            " is heard is that of the speaker, not of the listener.",
            next="compare the name in `spoken.by` with the names in"
            " `story.said`.",
        ),
        "same words": Text(
            headline="two people may say the same.",
            did="`$one` and `$two` said the same words, and both heard both,"
            " with the right names. It found a fault.",
            should="It finds nothing: each was said by the one that it names.",
            next="ask of each that was heard whether this name said this text,"
            " wherever it stands and whoever else said the same.",
        ),
        "invented": Text(
            headline="it overlooks something that nobody has said.",
            did="`$text` was heard by the name of `$by`, who has said"
            " something else. It found nothing.",
            should="It yields some words and the event with which it was"
            " heard.",
            next="compare the text as well as the name.",
        ),
        "misnamed": Text(
            headline="it overlooks a wrong name.",
            did="`$text` was said by `$two`, and heard by the name of `$by`."
            " It found nothing.",
            should="It yields some words and the event with which it was"
            " heard.",
            next="compare the name as well as the text: both have to fit"
            " together.",
        ),
        "unnamed": Text(
            headline="it overlooks that a name is missing.",
            did="`$text` was heard without a name: `spoken.by` was `$by`. It"
            " found nothing.",
            should="It yields some words and the event with which it was"
            " heard.",
            next="ask of each that was heard whether it was said so; then"
            " `None` is a wrong name as all others are.",
        ),
        "gone": Text(
            headline="it overlooks what was heard by those who have left.",
            did="`$text` was heard by the name of `$by`, who has said"
            " something else; then all left. It found nothing.",
            should="It looks at all visits, also at those that are over.",
            next="go through `story.visits`; `story.there` has those who are"
            " there at the end.",
        ),
        "other form": Text(
            headline="what it yields has another form.",
            did="It yielded $got.",
            should="It yields words and the event, with a comma between them:"
            " the words first.",
            next="write `yield words, spoken.event`.",
        ),
        "returned": Text(
            headline="`signed` returned words and an event, and yielded"
            " nothing.",
            did="There is no `yield` in it.",
            should="It yields words and the event for each fault, and goes on.",
            next="write `yield words, spoken.event`.",
        ),
        "other event": Text(
            headline="the event that it yields does not show the fault.",
            did="It found the fault, and yielded an event of the type `$got`.",
            should="The event with which `$text` was heard shows it.",
            next="yield `spoken.event`, of what was heard.",
        ),
    },
    hints=(
        "What is the same in a story that is right: for everything that is"
        " heard, there is something that was said, with the same text and by"
        " the same name.",
        "First make a list of pairs: `(spoken.by, spoken.text)` for each in"
        " `story.said`. Then look whether the pair of what was heard is in it.",
        "Inside of the two loops: `if (spoken.by, spoken.text) not in said:`"
        ' `yield f"{visit.name} heard {spoken.text!r}", spoken.event`.',
    ),
    stub='''\
def signed(story):
    """What is heard was said by the one that it names."""
    for visit in story.visits:
        for spoken in visit.heard:
            words = f"{visit.name} heard {spoken.text!r} by {spoken.by}"
            # Was it said so? story.said has all that was said: each has a
            # text and a by, too. If nobody did, yield words, spoken.event.
''',
    solution=_SOLUTION,
    second='''\
def signed(story):
    """What is heard was said by the one that it names."""
    broken = []
    for spoken in [heard for visit in story.visits for heard in visit.heard]:
        same = [s for s in story.said if s.text == spoken.text]
        if spoken.by not in {s.by for s in same}:
            broken.append(("nobody said so", spoken.event))
    return broken
''',
    wrong={
        "raised it": """\
def signed(story):
    said = [(each.by, each.text) for each in story.said]
    for visit in story.visits:
        for spoken in visit.heard:
            assert (spoken.by, spoken.text) in said, spoken.by
""",
        "always content": edit(_SOLUTION, "in story.said]", "in visit.heard]")
        .replace(
            "    said = [(spoken.by, spoken.text) for spoken in visit.heard]\n",
            "",
        )
        .replace(
            "        for spoken in visit.heard:\n",
            "        said = [(s.by, s.text) for s in visit.heard]\n"
            "        for spoken in visit.heard:\n",
        ),
        "false alarm": edit(
            _SOLUTION,
            "(spoken.by, spoken.text) not in said",
            "spoken.by != visit.name",
        ),
        "same words": edit(
            _SOLUTION,
            "[(spoken.by, spoken.text) for spoken in story.said]",
            "{spoken.text: spoken.by for spoken in story.said}",
            "(spoken.by, spoken.text) not in said",
            "said.get(spoken.text) != spoken.by",
        ),
        "invented": edit(
            _SOLUTION,
            "[(spoken.by, spoken.text) for",
            "[spoken.by for",
            "(spoken.by, spoken.text) not",
            "spoken.by not",
        ),
        "misnamed": edit(
            _SOLUTION,
            "[(spoken.by, spoken.text) for",
            "[spoken.text for",
            "(spoken.by, spoken.text) not",
            "spoken.text not",
        ),
        "unnamed": edit(_SOLUTION, "if (spoken", "if spoken.by and (spoken"),
        "gone": edit(_SOLUTION, "story.visits", "story.there"),
        "other form": edit(
            _SOLUTION, "yield words, spoken.event", "yield words"
        ),
        "returned": edit(_SOLUTION, "yield words", "return words"),
        "other event": edit(_SOLUTION, "spoken.event", "visit.came"),
        "only the first": edit(
            _SOLUTION,
            "yield words, spoken.event\n",
            "yield words, spoken.event\n                break\n",
        ),
        "async": edit(_SOLUTION, "def signed", "async def signed"),
    },
)
