"""A socket in the file system, for a server that stands in front.

How it works: nginx and others hand what they are asked on to a path, instead
of a port. Whoever was killed has left a socket there that nobody listens on
any more: it is replaced. Who may reach it, the rights of its folder say, for a
server in front is often another user's.

Rule 1: what somebody listens on, and what is no socket, stays as it is.
Rule 2: at the end, the socket is taken away that was made here, and no other.

Source: Linux, "unix(7)"; uvicorn's settings, "--uds".
"""

import contextlib
import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from minichannels.flow.web.listening import BACKLOG, Listener

FOR_ALL = 0o666
"""Who may connect, as in uvicorn's command: whoever reaches it."""


@contextlib.contextmanager
def local_listener(path: Path) -> Iterator[Listener]:
    """Give a socket to accept connections on; afterwards it is gone.

    Args:
        path: where it is.

    Raises:
        OSError: it is not to be had there; says why.
    """
    if not hasattr(socket, "AF_UNIX"):
        why = "Python has no unix sockets on this system; leave out --uds"
        raise OSError(errno.EAFNOSUPPORT, why)
    with Listener(socket.AF_UNIX) as listener:
        try:
            _bind(listener, path)
        except OSError as error:
            raise OSError(error.errno, _why(error, path)) from None
        made = path.stat()
        try:
            path.chmod(FOR_ALL)
            listener.listen(BACKLOG)
            yield listener
        finally:
            with contextlib.suppress(OSError):  # it is gone already
                if os.path.samestat(made, path.stat()):
                    path.unlink()


def _bind(listener: Listener, path: Path) -> None:
    """Have a socket stand at a path, in the place of one that nobody needs."""
    if path.is_socket() and not _is_used(path):
        path.unlink()
    listener.bind(str(path))


def _is_used(path: Path) -> bool:
    """Return whether somebody listens there, or may do so."""
    with socket.socket(socket.AF_UNIX) as asking:
        return asking.connect_ex(str(path)) != errno.ECONNREFUSED


def _why(error: OSError, path: Path) -> str:
    """Say why there is no such socket, and what would be right."""
    if error.errno == errno.EADDRINUSE:
        if path.is_socket():
            return f"{path} is in use; stop what listens there, or take another"
        return f"{path} is there already, and no socket; take another path"
    if error.errno == errno.ENOENT:
        return f"no unix socket at {path}: there is no such folder"
    if error.errno is None:  # Python's own, of what the system cannot name
        return (
            f"the path of a unix socket is about 100 bytes at most, not {path}"
        )
    return f"cannot listen at {path}: {error.strerror}"
