"""9.2: a lookup that blocks, and stops nobody."""

_LOOKUP = """\
def find_price(dish):
    time.sleep(0.05)
    return len(dish)


"""
_PRICES = (
    _LOOKUP
    + """\
class Prices(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        price = await asyncio.to_thread(find_price, text_data)
        await self.send(text_data=f"{text_data} costs {price}")
"""
)


def _found(line: str, before: str = "") -> str:
    call = "price = await asyncio.to_thread(find_price, text_data)"
    return before + _PRICES.replace(call, line)


def _told(text: str) -> str:
    return _PRICES.replace('f"{text_data} costs {price}"', text)


_THREAD = """\
found = []
        thread = threading.Thread(
            target=lambda: found.append(find_price(text_data))
        )
        thread.start()
        thread.join()
        price = found[0]"""

RIGHT = (
    _found("price = await sync_to_async(find_price)(text_data)"),
    _found(
        "price = await database_sync_to_async(find_price)(text_data)"
    ).replace(
        "def find_price",
        "from minichannels.db import database_sync_to_async\n\n\n"
        "def find_price",
    ),
    _LOOKUP
    + """\
class Prices(SyncConsumer):
    def websocket_connect(self, event):
        self.send({"type": "websocket.accept"})

    def websocket_receive(self, event):
        dish = event["text"]
        text = "{} costs {}".format(dish, find_price(dish))
        self.send({"type": "websocket.send", "text": text})

    def websocket_disconnect(self, event):
        raise StopConsumer
""",
    _LOOKUP
    + """\
class Prices(AsyncWebsocketConsumer):
    @sync_to_async
    def tell(self, dish):
        price = find_price(dish)
        async_to_sync(self.send)(text_data=f"{dish} costs {price}")

    async def receive(self, text_data):
        await self.tell(text_data)
""",
    _LOOKUP
    + """\
from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor(4)


class Prices(AsyncConsumer):
    async def websocket_connect(self, event):
        await self.send({"type": "websocket.accept"})

    async def websocket_receive(self, event):
        future = pool.submit(find_price, event["text"])
        price = await asyncio.wrap_future(future)
        words = [event["text"], "costs", str(price)]
        await self.send({"type": "websocket.send", "text": " ".join(words)})

    async def websocket_disconnect(self, event):
        raise StopConsumer
""",
    _LOOKUP
    + """\
class Prices(AsyncWebsocketConsumer):
    async def receive(self, text_data=None, bytes_data=None):
        loop = asyncio.get_running_loop()
        (price,) = await asyncio.gather(
            loop.run_in_executor(None, find_price, text_data)
        )
        await self.send("%s costs %d" % (text_data, price))
""",
    """\
def find_price(dish):
    time.sleep(0.05)  # a database takes its time
    return len(dish)


from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor(8)


class Prices(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        future = pool.submit(find_price, text_data)
        price = await asyncio.wrap_future(future)
        await self.send(text_data=f"{text_data} costs {price}")
""",
)

CHEATS = {
    "raised": (
        _found("price = await asyncio.to_thread(text_data, find_price)"),
    ),
    "no pause": (
        _found("price = 4"),
        _found("price = {'soup': 4, 'cake': 4}.get(text_data, len(text_data))"),
        _found("await asyncio.sleep(0.01)\n        price = len(text_data)"),
        _found(
            "price = len(text_data)\n"
            "        self.task = asyncio.create_task(\n"
            "            asyncio.to_thread(find_price, text_data)\n"
            "        )"
        ),
    ),
    "blocks": (
        _found("(price,) = map(find_price, [text_data])"),
        _found("price = await self.find(text_data)")
        + """
    async def find(self, dish):
        return find_price(dish)
""",
        _found("price = await asyncio.create_task(self.find(text_data))")
        + """
    async def find(self, dish):
        await asyncio.sleep(0)
        return find_price(dish)
""",
    ),
    "joins": (_found(_THREAD, "import threading\n\n\n"),),
    "held up": (
        _found(
            "future = pool.submit(find_price, text_data)\n"
            "        while not future.done():\n"
            "            pass\n"
            "        price = future.result()",
            "from concurrent.futures import ThreadPoolExecutor\n\n"
            "pool = ThreadPoolExecutor()\n\n\n",
        ),
    ),
    "other": (
        _told('f"soup costs {price}"'),
        _told('f"{text_data.strip()} costs {price}"'),
        _told('f"{text_data.capitalize()} costs {price}"'),
    ),
    "silent": (
        _PRICES.replace(
            "        await self.send",
            "        if price:\n            await self.send",
        ),
    ),
    "another number": (
        _told('f"{text_data} costs 4"'),
        _told('f"{text_data} costs {len(text_data.strip())}"'),
        """\
def find_price(dish):
    time.sleep(0.05)  # a database takes its time
    return len(dish)


class Prices(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        await asyncio.to_thread(find_price, text_data)
        await self.send(text_data=f"{text_data} costs 4")
""",
    ),
    "of another": (
        """\
def find_price(dish):
    time.sleep(0.05)  # a database takes its time
    return len(dish)


class Prices(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        Prices.dish = text_data
        Prices.price = await asyncio.to_thread(find_price, text_data)
        await self.send(text_data=f"{Prices.dish} costs {Prices.price}")
""",
    ),
    "not looked up": (
        """\
def find_price(dish):
    time.sleep(0.05)  # a database takes its time
    return len(dish)


class Prices(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        await asyncio.sleep(0.05)
        await self.send(text_data=f"{text_data} costs {len(text_data)}")
""",
    ),
    "changed": (
        """\
async def find_price(dish):
    await asyncio.sleep(0.05)  # a database takes its time
    return len(dish)


class Prices(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        price = await find_price(text_data)
        await self.send(text_data=f"{text_data} costs {price}")
""",
    ),
}
