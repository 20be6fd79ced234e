"""9.3: a reply has a handler of its own, and nobody waits for it."""

from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.exercises.kitchen import Kitchen

_DISHES = ("{a}", "{A} {b}", '"{a}"', "{a}é", "{a}, {b}")


async def play(stage: Stage) -> None:
    """Order, and be the kitchen: it replies late, and in another order."""
    draw, kitchen = stage.draw, Kitchen(stage)
    ada, bob = await stage.connect_at_once(("/", "ada"), ("/", "bob"))
    soup, cake, stew = (
        draw.text(dish, *_DISHES) for dish in ("soup", "cake", "stew")
    )
    await kitchen.reply(await kitchen.order(ada, soup), bob)
    first = await kitchen.order(ada, cake)
    second = await kitchen.order(ada, stew)
    bobs = await kitchen.order(bob, cake)
    for order, other in draw.order([(second, bob), (bobs, ada), (first, bob)]):
        await kitchen.reply(order, other)
    stage.values |= {"client": "ada"}
    stage.require(not kitchen.was_awaited, "waits")
    await stage.close(bob)
    await stage.close(ada)


_ORDER = """\
class Table(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        order = {"type": "order", "dish": text_data}
        order["table"] = self.channel_name
        await self.channel_layer.send("kitchen", order)
"""
_READY = """
    async def dish_ready(self, event):
        await self.send(text_data=f"{event['dish']} is served")
"""
_SOLUTION = _ORDER + _READY

# One Event for all tables: the first reply wakes whoever waits.
_WOKEN = """\
class Table(AsyncWebsocketConsumer):
    ready = asyncio.Event()

    async def receive(self, text_data):
        order = {"type": "order", "dish": text_data}
        order["table"] = self.channel_name
        await self.channel_layer.send("kitchen", order)
        self.task = asyncio.create_task(self.serve(text_data))

    async def serve(self, dish):
        await self.ready.wait()
        self.ready.clear()
        await self.send(text_data=f"{dish} is served")

    async def dish_ready(self, event):
        self.ready.set()
"""

_STUB = """\
class Table(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        self.ready = asyncio.Event()
        order = {"type": "order", "dish": text_data}
        order["table"] = self.channel_name
        await self.channel_layer.send("kitchen", order)
        await asyncio.wait_for(self.ready.wait(), 0.2)
        await self.send(text_data=f"{self.dish} is served")

    async def dish_ready(self, event):
        self.dish = event["dish"]
        self.ready.set()
"""

