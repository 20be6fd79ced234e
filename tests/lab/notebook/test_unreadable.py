from types import SimpleNamespace
from typing import Any

import IPython
import pytest

from minichannels.lab.notebook.unreadable import (
    Slip,
    help_with_slips,
    slip_in,
)

# A cell, the line in which it cannot be read, and how our words begin.
SLIPS = {
    "a dot in a name": (
        "class A:\n    def news.flash(self, event):\n        pass",
        *(2, "the name of a method has neither a dot nor a hyphen"),
    ),
    "a hyphen in a name": (
        "class A:\n    async def chat-message(self): pass",
        *(2, "the name of a method has neither a dot nor a hyphen"),
    ),
    "no brackets": ("def f:\n    pass", 1, "brackets follow the name"),
    "await": ("def f():\n    await g()", 2, "`await` cannot stand in a plain"),
    "async with": (
        "def f():\n    async with g(): pass",
        *(2, "`await` cannot stand in a plain"),
    ),
    "no colon": ("x = 1\nif x\n    y = 2", 2, "a colon is missing"),
    "one =": ("if x = 1:\n    pass", 1, "`=` gives a name a value"),
    "a text on the left": ("'/name' = x", 1, "`=` gives a name a value"),
    "an open bracket": ("x = (1,\ny = 2", 1, "a bracket has no partner"),
    "a bracket too many": ("f(x))", 1, "a bracket has no partner"),
    "another bracket": ("f({'a': 1)", 1, "a bracket has no partner"),
    "an open text": ("x = 'abc", 1, "a text begins with a quotation mark"),
    "no body": ("for x in y:\nprint(x)", 2, "what belongs to the colon above"),
    "too far right": ("x = 1\n    y = 2", 2, "this line begins too far"),
    "another column": (
        "if x:\n        y = 1\n    z = 2",
        *(3, "this line begins in another column"),
    ),
    "a return": ("return 1", 1, "this line is in no function"),
    "a break": ("break", 1, "this line is in no loop"),
    "no comma": ("{'a': 1 'b': 2}", 1, "a comma, or a bracket, is missing"),
    "curly marks": ("x = \u201ca\u201d", 1, "Python does not know this char"),
    "a lone else": ("x = 1\nelse:\n    y", 2, "no block above belongs to this"),
    "no except": ("try:\n    x\ny = 1", 3, "a `try:` has its `except` below"),
    "anything": ("x++", 1, "Python cannot read this line"),
}


@pytest.mark.parametrize("what", SLIPS)
def test_slip_is_told_with_its_line(what: str) -> None:
    cell, line, words = SLIPS[what]

    slip = slip_in(cell)

    assert slip is not None
    assert slip.line == line
    assert slip.code == cell.splitlines()[line - 1].strip()
    assert slip.words.startswith(words)


@pytest.mark.parametrize(
    "cell",
    [
        "async def f(): await g()\nawait f()",
        r"x = '\d'",  # of which Python warns
        f"x = {'-' * 10_000}1",  # too deep for Python
    ],
)
def test_other_cells_have_no_slip(cell: str) -> None:
    assert slip_in(cell) is None


class Shell:
    """A kernel's shell, as far as it is asked."""

    def __init__(self) -> None:
        self.events = self
        self.called: list[Any] = []

    def register(self, event: str, function: Any) -> None:
        assert event == ("pre_run_cell", "post_run_cell")[len(self.called)]
        self.called.append(function)

    def transform_cell(self, cell: str) -> str:
        if cell.startswith("%"):
            raise SyntaxError(cell)
        return cell

    def run(self, cell: str) -> None:
        self.called[0](SimpleNamespace(raw_cell=cell))

    def end(self, cell: str, error: BaseException | None) -> None:
        info = SimpleNamespace(raw_cell=cell)
        self.called[1](SimpleNamespace(info=info, error_in_exec=error))


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Shell:
    """The shell of this process, as IPython says."""
    shell = Shell()
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    return shell


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        (
            "if x\n    y\nawait check('4.2')",
            "Line 1: a colon is missing. Nothing of this cell has run, the"
            " check neither. In Python's words:\n",
        ),
        (
            "def f():\n    await g()",
            "Line 2: await cannot stand in a plain def: write async def, or,"
            " in a sync consumer, async_to_sync(…). Nothing of this cell has"
            " run. In Python's words:\n",
        ),
        ("x = 1", ""),
        ("%no such", ""),
    ],
)
def test_slip_is_told_before_the_cell_runs(
    cell: str,
    told: str,
    shell: Shell,
    capsys: pytest.CaptureFixture[str],
) -> None:
    help_with_slips()
    shell.run(cell)

    assert capsys.readouterr().err == told


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        (
            "x = 1\n1 / 0\nawait check('5.1')",
            "Line 2 ended the cell with this error, so the check in line 3 has"
            " not run.\n",
        ),
        ("x = 1\n1 / 0", ""),
        ("1 / 0\nself._check('5.1')", ""),
        ("check = print\ncheck()\n1 / 0", ""),
        ("raise KeyboardInterrupt\nawait check('5.1')", ""),
        ("x = 1\nawait check('5.1')", ""),
    ],
)
def test_error_above_a_check_is_said_to_have_kept_it_from_running(
    cell: str,
    told: str,
    shell: Shell,
    capsys: pytest.CaptureFixture[str],
) -> None:
    help_with_slips()
    error: BaseException | None = None
    try:
        code = compile(cell.partition("await")[0], "a cell", "exec")
        exec(code, {"print": lambda: None})
    except BaseException as raised:
        above = raised.__traceback__  # of this test
        error = raised.with_traceback(above.tb_next if above else None)

    shell.end(cell, error)

    assert capsys.readouterr().err == told


def test_error_that_is_of_no_cell_is_left_to_python(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    help_with_slips()

    shell.end("check('5.1')", ValueError("without a traceback"))

    assert capsys.readouterr().err == ""


def test_help_with_slips_does_nothing_outside_of_a_kernel() -> None:
    help_with_slips()


def test_slip_says_what_stands_there() -> None:
    assert slip_in("x = 1\n  if x\n") == Slip(
        2, "if x", "this line begins too far to the right"
    )
