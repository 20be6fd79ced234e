"""The clients of a scenario: a WebSocket, a request, a peer, in process.

How it works: an application is called with a scope, a ``receive`` that hands
out what the client did, and a ``send`` that keeps what the client gets. What
a server would refuse is refused here too, in words.

Source: ASGI specification, "WebSocket" and "HTTP".
"""

import asyncio
import json
from typing import Any

from minichannels.exceptions import Explained
from minichannels.flow.recording.clients.names import ClientEnd
from minichannels.protocol import START, TABLE, State, advance
from minichannels.protocols.inbox import CAPACITY, Inbox
from minichannels.types import Message, Receive, Scope

MOST_SENT = 200
"""How many events an application may send to one client in a check."""

Frame = str | bytes

_CLOSING = ("websocket.close", "websocket.http.response.start")


class Flood(Explained, RuntimeError):
    """An application sends without end."""


class NoClient(Explained, NotImplementedError):
    """A worker's application sends to a client."""


class ScenarioClient:
    """The client's end of one connection.

    Args:
        name: the client's name.
        scope: what the application is told of the connection.
        link: the recorder's end.

    Attributes:
        sent: the events that the application sent.
        reading: whether it takes in what it is sent; until it does, whoever
            sends to it waits.
        begun: done once the application has read its first event.
        error: what the application raised, if it did.
        source: the ``receive`` of the application.
        complete: whether an HTTP response has come to its end.
    """

    def __init__(self, name: str, scope: Scope, link: ClientEnd) -> None:
        self.name = name
        self.scope = scope
        self.link = link
        self.sent: list[Message] = []
        self.begun = asyncio.Event()
        self.reading = asyncio.Event()
        self.reading.set()
        self.error: BaseException | None = None
        self.complete = self._paused = False
        self.source: Receive = self.receive
        # What a server has put where the application may read it counts.
        start = START.get(scope["type"], State.COMPLETE)
        self._state = TABLE[start].get("websocket.connect", start)
        self._events: asyncio.Queue[Message] = asyncio.Queue()

    # What the scenario looks at

    @property
    def heard(self) -> list[Frame]:
        """The frames that the client got, in order: text or bytes."""
        return [
            event["text"] if event.get("bytes") is None else event["bytes"]
            for event in self.sent
            if event["type"] == "websocket.send"
        ]

    @property
    def read(self) -> list[Any]:
        """The same frames, each as the JSON that it holds, if it does."""
        return [parsed(frame) for frame in self.heard]

    @property
    def accepted(self) -> bool:
        """Whether the application has accepted the connection."""
        return any(e["type"] == "websocket.accept" for e in self.sent)

    @property
    def closed(self) -> bool:
        """Whether the application has closed, or refused, the connection."""
        return any(e["type"] in _CLOSING for e in self.sent)

    @property
    def unread(self) -> int:
        """How many events the application has not asked for."""
        return self._events.qsize()

    @property
    def left(self) -> bool:
        """Whether the client has gone."""
        return self.link.closed

    @property
    def port(self) -> int:
        """The port of the client's end."""
        return int(self.scope["client"][1])

    @property
    def over(self) -> bool:
        """Whether the application has returned, or raised."""
        return self.link.over.done()

    @property
    def status(self) -> int:
        """The status of an HTTP response; 0 if none was started."""
        starts = [e for e in self.sent if e["type"] == "http.response.start"]
        return int(starts[0]["status"]) if starts else 0

    @property
    def body(self) -> bytes:
        """What has come of the body of an HTTP response."""
        kind = "http.response.body"
        return b"".join(
            e.get("body", b"") for e in self.sent if e["type"] == kind
        )

    # What the stage does for it

    def hand(self, event: Message) -> None:
        """Put an event where the application reads it."""
        self._events.put_nowait(event)

    def pause(self) -> None:
        """Take nothing in for a while; nobody waits for what comes of it."""
        self.reading.clear()
        self._paused = self.link.left_alone = True

    def sip(self) -> None:
        """Take in one thing more, while all else is paused."""
        self.reading.set()

    def resume(self) -> None:
        """Take in again what it is sent."""
        self.reading.set()
        self._paused = self.link.left_alone = False
        self.link.changed()

    async def receive(self) -> Message:
        """Give the application its next event; none after the last."""
        event = await self._events.get()
        self._state = TABLE[self._state].get(event["type"], self._state)
        self.begun.set()
        return event

    async def send(self, event: Message) -> None:
        """Take what the application sends.

        Raises:
            ProtocolError: it may not be sent now.
            Flood: there is no end of them.
        """
        before, self._state = self._state, advance(self._state, event)
        self.sent.append(dict(event))
        if event["type"] in _CLOSING:
            code = event.get("code") or 1000
            code = code if self.accepted else 1006
            self.hand({"type": "websocket.disconnect", "code": code})
        if self._state is State.COMPLETE is not before:
            self.complete = True
            self.hand({"type": "http.disconnect"})
        await self._require_few()
        await self.reading.wait()
        if self._paused:
            self.reading.clear()

    async def _require_few(self) -> None:
        if len(self.sent) > MOST_SENT:
            raise Flood(
                f"more than {MOST_SENT} events were sent to {self.name};"
                " is there a loop without end?"
            )
        await asyncio.sleep(0)  # a loop of sends must not stop the others

    def ends(self) -> None:
        """Note that the application has returned, or raised."""
        self.begun.set()


