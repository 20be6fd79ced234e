"""What users of the club do; prints, as JSON, what each of them gets."""

import asyncio
import contextlib
import json
import sys

from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator

from club.asgi import application  # first: it sets Django up

from channels.layers import get_channel_layer
from channels.worker import Worker
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from club import models


def begin():
    call_command("migrate", run_syncdb=True, verbosity=0)
    room = models.Room.objects.create(name="lobby")
    presences = []
    for name in ("ada", "bob", "eve"):
        user = User.objects.create_user(name, is_staff=name == "eve")
        presences.append(models.Presence.objects.create(user=user))
        if name != "eve":
            room.members.add(user)
    presences[0].friends.add(*presences[1:])


def cookie_of(name):
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client.cookies["sessionid"].value


class Tab:
    """A WebSocket of a user, and what it has got so far."""

    def __init__(self, heard, name, path):
        self.heard = heard.setdefault(f"{len(heard)} {name} {path}", [])
        self.name, self.path = name, path

    async def open(self, count, origin="http://club.example"):
        headers = [(b"origin", origin.encode())]
        if self.name != "nobody":
            key = await sync_to_async(cookie_of)(self.name)
            headers.append((b"cookie", f"sessionid={key}".encode()))
        scope = {
            "type": "websocket",
            "path": self.path,
            "headers": headers,
            "query_string": b"",
            "subprotocols": ["presence"],
        }
        self.client = ApplicationCommunicator(application, scope)
        await self.give("websocket.connect")
        await self.hear(count)
        return self

    async def give(self, type, **data):
        await self.client.send_input({"type": type, **data})

    async def say(self, data):
        text = data if isinstance(data, str) else json.dumps(data)
        await self.give("websocket.receive", text=text)

    async def hear(self, count=1):
        for _ in range(count):
            self.heard.append(await self.client.receive_output(20))

    async def leave(self, code=1001):
        if self.client.output_queue.qsize():
            self.heard.append("more than was waited for")
        await self.give("websocket.disconnect", code=code)
        with contextlib.suppress(asyncio.CancelledError):
            await self.client.wait(20)


async def chat(tab):
    path = "/ws/chat/lobby/"
    for name, where in (
        ("nobody", path),
        ("eve", path),
        ("ada", "/ws/chat/x/"),
    ):
        await (await tab(name, where).open(1)).leave()
    await (await tab("ada", path).open(1, "http://other.example")).leave()
    ada, bob = await tab("ada", path).open(1), await tab("bob", path).open(1)
    for number in range(4):
        await ada.say({"text": f"line {number}"})
        await ada.hear()
        await bob.hear()
    await bob.say({"typing": True})
    await ada.hear()
    late = await tab("bob", path).open(4)
    await late.say({"text": "bye"})
    for one in (ada, bob, late):
        await one.hear()
        await one.leave()


async def notices(tab):
    await (await tab("nobody", "/ws/notices/").open(1)).leave()
    tabs = [await tab("ada", "/ws/notices/").open(2) for _ in range(2)]
    other = await tab("bob", "/ws/notices/").open(2)
    ada = await User.objects.aget(username="ada")
    for text in ("welcome", "rain"):
        notice = await models.Notice.objects.acreate(user=ada, text=text)
        for one in tabs:
            await one.hear(2)
    await tabs[0].say({"read": [notice.pk]})
    for one in tabs:
        await one.hear()
        await one.leave()
    await other.leave()


async def game(tab):
    ada, bob, eve = [
        await tab(name, "/ws/play/").open(2) for name in ("ada", "bob", "eve")
    ]
    await ada.say({"do": "dance"})
    await ada.hear()
    await ada.say({"do": "open"})
    for one in (ada, bob, eve):
        await one.hear()
    await bob.say({"do": "join", "host": "ada"})
    for one in (ada, bob):
        await one.hear()
    for one in (ada, bob, ada, bob, ada):
        await one.say({"do": "move"})
        await ada.hear()
        await bob.hear()
    for one in (ada, bob):
        await one.hear()  # that it is closed
        await one.leave(1000)
    await eve.say({"do": "open"})
    await eve.hear()
    late = await tab("bob", "/ws/play/").open(2)
    await late.say({"do": "join", "host": "eve"})
    await late.hear()
    await eve.hear()
    await late.say({"do": "move"})
    await late.hear()
    await eve.hear()
    await late.say({"do": "move"})
    await late.hear()
    await late.leave()
    await eve.hear(2)
    await eve.leave(4001)


async def presence(tab):
    path = "/ws/friends/"
    await (await tab("nobody", path).open(1)).leave()
    ada = await tab("ada", path).open(1)
    bob = [await tab("bob", path).open(1) for _ in range(2)]
    await ada.hear()
    eve = await tab("eve", path).open(1)
    await ada.hear()
    for one in (ada, eve):
        await one.say("who")
        await one.hear()
    await ada.give("websocket.receive", bytes=b"abc")
    await ada.hear()
    for one in bob:
        await one.leave()
    await ada.hear()
    await ada.leave()
    await eve.hear()
    await eve.leave()


async def dashboard(tab):
    path = "/ws/dashboard/"
    await (await tab("ada", path).open(1)).leave()
    worker = Worker(application, ["jobs"], get_channel_layer())
    working = asyncio.ensure_future(worker.handle())
    eve = await tab("eve", path).open(2)
    for name in ("report", "backup"):
        await eve.say(name)
        await eve.hear(2)
    late = await tab("eve", path).open(2)
    for one in (eve, late):
        await one.leave()
    working.cancel()
    await asyncio.wait([working])


def kept():
    """Return what is in the database."""
    return {
        model.__name__: list(model.objects.order_by("pk").values())
        for model in (
            models.Line,
            models.Notice,
            models.Game,
            models.Presence,
            models.Job,
        )
    }


async def main():
    await sync_to_async(begin)()
    heard = {}
    for story in (chat, notices, game, presence, dashboard):
        mine = heard[story.__name__] = {}
        await story(lambda name, path, mine=mine: Tab(mine, name, path))
    heard["database"] = await sync_to_async(kept)()
    json.dump(heard, sys.stdout, default=repr, indent=1)


asyncio.run(main())
