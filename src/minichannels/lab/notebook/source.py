"""Source code shown in a notebook: what runs, never a pasted copy.

``inspect`` reads a file from the disk, by the line numbers that the code had
when it was imported. If the file was edited since, that is other code. So what
the file holds now is compiled, and must contain the very code that runs.
"""

import ast
import functools
import inspect
import linecache
import os
import textwrap
from collections.abc import Generator, Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, Self

from minichannels.lab.keeping.files import room_for_files


class AtOnce:
    """Something that is there at once: an ``await`` before it does no harm.

    Much in a lesson is awaited, and a hint that is not shown is a hint lost.
    """

    def __await__(self) -> Generator[None, None, Self]:
        yield from ()
        return self


class Source(AtOnce):
    """A piece of source code, for reading.

    Attributes:
        text: the code.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        # A longer fence than any in a docstring.
        fence = "```"
        while fence in self.text:
            fence += "`"
        return f"{fence}python\n{self.text}\n{fence}"


def show_source(thing: Any, first: int = 1, last: int | None = None) -> Source:
    """Return the source code of a function, a class or a module.

    Args:
        thing: what to show; of a decorated function, the function itself.
        first: the first of its lines to show, counted from 1.
        last: the last one; by default all that follow.

    Raises:
        TypeError: it has no source code in Python; says why.
        ValueError: it has no such lines; says how many it has.
        RuntimeError: its file was edited since it was imported.
    """
    plain = _plain(thing)
    name = getattr(plain, "__qualname__", plain.__name__)
    text, file = _text(plain)
    if not text:
        raise TypeError(
            f"{name} has no source code in Python: it is built in, or was"
            " typed where nothing keeps it"
        )
    if file is not None and not _runs(plain, Path(file)):
        raise RuntimeError(
            f"{name} was edited after this kernel imported it; restart the"
            " kernel to see the code that runs"
        )
    lines = textwrap.dedent(text).rstrip().split("\n")
    end = len(lines) if last is None else last
    are_numbers = {type(first), type(end)} == {int}
    if not are_numbers or not 1 <= first <= end <= len(lines):
        raise ValueError(
            f"{name} has the lines 1 to {len(lines)}, not {first!r} to {end!r}"
        )
    return Source("\n".join(lines[first - 1 : end]))


def _plain(thing: Any) -> Any:
    """Return the function, class or module behind what was given."""
    thing = _getter(thing)
    thing = inspect.unwrap(getattr(thing, "__func__", thing))
    if isinstance(thing, type | ModuleType) or hasattr(thing, "__qualname__"):
        return thing
    raise TypeError(
        "show_source() takes a function, a class or a module, not an object;"
        f" try show_source({type(thing).__name__})"
    )


def _text(thing: Any) -> tuple[str, str | None]:
    """Return a thing's text and its file; none for what is not known.

    Raises:
        OSError: too many files are open.
    """
    if isinstance(thing, type) and thing.__module__ == "__main__":
        return _class_in_main(thing), None
    try:
        return inspect.getsource(thing), inspect.getsourcefile(thing)
    except (TypeError, OSError):
        # Python says so, too, of a file for which there is no room.
        with room_for_files():
            open(os.devnull).close()
        return "", None


def _class_in_main(thing: type) -> str:
    """Return the text of a class that was defined in a cell.

    Python does not know where such a class stands, but where its methods do.
    """
    for function in filter(None, map(_function, _parts(thing))):
        lines = linecache.getlines(function.__code__.co_filename)
        for node in ast.walk(ast.parse("".join(lines))):
            if isinstance(node, ast.ClassDef) and node.name == thing.__name__:
                return "".join(lines[node.lineno - 1 : node.end_lineno])
    return ""


def _runs(thing: Any, file: Path) -> bool:
    """Return whether a file, as it is now, holds the code that runs."""
    try:
        content = file.read_bytes()
    except OSError:  # a notebook's cell, which is kept in memory
        return True
    now = _compiled(content, str(file))
    return now is not None and all(
        code in now for code in _codes(thing, str(file))
    )


@functools.lru_cache(maxsize=64)  # a notebook shows one file again and again
def _compiled(content: bytes, file: str) -> frozenset[CodeType] | None:
    """Return all code that a file holds; None if it cannot be compiled."""
    try:
        module = compile(content, file, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    return frozenset(_nested(module))


def _nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _nested(constant)


def _codes(thing: Any, file: str) -> Iterator[CodeType]:
    """Return the code of all functions of a file that something holds."""
    function = _function(thing)
    if function is None:
        for part in _parts(thing):
            yield from _codes(part, file)
    elif function.__code__.co_filename == file:
        yield function.__code__


def _parts(thing: Any) -> list[Any]:
    """Return what a class or a module consists of."""
    if not isinstance(thing, type | ModuleType):
        return []
    members = list(vars(thing).values())
    return [member for member in members if _is_part(member, thing)]


def _is_part(member: Any, whole: type | ModuleType) -> bool:
    """Return whether a member is no class or module from elsewhere."""
    if not isinstance(member, type):
        return not isinstance(member, ModuleType)
    if isinstance(whole, ModuleType):
        return member.__module__ == whole.__name__
    # What is inside has a longer name, so this can never go round in circles.
    return member.__qualname__.startswith(f"{whole.__qualname__}.")


def _getter(thing: Any) -> Any:
    """Return the function of a property; anything else as it is."""
    if isinstance(thing, property):
        return thing.fget
    return thing.func if isinstance(thing, functools.cached_property) else thing


def _function(thing: Any) -> FunctionType | None:
    """Return the plain function in a method, a property or a decorator."""
    thing = _getter(thing)
    inner = getattr(thing, "__func__", thing)
    inner = inspect.unwrap(inner) if callable(inner) else inner
    return inner if isinstance(inner, FunctionType) else None
