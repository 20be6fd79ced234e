"""``pytest --flow``: a test that fails shows what moved.

How it works: while tests run, each communicator is given its application in a
recorder, ours and those of Channels alike; a server of ``serve()`` and a
``record()`` have recorders of their own. When a test has failed, whatever was
recorded during it stands in its report, as text, and as a picture in a file.

Rule 1: a test that passes without it passes with it.
"""

import importlib
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from asgiref.compatibility import guarantee_single_callable

from minichannels._asgi import require_application
from minichannels.flow import Flow
from minichannels.flow.journal.journal import Journal
from minichannels.flow.record import Recording, record_everywhere
from minichannels.flow.recording.application.recorder import Recorder
from minichannels.types import Receive, Scope, Send

COMMUNICATORS = ("minichannels.testing", "asgiref.testing")
"""The modules with an ``ApplicationCommunicator``; Channels' are of asgiref."""

MOST_LINES = 200
"""How many lines of a flow a report has: the last ones."""

LONGEST_NAME = 100
"""How long the name of a picture's file may be."""


class FlowPlugin:
    """Records tests, and shows the flows of those that fail.

    Args:
        folder: where pictures are saved.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._patch = pytest.MonkeyPatch()
        self._recording: Recording | None = None
        # How many events each journal had when the test began.
        self._before: WeakKeyDictionary[Journal, int] = WeakKeyDictionary()
        self._note_recorders()
        for name in COMMUNICATORS:
            module = importlib.import_module(name)
            self._wrap_applications(module.ApplicationCommunicator)

    def pytest_unconfigure(self) -> None:
        """Leave everything as it was."""
        self._patch.undo()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Record a test, and its channel layers."""
        for journal in self._before:
            self._before[journal], _ = journal.since(0)
        with record_everywhere(_nobody, lambda text: None) as self._recording:
            result = yield
        self._recording = None
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Iterator[None]:
        """Add the flows to the report of a failure."""
        report: Any = yield
        if report.failed and report.when != "teardown":
            report.sections += [
                ("flow", self._told(journal, f"{item.nodeid}-{number}"))
                for number, journal in enumerate(self._grown(), start=1)
            ]
        return report  # type: ignore[no-any-return]  # as pluggy wants it

    def _grown(self) -> list[Journal]:
        """Return the journals into which something came during this test."""
        return [
            journal
            for journal, before in self._before.items()
            if journal.since(before)[1]
        ]

    def _told(self, journal: Journal, name: str) -> str:
        """Return a flow as text; save its picture, and say where."""
        flow = Flow(journal)
        lines = str(flow.table()).splitlines()
        if len(lines) > MOST_LINES:
            lines = [lines[0], "…", *lines[-MOST_LINES:]]
        plain = re.sub(r"[^\w.-]+", "-", name)[-LONGEST_NAME:]
        path = self._folder / f"{plain}.svg"
        flow.lanes().save(path)
        return "\n".join([*lines, "", f"The picture is {path}"])

    # What is patched

    def _note_recorders(self) -> None:
        make, before = Recorder.__init__, self._before

        def noted(recorder: Recorder, *args: Any, **options: Any) -> None:
            make(recorder, *args, **options)
            before.setdefault(recorder.journal, 0)

        self._patch.setattr(Recorder, "__init__", noted)

    def _wrap_applications(self, communicator: Any) -> None:
        make = communicator.__init__

        def wrapped(
            self_: Any, application: Any, *args: Any, **options: Any
        ) -> None:
            make(self_, self._recorded(application), *args, **options)

        self._patch.setattr(communicator, "__init__", wrapped)

    def _recorded(self, application: Any) -> Any:
        """Return an application in a recorder, unless it is none or has one."""
        recording = self._recording
        if recording is None or isinstance(application, Recorder):
            return application
        try:
            require_application(application, "it")
        except TypeError:
            return application  # the communicator says what is wrong
        inner = guarantee_single_callable(application)  # type: ignore[no-untyped-call]
        names = recording.app.names
        return Recorder(inner, recording.journal, names, folds_bodies=True)


async def _nobody(scope: Scope, receive: Receive, send: Send) -> None:
    """Stand where an application stands: those of a test come later."""


def folder_of(config: pytest.Config) -> Path:
    """Return the folder for pictures."""
    if named := config.getoption("flow_dir"):
        folder = Path(named).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        return folder
    cache = getattr(config, "cache", None)
    if cache is None:  # it is switched off
        return Path(tempfile.mkdtemp(prefix="flow-"))
    made: Path = cache.mkdir("flow")
    return made
