"""A verdict beside the cells: is what was tested what the learner wrote?

Two answers are not the learner's own: the stub, as it came, and what another
cell of the notebook has called by the same name. Such a cell may be the last
that Python could read.
"""

from dataclasses import dataclass, field

from minichannels.lab.checking.diagnosis.answers import MISSING
from minichannels.lab.checking.diagnosis.cells import Cell, Cells, is_stub
from minichannels.lab.checking.diagnosis.naming import (
    Misnamed,
    misnamed,
    unreadable,
)
from minichannels.lab.checking.report.tries import PATIENCE, Tries
from minichannels.lab.checking.report.verdict import Verdict
from minichannels.lab.checking.stage.miss import Unsolved
from minichannels.lab.checking.texts.texts import say
from minichannels.lab.notebook.unreadable import Slip

UNTOUCHED = "untouched"
OTHER_CELL, UNFINISHED = "other cell", "unfinished cell"
UNREADABLE = "unreadable cell"

LONGEST = 60
"""How much is shown of the line that a cell begins with."""


@dataclass(frozen=True)
class Calling:
    """How a check was called.

    Attributes:
        cells: what has run in the notebook, the caller last.
        by_name: whether the answer was found by its name.
        tries: those before this one; by default as many as it takes to be
            told how to mend it.
    """

    cells: Cells = ()
    by_name: bool = True
    tries: Tries = field(default_factory=lambda: Tries(PATIENCE))


def placed(verdict: Verdict, calling: Calling) -> Verdict:
    """Return a verdict that says so, if the answer is not the learner's."""
    exercise, answer = verdict.exercise, verdict.answer
    cells = calling.cells
    read = unreadable(exercise, cells) if calling.by_name else None
    if read is not None:
        return _of_unreadable(verdict, *read)
    if answer is MISSING:
        return verdict
    found = misnamed(exercise, answer, cells) if calling.by_name else None
    if found is not None:
        return _of_other_cell(verdict, found)
    # What a stub does not lead to by itself comes of the cells around it.
    as_expected = verdict.key in exercise.texts and not verdict.solved
    if as_expected and is_stub(exercise, answer, cells):
        verdict.key, verdict.clue = UNTOUCHED, None
    return verdict


def _of_other_cell(verdict: Verdict, found: Misnamed) -> Verdict:
    other = Verdict(verdict.exercise, None)
    newest = say("this cell" if found.running else "newest cell")
    tested = _called(found.tested)
    key = UNFINISHED if found.own == verdict.exercise.name else OTHER_CELL
    other.because(Unsolved(key, own=found.own, tested=tested, newest=newest))
    return other


def _of_unreadable(verdict: Verdict, cell: Cell, slip: Slip) -> Verdict:
    other = Verdict(verdict.exercise, None)
    where = {"cell": _called(cell), "line": f"{slip.line}"}
    other.because(Unsolved(UNREADABLE))
    other.values |= {**where, "code": slip.code, "slip": slip.words}
    return other


def _called(cell: Cell | None) -> str:
    if cell is None:
        return say("no cell")
    first = cell.source.strip().splitlines()[0][:LONGEST].replace("`", "")
    key = "numbered cell" if cell.number else "cell"
    return say(key, number=cell.number, first=first)
