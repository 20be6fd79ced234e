"""What an entry of ``hosts`` says, as names and values of redis-py.

How it works: each form that channels_redis takes becomes the same dict. What
is wrong in it is told here, when the layer is made: redis-py takes much that
it can only fail with when somebody comes. No text shows a password.
"""

import codecs
import difflib
import inspect
import ipaddress
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from minichannels.layers.redis.requirements import redis_py

_SCHEMES = {"valkey": "redis", "valkeys": "rediss", "valkey+unix": "unix"}

_SENTINELS = (
    "sentinels is a list of pairs of host and port, such as"
    " [('10.0.0.1', 26379)]"
)

_TEXT, _SECONDS = (str, bytes, int, float), (int, float)

# What redis-py looks at when it connects, or later.
_KINDS: dict[str, tuple[str, Any]] = {
    "username": ("a str", _TEXT),
    "password": ("a str", _TEXT),
    "client_name": ("a str", _TEXT),
    "encoding": ("a str", str),
    "socket_connect_timeout": ("a number, in seconds", _SECONDS),
    "health_check_interval": ("a number, in seconds", _SECONDS),
    "socket_keepalive_options": ("a dict", Mapping),
    "sentinel_kwargs": ("a dict", Mapping),
}
_METHODS = {
    "retry": "call_with_retry",
    "credential_provider": "get_credentials",
}
_FILES = ("ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_keyfile")

# Of these, a text may show the value.
_OPEN = ("address", "db", "host", "master_name", "path", "port", "sentinels")

_NOT_HERE = {
    "ssl": "; TLS is asked for by an address with 'rediss://'",
    "url": "; a URL stands under 'address'",
    "unix_socket_path": "; the path of a socket stands under 'path'",
}


def options_of(entry: Any) -> dict[str, Any]:
    """Return an entry as redis-py's names and values.

    Raises:
        TypeError, ValueError, LookupError: it says what cannot be.
    """
    options = _options(entry)
    for name in ("host", "master_name"):
        if options.get(name, name) is None:  # as on channels_redis: not said
            del options[name]
    _require_place(options)
    for each in (options, options.get("sentinel_kwargs") or {}):
        _require_kinds(each)
        _require_files(each)
        codecs.lookup(each.get("encoding", "utf-8"))
    return options


def shown(value: Any) -> str:
    """Return an entry, or a part of it, as text without what may be secret."""
    if isinstance(value, Mapping):
        parts = (
            f"{name!r}: {shown(each) if name in _OPEN else '…'}"
            for name, each in value.items()
        )
        return f"{{{', '.join(parts)}}}"
    if isinstance(value, tuple | list):
        start, end = "()" if isinstance(value, tuple) else "[]"
        return f"{start}{', '.join(map(shown, value))}{end}"
    return _masked(repr(value))[:100]


def problem(error: Exception) -> str:
    """Return what redis-py has against an entry, in words for its author."""
    found = re.search(r"unexpected keyword argument '(\w+)'", str(error))
    if found is None:
        return str(error)
    name = found[1]
    near = difflib.get_close_matches(name, _names(), 1)
    hint = _NOT_HERE.get(name.partition("_")[0], _NOT_HERE.get(name, ""))
    if not hint and near and near[0] != name:
        hint = f"; there is {near[0]!r}"
    return f"redis-py takes no {name!r} here{hint}"


def _names() -> set[str]:
    """Return what an entry may hold."""
    kinds = (*redis_py.asyncio.SSLConnection.__mro__, redis_py.asyncio.Redis)
    signatures = (inspect.signature(each.__init__) for each in kinds)
    ours = {"address", "path", "sentinels", "master_name", "sentinel_kwargs"}
    return ours.union(*(each.parameters for each in signatures))


def _options(entry: Any) -> dict[str, Any]:
    if isinstance(entry, Mapping):
        options = dict(entry)
        if "address" in options and "sentinels" in options:
            raise ValueError(
                "sentinels say where the server is; an address has no place"
                " beside them"
            )
        if "address" in options:
            # What both say, counts as the address says it: so it does there.
            address = _options(options.pop("address"))
            options |= address
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


