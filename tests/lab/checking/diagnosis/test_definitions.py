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
    [("Base", "connect", 4), ("Base", "receive", 7), ("Chat", "connect", 4)],
)
def test_defined_at_is_the_line_of_a_handler(
    name: str, handler: str, line: int
) -> None:
    answer = define(CLASS)[name]

    place = defined_at(answer, handler)

    assert place is not None
    assert place.line == line
    assert defined_at(answer.as_asgi(), handler) == place


@pytest.mark.parametrize(
    "answer",
    [
        5,
        print,
        pytest.raises,
        WebsocketConsumer,
        define("def post(): pass")["post"],
        define(CLASS)["Chat"],
        type("Made", (), {"f": define("def f(): pass")["f"]}),
    ],
)
def test_defined_at_is_nothing_if_no_line_is_the_handlers(answer: Any) -> None:
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
