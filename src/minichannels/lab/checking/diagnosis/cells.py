"""The cells of a notebook: where an answer comes from, and what is new in it.

How it works: IPython keeps what has run, in order, under the name ``In``, and
``linecache`` has the lines of each cell by the file name that its code bears.
So the source of an answer is known without asking the answer for anything.
Definitions are compared as syntax trees: a comment, a blank or a ``pass`` makes
no difference.
"""

import ast
import copy
import linecache
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from types import CodeType
from typing import Any

from minichannels.lab.checking.diagnosis.functions import code_of, owner_of
from minichannels.lab.checking.sandbox.stack_frames import IsOwn, is_learners
from minichannels.lab.checking.stage.exercise import Exercise
from minichannels.lab.notebook.missing_names import bound

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Cell:
    """A cell that has run.

    Attributes:
        number: the one beside it in the notebook; 0 if it has none.
        source: its text.
    """

    number: int
    source: str

    @cached_property
    def definitions(self) -> Mapping[str, ast.stmt]:
        """Its classes and functions by name; the last one of each name."""
        return {
            node.name: node
            for node in statements(self.source)
            if isinstance(node, (*FUNCTIONS, ast.ClassDef))
        }


Cells = Sequence[Cell]


def cells_of(names: Mapping[str, Any], file: str) -> Cells:
    """Return the cells that have run, the one that runs now last.

    Args:
        names: those of the notebook.
        file: the file name of the cell that runs now.
    """
    ran, cells = names.get("In"), list[Cell]()
    if type(ran) is list and all(type(source) is str for source in ran):
        cells = [Cell(n, source) for n, source in enumerate(ran) if source]
    # Whoever runs a cell may ask IPython not to keep it, as nbval does.
    running = _text(file)
    if not cells or cells[-1].source.strip() != running.strip():
        cells.append(Cell(0, running))
    return cells


def is_stub(exercise: Exercise, answer: Any, cells: Cells) -> bool:
    """Return whether an answer is the exercise's stub, as it came.

    What else the stub defines, such as a function that it calls, counts too.
    """
    stub = dict(Cell(0, f"{exercise.given}\n{exercise.stub}").definitions)
    asked = stub.pop(exercise.name, None)
    if asked is None:
        return _is_whole_stub(exercise, cells)
    own = _definition(answer, cells)
    if own is None or _bare(own) != _bare(asked):
        return False
    beside = _beside(answer)
    return all(_bare(beside.get(n, d)) == _bare(d) for n, d in stub.items())


def _is_whole_stub(exercise: Exercise, cells: Cells) -> bool:
    """Return the same of what is put together, and has no code of its own.

    The newest cell that does so is compared as a whole, but for its calls.
    """
    name, stub = exercise.name, _defined(exercise.stub)
    assigning = (c for c in reversed(cells) if name in bound(c.source))
    newest = next(assigning, None)
    return newest is not None and _defined(newest.source) == stub


def written(answer: Any, cells: Cells) -> str:
    """Return what tells one try from another: what the cells define.

    What they only call makes no difference, such as ``hint(…)``.
    """
    sources = dict.fromkeys(_text(code.co_filename) for code in _codes(answer))
    sources |= dict.fromkeys(cell.source for cell in cells[-1:])
    own = _definition(answer, cells)
    kept = [each for source in sources for each in _defined(source)]
    return "\n".join([*kept, *([_bare(own)] if own else [])])


def _defined(source: str) -> list[str]:
    """Return the statements of a source that are no mere calls."""
    found = statements(source)
    kept = [s for s in found if not isinstance(s, ast.Expr | ast.Pass)]
    return list(map(_bare, kept))


def by_code(answer: Any, cells: Cells) -> Cell | None:
    """Return the newest cell that the code of an answer stands in."""
    texts = {_text(code.co_filename).strip() for code in _codes(answer)}
    found = (c for c in reversed(cells) if c.source.strip() in texts)
    return next(found, None)


def is_own_to(answer: Any, file: str) -> IsOwn:
    """Return what tells whether a file is the cell that is tested.

    Args:
        answer: the learner's; its own methods know where they stand.
        file: the file name of the cell that asked for the check.
    """
    files = {code.co_filename for code in _codes(answer)} | {file}
    return files.__contains__ if any(files) else is_learners


def _definition(answer: Any, cells: Cells) -> ast.stmt | None:
    """Return the definition of an answer, if it is known."""
    codes, owner = _codes(answer), owner_of(answer)
    if isinstance(owner, type):
        name = owner.__name__
    elif codes:
        name = codes[0].co_name
    else:
        return None
    if codes:
        return _beside(answer).get(name)
    # Of a class without methods, Python does not know where it stands.
    found = (cell.definitions.get(name) for cell in reversed(cells))
    return next(filter(None, found), None)


def _beside(answer: Any) -> Mapping[str, ast.stmt]:
    """Return what the cell defines in which the code of an answer stands."""
    text = "".join(_text(code.co_filename) for code in _codes(answer)[:1])
    return Cell(0, text).definitions


def _codes(answer: Any) -> list[CodeType]:
    """Return the code of a function, or of a class's own methods."""
    owner = owner_of(answer)
    parts = vars(owner).values() if isinstance(owner, type) else [owner]
    return [code for code in map(code_of, parts) if code is not None]


def _text(file: str) -> str:
    return "".join(linecache.getlines(file))


@cache
def statements(source: str) -> Sequence[ast.stmt]:
    """Return the statements of a source; none if it is no Python."""
    try:
        return ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError):
        return ()


def keeps_for_all(source: str) -> bool:
    """Return whether code has a variable that all of its calls share."""
    return any(isinstance(node, ast.Assign) for node in statements(source))


class _Silent(ast.NodeTransformer):
    """Leaves out what does nothing: ``pass``, and a constant by itself."""

    def visit_Pass(self, node: ast.Pass) -> None:
        """Leave it out."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        """Leave out a docstring."""
        return None if isinstance(node.value, ast.Constant) else node


def _bare(node: ast.stmt) -> str:
    return ast.dump(_Silent().visit(copy.deepcopy(node)))
