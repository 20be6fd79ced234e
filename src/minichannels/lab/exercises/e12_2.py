"""12.2: who is here?"""

from typing import Any

from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.steps import listed
from minichannels.lab.exercises.e12_1 import EXERCISE as BEFORE
from minichannels.lab.exercises.learners import Learners, new_room, shown


async def play(stage: Stage) -> None:
    """Let some come and go, come back too early, and read slowly."""
    list_ = AttendanceList(stage)
    learners = list_.learners
    ada, bob = stage.draw.name("ada"), stage.draw.name("bob")
    await list_.comes(ada, "not told who comes")
    await list_.comes(bob, "others not told")
    await list_.comes("eve", "others not told")
    await learners.leaves("eve")
    list_.judge("still listed")
    if stage.draw.one(False, True, False):
        await _talk(list_, ada, bob)
    await learners.opens_again(bob)
    list_.judge("not told who comes")
    await learners.old_end_is_noticed(bob)
    list_.judge("vanished")
    await _read_slowly(list_, ada)
    await learners.mumbles(bob)
    list_.judge("still listed")
    if stage.draw.one(False, False, True):
        await _open_another(stage)


async def _talk(list_: "AttendanceList", one: str, other: str) -> None:
    """Let one say something, and the other be done: it is still the chat."""
    stage, learners = list_.stage, list_.learners
    for name in (one, other):
        await learners.sends(name, {"after": 0})
    await learners.says(one, "hi")
    await learners.sends(other, {"done": "2.1"})
    for name in (one, other):
        stage.values["listener"] = name
        said = learners.told(name, "said")
        stage.require([it["said"] for it in said] == ["hi"], "no chat")
        board = [it["board"] for it in learners.told(name, "board")]
        stage.require({"2.1": 1} in board, "no board")


async def _open_another(stage: Stage) -> None:
    """Let somebody come to another classroom, which knows nobody yet."""
    stage.put_on_another(**new_room())
    list_ = AttendanceList(stage)
    await list_.comes("ivan", "two rooms", "two rooms")


async def _read_slowly(list_: "AttendanceList", slow: str) -> None:
    """Let some come and go while somebody reads nothing."""
    learners = list_.learners
    learners.pauses(slow)
    for name in ("dora", "fred", "gail", "hans"):
        await learners.comes(name)
    await learners.leaves("fred")
    await learners.leaves("gail")
    await learners.reads_on(slow)
    list_.judge("stale")


class AttendanceList:
    """The list of those who are there, and who has to see it.

    Args:
        stage: where it is played.

    Attributes:
        learners: the pages.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.learners = Learners(stage)

    async def comes(
        self, name: str, key: str, own: str = "not told who comes"
    ) -> None:
        """Let somebody come; all have to be told so.

        Args:
            name: who it is.
            key: of the text if others are not told.
            own: of the text if whoever comes is not told.
        """
        self.stage.values["newcomer"] = name
        await self.learners.comes(name)
        self._judge(name, own)
        self.judge(key)

    def judge(self, key: str) -> None:
        """Require that each page was told last who is there.

        Args:
            key: of the text if it was told something else, or nothing.
        """
        for name in self.learners.names:
            self._judge(name, key)

    def _judge(self, name: str, key: str) -> None:
        stage, names = self.stage, self.learners.names
        stage.values |= {"listener": name, "names": listed(names)}
        told = self.learners.told(name, "present")
        sent = self.learners.sent(name, "present")
        at = sent[-1] if sent else None
        last = told[-1] if told else {}
        stage.values["got"] = shown(told[-1:])
        found: Any = last.get("present")
        is_list = isinstance(found, list) and all(
            isinstance(each, str) for each in found
        )
        stage.require(is_list or not told, "other form", at)
        stage.require(set(last) <= {"present"}, "other form", at)
        self._require_the_key(name, names)
        if is_list:
            twice = len(set(found)) < len(found)
            stage.require(not twice, "twice", at)
        stage.require(is_list and sorted(found) == names, key, at)

    def _require_the_key(self, name: str, names: list[str]) -> None:
        """Require that the names do not come under another key."""
        for it in self.learners.all_told(name):
            lists = [each for each in it.values() if isinstance(each, list)]
            got = shown([it])
            under_another = names in lists and "present" not in it
            self.stage.require(not under_another, "other form", got=got)


_TOP = """\
class Classroom(Chat):
    async def connect(self):
        await super().connect()
