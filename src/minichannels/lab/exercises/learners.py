"""The learners of lesson 12: their pages, what they say, what they are told.

The exercises of the lesson play stories of their own with them. A page is
judged by all that it was told: by whatever message, in whatever order.
"""

import json
from collections.abc import Iterator
from typing import Any

from minichannels.flow import Event
from minichannels.lab.checking.stage.clients import ScenarioClient
from minichannels.lab.checking.stage.exercise import Stage
from minichannels.lab.checking.stage.steps import frame, listed
from minichannels.lab.classroom import Room

CAPACITY = 2
"""So many messages fit into a mailbox."""

BURST = 2 * CAPACITY + 1
"""So many things happen while somebody reads nothing."""

_FORMER = "*"  # behind a name: the connection that a page had before

BOARD = """\
class Board(AsyncJsonWebsocketConsumer):
    groups = ["classroom"]

    def __init__(self, room):
        super().__init__()
        self.room = room

    async def connect(self):
        self.name = self.scope["path"].strip("/")
        await self.accept()
        await self.news()

    async def receive_json(self, content):
        if "done" in content:
            learners = self.room.done.setdefault(content["done"], set())
            learners.add(self.name)
            await self.ring()

    async def ring(self):
        await self.channel_layer.group_send("classroom", {"type": "news"})

    async def news(self, event=None):
        done = self.room.done.items()
        await self.send_json({"board": {what: len(who) for what, who in done}})
"""
"""What the lesson defines before its first exercise."""


def new_room() -> dict[str, Any]:
    """Return what is given to ``as_asgi()``: an empty room."""
    return {"room": Room()}


class Learners:
    """Those who have a page open; each is asked for by name.

    Args:
        stage: where they are played.

    Attributes:
        said: what was said, in order: who said it, and the text.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.said: list[tuple[str, str]] = []
        self._pages: dict[str, ScenarioClient] = {}
        stage.limit_mailboxes(CAPACITY)

    @property
    def names(self) -> list[str]:
        """Who has a page open, in order."""
        return sorted({name.removesuffix(_FORMER) for name in self._pages})

    async def comes(self, name: str) -> ScenarioClient:
        """Let somebody open a page."""
        page = await self.stage.connect(f"/{name}", name)
        self._pages[name] = page
        return page

    async def sends(self, name: str, *contents: Any) -> None:
        """Let a page send something, as JSON; several without a pause."""
        self.stage.values["client"] = name
        await self.stage.send(self._pages[name], *map(written, contents))

    async def says(self, name: str, *texts: str) -> None:
        """Let somebody say something; several things without a pause."""
        self.said += [(name, text) for text in texts]
        await self.sends(name, *({"say": text} for text in texts))

    async def say_at_once(self, *said: tuple[str, str]) -> None:
        """Let some say something at the same moment, each one thing."""
        self.said += said
        self.stage.values["client"] = said[0][0]
        await self.stage.send_at_once(
            *(
                (self._pages[name], written({"say": text}))
                for name, text in said
            )
        )

    async def leaves(self, name: str) -> None:
        """Let somebody go."""
        self.stage.values["client"] = name.removesuffix(_FORMER)
        await self.stage.close(self._pages.pop(name))

    def pauses(self, name: str) -> None:
        """Let somebody read nothing."""
        self.stage.pause(self._pages[name])

    async def sips(self, name: str) -> None:
        """Let somebody read one thing."""
        await self.stage.sip(self._pages[name])

    async def reads_on(self, name: str) -> None:
        """Let somebody read on."""
        await self.stage.resume(self._pages[name])

    async def opens_again(self, name: str) -> None:
        """Let somebody's page open again; the old connection is not over."""
        former = self._pages.pop(name)
        await self.comes(name)
        self._pages[f"{name}{_FORMER}"] = former

    async def old_end_is_noticed(self, name: str) -> None:
        """Let the connection from before be over."""
        await self.leaves(f"{name}{_FORMER}")

    async def mumbles(self, name: str) -> None:
        """Let a page send a text that is no JSON."""
        with self.stage.meaning(raised="nonsense"):
            await self.stage.send(self._pages[name], "<nonsense>")

    # What they were told

    def told(self, name: str, key: str) -> list[Any]:
        """Return what a page was told under a key, in order."""
        return [it for it in self.all_told(name) if key in it]

    def all_told(self, name: str) -> list[dict[str, Any]]:
        """Return all that a page was told, in order."""
        return [it for it in self._pages[name].read if isinstance(it, dict)]

    def sent(self, name: str, key: str) -> list[Event]:
        """Return the events with which it was told so."""
        return [
            event
            for event in self.stage.of("send", client=name)
            if f'"{key}"' in str(event.payload.get("text"))
        ]

    def astray(self, name: str) -> Event | None:
        """Return what went to a group, if somebody has joined none of those."""
        sent = self.stage.lately("group_send")
        joined = {event.group for event in self.stage.of("join", client=name)}
        if joined & {event.group for event in sent}:
            return None
        return next(iter(sent), None)

    def idle(self, name: str, key: str, since: int) -> Iterator[Event]:
        """Give what reached somebody's consumer, and told the page nothing.

        Args:
            name: whose page.
            key: under which it would be told something.
            since: the number of arrival from which on it is looked for.
        """
        stage = self.stage
        causes = {event.cause for event in self.sent(name, key)}
        for kind in ("read", "deliver"):
            for event in stage.of(kind, client=name, status="delivered"):
                if event.arrival >= since and event.seq not in causes:
                    yield event


def shown(values: list[Any]) -> str:
    """Return what somebody was told, as a message shows it."""
    return listed([frame(written(value)) for value in values]) or "nothing"


def written(content: Any) -> str:
    """Return something as JSON."""
    return json.dumps(content, ensure_ascii=False)
