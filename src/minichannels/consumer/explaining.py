"""What to say when a consumer is written, or is sent to, in a wrong way."""

import inspect
import keyword
import reprlib
from collections.abc import Callable, Mapping
from typing import Any

from minichannels.consumer.names import OF_SERVERS, is_ours, library_names
from minichannels.exceptions import (
    NoHandlerError,
    NoTypeError,
    ParametersError,
)
from minichannels.protocol import RECEIVED

# What the library passes, if anything, by the name of the method; else it is
# "self, event".
_PARAMETERS = {
    "disconnect": "self, code",
    "receive": "self, text_data=None, bytes_data=None",
    "receive_json": "self, content",
    "receive_invalid": "self, error",
    "handle": "self, body",
    "decode_json": "cls, text_data",
    "encode_json": "cls, content",
}


def no_type(message: Any) -> ValueError:
    """Return the error of what has no type, or one that is no text."""
    if isinstance(message, Mapping) and "type" in message:
        return no_name(message["type"])
    return NoTypeError(
        f"a message needs a 'type'; {reprlib.repr(message)} has none"
    )


def no_name(kind: object) -> ValueError:
    """Return the error of a type that is no text, or an empty one."""
    return ValueError(
        f"a message's 'type' is a non-empty str, not {reprlib.repr(kind)}"
    )


def no_handler(consumer_class: Any, kind: str, name: str) -> NoHandlerError:
    """Return the error of a class that has no handler for a type."""
    text = _no_handler(consumer_class, kind, name)
    return NoHandlerError(text, event_type=kind, handler=name)


def _no_handler(consumer_class: Any, kind: str, name: str) -> str:
    wanted = f"{consumer_class.__name__} has no handler for {kind!r}"
    if not name.isidentifier() or keyword.iskeyword(name):
        return f"{wanted}; no method has that name: choose another type"
    define = "def" if consumer_class._minichannels_sync else "async def"
    hint = f"define '{define} {name}(self, event)'"
    if kind in RECEIVED:
        hint += ", or send such connections elsewhere: ProtocolTypeRouter"
    else:
        hint += _nearest(consumer_class, name)
    return f"{wanted}; {hint}"


def _nearest(consumer_class: Any, name: str) -> str:
    import difflib  # takes a while, and is hardly ever needed

    own = [
        other
        for other in set(dir(consumer_class)) - library_names(consumer_class)
        if not other.startswith("_")  # which no message calls
        and callable(getattr(consumer_class, other, None))
    ]
    near = difflib.get_close_matches(name, own, n=1)
    return "".join(f", or did the sender mean {n!r}?" for n in near)


def not_from_a_layer(consumer_class: Any, kind: str, name: str) -> str:
    """Say that no message of a layer may call a method, and why."""
    refused = (
        f"{consumer_class.__name__} takes no {kind!r} from a channel layer"
    )
    if name in OF_SERVERS:
        why, other = "is for events of client and server", name.split("_")[1]
    else:
        why, other = "is the library's own", name
    return (
        f"{refused}: {name} {why}; choose another type, such as 'chat.{other}'"
    )


def without_threads(consumer_class: type[Any]) -> str:
    """Say that there are no threads here, and which class needs none."""
    sync = next(
        base.__name__
        for base in inspect.getmro(consumer_class)
        if is_ours(base)
    )
    return (
        f"{consumer_class.__name__} is a {sync}, whose handlers run in"
        " threads, and no thread can be started here; derive it from"
        f" Async{sync.removeprefix('Sync')} and write 'async def' and 'await'"
    )


def no_event(message: object) -> str:
    """Say that what is to be sent is no event."""
    return (
        f"an event is a dict with a 'type', not {reprlib.repr(message)}; a"
        " consumer for WebSockets sends text: AsyncWebsocketConsumer"
    )


def name_of(method: Callable[..., Any]) -> str:
    """Return a method's name with its class's, such as ``Chat.receive``."""
    name: str = getattr(method, "__qualname__", repr(method))
    # Without '<locals>': where a class was defined does not matter here.
    return name.rpartition(".<locals>.")[2]


def class_of(method: Callable[..., Any]) -> type[Any]:
    """Return the class of the object that a method belongs to."""
    return type(getattr(method, "__self__", object()))


def require_parameters(
    define: str,
    method: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> None:
    """Raise if the call itself was the error, not something in the method.

    Args:
        define: how the method's definition begins: ``def`` or ``async def``.
        method: what was called.
        args: with these arguments,
        kwargs: and with these.
    """
    try:
        inspect.signature(method).bind(*args, **kwargs)
    except (TypeError, ValueError) as problem:
        # A method that cannot even be bound to an object takes no ``self``; of
        # what is written in C the parameters may not be known. Of what cannot
        # be called, such as None, Python says so.
        unknown = isinstance(problem, ValueError)
        if (unknown and not inspect.ismethod(method)) or not callable(method):
            return
        short = name_of(method).rpartition(".")[2]
        passed = args or kwargs
        takes = _PARAMETERS.get(short, "self, event") if passed else "self"
        wanted = f"{define} {short}({takes})"
        raise ParametersError(
            f"{name_of(method)}() has other parameters than it is called"
            f" with ({problem}); write '{wanted}'",
            method=short,
            owner=class_of(method),
            wanted=wanted,
        ) from None
