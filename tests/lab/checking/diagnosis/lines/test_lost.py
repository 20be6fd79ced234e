"""What the learner's code lost without a word is told, with its line."""

import pytest

from minichannels.lab.checking.stage.exercise import edit, find
from support.exercises import result_of

LOST = {
    "an error in a task": (
        "10.3",
        ("del self.waiting[text]", "del self.waiting[text.upper()]"),
        "Line 14 raised KeyError: 'A B C'. That ended give_up",
    ),
    "a name that is never changed": (
        "8.3",
        ("                self.last = number\n", ""),
        "Line 10 compares self.last, and no line that ran has given it",
    ),
    "a name that is never set": (
        "12.1",
        ('            self.told = content["after"]\n', ""),
        "Line 19 compares self.told, and no line that ran has given it",
    ),
    "a copy that is only filled": (
        "5.2",
        ("scope = dict(scope, language=language)",
         'new = dict(scope)\n        new["language"] = language'),
        "Line 5 makes new, and no line hands it on or reads it.",
    ),
    "a merged copy": (
        "5.2",
        ("scope = dict(scope, language=language)",
         'new = {**scope, "language": language}'),
        "Line 5 makes new, and no line hands it on or reads it.",
    ),
    "a sum": (
        "12.2",
        ("self.room.present.append(self.name)",
         "present = self.room.present + [self.name]"),
        "Line 4 makes present, and no line hands it on or reads it.",
    ),
    "a list of one": (
        "12.2",
        ("self.room.present.append(self.name)",
         "self.room.present = [self.name]"),
        "what self.room.present held before is gone then.",
    ),
    "a text that is added to a list": (
        "14.1",
        ('self.said.append(event["text"])', 'self.said += event["text"]'),
        "Line 10 adds the text event['text'] to the list self.said: the list",
    ),
    "a text that extends a list": (
        "14.1",
        ('self.said.append(event["text"])',
         "self.said.extend(f\"{event['text']}\")"),
        "which ada had said there. Line 10 adds the text",
    ),
    "a client's text that is added to a list": (
        "4.1",
        ("self.orders.append(text_data)", "self.orders += text_data"),
        "adds the text text_data to the list self.orders: the list takes each",
    ),
    "a text that is joined": (
        "4.1",
        ("self.orders = []", 'self.orders = ""',
         "self.orders.append(text_data)", "self.orders += text_data"),
        "joins self.orders, which is a text: each letter of it is a thing of",
    ),
    "what should have happened, where it raised": (
        "14.1",
        ('self.said.append(event["text"])', "self.said.append(event)"),
        "ada gets tea, milk, and bob coffee.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", LOST)
async def test_message_says_what_was_lost(what: str) -> None:
    number, pieces, words = LOST[what]

    result = await result_of(number, edit(find(number).solution, *pieces))

    assert not result.solved
    assert words in " ".join(str(result).split())
