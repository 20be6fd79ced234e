"""Where a server of the lab is found, decided in this one place.

A program on this machine reaches it directly. A browser does too, unless the
notebook runs on a hub: then the browser is on another machine, and
jupyter-server-proxy passes its requests on.
"""

import os

# A server may listen on all of this machine's addresses; these two stand for
# them, and are none themselves.
_ALL = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def reachable(host: str) -> str:
    """Return an address to connect to, for one that a server listens on."""
    return _ALL.get(host, host)


def local_url(host: str, port: int, scheme: str = "http") -> str:
    """Return the address of a server's root, for programs on this machine."""
    written = f"[{host}]" if ":" in host else host
    return f"{scheme}://{written}:{port}/"


def browser_url(host: str, port: int) -> str:
    """Return the address of a server's root, for the learner's browser."""
    prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX")
    if prefix is None:
        return local_url(host, port)
    return f"{prefix.rstrip('/')}/proxy/{port}/"
