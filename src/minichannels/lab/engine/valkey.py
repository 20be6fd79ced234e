"""``valkey()``: one Valkey for all notebooks of a user.

How it works: a file in ``MINICHANNELS_HOME`` says where the server is. A kernel
that comes looks there, under a lock, so that two that come at once do not
start two servers. Whoever calls again looks again: the file may be gone, or
name another server, as somebody has removed what the first one had.
"""

import contextlib
import os
import platform
import sys
import threading
import warnings

from minichannels.lab.engine.engine import Engine
from minichannels.lab.engine.guarded import GuardedValkey
from minichannels.lab.engine.simulated import SimulatedValkey
from minichannels.lab.keeping.files import room_for_files
from minichannels.lab.keeping.home import home
from minichannels.lab.keeping.locking import locked

_PATIENCE = 500  # a start takes a tenth of a second, and much more under load

_held: list[Engine] = []  # by this kernel; one at most
_one_at_a_time = threading.Lock()

with contextlib.suppress(AttributeError):  # Windows has no fork
    # Two processes cannot share a line to the guard: each has its own.
    os.register_at_fork(after_in_child=_held.clear)


def valkey() -> Engine:
    """Return the Valkey of this user, and have it run.

    It is a real server, without a port, on a socket that only this user can
    open, and keeps nothing on disk. The first call starts it, in whichever
    notebook; later ones, in others too, find it. It ends with the last kernel
    that uses it. On Windows it is simulated.

    If the server was lost meanwhile (killed, or its files removed) there is
    another when this returns, and a warning says what that means for layers.

    Raises:
        ImportError: there is no Valkey; says how to get it.
        OSError: there is no folder for what is to be kept; says which.
        RuntimeError: it cannot be started, and why.
    """
    with _one_at_a_time, room_for_files():
        before = list(_held)
        _held[:] = [_found_or_made(before)]
        try:
            _held[0].start()
        except ConnectionError:  # its guard is gone
            _held[:] = [_found_or_made([])]
            _held[0].start()
        if before and before != _held:
            before[0].let_go()
            warnings.warn(
                "the Valkey that this kernel used was lost, or no other kernel"
                " could find it: this is another, which is where the others"
                " are. Layers that were made for the old one are cut off: make"
                " them again, with RedisChannelLayer(hosts=valkey().hosts)",
                RuntimeWarning,
                stacklevel=2,
            )
        return _held[0]


def let_go() -> None:
    """Have this kernel use Valkey no more; with its last user it ends."""
    with _one_at_a_time:
        while _held:
            _held.pop().let_go()


def require_valkey() -> type[Engine]:
    """Return the kind of server that can be had here.

    Raises:
        ImportError: none; says how to get one.
    """
    if sys.platform == "emscripten":
        raise ImportError(
            "a kernel in a browser can start no server: valkey() needs a"
            " kernel on a computer"
        )
    kind = SimulatedValkey if sys.platform == "win32" else GuardedValkey
    kind.require()
    return kind


def _found_or_made(held: list[Engine]) -> Engine:
    """Return the server that others find; the held one, if they find none."""
    kind = require_valkey()
    # A folder may belong to several computers, and a socket to one of them.
    file = home() / f"valkey-{platform.node()}.txt"
    try:
        home().mkdir(parents=True, exist_ok=True)
        file.touch()
    except OSError as error:
        raise OSError(
            f"valkey() keeps in {home()} where its server is, and cannot write"
            f" there ({error.strerror}); set MINICHANNELS_HOME to a folder that"
            " you may write to"
        ) from None
    with locked(file.with_suffix(".lock"), _PATIENCE):
        known = file.read_text("utf-8", errors="replace")
        if held and known in ("", held[0].place):
            engine = held[0]
        else:
            engine = kind(known)
        file.write_text(engine.place, "utf-8")
        return engine
