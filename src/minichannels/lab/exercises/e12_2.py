"""12.2: who is here?"""

from minichannels.lab.checking.stage.exercise import Exercise, Text, edit
from minichannels.lab.exercises.attendance import play
from minichannels.lab.exercises.e12_1 import EXERCISE as BEFORE
from minichannels.lab.exercises.learners import new_room

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
            should="Those are there: $names. Who has gone is taken out first;"
            " then the others are told.",
            next="in `disconnect(self, code)`, first take this one name out of"
            " the room's list, then ring.",
        ),
        "untold": Text(
            headline="$gone has left, and nobody was told.",
            did="When $gone left, your code sent nothing: no message to the"
            " group, and none to a page.",
            should="The lists of the others are old then. Each consumer has to"
            " hear of it, to tell its page.",
            next="write `disconnect(self, code)`: take the name out of the"
            " room's list, then ring.",
            missing="group_send to classroom",
        ),
        "astray": Text(
            headline="that $gone has left went to a group that $listener has"
            " not joined.",
            should="Each consumer is in the group `classroom`, by the board's"
            " `groups`. What is sent to that group reaches them all.",
            next="send to the group that the consumers join; `ring` does so,"
            " and `groups` says which it is.",
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
            should="$client's page may send a text that is no JSON, and stays"
            " connected.",
            next="let `decode_json` return an empty dict for what is no JSON,"
            " as the cell had it.",
        ),
        "other form": Text(
            headline="the list comes in another form.",
            did="$listener's page was told $got.",
            should="A dict with one key, `present`, and under it a list of"
            " names: those that stand in the paths.",
            next="with `send_json`, send a dict of one key by itself, with the"
            " list of names as it is.",
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
        "still listed": edit(
            _SOLUTION, "        self.room.present.remove(self.name)\n", ""
        ),
        "untold": edit(
            _SOLUTION, _GOES, _GOES.replace("        await self.ring()\n", "")
        ),
        "astray": edit(
            _SOLUTION,
            _GOES,
            _GOES.replace(
                "self.ring()",
                'self.channel_layer.group_send("present", {"type": "news"})',
            ),
        ),
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
