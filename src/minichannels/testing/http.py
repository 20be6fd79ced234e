"""The communicator for one HTTP request and its response.

How it works: the request goes out in one piece; the response is put together
from as many pieces as the application sends. For a body in several pieces
take ``ApplicationCommunicator``.

Source: Channels, "Testing"; ASGI, "HTTP & WebSocket Message Format".
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

from minichannels._masking import short, short_event
from minichannels.testing.application import ApplicationCommunicator
from minichannels.types import ASGIApp, Message


class HttpCommunicator(ApplicationCommunicator):
    """Sends one request to an application.

    Attributes:
        body: the body of the request.
        sent_request: whether the application was given the request.

    Raises:
        AssertionError: the body is not bytes.
        TypeError: the path is not a string, or there is no application.
    """

    def __init__(
        self,
        application: ASGIApp,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Iterable[tuple[bytes, bytes]] | None = None,
    ) -> None:
        if not isinstance(body, bytes):
            raise AssertionError(f"the body has to be bytes, not {short(body)}")
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method.upper(),
            **path_of(path),
            "headers": headers or [],
        }
        self.body = body
        self.sent_request = False
        super().__init__(application, scope)

    async def get_response(self, timeout: float = 1) -> dict[str, Any]:
        """Send the request, if that was not done, and wait for the response.

        Args:
            timeout: how long to wait for each event of it, in seconds.

        Returns:
            A dict with ``status``, ``headers`` and ``body``.

        Raises:
            AssertionError: the application sent something else.
            TimeoutError: it sent too little.
        """
        await _send_request(self)
        start = await _receive(self, "http.response.start", timeout)
        body, more = b"", True
        while more:
            event = await _receive(self, "http.response.body", timeout)
            body += body_of(event)
            more = event.get("more_body", False)
        response = {**start, "body": body}
        response.pop("type")
        response.setdefault("headers", [])
        return response


def path_of(path: str) -> dict[str, Any]:
    """Return a path's part of a scope: ``path`` and ``query_string``."""
    if not isinstance(path, str):
        raise TypeError(f"the path has to be a str, not {short(path)}")
    parsed = urlsplit(path)
    return {
        "path": unquote(parsed.path),
        "query_string": parsed.query.encode("utf-8"),
    }


def body_of(event: Message) -> bytes:
    """Return a piece of a response's body; it may be left out."""
    body = event.get("body", b"")
    if not isinstance(body, bytes):
        raise AssertionError(
            f"the body has to be bytes; got {short_event(event)}"
        )
    return body


async def _send_request(communicator: HttpCommunicator) -> None:
    """Send the request, the first time that this is called."""
    if communicator.sent_request:
        return
    communicator.sent_request = True
    await communicator.send_input(
        {"type": "http.request", "body": communicator.body}
    )


async def _receive(
    communicator: ApplicationCommunicator, kind: str, timeout: float
) -> Message:
    event = await communicator.receive_output(timeout)
    if event["type"] != kind:
        raise AssertionError(f"expected {kind!r}, got {short_event(event)}")
    return event
