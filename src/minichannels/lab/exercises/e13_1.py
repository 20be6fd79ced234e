"""13.1: what one window of a user says, all windows of that user hear."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from minichannels.exceptions import InvalidNameError
from minichannels.lab.checking.stage.clients import ScenarioClient
from minichannels.lab.checking.stage.draw import ODD
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.miss import Raised, Unsolved
from minichannels.lab.checking.stage.steps import frame, listed
from minichannels.lab.exercises.people import NO_PROJECT, nobody, people

# Pairs of names that a user may have, and that become one if a sign is left
# out or replaced, or if capitals do not count.
_TWINS = (
    ("{a}.{b}", "{a}-{b}"),
    ("{a}@{b}.org", "{a}{b}.org"),
    ("{A}", "{a}"),
    ("{a}+{b}", "{a}_{b}"),
)


async def play(stage: Stage) -> None:
    """Let users come with several windows, and a stranger."""
    draw = stage.draw
    a, b = (draw.text(word, "{a}") for word in ("ada", "bob"))
    names = draw.one(("{a}", "{b}"), *_TWINS[draw.turn :], *_TWINS)
    async with people(stage) as site:
        ada, bob = [
            await site.add(name.format(a=a, b=b, A=a.title())) for name in names
        ]
        windows = [
            await _open(stage, name, user)
            for name, user in draw.order(
                [("ada", ada), ("ada2", ada), ("bob", bob)]
            )
        ]
        await _turn_away(stage)
        for client in draw.order(windows):
            await _say(stage, windows, client)
        await _leave(stage, windows)
        await _turn_away(stage)


Window = tuple[ScenarioClient, Any]


async def _open(stage: Stage, name: str, user: Any) -> Window:
    stage.values["name"] = name
    with _names_told(user), stage.meaning(_KNOWN, refused="members too"):
        return await stage.connect("/", name, user=user), user


@contextmanager
def _names_told(user: Any) -> Iterator[None]:
    """Let a name that no group may have have another text without a user's."""
    try:
        yield
    except Unsolved as miss:
        name = str(getattr(miss.raised, "name", ""))
        if miss.key == "no name" and user.username not in name:
            miss.key = "no such name"
        raise


async def _turn_away(stage: Stage) -> None:
    """Let one come who has not logged in."""
    stage.values["name"] = "eve"
    with stage.meaning(_KNOWN):
        eve = await stage.knock("/", "eve", user=nobody())
    stage.require(not eve.accepted or not eve.closed, "accepted first")
    stage.require(not eve.accepted, "let in")


async def _say(stage: Stage, windows: list[Window], by: Window) -> None:
    """Let a window say something, and look who hears it."""
    (client, user), text = by, stage.draw.text("buy milk", *ODD)
    before = {each.name: len(each.heard) for each, _ in windows}
    own = [each.name for each, its in windows if its == user]
    stage.values |= {"name": client.name, "wanted": frame(text)}
    stage.values |= {"own": listed(own), "user": f"`{user.username}`"}
    with stage.meaning(_KNOWN):
        await stage.send(client, text)
    got = {each.name: each.heard[before[each.name] :] for each, _ in windows}
    hears = [name for name, heard in got.items() if heard]
    stage.require(hears, "silent")
    others = [name for name in hears if name not in own]
    stage.require(not others, "others too", other=listed(others))
    left = [name for name in own if not got[name]]
    stage.require(left != [client.name], "not itself")
    joined = stage.lately("join") and stage.lately("group_send")
    key = "joins late" if joined else "not all"
    stage.require(not left, key, left=listed(left))
    for name in own:
        _require_text(stage, name, got[name], text)
    stage.require(stage.lately("group_send"), "no group")


def _require_text(stage: Stage, name: str, heard: list[Any], text: str) -> None:
    shown = " and ".join(map(frame, heard))
    stage.require(len(heard) == 1, "twice", other=name, got=shown)
    stage.require(heard == [text], "other", other=name, got=shown)


async def _leave(stage: Stage, windows: list[Window]) -> None:
    """Let a window close: the others of its user go on."""
    names = [client.name for client, _ in windows]
    gone = windows.pop(names.index("ada2"))
    with stage.meaning(_KNOWN):
        await stage.close(gone[0])
    for client in stage.draw.order(windows):
        await _say(stage, windows, client)


_KNOWN = {
    "a group name is a str": "no text",
    Raised(InvalidNameError, kind="group"): "no name",
    "'bool' object is not callable": "no method",
    "'coroutine' object": "not async",
}

