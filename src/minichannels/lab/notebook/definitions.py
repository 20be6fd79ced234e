"""What a file of tests imports of the notebook's other cells, as a module.

How it works: of all cells that have run the definitions are looked at: the
imports, functions, classes and assignments. The newest one of each name counts.
What the tests ask for is kept, and whatever that uses in its turn.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping

from minichannels.lab.notebook.missing_names import bound

MODULE = "cells"
"""The name of the module."""

_DEFINITIONS = (
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Assign,
)


def module_for(tests: str, cells: Iterable[str]) -> str:
    """Return the source of the module that some tests import from.

    Args:
        tests: a file that says ``from cells import …``.
        cells: the cells that have run, in their order.
    """
    statements = [node for cell in cells for node in _definitions(cell)]
    newest = {
        name: node for node in statements for name in bound(ast.unparse(node))
    }
    needed = set(_with_what_they_use(_imported(tests), newest))
    kept = [node for node in statements if node in needed]
    return "\n\n\n".join(map(ast.unparse, kept))


def _definitions(source: str) -> Iterator[ast.stmt]:
    try:
        module = compile(
            source,
            "<cell>",
            "exec",
            ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
        )
    except (SyntaxError, ValueError):
        return  # the cell has not run, and of a file pytest tells it
    yield from (n for n in module.body if isinstance(n, _DEFINITIONS))


def _imported(tests: str) -> Iterator[str]:
    for node in _definitions(tests):
        if isinstance(node, ast.ImportFrom) and node.module == MODULE:
            yield from (alias.name for alias in node.names)


def _with_what_they_use(
    names: Iterable[str], newest: Mapping[str, ast.stmt]
) -> Iterator[ast.stmt]:
    """Give the definitions of some names, and of all names in them."""
    left, seen = list(names), set[str]()
    while left:
        name = left.pop()
        if name in newest and name not in seen:
            node = newest[name]
            yield node
            left += [n.id for n in ast.walk(node) if isinstance(n, ast.Name)]
        seen.add(name)
