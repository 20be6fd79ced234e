"""Names in prose: which stand in backticks, and which lead nowhere."""

import importlib
import re
import sys
from collections.abc import Collection, Iterator

from minichannels.flow import Flow
from support.rooms import modules, packages

# A name, alone or with what it belongs to; called, perhaps.
_NAME = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?:\(.*\))?", re.DOTALL)

# A name that somebody made: of two words, private, or a class.
_MADE = re.compile(r"\w+_\w+|_\w+|[A-Z]+[a-z]\w*")

_FILES = modules()
_ROOMS = {name.rpartition(".")[2] for name in packages(_FILES)}


def names_in(text: str) -> Iterator[str]:
    """Yield the names that stand in backticks, in single or double ones."""
    for double, single in re.findall(
        r"``(.+?)``|(?<!`)`([^`]+)`(?!`)", text, re.DOTALL
    ):
        if match := _NAME.fullmatch(double or single):
            yield match[1].removesuffix(".py")


def exists(name: str) -> bool:
    """Tell whether a dotted name that begins with a room leads anywhere."""
    room, _, first = name.partition(".")
    if room == "flow" and hasattr(Flow, first):
        return True
    owner, _, attribute = name.rpartition(".")
    return any(
        f".{module}".endswith(f".{name}")
        or (
            f".{module}".endswith(f".{owner}")
            and hasattr(importlib.import_module(module), attribute)
        )
        for module in _FILES
    )


def stale(text: str, known: Collection[str]) -> list[str]:
    """List the names in a text that nothing bears.

    Args:
        text: the text.
        known: the names that there are.
    """
    found = []
    for name in names_in(text):
        parts = name.split(".")
        if len(parts) > 1 and parts[0] in _ROOMS:
            found += [] if exists(name) else [name]
        elif len(parts) == 1 or parts[0] not in sys.stdlib_module_names:
            made = {part for part in parts if _MADE.fullmatch(part)}
            found += [name] if made.difference(known) else []
    return found
