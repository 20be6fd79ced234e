"""What a class of one's own expects of the library, on Channels and here."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from minichannels.types import Message
from support.both import (
    ACCEPTED,
    CONNECT,
    GONE,
    STYLES,
    WEBSOCKET,
    Step,
    play,
    text,
)

Load = Callable[[str], Any]
REQUEST: Message = {"type": "http.request", "body": b""}

pytestmark = pytest.mark.usefixtures("layers")


class Left(OSError):
    """As a server's own error; it cannot be made without arguments."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(code, why)
        self.why = why


def _leaving(app: Any, error: Exception) -> Any:
    """Return an application whose client has left once it was accepted."""

    async def leave(scope: Any, receive: Any, send: Any) -> None:
        async def fail(message: Message) -> None:
            if message["type"] != "websocket.accept":
                raise error
            await send(message)

        await app(scope, receive, fail)

    return leave


@pytest.mark.parametrize(
    "error", [ConnectionResetError(104, "reset"), Left(7, "gone"), OSError(5)]
)
async def test_a_handler_may_expect_the_error_of_its_server(
    package: Load, error: OSError
) -> None:
    notes: list[Any] = []

    class Chat(package("generic.websocket").AsyncWebsocketConsumer):  # type: ignore[misc]
        async def receive(self, **frame: Any) -> None:
            try:
                await self.send("hi")
            except type(error) as caught:
                notes.append((caught.errno, getattr(caught, "why", None)))

    app = _leaving(Chat.as_asgi(), error)
    outcome = await play(app, WEBSOCKET, [CONNECT, 1, text("a"), GONE], notes)

    noted = (error.errno, getattr(error, "why", None))
    assert outcome == ([ACCEPTED], "", [noted])


async def test_an_error_passes_through_a_consumer_further_out(
    package: Load,
) -> None:
    notes: list[Any] = []
    base: Any = package("generic.websocket").AsyncWebsocketConsumer

    class Inner(base):  # type: ignore[misc]
        async def receive(self, **frame: Any) -> None:
            try:
                await self.send("hi")
            except ConnectionResetError:
                notes.append("reset")

    class Outer(base):  # type: ignore[misc]
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            async def pass_on(event: Message) -> None:
                await self.base_send(event)

            self.inner = Inner()
            self.pass_on = pass_on
            await super().__call__(scope, receive, send)

        async def dispatch(self, message: Message) -> None:
            self.inner.base_send = self.pass_on
            await self.inner.dispatch(message)

    app = _leaving(Outer.as_asgi(), ConnectionResetError())
    await play(app, WEBSOCKET, [CONNECT, 1, text("a"), GONE], notes)

    assert notes == ["reset"]


@pytest.mark.parametrize("style", ["Async", ""])
@pytest.mark.parametrize("message", [{}, {"type": "_private"}, {"type": ""}])
async def test_an_own_dispatch_gets_messages_that_name_no_method(
    package: Load, layers: dict[str, Any], style: str, message: Message
) -> None:
    notes: list[Any] = []
    module = package("generic.websocket")

    class Careful(getattr(module, f"{style}WebsocketConsumer")):  # type: ignore[misc]
        groups = ("room",)

        async def dispatch(self, message: Message) -> None:
            try:
                await super().dispatch(message)
            except ValueError:
                notes.append(message)

    layer = layers[module.__name__.partition(".")[0]]
    client = package("testing").WebsocketCommunicator(Careful.as_asgi(), "/")
    await client.connect()
    await layer.group_send("room", message)
    await client.send_input(text("a"))
    await client.disconnect()

    assert notes == [message]


@pytest.mark.parametrize("fails", [True, False])
async def test_a_request_is_cleaned_up_before_what_stands_around_it(
    package: Load, fails: bool
) -> None:
    notes: list[Any] = []

    class Page(package("generic.http").AsyncHttpConsumer):  # type: ignore[misc]
        async def http_request(self, message: Message) -> None:
            try:
                await super().http_request(message)
            finally:
                notes.append("around")

        async def handle(self, body: bytes) -> None:
            if fails:
                raise LookupError
            await self.send_response(200, b"")

        async def disconnect(self) -> None:
            notes.append("disconnect")

    outcome = await play(Page.as_asgi(), {"type": "http"}, [REQUEST], notes)

    assert outcome.error == ("LookupError" if fails else "")
    assert outcome.notes == ["disconnect", "around"]


