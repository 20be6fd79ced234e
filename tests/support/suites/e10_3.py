"""10.3: no answer comes, and the client is told so."""

from support.suites.e7_1 import edited

_SOLUTION = """\
class Asker(AsyncWebsocketConsumer):
    async def connect(self):
        self.waiting = {}
        await self.accept()

    async def receive(self, text_data):
        job = {"type": "text.count", "text": text_data}
        job["reply_channel"] = self.channel_name
        await self.channel_layer.send("counting", job)
        task = asyncio.create_task(self.give_up(text_data))
        self.waiting[text_data] = task

    async def give_up(self, text):
        await asyncio.sleep(0.2)
        self.waiting.pop(text)
        await self.send(text_data=f"no answer: {text}")

    async def text_counted(self, event):
        if task := self.waiting.pop(event["text"], None):
            task.cancel()
            words, text = event["words"], event["text"]
            await self.send(text_data=f"{words} words: {text}")
"""
_ASK = """\
class Asker(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        job = {"type": "text.count", "text": text_data}
        job["reply_channel"] = self.channel_name
        await self.channel_layer.send("counting", job)
"""
_TOLD = """
    async def text_counted(self, event):
        await self.send(text_data=f"{event['words']} words: {event['text']}")
"""


def _edited(*pieces: str) -> str:
    return edited(_SOLUTION, *pieces)


RIGHT = (
    """\
class Asker(AsyncWebsocketConsumer):
    async def connect(self):
        self.timers = {}
        await self.accept()

    async def receive(self, text_data):
        job = {"type": "text.count", "text": text_data}
        job["reply_channel"] = self.channel_name
        loop = asyncio.get_running_loop()
        self.timers[text_data] = loop.call_later(
            0.2, lambda: asyncio.ensure_future(self.give_up(text_data))
        )
        await self.channel_layer.send("counting", job)

    async def give_up(self, text):
        if self.timers.pop(text, None):
            await self.send(text_data=f"no answer: {text}")

    async def text_counted(self, event):
        timer = self.timers.pop(event["text"], None)
        if timer is None:
            return
        timer.cancel()
        await self.send(text_data=f"{event['words']} words: {event['text']}")
""",
    """\
class Asker(AsyncWebsocketConsumer):
    async def connect(self):
        self.answers, self.tasks = {}, set()
        await self.accept()

    async def receive(self, text_data):
        self.answers[text_data] = asyncio.Future()
        task = asyncio.create_task(self.ask(text_data))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def ask(self, text):
        job = {"type": "text.count", "text": text}
        job["reply_channel"] = self.channel_name
        await self.channel_layer.send("counting", job)
        try:
            words = await asyncio.wait_for(self.answers[text], 0.2)
            await self.send(text_data=f"{words} words: {text}")
        except asyncio.TimeoutError:
            await self.send(text_data=f"no answer: {text}")
        finally:
            del self.answers[text]

    async def text_counted(self, event):
        if event["text"] in self.answers:
            self.answers[event["text"]].set_result(event["words"])
""",
    """\
class Asker(AsyncWebsocketConsumer):
    async def connect(self):
        self.open = []
        await self.accept()

    async def receive(self, text_data):
        job = {"type": "text.count", "text": text_data}
        job["reply_channel"] = self.channel_name
        self.open.append(text_data)
        await self.channel_layer.send("counting", job)
        self.last = asyncio.create_task(self.look(text_data))

    async def look(self, text):
        await asyncio.sleep(0.2)
        if text in self.open:
            self.open.remove(text)
            await self.send(text_data="no answer: " + text)

    async def text_counted(self, event):
        if event["text"] in self.open:
            self.open.remove(event["text"])
            await self.send("{words} words: {text}".format(**event))
""",
    """\
class Asker(AsyncConsumer):
    async def websocket_connect(self, event):
        self.waiting = set()
        await self.send({"type": "websocket.accept"})

    async def websocket_receive(self, event):
        text = event["text"]
        self.waiting.add(text)
        await self.channel_layer.send("counting", {
            "type": "text.count", "text": text,
            "reply_channel": self.channel_name,
        })
        asyncio.get_running_loop().call_later(0.2, self.later, text)

    def later(self, text):
        me = self.channel_name
        late = {"type": "time.up", "text": text}
        self.task = asyncio.create_task(self.channel_layer.send(me, late))

    async def time_up(self, event):
        await self.tell(event["text"], "no answer: ")

    async def text_counted(self, event):
        await self.tell(event["text"], f"{event['words']} words: ")

    async def tell(self, text, head):
        if text in self.waiting:
            self.waiting.discard(text)
            await self.send({"type": "websocket.send", "text": head + text})

    async def websocket_disconnect(self, event):
        raise StopConsumer
""",
    """\
class Asker(AsyncJsonWebsocketConsumer):
    async def receive(self, text_data=None, **others):
        self.task = asyncio.create_task(self.one(text_data))

    async def one(self, text):
        mine = await self.channel_layer.new_channel()
        job = {"type": "text.count", "text": text, "reply_channel": mine}
        await self.channel_layer.send("counting", job)
        answer = asyncio.create_task(self.channel_layer.receive(mine))
        done, _ = await asyncio.wait({answer}, timeout=0.2)
        if done:
            words = answer.result()["words"]
            await self.send(text_data=f"{words} words: {text}")
        else:
            answer.cancel()
            await self.send(text_data=f"no answer: {text}")
""",
)

