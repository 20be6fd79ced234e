"""A JupyterLab of the tests' own, and a learner who looks at it."""

import asyncio
import os
import queue
import re
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from playwright.async_api import Error, FrameLocator, Page, Playwright, Route

from support import ROOT

START_TIMEOUT = 90
RUN_ALL_TIMEOUT = 90
PATIENCE = START_TIMEOUT * 1_000
"""For how many milliseconds a page may load: of its own accord it is 30,000,
and a JupyterLab that is loaded first, beside other work, takes longer."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# What "make lab" gives, too: JupyterLab does not ask whether it may fetch news.
DEFAULTS = ROOT / "notebooks" / ".jupyterlab"

# JupyterLab and its extensions come from these folders, and nothing of ours:
# live.js is a blob, pages and figures have addresses of their own.
JUPYTERLABS = re.compile(r"^https?://[^/]+/(static/lab|lab/extensions)/")
# Otherwise a stack that is deep in JupyterLab loses who called.
WHOLE_STACKS = "Error.stackTraceLimit = Infinity"

# What a person does by clicking, and sees on the screen, by the commands and
# the model of JupyterLab itself: its HTML changes with every version.
READY = """async () => {
  await window.jupyterapp.restored;
  const panel = window.jupyterapp.shell.currentWidget;
  await panel.context.ready;
  await panel.sessionContext.ready;
  await panel.sessionContext.session.kernel.info;
}"""
NOTEBOOK_IS_OPEN = """name => {
  const panel = window.jupyterapp?.shell.currentWidget;
  return panel?.context?.path === name && Boolean(panel.sessionContext);
}"""
# The command ends with the first error, even an expected one, while cells
# are still queued. The kernel answers a question behind them.
RUN_ALL = """async () => {
  const { commands, shell } = window.jupyterapp;
  await commands.execute("notebook:clear-all-cell-outputs");
  await commands.execute("notebook:run-all-cells");
  await shell.currentWidget.sessionContext.session.kernel.requestKernelInfo();
}"""
# All cells from the first to the one with this text.
RUN_TO = """async text => {
  const { commands, shell } = window.jupyterapp;
  const notebook = shell.currentWidget.content;
  const index = notebook.widgets.findIndex(
    cell => cell.model.type === "code"
      && cell.model.sharedModel.getSource().includes(text));
  if (index < 0) throw new Error(`no code cell has ${text}`);
  notebook.activeCellIndex = index;
  await commands.execute("notebook:run-all-above");
  notebook.activeCellIndex = index;
  await commands.execute("notebook:run-cell");
  notebook.scrollToItem(index, "center");
}"""
# The cells behind it stay as they are.
RUN_CELL = RUN_TO.replace(
    'await commands.execute("notebook:run-all-above");\n', ""
)
# As a click in the list of files does.
OPEN = """async path => {
  const { commands } = window.jupyterapp;
  await commands.execute("docmanager:open", { path, factory: "Notebook" });
}"""  # without its result: Playwright would copy all that hangs on the widget
# Nothing asks whether to save, and the next notebook meets JupyterLab as it is
# when it was loaded.
LEAVE = """async () => {
  const { commands, shell } = window.jupyterapp;
  for (const panel of Array.from(shell.widgets("main"))) {
    await panel.sessionContext?.shutdown();
    if (panel.context) panel.context.model.dirty = false;
    panel.dispose();
  }
  if (shell.leftCollapsed)
    await commands.execute("application:toggle-left-area");
  await commands.execute(
    "apputils:change-theme", { theme: "JupyterLab Light" });
}"""
MODEL = "() => window.jupyterapp.shell.currentWidget.context.model.toJSON()"
END_KERNEL = (
    "() => window.jupyterapp.shell.currentWidget?.sessionContext?.shutdown()"
)
HEIGHT = """() => Math.ceil(Math.max(...Array.from(
  document.querySelectorAll(".jp-WindowedPanel-outer"),
  panel => panel.scrollHeight,
)))"""
# JupyterLab draws the cells that come into view, in the next frames.
SHOW_FROM_THE_TOP = """async () => {
  for (const panel of document.querySelectorAll(".jp-WindowedPanel-outer"))
    panel.scrollTop = 0;
  for (let frame = 0; frame < 30; frame++)
    await new Promise(requestAnimationFrame);
}"""


def find_chromium(playwright: Playwright) -> str | None:
    """Return the path of a Chromium: the system's or Playwright's own."""
    for browser in BROWSERS:
        if path := shutil.which(browser):
            return path
    own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


@contextmanager
def jupyterlab(notebooks: Path, home: Path) -> Iterator[str]:
    """Run a JupyterLab that does not see this machine's own settings.

    Args:
        notebooks: the folder that it shows.
        home: an empty folder for all that it keeps.

    Yields:
        Its address, with ``{}`` where the path goes and the token behind it.
    """
    token = secrets.token_hex()
    process = subprocess.Popen(
        _command(notebooks, token),
        env=os.environ | _folders(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines: queue.Queue[str | None] = queue.Queue()
    reader = threading.Thread(target=_read, args=(process, lines), daemon=True)
    reader.start()
    try:
        yield f"{_address(lines)}/{{}}?reset&token={token}"
    finally:
        process.terminate()
        process.wait(timeout=60)
        reader.join()


def _command(notebooks: Path, token: str) -> list[str]:
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": "0",
        "ServerApp.root_dir": str(notebooks),
        "ServerApp.allow_root": "True",
        "ServerApp.log_level": "INFO",
        "IdentityProvider.token": token,
        "LabApp.app_settings_dir": str(DEFAULTS),
        "LabApp.extension_manager": "readonly",
        "LabApp.expose_app_in_browser": "True",
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser"]
    return command + [f"--{key}={value}" for key, value in options.items()]


def _folders(home: Path) -> dict[str, str]:
    names = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
        "MINICHANNELS_HOME": "minichannels",
    }
    for name in names.values():
        (home / name).mkdir()
    return {variable: str(home / name) for variable, name in names.items()}


def _read(
    process: subprocess.Popen[str], lines: queue.Queue[str | None]
) -> None:
    assert process.stderr is not None
    with process.stderr:
        for line in process.stderr:
            lines.put(line)
    lines.put(None)


def _address(lines: queue.Queue[str | None]) -> str:
    seen = []
    while line := lines.get(timeout=START_TIMEOUT):
        seen.append(line)
        if match := re.search(r"http://127\.0\.0\.1:\d+", line):
            return match.group()
    raise RuntimeError("JupyterLab did not start:\n" + "".join(seen))


def is_jupyterlabs(stack: str) -> bool:
    """Return whether JupyterLab alone took part in an error of a script.

    Ours never calls removeChild, for example, which fails there under load.
    """
    places = re.findall(r"(?:blob:)?https?://[^\s)]+", stack)
    # Without a place nobody can tell: it counts as ours.
    return bool(places) and all(map(JUPYTERLABS.match, places))


class Learner:
    """Somebody in front of a browser that shows one notebook."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.problems: list[str] = []
        """Errors of our scripts, and requests that would leave the machine."""
        self.has_jupyterlab = False
        page.on("pageerror", self._hear)

    async def prepare(self) -> None:
        """Refuse requests to any other machine; let errors say who called."""
        await self.page.context.route("**/*", self._route)
        await self.page.add_init_script(WHOLE_STACKS)

    def _hear(self, error: Error) -> None:
        if not is_jupyterlabs(error.stack or ""):
            self.problems.append(f"{error.message}\n{error.stack}")

    async def _route(self, route: Route) -> None:
        host = urlsplit(route.request.url).hostname
        if host in {"127.0.0.1", "localhost", None}:
            await route.continue_()
        else:
            self.problems.append(f"request to {route.request.url}")
            await route.abort()

    async def open(self, name: str) -> None:
        """Open a notebook and wait until its kernel answers."""
        if not self.has_jupyterlab:
            await self.load(name)
            return
        await self.page.evaluate(OPEN, name)
        await self._ready(name)

    async def load(self, name: str) -> None:
        """Load JupyterLab anew, which then opens a notebook."""
        address = self.address.format(f"lab/tree/{quote(name)}")
        await self.page.goto(address, timeout=PATIENCE)
        await self._ready(name)
        self.has_jupyterlab = True

    async def _ready(self, name: str) -> None:
        page = self.page
        await page.wait_for_function(
            NOTEBOOK_IS_OPEN, arg=name, timeout=PATIENCE
        )
        async with asyncio.timeout(START_TIMEOUT):
            await page.evaluate(READY)

    async def run_all(self) -> None:
        """Run all cells and wait until none is queued any more."""
        async with asyncio.timeout(RUN_ALL_TIMEOUT):
            await self.page.evaluate(RUN_ALL)

    async def run_to(self, text: str) -> None:
        """Run all cells down to the first code cell that has this text."""
        async with asyncio.timeout(RUN_ALL_TIMEOUT):
            await self.page.evaluate(RUN_TO, text)

    async def run_cell(self, text: str) -> None:
        """Run the first code cell that has this text."""
        async with asyncio.timeout(RUN_ALL_TIMEOUT):
            await self.page.evaluate(RUN_CELL, text)

    async def errors(self) -> list[str]:
        """List the code cells that failed or did not run."""
        found = []
        for number, cell in enumerate(await self._code_cells(), start=1):
            expected = "raises-exception" in cell["metadata"].get("tags", [])
            errors = [
                f"code cell {number}: {output['ename']}: {output['evalue']}"
                for output in cell["outputs"]
                if output["output_type"] == "error" and not expected
            ]
            if cell["execution_count"] is None:
                errors.append(f"code cell {number} did not run")
            found += errors
        return found

    async def outputs(self, number: int) -> list[Any]:
        """Return the outputs of a code cell, counted from 1."""
        cells = await self._code_cells()
        return list(cells[number - 1]["outputs"])

    async def _code_cells(self) -> list[Any]:
        notebook = await self.page.evaluate(MODEL)
        return [
            cell for cell in notebook["cells"] if cell["cell_type"] == "code"
        ]

    def frame(self) -> FrameLocator:
        """Return the page that an output of the notebook shows."""
        return self.page.frame_locator(".jp-OutputArea iframe")

    async def screenshot(self, name: str) -> None:
        """Keep a picture of the whole notebook, where somebody asked for it."""
        if folder := os.environ.get("MINICHANNELS_SCREENSHOTS"):
            height = min(await self.page.evaluate(HEIGHT) + 150, 16_000)
            size = self.page.viewport_size or {"width": 1280, "height": 900}
            await self.page.set_viewport_size(size | {"height": height})
            await self.page.evaluate(SHOW_FROM_THE_TOP)
            await self.page.screenshot(path=f"{folder}/{name}.png")
            await self.page.set_viewport_size(size)

    async def end_kernel(self) -> None:
        """End the kernel, the page stays as it is."""
        await self.page.evaluate(END_KERNEL)

    async def leave(self) -> None:
        """End the kernels and close the notebooks, so that others have room."""
        self.has_jupyterlab = False  # unless it can be left in order
        await self.page.evaluate(LEAVE)
        self.has_jupyterlab = True
