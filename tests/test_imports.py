"""Who may import whom, proved by walking the imports."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import ROOT

SOURCE = ROOT / "src"
OURS = "minichannels"

# A module imports from its own row or from rows above it; those of the first
# row import nothing of ours. Private modules stand where they are used.
ROWS = (
    {"", "types", "exceptions"},  # "" is the package itself
    {"protocol", "utils", "db", "layers", "middleware"}
    | {
        "_applications",
        "_calls",
        "_handlers",
        "_key_router",
        "_patterns",
        "_routes",
        "_threads",
    },
    {"routing", "sessions", "consumer"},
    {"auth", "generic", "worker"},
    {"security", "testing"},
    {"flow"},
    {"lab", "contrib", "__main__", "_command"},
)
CORE = 5  # rows that need asgiref and the standard library alone
CORE_NEEDS = {"asgiref"}

# What a module of the core may import for those who have installed an extra.
EXTRAS: dict[str, set[str]] = {}

PUBLIC = (
    OURS,
    f"{OURS}.consumer",
    f"{OURS}.generic.http",
    f"{OURS}.generic.websocket",
    f"{OURS}.layers",
    f"{OURS}.routing",
)


def row_of(module: str) -> int | None:
    """Return the row of a module, counted from 0, if the table names it."""
    part = module.partition(".")[2].partition(".")[0]
    for number, names in enumerate(ROWS):
        if part in names:
            return number
    return None


def modules(source: Path) -> dict[str, Path]:
    """Map the name of each of our modules to its file."""
    found = {}
    for path in (source / OURS).rglob("*.py"):
        parts = path.relative_to(source).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        found[name] = path
    return found


def imported(path: Path, ours: set[str]) -> Iterator[str]:
    """Name the modules that a file imports, wherever the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            for alias in node.names:
                # "from minichannels import routing" imports a module.
                inner = f"{base}.{alias.name}"
                yield inner if inner in ours else base


def violations(source: Path) -> list[str]:
    """List the imports that the table forbids, and what it does not name."""
    files = modules(source)
    found = []
    for name, path in sorted(files.items()):
        if row_of(name) is None:
            found.append(f"{name} stands in no row")
            continue
        found += [
            f"{name} imports {target}"
            for target in sorted(set(imported(path, set(files))))
            if not allowed(name, target)
        ]
    return found


def allowed(name: str, target: str) -> bool:
    """Tell whether a module of ours may import another module."""
    row, target_row = row_of(name), row_of(target)
    top = target.partition(".")[0]
    assert row is not None
    if top == OURS:
        return row > 0 and target_row is not None and target_row <= row
    if row >= CORE and top:
        return True
    known = sys.stdlib_module_names | CORE_NEEDS | EXTRAS.get(name, set())
    return top in known


def test_modules_import_only_from_their_own_row_or_rows_above() -> None:
    assert modules(SOURCE).keys() >= set(PUBLIC)
    assert violations(SOURCE) == []


@pytest.mark.parametrize(
    ("file", "line", "found"),
    [
        ("routing.py", "import minichannels.lab", "imports minichannels.lab"),
        ("db.py", "from minichannels import flow", "imports minichannels.flow"),
        ("types.py", "import minichannels", "imports minichannels"),
        (
            "utils.py",
            "import minichannels.consumer",
            "imports minichannels.consumer",
        ),
        ("layers/memory.py", "import redis", "imports redis"),
        ("consumer.py", "from django.db import x", "imports django.db"),
        ("consumer.py", "def f():\n  import numpy", "imports numpy"),
        ("flow/text.py", "from . import journal", "imports ."),
        ("_new.py", "", "stands in no row"),
    ],
)
def test_violations_finds(
    tmp_path: Path, file: str, line: str, found: str
) -> None:
    for name in ("lab", "flow", "layers"):
        (tmp_path / OURS / name).mkdir(parents=True)
        (tmp_path / OURS / name / "__init__.py").touch()
    planted = tmp_path / OURS / file
    planted.write_text(line, encoding="utf-8")

    name = ".".join(planted.relative_to(tmp_path).with_suffix("").parts)
    assert violations(tmp_path) == [f"{name} {found}"]


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("routing.py", "from minichannels import layers"),
        ("routing.py", "from minichannels.layers import base"),
        ("layers/base.py", "from asgiref.sync import sync_to_async"),
        ("lab/page.py", "import anywidget, minichannels.flow"),
    ],
)
def test_violations_lets_pass(tmp_path: Path, file: str, line: str) -> None:
    for name in ("lab", "flow", "layers"):
        (tmp_path / OURS / name).mkdir(parents=True)
        (tmp_path / OURS / name / "__init__.py").touch()
    (tmp_path / OURS / file).write_text(line, encoding="utf-8")

    assert violations(tmp_path) == []


def test_import_loads_asgiref_and_the_standard_library_alone() -> None:
    script = (
        "import json, sys; before = set(sys.modules); "
        f"import {', '.join(PUBLIC)}; "
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    # -P: what lies in the working directory is not what was installed.
    done = subprocess.run(
        [sys.executable, "-P", "-c", script],
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = json.loads(done.stdout)

    known = sys.stdlib_module_names | CORE_NEEDS | {OURS}
    assert set(loaded) >= set(PUBLIC)
    assert [
        name for name in loaded if name.partition(".")[0] not in known
    ] == []