CHEATS = {
    "never given up": (
        _ASK + _TOLD,
        _edited("asyncio.sleep(0.2)", "asyncio.sleep(2)"),
        _edited(
            "        task = asyncio",
            "        for former in self.waiting.values():\n"
            "            former.cancel()\n        task = asyncio",
        ),
    ),
    "too soon": (
        _edited("asyncio.sleep(0.2)", "asyncio.sleep(0.02)"),
        _edited("        await asyncio.sleep(0.2)\n", ""),
        _ASK
        + '        await self.send(text_data=f"no answer: {text_data}")\n'
        + _TOLD,
    ),
    "too late": (
        _ASK
        + "        self.told = False\n"
        + "        self.task = asyncio.create_task(self.late(text_data))\n"
        + """
    async def late(self, text):
        await asyncio.sleep(0.2)
        if not self.told:
            await self.send(text_data=f"no answer: {text}")
"""
        + _TOLD
        + "        self.told = True\n",
    ),
    "given up all the same": (
        _edited("            task.cancel()\n", "").replace(
            "self.waiting.pop(text)", "self.waiting.pop(text, None)"
        ),
    ),
    "one at a time": (
        "import threading\n\n\n"
        + _ASK.replace(
            "        await self.channel_layer",
            "        if self.scope.get('last'):\n"
            "            await asyncio.sleep(0.2)\n"
            "        self.scope['last'] = text_data\n"
            "        await self.channel_layer",
        ).replace("import threading\n\n\n", "")
        + "        self.task = asyncio.create_task(self.late(text_data))\n"
        + """
    async def late(self, text):
        await asyncio.sleep(0.2)
        if self.scope["last"] == text:
            self.scope["last"] = ""
            await self.send(text_data=f"no answer: {text}")

    async def text_counted(self, event):
        if self.scope["last"] == event["text"]:
            self.scope["last"] = ""
            text = f"{event['words']} words: {event['text']}"
            await self.send(text_data=text)
""",
    ),
    "other": (
        _edited("no answer: {text}", "no answer: a b c"),
        _edited("{words} words: {text}", "2 words: {text}"),
        _edited("no answer: {text}", "no answer : {text}"),
    ),
    "not told": (
        _edited(
            "        task = asyncio",
            "        if self.waiting:\n            return\n"
            "        task = asyncio",
        ),
        _edited(
            '            await self.send(text_data=f"{words}',
            "            if words != 2:\n"
            '              await self.send(text_data=f"{words}',
        ),
    ),
    "late, and raised": (
        _edited('pop(event["text"], None)', 'pop(event["text"])'),
    ),
    "not asked": (_edited('"counting"', '"count"'),),
}
