import sys
from pathlib import Path

import pytest

from support.jupyter import Learner
from support.notebooks import write_notebook

CHAT = """\
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.lab import serve, valkey
from minichannels.layers import channel_layers

backend = "minichannels.layers.redis.RedisChannelLayer"
config = {"hosts": valkey().hosts}
channel_layers.configure({"default": {"BACKEND": backend, "CONFIG": config}})


class Chat(AsyncWebsocketConsumer):
    groups = ["chat"]

    async def receive(self, text_data):
        message = {"type": "chat.message", "text": text_data}
        await self.channel_layer.group_send("chat", message)

    async def chat_message(self, event):
        await self.send(text_data=event["text"])


server = serve(Chat.as_asgi())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Valkey is simulated there")
async def test_two_notebooks_chat(learner: Learner, notebooks: Path) -> None:
    write_notebook(
        notebooks / "x-bob.ipynb",
        CHAT + "bob = await server.connect('/', name='bob')",
        "print('bob heard', await bob.recv())\n"
        "await bob.send('hi, ada')\n"
        "print('bob heard', await bob.recv())",
    )
    write_notebook(
        notebooks / "x-ada.ipynb",
        CHAT + "ada = await server.connect('/', name='ada')\n"
        "await ada.send('hi, bob')\n"
        "print('ada heard', await ada.recv())",
        "print('ada heard', await ada.recv())\nserver.flow",
    )

    await learner.open("x-bob.ipynb")
    await learner.run_cell("connect(")
    await learner.open("x-ada.ipynb")
    await learner.run_cell("connect(")
    await learner.open("x-bob.ipynb")
    await learner.run_cell("hi, ada")
    bob = await learner.outputs(2)
    await learner.screenshot("two-notebooks-bob")
    await learner.open("x-ada.ipynb")
    await learner.run_cell("server.flow")
    ada = [*await learner.outputs(1), *await learner.outputs(2)]
    await learner.screenshot("two-notebooks-ada")

    assert [out["text"] for out in bob] == [
        "bob heard hi, bob\nbob heard hi, ada\n"
    ]
    heard = [out["text"] for out in ada if out["output_type"] == "stream"]
    assert heard == ["ada heard hi, bob\n", "ada heard hi, ada\n"]
    assert learner.problems == []
