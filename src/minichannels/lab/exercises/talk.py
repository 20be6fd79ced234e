"""The chat of exercise 12.1: what is said, and what each page has to be told.

A page says up to which number it has seen the chat. From then on it is told
what comes after, each once and in order, whatever the layer loses.
"""

from typing import Any

from minichannels.flow import Event
from minichannels.flow.journal.events import FULL, next_id
from minichannels.lab.checking.stage.clients import parsed
from minichannels.lab.checking.stage.exercise import Stage
from minichannels.lab.exercises.learners import BURST, Learners, shown


async def play(stage: Stage) -> None:
    """Let some talk, come late, come back, and read slowly."""
    talk = Talk(stage)
    await talk.opens("ada", 0)
    await talk.opens("bob", 0)
    await talk.says("ada", "hi")
    await talk.says("bob", "hello")
    await talk.opens("eve", 0)
    await talk.says("eve", "tea?")
    await talk.learners.leaves("bob")
    await talk.says("ada", "milk")
    seen = stage.draw.number(3, 1, 3)
    await talk.opens("bob", seen)
    await talk.read_slowly("eve", "ada")
    await talk.learners.leaves("ada")
    await talk.read_late("bob", "eve")
    await talk.says("bob", "bye")
    if stage.draw.one(False, True, False):  # once is enough
        await talk.hesitates("fred", "bob")
        await talk.speak_at_once("bob", "eve")


