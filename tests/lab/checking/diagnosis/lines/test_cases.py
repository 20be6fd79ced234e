"""What is known around an error, where little is."""

import ast
from dataclasses import replace
from typing import Any

import pytest

from minichannels.flow import Event
from minichannels.lab.checking.diagnosis.lines.failing import Case
from minichannels.lab.checking.diagnosis.lines.kept import _is_class
from minichannels.lab.checking.diagnosis.lines.wordings import SECOND_LOOKS
from minichannels.lab.checking.sandbox.stack_frames import SourceLine
from minichannels.lab.checking.stage.exercise import edit, find
from support.exercises import define, result_of

CASE = Case(KeyError("tea"), None, None, None, values={"key": "tea"})


@pytest.mark.parametrize("code", ["a[1]", "a.b", "a.b(1)"])
def test_about_is_of_what_something_was_wanted(code: str) -> None:
    failed = ast.parse(code, mode="eval").body

    about: Any = replace(CASE, failed=failed).about()

    assert about.id == "a"


def test_key_of_an_unknown_expression_is_told_in_pythons_words() -> None:
    assert SECOND_LOOKS["no key"](CASE) is None


def test_method_is_looked_for_in_a_line_alone() -> None:
    owner = define("def f():\n    return 1\n")["f"]
    place = SourceLine(2, "return 1", "f")

    assert SECOND_LOOKS["method"](CASE) is None
    assert (
        SECOND_LOOKS["method"](replace(CASE, owner=owner, place=place)) is None
    )


def test_key_that_the_message_has_is_missing_elsewhere() -> None:
    message = Event(1, "deliver", "a", "b", "tea.time", {"tea": 1}, 1, "b")
    failed = ast.parse("event['tea']", mode="eval").body
    handed = replace(
        CASE, failed=failed, message=message, parameters=("self", "event")
    )

    assert SECOND_LOOKS["no key"](handed) is None


def test_method_that_the_line_itself_calls_needs_its_arguments_there() -> None:
    names = define("class Bell:\n    def ring(self, how): ...\n")
    values = {"name": "ring", "names": "how"}
    case = replace(CASE, owner=names["Bell"], values=values)
    look = SECOND_LOOKS["too many parameters"]

    assert look(replace(case, place=SourceLine(3, "self.ring()", "f"))) is None
    assert look(replace(case, owner=None)) is None
    clue = look(replace(case, place=SourceLine(3, "super().f()", "f")))
    assert clue is not None
    assert clue.values == {"wanted": "def ring(self)"}


@pytest.mark.parametrize(
    ("given", "added"),
    [
        ("self.said, _ = [], 0", 'event["text"]'),
        ("self.said = {}", 'event["text"]'),
        ("self.said = []", '[event["text"]] * 2'),
    ],
)
async def test_text_is_added_by_letters_only_to_what_is_a_list(
    given: str, added: str
) -> None:
    pieces = (
        "self.said = []",
        given,
        'append(event["text"])',
        f"extend({added})",
    )
    answer = edit(find("14.1").solution, *pieces)

    result = await result_of("14.1", answer)

    assert not result.solved
    assert "each letter of it" not in " ".join(str(result).split())


async def test_function_that_is_a_method_of_texts_is_named() -> None:
    code = """\
async def shout(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    text = upper((await receive())["text"])
    await send({"type": "websocket.send", "text": text})
"""

    result = await result_of("1.1", code)

    assert "no function upper: it is a method of texts" in str(result)


async def test_defaults_that_are_no_empty_list_are_no_slip() -> None:
    code = """\
class ChatConsumer(WebsocketConsumer):
    def connect(self):
        self.accept()
        self.send(text_data="[Welcome Anonymous!]")

    def receive(self, text_data, sign=": ", more=[], *, names=("a",)):
        self.send(text_data=sign)
"""

    result = await result_of("4.2", code)

    assert "default" not in str(result)


def test_init_is_missed_by_a_class_that_has_none() -> None:
    owner = define("class Shop:\n    def connect(self):\n        pass\n")[
        "Shop"
    ]

    assert SECOND_LOOKS["no super"](CASE) is None
    assert SECOND_LOOKS["no super"](replace(CASE, owner=owner)) is None


def test_function_has_no_class_to_keep_something_on() -> None:
    node = ast.parse("shout", mode="eval").body

    assert not _is_class(node, define("def shout():\n    pass\n")["shout"])
