from typing import Any

import pytest

from minichannels.generic.websocket import WebsocketConsumer
from minichannels.lab.checking.diagnosis.definitions import defined_at
from support.exercises import define

CLASS = """\
class Base(WebsocketConsumer):
    alias = "x"

    def connect(self):
        self.accept()

    @staticmethod
    def receive(text_data):
        pass


class Chat(Base):
    pass
"""


@pytest.mark.parametrize(
    ("name", "handler", "line"),
    [
        ("Base", "connect", 4),
        ("Base", "receive", 7),
        ("Base", "disconnect", 1),
        ("Chat", "connect", 4),
    ],
)
def test_defined_at_is_the_line_of_a_handler_or_of_its_class(
    name: str, handler: str, line: int
) -> None:
    answer = define(CLASS)[name]

    place = defined_at(answer, handler)

    assert place is not None
    assert place.line == line
    assert defined_at(answer.as_asgi(), handler) == place


def test_defined_at_is_the_line_of_a_function() -> None:
    place = defined_at(define("x = 1\ndef post(): pass\n")["post"])

    assert place is not None
    assert place.code == "def post(): pass"


def test_defined_at_looks_through_a_decorator() -> None:
    code = """\
import functools
def logged(app):
    @functools.wraps(app)
    def call(*args): return app(*args)
    return call
def plain(): pass
post = logged(plain)
"""

    place = defined_at(define(code)["post"])

    assert place is not None
    assert place.code == "def plain(): pass"


@pytest.mark.parametrize(
    "answer",
    [
        5,
        print,
        pytest.raises,
        WebsocketConsumer,
        define(CLASS)["Chat"],
        type("Made", (), {"f": define("def f(): pass")["f"]}),
    ],
)
def test_defined_at_is_nothing_if_no_line_is_the_learners(answer: Any) -> None:
    assert defined_at(answer, "no_such_handler") is None


def test_defined_at_runs_no_code_of_the_learners() -> None:
    code = """\
class Kind(type):
    def __getattr__(cls, name): 1 / 0
class Chat(metaclass=Kind): pass
class Room:
    def __getattr__(self, name): 1 / 0
room = Room()
"""
    names = define(code)

    assert defined_at(names["Chat"], "connect") is None
    assert defined_at(names["room"], "connect") is None
