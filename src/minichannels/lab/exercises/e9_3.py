"""9.3: a reply has a handler of its own, and nobody waits for it."""

import asyncio
from dataclasses import dataclass
from typing import Any

from minichannels.lab.checking.stage.clients import ScenarioClient
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.miss import Raised
from minichannels.lab.checking.stage.steps import frame

_DISHES = ("{a}", "{A} {b}", '"{a}"', "{a}é", "{a}, {b}")
_MOMENT, _LIMIT = 0.1, 0.7  # seconds that a handler which waits may go on


@dataclass
class Order:
    """What the kitchen got.

    Attributes:
        dish: what to make.
        table: the channel to reply to.
        sending: done when the client's text is dealt with.
        waits: whether a handler is still at work on it.
    """

    dish: str
    table: str
    sending: asyncio.Task[None]
    waits: bool


async def play(stage: Stage) -> None:
    """Order, and be the kitchen: it replies late, and in another order."""
    draw = stage.draw
    ada, bob = await stage.connect_at_once(("/", "ada"), ("/", "bob"))
    soup, cake, stew = (
        draw.text(dish, *_DISHES) for dish in ("soup", "cake", "stew")
    )
    soups = await _order(stage, ada, soup)
    await _serve(stage, ada, soups, bob)
    first = await _order(stage, ada, cake)
    second = await _order(stage, ada, stew)
    bobs = await _order(stage, bob, cake)
    served = (ada, second, bob), (bob, bobs, ada), (ada, first, bob)
    for client, order, other in draw.order(served):
        await _serve(stage, client, order, other)
    stage.values |= {"client": "ada"}
    orders = soups, first, second, bobs
    stage.require(not all(order.waits for order in orders), "waits")
    await stage.close(bob)
    await stage.close(ada)


async def _order(stage: Stage, client: ScenarioClient, dish: str) -> Order:
    """Let a client order; return what the kitchen gets."""
    stage.values |= {"client": client.name, "dish": frame(dish)}
    before = len(client.heard)
    sending = asyncio.create_task(stage.send(client, dish))
    reading = asyncio.create_task(stage.layer.receive("kitchen"))
    await asyncio.wait({sending}, timeout=_MOMENT)
    await asyncio.wait({reading}, timeout=0 if sending.done() else _LIMIT)
    if not reading.done():
        await _no_order(stage, client, dish, sending)
    order = reading.result()
    right = order.get("dish") == dish and type(order.get("table")) is str
    stage.require(right, "other order", got=frame(str(order)))
    stage.require(client.heard[before:] == [], "too soon")
    return Order(dish, order["table"], sending, not sending.done())


async def _no_order(
    stage: Stage,
    client: ScenarioClient,
    dish: str,
    sending: asyncio.Task[None],
) -> None:
    """Say why the kitchen got nothing."""
    others = [
        event
        for event in stage.events
        if event.client == client.name
        and event.began
        and not event.ended
        and event.payload.get("text") != dish
    ]
    stage.require(not others, "one at a time", *others[:1])
    # It raises what the handler raised; and if that goes on, time will be up.
    await sending
    stage.require(False, "not ordered")


async def _serve(
    stage: Stage, client: ScenarioClient, order: Order, other: ScenarioClient
) -> None:
    """Reply to an order, as the kitchen; look at what the clients hear.

    Args:
        stage: where it is played.
        client: who has ordered.
        order: the order.
        other: who sits at another table.
    """
    before, elsewhere = len(client.heard), len(other.heard)
    stage.values |= {"client": client.name, "dish": frame(order.dish)}
    reply = {"type": "dish.ready", "dish": order.dish}
    with stage.meaning({Raised(TimeoutError): "waits"}):
        await _dealt_with(stage.post(client, order.table, reply), order.sending)
    got = client.heard[before:]
    shown = " and ".join(map(frame, got))
    right = got == [f"{order.dish} is served"]
    stage.require(right or not order.waits, "waits")
    stage.require(got, "silent")
    served = len(got) == 1 and str(got[0]).endswith(" is served")
    stage.require(right or not served, "another dish", got=shown)
    stage.require(right, "other", got=shown)
    overheard = " and ".join(map(frame, other.heard[elsewhere:]))
    stage.values |= {"other": other.name, "got": overheard}
    stage.require(not overheard, "another table")


async def _dealt_with(*work: Any) -> None:
    """Wait until all is dealt with, if no handler goes on for ever."""
    tasks = [asyncio.ensure_future(each) for each in work]
    done, _ = await asyncio.wait(tasks, timeout=_LIMIT)
    for task in done:
        task.result()  # raises what a handler has raised


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
        "silent": Text(
            headline="the kitchen replied, and $client heard nothing.",
            should="The kitchen's message `dish.ready` came, and $client"
            " receives that $dish is served.",
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