EXERCISE = Exercise(
    number="9.3",
    name="Table",
    play=play,
    patient=True,
    texts={
        "solved": Text(
            headline="the reply is handled when it comes, and nobody waits.",
            should="A handler that needs a reply sends its question and"
            " returns. The reply is an event like any other.",
        ),
        "untouched": Text(
            headline="`receive` waits for what only `dish_ready` could bring.",
            did="The reply came while `receive` was still at work, and waited"
            " in the mailbox. `dish_ready` was not called.",
            should="The kitchen replies, and ada receives `soup is served`.",
            first="decide which of the two handlers should tell the client.",
        ),
        "waits": Text(
            headline="the reply lay in the mailbox while a handler waited.",
            did="The reply could not be handled: another handler of the same"
            " consumer was at work.",
            should="The reply for $client is handled as soon as it comes.",
            next="let `receive` return after the order, and `dish_ready` tell"
            " the client.",
            why="M31",
        ),
        "one at a time": Text(
            headline="$client's second order did not get to the kitchen.",
            did="$client ordered $dish while the kitchen was busy with another"
            " dish, and a handler of the same consumer was still at work.",
            should="Each order goes to the kitchen at once.",
            next="let `receive` return after the order.",
            why="M06",
        ),
        "too soon": Text(
            headline="$client was told something before the kitchen replied.",
            should="$client is told nothing until the message `dish.ready`"
            " comes.",
            next="send to the client in `dish_ready`, and only there.",
        ),
        "another table": Text(
            headline="$other heard of what is on $client's table.",
            did="The kitchen's reply came to the channel of $client's consumer"
            " alone. $other received $got.",
            should="Only the table that has ordered hears of its dish.",
            next="let `dish_ready` send to its own client, with `self.send`.",
        ),
        "woken": Text(
            headline="$who was told of a dish that the kitchen has not replied"
            " to.",
            did="The kitchen replied to $client's order, $dish. $who received"
            " $early.",
            should="A reply belongs to one order. Whoever waits for another"
            " one goes on waiting.",
            next="let `dish_ready` itself tell its client, with the dish that"
            " the event carries.",
        ),
        "another dish": Text(
            headline="$client was served another dish.",
            did="The kitchen's reply was for $dish. $client received $got.",
            should="Each reply carries its dish. What is kept on `self` may"
            " belong to another order.",
            next="take the dish out of the event.",
        ),
        "not ordered": Text(
            headline="the kitchen got no order.",
            should="The order for $dish goes to the channel `kitchen`.",
            missing="send to kitchen",
        ),
        "other order": Text(
            headline="the kitchen cannot read the order.",
            did="It got $got.",
            should='The order has the keys `"dish"` and `"table"`, as before.',
            next="leave the order as it is in the cell.",
        ),
        "nobody reads": Text(
            headline="the kitchen's reply lies in a mailbox that nobody reads.",
            did="The order said that the table is $table. The kitchen sent its"
            " reply there, and no consumer has read it.",
            should="The kitchen's reply comes to the consumer that has ordered,"
            " and $client receives that $dish is served.",
            next='leave the order as it is in the cell: `"table"` is the name'
            " of the consumer's own channel.",
            why="M14",
        ),
        "silent": Text(
            headline="the kitchen replied, and $client heard nothing.",
            should="The kitchen's message `dish.ready` came, and $client"
            " receives that $dish is served.",
            next="send in `dish_ready`, for each reply that comes: what"
            " something on `self` waits for may belong to another order.",
            missing="websocket.send",
            whose="$client",
        ),
        "other": Text(
            headline="$client was told something else.",
            did="$client received $got.",
            should="For each reply $client receives one text: the dish, and"
            " ` is served`.",
        ),
    },
    hints=(
        "While `receive` waits, which other handler of this consumer can run?",
        "`receive` may return at once. Who is called when the reply comes, and"
        " what is in the event?",
        "In `dish_ready`: `await self.send(text_data=f\"{event['dish']} is"
        ' served")`. In `receive`, nothing after the order.',
    ),
    stub=_STUB,
    solution=_SOLUTION,
    second="""\
class Table(WebsocketConsumer):
    def receive(self, text_data):
        table = self.channel_name
        order = {"type": "order", "dish": text_data, "table": table}
        async_to_sync(self.channel_layer.send)("kitchen", order)

    def dish_ready(self, event):
        self.send(text_data=event["dish"] + " is served")
""",
    wrong={
        "waits": edit(
            _STUB,
            "await asyncio.wait_for(self.ready.wait(), 0.2)",
            "await self.ready.wait()",
        ),
        "one at a time": edit(
            _ORDER,
            "= self.channel_name",
            "= mine = await self.channel_layer.new_channel()",
        )
        + """\
        event = await self.channel_layer.receive(mine)
        await self.send(text_data=f"{event['dish']} is served")
""",
        "too soon": _ORDER
        + """\
        await self.send(text_data=f"{text_data} is served")

    async def dish_ready(self, event):
        pass
""",
        "another table": edit(
            _SOLUTION,
            "    async def receive",
            '    groups = ["tables"]\n\n    async def receive',
            "    async def dish_ready(self, event):\n",
            """\
    async def dish_ready(self, event):
        served = {"type": "served", "dish": event["dish"]}
        await self.channel_layer.group_send("tables", served)

    async def served(self, event):
""",
        ),
        "another dish": edit(
            _SOLUTION,
            "        order =",
            "        self.dish = text_data\n        order =",
            "event['dish']",
            "self.dish",
        ),
        "woken": _WOKEN,
        "not ordered": edit(
            _SOLUTION,
            'await self.channel_layer.send("kitchen", order)',
            "self.order = order",
        ),
        "other order": edit(
            _SOLUTION,
            '"dish": text_data',
            '"food": text_data',
        ),
        "nobody reads": edit(_SOLUTION, "self.channel_name", '"kitchen"'),
        "silent": edit(
            _SOLUTION,
            "await self.send(text_data=f\"{event['dish']} is served\")",
            'self.dish = event["dish"]',
        ),
        "other": edit(_SOLUTION, "is served", "is ready"),
        "no handler": edit(_SOLUTION, "dish_ready", "ready"),
        "forgotten": edit(
            _SOLUTION,
            "        await self.channel_layer",
            "        self.channel_layer",
        ),
    },
)
