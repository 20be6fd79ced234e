"""The texts of exercises, and how they are translated.

How it works: each text has a key. The English ones stand where they are used:
those of an exercise in its file, those of the frame around it here. A
translation is a file ``translations/xx.toml`` beside this one, with a table
for each exercise; ``MINICHANNELS_LANGUAGE=xx`` chooses it, and what it lacks
stays English. ``$name`` in a text stands for a value; `backticks` mark code.
"""

import functools
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from string import Template
from typing import Any

TRANSLATIONS = Path(__file__).parents[2] / "exercises" / "translations"


@dataclass(frozen=True)
class Text:
    """What is said of one way to miss, or to solve, an exercise.

    Attributes:
        headline: one short sentence.
        should: what should have happened; when solved, what it shows.
        next: how to mend it: said when it was tried often enough.
        first: a step that gives nothing away: said at once.
        did: what the code did, if the journal does not say it all.
        missing: the call or the event that the picture lacks, such as
            ``group_send to chat_lobby``.
        whose: the client that it should have come to, if there are several.
        why: the misconception that fits, such as ``M03``.
    """

    headline: str
    should: str = ""
    next: str = ""
    first: str = ""
    did: str = ""
    missing: str = ""
    whose: str = ""
    why: str = ""


LONGEST = 300
"""How much is shown of one value in a text."""

FRAME: Mapping[str, str] = {
    "unsolved": "not solved yet",
    "solved": "solved",
    "I did": "What I did",
    "did": "What your code did",
    "so far": "What the cell does so far",
    "tested": "What I tested",
    "should": "What should have happened",
    "shows": "What it shows",
    "why": "Why",
    "where": "Where in the picture",
    "picture": "In the picture",
    "printed": "What it printed",
    "believed": 'Often believed: "$believed" In fact: $truth',
    "line": "line",
    "fault line": "line $line",
    "act line": "line $line led to event $seq",
    "late line": "then in line $line",
    "first line": "it begins in line $line",
    "next": "Next",
    "nudge": 'A hint: `hint("$number")`',
    "change line": "change line $line, then run this cell again.",
    "change": "change your code, then run this cell again.",
    "so many": "$done of $all solved",
    "so many predicted": "$done of $all predicted",
    "so many hints": "hints taken: $count",
    "next exercise": "exercise $number, in lesson $lesson.",
    "next lesson": "lesson $lesson.",
    "more practice": "all is solved but what is for more practice: $numbers.",
    "all done": "all is solved.",
    "damaged": "What was kept could not be read, and was put aside as `$file`,"
    " in the folder `$folder`. You may delete it.",
    "one way": 'One way to write it: `solution("$number")`. What is solved so'
    " far: `progress()`",
    "shut": "$number is not solved yet: its solution is shown once yours"
    " passes, or when you have seen all three hints ($left left). The next one:"
    ' `hint("$number")`',
    "held back": "For what you ran last: $step",
    "cell": "the cell that begins with `$first`",
    "numbered cell": "cell [$number], which begins with `$first`",
    "no cell": "another place",
    "this cell": "The cell that you ran",
    "newest cell": "The newest cell that defines something",
    "drawn": "With the example your code did what it should. Then I tried other"
    " inputs.",
    "connected": "I connected $names to `$path`.",
    "connected with": "I connected $names to `$path`, with $what.",
    "connected too": "At the same moment I connected $names to `$path`.",
    "then": "Then",
    "sent": "$name sent $text.",
    "sent too": "At the same moment $name sent $text.",
    "paused": "$name read slowly.",
    "resumed": "$name read on.",
    "closed": "$name closed the connection.",
    "struck off": "I struck $name off the list of users.",
    "in": "I put $name into the group `speakers`.",
    "out": "I took $name out of the group `speakers`.",
    "gone": "$name was gone, with code $text.",
    "requested": "$name requested `$line`.",
    "requested with": "$name requested `$line`, with the body $body.",
    "told": "I sent $text to the group `$name`.",
    "numbered": "I sent the news $numbers to the group `$name`.",
    "again": "I sent the news $numbers to the channel that had asked.",
    "posted": "I sent $text to the mailbox of ${name}'s consumer.",
    "works": "I had a worker serve the channel `$name` with your consumer.",
    "put": "I sent $text to the channel `$name`.",
    "met": "A scope of the type `$text` began, with `$name`.",
    "came": "$text.",
    "parted": "the scope of `$name` ended: $text.",
    "called": "I called `$text`.",
    "called often": "I called `$text` $number times.",
    "tried": "I ran your test with a consumer that $text.",
    "tried too": "I ran your test with $number consumers, the last of them one"
    " that $text.",
    "looked": "I looked at what that consumer does.",
    "read along": "At the same time I read $text messages of the mailbox"
    " `$name`.",
    "event": "Event $seq is marked.",
    "missing": "Missing: `$missing`.",
    "pill": "missing",
    "got": "$application got `$type` (event $seq), and sent nothing after it.",
    "had got": "\nIt had got `$type` $payload (event $seq).",
    "got nothing": "It did not read this event: it had ended, or was still"
    " busy with another one.",
    "called it": "`$application` returned, and sent nothing.",
    "returned it": "`$application` returned $value.",
    "ran": "$application ran `$handler` (event $seq), and sent nothing.",
    "answered": "$application sent $client `$type`$payload ($where).",
    "answered nobody": "$application sent `$type`$payload ($where).",
    "wordless": "it says nothing more",
    "join": "$member joined the group `$group` ($where).",
    "leave": "$member left the group `$group` ($where).",
    "group_send": "$application called `group_send` to `$group`: $number got"
    " it ($where).",
    "channel_send": "$application sent the message$payload to a mailbox"
    " ($where).",
    "not taken": "$application gave the message$payload to the layer, which did"
    " not take it ($where).",
    "answered many": "$application sent $client `$type` $count times:$payload"
    " ($where).",
    "channel_send many": "$application sent $count messages to a mailbox:"
    "$payload ($where).",
    "not taken many": "$application gave $count messages to the layer, which"
    " did not take them:$payload ($where).",
    "only the last": "Of $count things, the last $told:",
    "where it is": "event $seq",
    "where they are": "events $seqs",
    "elsewhere": "It came up in another cell, in `$function`: `$code`",
    "caught it": "Line $line raised $error. The `$how` in line $at caught it.",
}
"""The texts of the frame around every message."""


