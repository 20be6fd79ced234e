"""The kitchen of exercise 9.3: it takes orders, and replies to them late.

How it works: a handler that waits for its reply is given a moment, and no
more. What it has not done by then, it does not do before the reply comes.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from minichannels.lab.checking.stage.clients import ScenarioClient
from minichannels.lab.checking.stage.exercise import Stage
from minichannels.lab.checking.stage.miss import Raised
from minichannels.lab.checking.stage.steps import frame, listed

_MOMENT, _LIMIT = 0.1, 0.7  # seconds that a handler which waits may go on


@dataclass(eq=False)
class Order:
    """What the kitchen got.

    Attributes:
        client: who has ordered.
        dish: what to make.
        table: the channel to reply to.
        sending: done when the client's text is dealt with.
        waits: whether a handler is still at work on it.
    """

    client: ScenarioClient
    dish: str
    table: str
    sending: asyncio.Task[None]
    waits: bool

    @property
    def served(self) -> str:
        """What the client hears when the kitchen has replied."""
        return f"{self.dish} is served"


class Kitchen:
    """Orders, and the replies to them.

    Args:
        stage: where it is played.

    Attributes:
        was_awaited: whether a handler was still at work on any order.
    """

    def __init__(self, stage: Stage) -> None:
        self.was_awaited = False
        self._stage = stage
        self._open: list[Order] = []

    async def order(self, client: ScenarioClient, dish: str) -> Order:
        """Let a client order; return what the kitchen gets."""
        stage = self._stage
        stage.values |= {"client": client.name, "dish": frame(dish)}
        before = len(client.heard)
        sending = asyncio.create_task(stage.send(client, dish))
        reading = asyncio.create_task(stage.layer.receive("kitchen"))
        await asyncio.wait({sending}, timeout=_MOMENT)
        await asyncio.wait({reading}, timeout=0 if sending.done() else _LIMIT)
        if not reading.done():
            await self._no_order(client, dish, sending)
        got = reading.result()
        right = got.get("dish") == dish and type(got.get("table")) is str
        stage.require(right, "other order", got=frame(str(got)))
        told = listed([*map(frame, client.heard[before:])])
        stage.require(not told, "too soon", got=told)
        order = Order(client, dish, got["table"], sending, not sending.done())
        self.was_awaited |= order.waits
        self._open.append(order)
        return order

    async def _no_order(
        self, client: ScenarioClient, dish: str, sending: asyncio.Task[None]
    ) -> None:
        """Say why the kitchen got nothing."""
        stage = self._stage
        others = [
            event
            for event in stage.events
            if event.client == client.name
            and event.began
            and not event.ended
            and event.payload.get("text") != dish
        ]
        stage.require(not others, "one at a time", *others[:1])
        # It raises what the handler raised; if that goes on, time will be up.
        await sending
        stage.miss("not ordered")

    async def reply(self, order: Order, other: ScenarioClient) -> None:
        """Reply to an order, as the kitchen; look at what the clients hear.

        Args:
            order: the order.
            other: who sits at another table.
        """
        stage, client = self._stage, order.client
        before = {each: len(each.heard) for each in (client, other)}
        stage.values |= {"client": client.name, "dish": frame(order.dish)}
        reply = {"type": "dish.ready", "dish": order.dish}
        with stage.meaning({Raised(TimeoutError): "waits"}):
            posting = stage.post(client, order.table, reply)
            await _dealt_with(posting, order.sending)
        self._open.remove(order)
        heard = {each: each.heard[start:] for each, start in before.items()}
        self._require_served(order, heard[client])
        self._require_not_woken(order, heard)
        stage.require(heard[client] == [order.served], "other")
        overheard = listed([*map(frame, heard[other])])
        stage.values |= {"other": other.name, "got": overheard}
        stage.require(not overheard, "another table")

    def _require_served(self, order: Order, got: list[Any]) -> None:
        """Require that a client hears that the dish is served."""
        require = self._stage.require
        self._stage.values["got"] = listed([*map(frame, got)])
        right = got == [order.served]
        require(right or not order.waits, "waits")
        mailbox = self._stage.layer.channels.get(order.table)
        unread = mailbox is not None and mailbox.messages
        require(got or not unread, "nobody reads", table=frame(order.table))
        require(got, "silent")
        served = len(got) == 1 and str(got[0]).endswith(" is served")
        require(right or not served, "another dish")

    def _require_not_woken(
        self, order: Order, heard: dict[ScenarioClient, list[Any]]
    ) -> None:
        """Require that an order still waits to which nobody has replied."""
        for each in self._open:
            told = heard[each.client]
            woken = each.served in told and each.dish != order.dish
            who, early = each.client.name, frame(each.served)
            self._stage.require(not woken, "woken", who=who, early=early)


async def _dealt_with(*work: Any) -> None:
    """Wait until all is dealt with, if no handler goes on for ever."""
    tasks = [asyncio.ensure_future(each) for each in work]
    done, _ = await asyncio.wait(tasks, timeout=_LIMIT)
    for task in done:
        task.result()  # raises what a handler has raised
