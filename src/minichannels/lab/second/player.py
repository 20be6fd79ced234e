"""The other process: it runs the cells that come, one a line, as a kernel does.

How it works: each line of its input is a cell, written as JSON. The cell is run
on one event loop that goes on between cells, and may use ``await``. The answer
is a line as well: what the cell printed, with its last value, what it raised,
and the name that it missed. The process ends with its input.
"""

import ast
import asyncio
import contextlib
import inspect
import io
import json
import linecache
import sys
import traceback
from collections.abc import Callable
from typing import Any

Namespace = dict[str, Any]


async def play(read: Callable[[], str], write: Callable[[str], object]) -> None:
    """Run cells until there are no more.

    Args:
        read: waits for a line; returns an empty text at the end.
        write: takes an answer, which has no line break.
    """
    names: Namespace = {"__name__": "__main__"}
    loop, number = asyncio.get_running_loop(), 0
    while line := await loop.run_in_executor(None, read):
        number += 1
        printed, problem, missing = io.StringIO(), "", None
        with (
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
        ):
            try:
                await _run(json.loads(line), f"<cell {number}>", names)
            except Exception as error:
                problem = traceback.format_exception_only(error)[-1].strip()
                if type(error) is NameError:
                    missing = error.name
        write(json.dumps([printed.getvalue(), problem, missing]))


async def _run(cell: str, name: str, names: Namespace) -> None:
    """Run a cell, and print the value of its last line."""
    linecache.cache[name] = (len(cell), None, cell.splitlines(True), name)
    tree = ast.parse(cell)
    names["_"] = None
    if tree.body and isinstance(last := tree.body[-1], ast.Expr):
        kept = ast.Assign([ast.Name("_", ast.Store())], last.value)
        tree.body[-1] = ast.fix_missing_locations(ast.copy_location(kept, last))
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    code = compile(tree, name, "exec", flags, dont_inherit=True)
    running = eval(code, names)
    if code.co_flags & inspect.CO_COROUTINE:
        await running
    if names["_"] is not None:
        sys.stdout.write(f"{names['_']!r}\n")


def main() -> None:
    """Play what comes on the standard input."""
    answers = sys.stdout
    sys.stdout = sys.stderr  # what comes between two cells is no answer

    def write(answer: str) -> None:
        answers.write(f"{answer}\n")
        answers.flush()

    asyncio.run(play(sys.stdin.readline, write))


if __name__ == "__main__":
    main()
