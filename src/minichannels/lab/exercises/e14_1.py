"""14.1: a conversation that remembers what its user has said."""

from minichannels.lab.checking.stage.clients import ScenarioPeer
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.steps import frame
from minichannels.types import Message

_SHAPES = ("{a} {B}", "{A}, {b}", "{a}é", "{A} and {b}")
_WITH_LIST = ("{a} list", "list of {a}", "{a}list")
_ROOM = "#lobby"
_KNOWN = {
    "is not defined": "not on self",
    "'Memo' object has no attribute": "not on self",
    "referenced before assignment": "not on self",
    "cannot access local variable": "not on self",
    "cannot send 'websocket.send'": "to a socket",
}


async def play(stage: Stage) -> None:
    """Let users say things, in a room and in private."""
    draw = stage.draw
    talks = _Talks(stage)
    things = [draw.text(e, *_SHAPES) for e in ("tea", "coffee", "milk")]
    said = [("ada", things[0]), ("bob", things[1]), ("ada", things[2])]
    for number, (name, thing) in enumerate(draw.order(said)):
        await talks.say(name, thing, None if number == 2 else _ROOM)
    await talks.ask("ada", None)
    await talks.ask("bob", _ROOM)
    await talks.say("ada", draw.text("cake", *_WITH_LIST), _ROOM)
    await talks.ask("ada", _ROOM)
    await talks.ask("ada", None)
    await talks.come_back("ada", draw.text("juice", *_SHAPES))
    if draw.turn:
        await talks.ask("bob", None)


class _Talks:
    """Who talks, and what each has said."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.peers: dict[str, ScenarioPeer] = {}
        self.said: dict[str, list[str]] = {}
        self.where: dict[str, list[tuple[str, str | None]]] = {}
        self.former: dict[str, list[str]] = {}

    async def say(self, name: str, thing: str, room: str | None) -> None:
        """Let a user say something, which is not answered."""
        answers = [_text(e) for e in await self._told(name, thing, room)]
        self.said[name].append(thing)
        self.where[name].append((thing, room))
        self.stage.values["got"] = " and ".join(map(frame, answers))
        key = "word in it" if "list" in thing else "answers all"
        self.stage.require(not answers, key, said=frame(thing))

    async def ask(self, name: str, room: str | None) -> None:
        """Let a user ask for the list, and look at it."""
        sent = await self._told(name, "list", room)
        answers, own = [_text(event) for event in sent], self.said[name]
        self.stage.values |= {
            "wanted": frame(", ".join(own)),
            "got": " and ".join(map(frame, answers)),
            "where": _where(room),
        }
        require = self.stage.require
        require(sent, "silent")
        require("text" in sent[0], "no text", keys=_keys(sent[0]))
        require(len(set(answers)) == 1, "several")
        self._require_own(name, room, answers[0])
        require(len(answers) == 1, "twice")

    def _require_own(self, name: str, room: str | None, got: str) -> None:
        """Require a list of what a user has said, and of nothing else."""
        require, own = self.stage.require, self.said[name]
        others = [t for n, ts in self.said.items() if n != name for t in ts]
        strange = [t for t in others if t not in own and t in got]
        require(not strange, "shared", strange=frame(next(iter(strange), "")))
        old = [t for t in self.former.get(name, []) if t in got]
        require(not old, "kept", strange=frame(next(iter(old), "")))
        self._require_all(name, room, got.lower())
        told, wanted = got.split(", "), ", ".join(own)
        kept = ", ".join(thing for thing in told if thing != "list")
        require(got == wanted or kept != wanted, "list, too")
        same = sorted(told) == sorted(wanted.split(", "))
        require(got == wanted or not same, "order")
        require(got == wanted, "other")

    def _require_all(self, name: str, room: str | None, got: str) -> None:
        """Require all that a user has said, in this room and elsewhere."""
        lacking = [t for t in self.said[name] if t.lower() not in got]
        here = [t for t in lacking if (t, room) in self.where[name]]
        lost = next(iter(here or lacking), "")
        key = "lacks" if here else "forgets"
        self.stage.require(not lacking, key, lacking=frame(lost))

    async def come_back(self, name: str, thing: str) -> None:
        """Let a conversation end, and the same user begin another one."""
        peer = self.peers.pop(name)
        with self.stage.meaning(_KNOWN):
            await self.stage.part(peer, "nothing was said for 600 s")
        self.former[name] = [t for t in self.said.pop(name) if t != thing]
        await self.say(name, thing, None)
        await self.ask(name, None)

    async def _told(
        self, name: str, text: str, room: str | None
    ) -> list[Message]:
        """Hand a message over; return what comes of it."""
        with self.stage.meaning(_KNOWN):
            if name not in self.peers:
                self.said[name], self.where[name] = [], []
                self.peers[name] = await self.stage.meet("chat", name)
            peer = self.peers[name]
            self.stage.values = {"client": name}
            before = len(peer.sent)
            words = f"{name} said {frame(text)} {_where(room)}"
            event = {"text": text, "room": room, "user": name}
            await self.stage.tell(words, peer, "received_message", **event)
        return peer.sent[before:]


def _where(room: str | None) -> str:
    return f"in `{room}`" if room else "in private"


def _text(event: Message) -> str:
    return str(event.get("text", ""))


def _keys(event: Message) -> str:
    return " and ".join(f"`{key}`" for key in event)


_TOP = "class Memo(AsyncConsumer):\n"
_STUB = f"""\
{_TOP}\
    async def chat_connect(self, event):
        pass

    async def chat_received_message(self, event):
        if event["text"] == "list":
            # The answer is what this user has said, such as "tea, milk".
            pass

    async def chat_disconnect(self, event):
        raise StopConsumer
