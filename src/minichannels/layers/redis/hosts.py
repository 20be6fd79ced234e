"""Which servers a layer is told to use, and how each is reached.

How it works: what ``hosts`` may hold is what channels_redis takes. Whatever is
not about the form of that list (passwords, TLS, Sentinel) goes to redis-py as
it is, which makes the connections.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from minichannels.layers.redis.requirements import redis_py, sentinel

DEFAULT = "redis://localhost:6379"

_FORM = (
    f"such as [{DEFAULT!r}], [('127.0.0.1', 6379)] or"
    " [{'address': 'unix:///run/valkey.sock', 'password': '…'}]"
)

# This library waits and watches by itself, reads bytes, and knows the older
# form of the protocol alone: all else is the user's.
_OWN = {"socket_timeout": None, "decode_responses": False, "protocol": 2}

_SCHEMES = {"valkey": "redis", "valkeys": "rediss", "valkey+unix": "unix"}


class Host:
    """One server of a layer.

    Args:
        entry: an entry of ``hosts``.

    Attributes:
        address: what it is called in texts; it holds no password.
        db: the number of its database.

    Raises:
        ValueError: it is none that redis-py can make a connection for.
    """

    def __init__(self, entry: Any) -> None:
        try:
            self._pool = _pool(_options(entry) | _OWN)
            one = self._pool.make_connection()
        except (TypeError, ValueError, redis_py.RedisError) as error:
            raise ValueError(
                f"hosts has {_shown(entry)}, which is no host: {error}; hosts"
                f" is a list, {_FORM}"
            ) from error
        options = self._pool.connection_kwargs
        self.db = int(options.get("db") or 0)
        self.address = _address(one, options)

    def connection(self) -> Any:
        """Return a new connection of redis-py, which is not open yet."""
        return self._pool.make_connection()


def hosts_of(hosts: Any) -> list[Host]:
    """Return the servers that a layer's ``hosts`` names.

    Raises:
        ValueError: it is no list of hosts.
    """
    if hosts is None:
        hosts = [DEFAULT]
    if isinstance(hosts, str | bytes | Mapping) or not isinstance(
        hosts, Sequence
    ):
        raise ValueError(
            f"hosts is a list, {_FORM}; not {type(hosts).__name__}"
        )
    if not hosts:
        raise ValueError(f"hosts is empty; it is a list, {_FORM}")
    return [Host(entry) for entry in hosts]


def _options(entry: Any) -> dict[str, Any]:
    """Return an entry as redis-py's names and values."""
    if isinstance(entry, Mapping):
        options = dict(entry)
        if "address" in options:
            options = _options(options.pop("address")) | options
        return options
    if isinstance(entry, tuple | list) and len(entry) == 2:
        return {"host": entry[0], "port": entry[1]}
    if not isinstance(entry, str):
        raise TypeError("it is no URL, no pair of host and port, and no dict")
    scheme, mark, rest = entry.partition("://")
    url = _SCHEMES.get(scheme, scheme) + mark + rest
    return dict(redis_py.asyncio.connection.parse_url(url))


def _pool(options: dict[str, Any]) -> Any:
    """Return what makes connections."""
    pools = redis_py.asyncio
    if "sentinels" in options:
        known = sentinel.Sentinel(
            options.pop("sentinels"),
            sentinel_kwargs=options.pop("sentinel_kwargs", None),
        )
        name = options.pop("master_name", None)
        return sentinel.SentinelConnectionPool(name, known, **options)
    if "path" in options:
        unix = pools.UnixDomainSocketConnection
        options = {"connection_class": unix} | options
    return pools.ConnectionPool(**options)


def _address(connection: Any, options: Mapping[str, Any]) -> str:
    if "path" in options:
        return str(options["path"])
    host = getattr(connection, "host", "localhost")
    return f"{host}:{getattr(connection, 'port', 6379)}"


def _shown(entry: Any) -> str:
    """Return an entry as text, without what may be secret."""
    if isinstance(entry, Mapping):
        return f"a dict of {', '.join(map(str, entry))}"
    return re.sub(r"//[^/@]*@", "//…@", repr(entry))[:100]
