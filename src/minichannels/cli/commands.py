"""The commands: ``record`` and ``show``.

How it works: the application and its page stand side by side in one server.
When that has stopped, whatever was recorded is saved, and only then it is
said how it went.
"""

import argparse
import importlib
import webbrowser
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

from minichannels.cli import PROGRAM, CommandError
from minichannels.cli.finding import find_application, with_static_files
from minichannels.cli.leaving import unhurried
from minichannels.cli.reloading import record_and_reload
from minichannels.cli.saying import answer, columns, say, say_error, warn
from minichannels.cli.storing import (
    export,
    journal_folder,
    load,
    require_savable,
    save,
    say_saved,
    written_as_it_goes,
)
from minichannels.flow import Flow
from minichannels.flow.record import (
    Recording,
    RecordingOptions,
    record_everywhere,
)
from minichannels.flow.recording.calls import calls
from minichannels.flow.recording.clients.name_from import require_name_from
from minichannels.flow.recording.logged import logged_errors, printed_errors
from minichannels.flow.remaining import RemainingTasks
from minichannels.flow.text.narrow import fitting
from minichannels.flow.unheard import look_for_unheard
from minichannels.flow.web.app import FlowPage, PageOptions
from minichannels.flow.web.broken import BrokenPage
from minichannels.flow.web.origin import is_loopback
from minichannels.flow.web.resending import Resending
from minichannels.types import ASGIApp


def record(options: argparse.Namespace) -> int:
    """Serve an application and record it, until a signal comes.

    Returns:
        The exit status.

    Raises:
        CommandError: it cannot be done; says why.
    """
    serving = _serving()  # told first, if it is missing
    if options.reload:
        return record_and_reload(options, serving.listen)
    saved = options.save and options.save.absolute()  # it may go elsewhere
    folder = journal_folder(saved, options.name)
    if saved and not folder:
        require_savable(saved)
    place = options.app_dir.resolve()
    try:
        application = find_application(
            options.application, place, factory=options.factory
        )
    except CommandError as error:
        return _broken(options, error)
    application = with_static_files(application)
    # From the first signal on there is something to lose.
    with unhurried(f"{PROGRAM}: it ends in a moment") as heard:
        journal = folder or written_as_it_goes(saved)
        flow, problem = _recorded(options, application, journal, heard)
        if flow and saved:  # after the end: who was left over?
            if not folder:
                save(flow, saved)
            say_saved(flow, options.save)
    return _broken(options, CommandError(problem, 1)) if problem else 0


def _broken(options: argparse.Namespace, error: CommandError) -> int:
    """Say what is wrong with the code, also on the page, if that waits.

    Returns:
        The exit status, when a signal has come.
    """
    if not options.wait_if_broken:
        raise error
    say_error(error)
    folder, serving = options.app_dir.resolve(), _serving()
    said = f"The code cannot be loaded; a change in {folder} begins it again"
    page = BrokenPage(str(error), options.host)
    with _listeners(options) as sockets:
        server = serving.CommandServer(page, lambda: say(said))
        serving.serve(server, *sockets)
    return error.status


def _recorded(
    options: argparse.Namespace,
    application: ASGIApp,
    journal: Path | None,
    on_signal: Callable[[int], object],
) -> tuple[Flow | None, str]:
    """Return a flow, if the application has started; and what went wrong."""
    serving, name = _serving(), options.application
    recording = record_everywhere(
        application, warn, options.name, journal, _wanted(options)
    )
    with (
        _listeners(options) as sockets,
        recording as flow,
        logged_errors(flow.app.note_logged),
        printed_errors(flow.app.note_printed),
    ):
        ours = Resending(flow.app, serving.inbox)
        page = FlowPage(
            flow,
            name,
            path=options.path,
            host=options.host,
            resend=ours.resend,
            options=PageOptions(options.editor or "", options.show_secrets),
        )
        url = serving.url_of(sockets[0])
        server = serving.CommandServer(
            page.beside(ours),
            lambda: _started(options, flow, url, page),
            flow.app.add_task_crash,
            on_signal,
            RemainingTasks(flow.app.note_remaining).note,
        )
        problem = serving.serve(server, *sockets)
    return (flow if server.started else None), problem


def _listeners(options: argparse.Namespace) -> Any:
    """Return what gives the sockets to serve on, the one with a port first."""
    return _serving().listeners(options.host, options.port, options.uds)


def _wanted(options: argparse.Namespace) -> RecordingOptions:
    rule = options.name_from
    return RecordingOptions(
        kept=options.keep,
        show_secrets=options.show_secrets,
        calls=calls,  # which the page shows
        name_from=require_name_from(rule) if rule else None,
    )


def show(options: argparse.Namespace) -> None:
    """Serve the page of a saved flow, print it as text, or write it as HAR.

    Raises:
        CommandError: it cannot be done; says why.
    """
    flow = load(options.flow)
    if options.text:
        width = columns()  # what is piped is as wide as it is
        answer(fitting(flow.events, flow.left_out, flow.began, width))
    if options.har:
        export(flow, options.har)
    if options.text or options.har:
        return
    serving = _serving()
    page = FlowPage(flow, options.flow.name, host=options.host)
    with serving.listen(options.host, options.port) as listener:
        url = serving.url_of(listener)
        first = f"Showing {options.flow}"
        server = serving.CommandServer(
            page, lambda: _greet(options, first, url, page)
        )
        serving.serve(server, listener)


def _serving() -> Any:
    """Return the module that needs a server.

    Raises:
        CommandError: there is none; says which extra to install.
    """
    try:
        return importlib.import_module("minichannels.cli.serving")
    except ModuleNotFoundError as error:
        package = str(error.name).partition(".")[0]
        raise CommandError(
            f"a server is missing: {package}; run"
            ' pip install "minichannels[record]"',
            1,
        ) from None


def _started(
    options: argparse.Namespace, flow: Recording, url: str, page: FlowPage
) -> None:
    look_for_unheard(flow.app.note_unheard)
    also = f" and {options.uds}" if options.uds else ""
    first = f"Recording {options.application} at {url}{also}"
    _greet(options, first, url, page)
    if options.show_secrets:
        files = f", and {options.save}" if options.save else ""
        warn(
            "nothing is masked: the page shows passwords, tokens and cookies as"
            f" they came{files}"
        )


def _greet(
    options: argparse.Namespace, first: str, url: str, page: FlowPage
) -> None:
    address = url + page.path[1:]
    say(f"{first}\nThe flow is at {address} (Ctrl-C stops)")
    if not is_loopback(options.host):
        warn(
            f"{options.host} can be reached from other machines: whoever does"
            " may read all messages"
        )
    if options.open:  # some browsers are waited for until they end
        Thread(target=webbrowser.open, args=[address], daemon=True).start()
