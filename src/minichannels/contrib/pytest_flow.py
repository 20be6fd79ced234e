"""``pytest --flow``: a test that fails shows what moved.

How it works: while tests run, each communicator is given its application in a
recorder, ours and those of Channels alike; a server of ``serve()`` and a
``record()`` have recorders of their own. When a test has failed, whatever was
recorded during it stands in its report, as text, and as a picture in a file.

Rule 1: a test that passes without it passes with it.
Rule 2: each attempt of a test that is run again has a flow of its own, and
what one report has shown, the next one of that test shows if there is more.
Rule 3: of a server that several tests use, each shows what it did itself, and
how much was before.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from asgiref.compatibility import guarantee_single_callable

from minichannels._asgi import require_application
from minichannels.contrib.pytest_journals import flow_since, has_since
from minichannels.contrib.pytest_pictures import Pictures
from minichannels.flow.journal.events import next_id
from minichannels.flow.journal.journal import Journal
from minichannels.flow.record import Recording, record_everywhere
from minichannels.flow.recording.application.recorder import Recorder
from minichannels.types import Receive, Scope, Send

COMMUNICATORS = ("minichannels.testing", "asgiref.testing")
"""The modules with an ``ApplicationCommunicator``; Channels' are of asgiref."""

MOST_LINES = 200
"""How many lines of a flow a report has: the last ones."""

SECTION = "flow"
"""What the part of a report is called that shows a flow."""


class FlowPlugin:
    """Records tests, and shows the flows of those that fail.

    Args:
        config: the options with which pytest was called.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._pictures = Pictures(config)
        # Where pytest shows all parts of a report; a debugger shows one alone.
        self._shows_all = config.getoption(
            "showcapture", "all"
        ) == "all" and not config.getoption("usepdb", False)
        # What a process of pytest-xdist tells, the first one writes.
        of_xdist = hasattr(config, "workerinput")
        encoding = getattr(sys.stdout, "encoding", None)
        self._encoding = "utf-8" if of_xdist else encoding or "utf-8"
        self._patch = pytest.MonkeyPatch()
        self._attempt = ExitStack()
        self._recording: Recording | None = None
        self._saved = 0  # pictures of this test
        # The earliest first: there names stay as they are.
        self._journals: WeakKeyDictionary[Journal, None] = WeakKeyDictionary()
        # What arrived until then is older than the attempt, or was shown.
        self._began = self._shown = 0
        self._note_recorders()
        for name in COMMUNICATORS:
            module = importlib.import_module(name)
            self._wrap_applications(module.ApplicationCommunicator)

    def pytest_unconfigure(self) -> None:
        """Leave everything as it was."""
        self._patch.undo()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """End the last attempt with its test."""
        self._saved = 0
        try:
            return (yield)
        finally:
            self._end()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Record an attempt, and its channel layers: often there is but one."""
        self._end()
        self._began = self._shown = next_id()
        self._recording = self._attempt.enter_context(
            record_everywhere(_nobody, lambda text: None)
        )

    def _end(self) -> None:
        self._recording = None
        self._attempt.close()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Iterator[None]:
        """Add the flow to the report of a failure."""
        report: Any = yield
        if report.failed and (journals := self._grown()):
            self._add(report, self._told(journals, item.nodeid))
        return report  # type: ignore[no-any-return]  # as pluggy wants it

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write flows with the signs that the terminal has.

        Where one is missing, pytest would write all of a flow in one line.
        """
        report.sections = [
            (name, self._spelt(text) if name == SECTION else text)
            for name, text in report.sections
        ]

    def _spelt(self, text: str) -> str:
        signs = text.encode(self._encoding, errors="backslashreplace")
        return signs.decode(self._encoding)

    def _add(self, report: Any, text: str) -> None:
        """Add a section; where others are hidden, to the error itself."""
        add = getattr(report.longrepr, "addsection", None)
        if self._shows_all or add is None:
            report.sections.append((SECTION, text))
        else:
            add(SECTION, self._spelt(text))

    def _grown(self) -> list[Journal]:
        """Return the attempt's journals, if one has what was not shown."""
        known = list(self._journals)
        new = any(has_since(self._shown, each) for each in known)
        self._shown = next_id()
        return [each for each in known if new and has_since(self._began, each)]

    def _told(self, journals: list[Journal], name: str) -> str:
        """Return a flow as text; save its picture, and say where."""
        flow = flow_since(self._began, journals)
        lines = str(flow.table()).splitlines()
        if len(lines) > MOST_LINES:
            lines = [lines[0], "…", *lines[-MOST_LINES:]]
        self._saved += 1
        where = self._pictures.save(flow, name, self._saved)
        return "\n".join([*lines, "", where])

    # What is patched

    def _note_recorders(self) -> None:
        make, journals = Recorder.__init__, self._journals

        def noted(recorder: Recorder, *args: Any, **options: Any) -> None:
            make(recorder, *args, **options)
            journals.setdefault(recorder.journal)

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
