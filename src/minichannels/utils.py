"""The names of ``channels.utils``; what they name lives where it is used."""

from minichannels.consumer.dispatching import await_many_dispatch
from minichannels.generic._headers import Headers, encode_headers

__all__ = [
    "Headers",
    "await_many_dispatch",
    "encode_headers",
    "name_that_thing",
]


def name_that_thing(thing: object) -> str:
    """Return the dotted name of a function, method, class or instance."""
    named = thing if hasattr(thing, "__qualname__") else type(thing)
    return f"{named.__module__}.{named.__qualname__}"
