"""4.3: the source document's first chat, complete: names that stay."""

from minichannels.lab.checking.stage.clients import ScenarioClient
from minichannels.lab.checking.stage.draw import ODD
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.steps import frame

ANONYMOUS = "Anonymous"
_SET = "[set your username to "

# Names that begin with letters of "/name ", and that have a space in them.
_NAMES = ("em{a}", "{A} {B}", "n{a} é{B} {b}", "{A}-{b}name 2")
# What is no command, though it looks like one.
_SAID = ("my /name is {a}", "name {A}", "/nick {a}", "{A}: /name {b}")


async def play(stage: Stage) -> None:
    """Tell a name, talk, and look whether another client keeps hers."""
    if stage.draw.turn:
        await _play_drawn(_Chat(stage))
        return
    chat = _Chat(stage)
    await chat.welcome("ada")
    await chat.welcome("bob")
    await chat.name("ada", "/name Ada", "Ada")
    await chat.say(("ada", "hello"))
    await chat.say(("bob", "hello"))
    await chat.name("bob", "/name  Bob ", "Bob")
    await chat.leave("ada")


async def _play_drawn(chat: "_Chat") -> None:
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


class _Chat:
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
            got = " and ".join(map(frame, client.heard))
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


_WELCOME = """\
class ChatConsumer(WebsocketConsumer):
    def connect(self):
        self.username = "Anonymous"
        self.accept()
        self.send(text_data="[Welcome %s!]" % self.username)

"""

_GOOD = (
    _WELCOME
    + """\
    def receive(self, *, text_data):
        if text_data.startswith("/name"):
            self.username = text_data[5:].strip()
            self.send(text_data="[set your username to %s]" % self.username)
        else:
            self.send(text_data=self.username + ": " + text_data)
"""
)

