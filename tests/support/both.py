"""To run the same consumers on Channels and on minichannels."""

import functools
import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, SimpleNamespace
from typing import Any, NamedTuple

import pytest

from minichannels.exceptions import type_name
from minichannels.testing import ApplicationCommunicator
from minichannels.types import ASGIApp, Message, Receive, Scope, Send
from support.layers import fresh_layer

PACKAGES = ("channels", "minichannels")
_COMPAT = Path(__file__).parents[1] / "compat"

Step = Message | int
"""An event to give, or how many events to wait for, counted from the start."""

CONNECT: Message = {"type": "websocket.connect"}
GONE: Message = {"type": "websocket.disconnect", "code": 4002}
ACCEPTED: Message = {"type": "websocket.accept", "subprotocol": None}
WEBSOCKET = {"type": "websocket", "path": "/"}
STYLES = pytest.mark.parametrize("style", ["Async", "Sync"])


class Outcome(NamedTuple):
    """What a consumer did, as far as others can see."""

    events: list[Message]
    error: str
    notes: list[Any]


@contextmanager
def fresh_layers() -> Iterator[dict[str, Any]]:
    """Put new layers in place; Channels' own belong to one event loop."""
    module: Any = importlib.import_module("channels.layers")
    theirs = module.InMemoryChannelLayer()
    before = module.channel_layers.set("default", theirs)
    try:
        with fresh_layer() as ours:
            yield {"channels": theirs, "minichannels": ours}
    finally:
        if before is None:
            del module.channel_layers.backends["default"]
        else:
            module.channel_layers.set("default", before)


def text(text: str) -> Message:
    """Return the event of a client that sends a text."""
    return {"type": "websocket.receive", "text": text}


def vanishing(app: ASGIApp) -> ASGIApp:
    """Return an application whose client is gone once it was accepted."""

    async def vanish(scope: Scope, receive: Receive, send: Send) -> None:
        async def fail(message: Message) -> None:
            if message["type"] != "websocket.accept":
                raise BrokenPipeError("the client is gone")
            await send(message)

        await app(scope, receive, fail)

    return vanish


def with_imports_of(package: str, file: Path) -> Any:
    """Return what a file defines, anew, with the imports of a package."""
    namespace: dict[str, Any] = {"__name__": f"{file.stem}_of_{package}"}
    exec(_compiled(package, file), namespace)
    return SimpleNamespace(**namespace)


@functools.cache
def _compiled(package: str, file: Path) -> CodeType:
    text = file.read_text(encoding="utf-8")
    text = text.replace("from minichannels.", f"from {package}.")
    return compile(text, f"{file.stem}_of_{package}", "exec")


def specimens(package: str, file: str = "specimens") -> Any:
    """Return the consumers of a file, with the imports of a package."""
    return with_imports_of(package, _COMPAT / f"{file}.py")


async def play(
    app: ASGIApp,
    scope: dict[str, Any],
    steps: Sequence[Step],
    notes: list[Any],
    limit: float = 1,
) -> Outcome:
    """Play a script to an application that it ends; return what happened."""
    client = ApplicationCommunicator(app, dict(scope))
    events: list[Message] = []
    error = ""
    try:
        for step in steps:
            if isinstance(step, int):
                while len(events) < step:
                    events.append(await client.receive_output(limit))
            else:
                client.input_queue.put_nowait(step)
        await client.wait(limit)
    except Exception as raised:
        error = _error_name(raised)
    assert client.future.done()
    assert not client.future.cancelled()
    queue = client.output_queue
    events += [queue.get_nowait() for _ in range(queue.qsize())]
    return Outcome(events, error, list(notes))


async def on_both(
    name: str,
    scope: dict[str, Any],
    steps: Sequence[Step],
    file: str = "specimens",
) -> tuple[Outcome, Outcome]:
    """Play a script on both; return Channels' outcome, and ours."""
    theirs, ours = (specimens(package, file) for package in PACKAGES)
    apps = [getattr(module, name).as_asgi() for module in (theirs, ours)]
    return (
        await play(apps[0], scope, steps, theirs.NOTES),
        await play(apps[1], scope, steps, ours.NOTES),
    )


def _error_name(error: Exception) -> str:
    # A JSONDecodeError is a ValueError, and Channels has both.
    kind = type_name(error)
    return "ValueError" if kind == "JSONDecodeError" else kind
