"""The hall of exercise 13.2: who is in it, and who may speak there."""

from typing import Any

from minichannels.lab.checking.stage.clients import ScenarioClient
from minichannels.lab.checking.stage.exercise import Stage
from minichannels.lab.checking.stage.steps import ScenarioStep, frame
from minichannels.lab.exercises.people import People, people

_GROUP = "speakers"
_ANSWER = "You may listen."
_PAUSE = 0.05  # seconds that one question takes


async def play(stage: Stage) -> None:
    """Let users speak who may, and change who may."""
    draw = stage.draw
    async with people(stage) as site:
        hall = Hall(stage, site)
        for name in draw.order(["ada", "bob"]):
            user = await site.add(draw.text(name, "{a}"))
            await hall.enter(name, user, speaks=name == draw.one("ada", "bob"))
        # Who waits for the thread holds up the loop: that shows once.
        site.pause = draw.one(_PAUSE, 0)
        for name in draw.order(["ada", "bob"]):
            await hall.say(name)
            site.pause = 0
        for name in draw.order(["ada", "bob"]):
            await hall.change(name)
            await hall.say(name)
        for name in draw.order(["ada", "bob"]):
            await hall.say(name)
        await hall.change(draw.one("ada", "bob"))
        for name in draw.order(["bob", "ada"]):
            await hall.say(name)
        stage.require(not site.opened_on_loop, "on the loop")


class Hall:
    """Who is in the hall, and who may speak there."""

    def __init__(self, stage: Stage, site: People) -> None:
        self._stage = stage
        self._site = site
        self._clients: dict[str, ScenarioClient] = {}
        self._users: dict[str, Any] = {}
        self._speaks: dict[str, bool] = {}
        self._left: set[str] = set()

    async def enter(self, name: str, user: Any, *, speaks: bool) -> None:
        """Let a user come, who may speak or not."""
        self._users[name], self._speaks[name] = user, False
        if speaks:
            await self.change(name)
        self._stage.values["name"] = name
        with self._stage.meaning(_KNOWN):
            client = await self._stage.connect("/", name, user=user)
        self._clients[name] = client

    async def change(self, name: str) -> None:
        """Let a user speak from now on, or no more."""
        from django.contrib.auth import get_user_model
        from django.contrib.auth.models import Group

        speaks = self._speaks[name] = not self._speaks[name]
        step = ScenarioStep("in" if speaks else "out", name)
        self._stage.steps.add(step)
        if not speaks:
            self._left.add(name)
        # Another object of the same user, as a page has it.
        users: Any = get_user_model().objects
        user = await users.aget(pk=self._users[name].pk)
        group, _ = await Group.objects.aget_or_create(name=_GROUP)
        await (user.groups.aadd if speaks else user.groups.aremove)(group)

    async def say(self, name: str) -> None:
        """Let a user say something, and look who hears what."""
        stage, text = self._stage, self._stage.draw.text("good morning")
        before = {n: len(c.heard) for n, c in self._clients.items()}
        stage.values |= {"name": name, "wanted": frame(text)}
        with stage.meaning(_KNOWN):
            await stage.send(self._clients[name], text)
        got = {n: c.heard[before[n] :] for n, c in self._clients.items()}
        own = " and ".join(map(frame, got[name])) or "nothing"
        stage.values["got"] = own
        if self._speaks[name]:
            self._require_heard(name, text, got)
        else:
            self._require_refused(name, text, got)

    def _require_heard(
        self, name: str, text: str, got: dict[str, list[Any]]
    ) -> None:
        require = self._stage.require
        require(got[name] != [_ANSWER], "speaker refused")
        require(any(got.values()), "silent")
        for other, heard in got.items():
            shown = " and ".join(map(frame, heard)) or "nothing"
            require(heard == [text], "other", other=other, got=shown)

    def _require_refused(
        self, name: str, text: str, got: dict[str, list[Any]]
    ) -> None:
        require = self._stage.require
        others = [n for n, heard in got.items() if heard and n != name]
        heard = text in got[name] or bool(others)
        key = "not any more" if name in self._left else "listener speaks"
        require(not heard, key)
        require(got[name], "no answer")
        require(got[name] == [_ANSWER], "other answer")


_KNOWN = {
    "SynchronousOnlyOperation": "in the loop",
    "can't be used in 'await' expression": "awaits no coroutine",
    "object can't be awaited": "awaits no coroutine",
}