"""
_SOLUTION = edit(
    _STUB,
    """\
            # The answer is what this user has said, such as "tea, milk".
            pass
""",
    """\
            text = ", ".join(self.said)
            await self.send({"type": "chat.send_message", "text": text})
        else:
            self.said.append(event["text"])
""",
    "        pass\n",
    "        self.said = []\n",
)
_ONE_DICT = """\
from collections import defaultdict

said = defaultdict(list)


"""


EXERCISE = Exercise(
    number="14.1",
    name="Memo",
    play=play,
    texts={
        "solved": Text(
            headline="each user has a list that lasts as long as the"
            " conversation.",
            should="IRC sends one message after the other. It is the server"
            " that makes one scope of what one user says, wherever that is:"
            " so the consumer's own `self` is the conversation's memory.",
        ),
        "untouched": Text(
            headline="nobody gets a list yet.",
            did="ada said `tea` in `#lobby`, then `milk` in private, and asked"
            " for the `list`.",
            should="ada gets `tea, milk`, and bob `coffee`.",
            first="ask yourself how many objects of your class there are while"
            " ada and bob talk, and which of them hears what.",
        ),
        "silent": Text(
            headline="$client asked for the list and got nothing.",
            should="$client gets $wanted.",
            missing="chat.send_message",
        ),
        "shared": Text(
            headline="$client is told what somebody else has said.",
            did="$client got $got, and never said $strange.",
            should="$client gets $wanted: what this user has said.",
            next="make an empty list in `chat_connect`, on `self`.",
            why="M10",
        ),
        "forgets": Text(
            headline="something that $client said is not on the list.",
            did="$client asked $where, and got $got. It lacks $lacking.",
            should="$client gets $wanted: all that was said, in whatever room.",
            next="keep one list for each scope, and leave the room out of it.",
            why="M44",
        ),
        "lacks": Text(
            headline="something that $client said is not on the list.",
            did="$client asked $where, and got $got. It lacks $lacking, which"
            " $client had said there.",
            should="$client gets $wanted: all that was said, in whatever room.",
            next="let each text that is not `list` become one thing of the"
            " list, and keep all of them.",
        ),
        "kept": Text(
            headline="a new conversation begins with an old list.",
            did="$client was silent for ten minutes, and the scope ended. In"
            " the next one $client got $got. That $strange was said in the"
            " conversation before.",
            should="$client gets $wanted: what was said since this conversation"
            " began.",
            next="keep the list where it ends with the consumer: on `self`.",
            why="M45",
        ),
        "answers all": Text(
            headline="what $client said was answered at once.",
            did="$client said $said, and got $got.",
            should="Only `list` is answered.",
            next="send in the branch for `list` alone.",
        ),
        "word in it": Text(
            headline="what $client said was taken for the word `list`.",
            did="$client said $said, and got $got.",
            should="Only the word `list` alone is answered. A text that has it"
            " in it is kept, as any other is.",
            next="ask whether the text is the same as `list`, with `==`.",
        ),
        "list, too": Text(
            headline="the word `list` is on the list.",
            did="$client got $got.",
            should="$client gets $wanted: `list` asks for the list, and is not"
            " kept.",
            next="keep what was said in an `else:` of the branch for `list`.",
        ),
        "no text": Text(
            headline="what $client was sent has no text.",
            did="It has $keys, and no `text`.",
            should="The text of what is said stands under the key `text`: it is"
            " $wanted.",
            next="write `text` as the key.",
        ),
        "several": Text(
            headline="the list came in several messages.",
            did="$client got $got.",
            should="$client gets $wanted: one message, with all that was said.",
            next="put the texts together first, then send once.",
        ),
        "twice": Text(
            headline="the list was sent more than once.",
            did="$client asked once, and got $got.",
            should="$client gets $wanted once.",
        ),
        "order": Text(
            headline="the list is in another order.",
            did="$client got $got.",
            should="$client gets $wanted: in the order in which it was said.",
            next="keep the texts in a list: a set has no order.",
        ),
        "other": Text(
            headline="the list reads differently.",
            did="$client got $got.",
            should="$client gets $wanted: all in order, in one message, with a"
            " comma and a blank between.",
            next='put the texts together with `", ".join(…)`.',
        ),
        "not on self": Text(
            headline="your code does not find its list.",
            did="$application raised $error: $text",
            should="What one method keeps for another stands on `self`, from"
            " the beginning of the conversation on.",
            next="begin with `self.said = []` in `chat_connect`.",
        ),
        "to a socket": Text(
            headline="a chat user has no WebSocket.",
            did="$application raised $error: $text",
            should="In a scope of the type `chat` one sends events of the type"
            " `chat.send_message`.",
            next="write `chat.send_message` as the type.",
        ),
    },
    hints=(
        "For each conversation there is one object of your class. What does it"
        " have that the other objects do not see?",
        "Make an empty list on `self` when the conversation begins. Who is in"
        " which room does not matter.",
        "`self.said = []` in `chat_connect`; else `self.said.append(…)`; for"
        ' `list` send `{"type": "chat.send_message", "text":'
        ' ", ".join(self.said)}`.',
    ),
    stub=_STUB,
    solution=_SOLUTION,
    second="""\