"""
_COMES = """\
        self.room.present.append(self.name)
        await self.ring()
"""
_GOES = """
    async def disconnect(self, code):
        self.room.present.remove(self.name)
        await self.ring()
"""
_NEWS = """
    async def news(self, event=None):
        await super().news()
        await self.send_json({"present": sorted(set(self.room.present))})
"""
_DECODE = """
    @classmethod
    async def decode_json(cls, text_data):
        try:
            return json.loads(text_data)
        except ValueError:
            return {}
"""
_SOLUTION = _TOP + _COMES + _GOES + _NEWS + _DECODE

EXERCISE = Exercise(
    number="12.2",
    name="Classroom",
    play=play,
    initkwargs=new_room,
    given=f"{BEFORE.given}\n\n{BEFORE.solution}",
    texts={
        "solved": Text(
            headline="everybody sees who is there, whoever comes, goes or"
            " comes back.",
            should="The room remembers one name for each connection; the list"
            " that is shown has each name once. The group is told only that"
            " something has changed.",
        ),
        "untouched": Text(
            headline="nobody is told yet who is there.",
            did="ada came, and her page got no list.",
            should="ada's page is told that ada is there: a list of one name,"
            " under the key `present`.",
            first="begin with `connect`: the room has a list for the names.",
        ),
        "not told who comes": Text(
            headline="$listener came, and was not told who is there.",
            did="$listener's page was told last: $got.",
            should="It is told who is there: $names.",
            next="put the name into the room's list first, then let `news`"
            " send all of the list, the own name, too.",
            missing="websocket.send",
            whose="$listener",
        ),
        "others not told": Text(
            headline="$newcomer came, and $listener was not told.",
            did="$listener's page was told last: $got.",
            should="Everybody's list is new then: $names.",
            next="ring, so that the other consumers tell their pages, too.",
            missing="websocket.send",
            whose="$listener",
        ),
        "still listed": Text(
            headline="$listener's list is not of those who are there.",
            did="$listener's page was told last: $got.",
            should="Those are there: $names. Who has gone is taken out, and the"
            " others are told.",
            next="write `disconnect(self, code)`: take the name out of the"
            " room's list, then ring.",
        ),
        "vanished": Text(
            headline="$client is there, and not on the list any more.",
            did="$client's line broke, and the page opened again. Only then"
            " the server noticed that the old connection was gone."
            " $listener's page was told last: $got.",
            should="Those are there: $names. The old connection is gone, the"
            " new one is not.",
            next="keep one entry for each connection, and take out one when"
            " one is gone.",
            why="M39",
        ),
        "twice": Text(
            headline="a name is on the list twice.",
            did="$listener's page was told $got.",
            should="Each name is there once, however many connections it has.",
            next="make a set of the names before you send them.",
        ),
        "stale": Text(
            headline="$listener read slowly, and its list is old since.",
            did="Meanwhile some came and went. $listener's page was told last:"
            " $got.",
            should="Those are there: $names. What the group was told then got"
            " lost, for the mailbox was full.",
            next="send only a bell to the group; let `news` send the list that"
            " the room has at that moment.",
            why="M37",
        ),
        "no chat": Text(
            headline="the classroom is no chat any more.",
            did="$client said something, or was done with an exercise."
            " $listener's page was not told what was said.",
            should="`Classroom` is your chat, and does what that did: what is"
            " said is told to all.",
            next="let `news` call `super().news()`, too.",
        ),
        "no board": Text(
            headline="the board is gone.",
            did="$client was done with an exercise, and $listener's page was"
            " not told.",
            should="`Classroom` does all that your chat did: the board is sent"
            " as before.",
            next="let `news` call `super().news()`, too.",
        ),
        "two rooms": Text(
            headline="two classrooms have one list.",
            did="$newcomer came to another classroom, whose room was new."
            " $newcomer's page was told last: $got.",
            should="Only those of this classroom are there: $names. What a"
            " class keeps is the same for all its rooms.",
            next="keep the names in the room: `self.room.present`.",
        ),
        "nonsense": Text(
            headline="a text that is no JSON ended the connection.",
            did="$application raised $error: $text",
            should="$client's page may send anything, and stays connected.",
            next="let `decode_json` return an empty dict for what is no JSON,"
            " as the cell had it.",
        ),
        "other form": Text(
            headline="the list comes in another form.",
            did="$listener's page was told $got.",
            should="A dict with one key, `present`, and under it a list of"
            " names: those that stand in the paths.",
            next="send it by itself, with `send_json`.",
        ),
    },
    hints=(
        "The room has a list for it. Three moments count: somebody comes,"
        " somebody goes, and the page is told.",
        "`connect` puts the name into `self.room.present` and rings,"
        " `disconnect` takes it out and rings. `news` sends the list.",
        'In `news`: `await self.send_json({"present":'
        " sorted(set(self.room.present))})`. The list itself may have a name"
        " twice, and `remove` takes out one.",
    ),
    stub=_TOP
    + """\
        # Who comes is present: remember it, and let everybody know.

    # Who goes is not. Write disconnect(self, code).

    # Each page is told {"present": ["ada", "bob"]}: write news, too.