class Talk:
    """A chat, and what each page has to be told of it.

    Args:
        stage: where it is played.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.learners = Learners(stage)
        self._after: dict[str, int] = {}
        self._slow = ""
        self._paused = 0  # the number of arrival at which it was
        self._sips: list[int] = []  # and those at which one thing was read

    async def opens(self, name: str, seen: int) -> None:
        """Let a page open, and say how much it has seen."""
        await self.learners.comes(name)
        self._require_silence(name)
        self._after[name] = seen
        await self.learners.sends(name, {"after": seen})
        self.judge("not sent again")

    async def says(self, name: str, example: str) -> None:
        """Let somebody say something, which all are told."""
        await self._says(name, example)
        self.judge("unheard")

    async def hesitates(self, name: str, speaker: str) -> None:
        """Let a page open, and ask only after somebody has said something."""
        await self.learners.comes(name)
        seen = len(self.learners.said)
        await self._says(speaker, "well")
        self._require_silence(name)
        self._after[name] = seen
        await self.learners.sends(name, {"after": seen})
        self.judge("not sent again")

    def _require_silence(self, name: str) -> None:
        """Require that a page which has not asked yet was told nothing."""
        told = self.learners.told(name, "said")
        self.stage.values["listener"] = name
        self.stage.require(not told, "not asked", got=shown(told[-1:]))

    async def speak_at_once(self, *names: str) -> None:
        """Let some speak at the same moment; who is first does not matter."""
        before = len(self.learners.said)
        said = [(name, self.stage.draw.text(f"I, {name}")) for name in names]
        await self.learners.say_at_once(*said)
        told = self.learners.told(names[0], "said")
        last = [it for it in told if (it.get("by"), it["said"]) in said]
        numbers = [it.get("number") for it in last]
        self.stage.values["got"] = shown(last)
        twice = len(set(numbers)) < len(numbers)
        self.stage.require(not twice, "same number")
        order = {(it.get("by"), it["said"]): it.get("number") for it in last}
        self.learners.said[before:] = sorted(
            said, key=lambda each: order.get(each) or 0
        )
        self.judge("unheard")

    async def read_slowly(self, slow: str, speaker: str) -> None:
        """Let somebody read slowly; afterwards one thing more is said."""
        self._pauses(slow)
        for example in ("one", "two"):
            await self._says(speaker, example)
            self._sips.append(next_id())
            await self.learners.sips(slow)
        await self._burst(slow, speaker)
        await self.says(speaker, "so?")

    async def read_late(self, slow: str, speaker: str) -> None:
        """Let somebody read nothing while a lot is said, the last of it."""
        self._pauses(slow)
        await self._burst(slow, speaker)
        self.judge("tail")

    def _pauses(self, slow: str) -> None:
        self.learners.pauses(slow)
        self._slow, self._paused, self._sips = slow, next_id(), []

    async def _burst(self, slow: str, speaker: str) -> None:
        await self._says(speaker, *(f"look {n}" for n in range(BURST)))
        await self.learners.reads_on(slow)
        if self._is_overtaken():
            self.judge("overtaken")

    async def _says(self, name: str, *examples: str) -> None:
        draw = self.stage.draw
        texts = [
            draw.text(e, "{A} {b}", '{a}: "{B}"', "{a}é") for e in examples
        ]
        await self.learners.says(name, *texts)

    def judge(self, key: str) -> None:
        """Require that each page was told what it has to be told.

        Args:
            key: of the text for what was not told.
        """
        # First of whoever read slowly: that is what was to be seen.
        names = self.learners.names
        for name in sorted(names, key=lambda name: name != self._slow):
            self._judge(name, key)

    def _judge(self, name: str, key: str) -> None:
        stage, after = self.stage, self._after[name]
        told, wanted = self.learners.told(name, "said"), self._wanted()
        at = next(iter(self.learners.sent(name, "said")[-1:]), None)
        stage.values |= {"listener": name, "after": after}
        for each in told:
            got = shown([each])
            stage.require(each in wanted, "other", at, got=got)
            stage.require(each in wanted[after:], "too much", at, got=got)
            again = self._sent_last(name, each)
            stage.require(told.count(each) == 1, "twice", again, got=got)
        missing = self._missing(name)
        gone = self.learners.astray(name) if key == "unheard" else None
        stage.require(not (missing and gone), "astray", gone)
        if missing and missing[:1] != wanted[-1:]:
            key = self._how_missed(name, key, missing[0]["number"])
        missed = shown(missing[:1])
        stage.require(not missing, key, at, missed=missed, count=len(missing))
        in_order = told == wanted[after:]
        stage.require(in_order, "not in order", at, got=shown(told[-2:]))

    def _wanted(self) -> list[dict[str, Any]]:
        """Return all that was said, as a page is told it."""
        return [
            {"number": number, "said": text, "by": by}
            for number, (by, text) in enumerate(self.learners.said, start=1)
        ]

    def _missing(self, name: str) -> list[dict[str, Any]]:
        """Return what a page should have been told, and was not."""
        told, wanted = self.learners.told(name, "said"), self._wanted()
        return [it for it in wanted[self._after[name] :] if it not in told]

    def _is_overtaken(self) -> bool:
        """Return whether what is missing was said while the consumer sent.

        And whether something reached it after that, of which its page was
        told nothing.
        """
        missing = self._missing(self._slow)
        if not missing:
            return False
        said = self._says_of(missing[0]["number"]).arrival
        sent = [
            event
            for event in self.stage.of("send", client=self._slow)
            if self._paused <= event.arrival < said
        ]
        is_busy = len(sent) > sum(sip < said for sip in self._sips)
        idle = self.learners.idle(self._slow, "said", said)
        return is_busy and next(idle, None) is not None

    def _says_of(self, number: int) -> Event:
        """Return the event with which a text was said."""
        said = [e for e in self.stage.of("receive") if _says(e)]
        return said[number - 1]

    def _sent_last(self, name: str, message: dict[str, Any]) -> Event | None:
        """Return the event with which a page was told something last."""
        sent = self.learners.sent(name, "said")
        alike = [e for e in sent if parsed(e.payload["text"]) == message]
        return next(iter(alike[-1:]), None)

    def _how_missed(self, name: str, key: str, number: int) -> str:
        """Return the key of the text for what others were told later."""
        others = key == "overtaken" and name != self._slow
        if key != "unheard" and not others:
            return key
        return "lost" if self._was_lost(name, number) else "passed over"

    def _was_lost(self, name: str, number: int) -> bool:
        """Return whether a mailbox had no room for the news of a text."""
        events = self.stage.events
        asked = {self._says_of(number).seq}
        sent = {e.seq for e in events if e.cause in asked}
        return any(
            event.cause in sent and event.client == name
            for event in events
            if event.status in FULL
        )


def _says(event: Event) -> bool:
    return '"say"' in str(event.payload.get("text"))
