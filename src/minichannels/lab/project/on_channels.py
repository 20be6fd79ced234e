"""A Django project on Django Channels, beside what happened on ours.

How it works: the project's folder is copied, with its database, and
``channels`` stands for ``minichannels`` in each file. A process of its own
serves the copy, for there is one project in each. Its program holds the
functions and classes of the notebook that play the clients, as their cells
have them; they are of the lab, so they stay as they are. What went between
clients and application is written down there, and compared here.
"""

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from minichannels.flow import Event, Flow
from minichannels.flow.diff import Diff
from minichannels.flow.journal.kinds import KINDS
from minichannels.lab.classroom.elsewhere import LIMIT, as_module
from minichannels.lab.project.project import NAME, Project

_MISSING = (
    'Django Channels is not installed here. Run pip install "minichannels'
    '[channels]", restart the kernel, and run the cells again.'
)

_PROGRAM = """
import asyncio, os, sys
from pathlib import Path
os.environ["DJANGO_SETTINGS_MODULE"] = "{project}.settings"
from {project}.asgi import application
from contextlib import ExitStack
from minichannels.flow.recording.layer import registries
from minichannels.lab import serve

async def main():
    server = serve(application)
    with ExitStack() as recorded:
        for layer in registries.layers_of_channels(print):
            there = registries.in_place(layer, server.flow.journal)
            recorded.enter_context(there)
        await {story}(server)
        await server.settle()
    flow = server.flow.to_json()
    server.stop()
    Path({flow!r}).write_text(flow, encoding="utf-8")

asyncio.run(main())
"""


class BesideChannels:
    """Two flows of one story; a cell's last line shows where they differ.

    Attributes:
        diff: the flows, compared; None if there is only one.
    """

    def __init__(self, words: str, diff: Diff | None = None) -> None:
        self.diff = diff
        self._words = words

    def __repr__(self) -> str:
        return self._words


def beside_channels(
    flow: Flow, project: Project, story: Any, *used: Any
) -> BesideChannels:
    """Play a story on Django Channels, and compare it with one played here.

    Args:
        flow: what happened when it was played here.
        project: the project.
        story: a coroutine function of a server.
        used: the functions and classes of the notebook that it uses.
    """
    if find_spec("channels") is None:
        return BesideChannels(_MISSING)
    try:
        there = _played(project, program(story, *used))
    except (subprocess.SubprocessError, ValueError) as error:
        return BesideChannels(str(error))
    ours, theirs = at_socket(flow.events), at_socket(there.events)
    diff = Diff(ours, theirs, _of_whomever)
    return BesideChannels(
        f"this: minichannels, other: Django Channels. {diff!r}", diff
    )


def program(story: Any, *used: Any) -> str:
    """Return a program that serves the project, and plays the story to it."""
    run = _PROGRAM.format(project=NAME, story=story.__name__, flow=_FLOW)
    return "\n\n".join([*as_module([*used, story]), run])


_FLOW = "flow.json"


def _played(project: Project, code: str) -> Flow:
    """Run a program in a copy of the project, on Channels; return its flow.

    Raises:
        SubprocessError: it takes too long.
        ValueError: it failed; says its last words.
    """
    with TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name) / "there"
        shutil.copytree(project.folder, folder)
        for file in folder.rglob("*.py"):
            text = file.read_text(encoding="utf-8")
            text = text.replace("minichannels", "channels")
            file.write_text(text, encoding="utf-8")
        (folder / "story.py").write_text(code, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "story.py"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT,
        )
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1]
            raise ValueError(f"The program failed: {last}")
        return Flow.from_json((folder / _FLOW).read_bytes())


def at_socket(events: Sequence[Event]) -> list[Event]:
    """Return what went between clients and application, with new numbers.

    What led to it is left out, for that is the library's own affair, and so is
    what pages say: each form has a token that nobody can guess.
    """
    found = (
        event
        for event in events
        if KINDS[event.kind].at_socket and event.type not in _PAGES
    )
    return [
        replace(event, seq=n, cause=None, begun_in=None, payload=_told(event))
        for n, event in enumerate(found, 1)
    ]


_PAGES = ("http.response.body", "http.disconnect")


def _of_whomever(event: Event) -> Event:
    """Return an event of HTTP without the name of whoever gives the page.

    That may be a function here, and Django there.
    """
    if not event.type.startswith("http."):
        return event
    return replace(event, application="", source="", target="")


def _told(event: Event) -> Mapping[str, Any]:
    return {k: v for k, v in event.payload.items() if k != "body"}
