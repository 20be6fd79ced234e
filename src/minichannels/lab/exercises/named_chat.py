"""The chat of exercise 4.3: who talks, and under which name."""

from minichannels.lab.checking.stage.clients import ScenarioClient
from minichannels.lab.checking.stage.draw import ODD
from minichannels.lab.checking.stage.exercise import Stage
from minichannels.lab.checking.stage.steps import frame

ANONYMOUS = "Anonymous"
"""What is called who has told no name."""

_SET = "[set your username to "

# Names that begin with letters of "/name ", that have a space in them, and
# that have the command in them once more.
_NAMES = (
    *("em{a}", "{A} {B}", "n{a} é{B} {b}", "{A}-{b}name 2"),
    "{A} /name {b}",
)
# What is no command, though it looks like one.
_SAID = (
    *("my /name is {a}", "name {A}", "/nick {a}", "{A}: /name {b}"),
    *("/name{a}", "/names {A}"),
)


async def play(stage: Stage) -> None:
    """Tell a name, talk, and look whether another client keeps hers."""
    if stage.draw.turn:
        await _play_drawn(NamedChat(stage))
        return
    chat = NamedChat(stage)
    await chat.welcome("ada")
    await chat.welcome("bob")
    await chat.name("ada", "/name Ada", "Ada")
    await chat.say(("ada", "hello"))
    await chat.say(("bob", "hello"))
    await chat.name("bob", "/name  Bob ", "Bob")
    await chat.leave("ada")


async def _play_drawn(chat: "NamedChat") -> None:
    """Have other names told, and told again, and other things said."""
    draw = chat.stage.draw
    names = [draw.text("", *_NAMES) for _ in range(3)]
    said = [draw.text("", *_SAID) for _ in range(4)]
    odd = [draw.text("", *ODD, "") for _ in range(5)]
    ada, bob = draw.order(("ada", "bob"))
    await chat.welcome(ada, bob)
    await chat.say((ada, said[0]))
    await chat.name(ada, f"/name {names[0]}", names[0])
    await chat.say((ada, odd[0]), (bob, odd[1]))
    await chat.name(bob, f"/name   {names[1]}  ", names[1])
    await chat.say((ada, said[1]), (bob, said[2]))
    await chat.name(ada, f"/name {names[2]} ", names[2])
    await chat.say((ada, odd[2]))
    await chat.leave(bob)
    await chat.welcome("eve")
    await chat.say(("eve", said[3]), (ada, odd[3]))
    await chat.name("eve", f"/name {names[1]}", names[1])
    await chat.say((ada, odd[4]))


class NamedChat:
    """Who talks, under which names."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.clients: dict[str, ScenarioClient] = {}
        self.names: dict[str, list[str]] = {}
        # What clients of the turns before were called.
        self.before = [
            str(told).removeprefix(_SET).removesuffix("]")
            for told in stage.heard
            if str(told).startswith(_SET)
        ]

    async def welcome(self, *who: str) -> None:
        """Let clients connect at once, and look at their welcome."""
        visits = [("/", each) for each in who]
        for client in await self.stage.connect_at_once(*visits):
            self.clients[client.name] = client
            self.names[client.name] = [ANONYMOUS]
            got = " and ".join(map(frame, client.heard)) or "nothing"
            self.stage.values = {"client": client.name, "got": got}
            right = client.heard == [f"[Welcome {ANONYMOUS}!]"]
            self.stage.require(right, "welcome")

    async def leave(self, who: str) -> None:
        """Let a client leave."""
        await self.stage.close(self.clients[who])

    async def say(self, *said: tuple[str, str]) -> None:
        """Let clients say something at once, and look at the answers."""
        for (who, text), answers in zip(
            said, await self._sent(*said), strict=True
        ):
            own = self.names[who]
            wanted = f"{own[-1]}: {text}"
            self.stage.values = {
                "client": who,
                "said": frame(text),
                "wanted": frame(wanted),
                "got": " and ".join(map(frame, answers)),
            }
            self.stage.require(answers, "left out")
            command = answers[0].startswith(_SET)
            longer = command and text.startswith("/name")
            self.stage.require(not longer, "longer word")
            self.stage.require(not command, "taken for a command")
            name = answers[0].removesuffix(f": {text}")
            self.stage.require(name == own[-1] or name not in own, "not kept")
            self.stage.require(name not in self._others(who), "shared")
            self.stage.require(answers == [wanted], "other")

    async def name(self, who: str, wrote: str, name: str) -> None:
        """Let a client tell a name, and look at the answer."""
        require, wanted = self.stage.require, f"{_SET}{name}]"
        (answers,) = await self._sent((who, wrote))
        first = answers[0] if answers else ""
        told = first.removeprefix(_SET).removesuffix("]")
        self.stage.values = {
            "client": who,
            "wrote": frame(wrote),
            "wanted": frame(wanted),
            "told": frame(told),
            "got": frame(first),
        }
        require(answers, "silent")
        require(not first.endswith(f": {wrote}"), "as a text")
        require(told == name or told.strip() != name, "spaces")
        require(told or not first, "empty")
        require(told == name or told not in self.names[who], "old name")
        require(told == name or told not in self._others(who), "shared")
        without = name.replace("/name ", "")
        require(told == name or told != without, "taken out")
        require(told == name or told not in name, "part")
        require(first == wanted, "other")
        more = " and ".join(map(frame, answers[1:]))
        require(not more, "twice", said=more)
        self.names[who].append(name)

    async def _sent(self, *said: tuple[str, str]) -> list[list[str]]:
        """Let clients send something at once; return their answers."""
        clients = [self.clients[who] for who, _ in said]
        starts = [len(client.heard) for client in clients]
        texts = [text for _, text in said]
        await self.stage.send_at_once(*zip(clients, texts, strict=True))
        return [
            [str(frame) for frame in client.heard[start:]]
            for client, start in zip(clients, starts, strict=True)
        ]

    def _others(self, who: str) -> set[str]:
        """Return the names that others told, in the turns before, too."""
        now = (n for w, names in self.names.items() if w != who for n in names)
        return {*now, *self.before} - {ANONYMOUS}
