"""Which lines of the core no lesson shows.

How it works: what ``show_source`` has shown stands in the stored notebooks, as
text. Such a piece is looked for in every module of the core, line by line and
without its indentation. What is never found was never shown.
"""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import minichannels
from minichannels.lab.notebook.missing_names import python_of

SOURCE = Path(minichannels.__file__).parent

KIT = {
    "__main__",
    "apps",
    "cli",
    "contrib",
    "flow",
    "lab",
    "management",
    "protocols",
}
"""What stands around the core."""

OPTIONAL = (
    "layers.remote",
    "layers.redis",
    "layers.nats",
    "sessions.signed",
    "testing.live",
)
"""Rooms of the core that need a package of their own."""


def unshown(notebooks: Path, source: Path = SOURCE) -> Iterator[str]:
    """Give the lines that no notebook shows, as ``module:first-last``.

    Args:
        notebooks: the folder of the stored notebooks.
        source: the folder of the package.
    """
    paths = sorted(notebooks.glob("*.ipynb"))
    pieces = [piece for path in paths for piece in _pieces(path)]
    for module, path in _core(source):
        lines = path.read_text(encoding="utf-8").splitlines()
        # Of what is left empty there is nothing to see.
        written = [n for n, line in enumerate(lines, 1) if line.strip()]
        seen = _seen([lines[n - 1].strip() for n in written], pieces)
        for first, last in _rows(seen):
            yield f"{module}:{written[first]}-{written[last]}"


def is_optional(name: str) -> bool:
    """Return whether a module belongs to the core, but nobody has to use it.

    Args:
        name: its name, without that of the package.
    """
    return any(f"{name}.".startswith(f"{room}.") for room in OPTIONAL)


def _core(source: Path) -> Iterator[tuple[str, Path]]:
    """Give the modules of the core, by name."""
    for path in sorted(source.rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        if parts[0] not in KIT and not is_optional(name):
            yield f"{source.name}.{name}".rstrip("."), path


def _pieces(notebook: Path) -> Iterator[list[str]]:
    """Give what ``show_source`` shows in a notebook, each as its lines."""
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code" and _shows("".join(cell["source"])):
            for output in cell["outputs"]:
                text = "".join(output.get("data", {}).get("text/plain", ""))
                yield [li.strip() for li in text.splitlines() if li.strip()]


def _shows(code: str) -> bool:
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "show_source"
        for node in ast.walk(ast.parse(python_of(code)))
    )


def _seen(lines: list[str], pieces: list[list[str]]) -> list[bool]:
    """Return of each line whether it is in one of the pieces."""
    seen = [False] * len(lines)
    for piece in filter(None, pieces):
        for start, line in enumerate(lines):
            end = start + len(piece)
            if line == piece[0] and lines[start:end] == piece:
                seen[start:end] = [True] * len(piece)
    return seen


def _rows(seen: list[bool]) -> Iterator[tuple[int, int]]:
    """Give the first and the last index of each row that was not seen."""
    first = None
    for index, done in enumerate([*seen, True]):
        if done and first is not None:
            yield first, index - 1
            first = None
        elif not done and first is None:
            first = index


def titles(notebooks: Path) -> Iterator[str]:
    """Give the file and the title of each notebook."""
    for path in sorted(notebooks.glob("*.ipynb")):
        cells: list[Any] = json.loads(path.read_text(encoding="utf-8"))["cells"]
        first = "".join(cells[0]["source"]) if cells else ""
        yield f"{path.name}  {first.partition(chr(10))[0].lstrip('# ')}"
