"""4.1: a shop in which everybody has a bill of his own."""

from minichannels.lab.checking.stage.clients import ScenarioClient
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.steps import frame

_SHAPES = ("{a} {B}", '{A} and "{b}"', "{a}é", "{A}, {b}")
_KNOWN = {
    "'_thread._local' object": "a thread's",
    "has no attribute 'orders'": "not on self",
    "name 'orders' is not defined": "not on self",
}

Order = tuple[str, str]


async def play(stage: Stage) -> None:
    """Let clients order; if drawn, one after another one has left."""
    shop = _Shop(stage)
    examples = ("tea", "coffee", "milk")
    tea, coffee, milk = (stage.draw.text(e, *_SHAPES) for e in examples)
    orders = [("ada", tea), ("bob", coffee), ("ada", milk)]
    for order in stage.draw.order(orders):
        await shop.take(order)
    if not stage.draw.turn:
        return
    others = [stage.draw.text("", *_SHAPES) for _ in range(3)]
    await shop.take(("bob", coffee))
    await shop.leave("bob")
    await shop.take(("eve", others[0]))
    await shop.take(("ada", others[1]), ("eve", others[2]))


class _Shop:
    """Who is in the shop, and what each has ordered."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.before = stage, tuple(map(str, stage.heard))
        self.clients: dict[str, ScenarioClient] = {}
        self.bills: dict[str, list[str]] = {}

    async def take(self, *orders: Order) -> None:
        """Let clients order something at once, and look at the answers."""
        before = {name: await self._heard(name) for name, _ in orders}
        for name, what in orders:
            self.bills[name].append(what)
        with self.stage.meaning(_KNOWN):
            await self.stage.send_at_once(
                *((self.clients[name], what) for name, what in orders)
            )
        for name, what in orders:
            answers = self.clients[name].heard[before[name] :]
            self._look(name, what, [str(answer) for answer in answers])

    async def leave(self, name: str) -> None:
        """Let a client leave."""
        await self.stage.close(self.clients.pop(name))

    async def _heard(self, name: str) -> int:
        """Return how much a client has heard; connect who is not there."""
        if name not in self.clients:
            self.clients[name] = await self.stage.connect("/", name)
            self.bills[name] = []
        return len(self.clients[name].heard)

    def _look(self, name: str, what: str, answers: list[str]) -> None:
        """Look at the answers to an order."""
        require, bill = self.stage.require, self.bills[name]
        wanted = "you ordered " + " and ".join(bill)
        self.stage.values = {
            "client": name,
            "ordered": frame(what),
            "wanted": frame(wanted),
            "got": " and ".join(map(frame, answers)),
        }
        require(answers, "silent")
        got = answers[0]
        lacks = any(item not in got for item in bill)
        strange = {n for n in self.bills if n != name and self._on(n, got)}
        begins = (f"{got} and ".startswith(f"{f} and ") for f in self.before)
        old = any(begins) or not strange <= self.clients.keys()
        require(not ((strange or old) and lacks), "cleared")
        require(not old, "left behind")
        require(not strange, "shared")
        alone = got == f"you ordered {what}" and len(set(bill)) > 1
        require(not alone, "forgets")
        require(answers == [wanted], "other")

    def _on(self, name: str, got: str) -> bool:
        """Return whether something that a client ordered is on a bill."""
        return any(item in got for item in self.bills[name])


_SOLUTION = """\
class ShopConsumer(WebsocketConsumer):
    def connect(self):
        self.orders = []
        self.accept()

    def receive(self, text_data):
        self.orders.append(text_data)
        self.send(text_data="you ordered " + " and ".join(self.orders))