"""
    + _DECODE,
    solution=_SOLUTION,
    second="""\
class Classroom(Chat):
    async def connect(self):
        self.connections = self.room.present
        await super().connect()
        self.connections += [self.name]
        await self.ring()

    async def disconnect(self, code):
        self.connections.pop(self.connections.index(self.name))
        await self.ring()

    async def receive(self, text_data):
        if text_data.startswith("{"):
            await super().receive(text_data)

    async def news(self, event=None):
        names = list(dict.fromkeys(self.connections))
        await self.send_json({"present": names})
        await super().news()
""",
    wrong={
        "not told who comes": edit(
            _SOLUTION,
            _COMES,
            _COMES.replace("        await self.ring()\n", ""),
        ),
        "others not told": edit(
            _SOLUTION,
            _COMES,
            _COMES.replace("self.ring()", "self.news()"),
        ),
        "still listed": edit(_SOLUTION, _GOES, ""),
        "vanished": edit(
            _SOLUTION,
            "        self.room.present.remove(self.name)\n",
            "        while self.name in self.room.present:\n"
            "            self.room.present.remove(self.name)\n",
        ),
        "twice": edit(
            _SOLUTION, "sorted(set(self.room.present))", "self.room.present"
        ),
        "stale": _TOP
        + """\
        self.room.present.append(self.name)
        await self.tell()

    async def disconnect(self, code):
        self.room.present.remove(self.name)
        await self.tell()

    async def tell(self):
        names = sorted(set(self.room.present))
        message = {"type": "list", "names": names}
        await self.channel_layer.group_send("classroom", message)

    async def list(self, event):
        await self.send_json({"present": event["names"]})
"""
        + _DECODE,
        "nonsense": edit(_SOLUTION, _DECODE, ""),
        "no chat": edit(_SOLUTION, "        await super().news()\n", ""),
        "no board": edit(
            _SOLUTION, "await super().news()", "await self.catch_up()"
        ),
        "two rooms": edit(
            _SOLUTION.replace("self.room.present", "self.present"),
            "    async def connect",
            "    present = []\n\n    async def connect",
        ),
        "other form": edit(
            _SOLUTION,
            "sorted(set(self.room.present))",
            "len(self.room.present)",
        ),
    },
)
