"""Who shows numbered news in order: the rule of 8.3, played along."""

from collections.abc import Iterable

from minichannels.lab.checking.stage.clients import Frame
from minichannels.lab.exercises.news import Newsroom, frames, written

_MOST = 3
"""When so many wait, nobody waits any longer."""


class _Rule:
    """What is shown, and what waits.

    Args:
        last: the number after which the first one comes.
    """

    def __init__(self, last: int = 0) -> None:
        self.last = last
        self.shown: set[int] = set()
        self.early: list[int] = []

    def gets(self, number: int) -> list[int]:
        """Return the numbers whose texts are to be shown now."""
        if number > self.last and number not in self.early:
            self.early = sorted([*self.early, number])
        lost = self.early[0] != self.last + 1 if self.early else False
        lost = lost and len(self.early) == _MOST
        ready = []
        while self.early and (lost or self.early[0] == self.last + 1):
            self.last = self.early.pop(0)
            ready.append(self.last)
        self.shown.update(ready)
        return ready


class OrderedScreen:
    """What a screen should show: the rule, played along.

    Args:
        news: who sends.
        name: whose screen it is.
    """

    def __init__(self, news: Newsroom, name: str) -> None:
        self.news = news
        self.name = name
        self._rule = _Rule()
        self._from_its_first: _Rule | None = None

    @property
    def last(self) -> int:
        """The number that was shown last."""
        return self._rule.last

    def judge(
        self, number: int, got: list[Frame], first: "OrderedScreen"
    ) -> None:
        """Require that the right texts were shown after a number."""
        rule, stage, texts = self._rule, self.news.stage, self.news.texts
        if self._from_its_first is None:
            self._from_its_first = _Rule(number - 1)
        came = number in rule.shown or number in rule.early
        again = [n for n in sorted(rule.shown) if texts[n] in got]
        before, ready = rule.last, rule.gets(number)
        right = [texts[each] for each in ready]
        late = [texts[each] for each in self._from_its_first.gets(number)]
        if got == right:
            return
        stage.values |= {
            "name": self.name,
            "got": frames(got),
            "right": frames([*right]),
            "first": first.name,
        }
        stage.require(got != late, "from its first")
        stage.require(self is first, "on one screen")
        if ready:
            self._explain(ready, got, lost=ready[0] > before + 1)
        stage.require(texts[number] in got, "other texts")
        stage.require(not came, "twice")
        stage.require(number > before, "too late")
        stage.require(not again, "shown again", which=written(again))
        stage.miss("too early", which=f"`{before + 1}`")

    def _explain(
        self, ready: list[int], got: list[Frame], *, lost: bool
    ) -> None:
        """End with what is wrong about the texts that were shown."""
        stage, texts = self.news.stage, self.news.texts
        stage.require(got, "for ever" if lost else "silent")
        right = sorted(texts[number] for number in ready)
        stage.require(sorted(map(str, got)) != right, "not in order")
        more = [*map(str, got)]
        behind = more[: len(ready)] == [texts[n] for n in ready]
        known = all(text in texts.values() for text in more)
        stage.require(not (behind and known), "alone")
        left = written([n for n in ready if texts[n] not in got])
        strange = any(text not in right for text in got)
        stage.require(left and not strange, "other texts")
        stage.miss("not all", which=left)


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
