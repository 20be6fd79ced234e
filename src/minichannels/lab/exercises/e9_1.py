"""9.1: one waits for tea, and the others are let in meanwhile."""

from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.exercises.slow import play_slow


async def play(stage: Stage) -> None:
    """Ask for a drink, then for another one while somebody connects."""
    await play_slow(stage, "tea", "cocoa", lambda drink: f"{drink} is ready")


_SOLUTION = """\
class Drinks(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        await asyncio.sleep(0.05)
        await self.send(text_data=f"{text_data} is ready")
"""


def _pausing(line: str) -> str:
    return edit(_SOLUTION, "await asyncio.sleep(0.05)", line)


EXERCISE = Exercise(
    number="9.1",
    name="Drinks",
    play=play,
    texts={
        "solved": Text(
            headline="only the one who asked waits.",
            should="A pause that is awaited, or that a thread takes, lets the"
            " event loop serve everybody else.",
        ),
        "untouched": Text(
            headline="while one drink is made, nobody else is served.",
            did="`time.sleep` stops the thread that it is called in. That is"
            " the thread of the event loop.",
            should="ada waits for her tea, and meanwhile others can come.",
            first="look for a way to wait that gives the turn to others.",
        ),
        "blocks": Text(
            headline="the event loop stands still while it waits.",
            did="It waits with $call on the thread of the event loop: meanwhile"
            " nobody is served.",
            should="$client's pause stops nobody else.",
            next="write `await asyncio.sleep(0.05)`; or hand the function over,"
            " `await asyncio.to_thread(time.sleep, 0.05)`; or let a"
            " `WebsocketConsumer` do it.",
            why="M28",
        ),
        "held up": Text(
            headline="somebody who came meanwhile had to wait, too.",
            did="$name was let in only when ada had her answer.",
            should="$name is let in while ada waits.",
            next="await what takes the time: `await asyncio.sleep(0.05)`.",
            why="M28",
        ),
        "nothing to await": Text(
            headline="`await` got nothing that it could wait for.",
            did="$application raised $error: $text",
            should="`await` stands before the call of an async function. A"
            " plain one is over when it returns, and until then everybody"
            " waits.",
            next="use `asyncio.sleep`, which is an async function.",
            why="M28",
        ),
        "called here": Text(
            headline="the function was called here, and not in a thread.",
            did="$application raised $error: $text",
            should="A function and its arguments are handed over, and the"
            " thread calls it.",
            next="write a comma for the brackets:"
            " `asyncio.to_thread(time.sleep, 0.05)`.",
            why="M30",
        ),
        "only wrapped": Text(
            headline="the function was wrapped, and nobody called it.",
            did="$application raised $error: $text",
            should="What `sync_to_async` gives is a function. Only its call can"
            " be awaited.",
            next="call it: `await sync_to_async(time.sleep)(0.05)`.",
        ),
        "no pause": Text(
            headline="the answer came without the pause.",
            did="$asked was answered in less than 0.05 s.",
            should="It takes its time; only the others must not wait for it.",
            next="keep a pause of 0.05 s, and await it.",
        ),
        "of another": Text(
            headline="$client got the answer to another question.",
            did="$client asked for $asked, and received $got.",
            should="$client receives $answer. Others ask meanwhile, and so may"
            " $client again: what belongs to one question is kept in a local"
            " variable of the handler.",
            next="use `text_data` itself in the answer: it belongs to this call"
            " alone.",
        ),
        "in a row": Text(
            headline="those who asked at once were served one after the other.",
            did="Four asked at the same moment, and the last of them got the"
            " answer long after the first.",
            should="Each waits for what was asked for, and for nothing else:"
            " all four have their answers after 0.05 s.",
            next="let nothing be shared that only one can have at a time, such"
            " as a lock.",
        ),
        "too long": Text(
            headline="it takes much longer than before.",
            did="$asked was not answered within $seconds s, several times.",
            should="It takes 0.05 s, as before.",
        ),
        "silent": Text(
            headline="nobody answered ada.",
            should="ada asks for $asked, and receives $answer.",
            missing="websocket.send",
        ),
        "other": Text(
            headline="the answer reads differently.",
            did="ada received $got.",
            should="ada asked for $asked, and receives $answer, once.",
        ),
    },
    hints=(
        "Whom does `time.sleep` stop: the consumer, the connection or the"
        " thread?",
        "asyncio has a `sleep` of its own. Like all that is async, it has to be"
        " awaited.",
        "`await asyncio.sleep(0.05)`",
    ),
    stub=_pausing("time.sleep(0.05)  # it takes its time"),
    solution=_SOLUTION,
    second="""\
class Drinks(WebsocketConsumer):
    def receive(self, text_data):
        time.sleep(0.05)
        self.send(text_data=f"{text_data} is ready")
""",
    wrong={
        "blocks": edit(
            _pausing("self.make()"),
            "    async def receive",
            """\
    def make(self):
        time.sleep(0.05)

    async def receive""",
        ),
        "held up": _pausing(
            "start = time.monotonic()\n"
            "        while time.monotonic() < start + 0.05:\n"
            "            pass"
        ),
        "joins": "import threading\n\n\n"
        + _pausing(
            "thread = threading.Thread(target=time.sleep, args=[0.05])\n"
            "        thread.start()\n        thread.join()"
        ),
        "second loop": _pausing("asyncio.run(asyncio.sleep(0.05))"),
        "nothing to await": _pausing("await time.sleep(0.05)"),
        "only wrapped": _pausing("await sync_to_async(time.sleep)"),
        "called here": _pausing("await asyncio.to_thread(time.sleep(0.05))"),
        "no pause": edit(_SOLUTION, "        await asyncio.sleep(0.05)\n", ""),
        "forgotten": _pausing("asyncio.sleep(0.05)"),
        "other": edit(_SOLUTION, "is ready", "is made"),
        "of another": edit(
            _pausing(
                "Drinks.wanted = text_data\n        await asyncio.sleep(0.05)"
            ),
            "{text_data}",
            "{Drinks.wanted}",
        ),
        "in a row": edit(
            _pausing(
                "async with self.busy:\n            await asyncio.sleep(0.05)"
            ),
            "    async def receive",
            "    busy = asyncio.Lock()\n\n    async def receive",
        ),
        "too long": edit(_SOLUTION, "0.05", "0.5"),
    },
)
