"""4.3: the source document's first chat, complete: names that stay."""

from minichannels.lab.checking.exercise import Exercise, Stage, Text


async def play(stage: Stage) -> None:
    """Tell a name, talk, and look whether another client keeps hers."""
    ada = await stage.connect("/", "ada")
    bob = await stage.connect("/", "bob")
    await stage.send(ada, "/name  Ada ")
    answers = ada.heard[1:]
    stage.require(answers, "silent")
    stage.require(not str(answers[0]).startswith("Anonymous: "), "as a text")
    spaced = answers[0] in (
        "[set your username to   Ada ]",
        "[set your username to  Ada]",
    )
    stage.require(not spaced, "spaces")
    answer = "[set your username to Ada]"
    stage.require(answers == [answer], "other", got=answers[0])
    await stage.send(ada, "hello")
    said = ada.heard[-1]
    stage.require(said != "Anonymous: hello", "not kept")
    stage.require(said == "Ada: hello", "other", got=said)
    await stage.send(bob, "hello")
    heard = bob.heard[-1]
    stage.require(heard != "Ada: hello", "shared")
    stage.require(heard == "Anonymous: hello", "other", got=heard)
    await stage.close(ada)


_WELCOME = """\
class ChatConsumer(WebsocketConsumer):
    def connect(self):
        self.username = "Anonymous"
        self.accept()
        self.send(text_data="[Welcome %s!]" % self.username)

"""

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
        "as a text": Text(
            headline="the command was taken for something that ada said.",
            should="A text that starts with `/name` sets the name. It is"
            " answered with `[set your username to Ada]`.",
            next='ask first: `if text_data.startswith("/name"):`',
        ),
        "silent": Text(
            headline="ada told her name and got no answer.",
            should="ada receives `[set your username to Ada]`.",
            missing="websocket.send",
        ),
        "spaces": Text(
            headline="the spaces around the name became part of it.",
            should="ada wrote `/name`, two spaces, `Ada` and a space. Her name"
            " is `Ada`.",
            next="take the spaces off: `text_data[5:].strip()`.",
        ),
        "not kept": Text(
            headline="ada is still Anonymous.",
            did="She had told her name before.",
            should="`Ada: hello`: what one handler puts on `self`, the next one"
            " finds there.",
            next="put the name on `self.username`, not into a local variable.",
        ),
        "shared": Text(
            headline="bob speaks under ada's name.",
            did="bob received `Ada: hello`.",
            should="bob never told a name: `Anonymous: hello`.",
            next="keep the name on `self`, not on the class.",
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
    solution=_WELCOME
    + """\
    def receive(self, *, text_data):
        if text_data.startswith("/name"):
            self.username = text_data[5:].strip()
            self.send(text_data="[set your username to %s]" % self.username)
        else:
            self.send(text_data=self.username + ": " + text_data)

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
        "spaces": _WELCOME
        + """\
    def receive(self, *, text_data):
        if text_data.startswith("/name"):
            self.username = text_data[5:]
            self.send(text_data="[set your username to %s]" % self.username)
        else:
            self.send(text_data=self.username + ": " + text_data)
""",
        "not kept": _WELCOME
        + """\
    def receive(self, *, text_data):
        if text_data.startswith("/name"):
            username = text_data[5:].strip()
            self.send(text_data="[set your username to %s]" % username)
        else:
            self.send(text_data=self.username + ": " + text_data)
""",
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
        "silent": _WELCOME
        + """\
    def receive(self, *, text_data):
        if text_data.startswith("/name"):
            self.username = text_data[5:].strip()
        else:
            self.send(text_data=self.username + ": " + text_data)
""",
    },
)
