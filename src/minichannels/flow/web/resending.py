"""A client's frame, sent once more to the application, and to nobody else.

How it works: whoever stands between the server and the recorder sees each
WebSocket come and go, and learns its number when the application first asks
for an event. A frame that is sent again goes where the server puts those that
arrive. So the application gets it over the same connection, as from that
client, and the recorder writes it down with the words ``SIGN``.

Rule 1: only what the journal has, as it is: the page gives a number, no text.
"""

from collections.abc import Awaitable, Callable

from minichannels._masking import MASK
from minichannels.flow.journal.events import Event
from minichannels.flow.journal.payloads import LONGEST
from minichannels.flow.recording.application.causes import CURRENT, Running
from minichannels.types import ASGIApp, Message, Receive, Scope, Send

SIGN = "again, by the page"
"""What a frame that was sent again says of itself, in its key ``resent``."""

Put = Callable[[Message], object]
"""Puts an event behind those that an application has not asked for yet."""


class Resending:
    """An application whose clients' frames can be sent again.

    Args:
        application: the recorded application.
        inbox: finds where a server puts what arrives, from the ``receive``
            that it gives; None if it does not know.
    """

    def __init__(
        self, application: ASGIApp, inbox: Callable[[Receive], Put | None]
    ) -> None:
        self._application = application
        self._inbox = inbox
        self._open: dict[int, tuple[Running, Put]] = {}

    def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> Awaitable[None]:
        """Run the application (ASGI application)."""
        put = self._inbox(receive) if scope["type"] == "websocket" else None
        if put is None:
            return self._application(scope, receive, send)
        return self._noted(put, scope, receive, send)

    async def _noted(
        self, put: Put, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Run it for a socket into which events can be put."""
        number = 0

        def noted() -> Awaitable[Message]:
            nonlocal number
            if not number and (connection := CURRENT.get()):
                number = connection.lane.number
                self._open[number] = connection, put
            return receive()

        try:
            await self._application(scope, noted, send)
        finally:
            self._open.pop(number, None)

    def resend(self, event: Event) -> str:
        """Send a frame again; return what was done, or why it was not.

        In the thread of the server's event loop.
        """
        if event.type != "websocket.receive":
            return f"Event {event.seq} is no frame of a client"
        payload = event.payload
        kept = [payload[key] for key in ("text", "bytes") if key in payload]
        if any(len(value) >= LONGEST for value in kept):
            return "Not sent: of so long a frame not all may be kept"
        if any(_is_masked(value) for value in kept):
            return f"Not sent: what stands there as {MASK} is not kept"
        there = self._open.get(event.connection)
        if there is None or there[0].gone:
            return f"Not sent: {event.client or 'the client'} has gone"
        there[1]({"type": event.type, **payload, "resent": SIGN})
        return f"Event {event.seq} sent again to {event.application}"


def _is_masked(value: str | bytes) -> bool:
    return MASK in (
        value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    )