EXERCISE = Exercise(
    number="4.3",
    name="ChatConsumer",
    play=play,
    texts={
        "solved": Text(
            headline="ada has a name, and bob has his own.",
            should="This is the first consumer of Channels' own"
            " introduction. `self.username` belongs to one connection.",
        ),
        "untouched": Text(
            headline="a command is answered like any other text.",
            should="`/name Ada` sets ada's name, and is answered with `[set"
            " your username to Ada]`.",
            first="let `receive` find out whether a text is a command. The"
            " others are answered as before.",
        ),
        "as a text": Text(
            headline="the command was taken for something that $client said.",
            should="A text that starts with `/name` sets the name. It is"
            " answered with $wanted.",
            next='ask first: `if text_data.startswith("/name"):`',
        ),
        "silent": Text(
            headline="$client told a name and got no answer.",
            should="$client receives $wanted.",
            missing="websocket.send",
        ),
        "spaces": Text(
            headline="the spaces around the name became part of it.",
            did="$client wrote $wrote, and the name became $told.",
            should="The name is what is left without the spaces.",
            next="take the spaces off: `text_data[5:].strip()`.",
        ),
        "empty": Text(
            headline="the name is empty.",
            did="$client wrote $wrote.",
            should='$wanted. But `split(" ")` finds an'
            " empty word between two spaces.",
            next="take all that follows the command, without the spaces around"
            " it: `text_data[5:].strip()`.",
        ),
        "old name": Text(
            headline="the answer has the old name.",
            did="$client wrote $wrote and received $got.",
            should="$client receives $wanted.",
            next="put the name on `self.username`, then send the answer. A"
            " name on the class is hidden by the one that `connect` has put on"
            " `self`.",
        ),
        "twice": Text(
            headline="the command got a second answer.",
            did="$client received $said as well.",
            should="A command is answered with $wanted alone.",
            next="put the line of the second answer under `else:`.",
        ),
        "not kept": Text(
            headline="$client does not speak under the new name.",
            did="$client had told it before, and received $got.",
            should="$client receives $wanted: what one handler puts on `self`,"
            " the next one finds there.",
            next="put the name on `self.username`. A local variable ends with"
            " its method; a name on the class is hidden by the one on `self`.",
        ),
        "shared": Text(
            headline="$client has the name of somebody else.",
            did="$client received $got.",
            should="$client receives $wanted. A name belongs to one client.",
            next="keep the name on `self`, neither on the class nor in a"
            " global variable.",
            why="M10",
        ),
        "other": Text(
            headline="the answer reads differently.",
            did="$client received $got.",
            should="$client receives $wanted.",
        ),
        "part": Text(
            headline="only a part of the name came through.",
            did="$client wrote $wrote, and the name became $told.",
            should="The name is all that follows `/name`, without the spaces"
            " around it: $wanted.",
            next="take all that follows the command: `text_data[5:].strip()`."
            " `lstrip` takes off single letters, not a word; `split()` cuts at"
            " every space.",
        ),
        "taken for a command": Text(
            headline="$client said something, and it was taken for a command.",
            did="$client said $said and received $got.",
            should="Only a text that starts with `/name` sets the name. All"
            " others are answered as before: $wanted.",
            next='ask `text_data.startswith("/name")`.',
        ),
        "left out": Text(
            headline="$client said $said and got no answer.",
            should="What is no command is answered as before: $wanted.",
            missing="websocket.send",
        ),
        "welcome": Text(
            headline="the welcome is not as it was.",
            did="$client received $got.",
            should=f"Whoever comes receives `[Welcome {ANONYMOUS}!]`: a new"
            " client has told no name yet.",
        ),
    },
    hints=(
        "Two kinds of text come in: commands and everything else.",
        '`text_data.startswith("/name")` tells them apart; `text_data[5:]` is'
        " what follows the command.",
        "`self.username = text_data[5:].strip()`, then send"
        ' `"[set your username to %s]" % self.username`; the old line goes'
        " under `else:`.",
    ),
    stub=_WELCOME
    + """\
    def receive(self, *, text_data):
        # A text such as "/name Ada" sets the name. It is answered with
        # [set your username to Ada]
        self.send(text_data=self.username + ": " + text_data)
""",
    solution=_GOOD
    + """
    def disconnect(self, message):
        pass
""",
    second="""\
class ChatConsumer(AsyncWebsocketConsumer):
    username = "Anonymous"

    async def connect(self):
        await self.accept()
        await self.send(text_data=f"[Welcome {self.username}!]")

    async def receive(self, text_data):
        command, _, name = text_data.partition(" ")
        if command != "/name":
            await self.send(text_data=f"{self.username}: {text_data}")
            return
        self.username = name.strip()
        await self.send(text_data=f"[set your username to {self.username}]")
""",
    wrong={
        "spaces": edit(_GOOD, "text_data[5:].strip()", "text_data[5:]"),
        "not kept": edit(
            _GOOD,
            "self.username = text_data",
            "username = text_data",
            'to %s]" % self.username',
            'to %s]" % username',
        ),
        "shared": """\
class ChatConsumer(WebsocketConsumer):
    username = "Anonymous"

    def connect(self):
        self.accept()
        self.send(text_data="[Welcome %s!]" % self.username)

    def receive(self, *, text_data):
        if text_data.startswith("/name"):
            ChatConsumer.username = text_data[5:].strip()
            self.send(text_data="[set your username to %s]" % self.username)
        else:
            self.send(text_data=self.username + ": " + text_data)
""",
        "empty": edit(
            _GOOD, "text_data[5:].strip()", 'text_data.split(" ")[1]'
        ),
        "old name": edit(
            _GOOD,
            "self.username = text_data",
            "ChatConsumer.username = text_data",
        ),
        "twice": edit(
            _GOOD, "        else:\n            self.send", "        self.send"
        ),
        "as a text": edit(
            _GOOD,
            'text_data.startswith("/name")',
            'text_data == "/name"',
            "text_data[5:].strip()",
            "text_data[5:]",
        ),
        "silent": edit(
            _GOOD,
            '            self.send(text_data="[set your username to '
            '%s]" % self.username)\n',
            "",
        ),
    },
)
