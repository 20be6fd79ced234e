"""7.2: the source document's second chat, complete: leaving."""

from minichannels.exceptions import ParametersError
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.miss import Raised
from minichannels.lab.exercises.chat import ROUTE, Chat
from minichannels.lab.exercises.e7_1 import EXERCISE as BEFORE
from minichannels.lab.exercises.e7_1 import all_hear, require_heard


async def play(stage: Stage) -> None:
    """Let one after another leave, of two rooms; the others go on."""
    chat = Chat(stage)
    await chat.open()
    await chat.enter("carl", chat.lobby)
    words = chat.words("bye")
    heard = await chat.say("bob", words)
    stage.require(
        not stage.of("leave"), "left too early", *stage.of("leave")[:1]
    )
    require_heard(chat, "bob", words, heard)
    await _leave(chat, "bob")
    await all_hear(chat, "ada", "hi")
    await chat.enter("dora", chat.kitchen)  # at the port that bob had
    await all_hear(chat, "dora", "cake")
    await _leave(chat, "ada")
    await all_hear(chat, "carl", "tea")
    await _leave(chat, "dora")
    await all_hear(chat, "eve", "soup")
    await _leave(chat, "carl")  # the last one of the room


async def _leave(chat: Chat, name: str) -> None:
    """Let one go: it leaves the groups that it was in, and no other does."""
    stage = chat.stage
    with stage.meaning(_KNOWN, out_of_order="nobody there"):
        await chat.leave(name)
    own = stage.of("receive", client=name)[0].application
    left = stage.lately("leave")
    stage.require(left, "still a member")
    again = stage.lately("join")
    stage.require(not again, "joined again", *again[:1])
    others = [event for event in left if event.member != own]
    stage.require(not others, "another left", *others[:1])
    groups = {event.group for event in left}
    for join in stage.of("join", client=name):
        right = join.group in groups
        was = {"group": join.group, "left": left[-1].group}
        stage.require(right, "other group", left[-1], **was)


_KNOWN = {
    Raised(ParametersError, method="disconnect"): "no code",
    "layer has no attribute 'group_": "no such method",
    "group_discard() missing": "one name",
}
_LEAVE = """
    def disconnect(self, close_code):
        async_to_sync(self.channel_layer.group_discard)(
            self.room_group_name, self.channel_name
        )
"""


EXERCISE = Exercise(
    number="7.2",
    name="ChatConsumer",
    route=ROUTE,
    play=play,
    texts={
        **BEFORE.texts,
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
            headline="$client's consumer did not leave the group.",
            did="The layer was not told that it leaves. In minichannels the"
            " library tidies up; on Django Channels it would still be a"
            " member.",
            should="When $client has gone, the consumer leaves the group that"
            " it has joined.",
            next="let `disconnect(self, close_code)` call `group_discard`, with"
            " the same two names as `group_add`.",
            missing="group_discard chat_$room",
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
            should="A group is left by another method of the layer: the"
            " counterpart of `group_add`.",
            next="use `group_discard`.",
        ),
        "one name": Text(
            headline="`group_discard` needs two names.",
            did="$application raised $error: $text",
            should="First the group, then the channel that leaves it.",
            next="give it both names, as in `group_add`.",
        ),
        "nobody there": Text(
            headline="$client has gone already: there is nobody to send to.",
            did="$application raised $error: $text",
            should="`disconnect` runs when the connection is over. There it"
            " leaves the group.",
            next="call `group_discard` instead of `send`.",
            missing="group_discard chat_$room",
        ),
        "other group": Text(
            headline="$client is still in a group.",
            did="$client had joined `$group`, and left `$left`.",
            should="The name in `group_discard` is the one of `group_add`.",
            next="keep the name on `self`, and use it in both places.",
        ),
        "joined again": Text(
            headline="$client has gone, and somebody joined a group then.",
            should="Who goes leaves the group, and nobody joins one.",
            next="only leave in `disconnect`.",
        ),
        "another left": Text(
            headline="$client has gone, and another channel left the group.",
            should="Whoever goes takes its own channel out of the group. The"
            " others are members as long as they are connected.",
            next="leave with `self.channel_name`: each consumer has its own.",
        ),
        "left too early": Text(
            headline="somebody left while all were still connected.",
            should="As long as he is connected, he is a member: all in the room"
            " receive what he says.",
            next="join in `connect`, leave in `disconnect`, nowhere else.",
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
    # When the client has gone, no ghost stays behind.
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
