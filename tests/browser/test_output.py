"""What a served handler prints, in a real JupyterLab."""

from pathlib import Path
from typing import Any

from support.jupyter import Learner
from support.notebooks import write_notebook

SERVE = """
import asyncio
import threading

from minichannels.generic.websocket import (
    AsyncWebsocketConsumer, WebsocketConsumer
)
from minichannels.lab import serve

gate = threading.Event()

class Chat(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        await asyncio.to_thread(gate.wait)
        print("heard", text_data)

class SyncChat(WebsocketConsumer):
    def receive(self, text_data):
        print("heard", text_data)

chat, sync_chat = serve(Chat.as_asgi(), "a"), serve(SyncChat.as_asgi(), "b")
ada, bob = await chat.connect("/"), await sync_chat.connect("/")
"""


def printed(outputs: list[Any]) -> str:
    return "".join("".join(output.get("text", "")) for output in outputs)


async def test_output_of_a_handler_is_below_the_cell_that_sent(
    learner: Learner, notebooks: Path
) -> None:
    write_notebook(
        notebooks / "x-output.ipynb",
        SERVE,
        "await ada.send('one')",
        "await bob.send('two'); await sync_chat.settle()",
        "gate.set(); await chat.settle()",
    )
    await learner.open("x-output.ipynb")

    await learner.run_all()

    shown = [printed(await learner.outputs(number)) for number in (1, 2, 3, 4)]
    assert shown == ["", "heard one\n", "heard two\n", ""]
