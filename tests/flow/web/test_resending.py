"""A frame that is sent again: to whom, as what, and when it is not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from minichannels.flow.flow import Flow
from minichannels.flow.journal.events import Event
from minichannels.flow.recording.application.recorder import Recorder
from minichannels.flow.web.resending import SIGN, Resending
from minichannels.generic.websocket import WebsocketConsumer
from minichannels.types import Message, Scope
from support.servers import LIMIT

SCOPE: Scope = {"type": "websocket", "path": "/", "client": ("ada", 1)}


class Echo(WebsocketConsumer):
    def receive(self, text_data: Any = None, bytes_data: Any = None) -> None:
        self.send(text_data=text_data, bytes_data=bytes_data)


class Served:
    """An application as a server runs it, with one socket."""

    def __init__(self) -> None:
        self.recorder = Recorder(Echo.as_asgi())
        self.arrives: asyncio.Queue[Message] = asyncio.Queue()
        self.sent: asyncio.Queue[Message] = asyncio.Queue()
        self.ours = Resending(self.recorder, lambda _: self.arrives.put_nowait)

    @property
    def events(self) -> tuple[Event, ...]:
        return Flow(self.recorder.journal).events

    def frame(self) -> Event:
        """Return the last frame of the client."""
        kind = "websocket.receive"
        return [event for event in self.events if event.type == kind][-1]

    async def hears(self, type_: str, **more: Any) -> None:
        self.arrives.put_nowait({"type": type_, **more})

    async def says(self) -> Message:
        return await asyncio.wait_for(self.sent.get(), LIMIT)


@asynccontextmanager
async def served() -> AsyncIterator[Served]:
    """Serve a socket that is connected, until it leaves."""
    one = Served()
    running = asyncio.ensure_future(
        one.ours(SCOPE, one.arrives.get, one.sent.put)
    )
    await one.hears("websocket.connect")
    assert (await one.says())["type"] == "websocket.accept"
    yield one
    await one.hears("websocket.disconnect", code=1000)
    await asyncio.wait_for(running, LIMIT)


async def test_frame_is_sent_again_as_from_its_client() -> None:
    async with served() as one:
        await one.hears("websocket.receive", text="hi")
        assert (await one.says())["text"] == "hi"
        frame = one.frame()

        done = one.ours.resend(frame)

        assert done == f"Event {frame.seq} sent again to Echo#1"
        assert (await one.says())["text"] == "hi"
        again = one.frame()
        assert again.payload == {"text": "hi", "resent": SIGN}
        assert again.client == frame.client
        assert SIGN in repr(Flow(one.recorder.journal))
    assert one.ours.resend(frame).endswith("has gone")


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"text": '{"password": "s3cret"}'}, "•••"),
        ({"bytes": b"token=s3cret"}, "•••"),
        ({"bytes": b"x" * 10_000}, "so long a frame"),
    ],
)
async def test_frame_of_which_not_all_is_kept_is_not_sent(
    more: dict[str, Any], reason: str
) -> None:
    async with served() as one:
        await one.hears("websocket.receive", **more)
        await one.says()

        assert reason in one.ours.resend(one.frame())
        assert one.arrives.empty()


async def test_only_frames_of_clients_are_sent() -> None:
    async with served() as one:
        assert "is no frame" in one.ours.resend(one.events[0])


async def test_application_of_a_server_unknown_runs_as_ever() -> None:
    recorder = Recorder(Echo.as_asgi())
    ours = Resending(recorder, lambda receive: None)
    arrives: asyncio.Queue[Message] = asyncio.Queue()
    arrives.put_nowait({"type": "websocket.connect"})
    arrives.put_nowait({"type": "websocket.disconnect"})
    sent: asyncio.Queue[Message] = asyncio.Queue()

    await ours(SCOPE, arrives.get, sent.put)

    assert sent.get_nowait()["type"] == "websocket.accept"


async def test_what_runs_unrecorded_is_not_known() -> None:
    async def unrecorded(scope: Scope, receive: Any, send: Any) -> None:
        await receive()

    arrives: asyncio.Queue[Message] = asyncio.Queue()
    arrives.put_nowait({"type": "websocket.connect"})
    ours = Resending(unrecorded, lambda receive: arrives.put_nowait)

    await ours(SCOPE, arrives.get, arrives.put)

    frame = Event(1, "receive", "", "", "websocket.receive", {"text": "x"}, 0)
    assert ours.resend(frame) == "Not sent: the client has gone"


async def test_nothing_is_sent_again_when_the_client_has_left() -> None:
    go_on = asyncio.Event()

    async def stays(scope: Scope, receive: Any, send: Any) -> None:
        while (await receive())["type"] != "websocket.disconnect":
            await send({"type": "websocket.accept"})
        await send({"type": "told"})
        await go_on.wait()

    recorder = Recorder(stays)
    arrives: asyncio.Queue[Message] = asyncio.Queue()
    told: asyncio.Queue[Message] = asyncio.Queue()
    ours = Resending(recorder, lambda receive: arrives.put_nowait)
    running = asyncio.ensure_future(ours(SCOPE, arrives.get, told.put))
    arrives.put_nowait({"type": "websocket.connect"})
    arrives.put_nowait({"type": "websocket.receive", "text": "hi"})
    arrives.put_nowait({"type": "websocket.disconnect", "code": 1000})
    while (await asyncio.wait_for(told.get(), LIMIT))["type"] != "told":
        pass

    events = Flow(recorder.journal).events
    (frame,) = (e for e in events if e.type == "websocket.receive")

    assert ours.resend(frame).endswith("has gone")
    go_on.set()
    await running
