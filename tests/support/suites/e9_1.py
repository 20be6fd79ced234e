"""9.1: a pause that stops nobody else."""

_DRINKS = """\
class Drinks(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        await asyncio.sleep(0.05)
        await self.send(text_data=f"{text_data} is ready")
"""


def _paused(line: str, before: str = "") -> str:
    return before + _DRINKS.replace("await asyncio.sleep(0.05)", line)


def _told(text: str) -> str:
    return _DRINKS.replace('f"{text_data} is ready"', text)


RIGHT = (
    _paused("await asyncio.to_thread(time.sleep, 0.05)"),
    _paused("await sync_to_async(time.sleep)(0.05)"),
    """\
class Drinks(AsyncConsumer):
    async def websocket_connect(self, event):
        await self.send({"type": "websocket.accept"})

    async def websocket_receive(self, event):
        try:
            async with asyncio.timeout(0.05):
                await asyncio.Event().wait()
        except TimeoutError:
            text = " ".join([event["text"], "is ready"])
            await self.send({"type": "websocket.send", "text": text})

    async def websocket_disconnect(self, event):
        raise StopConsumer
""",
    """\
class Drinks(SyncConsumer):
    pause = 0.05

    def websocket_connect(self, event):
        self.send({"type": "websocket.accept"})

    def websocket_receive(self, event):
        end = time.monotonic() + self.pause
        while time.monotonic() < end:
            time.sleep(0.01)
        text = "%s is ready" % event["text"]
        self.send({"type": "websocket.send", "text": text})

    def websocket_disconnect(self, event):
        raise StopConsumer
""",
    """\
class Slow:
    async def pause(self):
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, time.sleep, 0.05)


class Drinks(Slow, AsyncWebsocketConsumer):
    async def receive(self, text_data=None, bytes_data=None):
        await self.pause()
        await self.send(text_data + " is ready")
""",
    """\
class Drinks(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        self.making = asyncio.create_task(self.make(text_data))

    async def make(self, drink):
        done = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.05, done.set_result, drink)
        await self.send(text_data=f"{await done} is ready")
""",
    """\
class Drinks(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        for _ in range(5):
            await asyncio.sleep(0.0101)
        await self.send(text_data=f"{text_data} is ready")
""",
)

CHEATS = {
    "no pause": (
        _paused("await asyncio.sleep(0)"),
        _paused("await asyncio.sleep(0.005)"),
        _paused("self.task = asyncio.create_task(asyncio.sleep(0.05))"),
        _paused(
            "threading.Thread(target=time.sleep, args=[0.05]).start()",
            "import threading\n\n\n",
        ),
        _paused('await asyncio.sleep(0.05 if text_data == "tea" else 0)'),
    ),
    "blocks": (
        _paused(
            "asyncio.run_coroutine_threadsafe(\n"
            "            asyncio.sleep(0.05), asyncio.get_running_loop()\n"
            "        ).result(0.1)"
        ),
        _paused("sleep(0.05)", "from time import sleep\n\n\n"),
        _paused("[time.sleep(pause) for pause in [0.05]]"),
        _paused("self.pause = time.sleep\n        self.pause(0.05)"),
        _paused("threading.Event().wait(0.05)", "import threading\n\n\n"),
        "asked = []\n\n\n"
        + _paused(
            "asked.append(text_data)\n"
            "        if len(asked) % 2:\n"
            "            await asyncio.sleep(0.05)\n"
            "        else:\n"
            "            time.sleep(0.05)"
        ),
    ),
    "held up": (
        _paused(
            "end = time.monotonic() + 0.05\n"
            "        while time.monotonic() < end:\n"
            "            pass"
        ),
        _paused("select.select([], [], [], 0.05)", "import select\n\n\n"),
    ),
    "other": (
        _told('"tea is ready"'),
        _told('f"{text_data.strip()} is ready"'),
        _told('f"{text_data.lower()} is ready"'),
        _told('f"{text_data.splitlines()[0]} is ready" if text_data else "?"'),
    ),
    "silent": (
        _DRINKS.replace(
            "        await self.send",
            "        if text_data:\n            await self.send",
        ),
    ),
    "forgotten": (
        """\
class Drinks(AsyncWebsocketConsumer):
    def receive(self, text_data):
        time.sleep(0.05)  # it takes its time
        self.send(text_data=f"{text_data} is ready")
""",
    ),
    "second loop": (
        """\
class Drinks(AsyncWebsocketConsumer):
    def receive(self, text_data):
        time.sleep(0.05)  # it takes its time
        async_to_sync(self.send)(text_data=f"{text_data} is ready")
""",
    ),
    "of another": (
        """\
class Drinks(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        Drinks.order = text_data
        await asyncio.sleep(0.05)  # it takes its time
        await self.send(text_data=f"{Drinks.order} is ready")
""",
        """\
class Drinks(AsyncWebsocketConsumer):
    tasks = []

    async def receive(self, text_data):
        self.text_data = text_data
        self.tasks.append(asyncio.create_task(self.make()))

    async def make(self):
        await asyncio.sleep(0.05)  # it takes its time
        await self.send(text_data=f"{self.text_data} is ready")
""",
    ),
    "in a row": (
        """\
class Drinks(AsyncWebsocketConsumer):
    busy = asyncio.Lock()

    async def receive(self, text_data):
        async with self.busy:
            await asyncio.sleep(0.05)  # it takes its time
        await self.send(text_data=f"{text_data} is ready")
""",
    ),
}
