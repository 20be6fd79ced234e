"""Who shows numbered news in order: the rule of 8.3, played along."""

from collections.abc import Iterable

from minichannels.lab.checking.stage.clients import Frame
from minichannels.lab.exercises.news import Newsroom, frames, written

_MOST = 3
"""When so many wait, nobody waits any longer."""


class OrderedScreen:
    """What a screen should show: the rule, played along.

    Args:
        news: who sends.
        name: whose screen it is.
    """

    def __init__(self, news: Newsroom, name: str) -> None:
        self.news = news
        self.name = name
        self.last = 0
        self._shown: set[int] = set()
        self._early: list[int] = []

    def _gets(self, number: int) -> list[int]:
        """Return the numbers whose texts are to be shown now."""
        if number > self.last and number not in self._early:
            self._early = sorted([*self._early, number])
        lost = self._early[0] != self.last + 1 if self._early else False
        lost = lost and len(self._early) == _MOST
        ready = []
        while self._early and (lost or self._early[0] == self.last + 1):
            self.last = self._early.pop(0)
            ready.append(self.last)
        self._shown.update(ready)
        return ready

    def judge(
        self, number: int, got: list[Frame], first: "OrderedScreen"
    ) -> None:
        """Require that the right texts were shown after a number."""
        came = number in self._shown or number in self._early
        before, stage, texts = self.last, self.news.stage, self.news.texts
        ready = self._gets(number)
        right = [texts[each] for each in ready]
        if got == right:
            return
        stage.values |= {"name": self.name, "got": frames(got)}
        stage.values |= {"right": frames([*right]), "first": first.name}
        stage.require(self is first, "on one screen")
        if ready:
            stage.require(
                got, "for ever" if ready[0] > before + 1 else "silent"
            )
            self._explain(ready, got)
        stage.require(texts[number] in got, "other texts")
        stage.require(not came, "twice")
        stage.require(number > before, "too late")
        stage.require(False, "too early", which=f"`{before + 1}`")

    def _explain(self, ready: list[int], got: list[Frame]) -> None:
        """End with what is wrong about the texts that were shown."""
        stage, texts = self.news.stage, self.news.texts
        right = sorted(texts[number] for number in ready)
        stage.require(sorted(map(str, got)) != right, "not in order")
        left = written([n for n in ready if texts[n] not in got])
        strange = any(text not in right for text in got)
        stage.require(left and not strange, "other texts")
        stage.require(False, "not all", which=left)


async def show(
    news: Newsroom, numbers: Iterable[int], *screens: OrderedScreen
) -> None:
    """Send news, and require that they are shown in order.

    Args:
        news: who sends.
        numbers: what is sent.
        screens: who gets it; the first was there first.
    """
    for number in numbers:
        heard = await news.publish(number)
        for screen in screens:
            screen.judge(number, heard[screen.name], first=screens[0])
