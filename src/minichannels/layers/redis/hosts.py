"""Which servers a layer is told to use, and how each is reached.

How it works: what ``hosts`` may hold is what channels_redis takes. Whatever is
not about the form of that list (passwords, TLS, Sentinel) goes to redis-py as
it is, which makes the connections.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

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
            options = _options(entry)
            _require_place(options)
            self._options = options | _OWN
            self._pool = _pool(dict(self._options))
            one = self._pool.make_connection()
        except (TypeError, ValueError, redis_py.RedisError) as error:
            raise ValueError(
                f"hosts has {_shown(entry)}, which is no host: {error}; hosts"
                f" is a list, {_FORM}"
            ) from error
        known = self._pool.connection_kwargs
        self.db = int(known.get("db") or 0)
        self.address = _address(one, options | known)

    def connection(self) -> Any:
        """Return a new connection of redis-py, which is not open yet."""
        if "sentinels" not in self._options:
            return self._pool.make_connection()
        # Who is asked belongs to one event loop, and each time is another one
        # the first: it may be silent.
        first, *others = self._options["sentinels"]
        self._options["sentinels"] = [*others, first]
        pool = _pool(dict(self._options))
        connection = pool.make_connection()
        connection.connection_pool = pool  # which it does not hold by itself
        return connection

    async def hang_up(self, connection: Any) -> None:
        """End what a connection has opened to ask where its server is."""
        if "sentinels" in self._options:
            for one in connection.connection_pool.sentinel_manager.sentinels:
                await one.aclose()


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
    return _of_url(entry)


def _of_url(url: str) -> dict[str, Any]:
    """Return a URL as redis-py's names and values."""
    try:
        return _parsed(url)
    except ValueError:
        if "@" not in url:
            raise
        # Whatever it says may quote a part of the password.
        raise ValueError(
            "it has a user or a password, and is no URL; of these, all but"
            " letters and digits is written as urllib.parse.quote() does"
        ) from None


def _parsed(url: str) -> dict[str, Any]:
    scheme, mark, rest = url.partition("://")
    if not mark:
        raise ValueError("it is no URL: there is no '://' in it")
    scheme = _SCHEMES.get(scheme, scheme)
    url = f"{scheme}://{rest}"
    parsed = redis_py.asyncio.connection.parse_url(url)
    path = urlsplit(url).path.strip("/")
    if scheme == "unix" and not path:
        raise ValueError("there is no path of a socket in it")
    if scheme != "unix" and path and not path.isdecimal():
        # redis-py takes this for database 0.
        raise ValueError(f"a database is a number, not {path!r}")
    return dict(parsed)


def _require_place(options: Mapping[str, Any]) -> None:
    """Raise ValueError for what redis-py takes, and cannot connect to."""
    if "sentinels" in options:
        _require_master(options)
    for name in ("host", "path"):
        value = options.get(name, "localhost")
        if not isinstance(value, str | Path) or not str(value):
            raise ValueError(f"a {name} is a str, not {value!r}")
    port = options.get("port", 1)
    if isinstance(port, bool) or not 0 < int(port) < 65_536:
        raise ValueError(f"a port is a number up to 65535, not {port!r}")
    db = options.get("db") or 0
    if isinstance(db, bool | float) or int(db) < 0:
        raise ValueError(f"a database is a number from 0 on, not {db!r}")


def _require_master(options: Mapping[str, Any]) -> None:
    if not options.get("master_name"):
        raise ValueError("with sentinels goes the master_name that they know")
    if not options["sentinels"]:
        raise ValueError("sentinels is empty: there is nobody to be asked")


def _pool(options: dict[str, Any]) -> Any:
    """Return what makes connections."""
    pools = redis_py.asyncio
    if "sentinels" in options:
        known = sentinel.Sentinel(
            options.pop("sentinels"), sentinel_kwargs=_asking(options)
        )
        name = options.pop("master_name", None)
        return sentinel.SentinelConnectionPool(name, known, **options)
    if "path" in options:
        unix = pools.UnixDomainSocketConnection
        options = {"connection_class": unix} | options
    return pools.ConnectionPool(**options)


def _asking(options: dict[str, Any]) -> dict[str, Any]:
    """Return how a Sentinel is asked: the next one soon, if it is silent."""
    manner = {
        "socket_timeout": 1,
        "socket_connect_timeout": 1,
        "retry": redis_py.asyncio.retry.Retry(redis_py.backoff.NoBackoff(), 0),
    }
    return manner | (options.pop("sentinel_kwargs", None) or {})


def _address(connection: Any, options: Mapping[str, Any]) -> str:
    if "sentinels" in options:
        # Where it is, is asked for each new connection.
        asked = ", ".join(
            f"{host}:{port}" for host, port in options["sentinels"]
        )
        return f"{options['master_name']} (Sentinel at {asked})"
    if "path" in options:
        return str(options["path"])
    host = getattr(connection, "host", "localhost")
    return f"{host}:{getattr(connection, 'port', 6379)}"


def _shown(entry: Any) -> str:
    """Return an entry as text, without what may be secret."""
    if isinstance(entry, Mapping):
        return f"a dict of {', '.join(map(str, entry))}"
    return re.sub(r"//.*@", "//…@", repr(entry))[:100]
