"""One story for all drawings: a chat with drops, a ghost, an error.

ada, bob and eve are in one group; a mailbox holds two messages. bob leaves
without ``group_discard``; eve's handler is slow, so that her mailbox fills;
then it raises. The consumer is one of Channels' own: it does not clean up, so
there are ghosts. In ``tests``, ``python -m support.story`` writes the goldens.
"""

import asyncio
import contextlib
import importlib
import json
from pathlib import Path
from typing import Any

from minichannels.flow import Flow, record
from minichannels.flow.drawings import DRAWINGS
from minichannels.layers import InMemoryChannelLayer
from minichannels.testing import WebsocketCommunicator
from support import django_settings
from support.clock import Clock

_channels: Any = importlib.import_module("channels.generic.websocket")

GOLDEN = Path(__file__).parents[1] / "flow" / "golden"
PATH = "/ws/chat/lobby/"


class Story:
    """What the story's consumers and its teller share."""

    def __init__(self) -> None:
        self.slow: str = ""
        self.go_on = asyncio.Event()


def chat(story: Story) -> Any:
    """Return the story's application."""

    class ChatConsumer(_channels.AsyncWebsocketConsumer):  # type: ignore[misc]  # untyped
        async def connect(self) -> None:
            await self.channel_layer.group_add("chat_lobby", self.channel_name)
            await self.accept()

        async def receive(self, text_data: Any = None, **other: Any) -> None:
            message = json.loads(text_data)["message"]
            await self.channel_layer.group_send(
                "chat_lobby", {"type": "chat.message", "message": message}
            )

        async def chat_message(self, event: dict[str, Any]) -> None:
            if self.scope["client"][0] == story.slow:
                if event["message"] != "hi":
                    raise TimeoutError("too slow")
                await story.go_on.wait()
            await self.send(json.dumps({"message": event["message"]}))

    return ChatConsumer.as_asgi()


async def tell(repeats: int = 12) -> Flow:
    """Play the story, and return its flow."""
    story, clock = Story(), Clock()
    story.slow = "eve"
    layer = InMemoryChannelLayer(capacity=2, clock=clock)
    with record(chat(story), layer) as flow:
        clients = {}
        for name in ("ada", "bob", "eve"):
            client = WebsocketCommunicator(flow.app, PATH)
            client.scope["client"] = [name, 1]
            flow.app.expect((name, 1), name)
            await client.connect()
            clients[name] = client
        await _talk(clients, repeats)
        story.go_on.set()
        await clients["eve"].receive_from()
        with contextlib.suppress(TimeoutError):
            await clients["eve"].wait()
        clock.now += 61
        await layer.send("elsewhere", {"type": "x"})  # time is looked at
        await clients["ada"].disconnect()
    return flow


async def _talk(
    clients: dict[str, WebsocketCommunicator], repeats: int
) -> None:
    ada = clients["ada"]
    await _say(ada, "hi")
    await clients["bob"].receive_from()
    await clients["bob"].disconnect(1001)
    for text in ("any news?", "hello?", "eve?"):
        await _say(ada, text)
    for number in range(repeats):
        await _say(ada, str(number + 1))


async def _say(client: WebsocketCommunicator, text: str) -> None:
    await client.send_to(json.dumps({"message": text}))
    await client.receive_from()


def drawings(flow: Flow) -> dict[str, str]:
    """Return all drawings of the story, by file name."""
    return {
        **{f"{name}.svg": getattr(flow, name)().svg for name in DRAWINGS},
        "topology.svg": flow.topology(at=34).svg,
        "flow.txt": f"{flow!r}\n",
        "table.html": f"{flow.table(times=False).html}\n",
        "flow.mmd": flow.mermaid(),
        "flow.json": flow.to_json(),
    }


if __name__ == "__main__":
    django_settings.set_up()
    for file, content in drawings(asyncio.run(tell())).items():
        (GOLDEN / file).write_text(content, encoding="utf-8")
