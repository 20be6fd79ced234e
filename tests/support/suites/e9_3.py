"""9.3: a reply that is handled when it comes."""

_TABLE = """\
class Table(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        order = {"type": "order", "dish": text_data}
        order["table"] = self.channel_name
        await self.channel_layer.send("kitchen", order)

    async def dish_ready(self, event):
        await self.send(text_data=f"{event['dish']} is served")
"""


def _edited(*pieces: str) -> str:
    code = _TABLE
    for old, new in zip(pieces[::2], pieces[1::2], strict=True):
        assert code.count(old) == 1, old
        code = code.replace(old, new)
    return code


def _served(dish: str) -> str:
    return _edited("{event['dish']}", f"{{{dish}}}")


def _waiting(*lines: str) -> str:
    """Return a table whose ``receive`` goes on after the order."""
    more = "".join(f"        {line}\n" for line in lines)
    return _edited(
        '.send("kitchen", order)\n', f'.send("kitchen", order)\n{more}'
    )


_PRIVATE = """\
class Table(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        table = await self.channel_layer.new_channel()
        order = {"type": "order", "dish": text_data, "table": table}
        await self.channel_layer.send("kitchen", order)
        event = await self.channel_layer.receive(table)
        await self.send(text_data=f"{event['dish']} is served")
"""

RIGHT = (
    """\
class Table(AsyncConsumer):
    async def websocket_connect(self, event):
        await self.send({"type": "websocket.accept"})

    async def websocket_receive(self, event):
        order = dict(type="order", table=self.channel_name)
        order |= {"dish": event["text"]}
        await self.channel_layer.send("kitchen", order)

    async def dish_ready(self, event):
        text = " ".join([event["dish"], "is", "served"])
        await self.send({"type": "websocket.send", "text": text})

    async def websocket_disconnect(self, event):
        raise StopConsumer
""",
    """\
class Table(SyncConsumer):
    def websocket_connect(self, event):
        self.send({"type": "websocket.accept"})

    def websocket_receive(self, event):
        send = async_to_sync(self.channel_layer.send)
        dish, table = event["text"], self.channel_name
        send("kitchen", {"type": "order", "dish": dish, "table": table})

    def dish_ready(self, event):
        text = "%s is served" % event["dish"]
        self.send({"type": "websocket.send", "text": text})

    def websocket_disconnect(self, event):
        raise StopConsumer
""",
    """\
class Table(AsyncWebsocketConsumer):
    async def connect(self):
        self.waiting = {}
        await self.accept()

    async def receive(self, text_data):
        future = asyncio.get_running_loop().create_future()
        self.waiting[text_data] = future
        self.task = asyncio.create_task(self.serve(text_data, future))

    async def serve(self, dish, future):
        order = {"type": "order", "dish": dish, "table": self.channel_name}
        await self.channel_layer.send("kitchen", order)
        await future
        await self.send(text_data=f"{dish} is served")

    async def dish_ready(self, event):
        self.waiting.pop(event["dish"]).set_result(None)
""",
    """\
class Orders:
    async def order(self, dish):
        message = {"type": "order", "dish": dish, "table": self.channel_name}
        await self.channel_layer.send("kitchen", message)


class Served:
    async def dish_ready(self, event):
        match event:
            case {"dish": dish}:
                await self.send(f"{dish} is served")


class Table(Orders, Served, AsyncJsonWebsocketConsumer):
    async def receive(self, text_data, **others):
        await self.order(text_data)
""",
    """\
class Table(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        table = await self.channel_layer.new_channel()
        order = {"type": "order", "dish": text_data, "table": table}
        await self.channel_layer.send("kitchen", order)
        self.task = asyncio.create_task(self.serve(table))

    async def serve(self, table):
        event = await self.channel_layer.receive(table)
        await self.send(text_data=event["dish"] + " is served")
""",
)

