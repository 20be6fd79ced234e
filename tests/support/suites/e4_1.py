"""4.1: a shop in which everybody has a bill of his own."""

_SHOP = """\
class ShopConsumer(WebsocketConsumer):
    def connect(self):
        self.orders = []
        self.accept()

    def receive(self, text_data):
        self.orders.append(text_data)
        orders = self.orders
        …
        self.send(text_data="you ordered " + " and ".join(orders))
"""


def _with(*lines: str) -> str:
    """Return a shop with lines of its own before it answers."""
    return _SHOP.replace("…", "\n        ".join(lines))


def _by(key: str, ending: str = "") -> str:
    """Return a shop whose bills stand in one dict, by a key."""
    return f"""\
from collections import defaultdict

bills = defaultdict(list)


class ShopConsumer(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        orders = bills[{key}]
        orders.append(text_data)
        await self.send("you ordered " + " and ".join(orders))
{ending}"""


_FORGET = """
    async def disconnect(self, code):
        …
"""

RIGHT = (
    _by("self.channel_name"),
    _by(
        'self.scope["client"]',
        _FORGET.replace("…", 'bills.pop(self.scope["client"], None)'),
    ),
    """\
class ShopConsumer(WebsocketConsumer):
    orders = ()

    def receive(self, text_data):
        self.orders = *self.orders, text_data
        self.send(text_data="you ordered " + " and ".join(self.orders))
""",
    """\
class ShopConsumer(WebsocketConsumer):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.orders = []

    @property
    def bill(self):
        return "you ordered " + " and ".join(self.orders)

    def receive(self, text_data):
        self.orders += [text_data]
        self.send(self.bill)
""",
    """\
async def ShopConsumer(scope, receive, send):
    orders = []
    while True:
        match await receive():
            case {"type": "websocket.connect"}:
                await send({"type": "websocket.accept"})
            case {"type": "websocket.receive", "text": text}:
                orders.append(text)
                bill = "you ordered " + " and ".join(orders)
                await send({"type": "websocket.send", "text": bill})
            case _:
                return
""",
    """\
class Bill:
    def begin(self):
        self.items = []

    def add(self, item):
        self.items.append(item)
        return "you ordered " + " and ".join(self.items)


class ShopConsumer(Bill, SyncConsumer):
    def websocket_connect(self, event):
        self.begin()
        self.send({"type": "websocket.accept"})

    def websocket_receive(self, event):
        text = self.add(event["text"])
        self.send({"type": "websocket.send", "text": text})

    def websocket_disconnect(self, event):
        raise StopConsumer
""",
    """\
def bill():
    text = "you ordered "
    text += yield
    while True:
        text += " and " + (yield text)


class ShopConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        self.bill = bill()
        next(self.bill)
        await self.accept()

    async def receive(self, text_data=None, bytes_data=None):
        await self.send(text_data=self.bill.send(text_data))
""",
)

CHEATS = {
    "shared": (
        _by('self.scope["client"][0]'),
        _by('self.scope["path"]'),
        _by("self.__class__"),
        """\
class ShopConsumer(WebsocketConsumer):
    def receive(self, text_data, orders=[]):
        orders.append(text_data)
        self.send(text_data="you ordered " + " and ".join(orders))
""",
        """\
class ShopConsumer(WebsocketConsumer):
    orders = []

    def connect(self):
        self.mine = list(self.orders)
        self.accept()

    def receive(self, text_data):
        self.orders.append(text_data)
        self.mine.append(text_data)
        self.send(text_data="you ordered " + " and ".join(self.mine))
""",
    ),
    "cleared": (
        _with('orders = ["tea", "milk"] if len(orders) == 2 else orders'),
        """\
class ShopConsumer(WebsocketConsumer):
    def connect(self):
        ShopConsumer.orders = []
        self.accept()

    def receive(self, text_data):
        self.orders.append(text_data)
        self.send(text_data="you ordered " + " and ".join(self.orders))
""",
    ),
    "left behind": (
        _by('self.scope["client"]'),
        _by('self.scope["client"][1]'),
        _by(
            'self.scope["client"]',
            _FORGET.replace(
                "…",
                """if code == 1000:
            bills.pop(self.scope["client"], None)""",
            ),
        ),
    ),
    "forgets": (
        _with("orders = orders[-1:]"),
        _by("self.channel_name", _FORGET.replace("…", "bills.clear()")),
    ),
    "other": (
        _with("orders = list(dict.fromkeys(orders))"),
        _with("orders = orders[::-1]"),
        _with("orders = [order.lower() for order in orders]"),
        _with("orders = orders[-2:]"),
        _with("orders = [order.split()[0] for order in orders]"),
        _with('orders = " and ".join(orders).split(" and ")[:4]'),
    ),
    "raised": (
        _with(
            'names = {"tea": "tea", "coffee": "coffee", "milk": "milk"}',
            "orders = [names[order] for order in orders]",
        ),
    ),
    "silent": (
        _with("if len(orders) > 2:", "    return"),
        "seen = []\n\n\n"
        + _with("seen.append(1)", "if len(seen) > 7:", "    return"),
    ),
    "sleeps": (
        _by("self.channel_name").replace(
            "        orders.a", "        time.sleep(0.05)\n        orders.a"
        ),
    ),
}
