"""4.1: a shop in which everybody has a bill of his own."""

from minichannels.lab.checking.exercise import Exercise, Stage, Text


async def play(stage: Stage) -> None:
    """Let two clients order, one of them twice."""
    ada = await stage.connect("/", "ada")
    bob = await stage.connect("/", "bob")
    await stage.send(ada, "tea")
    stage.require(ada.heard, "silent")
    stage.require(ada.heard == ["you ordered tea"], "other", got=ada.heard[0])
    await stage.send(bob, "coffee")
    shared = bob.heard == ["you ordered tea and coffee"]
    stage.require(not shared, "shared")
    got = "".join(map(str, bob.heard))
    stage.require(bob.heard == ["you ordered coffee"], "other", got=got)
    await stage.send(ada, "milk")
    last = ada.heard[-1]
    stage.require(last != "you ordered milk", "forgets")
    stage.require(last == "you ordered tea and milk", "other", got=last)


EXERCISE = Exercise(
    number="4.1",
    name="ShopConsumer",
    play=play,
    texts={
        "solved": Text(
            headline="everybody pays for what they ordered.",
            should="A list made in `connect` belongs to one object, and so to"
            " one connection.",
        ),
        "shared": Text(
            headline="bob is to pay for ada's tea.",
            did="bob received `you ordered tea and coffee`.",
            should="bob receives `you ordered coffee`.",
            next="make the list where each connection begins.",
            why="M10",
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
    solution="""\
class ShopConsumer(WebsocketConsumer):
    def connect(self):
        self.orders = []
        self.accept()

    def receive(self, text_data):
        self.orders.append(text_data)
        self.send(text_data="you ordered " + " and ".join(self.orders))
""",
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
        "undecided": """\
class ShopConsumer(WebsocketConsumer):
    def connect(self):
        self.orders = []

    def receive(self, text_data):
        self.orders.append(text_data)
        self.send(text_data="you ordered " + " and ".join(self.orders))
""",
        "raised": """\
class ShopConsumer(WebsocketConsumer):
    def connect(self):
        orders = []
        self.accept()

    def receive(self, text_data):
        self.orders.append(text_data)
        self.send(text_data="you ordered " + " and ".join(self.orders))
""",
    },
)
