"""4.1: a shop in which everybody has a bill of his own."""

from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit


async def play(stage: Stage) -> None:
    """Let two clients order, one of them twice."""
    said = {
        "'_thread._local' object": "a thread's",
        "has no attribute 'orders'": "not on self",
        "name 'orders' is not defined": "not on self",
    }
    ada = await stage.connect("/", "ada")
    with stage.meaning(said):
        await stage.send(ada, "tea")
    stage.require(ada.heard, "silent")
    stage.require(ada.heard == ["you ordered tea"], "other", got=ada.heard[0])
    bob = await stage.connect("/", "bob")
    await stage.send(bob, "coffee")
    shared = bob.heard == ["you ordered tea and coffee"]
    stage.require(not shared, "shared")
    got = "".join(map(str, bob.heard))
    stage.require(bob.heard == ["you ordered coffee"], "other", got=got)
    await stage.send(ada, "milk")
    last = ada.heard[-1]
    stage.require(last != "you ordered milk", "forgets")
    stage.require(last != "you ordered coffee and milk", "cleared")
    stage.require(last == "you ordered tea and milk", "other", got=last)


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
            should="bob receives `you ordered coffee`: everybody has a bill of"
            " his own.",
            first="find out how often the line `orders = []` runs, and when.",
        ),
        "shared": Text(
            headline="bob has to pay for ada's tea.",
            did="bob received `you ordered tea and coffee`.",
            should="bob receives `you ordered coffee`.",
            next="make the list where each connection begins.",
            why="M10",
        ),
        "cleared": Text(
            headline="ada's tea is gone, and bob's coffee is on her bill.",
            did="ada received `you ordered coffee and milk`.",
            should="ada receives `you ordered tea and milk`. That bob connects"
            " changes nothing for her.",
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
            did="`connect` had returned without a decision, so ada was refused."
            " The $error in the picture says so.",
            should="The library's own `connect` accepts. Yours stands in its"
            " place, so it has to accept.",
            next="call `self.accept()` in `connect`; in an async consumer with"
            " `await`.",
        ),
        "forgets": Text(
            headline="the tea is forgotten.",
            did="ada received `you ordered milk`.",
            should="ada receives `you ordered tea and milk`: her list lives as"
            " long as her connection.",
            next="make the list once for each connection, not once for each"
            " message.",
        ),
        "silent": Text(
            headline="ada ordered tea and got no answer.",
            should="ada receives `you ordered tea`.",
            missing="websocket.send",
        ),
        "other": Text(
            headline="the answer reads differently.",
            did="The client received `$got`.",
            should="`you ordered tea`, and after the next order `you ordered"
            " tea and milk`.",
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
