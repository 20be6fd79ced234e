"""Views over HTTP, and what their clients get."""

from minichannels.generic.http import AsyncHttpConsumer
from minichannels.testing import ApplicationCommunicator, HttpCommunicator
from minichannels.types import Message

LIMIT = 5
START = {"type": "http.response.start", "status": 200, "headers": []}
REQUEST = {"type": "http.request"}
DISCONNECT = {"type": "http.disconnect"}


def talk(consumer: type[AsyncHttpConsumer]) -> ApplicationCommunicator:
    return HttpCommunicator(consumer.as_asgi(), "GET", "/")


def part(body: bytes, more_body: bool = False) -> Message:
    return {
        "type": "http.response.body",
        "body": body,
        "more_body": more_body,
    }


async def outputs(client: ApplicationCommunicator) -> list[Message]:
    """Wait for the end, and return what was sent and not yet taken."""
    await client.wait()
    assert not client.future.cancelled()  # it ended by itself
    queue = client.output_queue
    return [queue.get_nowait() for _ in range(queue.qsize())]


class Noted(AsyncHttpConsumer):
    """A view in a group, that notes when it is disconnected."""

    def __init__(self, steps: list[str]) -> None:
        super().__init__()
        self.steps = steps

    async def handle(self, body: bytes) -> None:
        await self.channel_layer.group_add("news", self.channel_name)
        await self.answer()

    async def answer(self) -> None:
        await self.send_response(200, b"")

    async def disconnect(self) -> None:
        self.steps.append("disconnect")


def noted(
    consumer: type[Noted],
) -> tuple[ApplicationCommunicator, list[str]]:
    steps: list[str] = []
    app = consumer.as_asgi(steps=steps)
    return HttpCommunicator(app, "GET", "/"), steps
