"""The packages of the extra ``nats``, or an error that names it."""

from typing import Any

try:
    import msgpack as _msgpack  # type: ignore[import-untyped]  # noqa: F401
    import nats.aio.client as _client
    import nats.errors as _errors
except ImportError as error:
    raise ImportError(
        f"the channel layer on NATS needs {error.name};"
        ' pip install "minichannels[nats]"'
    ) from error

# Without types, as redis-py's: what is used of them is little.
client: Any = _client
errors: Any = _errors
