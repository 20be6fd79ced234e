"""The desk that keeps the news, and answers who asks: what 8.2 looks at."""

from collections import Counter
from collections.abc import Collection
from typing import Any

from minichannels.exceptions import (
    ArgumentTypeError,
    NoHandlerError,
    UnserializableError,
)
from minichannels.flow import Event
from minichannels.lab.checking.stage.exercise import Stage
from minichannels.lab.checking.stage.miss import Raised
from minichannels.lab.exercises.news import Heard, Newsroom, frames, written

_KNOWN = {
    Raised(UnserializableError): "not carried",
    Raised(NoHandlerError, event_type="again"): "asked everybody",
    Raised(ArgumentTypeError, argument="text_data"): "a dict",
}
_MOST = 3
"""How often one may ask for the same number at one time."""


class NewsDesk:
    """Who keeps the news, and sends again what somebody asks for.

    Args:
        stage: where it is.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.news = Newsroom(stage)
        self.channel = stage.draw.name("desk")
        stage.values["desk"] = self.channel
        self._has: dict[str, set[int]] = {}

    async def joins(self, name: str) -> None:
        """Let a screen connect."""
        await self.news.join(name)
        self._has[name] = set()

    async def leaves(self, name: str) -> None:
        """Let a screen go."""
        await self.news.leave(name)
        del self._has[name]

    async def publishes(self, number: int) -> None:
        """Send a number to all, answer who asks, and look at what came."""
        stage, before = self.stage, self.news.counts()
        with stage.meaning(_KNOWN):
            await self.news.publish(number, desk=self.channel)
            asked = await self._answers(number)
        heard = self.news.since(before)
        for name, has in self._has.items():
            wanted = [n for n in range(1, number + 1) if n not in has]
            self._require_heard(name, wanted, heard, asked.get(name, ()))
            self._require_missing(name, [*asked.get(name, ())], number)
            has.update(wanted)

    async def _answers(self, last: int) -> dict[str, Counter[int]]:
        """Answer all questions; return who asked for which numbers."""
        stage, asked = self.stage, dict[str, Counter[int]]()
        while questions := await self._questions():
            answers = []
            for name, channel, numbers in questions:
                counts = asked.setdefault(name, Counter())
                counts.update(numbers)
                for number in numbers:
                    often = counts[number] > _MOST
                    stage.values |= {"which": number, "name": name}
                    stage.require(not often, "no end")
                    if 1 <= number <= last:
                        message = self.news.message(number, desk=self.channel)
                        answers.append((channel, number, message))
            if not answers:
                break
            await stage.answer(stage.draw.order(answers))
        return asked

    def _require_missing(
        self, name: str, numbers: list[int], last: int
    ) -> None:
        """Require that somebody asks for what has not come, and only that."""
        there = [
            n for n in numbers if n in self._has[name] or not 1 <= n < last
        ]
        which = written(there)
        self.stage.require(not there, "asked too much", which=which, last=last)

    async def _questions(self) -> list[tuple[str, str, list[int]]]:
        """Return who asked since the last step: name, channel and numbers."""
        stage = self.stage
        groups = [e for e in stage.lately("group_send") if e.client]
        stage.require(not groups, "asked a group", *groups[:1])
        sent = stage.lately("channel_send")
        return [
            await self._question(event)
            for event in sent
            if event.client  # what the desk sends itself has none
        ]

    async def _question(self, event: Event) -> tuple[str, str, list[int]]:
        stage, there = self.stage, event.member
        stage.require(event.status != "refused", "hidden", event)
        stage.require(
            there == self.channel, "another mailbox", event, got=there
        )
        question = await stage.layer.receive(self.channel)
        stage.require(question.get("type") == "again", "other type", event)
        numbers = question.get("numbers")
        whole = isinstance(numbers, list) and all(
            type(number) is int for number in numbers
        )
        shown = f"`{numbers!r:.40}`" if "numbers" in question else "nothing"
        stage.require(whole, "no numbers", event, got=shown)
        # An event names the mailbox of a consumer as it names the consumer.
        own = event.payload.get("to") == event.application
        stage.require(own, "no address", event)
        return event.client, question["to"], list(numbers or ())

    def _require_heard(
        self, name: str, wanted: list[int], heard: Heard, asked: Collection[int]
    ) -> None:
        """Require that somebody saw all texts that were new, each once."""
        stage, left = self.stage, list[Any](heard[name])
        lacking = []
        for number in wanted:
            text = self.news.texts.get(number)
            if text in left:
                left.remove(text)
            else:
                lacking.append(number)
        stage.values |= {"name": name, "got": frames(heard[name])}
        known = all(text in self.news.texts.values() for text in left)
        stage.require(known, "another text", more=frames(left))
        stage.require(wanted[-1] not in lacking, "silent")
        which = written(lacking)
        stage.require(not lacking or asked, "not asked", which=which)
        forgotten = written([n for n in lacking if n not in asked])
        stage.require(not forgotten, "not all", which=forgotten)
        stage.require(not lacking, "not shown", which=which)
        stage.require(not left, "twice", more=frames(left))