CHEATS = {
    "another dish": (
        _edited(
            "        order = {",
            "        self.dish = text_data\n        order = {",
            "{event['dish']}",
            "{self.dish}",
        ),
        "dishes = []\n\n\n"
        + _edited(
            "        order = {",
            "        dishes.append(text_data)\n        order = {",
            "{event['dish']}",
            "{dishes.pop(0)}",
        ),
        "dishes = []\n\n\n"
        + _edited(
            "        order = {",
            "        dishes.append(text_data)\n        order = {",
            "{event['dish']}",
            "{dishes.pop()}",
        ),
        _edited("{event['dish']}", "soup"),
        _served("event['dish'].lower()"),
        _served("event['dish'].split()[0]"),
        _served("event['dish'].rstrip(chr(34))"),
    ),
    "too soon": (
        _waiting('await self.send(text_data=f"{text_data} is served")'),
        _waiting('await self.send(text_data="wait")'),
    ),
    "waits": (
        """\
class Table(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        order = {"type": "order", "dish": text_data}
        order["table"] = self.channel_name
        await self.channel_layer.send("kitchen", order)
        try:
            await asyncio.wait_for(asyncio.Event().wait(), 0.2)
        except TimeoutError:
            pass

    async def dish_ready(self, event):
        await self.send(text_data=f"{event['dish']} is served")
""",
        _edited(
            "        order = {",
            "        self.dish = ''\n        order = {",
            '"kitchen", order)\n',
            '"kitchen", order)\n'
            "        while not self.dish:\n"
            "            await asyncio.sleep(0.01)\n"
            '        await self.send(text_data=f"{self.dish} is served")\n',
            "await self.send(text_data=f\"{event['dish']} is served\")",
            "self.dish = event['dish']",
        ),
        _waiting("await asyncio.Event().wait()"),
        """\
import threading


class Table(WebsocketConsumer):
    def receive(self, text_data):
        self.ready = threading.Event()
        order = {"type": "order", "dish": text_data}
        order["table"] = self.channel_name
        async_to_sync(self.channel_layer.send)("kitchen", order)
        self.ready.wait(0.4)
        self.send(text_data=f"{self.scope.get('dish')} is served")

    def dish_ready(self, event):
        self.scope["dish"] = event["dish"]
        self.ready.set()
""",
    ),
    "late": (
        """\
class Table(AsyncWebsocketConsumer):
    lock = asyncio.Lock()

    async def receive(self, text_data):
        order = {"type": "order", "dish": text_data}
        order["table"] = self.channel_name
        await self.lock.acquire()
        await self.channel_layer.send("kitchen", order)

    async def dish_ready(self, event):
        await self.send(text_data=f"{event['dish']} is served")
        self.lock.release()
""",
    ),
    "woken": (
        """\
waiting = []


class Table(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        waiting.append((self, text_data))
        order = {"type": "order", "dish": text_data}
        order["table"] = self.channel_name
        await self.channel_layer.send("kitchen", order)

    async def dish_ready(self, event):
        for table, dish in waiting:
            await table.send(text_data=f"{dish} is served")
        waiting.clear()
""",
    ),
    "one at a time": (_PRIVATE,),
    "other": (
        _edited("is served", "is served!"),
        _edited("{event['dish']} is served", "here is {event['dish']}"),
    ),
    "not ordered": (
        "sent = []\n\n\n"
        + _edited(
            "        await self.channel_layer",
            "        sent.append(text_data)\n"
            "        if len(sent) < 3:\n"
            "            await self.channel_layer",
        ),
        _edited('"kitchen"', '"Kitchen"'),
    ),
    "silent": (
        "served = []\n\n\n"
        + _edited(
            "        await self.send(",
            "        served.append(event)\n"
            "        if len(served) < 2:\n"
            "            await self.send(",
        ),
    ),
    "another table": (
        """\
class Table(AsyncWebsocketConsumer):
    groups = ["tables"]

    async def receive(self, text_data):
        order = {"type": "order", "dish": text_data}
        order["table"] = self.channel_name
        await self.channel_layer.send("kitchen", order)

    async def dish_ready(self, event):
        await self.channel_layer.group_send(
            "tables", {"type": "served", "dish": event["dish"]}
        )

    async def served(self, event):
        await self.send(text_data=f"{event['dish']} is served")
""",
    ),
}
