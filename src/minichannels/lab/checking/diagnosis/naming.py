"""Whether another answer was meant than the one that the name stands for.

How it works: the newest cell that defines something is looked at. If it gives
the exercise's name to nothing, but has a definition of another name that fits,
the learner means that one.
"""

import ast
import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from minichannels.lab.checking.diagnosis.cells import (
    FUNCTIONS,
    Cell,
    Cells,
    by_code,
    statements,
)
from minichannels.lab.checking.stage.exercise import Exercise
from minichannels.lab.notebook.missing_names import bound
from minichannels.lab.notebook.unreadable import Slip, slip_in

NEAR = 0.75
"""How similar two names are, at least, if one is meant for the other."""

_KINDS: Mapping[str, tuple[type[ast.stmt], ...]] = {
    "consumer": (ast.ClassDef,),
    "application": (*FUNCTIONS, ast.ClassDef),
    "function": FUNCTIONS,
    "middleware": (*FUNCTIONS, ast.ClassDef),
    "test": FUNCTIONS,
}


@dataclass(frozen=True)
class Misnamed:
    """An answer of another cell, beside one that is meant, it seems.

    Attributes:
        tested: the cell that the answer comes from, if it is known.
        newest: the newest cell that defines something.
        own: what that one defines; the name itself, if its cell has ended
            before.
        running: whether it is the one that runs now.
    """

    tested: Cell | None
    newest: Cell
    own: str
    running: bool


def misnamed(exercise: Exercise, answer: Any, cells: Cells) -> Misnamed | None:
    """Return what the newest cell defines instead of the answer, if it does."""
    newest = next((c for c in reversed(cells) if c.definitions), None)
    if newest is None:
        return None
    running, tested = newest is cells[-1], by_code(answer, cells)
    names = [_binds(cell, exercise.name) for cell in cells]
    if any(names[cells.index(newest) :]):
        own = exercise.name if tested and _alone(exercise.name, newest) else ""
    else:
        own = _meant(exercise, newest, running)
        named = [cell for cell, name in zip(cells, names, strict=True) if name]
        tested = tested or (named[-1] if named else None)
    if not own or tested is newest:
        return None
    return Misnamed(tested, newest, own, running)


def unreadable(exercise: Exercise, cells: Cells) -> tuple[Cell, Slip] | None:
    """Return the newest cell that would define the answer, and its slip.

    None if Python can read that one.
    """
    begins = rf"^[ \t]*(class|(async +)?def) +{exercise.name}\b"
    for cell in reversed(cells):
        would = re.search(begins, cell.source, re.MULTILINE)
        slip = slip_in(cell.source) if would else None
        if slip is not None:
            return cell, slip
        if _binds(cell, exercise.name):
            return None
    return None


def _binds(cell: Cell, name: str) -> bool:
    # Most cells need not be read for it.
    return name in cell.source and name in bound(cell.source)


def _alone(name: str, cell: Cell) -> bool:
    """Return whether a cell gives a name to a plain definition, and once."""
    node = cell.definitions.get(name)
    others = (n for n in statements(cell.source) if n is not node)
    return (
        isinstance(node, (*FUNCTIONS, ast.ClassDef))
        and not node.decorator_list
        and name not in bound("\n".join(map(ast.unparse, others)))
    )


def _meant(exercise: Exercise, cell: Cell, running: bool) -> str:
    """Return the definition of a cell that is meant for the exercise."""
    stub = Cell(0, exercise.stub).definitions.get(exercise.name)
    own = _assigned(cell) if stub is None else _defined(exercise, cell)
    names = {name.casefold(): name for name in own}
    wanted = exercise.name.casefold()
    near = difflib.get_close_matches(wanted, names, n=1, cutoff=NEAR)
    alike = [
        folded
        for folded, name in names.items()
        if running and _head(own[name]) == _head(stub)
    ]
    return next((names[folded] for folded in [*near, *alike]), "")


def _defined(exercise: Exercise, cell: Cell) -> Mapping[str, ast.stmt]:
    """Return what a cell defines, of the kind that an exercise asks for."""
    found, kinds = cell.definitions.items(), _KINDS[exercise.asks]
    return {name: node for name, node in found if isinstance(node, kinds)}


def _assigned(cell: Cell) -> Mapping[str, ast.stmt]:
    """Return the names that a cell gives to a value."""
    return {
        target.id: node
        for node in statements(cell.source)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _head(node: ast.stmt | None) -> str:
    """Return what a definition takes: bases, or parameters."""
    if isinstance(node, ast.ClassDef):
        return "class"
    return ast.dump(node.args) if isinstance(node, FUNCTIONS) else ""
