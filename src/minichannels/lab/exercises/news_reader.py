"""Who reads numbered news, and says what is missing: what 8.1 looks at."""

import re

from minichannels.lab.checking.stage.clients import Frame
from minichannels.lab.checking.stage.exercise import Stage
from minichannels.lab.exercises.news import (
    Heard,
    Newsroom,
    frames,
    written,
)

_KNOWN = {"ValueError: max(": "nothing yet", "ValueError: min(": "nothing yet"}


class NewsReader:
    """What came to whom, and what each of them says is missing.

    Args:
        stage: where they are.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.news = Newsroom(stage)
        self._came: dict[str, list[int]] = {}

    async def joins(self, name: str) -> None:
        """Let somebody connect."""
        await self.news.join(name)
        self._came[name] = []

    async def leaves(self, name: str) -> None:
        """Let somebody go."""
        await self.news.leave(name)
        del self._came[name]

    async def get(self, *numbers: int) -> None:
        """Let all screens get some numbers; then all of them ask."""
        for number in numbers:
            again = number in self.news.texts
            heard = await self.news.publish(number)
            for name, came in self._came.items():
                came.append(number)
                if not again or heard[name]:
                    self._require_passed_on(name, heard, number)
        for name in self._came:
            await self.asks(name)

    def _require_passed_on(self, name: str, heard: Heard, number: int) -> None:
        stage, text = self.stage, self.news.texts[number]
        stage.values |= {"name": name, "got": frames(heard[name])}
        stage.require(heard[name], "silent")
        stage.require(heard[name] == [text], "another text")

    def missing(self, name: str) -> list[int]:
        """Return the numbers that have not come to somebody."""
        came = self._came[name]
        return sorted(set(range(1, max(came, default=0))) - set(came))

    async def asks(self, name: str) -> None:
        """Let somebody ask, and look at the answer."""
        stage, before = self.stage, self.news.counts()
        wanted = self.missing(name)
        right = " ".join(map(str, wanted)) or "nothing"
        stage.values |= {"name": name, "right": right}
        with stage.meaning(_KNOWN):
            await stage.send(self.news.screens[name], "missing?")
        answers = self.news.since(before)[name]
        stage.values["got"] = frames(answers)
        stage.require(answers, "no answer")
        if answers != [right]:
            self._explain(name, answers, wanted)

    def _explain(
        self, name: str, answers: list[Frame], wanted: list[int]
    ) -> None:
        """End with what is wrong about an answer."""
        stage, came = self.stage, self._came[name]
        named = [int(n) for n in re.findall(r"\d{1,4}", str(answers))]
        others = [self.missing(n) for n in self._came if n != name]
        theirs = named != wanted and named and named in others
        stage.require(not theirs, "shared")
        self._explain_named(named, came)
        left = [n for n in wanted if n not in named]
        before = all(n < min(came) for n in left)
        stage.require(not left or not before, "before", which=written(left))
        stage.require(not left or named, "overlooked")
        stage.require(not left, "not all", which=written(left))
        again = {n for n in named if named.count(n) > 1}
        stage.require(not again, "said twice", which=written(sorted(again)))
        stage.require(named == wanted, "not in order")
        stage.miss("other form")

    def _explain_named(self, named: list[int], came: list[int]) -> None:
        """End with what is named, and not missing."""
        stage = self.stage
        late = [n for n in named if n in _overtaken(came)]
        stage.require(not late, "overtaken", which=written(late))
        low = [n for n in named if n < 1]
        stage.require(not low, "no such number", which=written(low))
        there = [n for n in named if n in came]
        stage.require(not there, "came", which=written(there))
        further = [n for n in named if n > max(came, default=0)]
        stage.require(not further, "too far", which=written(further))


def _overtaken(came: list[int]) -> list[int]:
    """Return the numbers that came after a higher one."""
    return [n for index, n in enumerate(came) if n < max(came[: index + 1])]