class Memo(SyncConsumer):
    said = ""

    def chat_connect(self, event):
        pass

    def chat_received_message(self, event):
        match event["text"]:
            case "list":
                self.send({"type": "chat.send_message", "text": self.said})
            case text:
                self.said += f", {text}" if self.said else text

    def chat_disconnect(self, event):
        raise StopConsumer
""",
    wrong={
        "scope goes on": edit(_SOLUTION, "raise StopConsumer", "pass"),
        "shared": edit(
            _SOLUTION,
            "        self.said = []\n",
            "        pass\n",
            _TOP,
            _TOP + "    said = []\n\n",
        ),
        "forgets": edit(
            _SOLUTION,
            "self.said = []",
            "self.said = {}",
            "join(self.said)",
            'join(self.said.get(event["room"], []))',
            'self.said.append(event["text"])',
            'self.said.setdefault(event["room"], []).append(event["text"])',
        ),
        "kept": _ONE_DICT
        + edit(
            _SOLUTION.replace("self.said", 'said[self.scope["peer"]]'),
            '        said[self.scope["peer"]] = []\n',
            "        pass\n",
        ),
        "answers all": edit(
            _SOLUTION,
            '        if event["text"] == "list":\n',
            '        self.said.append(event["text"])\n        if self.said:\n',
            '        else:\n            self.said.append(event["text"])\n',
            "",
        ),
        "word in it": edit(
            _SOLUTION,
            'if event["text"] == "list":',
            'if "list" in event["text"]:',
        ),
        "list, too": edit(
            _SOLUTION,
            "        else:\n            self.said",
            "        self.said",
        ),
        "no text": edit(_SOLUTION, '"text": text', '"message": text'),
        "several": edit(
            _SOLUTION,
            '            text = ", ".join(self.said)\n            await',
            "            for text in self.said:\n                await",
        ),
        "twice": edit(
            _SOLUTION,
            "            await self.send",
            "            for _ in range(2):\n                await self.send",
        ),
        "order": edit(_SOLUTION, ".join(self.said)", ".join(self.said[::-1])"),
        "other": edit(_SOLUTION, '", ".join', '" ".join'),
        "not on self": edit(_SOLUTION, "self.said = []", "said = []"),
        "to a socket": edit(_SOLUTION, "chat.send_message", "websocket.send"),
    },
)
