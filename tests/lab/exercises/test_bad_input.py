"""Whatever a learner's code does, a check ends, and says it in words."""

import asyncio
import os
import subprocess
import sys
import threading
from typing import Any

import pytest

from minichannels.lab import check
from minichannels.lab.checking.check import judged, told
from minichannels.lab.checking.diagnosis.answers import MISSING
from minichannels.lab.checking.stage.exercise import find, numbers
from minichannels.layers import get_channel_layer
from support import ROOT
from support.exercises import define, result_of

LIMIT = 0.3
LONGEST = 60  # seconds that a process may take which checks several answers

SYNC = """\
class ChatConsumer(WebsocketConsumer):
    def connect(self):
        self.accept()
        self.send(text_data="[Welcome Anonymous!]")
    def receive(self, text_data):
        {}
"""
ASYNC = """\
class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        await self.accept()
        await self.send(text_data="[Welcome Anonymous!]")
    async def receive(self, text_data):
        {}
"""
CONNECT = """\
class ChatConsumer(WebsocketConsumer):
    def connect(self):
        {}
"""
CLASS = """\
class ChatConsumer(WebsocketConsumer):
    @classmethod
    def as_asgi(cls):
        {}
"""
INIT = """\
x = 1
class ChatConsumer(WebsocketConsumer):
    {}def __init__(self, room): pass
"""
DISCONNECT = SYNC.format("self.send('Anonymous: hello')") + (
    "    def disconnect(self, code):\n        1 / 0\n"
)

# What the code is, the key of the message, and the learner's line in it.
WHILE_IT_RUNS = {
    "raises as it is looked at": (CLASS, "1 / 0", "broken", 4),
    "exits as it is looked at": (CLASS, "raise SystemExit", "broken", 4),
    "loops as it is looked at": (CLASS, "while True: pass", "late", 4),
    "takes an argument": (INIT, "", "raised", 3),
    "is made by a coroutine function": (INIT, "async ", "raised", 3),
    "raises in connect": (CONNECT, "1 / 0", "raised", 3),
    "raises in a handler": (SYNC, "{}['x']", "raised", 6),
    "raises at disconnect": (DISCONNECT, "", "raised", 8),
    "never returns": (ASYNC, "await asyncio.Event().wait()", "late", 6),
    "sleeps too long": (ASYNC, "time.sleep(0.5)", "late", 6),
    "sleeps too long, sync": (SYNC, "time.sleep(0.5)", "late", 6),
    "loops for ever": (ASYNC, "while True: pass", "late", 6),
    "loops for ever, sync": (SYNC, "while True: pass", "late", 6),
    "loops and waits": (ASYNC, "while True: await asyncio.sleep(0)", "late", 6),
    "recurses": (ASYNC, "await self.receive(text_data)", "raised", 6),
    "recurses, sync": (SYNC, "self.receive(text_data)", "raised", 6),
    "prints 10 MB": (SYNC, "print('x' * 10_000_000)", "silent", 6),
    "closes the socket": (SYNC, "self.close()", "silent", "6 led to event 5"),
    "answers twice": (
        *(SYNC, "self.send('a'); self.send('b')"),
        *("too many", "6 led to event 6"),
    ),
    "sends for ever": (ASYNC, "while True: await self.send('x')", "flood", 6),
    "accepts twice": (
        *(CONNECT, "self.accept(); self.accept()"),
        *("out of order", 3),
    ),
    "sends what does not exist": (
        *(CONNECT, "self.base_send({'type': 'websocket.acept'})"),
        *("no such event", 3),
    ),
    "never accepts": (CONNECT, "pass", "undecided", 2),
    "exits": (SYNC, "raise SystemExit", "raised", 6),
    "raises what is no Exception": (
        *(SYNC, "raise BaseException('odd')"),
        *("broken", 6),
    ),
    "asks the keyboard": (SYNC, "input()", "raised", 6),
    "runs a loop in a loop": (
        *(ASYNC, "asyncio.run(asyncio.sleep(0))"),
        *("second loop", 6),
    ),
    "forgets to await": (ASYNC, "self.send(text_data)", "forgotten", 6),
}


QUEUE = "__import__('queue').Queue()"  # waits, and not by a sleep or a loop


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (SYNC.format("while True: pass"), "still in the loop of line 6."),
        (ASYNC.format("while True: pass"), "there is no await in it."),
        (SYNC.format("time.sleep(0.5)"), "take out the call that sleeps"),
        (SYNC.format(f"{QUEUE}.get(timeout=0.5)"), "change your code"),
    ],
)
async def test_what_is_not_done_in_time_is_told_why(
    code: str, words: str
) -> None:
    result = await result_of("4.2", code, LIMIT)

    assert result.key in ("late", "abandoned")
    assert words in " ".join(str(result).split())


