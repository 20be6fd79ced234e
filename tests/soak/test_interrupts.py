"""Ctrl-C at any moment, in a real kernel: all can be used afterwards."""

import os
import random
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from support.kernels import started

TIMES = 350
SEED = 12
LATEST = 0.25
"""Seconds from a cell's beginning, until when it is interrupted."""

AGAIN = 2.0
KEY = "KeyboardInterrupt"
LIMIT = 60

BEGIN = """
import asyncio, threading
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.lab import check, serve
from minichannels.lab.serving.serve import stop_all
from minichannels.routing import ProtocolTypeRouter

class Echo(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        await self.send(text_data=text_data)

class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        await self.accept()
        await self.send(text_data="[Welcome Anonymous!]")

    async def receive(self, text_data):
        await self.send(text_data=f"Anonymous: {text_data}")

async def hello(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})

app = ProtocolTypeRouter({"http": hello, "websocket": Echo.as_asgi()})
"""

# What each cell does over and over, until it is interrupted.
CELLS = {
    "serve": "while True: server = serve(app)",
    "connect": "while True: ada = await server.connect('/', name='ada')",
    "recv": "while True: await ada.send('x'); await ada.recv()",
    "settle": "while True: await ada.send('x'); await server.settle()",
    "stop": "while True: server.stop(); server = serve(app)",
    "get": "while True: await server.get('/')",
    "check": "while True: await check('4.2')",
    "live": "while True: view = server.flow.live()",
}

# All that a learner does, begun anew.
AFTERWARDS = """
async def afterwards():
    server = serve(app)
    ada = await server.connect("/", name="ada")
    await ada.send("here")
    assert await ada.recv() == "here"
    await server.settle()
    assert (await server.get("/")).text == "hello"
    assert len(server.flow) > 0
    server.flow.live()
    assert (await check("4.2")).solved
    return server, ada
server, ada = await afterwards()
"""

LEFT = """
stop_all()
names = [thread.name for thread in threading.enumerate()]
print(names.count("minichannels server"), names.count("exercise"))
"""


class Person:
    """Somebody who runs cells, and presses the button that interrupts.

    Attributes:
        seen: all that the last cell printed, and its whole traceback.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self.seen = ""
        self._pid = int(self.run("import os; print(os.getpid())"))

    def run(self, cell: str, after: float | None = None) -> str:
        """Run a cell, and interrupt it; return what it raised or printed."""
        sent = self._client.execute(cell)
        idle = threading.Event()
        if after is not None:
            threading.Thread(target=self._press, args=[idle, after]).start()
        try:
            return self._shown(sent)
        finally:
            idle.set()

    def _press(self, idle: threading.Event, after: float) -> None:
        """Interrupt; and again if the cell had not begun, which goes on."""
        idle.wait(after)
        while not idle.is_set():
            os.kill(self._pid, signal.SIGINT)
            idle.wait(AGAIN)

    def _shown(self, sent: str) -> str:
        shown = error = self.seen = ""
        while True:
            message = self._client.get_iopub_msg(timeout=LIMIT)
            content = message["content"]
            if message["parent_header"].get("msg_id") != sent:
                continue
            if content.get("execution_state") == "idle":
                return error or shown
            if message["msg_type"] == "error":
                error = f"{content['ename']}: {content['evalue']}"
                self.seen += "\n".join(content["traceback"])
            elif message["msg_type"] == "stream":
                shown += content["text"]
                self.seen += content["text"]


@pytest.fixture
def person() -> Iterator[Person]:
    with started() as kernel:
        yield Person(kernel.client)


@pytest.mark.skipif(sys.platform == "win32", reason="no signals like that")
@pytest.mark.timeout(1800)
def test_all_can_be_used_after_350_interrupts(
    person: Person, record_property: Callable[[str, object], None]
) -> None:
    chance = random.Random(SEED)
    assert person.run(BEGIN + AFTERWARDS) == ""
    raised: Counter[str] = Counter()

    for number in range(TIMES):
        name = chance.choice(list(CELLS))
        after = chance.uniform(0, LATEST)
        shown = person.run(CELLS[name], after)
        interrupted = person.seen
        # IPython may be interrupted while it words an interrupt.
        raised[KEY if KEY in shown else shown] += 1
        problem = person.run(AFTERWARDS)
        what = f"{number}: {name} after {after:.3f} s"
        # A test that fails shows only the beginning of what it compares.
        seen = f"{what}\n{interrupted}\nafterwards:\n{person.seen}"
        assert problem == "", seen

    kinds = ", ".join(f"{n} {kind}" for kind, n in raised.most_common())
    record_property(
        "measured", f"interrupts: {TIMES}, usable after each; {kinds}"
    )
    # A cell that awaits is cancelled by the kernel; one had just ended.
    assert set(raised) <= {KEY, "CancelledError: ", ""}
    assert person.run(LEFT) == "0 0\n"
