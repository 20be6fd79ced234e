"""The numbered news of 8.1 to 8.3, sent to a stage; what all three look at."""

from collections.abc import Mapping
from typing import Any

from minichannels.exceptions import NoHandlerError
from minichannels.lab.checking.stage.clients import Frame, ScenarioClient
from minichannels.lab.checking.stage.exercise import Stage, Text
from minichannels.lab.checking.stage.miss import Raised
from minichannels.lab.checking.stage.steps import frame, listed

GROUP = "news"

_WORDS = ("rain", "wind", "sun", "fog", "snow", "hail", "frost", "storm")
_SHAPES = ("{a} {B}", "{a}", '{A}: "{b}"', "007", "{a}é", "")
_KNOWN = {Raised(NoHandlerError): "not handled"}

Heard = dict[str, list[Frame]]


class Newsroom:
    """Who sends the news, and the screens that it goes to.

    Args:
        stage: where it is.

    Attributes:
        screens: who is connected.
        texts: what was sent, by number.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.screens: dict[str, ScenarioClient] = {}
        self.texts: dict[int, str] = {}

    async def join(self, name: str) -> None:
        """Let a screen connect."""
        path = self.stage.draw.one("/", "/wall", "/a/b", "/")
        self.screens[name] = await self.stage.connect(path, name)

    async def leave(self, name: str) -> None:
        """Let a screen go."""
        await self.stage.close(self.screens.pop(name))

    def message(self, number: int, **more: Any) -> dict[str, Any]:
        """Return the message of a number: the same one each time."""
        if number not in self.texts:
            example = _WORDS[number % len(_WORDS) - 1]
            self.texts[number] = self.stage.draw.text(example, *_SHAPES)
        text = self.texts[number]
        return {"type": "item", "number": number, "text": text, **more}

    async def publish(self, number: int, **more: Any) -> Heard:
        """Send one of the news to all; return what each of them heard."""
        stage, before = self.stage, self.counts()
        message = self.message(number, **more)
        stage.values |= {"sent": number, "text": frame(message["text"])}
        with stage.meaning(_KNOWN):
            await stage.group_send(GROUP, message, number)
        members = stage.of("group_send", group=GROUP)[-1].members
        names = listed(list(self.screens))
        reached = members >= len(self.screens)
        stage.require(reached, "not in the group", number=members, names=names)
        self.require_there()
        return self.since(before)

    def require_there(self) -> None:
        """Require that no connection was ended."""
        for name, screen in self.screens.items():
            gone = screen.closed or screen.over
            self.stage.require(not gone, "ended", name=name)

    def counts(self) -> dict[str, int]:
        """Return how much each of them has heard so far."""
        return {name: len(s.heard) for name, s in self.screens.items()}

    def since(self, before: Mapping[str, int]) -> Heard:
        """Return what each of them has heard since then."""
        screens = self.screens.items()
        return {n: s.heard[before.get(n, 0) :] for n, s in screens}


def frames(heard: list[Frame]) -> str:
    """Return what somebody heard, as a text shows it."""
    return listed([*map(frame, heard)]) if heard else "nothing"


def written(numbers: list[int]) -> str:
    """Return numbers, as a text shows them."""
    return listed([f"`{number}`" for number in numbers])


TEXTS: Mapping[str, Text] = {
    "not in the group": Text(
        headline="not every screen is in the group `news`.",
        did="Connected: $names. Members of the group: $number.",
        should="`groups` in the class makes each of its consumers a member.",
        next='put `groups = ["news"]` back into the class.',
    ),
    "not handled": Text(
        headline="one of the news has no handler.",
        did="$application raised $error: $text",
        should="The type `item` names the method `item`, which handles it.",
        next="keep the method `item(self, event)`.",
    ),
    "ended": Text(
        headline="$name is not connected any more.",
        should="Whatever comes, $name stays connected.",
        next="close nothing, and let no error end the consumer.",
    ),
}
"""What is said of all three."""
