"""13.2: a question to the database, from an async consumer, each time."""

from minichannels.lab.checking.stage.exercise import Exercise, Text, edit
from minichannels.lab.exercises.hall import play
from minichannels.lab.exercises.people import NO_PROJECT

GIVEN = """\
def may_speak(user):
    return user.groups.filter(name="speakers").exists()
"""
_STUB = """\
class Hall(AsyncWebsocketConsumer):
    groups = ["hall"]

    async def receive(self, text_data):
        if may_speak(self.scope["user"]):
            message = {"type": "said", "text": text_data}
            await self.channel_layer.group_send("hall", message)
        else:
            await self.send(text_data="You may listen.")

    async def said(self, event):
        await self.send(text_data=event["text"])
"""
_ASKS = 'may_speak(self.scope["user"])'
_CALL = 'await database_sync_to_async(may_speak)(self.scope["user"])'
_SOLUTION = edit(_STUB, _ASKS, _CALL)


def _as(asks: str) -> str:
    return edit(_STUB, _ASKS, asks)


def _once(asks: str, place: str) -> str:
    return edit(
        _STUB,
        '    groups = ["hall"]\n\n',
        f'    groups = ["hall"]\n\n{place}\n',
        _ASKS,
        asks,
    )


EXERCISE = Exercise(
    number="13.2",
    name="Hall",
    play=play,
    given=GIVEN,
    texts={
        "solved": Text(
            headline="the database is asked in a thread, each time.",
            should="The loop goes on meanwhile. Who may speak is what the"
            " database says now, not what it said when the page was opened.",
        ),
        "untouched": Text(
            headline="the consumer asks the database on the event loop.",
            did="ada sent a text, and `may_speak` raised"
            " `SynchronousOnlyOperation`: Django refuses to let a loop wait"
            " for its database.",
            should="What ada says goes to all while she is one of the"
            " speakers. bob, who is none, is told `You may listen.`",
            first="where does an `async def` call plain code that waits? The"
            " import cell has a name for code that asks a database.",
        ),
        "no project": NO_PROJECT,
        "in the loop": Text(
            headline="the database is asked on the event loop.",
            did="$application raised $error: $text",
            should="What asks the database runs in a thread, and the consumer"
            " awaits its end. The function is called there, not here.",
            next="give the function itself, without parentheses:"
            " `database_sync_to_async(may_speak)`; then call what that"
            " returns, with the user, and await it.",
            why="M50",
        ),
        "second loop": Text(
            headline="`async_to_sync` leads in the other direction.",
            did="It raised $error: $text",
            should="`async_to_sync` makes a plain function of an async one."
            " `may_speak` is plain, and here one is needed that can be"
            " awaited.",
            next="use `database_sync_to_async`, and await what it returns.",
            why="M29",
        ),
        "awaits no coroutine": Text(
            headline="something is awaited that is nothing to wait for.",
            did="$application raised $error: $text",
            should="`database_sync_to_async` takes a function, and returns one"
            " that can be called and awaited.",
            next="first wrap the function, then call it, then await that:"
            " `await database_sync_to_async(may_speak)(…)`.",
        ),
        "on the loop": Text(
            headline="the database is asked on the event loop, and Django was"
            " told not to mind.",
            did="A connection to the database was opened in the thread of the"
            " loop. All was answered right, but nobody else had a turn"
            " meanwhile.",
            should="What asks the database runs in a thread, and the consumer"
            " awaits its end.",
            next="use `database_sync_to_async`.",
            why="M50",
        ),
        "listener speaks": Text(
            headline="$name is no speaker, and was heard.",
            did="$name sent $wanted, and it went to the group.",
            should="Who is not in the group `speakers` is told `You may"
            " listen.`, and nobody else receives anything.",
            next="look at what stands behind `if`: is it True or False, or"
            " something to be awaited, which is always true?",
        ),
        "not any more": Text(
            headline="$name is no speaker any more, and was heard.",
            did="$name sent $wanted, and it went to the group. $name had left"
            " the `speakers` before.",
            should="Somebody may be put into the group, or taken out, at any"
            " time. What the database says when a text comes decides.",
            next="ask in `receive`, for each text, and keep no answer.",
            why="M27",
        ),
        "speaker refused": Text(
            headline="$name is a speaker, and was told to listen.",
            did="$name sent $wanted, and received $got.",
            should="Who is in the group `speakers` of the database when the"
            " text comes is heard by all.",
            next="ask in `receive`, for each text, and for its own user.",
        ),
        "silent": Text(
            headline="$name is a speaker, and nobody hears it.",
            did="$name sent $wanted, and nobody received anything.",
            should="All in the hall receive $wanted, $name too.",
            missing="websocket.send",
        ),
        "other": Text(
            headline="$other hears something else than was said, or nothing.",
            did="$name sent $wanted, and $other received $got.",
            should="All in the hall receive $wanted once, $name too.",
        ),
        "no answer": Text(
            headline="$name is no speaker, and is told nothing.",
            did="$name sent $wanted, and received nothing.",
            should="$name receives `You may listen.`",
            missing="websocket.send",
        ),
        "other answer": Text(
            headline="$name is no speaker, and is told something else.",
            did="$name sent $wanted, and received $got.",
            should="$name receives `You may listen.`, once.",
        ),
    },
    hints=(
        "Lesson 09 had a plain function that waits, in an async consumer. What"
        " did you write around it?",
        "`database_sync_to_async` does the same for what asks a database: it"
        " takes the function, and returns one that can be awaited.",
        "`if await database_sync_to_async(may_speak)(self.scope['user']):`",
    ),
    stub=_STUB,
    solution=_SOLUTION,
    second="""\
class Hall(WebsocketConsumer):
    groups = ["hall"]

    def receive(self, text_data):
        if not may_speak(self.scope["user"]):
            self.send(text_data="You may listen.")
            return
        said = {"type": "said", "text": text_data}
        async_to_sync(self.channel_layer.group_send)("hall", said)

    def said(self, event):
        self.send(text_data=event["text"])
""",
    wrong={
        "in the loop": _as(
            'await database_sync_to_async(may_speak(self.scope["user"]))'
        ),
        "listener speaks": _as("database_sync_to_async(may_speak)"),
        "not any more": _once(
            "self.may",
            "    async def connect(self):\n"
            "        ask = database_sync_to_async(may_speak)\n"
            '        self.may = await ask(self.scope["user"])\n'
            "        await self.accept()\n",
        ),
        "speaker refused": _as("not " + _CALL),
        "joins": edit(
            _STUB,
            "class Hall",
            "from concurrent.futures import ThreadPoolExecutor\n\n"
            "pool = ThreadPoolExecutor()\n\n\nclass Hall",
            _ASKS,
            'pool.submit(may_speak, self.scope["user"]).result()',
        ),
        "no answer": edit(
            _SOLUTION,
            '        else:\n            await self.send(text_data="You may'
            ' listen.")\n',
            "",
        ),
        "awaits no coroutine": _as(
            "await (await database_sync_to_async(may_speak)"
            '(self.scope["user"]))'
        ),
    },
)
