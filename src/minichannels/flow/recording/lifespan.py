"""The seam of a lifespan: what a server and an application say of it.

How it works: it passes on all that either says, and writes nothing down. A
server tells that an application fails to start; how far it had come is known
here, so that what comes later is told, too.

Source: ASGI specification, "Lifespan Protocol".
"""

from typing import Any

from minichannels.flow.journal.payloads import words
from minichannels.types import Message, Receive, Send


class RecordedLifespan:
    """The lifespan of an application: how far it has come.

    Args:
        receive: gives the application its next event.
        send: takes what it answers.

    Attributes:
        started: whether it has said that its start is done.
        failed: what it has said of its end, if that failed.
        part: what it is at.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self.started = False
        self.failed: str | None = None
        self.part = "lifespan"

    async def receive(self) -> Message:
        """Hand the application its next event."""
        message = await self._receive()
        if message.get("type") == "lifespan.shutdown":
            self.part = "shutdown"
        return message

    async def send(self, message: Any) -> None:
        """Pass on what the application answers."""
        await self._send(message)  # first: it says whether that is an answer
        match message:
            case {"type": "lifespan.startup.complete"}:
                self.started = True
            case {"type": "lifespan.shutdown.failed"}:
                self.failed = words(message.get("message") or message["type"])
