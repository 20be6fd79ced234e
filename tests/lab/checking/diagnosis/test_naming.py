"""Whether another answer was meant than the one that the name stands for."""

import pytest

from minichannels.lab.checking.diagnosis.cells import Cell
from minichannels.lab.checking.diagnosis.naming import Misnamed, misnamed
from minichannels.lab.checking.stage.exercise import find
from support.exercises import ran

OLD = """\
class ChatConsumer(WebsocketConsumer):
    def connect(self):
        self.accept()
"""
NEW = OLD.replace("ChatConsumer", "ChatConsummer")
CHECK = 'await check("4.2")'
FUNCTION = "async def {}(layer, channel, messages):\n    return 2\n"
HOTEL = find("5.1").stub
LOGGED = """\
def logged(consumer):
    class Logged(consumer):
        def receive(self, text_data):
            pass
    return Logged
"""


def found(number: str, *sources: str) -> Misnamed | None:
    """Return what is found when the last cell has run."""
    names, cells = ran(*sources)
    exercise = find(number)
    return misnamed(exercise, names[exercise.name], cells)


def test_misnamed_finds_a_class_of_another_name_in_the_cell_just_run() -> None:
    other = found("4.2", OLD, NEW)

    assert other is not None
    assert (other.own, other.running) == ("ChatConsummer", True)
    assert other.tested == Cell(1, OLD)


@pytest.mark.parametrize(
    ("number", "sources", "own"),
    [
        ("4.2", [OLD, NEW, CHECK], "ChatConsummer"),
        ("4.2", [OLD, NEW.replace("Consummer", "consumer")], "Chatconsumer"),
        ("4.2", [OLD, NEW.replace("ChatConsummer", "Mine")], "Mine"),
        ("4.2", [OLD, "class ChatConsumr: pass"], "ChatConsumr"),
        ("4.2", ["ChatConsumer = WebsocketConsumer", NEW], "ChatConsummer"),
        ("6.2", [FUNCTION.format("post_all"), FUNCTION.format("x")], "x"),
        (
            "6.2",
            [FUNCTION.format("post_all"), FUNCTION.format("postall"), CHECK],
            "postall",
        ),
        ("5.1", [HOTEL, HOTEL.replace("hotel", "hotels"), CHECK], "hotels"),
        ("5.1", [HOTEL, HOTEL.replace("hotel", "inn")], "inn"),
    ],
)
def test_misnamed_finds(number: str, sources: list[str], own: str) -> None:
    other = found(number, *sources)

    assert other is not None
    assert other.own == own


@pytest.mark.parametrize(
    ("number", "sources"),
    [
        ("4.2", [OLD]),
        ("4.2", [OLD, CHECK]),
        ("4.2", [NEW, OLD, CHECK]),
        ("4.2", [OLD, "tea = 1"]),
        ("4.2", [OLD, f"{NEW}ChatConsumer = ChatConsummer"]),
        ("4.2", [OLD, f"{NEW}ChatConsumer, tea = ChatConsummer, 1", CHECK]),
        ("4.2", [OLD, f"{NEW}globals()['ChatConsumer'] = ChatConsummer"]),
        ("4.2", [OLD, NEW.replace("ChatConsummer", "Shop"), CHECK]),
        ("4.2", [LOGGED, f"@logged\n{OLD}"]),
        ("4.2", [LOGGED, f"{OLD}ChatConsumer = logged(ChatConsumer)"]),
        ("4.2", [OLD, f"Mine = ChatConsumer\n{NEW}", "ChatConsumer = Mine"]),
        ("4.2", ["ChatConsumer = WebsocketConsumer", "class A: x", CHECK]),
        ("4.2", [OLD, "def helper(text): return text"]),
        ("6.2", [FUNCTION.format("post_all"), "def fits(): return True"]),
        ("6.2", [FUNCTION.format("post_all"), "class postall: pass"]),
        ("4.2", [OLD, "what is this?"]),
        ("5.1", [HOTEL, CHECK]),
        ("5.1", [HOTEL, HOTEL.replace("hotel", "inn"), CHECK]),
        ("5.1", [HOTEL, OLD, CHECK]),
    ],
)
def test_misnamed_finds_nothing(number: str, sources: list[str]) -> None:
    assert found(number, *sources) is None


def test_misnamed_finds_a_cell_that_did_not_get_so_far() -> None:
    newer = OLD.replace("(WebsocketConsumer)", "(WebsocketConsummer)")

    other = found("4.2", OLD, newer, CHECK)

    assert other is not None
    assert (other.own, other.running) == ("ChatConsumer", False)
    assert (other.tested, other.newest) == (Cell(1, OLD), Cell(2, newer))


def test_misnamed_does_not_know_where_a_name_without_a_cell_comes_from() -> (
    None
):
    names, cells = ran(NEW)

    other = misnamed(find("4.2"), names["WebsocketConsumer"], cells)

    assert other is not None
    assert other.tested is None