@pytest.mark.parametrize("number", numbers())
def test_text_for_what_is_not_done_in_time_speaks_of_time(number: str) -> None:
    assert "$limit" in find(number).text("late").headline


# Objects of the learner's that do not answer, and the line that is shown. In
# each, "…" stands for what goes wrong.
ERRORS = """\
class Odd({base}):
    def __str__(self):
        …
class ChatConsumer(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        raise Odd
"""
CLASSES = """\
class Meta(type):
    @property
    def {name}(cls):
        …
class Odd(BaseException, metaclass=Meta): pass
class ChatConsumer(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        raise Odd
"""
ASKED = {
    "the text of an error": ERRORS.format(base="BaseException"),
    "the class of an error": """\
class Odd(BaseException):
    @property
    def __class__(self):
        …
class ChatConsumer(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        raise Odd
""",
    "the cause of an error": """\
class Odd(BaseException):
    @property
    def __cause__(self):
        …
class ChatConsumer(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        raise Odd
""",
    "the name of an error's class": CLASSES.format(name="__name__"),
    "an attribute of the answer": """\
class Odd:
    def __getattribute__(self, name):
        …
ChatConsumer = Odd()
""",
    "the class of an attribute": """\
class Odd:
    @property
    def __class__(self):
        …
class ChatConsumer(AsyncWebsocketConsumer):
    odd = Odd()
    async def receive(self, text_data):
        pass
""",
    "the name of a group": """\
class Odd:
    def __str__(self):
        …
    __repr__ = __str__
class ChatConsumer(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        await self.channel_layer.group_add(Odd(), "x")
""",
    "a text that is sent": """\
class Odd(str):
    def __str__(self):
        …
    __repr__ = __format__ = __eq__ = __str__
class ChatConsumer(WebsocketConsumer):
    def receive(self, text_data):
        self.base_send({"type": "websocket.send", "text": Odd("hi")})
""",
}


@pytest.mark.parametrize("line", ["while True: pass", "raise SystemExit"])
@pytest.mark.parametrize("what", ASKED)
async def test_check_ends_whatever_does_not_answer(
    what: str, line: str
) -> None:
    asked: list[int] = []
    code = ASKED[what].replace("…", line)
    names = define(code)

    def watch(frame: Any, event: str, argument: Any) -> None:
        if frame.f_code.co_filename.startswith("<cell"):
            asked.append(frame.f_lineno)

    former = sys.getprofile()
    sys.setprofile(watch)
    try:
        verdict = await judged(find("4.2"), MISSING, names, LIMIT)
        result = await told(verdict, LIMIT)
    finally:
        sys.setprofile(former)

    assert not result.solved
    assert asked == []  # not in this thread, which has no limit


@pytest.mark.parametrize("what", WHILE_IT_RUNS)
async def test_check_names_the_line_of_code_that(what: str) -> None:
    frame, line, key, number = WHILE_IT_RUNS[what]

    # What ends by itself has the time that it takes, on any machine.
    limit = LIMIT if key == "late" else LONGEST

    result = await result_of("4.2", frame.replace("{}", line, 1), limit)

    assert result.key == key, str(result)
    text = " ".join(str(result).split())
    assert f"line {number}: " in text, str(result)


BEFORE = {
    "is not there": ("x = 1", "undefined", "there is no ChatConsumer yet"),
    "has another name": ("Chatconsumer = 1", "undefined", "is it that one?"),
    "is None": ("ChatConsumer = None", "not a consumer", "is None"),
    "is a plain class": (
        *("class ChatConsumer: pass", "not a consumer"),
        "is a plain class",
    ),
    "is a module": ("ChatConsumer = time", "not a consumer", "type module"),
    "is a function": (
        *("def ChatConsumer(self, text): pass", "parameters"),
        "takes other parameters",
    ),
    "is a plain application": (
        *("def ChatConsumer(scope, receive, send): pass", "not async"),
        "is a plain function",
    ),
    "is an object": (
        *("ChatConsumer = AsyncConsumer()", "an object"),
        "not its class",
    ),
    "is a method": (
        *("ChatConsumer = WebsocketConsumer.as_asgi", "not called"),
        "write the parentheses",
    ),
    "has a yield": (
        *("async def ChatConsumer(*args): yield", "yields"),
        "line 1: async def ChatConsumer(*args): yield",
    ),
    "is built in": ("ChatConsumer = iter", "not an application", "a function"),
}


