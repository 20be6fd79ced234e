"""4.3: the source document's first chat, complete: names that stay."""

from typing import Any

from minichannels.lab.checking.stage.clients import ScenarioClient
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit


async def play(stage: Stage) -> None:
    """Tell a name, talk, and look whether another client keeps hers."""
    ada = await stage.connect("/", "ada")
    bob = await stage.connect("/", "bob")
    await _name(stage, ada, "/name Ada", "Ada")
    await stage.send(ada, "hello")
    said = ada.heard[-1]
    stage.require(said != "Anonymous: hello", "not kept")
    stage.require(said == "Ada: hello", "other", got=said)
    await stage.send(bob, "hello")
    heard = bob.heard[-1]
    stage.require(heard != "Ada: hello", "shared")
    stage.require(heard == "Anonymous: hello", "other", got=heard)
    await _name(stage, bob, "/name  Bob ", "Bob")
    await stage.close(ada)


async def _name(
    stage: Stage, client: ScenarioClient, wrote: str, name: str
) -> None:
    """Let a client tell a name, and look at the answer."""
    before = len(client.heard)
    said: dict[str, Any] = {"client": client.name, "name": name}
    said["wrote"] = repr(wrote)
    await stage.send(client, wrote)
    answers = [str(frame) for frame in client.heard[before:]]
    stage.require(answers, "silent", **said)
    first = said["got"] = answers[0]
    stage.require(not first.endswith(f": {wrote}"), "as a text", **said)
    told = first.removeprefix("[set your username to ").removesuffix("]")
    spaced = told != name and told.strip() == name
    stage.require(not spaced, "spaces", told=repr(told), **said)
    stage.require(told or not first, "empty", **said)
    stage.require(told != "Anonymous", "old name", **said)
    right = first == f"[set your username to {name}]"
    stage.require(right, "other", **said)
    stage.require(len(answers) == 1, "twice", said=answers[-1], **said)


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
            " answered with `[set your username to $name]`.",
            next='ask first: `if text_data.startswith("/name"):`',
        ),
        "silent": Text(
            headline="$client told a name and got no answer.",
            should="$client receives `[set your username to $name]`.",
            missing="websocket.send",
        ),
        "spaces": Text(
            headline="the spaces around the name became part of it.",
            did="The client wrote `$wrote`, and the name became `$told`.",
            should="The name is what is left without the spaces.",
            next="take the spaces off: `text_data[5:].strip()`.",
        ),
        "empty": Text(
            headline="the name is empty.",
            did="The client wrote `$wrote`.",
            should='`[set your username to $name]`. But `split(" ")` finds an'
            " empty word between two spaces.",
            next="take all that follows the command, without the spaces around"
            " it: `text_data[5:].strip()`.",
        ),
        "old name": Text(
            headline="the answer has the old name.",
            should="`[set your username to $name]`.",
            next="put the name on `self.username`, then send the answer. A"
            " name on the class is hidden by the one that `connect` has put on"
            " `self`.",
        ),
        "twice": Text(
            headline="the command got a second answer.",
            did="The second one was `$said`.",
            should="A command is answered with `[set your username to $name]`"
            " alone.",
            next="put the line of the second answer under `else:`.",
        ),
        "not kept": Text(
            headline="ada is still Anonymous.",
            did="She had told her name before.",
            should="`Ada: hello`: what one handler puts on `self`, the next one"
            " finds there.",
            next="put the name on `self.username`. A local variable ends with"
            " its method; a name on the class is hidden by the one on `self`.",
        ),
        "shared": Text(
            headline="bob speaks under ada's name.",
            did="bob received `Ada: hello`.",
            should="bob never told a name: `Anonymous: hello`.",
            next="keep the name on `self`, neither on the class nor in a"
            " global variable.",
            why="M10",
        ),
        "other": Text(
            headline="the answer reads differently.",
            did="The client received `$got`.",
            should="`[set your username to Ada]`, then `Ada: hello`; for bob"
            " `Anonymous: hello`.",
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
