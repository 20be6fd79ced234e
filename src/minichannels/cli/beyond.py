"""``serve``: an application, served beyond the web.

How it works: each address becomes a server of ``minichannels.protocols``, and
all of them run the application on one event loop, until a signal comes. The
next signal breaks off whatever hangs.
"""

import argparse
import asyncio
import importlib
from collections.abc import Sequence

from minichannels.cli import CommandError
from minichannels.cli.finding import find_application
from minichannels.cli.leaving import interrupted
from minichannels.cli.saying import say, warn
from minichannels.cli.stopping import all_ended
from minichannels.cli.storing import (
    require_savable,
    save,
    say_saved,
    written_as_it_goes,
)
from minichannels.flow.record import record_everywhere
from minichannels.flow.recording.ending import cancelled, run_last
from minichannels.protocols.uplink import Report, Uplink
from minichannels.types import ASGIApp

GRACE = 2
"""How many seconds the servers have to end."""

SERVERS = {
    "aprsis": ("radio", "AprsIs"),
    "irc": ("bot", "IrcBot"),
    "kiss": ("radio", "Radio"),
    "mqtt": ("mqtt", "MqttClient"),
}
"""For the beginning of an address, the module of its server, and the class."""


def serve(options: argparse.Namespace) -> None:
    """Serve an application at some addresses, until a signal comes.

    Raises:
        CommandError: it cannot be done; says why.
    """
    saved = options.save and options.save.absolute()  # it may go elsewhere
    if saved:
        require_savable(saved)
    servers = [
        find_server(url, allow_remote=options.allow_remote)
        for url in options.urls
    ]
    application = find_application(
        options.application, options.app_dir.resolve(), factory=options.factory
    )
    where = ", ".join(f"{each.scheme}://{each.place}" for each in servers)
    say(f"Serving {options.application} at {where} (Ctrl-C stops)")
    if saved:
        journal = written_as_it_goes(saved)
        with record_everywhere(application, warn, save=journal) as flow:
            run(flow.app, servers, flow.app.add_task_crash)
        save(flow, saved)
        say_saved(flow, options.save)
    else:
        run(application, servers, lambda error, who: None)
    say("The servers have ended")


def find_server(url: str, *, allow_remote: bool) -> Uplink:
    """Return the server for an address.

    Raises:
        CommandError: there is none; says why.
    """
    scheme = url.partition("://")[0]
    if scheme not in SERVERS:
        known = ", ".join(f"{name}://…" for name in SERVERS)
        raise CommandError(f"{url!r} is no address to serve at: {known}")
    module, name = SERVERS[scheme]
    try:
        found = importlib.import_module(f"minichannels.protocols.{module}")
        made: Uplink = getattr(found, name)(url, allow_remote=allow_remote)
    except ImportError as error:
        raise CommandError(str(error), 1) from None
    except ValueError as error:
        text = str(error).replace("say allow_remote=True", "add --allow-remote")
        raise CommandError(text) from None
    return made


def run(
    application: ASGIApp, servers: Sequence[Uplink], report: Report
) -> None:
    """Run servers until a signal comes.

    Args:
        application: what they serve.
        servers: the servers.
        report: is called with what goes wrong outside of all scopes; that is
            said in any case.
    """

    def told(error: BaseException, who: str) -> None:
        warn(f"{who}: {type(error).__name__}: {error}")
        report(error, who)

    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(_until_signal(application, servers, told))
    except KeyboardInterrupt:
        pass  # the second signal
    finally:
        run_last(loop, all_ended(GRACE))
        loop.close()


async def _until_signal(
    application: ASGIApp, servers: Sequence[Uplink], report: Report
) -> None:
    loop, over = asyncio.get_running_loop(), asyncio.Event()

    def stop() -> None:
        loop.call_soon_threadsafe(over.set)  # it may wait, and is woken so

    with interrupted(stop):
        tasks = [
            loop.create_task(server.run(application, report))
            for server in servers
        ]
        await over.wait()
        await cancelled(tasks, GRACE)
