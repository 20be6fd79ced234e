"""``python -m minichannels``: a flow of anybody's application.

How it works: ``record mysite.asgi:application`` serves an ASGI application as
any server would, and shows beside it, at a path of its own, what moves. The
project is not touched. ``show flow.json`` shows a flow that was saved.
``worker mysite.asgi:application channel …`` serves channels of its layer, and
``serve mysite.asgi:application irc://…`` serves it beyond the web.
"""

import argparse
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from minichannels import DEFAULT_CHANNEL_LAYER, __version__
from minichannels.cli import PROGRAM, CommandError
from minichannels.cli.beyond import serve
from minichannels.cli.commands import record, show
from minichannels.cli.leaving import leave
from minichannels.cli.lessons import lessons
from minichannels.cli.saying import say_error
from minichannels.cli.worker import worker
from minichannels.flow.journal.journal import KEPT
from minichannels.flow.processes.naming import require_process_name
from minichannels.flow.recording.clients.name_from import require_name_from
from minichannels.flow.web.editor import require_editor


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: those of the command line, unless given.

    Returns:
        The exit status: 2 for a mistake in the command line, 1 if something
        else went wrong, or lines of the core are shown nowhere.
    """
    try:
        _require_place()
        options = parser().parse_args(arguments)
        command: Callable[[argparse.Namespace], int | None] = options.command
        return command(options) or 0
    except CommandError as error:
        say_error(error)
        return error.status
    except KeyboardInterrupt:  # before there was anything to save
        return 130


def _require_place() -> None:
    """Raise if the working directory is gone: everything is found from it."""
    try:
        os.getcwd()
    except OSError as error:
        reason = f"the working directory cannot be had: {error.strerror}"
        raise CommandError(f"{reason}; change to another one", 1) from None


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    made = argparse.ArgumentParser(
        prog=PROGRAM,
        description="See what your WebSockets do: record any ASGI application,"
        " without changing it, and look at each message.",
    )
    made.add_argument("--version", action="version", version=__version__)
    commands = made.add_subparsers(required=True, metavar="command")
    _add_record(commands)
    _add_show(commands)
    _add_worker(commands)
    _add_serve(commands)
    _add_lessons(commands)
    return made


def _add_record(commands: Any) -> None:
    recording = commands.add_parser(
        "record", help="serve an application and show its flow beside it"
    )
    recording.set_defaults(command=record)
    _add_application(recording)
    add = recording.add_argument
    add(
        "--path", type=_path, default="/.flow/", help="of the page: %(default)s"
    )
    _add_what_is_kept(recording)
    add(
        "--editor",
        type=_checked(require_editor),
        default=os.environ.get("MINICHANNELS_EDITOR") or None,
        metavar="URL",
        help="the page's links to lines of code open it, such as"
        " vscode://file/{path}:{line}; or set MINICHANNELS_EDITOR",
    )
    add(
        "--reload",
        action="store_true",
        help="serve it anew whenever a .py file changes below --app-dir; a file"
        " of --save is of the last run",
    )
    # Of the processes of --reload: instead of ending, say why on the page.
    add("--wait-if-broken", action="store_true", help=argparse.SUPPRESS)
    _add_name(recording)
    _add_serving(recording, port=8000)
    add(
        "--uds",
        type=_absolute,
        metavar="PATH",
        help="a unix socket to listen on, too, for a server in front such as"
        " nginx; the page stays at --port",
    )


def _add_what_is_kept(recording: argparse.ArgumentParser) -> None:
    add = recording.add_argument
    add(
        "--save",
        type=Path,
        metavar="FLOW",
        help="flow.jsonl: write it there event by event; flow.json: at the end."
        " A former file is replaced. With --as a folder",
    )
    add(
        "--keep",
        type=_number,
        default=KEPT,
        metavar="N",
        help="how many events are kept for the page: %(default)s",
    )
    add(
        "--show-secrets",
        action="store_true",
        help="mask nothing: passwords, tokens, cookies and sessions' keys are"
        " on the page, and in what is saved, as they came",
    )
    add(
        "--name-from",
        type=_checked(require_name_from),
        metavar="PLACE",
        help="where clients say who they are: header:x-user, query:user, or"
        " path:2 for the second part of the path",
    )


def _add_worker(commands: Any) -> None:
    working = commands.add_parser(
        "worker", help="serve channels of a layer, beside the servers"
    )
    working.set_defaults(command=worker)
    _add_application(working)
    add = working.add_argument
    add("channels", nargs="+", metavar="channel", help="a channel to serve")
    add(
        "--layer",
        default=DEFAULT_CHANNEL_LAYER,
        metavar="ALIAS",
        help="of the channel layer: %(default)s",
    )
    add(
        "--save",
        type=Path,
        metavar="FOLDER",
        help="with --as: record it, and write its flow there event by event",
    )
    _add_name(working)


def _add_serve(commands: Any) -> None:
    serving = commands.add_parser(
        "serve", help="serve an application beyond the web"
    )
    serving.set_defaults(command=serve)
    _add_application(serving)
    add = serving.add_argument
    add(
        "urls",
        nargs="+",
        metavar="address",
        help="irc://nick@host/channel, mqtt://host, kiss://CALLSIGN@host",
    )
    add(
        "--allow-remote",
        action="store_true",
        help="also on other machines; to transmit needs a licence",
    )
    add(
        "--save",
        type=Path,
        metavar="FLOW",
        help="record it: flow.jsonl: event by event; flow.json: at the end",
    )


def _add_name(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--as",
        dest="name",
        type=_checked(require_process_name),
        metavar="NAME",
        help="of this process among several, such as web-1; 'show FOLDER' joins"
        " what they have saved",
    )


def _add_application(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("application", help="module:attribute, as in mysite.asgi:application")
    add(
        "--app-dir",
        type=Path,
        default=Path(),
        help="where modules are looked for first: the working directory",
    )
    add(
        "--factory",
        action="store_true",
        help="the attribute is a function that makes the application",
    )


def _add_show(commands: Any) -> None:
    showing = commands.add_parser("show", help="show a flow that was saved")
    showing.set_defaults(command=show)
    showing.add_argument(
        "flow",
        type=Path,
        help="a file: flow.json, flow.jsonl; or a folder of journals",
    )
    showing.add_argument(
        "--text", action="store_true", help="print it, and serve no page"
    )
    showing.add_argument(
        "--har",
        type=Path,
        metavar="FILE",
        help="write its HTTP exchanges and WebSockets there, as HAR",
    )
    _add_serving(showing, port=0)


def _add_lessons(commands: Any) -> None:
    listing = commands.add_parser("lessons", help="list the lessons")
    listing.set_defaults(command=lessons)
    listing.add_argument(
        "folder",
        type=Path,
        nargs="?",
        default=Path("notebooks"),
        help="where the notebooks are: %(default)s",
    )
    listing.add_argument(
        "--unshown",
        action="store_true",
        help="list the lines of the core that no lesson shows instead; the exit"
        " status is 1 if there are any",
    )


def _add_serving(command: argparse.ArgumentParser, port: int) -> None:
    add = command.add_argument
    add("--host", default="127.0.0.1", help="to listen on: %(default)s")
    add(
        "--port",
        type=_port,
        default=port,
        help="to listen on, 0 for a free one: %(default)s",
    )
    add("--open", action="store_true", help="open the page in a browser")


def _port(text: str) -> int:
    if not (text.isdecimal() and int(text) < 65536):
        raise argparse.ArgumentTypeError(
            f"a port is a number from 0 to 65535, not {text!r}"
        )
    return int(text)


def _absolute(text: str) -> Path:
    return Path(text).absolute()  # the application may go elsewhere


def _number(text: str) -> int:
    if not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(
            f"a number of events is from 1 on, not {text!r}"
        )
    return int(text)


def _checked(require: Callable[[str], object]) -> Callable[[str], str]:
    """Return what takes an argument as it is, if that is one."""

    def checked(text: str) -> str:
        try:
            require(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None
        return text

    return checked


def _path(text: str) -> str:
    dots = {".", ".."} & set(text.split("/"))  # browsers resolve these
    if dots or not re.fullmatch(r"/*[\w.~-][\w.~/-]*", text, re.ASCII):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a path of its own for the page, such as /.flow/"
        )
    return f"/{text.strip('/')}/"


if __name__ == "__main__":
    leave(main())
