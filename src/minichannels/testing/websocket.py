"""The communicator for one WebSocket: it plays the server and the client.

Source: Channels, "Testing"; ASGI, "HTTP & WebSocket Message Format".
"""

import json
from collections.abc import Iterable
from typing import Any, TypeVar

from minichannels._masking import short, short_event
from minichannels.testing.application import ApplicationCommunicator
from minichannels.testing.http import path_of
from minichannels.types import ASGIApp, Message

_T = TypeVar("_T")


class WebsocketCommunicator(ApplicationCommunicator):
    """Opens one WebSocket to an application.

    Attributes:
        response_headers: the headers with which the application accepted.

    Raises:
        TypeError: the path is not a string, or there is no application.
    """

    def __init__(
        self,
        application: ASGIApp,
        path: str,
        headers: Iterable[tuple[bytes, bytes]] | None = None,
        subprotocols: Iterable[str] | None = None,
        spec_version: str | None = None,
    ) -> None:
        scope = {
            "type": "websocket",
            **path_of(path),
            "headers": headers or [],
            "subprotocols": subprotocols or [],
        }
        if spec_version:
            # Servers say it under "asgi"; Channels' communicator beside it.
            scope["asgi"] = {"version": "3.0", "spec_version": spec_version}
            scope["spec_version"] = spec_version
        super().__init__(application, scope)
        self.response_headers: Iterable[tuple[bytes, bytes]] | None = None

    async def connect(
        self, timeout: float = 1
    ) -> tuple[bool, str | int | None]:
        """Ask the application for a connection.

        Returns:
            ``(True, subprotocol)`` if it accepted, None for no subprotocol;
            ``(False, code)`` if it refused.

        Raises:
            AssertionError: it sent something else.
            TimeoutError: it decided nothing.
        """
        await self.send_input({"type": "websocket.connect"})
        event = await self.receive_output(timeout)
        match event["type"]:
            case "websocket.accept":
                self.response_headers = event.get("headers", [])
                return True, event.get("subprotocol")
            case "websocket.close":
                return False, event.get("code", 1000)
        raise AssertionError(
            "expected 'websocket.accept' or 'websocket.close' as the answer "
            f"to 'websocket.connect', got {short_event(event)}"
        )

    async def send_to(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        """Send a frame to the application; it may be empty.

        Raises:
            AssertionError: not exactly one of the two was given, or one that
                is not of its type.
        """
        if text_data and not bytes_data:
            bytes_data = None  # one that is empty counts if it is alone
        if bytes_data and not text_data:
            text_data = None
        if (text_data is None) == (bytes_data is None):
            raise AssertionError(
                "give exactly one of text_data and bytes_data, got "
                f"{short(text_data)} and {short(bytes_data)}"
            )
        event: Message = {"type": "websocket.receive"}
        if text_data is not None:
            event["text"] = _typed(text_data, str, "text_data")
        else:
            event["bytes"] = _typed(bytes_data, bytes, "bytes_data")
        await self.send_input(event)

    async def send_json_to(self, data: Any) -> None:
        """Send a value to the application, as JSON in a text frame."""
        await self.send_to(json.dumps(data))

    async def receive_from(self, timeout: float = 1) -> str | bytes:
        """Wait for a frame from the application.

        Returns:
            A str for a text frame, bytes for a binary one.

        Raises:
            AssertionError: the application sent something else; if it closed
                the connection, the event with its code is shown.
            TimeoutError: it sent nothing.
        """
        event = await self.receive_output(timeout)
        if event["type"] != "websocket.send":
            raise AssertionError(
                f"expected 'websocket.send', got {short_event(event)}"
            )
        text, data = event.get("text"), event.get("bytes")
        if (text is None) == (data is None):
            raise AssertionError(
                "expected exactly one of 'text' and 'bytes', got"
                f" {short_event(event)}"
            )
        if text is not None:
            return _typed(text, str, "the text of a frame")
        return _typed(data, bytes, "the bytes of a frame")

    async def receive_json_from(self, timeout: float = 1) -> Any:
        """Wait for a text frame and return the value of its JSON.

        Raises:
            AssertionError: the application sent something else.
            TimeoutError: it sent nothing.
        """
        frame = await self.receive_from(timeout)
        return json.loads(_typed(frame, str, "a JSON frame"))

    async def disconnect(
        self, code: int = 1000, timeout: float = 1, *, reason: str | None = None
    ) -> None:
        """Close the connection as a client does, and wait for the end.

        The application is stopped when it has not ended in time. If that was
        done before, this does nothing.

        Args:
            code: the close code that the application is told.
            timeout: how long it may take to end, in seconds.
            reason: the reason that it is told (ours; none in Channels).

        Raises:
            Exception: what the application raised, if it did.
        """
        if self.future.cancelled():
            return
        event: Message = {"type": "websocket.disconnect", "code": code}
        if reason is not None:
            event["reason"] = reason
        await self.send_input(event)
        await self.wait(timeout)


def _typed(value: Any, kind: type[_T], what: str) -> _T:
    if not isinstance(value, kind):
        raise AssertionError(
            f"{what} has to be {kind.__name__}, not {short(value)}"
        )
    return value