def _require_place(options: dict[str, Any]) -> None:
    """Raise ValueError for what says of no server where it is."""
    if "sentinels" in options:
        _require_master(options.get("master_name"))
        options["sentinels"] = _pairs(options["sentinels"])
    elif "master_name" in options:
        raise ValueError(f"with a master_name go the sentinels: {_SENTINELS}")
    _require_host(options.get("host", "localhost"))
    _require_port(options.get("port", 1))
    path = options.get("path", "/")
    if not isinstance(path, str | Path) or not str(path):
        raise ValueError(f"a path is a str, not {path!r}")
    db = options.get("db") or 0
    if isinstance(db, bool | float) or _whole(db) < 0:
        raise ValueError(f"a database is a number from 0 on, not {db!r}")


def _require_master(name: Any) -> None:
    if not isinstance(name, str) or not name:
        raise ValueError(
            "with sentinels goes the master_name that they know, a str such"
            f" as 'mymaster'; not {name!r}"
        )


def _pairs(sentinels: Any) -> list[tuple[str, int]]:
    """Return where the Sentinels are."""
    if isinstance(sentinels, str | bytes | Mapping) or not isinstance(
        sentinels, Iterable
    ):
        raise ValueError(f"{_SENTINELS}; not {shown(sentinels)}")
    pairs = list(sentinels)
    if not pairs:
        raise ValueError(f"sentinels is empty; {_SENTINELS}")
    for pair in pairs:
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise ValueError(
                f"sentinels has {shown(pair)}, which is no pair; {_SENTINELS}"
            )
        _require_host(_host(pair))
        _require_port(pair[1])
    return [(_host(pair), int(pair[1])) for pair in pairs]


def _host(pair: Any) -> Any:
    """Return the host of a pair; None is this machine, as on channels_redis."""
    return "localhost" if pair[0] is None else pair[0]


def _require_host(host: Any) -> None:
    """Raise ValueError for what no server is called."""
    if not isinstance(host, str) or not host:
        raise ValueError(f"a host is a str, not {host!r}")
    if ":" in host:
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            pass
        else:
            return
    if re.search(r"[:/@\s]", host):
        raise ValueError(
            "a host is a name or an address, such as '10.0.0.1', not"
            f" {shown(host)}"
        )


def _require_port(port: Any) -> None:
    if not 0 < _whole(port) < 65_536:
        raise ValueError(f"a port is a number up to 65535, not {shown(port)}")


def _whole(value: Any) -> int:
    """Return a value as the whole number that it says; -1 for none."""
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        return -1
    is_none = isinstance(value, bool) or (
        isinstance(value, float) and value != number
    )
    return -1 if is_none else number


def _require_kinds(options: Mapping[str, Any]) -> None:
    """Raise ValueError for a value with which there is no connection."""
    for name, value in options.items():
        what, kind = _KINDS.get(name, ("", object))
        method = _METHODS.get(name, "__class__")
        if value is None:
            continue
        if not isinstance(value, kind):
            raise ValueError(f"{name} is {what}, not {type(value).__name__}")
        if not hasattr(value, method):
            raise ValueError(
                f"{name} is an object of redis-py, which has {method}(), not"
                f" {type(value).__name__}"
            )


def _require_files(options: Mapping[str, Any]) -> None:
    for name in _FILES:
        path = options.get(name)
        if path is not None and not Path(path).exists():
            raise ValueError(f"{name} is {str(path)!r}, which is not there")


def _masked(text: str) -> str:
    """Return a text without the user, the password, and the query of a URL."""
    rest = re.sub(r"""^b?['"(\[{ ]*([a-z+]+://)?""", "", text)
    start = text.removesuffix(rest)
    before, at, after = rest.rpartition("@")
    # A query that begins before it: what follows may be of a password.
    kept = ("" if "?" in before else after) if at else rest
    place, query, _ = kept.partition("?")
    hidden = "…@" if at else ""
    end = f"?…{text[-1]}" if query else ""
    return f"{start}{hidden}{place}{end}"
