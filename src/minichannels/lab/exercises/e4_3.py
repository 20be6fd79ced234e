"""4.3: the source document's first chat, complete: names that stay."""

from minichannels.lab.checking.stage.exercise import Exercise, Text, edit
from minichannels.lab.exercises.named_chat import ANONYMOUS, play

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
        if text_data.startswith("/name "):
            self.username = text_data[6:].strip()
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
            should="This is the first consumer of Channels' own introduction"
            " (there `/nameless` is a command, too). `self.username` belongs to"
            " one connection.",
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
            should="A text that starts with the word `/name` sets the name. It"
            " is answered with $wanted.",
            next='ask first: `if text_data.startswith("/name "):`',
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
            next="take the spaces off: `text_data[6:].strip()`.",
        ),
        "empty": Text(
            headline="the name is empty.",
            did="$client wrote $wrote.",
            should="$wanted. Between two spaces there is an empty word, and"
            " the name comes after them.",
            next="take all that follows the command, without the spaces around"
            " it: `text_data[6:].strip()`.",
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
        "taken out": Text(
            headline="`/name` was taken out of the middle of a name, too.",
            did="$client wrote $wrote, and the name became $told.",
            should="Only the first word is the command. The name is all that"
            " follows: $wanted.",
            next="take the command off the beginning alone: `text_data[6:]`;"
            " `replace` looks for it everywhere.",
        ),
        "part": Text(
            headline="only a part of the name came through.",
            did="$client wrote $wrote, and the name became $told.",
            should="The name is all that follows `/name`, without the spaces"
            " around it: $wanted.",
            next="take all that follows the command: `text_data[6:].strip()`."
            " `lstrip` takes off single letters, not a word; `split()` cuts at"
            " every space.",
        ),
        "taken for a command": Text(
            headline="$client said something, and it was taken for a command.",
            did="$client said $said and received $got.",
            should="Only a text that starts with the word `/name` sets the"
            " name. All others are answered as before: $wanted.",
            next='ask `text_data.startswith("/name ")`.',
        ),
        "longer word": Text(
            headline="$client wrote another word, which only begins like the"
            " command.",
            did="$client said $said and received $got.",
            should="The command is the word `/name`, with a space behind it."
            " All others are answered as before: $wanted.",
            next='ask for the space, too: `text_data.startswith("/name ")`.',
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
        '`text_data.startswith("/name ")` tells them apart; `text_data[6:]` is'
        " what follows the command.",
        "`self.username = text_data[6:].strip()`, then send"
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
        "taken out": edit(
            _GOOD, "text_data[6:]", 'text_data.replace("/name ", "")'
        ),
        "spaces": edit(_GOOD, "text_data[6:].strip()", "text_data[6:]"),
        "longer word": edit(_GOOD, '"/name "', '"/name"', "[6:]", "[5:]"),
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
        if text_data.startswith("/name "):
            ChatConsumer.username = text_data[6:].strip()
            self.send(text_data="[set your username to %s]" % self.username)
        else:
            self.send(text_data=self.username + ": " + text_data)
""",
        "empty": edit(
            _GOOD, "text_data[6:].strip()", 'text_data.split(" ")[1]'
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
            'text_data.startswith("/name ")',
            'text_data == "/name"',
            "text_data[6:].strip()",
            "text_data[6:]",
        ),
        "silent": edit(
            _GOOD,
            '            self.send(text_data="[set your username to '
            '%s]" % self.username)\n',
            "",
        ),
    },
)
