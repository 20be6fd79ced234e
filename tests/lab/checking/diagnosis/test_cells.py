"""Where an answer comes from, and whether it is new."""

import pytest

from minichannels.lab.checking.diagnosis.cells import (
    Cell,
    cells_of,
    is_stub,
    written,
)
from minichannels.lab.checking.stage.exercise import find
from support.exercises import ran

OLD = """\
class ChatConsumer(WebsocketConsumer):
    def connect(self):
        self.accept()
"""
CHECK = 'await check("4.2")'


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


def test_stub_that_is_put_together_is_known_by_its_whole_cell() -> None:
    exercise = find("5.1")
    check = 'await check("5.1")\n'

    for sources, known in (
        ([exercise.stub], True),
        ([f"# mine\n{exercise.stub}\nhint('5.1')\n", check], True),
        ([exercise.stub, exercise.solution], False),
        ([exercise.stub.replace("room 7", "room 8"), check], False),
        ([check], False),
    ):
        _, cells = ran("hint = print", *sources)
        assert is_stub(exercise, object(), cells) is known, sources


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


@pytest.mark.parametrize(
    ("number", "old", "new"),
    [
        ("3.3", "time.sleep(0.1)", "pass"),
        ("13.2", "return user.groups", "assert user\n    return user.groups"),
    ],
)
def test_stub_whose_other_function_is_changed_is_no_stub(
    number: str, old: str, new: str
) -> None:
    exercise = find(number)
    cell = exercise.stub
    if old not in cell:
        cell = f"{exercise.given}\n\n{cell}"
    names, cells = ran(cell.replace(old, new))
    _, as_it_came = ran(cell)

    assert not is_stub(exercise, names[exercise.name], cells)
    assert is_stub(exercise, ran(cell)[0][exercise.name], as_it_came)


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


def test_cell_that_is_not_kept_comes_after_those_that_are() -> None:
    names, _ = ran(OLD, "tea = 1")
    kept = names["In"][:-1]

    cells = cells_of({**names, "In": kept}, names["In"][-1])

    assert cells == [Cell(1, OLD), Cell(0, "tea = 1")]


@pytest.mark.parametrize("kept", [None, [1], "text", [], [""]])
def test_cells_are_the_callers_alone_where_nothing_keeps_them(
    kept: object,
) -> None:
    names, _ = ran(OLD)

    (cell,) = cells_of({**names, "In": kept}, names["In"][-1])

    assert cell == Cell(0, OLD)
