"""12.3: an invariant of one's own."""

from minichannels.lab.checking.stage.exercise import edit, find

_SOLUTION = find("12.3").solution
_PAIRS = "[(spoken.by, spoken.text) for spoken in story.said]"
_ASKS = "(spoken.by, spoken.text) not in said"

RIGHT = (
    """\
def signed(story):
    return [
        ("wrong", spoken.event)
        for visit in story.visits
        for spoken in visit.heard
        if not any(
            spoken.by == said.by and spoken.text == said.text
            for said in story.said
        )
    ]
""",
    """\
from collections import defaultdict


def signed(story):
    speakers = defaultdict(set)
    for spoken in story.said:
        speakers[spoken.text].add(spoken.by)
    for visit in story.visits:
        yield from (
            (f"{spoken.by} did not say it", spoken.event)
            for spoken in visit.heard
            if spoken.by not in speakers[spoken.text]
        )
""",
    """\
import json


def signed(story):
    said = set()
    for visit in story.visits:
        for event, content in visit.asked:
            if "say" in content:
                said.add((visit.name, content["say"]))
    for event in story.events:
        if event.kind == "send" and "said" in event.payload.get("text", ""):
            content = json.loads(event.payload["text"])
            if (content.get("by"), content["said"]) not in said:
                yield "nobody said so", event
""",
    """\
def signed(story):
    class Broken(Exception):
        pass

    def look(spoken):
        for said in story.said:
            if (said.by, said.text) == (spoken.by, spoken.text):
                return
        raise Broken

    found = []
    for visit in story.visits:
        for spoken in visit.heard:
            try:
                look(spoken)
            except Broken:
                found += [("wrong name", spoken.event, visit.came)]
    return tuple(found)
""",
    """\
class Signed:
    def __init__(self, story):
        self.said = {(s.by, s.text) for s in story.said}

    def fits(self, spoken):
        return (spoken.by, spoken.text) in self.said


def signed(story):
    rule = Signed(story)
    heard = [s for visit in story.visits for s in visit.heard]
    return (("no", s.event) for s in heard if not rule.fits(s))
""",
)

CHEATS = {
    "always content": (
        "def signed(story):\n    return []\n",
        "def signed(story):\n    return\n    yield\n",
        edit(_SOLUTION, _ASKS, "spoken not in visit.heard"),
        edit(_SOLUTION, "in story.visits", "in story.visits[:0]"),
    ),
    "false alarm": (
        edit(_SOLUTION, _ASKS, "True"),
        edit(_SOLUTION, _ASKS, "spoken not in story.said"),
        edit(_SOLUTION, _ASKS, "spoken.by == visit.name"),
    ),
    "same words": (
        edit(
            _SOLUTION,
            _PAIRS,
            "{s.text: s.by for s in reversed(story.said)}",
            _ASKS,
            "said.get(spoken.text) != spoken.by",
        ),
    ),
    "invented": (
        edit(
            _SOLUTION,
            _ASKS,
            "spoken.by not in [by for by, text in said]",
        ),
        edit(
            _SOLUTION,
            _ASKS,
            'spoken.by not in ("ada", "bob") or spoken.text == "hello"',
        ),
    ),
    "misnamed": (
        edit(_SOLUTION, _ASKS, "spoken.text not in dict(map(reversed, said))"),
    ),
    "unnamed": (
        edit(
            _SOLUTION,
            _ASKS,
            "isinstance(spoken.by, str) and (spoken.by, spoken.text)"
            " not in said",
        ),
    ),
    "other form": (
        edit(_SOLUTION, "yield words, spoken.event", "yield spoken.event"),
        edit(
            _SOLUTION, "yield words, spoken.event", "yield spoken.event, words"
        ),
    ),
    "returned": (
        edit(_SOLUTION, "yield words, spoken", "return [words, spoken").replace(
            "spoken.event\n", "spoken.event]\n"
        ),
    ),
    "other event": (
        edit(_SOLUTION, "spoken.event", "story.said[0].event"),
        edit(_SOLUTION, "spoken.event", "visit.heard[0].event"),
    ),
    "only the first": (
        edit(
            _SOLUTION,
            "yield words, spoken.event",
            "return [(words, spoken.event)]",
        ).replace("spoken.event)]\n", "spoken.event)]\n    return []\n"),
        edit(
            _SOLUTION,
            "yield words, spoken.event\n",
            "yield words, spoken.event\n                return\n",
        ),
    ),
    "gone": (
        '''\
def signed(story):
    """What is heard was said by the one that it names."""
    for visit in story.there:
        for spoken in visit.heard:
            words = f"{visit.name} heard {spoken.text!r} by {spoken.by}"
            if (spoken.text, spoken.by) not in [
                (s.text, s.by) for s in story.said
            ]:
                yield words, spoken.event
''',
    ),
}