class ScenarioWorker(ScenarioClient):
    """What hands the messages of a channel to the application, as a worker.

    Args:
        channel: the channel's name.
        layer: gives the messages.
    """

    def __init__(self, channel: str, layer: Any) -> None:
        scope = {"type": "channel", "channel": channel}
        super().__init__("", scope, ClientEnd(""))  # it has no client
        self._layer = layer

    async def receive(self) -> Message:
        """Give the application the next message of the channel."""
        message: Message = await self._layer.receive(self.scope["channel"])
        return message

    async def send(self, event: Message) -> None:
        """Refuse what the application sends to a client.

        Raises:
            NoClient: always.
        """
        raise NoClient(
            f"cannot send {event['type']!r}: behind a worker there is no client"
        )


_SENT_TO = {
    "aprs": ("aprs.send_message", "aprs.close"),
    "chat": ("chat.send_message", "chat.close"),
    "mqtt": ("mqtt.publish", "mqtt.subscribe", "mqtt.unsubscribe"),
}
"""What an application may send, by the type of its scope beyond the web."""


class ScenarioPeer(ScenarioClient):
    """Who talks to the application over a protocol beyond the web.

    Args:
        scope: what the application is told of the conversation.
    """

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope["peer"], scope, ClientEnd(scope["peer"]))
        self.inbox = Inbox(CAPACITY, self.event("connect"))
        self.source = self.inbox

    def event(self, what: str, **payload: Any) -> Message:
        """Return an event of its protocol."""
        return {"type": f"{self.scope['type']}.{what}", **payload}

    def hand(self, event: Message) -> None:
        """Put an event where the application reads it."""
        self.inbox.put(event)

    def leave(self, reason: str) -> None:
        """End the conversation; the application is told why."""
        self.link.closed = True
        self.inbox.close(self.event("disconnect", reason=reason))

    async def send(self, event: Message) -> None:
        """Take what the application sends.

        Raises:
            ValueError: the protocol cannot send it.
            Flood: there is no end of them.
        """
        kinds = _SENT_TO[self.scope["type"]]
        if event["type"] not in kinds:
            raise ValueError(
                f"cannot send {event['type']!r} in a scope of the type"
                f" {self.scope['type']!r}; send {' or '.join(map(repr, kinds))}"
            )
        self.sent.append(dict(event))
        if event["type"].endswith(".close"):
            self.leave("closed")
        await self._require_few()

    def ends(self) -> None:
        """Note that the application has returned, or raised."""
        super().ends()
        self.link.over.set_result(None)


def parsed(frame: Frame) -> Any:
    """Return what a frame says as JSON; the frame itself if it is none."""
    try:
        return json.loads(frame)
    except (ValueError, RecursionError):
        return frame
