"""What passes to the server counts, whoever sends it and by which way."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

Load = Callable[[str], Any]
LIMIT = 20  # seconds that nothing takes, unless it hangs


pytestmark = pytest.mark.usefixtures("layers")


def open_to(package: Load, consumer: Any) -> Any:
    return package("testing").WebsocketCommunicator(consumer.as_asgi(), "/")


async def quiet(client: Any) -> bool:
    nothing: bool = await client.receive_nothing(0.05)
    return nothing


async def test_a_delegate_may_accept_and_answer(package: Load) -> None:
    web = package("generic.websocket")

    class Worker(web.AsyncWebsocketConsumer):  # type: ignore[name-defined, misc]
        async def connect(self) -> None:
            await self.accept()

        async def receive(self, text_data: str) -> None:
            await self.send(text_data.upper())

    class Switch(web.AsyncWebsocketConsumer):  # type: ignore[name-defined, misc]
        async def connect(self) -> None:
            self.chosen = Worker()
            self.chosen.scope, self.chosen.base_send = (
                self.scope,
                self.base_send,
            )
            await self.chosen.connect()

        async def receive(self, text_data: str) -> None:
            await self.chosen.receive(text_data)

    client = open_to(package, Switch)
    assert await client.connect(LIMIT) == (True, None)
    await client.send_to(text_data="hi")
    assert await client.receive_from(LIMIT) == "HI"
    await client.disconnect(timeout=LIMIT)


async def test_a_delegate_gets_events_by_its_handlers(package: Load) -> None:
    web = package("generic.websocket")
    codes = []

    class Worker(web.AsyncWebsocketConsumer):  # type: ignore[name-defined, misc]
        groups = ("room",)

        async def disconnect(self, code: int) -> None:
            codes.append(code)

    class Switch(web.AsyncWebsocketConsumer):  # type: ignore[name-defined, misc]
        async def websocket_connect(self, message: Any) -> None:
            self.chosen = Worker()
            for name in ("scope", "base_send", "channel_layer", "channel_name"):
                setattr(self.chosen, name, getattr(self, name))
            await self.chosen.websocket_connect(message)

        async def websocket_disconnect(self, message: Any) -> None:
            await self.chosen.dispatch(message)

    client = open_to(package, Switch)
    assert await client.connect(LIMIT) == (True, None)
    await client.disconnect(4001, LIMIT)
    assert codes == [4001]


async def test_a_sync_consumer_may_accept_with_base_send(package: Load) -> None:
    web = package("generic.websocket")

    class Echo(web.WebsocketConsumer):  # type: ignore[name-defined, misc]
        def websocket_connect(self, message: Any) -> None:
            self.base_send({"type": "websocket.accept"})

        def receive(self, text_data: str) -> None:
            self.send(text_data.upper())

    client = open_to(package, Echo)
    assert await client.connect(LIMIT) == (True, None)
    await client.send_to(text_data="hi")
    assert await client.receive_from(LIMIT) == "HI"
    await client.disconnect(timeout=LIMIT)


async def test_a_connection_closed_with_base_send_is_closed_once(
    package: Load,
) -> None:
    web = package("generic.websocket")

    class Closed(web.AsyncWebsocketConsumer):  # type: ignore[name-defined, misc]
        async def connect(self) -> None:
            await self.base_send({"type": "websocket.close", "code": 4001})

    client = open_to(package, Closed)
    assert await client.connect(LIMIT) == (False, 4001)
    assert await quiet(client)
    await client.disconnect(timeout=LIMIT)


async def test_a_sub_application_may_answer_a_request(package: Load) -> None:
    http = package("generic.http")

    async def page(scope: Any, receive: Any, send: Any) -> None:
        start = {"type": "http.response.start", "status": 201, "headers": []}
        await send(start)
        await send({"type": "http.response.body", "body": scope["path"]})

    async def receive() -> Any:
        raise EOFError

    class Mount(http.AsyncHttpConsumer):  # type: ignore[name-defined, misc]
        async def handle(self, body: bytes) -> None:
            inner = {**self.scope, "path": body}
            await page(inner, receive, self.base_send)

    testing = package("testing")
    client = testing.HttpCommunicator(Mount.as_asgi(), "POST", "/", b"/in")
    response = await client.get_response(LIMIT)
    assert (response["status"], response["body"]) == (201, b"/in")
    await client.wait(LIMIT)


async def test_a_delegate_may_answer_a_request(package: Load) -> None:
    http = package("generic.http")

    class Page(http.AsyncHttpConsumer):  # type: ignore[name-defined, misc]
        async def handle(self, body: bytes) -> None:
            await asyncio.sleep(0)  # who would tell it that the client left?
            await self.send_response(201, body)

    class Mount(http.AsyncHttpConsumer):  # type: ignore[name-defined, misc]
        async def http_request(self, message: Any) -> None:
            page = Page()
            page.scope, page.base_send = self.scope, self.base_send
            await page.http_request(message)

    testing = package("testing")
    client = testing.HttpCommunicator(Mount.as_asgi(), "POST", "/", b"in")
    response = await client.get_response(LIMIT)
    assert (response["status"], response["body"]) == (201, b"in")
    await client.wait(LIMIT)


async def test_channel_receive_takes_from_the_mailbox(package: Load) -> None:
    web = package("generic.websocket")
    readers = []

    class Curious(web.AsyncWebsocketConsumer):  # type: ignore[name-defined, misc]
        async def connect(self) -> None:
            readers.append((self.channel_receive, self.channel_name))
            await self.accept()

    client = open_to(package, Curious)
    await client.connect(LIMIT)
    [(read, name)] = readers
    layer = package("layers").get_channel_layer()
    await client.disconnect(timeout=LIMIT)
    await layer.send(name, {"type": "late"})
    assert await read() == {"type": "late"}


async def test_channel_receive_is_that_of_this_connection(
    package: Load,
) -> None:
    web = package("generic.websocket")
    taken = []

    class Mixed(web.AsyncWebsocketConsumer):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.channel_receive: Any = None

        async def receive(self, text_data: str) -> None:
            taken.append((self.channel_name, self.channel_receive.args))

    instance = Mixed()
    for _ in range(2):
        client = package("testing").WebsocketCommunicator(instance, "/")
        await client.connect(LIMIT)
        await client.send_to("a")
        await client.disconnect(timeout=LIMIT)

    (first, _), (second, _) = taken
    assert taken == [(first, (first,)), (second, (second,))]
    assert first != second


@pytest.mark.parametrize(
    "name",
    [
        "consumer.AsyncConsumer",
        "consumer.SyncConsumer",
        "generic.http.AsyncHttpConsumer",
        "generic.websocket.WebsocketConsumer",
        "generic.websocket.JsonWebsocketConsumer",
        "generic.websocket.AsyncWebsocketConsumer",
        "generic.websocket.AsyncJsonWebsocketConsumer",
    ],
)
async def test_what_dir_names_of_a_consumer_can_be_asked_for(
    name: str, package: Load
) -> None:
    module, _, kind = name.rpartition(".")
    consumer = getattr(package(module), kind)()

    names = dir(consumer)

    assert [name for name in names if not hasattr(consumer, name)] == []
    assert "channel_receive" not in names
    assert {"dispatch", "send"} <= set(names)


async def test_dir_of_a_served_consumer_has_its_mailbox(package: Load) -> None:
    web = package("generic.websocket")
    names: list[str] = []

    class Curious(web.AsyncWebsocketConsumer):  # type: ignore[name-defined, misc]
        async def connect(self) -> None:
            names.extend(dir(self))
            await self.accept()

    client = open_to(package, Curious)
    await client.connect(LIMIT)
    await client.disconnect(timeout=LIMIT)

    assert {"channel_receive", "channel_name"} <= set(names)


TAKEN_OVER = pytest.mark.parametrize("style", ["of the class", "of the object"])


def part_of(package: Load, style: str) -> Any:
    """Return a class whose ``accept()`` leaves it to a whole."""
    web = package("generic.websocket")

    async def left_out(*args: Any, **kwargs: Any) -> None: ...

    class Part(web.AsyncWebsocketConsumer):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            if style == "of the object":
                self.accept = left_out

        async def connect(self) -> None:
            await self.accept()
            await self.send("joined")

        async def receive(self, text_data: str) -> None:
            await self.send(text_data.upper())

    if style == "of the class":
        Part.accept = left_out
    return Part


@TAKEN_OVER
async def test_a_part_that_is_served_by_itself_need_not_accept(
    package: Load, style: str
) -> None:
    """One consumer accepts, another one is served beside it, by its send."""
    web = package("generic.websocket")

    class Whole(web.AsyncWebsocketConsumer):  # type: ignore[name-defined, misc]
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            self.queue: asyncio.Queue[Any] = asyncio.Queue()
            part = part_of(package, style)()
            inner = asyncio.create_task(part(scope, self.queue.get, send))
            await super().__call__(scope, receive, send)
            await inner

        async def connect(self) -> None:
            await self.accept()
            await self.queue.put({"type": "websocket.connect"})

        async def receive(self, text_data: str) -> None:
            message = {"type": "websocket.receive", "text": text_data}
            await self.queue.put(message)

        async def disconnect(self, code: int) -> None:
            await self.queue.put({"type": "websocket.disconnect", "code": code})

    client = open_to(package, Whole)
    assert await client.connect(LIMIT) == (True, None)
    assert await client.receive_from(LIMIT) == "joined"
    await client.send_to(text_data="hi")
    assert await client.receive_from(LIMIT) == "HI"
    await client.disconnect(timeout=LIMIT)


async def test_an_accept_of_ones_own_may_call_that_of_the_class(
    package: Load,
) -> None:
    web = package("generic.websocket")
    accepted = []

    class Counted(web.AsyncWebsocketConsumer):  # type: ignore[name-defined, misc]
        async def accept(self, *args: Any, **kwargs: Any) -> None:
            await super().accept(*args, **kwargs)
            accepted.append(self)

        async def connect(self) -> None:
            await self.accept("chat")
            await self.send("hi")

    client = open_to(package, Counted)
    assert await client.connect(LIMIT) == (True, "chat")
    assert await client.receive_from(LIMIT) == "hi"
    await client.disconnect(timeout=LIMIT)
    assert len(accepted) == 1
