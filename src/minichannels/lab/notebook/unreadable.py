"""A cell that does not come to its check: where it ends, and what was meant.

Python reads a cell as a whole before it runs any of it. So after a slip in one
line nothing of the cell has happened, and a check that stands below is silent.
What is wrong Python says in few words; here are ours, before its own.

And after an error in a line above the check, which nothing has checked.
"""

import ast
import contextlib
import re
import sys
import warnings
from dataclasses import dataclass
from traceback import walk_tb
from types import FrameType
from typing import Any

from minichannels.flow.recording.tracebacks import is_learners
from minichannels.lab.transport.kernel import shell_here

_SLIPS = (
    # What Python says, what stands in the line, and what we say.
    (
        r"expected '\('",
        r"def\s+\w+[.-]",
        "the name of a method has neither a dot nor a hyphen in it: the type"
        " `news.flash` calls the method `news_flash`",
    ),
    (
        r"expected '\('",
        r"def\b",
        "brackets follow the name of a function: `def name(…):`",
    ),
    (
        r"'a\w+( \w+)?' outside async",
        r"",
        "`await` cannot stand in a plain `def`: write `async def`, or, in a"
        " sync consumer, `async_to_sync(…)`",
    ),
    (r"expected ':'", r"", "a colon is missing"),
    (
        r".*you meant '=='",
        r"",
        "`=` gives a name a value; two values are compared with `==`",
    ),
    (
        r"f-string: unmatched '[\[(]'",
        r"",
        "in the braces of a text with `f` stand other quotation marks than"
        " around it",
    ),
    (
        r".*(never closed|unmatched|does not match op)",
        r"",
        "a bracket has no partner: each that opens is closed, by one of its"
        " kind",
    ),
    (
        r"unterminated",
        r"",
        "a text begins with a quotation mark, and does not end with one",
    ),
    (
        r"expected an indented block",
        r"",
        "what belongs to the colon above begins further to the right",
    ),
    (r"unexpected indent", r"", "this line begins too far to the right"),
    (
        r"unindent|inconsistent use of tabs",
        r"",
        "this line begins in another column than those that it belongs to",
    ),
    (
        r"'(return|yield)' outside",
        r"",
        "this line is in no function: it begins too far to the left",
    ),
    (
        r"'(break|continue)'",
        r"",
        "this line is in no loop: it begins too far to the left",
    ),
    (
        r"expected 'except'",
        r"",
        "a `try:` has its `except` below it, in the same column",
    ),
    (r".*forgot a comma", r"", "a comma, or a bracket, is missing"),
    (
        r"invalid character",
        r"",
        "Python does not know this character; quotation marks are straight"
        " ones, such as on a keyboard",
    ),
    (
        r"invalid syntax",
        r"\s*(else|elif|except|finally)\b",
        "no block above belongs to this word: it begins in the column of its"
        " `if` or `try`, and nothing else stands between them",
    ),
)
_ANY = "Python cannot read this line"


@dataclass(frozen=True)
class Slip:
    """Where Python stops reading a cell.

    Attributes:
        line: the number of the line.
        code: the line.
        words: what was probably meant.
    """

    line: int
    code: str
    words: str


def slip_in(source: str) -> Slip | None:
    """Return what keeps Python from reading a cell, if anything does."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they come when it is run
            flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            compile(source, "<cell>", "exec", flags)
    except SyntaxError as error:
        line = error.lineno or 1
        code = "".join(source.splitlines()[line - 1 : line])
        told = (
            words
            for says, stands, words in _SLIPS
            if re.match(says, error.msg) and re.search(stands, code)
        )
        return Slip(line, code.strip(), next(told, _ANY))
    except (ValueError, RecursionError, MemoryError):
        pass  # Python says it
    return None


def help_with_slips() -> None:
    """From now on, have the kernel say first what keeps a cell from running."""
    shell = shell_here()
    if shell is not None:
        shell.events.register("pre_run_cell", _explain)
        shell.events.register("post_run_cell", _say_unchecked)


def _say_unchecked(result: Any) -> None:
    """Say of a cell that has ended with an error that its check has not run."""
    error, cell = result.error_in_exec, result.info.raw_cell
    if not isinstance(error, Exception):  # an interrupt is no surprise
        return
    at = next(
        (n for frame, n in walk_tb(error.__traceback__) if _is_a_cell(frame)), 0
    )
    lines = cell.splitlines()
    check = next((n for n, c in enumerate(lines, 1) if "await check(" in c), 0)
    if 0 < at < check:
        sys.stderr.write(
            f"Line {at} ended the cell with this error, so the check in line"
            f" {check} has not run.\n"
        )


def _is_a_cell(frame: FrameType) -> bool:
    return is_learners(frame.f_code.co_filename)


def _explain(info: Any) -> None:
    """Say what is wrong with a cell that is about to be run."""
    slip = None
    with contextlib.suppress(SyntaxError):  # of a line for IPython itself
        slip = slip_in(shell_here().transform_cell(info.raw_cell))
    if slip is not None:
        words = slip.words.replace("`", "")
        check = ", the check neither" if "check(" in info.raw_cell else ""
        sys.stderr.write(
            f"Line {slip.line}: {words}. Nothing of this cell has"
            f" run{check}. In Python's words:\n"
        )