@pytest.mark.parametrize("what", BEFORE)
async def test_check_says_what_an_answer_is_that(what: str) -> None:
    code, key, words = BEFORE[what]

    result = await result_of("4.2", code)

    assert result.key == key
    assert words in str(result)


async def test_check_of_an_application_refuses_a_consumer_class() -> None:
    result = await result_of("1.1", "shout = WebsocketConsumer")

    assert result.key == "a class"
    assert "add .as_asgi()" in str(result)


async def test_check_of_an_application_refuses_anything_else() -> None:
    result = await result_of("1.1", "shout = 5")

    assert result.key == "not an application"


async def test_check_of_a_function_refuses_a_class() -> None:
    result = await result_of("6.2", "class post_all: pass")

    assert result.key == "not a function"


async def test_check_of_a_function_takes_an_object_that_can_be_called() -> None:
    code = f"""
{find("3.1").solution.replace("read_frame", "read")}

class Reader:
    def __call__(self, data):
        return read(data)

read_frame = Reader()
"""
    result = await result_of("3.1", code)

    assert result.solved, str(result)


@pytest.mark.parametrize("code", ["LanguageMiddleware = 5", "import json"])
async def test_check_of_a_middleware_takes_what_can_be_called(
    code: str,
) -> None:
    result = await result_of("5.2", code)

    keys = {"undefined", "not a middleware"}
    assert result.key in keys
    assert ("=" in code) is (result.key == "not a middleware")


async def test_check_takes_an_application_with_a_decorator() -> None:
    code = """
import functools
def logged(app):
    @functools.wraps(app)
    def call(*args): return app(*args)
    return call
@logged
async def door(scope, receive, send): await receive()
"""

    result = await result_of("1.3", code)

    assert result.key == "refused"


async def test_connections_go_on_in_the_picture_that_the_check_ended() -> None:
    result = await result_of("3.3", find("3.3").stub)

    assert len(result.flow) == 8
    assert not any(event.ends for event in result.flow)


async def test_check_takes_an_application_where_a_class_is_asked_for() -> None:
    code = define(SYNC.replace("{}", "self.send('Anonymous: ' + text_data)"))

    result = await check("4.2", code["ChatConsumer"].as_asgi())

    assert result.solved


# In a process of its own: an exception that waits for a thread to wake up makes
# a traced one, such as that of a test with coverage, spin (Python 3.11).
ALONE = """
import asyncio
from support.exercises import result_of

async def main():
    for code in {}:
        result = await result_of("4.2", code, {})
        print(result.key, flush=True)
    print(result, flush=True)

asyncio.run(main())
"""

GOOD = SYNC.replace("{}", "self.send('Anonymous: ' + text_data)")

STUBBORN = ASYNC.replace(
    "{}",
    """
        while True:
            try:
                await asyncio.sleep(20)
            except BaseException:
                pass
""",
)


def alone(*codes: str, limit: float = 1.0) -> list[str]:
    """Check several answers in one process; return what it printed."""
    script = ALONE.format(list(codes), limit)
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=True,
    )
    return done.stdout.splitlines()


def test_check_leaves_alone_what_cannot_be_ended() -> None:
    printed = alone(SYNC.replace("{}", "time.sleep(1000)"))

    assert printed[0] == "abandoned"
    text = " ".join(" ".join(printed).split())
    assert "line 6: time.sleep(1000)" in text
    assert "restart the kernel" in text


def test_check_is_not_disturbed_by_the_leftovers_of_another() -> None:
    sleeper = SYNC.replace("{}", "time.sleep(1000)")

    printed = alone(sleeper, STUBBORN, sleeper, GOOD, GOOD)

    assert printed[0] == printed[2] == "abandoned"
    assert printed[1] == "late"
    assert printed[3:5] == ["solved", "solved"]


# In two loops: of one alone it is luck whether what should end it comes between
# one turn and the next, where nothing catches it.
DEAF = SYNC.replace(
    "{}",
    """
        while True:
            try:
                while True:
                    try:
                        time.sleep(0.01)
                    except:
                        pass
            except:
                pass
""",
)


def test_check_names_the_except_that_catches_what_should_end_it() -> None:
    printed = alone(DEAF)

    assert printed[0] == "stubborn"
    text = " ".join(" ".join(printed).split())
    assert "your except in line 12 catches even what should end it" in text


def test_check_sees_slips_after_one_that_would_not_end() -> None:
    printed = alone(DEAF, SYNC.replace("{}", "text_data.upper()"))

    assert printed[:2] == ["stubborn", "silent"]
    text = " ".join(" ".join(printed).split())
    assert "Line 6 calls text_data.upper()" in text


