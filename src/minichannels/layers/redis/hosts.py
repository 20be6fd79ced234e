"""Which servers a layer is told to use, and how each is reached.

How it works: what ``hosts`` may hold is what channels_redis takes. Whatever is
not about the form of that list (passwords, TLS, Sentinel) goes to redis-py as
it is, which makes the connections.
"""

import errno
from collections.abc import Iterable, Mapping, Set
from typing import Any

from minichannels.layers.redis.entries import options_of, problem, shown
from minichannels.layers.redis.requirements import redis_py, sentinel

DEFAULT = "redis://localhost:6379"

_FORM = (
    f"such as [{DEFAULT!r}], [('127.0.0.1', 6379)] or"
    " [{'address': 'unix:///run/valkey.sock', 'password': '…'}]"
)

# This library waits and watches by itself, reads bytes, and knows the older
# form of the protocol alone: all else is the user's.
_OWN = {"socket_timeout": None, "decode_responses": False, "protocol": 2}

_FULL = {errno.EMFILE, errno.ENFILE}

# What redis-py raises for what it does not take.
_REFUSALS = (
    TypeError,
    ValueError,
    AttributeError,
    LookupError,
    OSError,
    redis_py.RedisError,
)


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
            options = options_of(entry)
            self._options = options | _OWN
            self._pool = _pool(dict(self._options))
            one = self._pool.make_connection()
            if context := getattr(one, "ssl_context", None):
                context.get()  # which reads the files
        except _REFUSALS as error:
            if getattr(error, "errno", None) in _FULL:
                raise  # it says itself that too many files are open
            raise ValueError(
                f"hosts has {shown(entry)}, which is no host:"
                f" {problem(error)}; hosts is a list, {_FORM}"
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
    if not hosts:  # as on channels_redis: nothing is said, in whatever way
        hosts = [DEFAULT]
    # A set has another order in each process, and names are spread by it.
    if isinstance(hosts, str | bytes | Mapping | Set) or not isinstance(
        hosts, Iterable
    ):
        raise ValueError(
            f"hosts is a list, {_FORM}; not {type(hosts).__name__}"
        )
    found = [Host(entry) for entry in hosts]
    if not found:  # what can only be counted by reading it
        raise ValueError(f"hosts is empty; it is a list, {_FORM}")
    return found


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
