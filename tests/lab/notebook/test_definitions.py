from minichannels.lab.notebook.definitions import module_for

CELLS = [
    "import asyncio\nfrom json import dumps, loads\nlesson = begin('11')",
    "class Slow:\n    async def wait(self):\n        await asyncio.sleep(LONG)",
    "LONG = 2\nawait start()\nclass Other: pass",
    "%%pytest\ndef test_x(): pass",
    "def twice(x): return dumps(x) * 2",
]


def test_module_has_what_is_imported_and_what_that_uses() -> None:
    text = module_for("from cells import Slow\n", CELLS)

    names: dict[str, object] = {}
    exec(text, names)
    assert names.keys() - {"__builtins__"} == {"asyncio", "Slow", "LONG"}


def test_module_has_the_newest_definition_of_a_name() -> None:
    names: dict[str, object] = {}

    exec(module_for("from cells import LONG", [*CELLS, "LONG = 3"]), names)

    assert names["LONG"] == 3


def test_module_keeps_the_order_of_the_cells() -> None:
    cells = ["class A: pass", "class B(A): pass", "x = 1"]

    text = module_for("from cells import B", cells)

    assert text.index("class A") < text.index("class B")
    assert "x" not in text


def test_module_does_not_stop_at_definitions_that_use_each_other() -> None:
    cells = ["def a(): return b", "def b(): return a"]

    text = module_for("from cells import a", cells)

    assert "def a" in text
    assert "def b" in text


def test_module_of_a_file_with_a_mistake_is_empty() -> None:
    assert module_for("from cells import (", CELLS) == ""
    assert module_for("import cells", CELLS) == ""
    assert module_for("from cells import unknown", CELLS) == ""
