import functools
import importlib.util
import json
import linecache
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from minichannels.lab import show_source
from minichannels.layers import InMemoryChannelLayer

MODULE = '''"""A module."""

import functools
import json


def double(x):
    return 2 * x


class Room:
    """A room."""

    name = json.dumps("lobby")
    dumps = json.dumps
    error = ValueError

    class Inner:
        def inner(self):
            return 1

    @property
    def title(self):
        return self.name

    @functools.cached_property
    def address(self):
        return f"/{self.name}"

    @classmethod
    def make(cls):
        return cls()

    @staticmethod
    def limit():
        return 99


def fenced():
    return "```"


class Hall(Room):
    def title(self):
        return "hall"
'''

Load = Callable[[], ModuleType]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shown_module.py"
    path.write_text(MODULE, encoding="utf-8")
    return path


@pytest.fixture
def module(file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    spec = importlib.util.spec_from_file_location("shown_module", file)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules["shown_module"] = loaded
    spec.loader.exec_module(loaded)
    yield loaded
    del sys.modules["shown_module"]


def test_show_source_shows_a_function(module: ModuleType) -> None:
    shown = show_source(module.double)

    assert shown.text == "def double(x):\n    return 2 * x"
    assert repr(shown) == shown.text
    assert shown._repr_markdown_() == f"```python\n{shown.text}\n```"


def test_show_source_shows_a_class(module: ModuleType) -> None:
    assert show_source(module.Hall).text == (
        'class Hall(Room):\n    def title(self):\n        return "hall"'
    )


def test_show_source_shows_a_module(module: ModuleType) -> None:
    assert show_source(module).text == MODULE.rstrip()


def test_show_source_shows_some_lines(module: ModuleType) -> None:
    assert repr(show_source(module, 7, 8)) == (
        "def double(x):\n    return 2 * x"
    )
    assert repr(show_source(module.double, 2)) == "    return 2 * x"


@pytest.mark.parametrize(
    "lines", [(0, 1), (2, 1), (1, 3), (3,), ("1",), (1, 1.5)]
)
def test_show_source_says_how_many_lines_there_are(
    module: ModuleType, lines: tuple[Any, ...]
) -> None:
    with pytest.raises(ValueError, match="double has the lines 1 to 2, not"):
        show_source(module.double, *lines)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("title", "@property"),
        ("address", "@functools.cached_property"),
        ("make", "@classmethod"),
        ("limit", "@staticmethod"),
    ],
)
def test_show_source_shows_a_method_without_its_indent(
    module: ModuleType, name: str, first: str
) -> None:
    lines = show_source(getattr(module.Room, name)).text.split("\n")

    assert lines[0] == first
    assert lines[1].startswith("def ")


def test_show_source_shows_the_function_behind_a_decorator(
    module: ModuleType,
) -> None:
    cached = functools.lru_cache(module.double)

    assert show_source(cached).text == show_source(module.double).text


def test_show_source_shows_the_library() -> None:
    shown = show_source(InMemoryChannelLayer.group_send)

    assert shown.text.startswith("async def group_send(self")
    assert show_source(InMemoryChannelLayer).text.startswith("class InMemory")


def test_a_fence_is_longer_than_any_in_the_source(module: ModuleType) -> None:
    shown = show_source(module.fenced)

    assert shown._repr_markdown_() == f"````python\n{shown.text}\n````"


@pytest.mark.parametrize("name", ["double", "Room", "Hall"])
def test_show_source_wants_a_restart_after_an_edit(
    module: ModuleType, file: Path, name: str
) -> None:
    file.write_text("# a new line\n" + MODULE, encoding="utf-8")

    with pytest.raises(RuntimeError, match=f"{name} was edited after"):
        show_source(getattr(module, name))


@pytest.mark.parametrize(
    ("before", "after"), [("return 99", "return 98"), ("return 1", "return 2")]
)
def test_show_source_wants_a_restart_after_an_edit_of_a_module(
    module: ModuleType, file: Path, before: str, after: str
) -> None:
    file.write_text(MODULE.replace(before, after), encoding="utf-8")

    with pytest.raises(RuntimeError, match="restart the kernel"):
        show_source(module)


def test_show_source_follows_no_circle(module: ModuleType) -> None:
    module.Room.itself = module.Room

    assert show_source(module.Room).text.startswith("class Room:")


def test_show_source_wants_a_restart_when_the_file_is_broken(
    module: ModuleType, file: Path
) -> None:
    file.write_text(MODULE + "\ndef broken(:\n", encoding="utf-8")

    with pytest.raises(RuntimeError, match="restart the kernel"):
        show_source(module.double)


def test_show_source_shows_what_a_cell_defined() -> None:
    import linecache

    text = "def cell():\n    return 1\n"
    namespace: dict[str, Any] = {"__name__": "__main__"}
    linecache.cache["<cell>"] = (
        len(text),
        None,
        text.splitlines(True),
        "<cell>",
    )
    exec(compile(text, "<cell>", "exec"), namespace)
    try:
        assert show_source(namespace["cell"]).text == text.rstrip()
    finally:
        del linecache.cache["<cell>"]


@pytest.mark.parametrize(
    ("thing", "problem"),
    [
        (len, "len has no source code in Python"),
        (dict, "dict has no source code in Python"),
        (5, "not an object; try show_source(int)"),
        (InMemoryChannelLayer(), "try show_source(InMemoryChannelLayer)"),
    ],
)
def test_show_source_says_what_has_no_source(thing: Any, problem: str) -> None:
    with pytest.raises(TypeError, match=re.escape(problem)):
        show_source(thing)


CELL = """
number = 1

class Room:
    dumps = json.dumps

    async def join(self):
        return 1


await nobody
"""


def test_show_source_finds_no_class_without_methods() -> None:
    nothing = type("Nothing", (), {"__module__": "__main__"})

    with pytest.raises(TypeError, match="typed where nothing keeps it"):
        show_source(nothing)


def test_show_source_shows_a_class_that_a_cell_defined() -> None:
    namespace: dict[str, Any] = {"json": json, "__name__": "__main__"}
    linecache.cache["<cell>"] = (
        len(CELL),
        None,
        CELL.splitlines(keepends=True),
        "<cell>",
    )
    code = CELL.replace("await nobody\n", "")
    exec(compile(code, "<cell>", "exec"), namespace)
    try:
        text = show_source(namespace["Room"]).text
    finally:
        del linecache.cache["<cell>"]

    assert text == (
        "class Room:\n    dumps = json.dumps\n\n"
        "    async def join(self):\n        return 1"
    )
