"""The rooms of the library: its packages, and who imports whom.

``python -m support.rooms`` in ``tests`` draws the map in ARCHITECTURE.md anew.
"""

import ast
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from minichannels.lab.building.unshown import KIT
from support import ROOT

SOURCE = ROOT / "src"
OURS = "minichannels"

PAGE = ROOT / "ARCHITECTURE.md"
COMMAND = "python -m support.rooms, in tests/"
BEGIN = f"<!-- rooms: {COMMAND}, writes this -->"
END = "<!-- end of rooms -->"

Arrow = tuple[str, str]
"""The names of two modules: the first imports the second."""


def modules(source: Path = SOURCE) -> dict[str, Path]:
    """Map the name of each of our modules to its file."""
    found = {}
    for path in sorted((source / OURS).rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        found[name] = path
    return found


def packages(files: dict[str, Path]) -> list[str]:
    """Name the modules that are packages."""
    return [name for name, path in files.items() if path.stem == "__init__"]


def imported(path: Path, ours: Iterable[str]) -> Iterator[str]:
    """Name what a file imports, in functions and for its types alone, too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            for alias in node.names:
                # "from minichannels import routing" imports a module.
                inner = f"{base}.{alias.name}"
                yield inner if inner in ours else base


def short(module: str) -> str:
    """Return the name of a module without that of the library."""
    return module.removeprefix(f"{OURS}.")


def arrows(files: dict[str, Path]) -> set[Arrow]:
    """Return who of ours imports whom of ours."""
    return {
        (name, target)
        for name, path in files.items()
        for target in imported(path, files)
        if target in files
    }


def child(package: str, module: str) -> str:
    """Return which part of a package a module belongs to, "" for its face."""
    return module.removeprefix(package).removeprefix(".").partition(".")[0]


def inside(package: str, known: set[Arrow]) -> set[Arrow]:
    """Return the arrows between the parts that a package consists of."""
    within = [
        (child(package, name), child(package, target))
        for name, target in known
        if is_in(name, package) and is_in(target, package)
    ]
    return {(part, target) for part, target in within if part != target}


def is_in(module: str, package: str) -> bool:
    """Tell whether a module is a package, or stands somewhere in it."""
    return f"{module}.".startswith(f"{package}.")


def circle(known: set[Arrow]) -> list[str]:
    """Name those from whom arrows lead back to themselves."""
    targets = defaultdict(list)
    for name, target in known:
        targets[name].append(target)
    return [name for name in sorted(targets) if name in reached(name, targets)]


def reached(start: str, targets: Mapping[str, list[str]]) -> set[str]:
    """Return where arrows lead from a start, one or many."""
    found: set[str] = set()
    ahead = [start]
    while ahead:
        new = set(targets.get(ahead.pop(), ())) - found
        found |= new
        ahead += new
    return found


def plant(folder: Path, files: dict[str, str]) -> None:
    """Write modules of ours into an empty folder, and make it packages."""
    for name, text in files.items():
        path = folder / OURS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        for parent in path.relative_to(folder).parents[:-1]:
            (folder / parent / "__init__.py").touch()


# The map of the rooms, in ARCHITECTURE.md


def room_of(module: str, rooms: set[str]) -> str:
    """Return the room of a module: its package, or itself if it is on top."""
    return module if module in rooms else module.rpartition(".")[0]


def doors(files: dict[str, Path]) -> dict[str, set[str]]:
    """Map each room to the rooms that its modules import.

    Faces are left out: they show what is in the rooms behind them.
    """
    rooms = {n for n in files if n.count(".") == 1} | set(packages(files))
    found: dict[str, set[str]] = {room: set() for room in rooms - {OURS}}
    for name, target in arrows(files):
        if name in packages(files) and is_in(target, name):
            continue
        room, other = room_of(name, rooms), room_of(target, rooms)
        if OURS not in (room, other) and room != other:
            found[room].add(other)
    return found


def in_order(known: Mapping[str, set[str]]) -> list[str]:
    """Return rooms below those they import, each near its neighbours.

    The library that one learns from comes first, the kit around it last.
    """
    placed: list[str] = []
    left = dict(known)
    while left:
        ready = [
            room for room, others in left.items() if not others & left.keys()
        ]
        last = placed[-1] if placed else ""
        nearest = min(
            ready or left,
            key=lambda room: (top(room) in KIT, -shared(last, room), room),
        )
        placed.append(nearest)
        del left[nearest]
    return placed


def top(room: str) -> str:
    """Return the part of the library to which a room belongs."""
    return short(room).partition(".")[0]


def shared(room: str, other: str) -> int:
    """Return how many parts of their names two rooms have in common."""
    parts = zip(room.split("."), other.split("."), strict=False)
    return sum(1 for _ in itertools.takewhile(lambda p: p[0] == p[1], parts))


def idea(path: Path) -> str:
    """Return the first line of what a module says of itself."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    return (docstring or "").partition("\n")[0]


def as_markdown(files: dict[str, Path]) -> str:
    """Return the map: a line for each room."""
    known = doors(files)
    lines = ["| room | what it is | imports |", "|---|---|---|"]
    for room in in_order(known):
        others = ", ".join(f"`{short(name)}`" for name in sorted(known[room]))
        lines.append(f"| `{short(room)}` | {idea(files[room])} | {others} |")
    return "\n".join(lines) + "\n"


def written(text: str, source: Path = SOURCE) -> str:
    """Return a page with the map as the imports give it now."""
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{as_markdown(modules(source))}{END}{after}"


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(written(page), encoding="utf-8", newline="\n")
