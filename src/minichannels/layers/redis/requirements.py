"""The packages of the extra ``redis``, or an error that names it."""

from typing import Any

try:
    import msgpack as _msgpack  # type: ignore[import-untyped]  # noqa: F401
    import redis as _redis
    import redis.asyncio.sentinel as _sentinel
except ImportError as error:
    raise ImportError(
        f"the channel layer on Redis needs {error.name};"
        ' pip install "minichannels[redis]"'
    ) from error

# Without types: those of redis-py differ from one version to another.
redis_py: Any = _redis
sentinel: Any = _sentinel
