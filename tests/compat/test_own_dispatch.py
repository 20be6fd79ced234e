"""A class's own ``dispatch()`` sees what the library could name no method for.

Packages have rules of their own for what a message calls, such as another key
than ``type``.
"""

import asyncio
import importlib
import threading
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async

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


def in_own_threads(package: Load) -> Any:
    """Return a consumer that takes the plain function for its threads."""
    sync: Any = package("consumer").SyncConsumer
    plain = vars(sync)["dispatch"].func

    class InThreads(sync):
        dispatch = sync_to_async(plain, thread_sensitive=False)

    class Echo(InThreads, package("generic.websocket").WebsocketConsumer):
        meeting = threading.Barrier(2, timeout=LIMIT)

        def receive(self, text_data: str) -> None:
            self.meeting.wait()  # of two threads, or there is no end
            self.send(text_data)
            if text_data == "last":
                self.close()

    return Echo


async def test_threads_of_ones_own_may_run_the_handlers(
    package: Load,
) -> None:
    app = in_own_threads(package).as_asgi()
    clients = [
        package("testing").WebsocketCommunicator(app, "/") for _ in range(2)
    ]
    for client in clients:
        assert await client.connect(LIMIT) == (True, None)
    for word in ("once", "last"):
        for client in clients:
            await client.send_to(text_data=word)
        for client in clients:
            assert await client.receive_from(LIMIT) == word
    for client in clients:
        await client.disconnect(timeout=LIMIT)


async def test_what_comes_after_close_is_not_handled_there_either() -> None:
    consumer = in_own_threads(_ours)
    consumer.meeting = threading.Barrier(1)  # a second message would pass it
    with record(consumer.as_asgi()) as flow:
        client = WebsocketCommunicator(flow.app, "/")
        await client.connect(LIMIT)
        for word in ("last", "late"):
            await client.send_to(text_data=word)
        assert await client.receive_from(LIMIT) == "last"
        closed = await client.receive_output(LIMIT)
        await client.disconnect(timeout=LIMIT)

    assert closed["type"] == "websocket.close"
    assert client.output_queue.empty()