async def test_a_client_that_leaves_is_cleaned_up_first(package: Load) -> None:
    notes: list[Any] = []

    class Page(package("generic.http").AsyncHttpConsumer):  # type: ignore[misc]
        async def http_disconnect(self, message: Message) -> None:
            try:
                await super().http_disconnect(message)
            finally:
                notes.append("around")

        async def disconnect(self) -> None:
            notes.append("disconnect")

    left: Message = {"type": "http.disconnect"}
    await play(Page.as_asgi(), {"type": "http"}, [left], notes)

    assert notes == ["disconnect", "around"]


async def test_a_decoder_may_return_what_another_one_generates(
    package: Load,
) -> None:
    notes: list[Any] = []

    class Lines(package("generic.websocket").JsonWebsocketConsumer):  # type: ignore[misc]
        @classmethod
        def decode_json(cls, text_data: str) -> Any:
            return (int(line) for line in text_data.split())

        def receive_json(self, content: Any) -> None:
            notes.extend(content)

    steps: list[Step] = [CONNECT, 1, text("1 2"), GONE]
    outcome = await play(Lines.as_asgi(), WEBSOCKET, steps, notes)

    assert outcome == ([ACCEPTED], "", [1, 2])


async def test_a_decoder_may_be_what_generates(package: Load) -> None:
    notes: list[Any] = []

    class Lines(package("generic.websocket").JsonWebsocketConsumer):  # type: ignore[misc]
        @classmethod
        def decode_json(cls, text_data: str) -> Any:
            yield from map(int, text_data.split())

        def receive_json(self, content: Any) -> None:
            notes.extend(content)

    steps: list[Step] = [CONNECT, 1, text("1 2"), GONE]
    outcome = await play(Lines.as_asgi(), WEBSOCKET, steps, notes)

    assert outcome == ([ACCEPTED], "", [1, 2])


@STYLES
async def test_a_test_may_leave_out_the_handshake(
    package: Load, style: str
) -> None:
    web = package("generic.websocket")
    app = getattr(own_styles(web), f"{style}Echo").as_asgi()

    for first in (text("hi"), {"type": "told", "text": "hi"}):
        events, error, _ = await play(app, WEBSOCKET, [first, 1, GONE], [])

        assert [event.get("text") for event in events] == ["hi"]
        assert not error


@STYLES
@pytest.mark.parametrize("is_let_in", [True, False])
@pytest.mark.parametrize("has_dispatch", [True, False])
async def test_a_test_may_shake_hands_again(
    package: Load, style: str, is_let_in: bool, has_dispatch: bool
) -> None:
    echo: Any = getattr(
        own_styles(package("generic.websocket")), f"{style}Echo"
    )

    class Door(echo):  # type: ignore[misc]
        def connect(self) -> Any:
            return self.accept() if is_let_in else self.close()

    class Watched(Door):
        def dispatch(self, message: Message) -> Any:
            return super().dispatch(message)

    app = (Watched if has_dispatch else Door).as_asgi()
    steps: list[Step] = [CONNECT, 1, CONNECT, 2, GONE]
    events, error, _ = await play(app, WEBSOCKET, steps, [])

    kind = f"websocket.{'accept' if is_let_in else 'close'}"
    assert [event["type"] for event in events] == [kind] * 2
    assert not error


def own_styles(web: Any) -> Any:
    class AsyncEcho(web.AsyncWebsocketConsumer):  # type: ignore[misc]
        async def receive(self, text_data: str) -> None:
            await self.send(text_data=text_data)

        async def told(self, event: Message) -> None:
            await self.send(text_data=event["text"])

    class SyncEcho(web.WebsocketConsumer):  # type: ignore[misc]
        def receive(self, text_data: str) -> None:
            self.send(text_data=text_data)

        def told(self, event: Message) -> None:
            self.send(text_data=event["text"])

    return SimpleNamespace(AsyncEcho=AsyncEcho, SyncEcho=SyncEcho)