_STUB = """\
class Notes(WebsocketConsumer):
    def connect(self):
        # Who has logged in? Refuse whoever has not.
        self.accept()

    def receive(self, text_data):
        # All windows of this user show it; those of others do not.
        pass

    def note(self, event):
        self.send(text_data=event["text"])
"""
_CONNECT = """\
class Notes(WebsocketConsumer):
    def connect(self):
        user = self.scope["user"]
        if not user.is_authenticated:
            self.close()
            return
        self.group = f"notes-{user.pk}"
        layer = self.channel_layer
        async_to_sync(layer.group_add)(self.group, self.channel_name)
        self.accept()

"""
_RECEIVE = """\
    def receive(self, text_data):
        note = {"type": "note", "text": text_data}
        async_to_sync(self.channel_layer.group_send)(self.group, note)

"""
_NOTE = """\
    def note(self, event):
        self.send(text_data=event["text"])
"""
_SOLUTION = _CONNECT + _RECEIVE + _NOTE

EXERCISE = Exercise(
    number="13.1",
    name="Notes",
    play=play,
    texts={
        "solved": Text(
            headline="each user has notes of their own, in all windows.",
            should="A user's key is in the name of the group. It is a number,"
            " so it may stand in any name, and it stays when the user is"
            " renamed.",
        ),
        "untouched": Text(
            headline="`Notes` lets a stranger in.",
            should="eve has not logged in, and is refused. What ada says in"
            " one window, she reads in all of hers; bob does not.",
            first="begin with eve: the scope has a user for her, too. What"
            " does it say of itself?",
        ),
        "no project": NO_PROJECT,
        "let in": Text(
            headline="eve has not logged in, and is let in.",
            did="eve's user is an `AnonymousUser`, and eve was accepted.",
            should="Whoever has not logged in is refused.",
            next="ask `is_authenticated` of the user in the scope: who has not"
            " logged in is an `AnonymousUser`, and not None.",
            missing="websocket.close",
            whose="eve",
        ),
        "accepted first": Text(
            headline="eve was accepted, and closed after that.",
            should="Whoever has not logged in is refused: there is no"
            " `accept`.",
            next="ask first, and close instead of accepting.",
        ),
        "members too": Text(
            headline="$name has logged in, and was refused.",
            should="Only who has not logged in is refused.",
            next="close only where `is_authenticated` is False, and accept"
            " everybody else.",
        ),
        "silent": Text(
            headline="$name says something, and no window shows it.",
            did="$name sent $wanted, and nobody received anything.",
            should="$wanted reaches all windows of the user $user: $own.",
            next="let each window join a group in `connect`, and send to that"
            " group in `receive`.",
            missing="websocket.send",
        ),
        "others too": Text(
            headline="another user reads it, too.",
            did="$name sent $wanted. Its user is $user. It was received by"
            " $other, of another user.",
            should="Each user has notes of their own.",
            next="put what no two users share into the name of the group: the"
            " user's `pk`.",
        ),
        "not itself": Text(
            headline="the window that says it does not show it.",
            did="$name sent $wanted, and received nothing.",
            should="All windows of the user receive it, also the one that"
            " said it.",
            next="leave out nobody: a group delivers to its sender, too.",
        ),
        "not all": Text(
            headline="another window of the same user does not show it.",
            did="$name sent $wanted. Nothing came to $left.",
            should="All windows of the user $user receive it: $own.",
            next="send to a group that has the same name for all windows of a"
            " user.",
            why="M49",
        ),
        "joins late": Text(
            headline="a window that has said nothing yet shows nothing.",
            did="$name joined a group when it sent $wanted. $left had not"
            " joined it.",
            should="A group reaches those who are in it at that moment. So each"
            " window joins as soon as it is open.",
            next="join the group in `connect`.",
        ),
        "twice": Text(
            headline="a window shows it more than once.",
            did="$name sent $wanted, and $other received $got.",
            should="Each window of the user receives it once.",
        ),
        "other": Text(
            headline="a window shows something else than was said.",
            did="$name sent $wanted, and $other received $got.",
            should="The text arrives as it was said.",
        ),
        "no group": Text(
            headline="it went to no group.",
            did="The windows received $wanted, but not by a group.",
            should="A site has several processes, and the windows of a user may"
            " be served by any of them. Only the channel layer reaches all.",
            next="send it with `group_send`.",
            why="M41",
        ),
        "no name": Text(
            headline="the layer refuses this name of a group.",
            did="$application raised $error: $text",
            should="A group's name has ASCII letters, digits and the signs `-`"
            " `_` `.` alone. The name of a Django user may have `@`, `+` and"
            " others, so it is no name for a group.",
            next="use the user's `pk`.",
            why="M48",
        ),
        "no such name": Text(
            headline="no group may have this name.",
            did="$application raised $error: $text",
            should="A group's name has ASCII letters, digits and the signs `-`"
            " `_` `.` alone, fewer than 100 of them.",
            next="put the user's `pk` behind a word, with nothing else"
            " between than one of these signs.",
        ),
        "no text": Text(
            headline="the name of a group is a text.",
            did="$application raised $error: $text",
            should="A group's name is a text with the user's key in it. The"
            " key alone is a number, and the user is an object.",
            next='put the key into a text: `f"notes-{user.pk}"`.',
        ),
        "undecided": Text(
            headline="$client is neither accepted nor refused.",
            did="`connect` returned without a decision (event $seq). The"
            " library refused $client, and told you so by an error.",
            should="`connect` decides: who has logged in is accepted, and"
            " everybody else is refused.",
            next="call `accept()`, or `close()`, for each who comes.",
            why="M04",
        ),
        "no method": Text(
            headline="`is_authenticated` is True or False, and no method.",
            did="$application raised $error: $text",
            should="It is read as any attribute is, without parentheses.",
            next="take the parentheses away.",
        ),
    },
    hints=(
        "What do all windows of one user have in common, that no other user"
        " has? It stands in `self.scope['user']`.",
        "A group for each user: its name has the user's `pk` in it. Each"
        " window joins it in `connect`, before `accept()`. Whoever is not"
        " `is_authenticated` gets `close()` instead.",
        'In `connect`: `async_to_sync(self.channel_layer.group_add)(f"notes-'
        "{self.scope['user'].pk}\", self.channel_name)`. In `receive`, the"
        ' same with `group_send`, that name, and `{"type": "note", "text":'
        " text_data}`.",
    ),
    stub=_STUB,
    solution=_SOLUTION,
    second="""\
class Notes(AsyncWebsocketConsumer):
    async def connect(self):
        if self.scope["user"].is_anonymous:
            await self.close()
        else:
            await self.channel_layer.group_add(self.mine, self.channel_name)
            await self.accept()

    @property
    def mine(self):
        return f"user.{self.scope['user'].id}"

    async def receive(self, text_data):
        message = {"type": "note", "text": text_data}
        await self.channel_layer.group_send(self.mine, message)

    async def note(self, event):
        await self.send(text_data=event["text"])
""",
    wrong={
        "no text": edit(_SOLUTION, 'f"notes-{user.pk}"', "user.pk"),
        "undecided": edit(
            _SOLUTION,
            "            self.close()\n            return\n",
            "            return\n",
        ),
        "let in": edit(
            _SOLUTION,
            "if not user.is_authenticated:",
            "if user is None:",
        ),
        "accepted first": edit(
            _SOLUTION,
            "            self.close()\n",
            "            self.accept()\n            self.close()\n",
        ),
        "members too": edit(
            _SOLUTION, "not user.is_authenticated", "user.is_authenticated"
        ),
        "silent": edit(
            _SOLUTION,
            "        async_to_sync(layer.group_add)(self.group,"
            " self.channel_name)\n",
            "",
        ),
        "others too": edit(_SOLUTION, "notes-{user.pk}", "notes"),
        "not itself": edit(
            _SOLUTION,
            '"text": text_data}',
            '"text": text_data, "by": self.channel_name}',
            "    def note(self, event):\n",
            "    def note(self, event):\n"
            '        if event["by"] == self.channel_name:\n'
            "            return\n",
        ),
        "not all": edit(
            _SOLUTION,
            '        note = {"type": "note", "text": text_data}\n'
            "        async_to_sync(self.channel_layer.group_send)(self.group,"
            " note)\n",
            "        self.send(text_data=text_data)\n",
        ),
        "joins late": edit(
            _SOLUTION,
            "        async_to_sync(layer.group_add)"
            "(self.group, self.channel_name)\n",
            "",
            "        note = {",
            "        async_to_sync(self.channel_layer.group_add)(\n"
            "            self.group, self.channel_name\n        )\n"
            "        note = {",
        ),
        "twice": edit(
            _SOLUTION,
            "(self.group, note)\n",
            "(self.group, note)\n        self.send(text_data=text_data)\n",
        ),
        "no name": edit(_SOLUTION, "notes-{user.pk}", "{user.username}"),
        "no such name": edit(_SOLUTION, "notes-{user.pk}", "notes {user.pk}"),
        "no method": edit(
            _SOLUTION, "user.is_authenticated", "user.is_authenticated()"
        ),
        "forgotten": edit(
            _SOLUTION,
            "async_to_sync(layer.group_add)(self.group, self.channel_name)",
            "layer.group_add(self.group, self.channel_name)",
        ),
    },
)
