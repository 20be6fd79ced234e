"""Which cell an answer comes from, and what the newest one defines."""

import linecache
from collections.abc import Sequence
from typing import Any

import pytest

from minichannels.lab.checking.diagnosis.cells import (
    Cell,
    Misnamed,
    cells_of,
    is_stub,
    misnamed,
    written,
)
from minichannels.lab.checking.stage.exercise import find
from support.exercises import IMPORTS

OLD = """\
class ChatConsumer(WebsocketConsumer):
    def connect(self):
        self.accept()
"""
NEW = OLD.replace("ChatConsumer", "ChatConsummer")
CHECK = 'await check("4.2")'
ASKS = ("await", "what")  # no plain Python
FUNCTION = "async def {}(layer, channel, messages):\n    return 2\n"
LOGGED = """\
def logged(consumer):
    class Logged(consumer):
        def receive(self, text_data):
            pass
    return Logged
"""


def ran(*sources: str) -> tuple[dict[str, Any], Sequence[Cell]]:
    """Run cells, as a notebook does; return its names, and the cells."""
    names: dict[str, Any] = {"__name__": "__main__", "In": [""]}
    exec(IMPORTS, names)
    file = ""
    for source in sources:
        file = f"<cell {abs(hash(source))}>"
        lines = source.splitlines(keepends=True)
        linecache.cache[file] = len(source), None, lines, file
        names["In"].append(source)
        if not source.startswith(ASKS):
            exec(compile(source, file, "exec"), names)
    return names, cells_of(names, file)


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
        ("4.2", [OLD, "def helper(text): return text"]),
        ("6.2", [FUNCTION.format("post_all"), "def fits(): return True"]),
        ("6.2", [FUNCTION.format("post_all"), "class postall: pass"]),
        ("4.2", [OLD, "what is this?"]),
    ],
)
def test_misnamed_finds_nothing(number: str, sources: list[str]) -> None:
    assert found(number, *sources) is None


def test_misnamed_does_not_know_where_a_name_without_a_cell_comes_from() -> (
    None
):
    names, cells = ran(NEW)

    other = misnamed(find("4.2"), names["WebsocketConsumer"], cells)

    assert other is not None
    assert other.tested is None


@pytest.mark.parametrize("number", ["4.2", "4.4", "6.1", "6.2", "1.2"])
def test_stub_is_known_in_whatever_cell_it_stands(number: str) -> None:
    exercise = find(number)
    lines = exercise.stub.splitlines(keepends=True)
    name = exercise.name
    start = next(i for i, line in enumerate(lines) if f" {name}(" in line)
    kept = "".join(line for line in lines[start:] if "#" not in line)

    for sources in (
        [exercise.stub],
        [exercise.stub, CHECK],
        [f"tea = 1\n\n\n{kept.rstrip()}\n\n# mine\nmilk = 2\n"],
        [kept.rstrip() + "\n    pass\n", CHECK],
    ):
        names, cells = ran(*sources)
        assert is_stub(exercise, names[name], cells), sources


@pytest.mark.parametrize(
    "code",
    [
        OLD,
        find("4.2").solution,
        find("4.2").stub.replace("Anonymous", "Nobody"),
        f"{find('4.2').stub}\n    pause = 1\n",
        "ChatConsumer = WebsocketConsumer",
        "ChatConsumer = 5",
        "class ChatConsumer(WebsocketConsumer): pass",
    ],
)
def test_anything_else_is_no_stub(code: str) -> None:
    names, cells = ran(code)

    assert not is_stub(find("4.2"), names["ChatConsumer"], cells)


def test_written_tells_apart_what_is_defined_in_either_cell() -> None:
    names, cells = ran(OLD, CHECK)
    first = written(names["ChatConsumer"], cells)
    names, cells = ran(OLD, f"{CHECK}\nhint('4.2')")

    assert written(names["ChatConsumer"], cells) == first
    for sources in ([OLD, "tea = 1"], [f"import json\n{OLD}"]):
        names, cells = ran(*sources)
        assert written(names["ChatConsumer"], cells) != first


def test_written_knows_a_class_without_methods() -> None:
    codes = []
    for groups in "ab":
        code = f"class News(WebsocketConsumer): groups = ['{groups}']"
        names, cells = ran(code, CHECK)
        codes.append(written(names["News"], cells))

    assert codes[0] != codes[1]


@pytest.mark.parametrize("kept", [None, [1], "text"])
def test_cells_are_the_callers_alone_where_nothing_keeps_them(
    kept: object,
) -> None:
    names, _ = ran(OLD)

    (cell,) = cells_of({**names, "In": kept}, f"<cell {abs(hash(OLD))}>")

    assert cell == Cell(0, OLD)