"""

EXERCISE = Exercise(
    number="4.1",
    name="ShopConsumer",
    play=play,
    texts={
        "solved": Text(
            headline="everybody pays for what they ordered.",
            should="What is put on `self` belongs to one object, and so to one"
            " connection.",
        ),
        "untouched": Text(
            headline="everybody has the same bill.",
            should="ada orders `tea`, then bob orders `coffee`, and he receives"
            " `you ordered coffee`: everybody has a bill of his own.",
            first="find out how often the line `orders = []` runs, and when.",
        ),
        "shared": Text(
            headline="$client has to pay for what somebody else ordered.",
            did="$client received $got.",
            should="$client receives $wanted.",
            next="let each connection begin with an empty list of its own, and"
            " put its orders there alone.",
            why="M10",
        ),
        "cleared": Text(
            headline="$client has somebody else's bill.",
            did="$client received $got.",
            should="$client receives $wanted. That somebody else connects"
            " changes nothing for $client.",
            next="make a new list for each connection: `self.orders = []` in"
            " `connect`. `clear()` empties the one list that all share.",
            why="M10",
        ),
        "not on self": Text(
            headline="your code does not find the list.",
            did="$application raised $error: $text",
            should="What one method keeps for another stands on `self`. A"
            " name without `self.` is a local variable: it ends with its"
            " method.",
            next="write `self.orders` in `connect` and in `receive`.",
        ),
        "a thread's": Text(
            headline="one connection is not one thread.",
            did="$application raised $error: $text",
            should="The handlers of one connection may run on different"
            " threads, but all with the same `self`.",
            next="put the list on `self`.",
        ),
        "undecided": Text(
            headline="your `connect` does not accept.",
            did="`connect` had returned without a decision, so $client was"
            " refused. The $error in the picture says so.",
            should="The library's own `connect` accepts. Yours stands in its"
            " place, so it has to accept.",
            next="call `self.accept()` in `connect`; in an async consumer with"
            " `await`.",
        ),
        "forgets": Text(
            headline="earlier orders are forgotten.",
            did="$client received $got.",
            should="$client receives $wanted: the list lives as long as the"
            " connection.",
            next="make the list once for each connection, not once for each"
            " message.",
        ),
        "silent": Text(
            headline="$client ordered $ordered and got no answer.",
            should="$client receives $wanted.",
            missing="websocket.send",
        ),
        "other": Text(
            headline="the answer reads differently.",
            did="$client received $got.",
            should="$client receives $wanted: all that $client ordered, in"
            " order.",
            next="keep each order in a list on `self`, and let `join` put the"
            " words ` and ` between them, as in the cell.",
        ),
        "left behind": Text(
            headline="$client has to pay for somebody who has left.",
            did="$client received $got.",
            should="$client receives $wanted. A bill ends with its connection;"
            " who comes next may have the same address.",
            next="put the list on `self`: it is a new object for each"
            " connection.",
        ),
    },
    hints=(
        "How often does the line `orders = []` run, and when?",
        "`connect` runs once for each connection. What you put on `self` there"
        " is this connection's.",
        "`def connect(self):` with `self.orders = []` and `self.accept()`.",
    ),
    stub="""\
class ShopConsumer(WebsocketConsumer):
    orders = []

    def receive(self, text_data):
        self.orders.append(text_data)
        self.send(text_data="you ordered " + " and ".join(self.orders))
""",
    solution=_SOLUTION,
    second="""\
class ShopConsumer(AsyncConsumer):
    async def websocket_connect(self, event):
        self.bill = ""
        await self.send({"type": "websocket.accept"})

    async def websocket_receive(self, event):
        self.bill += (" and " if self.bill else "") + event["text"]
        text = "you ordered " + self.bill
        await self.send({"type": "websocket.send", "text": text})

    async def websocket_disconnect(self, event):
        raise StopConsumer
""",
    wrong={
        "shared": """\
orders = []


class ShopConsumer(WebsocketConsumer):
    def receive(self, text_data):
        orders.append(text_data)
        self.send(text_data="you ordered " + " and ".join(orders))
""",
        "forgets": """\
class ShopConsumer(WebsocketConsumer):
    def receive(self, text_data):
        self.orders = []
        self.orders.append(text_data)
        self.send(text_data="you ordered " + " and ".join(self.orders))
""",
        "undecided": edit(_SOLUTION, "        self.accept()\n", ""),
        "cleared": edit(
            _SOLUTION,
            "    def connect",
            "    orders = []\n\n    def connect",
            "self.orders = []",
            "self.orders.clear()",
        ),
        "a thread's": """\
import threading


class ShopConsumer(WebsocketConsumer):
    mine = threading.local()

    def connect(self):
        self.mine.orders = []
        self.accept()

    def receive(self, text_data):
        self.mine.orders.append(text_data)
        self.send(text_data="you ordered " + " and ".join(self.mine.orders))
""",
        "not on self": edit(_SOLUTION, "self.orders = []", "orders = []"),
    },
)
