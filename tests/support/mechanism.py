"""How much of the library is mechanism: what a reader has to follow.

How it works: a line is a statement here, however it is wrapped, and counts
unless it is an import, a list of exported names or a docstring. What errors
say is no mechanism either: a text within a ``raise`` is part of that statement
and adds nothing to it, and modules named ``exceptions`` and ``explaining``,
where errors are declared and their texts are made, are left out.

``python -m support.mechanism`` in ``tests/`` prints the figures.
"""

import ast
import sys
from pathlib import Path

from minichannels.lab.building.unshown import KIT, is_optional
from support import ROOT

SOURCE = ROOT / "src" / "minichannels"

ERRORS = {"exceptions", "explaining"}


def mechanism(text: str) -> int:
    """Count the lines of mechanism of a module."""
    return sum(map(counts, ast.walk(ast.parse(text))))


def counts(node: ast.AST) -> bool:
    """Tell whether a node is a line of mechanism."""
    match node:
        case ast.Import() | ast.ImportFrom():
            return False
        case ast.Expr(value=ast.Constant()):  # a docstring, or "..."
            return False
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return False
    return isinstance(node, ast.stmt)


def core(source: Path = SOURCE) -> dict[str, int]:
    """Return the lines of mechanism of each module of the core."""
    found = {}
    for path in sorted(source.rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        aside = parts[0] in KIT or is_optional(".".join(parts))
        if not aside and parts[-1] not in ERRORS:
            text = path.read_text(encoding="utf-8")
            found["/".join(parts)] = mechanism(text)
    return found


def report(source: Path = SOURCE) -> str:
    """Return the figures, a module a line, and the lines of all files."""
    figures = core(source)
    lines = [f"{count:6,}  {name}" for name, count in figures.items() if count]
    everything = sum(
        len(path.read_text(encoding="utf-8").splitlines())
        for path in source.rglob("*.py")
    )
    return "\n".join(
        [
            *lines,
            f"{sum(figures.values()):6,}  lines of mechanism in the core",
            f"{everything:6,}  lines of Python in src, all told",
        ]
    )


if __name__ == "__main__":
    folders = [Path(name) for name in sys.argv[1:]] or [SOURCE]
    for folder in folders:
        print(report(folder))  # noqa: T201  # a command talks
