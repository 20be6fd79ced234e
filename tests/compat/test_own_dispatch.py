"""A class's own ``dispatch()`` sees what the library could name no method for.

Packages have rules of their own for what a message calls, such as another key
than ``type``.
"""

import asyncio
import importlib
from collections.abc import Callable
from typing import Any

import pytest

from minichannels.flow import record
from minichannels.testing import WebsocketCommunicator

Load = Callable[[str], Any]
LIMIT = 20  # seconds that nothing takes, unless it hangs

# mypy: disable-error-code="name-defined, misc, valid-type"

pytestmark = pytest.mark.usefixtures("layers")

NAMELESS = pytest.mark.parametrize(
    "message",
    [
        {"event": "news"},
        {"event": "news", "type": "_news"},
        {"event": "news", "type": None},
    ],
    ids=["without a type", "a private name", "no name"],
)


def _ours(module: str) -> Any:
    return importlib.import_module(f"minichannels.{module}")


def own_rule(package: Load, style: str, heard: "asyncio.Queue[Any]") -> Any:
    """Return a consumer that hears of messages by the key ``event``, too."""
    base = getattr(package("generic.websocket"), f"{style}WebsocketConsumer")

    class OwnRule(base):
        groups = ("everybody",)

        async def dispatch(self, message: Any) -> None:
            if "event" in message:
                heard.put_nowait(message["event"])
            if message.get("event") != "news":
                await super().dispatch(message)

    return OwnRule


@pytest.mark.parametrize("style", ["Async", ""])
@NAMELESS
async def test_its_own_dispatch_sees_a_message_that_names_no_method(
    package: Load, message: Any, style: str
) -> None:
    heard: asyncio.Queue[Any] = asyncio.Queue()
    app = own_rule(package, style, heard).as_asgi()
    client = package("testing").WebsocketCommunicator(app, "/")
    await client.connect(LIMIT)
    layer = package("layers").get_channel_layer()

    for _ in range(2):
        await layer.group_send("everybody", message)

    async with asyncio.timeout(LIMIT):
        assert [await heard.get() for _ in range(2)] == ["news", "news"]
    await client.disconnect(timeout=LIMIT)


async def test_what_it_hands_on_is_an_error_as_without_it(
    package: Load,
) -> None:
    heard: asyncio.Queue[Any] = asyncio.Queue()
    app = own_rule(package, "Async", heard).as_asgi()
    client = package("testing").WebsocketCommunicator(app, "/")
    await client.connect(LIMIT)
    layer = package("layers").get_channel_layer()

    await layer.group_send("everybody", {"event": "other"})

    with pytest.raises(ValueError, match="type"):
        await client.wait(LIMIT)
    assert heard.get_nowait() == "other"


async def test_what_it_saw_is_recorded_as_read(
    layers: dict[str, Any],
) -> None:
    heard: asyncio.Queue[Any] = asyncio.Queue()
    app = own_rule(_ours, "Async", heard).as_asgi()
    with record(app, layers["minichannels"]) as flow:
        client = WebsocketCommunicator(flow.app, "/")
        await client.connect(LIMIT)
        assert flow.layer is not None
        await flow.layer.group_send("everybody", {"event": "news"})
        async with asyncio.timeout(LIMIT):
            assert await heard.get() == "news"
        await client.disconnect(timeout=LIMIT)

    rows = [row for row in str(flow.table()).splitlines() if '"news"' in row]
    assert " to 1 member " in rows[0]
    assert " read " in rows[1]
