"""7.2: the source document's second chat, complete: leaving."""

import json

from minichannels.exceptions import ParametersError
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.raised import Raised
from minichannels.lab.exercises.e7_1 import EXERCISE as BEFORE

HI = {"message": "hi"}


async def play(stage: Stage) -> None:
    """Let bob leave, then ada speak."""
    ada = await stage.connect("/ws/chat/lobby/", "ada")
    bob = await stage.connect("/ws/chat/lobby/", "bob")
    await stage.send(bob, json.dumps({"message": "bye"}))
    stage.require(bob.heard and ada.heard, "left too early")
    stage.require(not stage.of("leave"), "left too early")
    with stage.meaning(_KNOWN, out_of_order="nobody there"):
        await stage.close(bob)
    left = stage.of("leave", client="bob")
    joined = stage.of("join", client="bob")[0].group
    stage.require(left, "still a member")
    right = any(event.group == joined for event in left)
    stage.require(right, "other group", left[-1], group=joined)
    await stage.send(ada, json.dumps(HI))
    stage.require(ada.read[-1:] == [HI], "ada gone")


_KNOWN = {
    Raised(ParametersError, method="disconnect"): "no code",
    "has no attribute 'group_": "no such method",
    "group_discard() missing": "one name",
}
_LEAVE = """
    def disconnect(self, close_code):
        async_to_sync(self.channel_layer.group_discard)(
            self.room_group_name, self.channel_name
        )
"""
_KEYS = ("only ada", "not sent", "nobody joined", "not handled", "silent")


EXERCISE = Exercise(
    number="7.2",
    name="ChatConsumer",
    route="ws/chat/<room_name>/",
    play=play,
    texts={
        **{key: BEFORE.texts[key] for key in _KEYS},
        "solved": Text(
            headline="who leaves, leaves the group too.",
            should="This is the chat of the Channels tutorial, complete: join,"
            " leave, tell the group, tell my client.",
        ),
        "untouched": Text(
            headline="who has gone does not leave the group yet.",
            did="bob has gone, and nothing called `group_discard`. In"
            " minichannels the library tidies up; on Django Channels bob would"
            " still be a member.",
            should="When bob has gone, his consumer leaves the group that it"
            " has joined.",
            first="which method runs when a client has gone? Write it where"
            " the comment stands.",
        ),
        "still a member": Text(
            headline="bob's consumer did not leave the group.",
            did="It called no `group_discard`. In minichannels the library"
            " tidies up; on Django Channels bob would still be a member.",
            should="When bob has gone, his consumer leaves the group that it"
            " has joined.",
            next="write `def disconnect(self, close_code):`. It calls"
            " `group_discard` with the same two names as `group_add`.",
            missing="group_discard chat_lobby",
            why="M19",
        ),
        "no code": Text(
            headline="`disconnect` takes one more argument.",
            did="$application raised $error: $text",
            should="The library calls `disconnect` with the close code.",
            next="write `def disconnect(self, close_code):`.",
        ),
        "no such method": Text(
            headline="the channel layer has no such method.",
            did="$application raised $error: $text",
            should="`group_add` joins a group, `group_discard` leaves it.",
            next="use `group_discard`.",
        ),
        "one name": Text(
            headline="`group_discard` needs two names.",
            did="$application raised $error: $text",
            should="The group, then the channel that leaves it:"
            " `self.room_group_name, self.channel_name`.",
            next="give it both names, as in `group_add`.",
        ),
        "nobody there": Text(
            headline="bob has gone already: there is nobody to send to.",
            did="$application raised $error: $text",
            should="`disconnect` runs when the connection is over. There it"
            " leaves the group.",
            next="call `group_discard` instead of `send`.",
            missing="group_discard chat_lobby",
        ),
        "other group": Text(
            headline="bob left a group that he was not in.",
            should="He had joined `$group`: the name in `group_discard` is the"
            " one of `group_add`.",
            next="keep the name on `self`, and use it in both places.",
        ),
        "left too early": Text(
            headline="somebody left while both were still connected.",
            should="As long as he is connected, he is a member: ada and bob"
            " both receive what he says.",
            next="join in `connect`, leave in `disconnect`, nowhere else.",
        ),
        "ada gone": Text(
            headline="bob left, and now ada hears nothing.",
            should="Only the channel of whoever leaves is taken out.",
            missing="websocket.send",
            whose="ada",
        ),
    },
    hints=(
        "Which method runs when the client has gone?",
        "`group_discard` takes the same two names as `group_add`.",
        "`async_to_sync(self.channel_layer.group_discard)("
        "self.room_group_name, self.channel_name)` in `disconnect`.",
    ),
    stub=BEFORE.solution
    + """
    # When the client has gone, leave the group.
""",
    solution=BEFORE.solution + _LEAVE,
    second="""\
class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        self.room_name = self.scope["url_route"]["kwargs"]["room_name"]
        self.groups = [f"chat_{self.room_name}"]
        for group in self.groups:
            await self.channel_layer.group_add(group, self.channel_name)
        await self.accept()

    async def receive(self, text_data):
        message = json.loads(text_data)["message"]
        for group in self.groups:
            await self.channel_layer.group_send(
                group, {"type": "chat.message", "message": message}
            )

    async def chat_message(self, event):
        await self.send(text_data=json.dumps({"message": event["message"]}))
""",
    wrong={
        "still a member": BEFORE.solution
        + """
    def disconnect(self, close_code):
        pass
""",
        "other group": BEFORE.solution
        + edit(_LEAVE, "room_group_name", "room_name"),
        "left too early": BEFORE.solution
        + """
        async_to_sync(self.channel_layer.group_discard)(
            self.room_group_name, self.channel_name
        )

    def disconnect(self, close_code):
        pass
""".replace("\n        async_to_sync", "        async_to_sync", 1),
        "no code": BEFORE.solution + edit(_LEAVE, ", close_code", ""),
        "no such method": BEFORE.solution
        + edit(_LEAVE, "group_discard", "group_remove"),
        "one name": BEFORE.solution + edit(_LEAVE, ", self.channel_name", ""),
        "nobody there": BEFORE.solution
        + """
    def disconnect(self, close_code):
        self.send(text_data="bye")
""",
        "forgotten": BEFORE.solution
        + edit(
            _LEAVE,
            "async_to_sync(self.channel_layer.group_discard)",
            "self.channel_layer.group_discard",
        ),
    },
)