def say(key: str, **values: Any) -> str:
    """Return a text of the frame, in the chosen language."""
    return filled(_table("frame").get(key, FRAME[key]), values)


def translated(number: str, key: str, text: Text) -> Text:
    """Return an exercise's text in the chosen language."""
    found = _table(number).get(key, {})
    known = {field.name for field in fields(Text)}
    return replace(text, **{k: v for k, v in found.items() if k in known})


def line_of(number: str, key: str, line: str) -> str:
    """Return a single line, such as a hint, in the chosen language."""
    return str(_table(number).get(key, line))


def filled(text: str, values: Mapping[str, Any]) -> str:
    """Return a text with its values in place, none of them too long."""
    shown = {key: cut(str(value)) for key, value in values.items()}
    return Template(text).safe_substitute(shown)


def cut(text: str) -> str:
    """Return a text of the learner's, as long as a message shows it."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _table(name: str) -> Mapping[str, Any]:
    language = os.environ.get("MINICHANNELS_LANGUAGE", "")
    table: Mapping[str, Any] = _all_of(language).get(name, {})
    return table


@functools.cache
def _all_of(language: str) -> Mapping[str, Any]:
    path = TRANSLATIONS / f"{language}.toml"
    if not language.isalnum() or not path.is_file():
        return {}
    return tomllib.loads(path.read_text(encoding="utf-8"))