async def test_check_puts_the_notebooks_own_layer_back() -> None:
    before = get_channel_layer()

    await result_of("7.1", "class ChatConsumer(AsyncWebsocketConsumer): pass")

    assert get_channel_layer() is before


async def test_check_runs_nothing_on_the_loop_of_the_notebook() -> None:
    seen: list[object] = []
    names = define(ASYNC.replace("{}", "seen.append(threading.get_ident())"))
    names |= {"seen": seen, "threading": threading}
    names["ChatConsumer"].receive.__globals__.update(names)

    await check("4.2", names["ChatConsumer"])

    assert seen
    assert threading.get_ident() not in seen


async def test_check_says_it_when_two_run_at_once() -> None:
    names = define(SYNC.replace("{}", "time.sleep(0.1)"))
    consumer = names["ChatConsumer"]

    done = await asyncio.gather(
        check("4.2", consumer), check("4.2", consumer), return_exceptions=True
    )

    assert "another check is running" in str(done[1])
    assert getattr(done[0], "key", "") == "silent"


# Python's own, as "while True: pass", and yet it leaves the machine to others.
LOOP = "while True: __import__('time').sleep(0.01)"


async def test_check_keeps_its_true_limit() -> None:
    result = await result_of("4.2", SYNC.replace("{}", LOOP))

    assert "not done after 3 s" in str(result)


async def test_check_cuts_what_was_printed() -> None:
    code = SYNC.replace("{}", "print('x' * 10_000_000)")

    result = await result_of("4.2", code)

    assert "(10,000,001" in str(result)
    assert len(str(result)) < 3000


SENT = """\
async def post_all(layer, channel, messages):
    await layer.send(channel, messages[0])
"""


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("6.2", "def post_all(*args): raise ValueError('y' * 5_000_000)"),
        ("6.2", SENT + "    return 'y' * 5_000_000"),
        (
            "4.2",
            SYNC.replace('Anonymous!]"', '" * 5_000_000').format("pass"),
        ),
    ],
)
async def test_check_cuts_what_the_code_gives(number: str, code: str) -> None:
    result = await result_of(number, code)

    assert not result.solved
    assert len(str(result)) < 3000


@pytest.mark.parametrize("number", ["4.4", "6.1", "6.2", "6.3", "7.1"])
async def test_check_keeps_an_error_apart_from_what_the_exercise_is_about(
    number: str,
) -> None:
    solution = find(number).solution
    first = solution.index("):\n", solution.rindex(" def ")) + 3
    body = solution[first:]
    indent = body[: len(body) - len(body.lstrip())]

    result = await result_of(number, f"{solution[:first]}{indent}oops\n{body}")

    assert result.key in ("raised", "raised in call"), str(result)
    assert "NameError" in str(result)


async def test_check_of_a_function_ends_one_that_waits_for_ever() -> None:
    code = "async def post_all(*args):\n    await asyncio.Event().wait()\n"

    result = await result_of("6.2", code, LIMIT)

    assert result.key == "late"
    assert "line 2: await asyncio.Event().wait()" in str(result)


async def test_check_of_a_function_names_the_line_that_exits() -> None:
    code = "async def post_all(*args):\n    raise SystemExit(3)\n"

    result = await result_of("6.2", code)

    assert result.key == "raised in call"
    assert "line 2: raise SystemExit(3)" in str(result)


async def test_check_says_so_if_an_error_cannot_tell_its_text() -> None:
    code = """
class Shy(Exception):
    def __str__(self): raise ValueError
def post_all(*args): raise Shy
"""

    result = await result_of("6.2", code)

    assert "your code raised Shy" in str(result)


async def test_check_of_a_function_that_is_not_async_judges_what_it_does() -> (
    None
):
    result = await result_of("6.2", "def post_all(*args): return 2")

    assert result.key == "guessed"


def test_check_that_is_not_awaited_says_so() -> None:
    assert repr(check("4.2")) == (
        'Nothing is checked yet. Write await before it: await check("4.2")'
    )


async def test_class_of_the_library_has_not_nearly_the_learners_name() -> None:
    result = await result_of("7.1", "x = 1")

    assert result.key == "undefined"
    assert "nearly the same name" not in str(result)


async def test_router_of_the_learners_may_have_nearly_the_right_name() -> None:
    result = await result_of("5.1", "hotels = URLRouter([])")

    assert result.key == "undefined"
    told = " ".join(str(result).split())
    assert "hotels has nearly the same name" in told
