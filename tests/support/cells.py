"""A notebook's code cells in a plain process, on one event loop.

``python -m support.cells notebook.ipynb`` in ``tests`` runs them as a kernel
does, one after the other, and prints as JSON what each has shown. With
``--bare`` it takes away what a kernel in a browser lacks: starting a thread
and making a socket raise there.
"""

import ast
import asyncio
import contextlib
import io
import json
import linecache
import socket
import sys
import threading
from pathlib import Path
from types import CodeType
from typing import Any, NoReturn

from minichannels.lab import Server
from support.notebooks import code_cells


async def run_cells(sources: list[str]) -> list[str]:
    """Run all cells; return what each has printed, and its last value."""
    names: dict[str, Any] = {"__name__": "__main__"}
    shown = []
    flows: dict[Server, str] = {}
    for number, source in enumerate(sources, start=1):
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            value = await run_cell(source, f"<cell {number}>", names)
        text = printed.getvalue()
        shown.append(text if value is None else f"{text}{value!r}\n")
        flows |= await settled(names)
    # Also what no cell has shown.
    return [*shown, *flows.values()]


async def settled(names: dict[str, Any]) -> dict[Server, str]:
    """Return the flow of each server that runs, once it has settled.

    Not of one that was stopped: uvicorn tells its clients in any order.
    """
    servers = [value for value in names.values() if isinstance(value, Server)]
    flows = {}
    for server in dict.fromkeys(servers):
        if "stopped" not in repr(server):
            await server.settle()
            flows[server] = str(server.flow)
    return flows


async def run_cell(source: str, name: str, names: dict[str, Any]) -> Any:
    """Run one cell, which may use ``await``; return its last value."""
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    tree = ast.parse(source, name)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    await _run(compiled(tree, name), names)
    if last is None:
        return None
    expression = ast.Expression(last.value)  # type: ignore[attr-defined]
    return await _run(compiled(expression, name), names)


def compiled(tree: ast.Module | ast.Expression, name: str) -> CodeType:
    """Compile what may use ``await`` outside of a function."""
    mode = "exec" if isinstance(tree, ast.Module) else "eval"
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    code: CodeType = compile(tree, name, mode, flags, dont_inherit=True)
    return code


async def _run(code: CodeType, names: dict[str, Any]) -> Any:
    value = eval(code, names)
    awaited = code.co_flags & 0x80  # CO_COROUTINE: it used await
    return await value if awaited else value


def take_away() -> None:
    """Let threads and sockets raise, as in a browser."""

    def start(self: threading.Thread) -> NoReturn:
        raise RuntimeError("can't start new thread")

    class Nothing(socket.socket):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            raise OSError(138, "Not supported")

    threading.Thread.start = start  # type: ignore[method-assign]
    socket.socket = Nothing  # type: ignore[misc]


async def main(path: Path, *options: str) -> str:
    """Run a notebook, and return what was shown as JSON."""
    sources = [cell.source for cell in code_cells(path)]
    if "--bare" in options:
        take_away()
    return json.dumps(await run_cells(sources))


if __name__ == "__main__":
    sys.stdout.write(asyncio.run(main(Path(sys.argv[1]), *sys.argv[2:])))
