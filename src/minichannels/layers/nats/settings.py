"""What the layer on NATS is told: its servers, and all else.

What cannot be is refused when the layer is made. No text about it holds what
was given: that may be a password.
"""

import inspect
import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from minichannels.layers.nats.names import Names
from minichannels.layers.nats.requirements import client

DEFAULT = "nats://localhost:4222"

_TCP, _WEB = ("nats", "tls"), ("ws", "wss")

# What is told nats-py in any case, or what would disturb this layer.
_OWN = frozenset(
    {
        "servers",
        "error_cb",
        "closed_cb",
        "disconnected_cb",
        "discovered_server_cb",
        "lame_duck_mode_cb",
        "reconnected_cb",
        "reconnect_to_server_handler",
        "no_echo",  # a connection hears its own marks
        "allow_reconnect",
        "max_reconnect_attempts",
        "reconnect_time_wait",
        "connect_timeout",
        "ping_interval",
        "max_outstanding_pings",
        "pending_size",
        "flusher_queue_size",
    }
)

# What says who one is, so that the URL is not asked.
_LOGINS = frozenset(
    {"user", "password", "token", "user_credentials", "user_jwt_cb"}
    | {"nkeys_seed", "nkeys_seed_str", "signature_cb"}
)


class Limits(Protocol):
    """What is asked of the layer.

    Attributes:
        expiry: seconds after which an unread message is gone.
        group_expiry: seconds after which a membership ends by itself.
    """

    expiry: float
    group_expiry: float

    def get_capacity(self, channel: str) -> int:
        """Return how many messages may wait in a channel."""


@dataclass(frozen=True)
class NatsSettings:
    """What a layer was told, beside it: its names are somebody else's.

    Attributes:
        layer: the layer.
        names: what things are called at the server.
        options: what else nats-py is told.
        servers: the servers' URLs.
        timeout: seconds after which a caller is told that they are away.
    """

    layer: Limits
    names: Names
    options: Mapping[str, Any]
    servers: Sequence[str]
    timeout: float


def servers_of(servers: Any) -> list[str]:
    """Return the URLs of a layer's servers.

    Raises:
        ValueError: there are none, or they are not URLs.
    """
    urls = [servers] if isinstance(servers, str) else servers
    if isinstance(urls, list | tuple) and urls and all(map(_is_url, urls)):
        if len({url.startswith(_WEB) for url in urls}) == 1:
            return list(urls)
        raise ValueError(
            "servers has some with 'ws://' or 'wss://', and some without;"
            " nats-py takes one kind or the other"
        )
    raise ValueError(
        f"servers is a URL such as {DEFAULT!r}, or a list of URLs, not of the"
        f" kind {type(servers).__name__}, with another scheme, without a host"
        " and a port that can be, or with something behind them; in a name or"
        " a password '@' is '%40', '#' is '%23', '/' is '%2F', '?' is '%3F'"
    )


def _is_url(value: Any) -> bool:
    if not isinstance(value, str) or re.search(r"\s", value):
        return False
    try:
        url = urlsplit(value)
        behind = url.query or url.fragment or url.path.strip("/")
        # Of a WebSocket it may be where a proxy has it.
        goes_on = url.scheme in _TCP and behind
        return (
            value.startswith(tuple(f"{each}://" for each in _TCP + _WEB))
            and bool(url.hostname)
            and url.port != 0
            and not goes_on
        )
    except ValueError:  # the port is none
        return False


def options_of(options: Any) -> dict[str, Any]:
    """Return what else nats-py is told; None is as if nothing was said.

    Raises:
        ValueError: it is no dict, or nats-py cannot be told so.
    """
    if options is None:
        return {}
    if not isinstance(options, Mapping):
        raise ValueError(
            "options is a dict of what nats-py is told, such as {'token': '…'};"
            f" not {type(options).__name__}"
        )
    known = set(inspect.signature(client.Client.connect).parameters) - _OWN
    for name in options:
        if name not in known:
            why = "is set here" if name in _OWN else "nats-py does not know"
            raise ValueError(f"options has {name!r:.60}, which {why}")
    tls = options.get("tls")
    if tls is not None and not isinstance(tls, ssl.SSLContext):
        raise ValueError(
            "options has 'tls', which is an ssl.SSLContext, such as"
            " ssl.create_default_context(cafile='ca.pem'); not"
            f" {type(tls).__name__}"
        )
    return {name: value for name, value in options.items() if value is not None}


def login_of(server: str, options: Mapping[str, Any]) -> dict[str, str]:
    """Return what a URL says of who one is, as nats-py takes it.

    What a URL cannot hold as it is, it holds quoted; nats-py does not know.
    """
    url = urlsplit(server)
    if url.username is None or not _LOGINS.isdisjoint(options):
        return {}
    if url.password is None:
        return {"token": unquote(url.username)}
    return {"user": unquote(url.username), "password": unquote(url.password)}


def without_secrets(url: str) -> str:
    """Return a server's URL without user, password or token."""
    return re.sub(r"//.*@", "//•••@", url)
