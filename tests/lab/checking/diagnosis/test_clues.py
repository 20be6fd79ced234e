"""Which slip a message names, and in which line."""

from dataclasses import replace
from typing import Any

import pytest

from minichannels.lab.checking.check import judged
from minichannels.lab.checking.diagnosis.answers import MISSING
from minichannels.lab.checking.diagnosis.clues import of_forgotten, of_silence
from minichannels.lab.checking.report.compose import composed
from minichannels.lab.checking.sandbox.output import Output
from minichannels.lab.checking.stage.exercise import Stage, Text, find
from support.exercises import define, patience, result_of

CHAT = """\
class ChatConsumer(WebsocketConsumer):
    def connect(self):
        self.accept()
        self.send(text_data="[Welcome Anonymous!]")
    {}
"""
SILENT = {
    "printed": ("def receive(self, text_data): print(1)", "Line 5 prints it."),
    "returned": ("def receive(self, text_data): return 1", "Line 5 returns 1."),
    "named": ("def receive(self, text_data): self.close", "names self.close"),
    "misspelled": ("def recieve(self, text_data): pass", "it has recieve"),
    "not there": ("pass", "Your class has no receive,"),
    "uncalled": (
        "def hello(self): self.send('hi')",
        "Your class has no receive, so the library's own ran; and nobody has"
        " called its hello (line 5).",
    ),
    "replaced": (
        "def websocket_receive(self, event): pass",
        "write receive instead of websocket_receive",
    ),
}


@pytest.mark.parametrize("what", SILENT)
async def test_message_says_why_nothing_was_sent(what: str) -> None:
    method, words = SILENT[what]

    result = await result_of("4.2", CHAT.format(method))

    assert words in " ".join(str(result).split())
    assert result.key == "silent"


# An exercise, what sends there and becomes "print(", and its line.
PRINTED = [
    ("1.1", 'await send(|{"type": "websocket.accept"}', 6),
    ("2.1", 'await send(|{"type": "websocket.close"', 7),
    ("2.2", 'await send(|{"type": "http.response.body"', 15),
    ("2.3", 'await send(|{"type": "http.response.start"', 8),
    ("4.2", "self.send(text_data=|", 5),
    ("5.1", "self.send(text_data=|", 5),
]


@pytest.mark.parametrize(("number", "sending", "line"), PRINTED)
async def test_what_is_printed_and_should_be_sent_is_told_so(
    number: str, sending: str, line: int
) -> None:
    sends, what = sending.split("|")
    solution = find(number).solution
    assert sends + what in solution
    code = solution.replace(sends + what, f"print({what}", 1)

    result = await result_of(number, code)

    told = f"Line {line} prints it. What is printed is sent to nobody."
    assert told in " ".join(str(result).split())


async def test_what_is_printed_and_sent_as_well_is_not_blamed() -> None:
    solution = find("1.1").solution
    code = solution.replace(
        "await send({", "print({'type': 'websocket.accept'}); await send({", 1
    ).replace(".upper()", "")

    result = await result_of("1.1", code)

    assert not result.solved
    assert "prints it" not in str(result)


RETURNS = """\
async def shout(scope, receive, send):
    await receive()
    return {"type": "websocket.accept"}
    while True:
        await receive()
"""


async def test_event_that_is_returned_comes_before_the_lines_below_it() -> None:
    result = await result_of("1.1", RETURNS)

    told = " ".join(str(result).split())
    assert "in line 3, send it instead of returning it." in told
    assert "never runs" not in told


FORGOTTEN = """\
def fits(layer, channel, message):
    layer.send(channel, message)


async def post_all(layer, channel, messages):
    for message in messages:
        await fits(layer, channel, message)
"""


async def test_forgotten_await_in_a_plain_function_of_ones_own() -> None:
    result = await result_of("6.2", FORGOTTEN)

    told = " ".join(str(result).split())
    assert "fits is a plain def, where no await can stand." in told
    assert "nobody waited for it" not in told  # whoever called post_all did


async def test_forgotten_await_in_a_plain_method_within_a_router() -> None:
    second = find("5.1").second
    code = second.replace("await ", "").replace("async def", "def")
    assert code != second

    result = await result_of("5.1", code)

    told = " ".join(str(result).split())
    assert "write async before that def, and await before the call." in told


async def test_error_that_ended_a_task_in_an_earlier_step_is_told() -> None:
    code = find("10.3").second.replace("event['words']", "event['word']")

    result = await result_of("10.3", code, patience())

    told = " ".join(str(result).split())
    assert "That ended wait, and nobody was told" in told


async def test_error_behind_a_job_that_was_handed_over_is_told() -> None:
    code = find("10.3").solution.replace("give_up(self, text)", "give_up(text)")

    result = await result_of("10.3", code, patience())

    assert result.key == "raised"
    assert "self is missing." in str(result)


@pytest.mark.parametrize("value", ["return", "return None", "pass"])
async def test_line_without_a_value_is_no_clue(value: str) -> None:
    method = f"def receive(self, text_data): {value}"

    result = await result_of("4.2", CHAT.format(method))

    assert "Line 5" not in str(result)
    assert "ran receive (event 4), and sent nothing" in str(result)


async def test_misspelled_handler_is_told_also_where_others_have_sent() -> None:
    code = find("12.2").solution.replace("def disconnect", "def on_disconnect")

    result = await result_of("12.2", code)

    assert "Your class has no disconnect, so the library's own ran; it has" in (
        " ".join(str(result).split())
    )
    assert result.key == "untold"


async def test_name_that_is_only_somewhat_alike_is_not_meant() -> None:
    code = find("12.2").solution.replace("def disconnect", "def reconnect")

    result = await result_of("12.2", code)

    assert "Your class has no" not in str(result)
    assert result.key == "untold"


async def test_bread_that_blocks_is_told_with_the_line_that_sleeps() -> None:
    code = find("3.3").solution.replace("await asyncio.sleep", "time.sleep")

    result = await result_of("3.3", code)

    assert result.key == "blocks"
    assert "line 9: time.sleep(0.1)" in str(result)


async def test_message_of_a_plain_application_names_the_line() -> None:
    code = """\
async def shout(scope, receive, send):
    while (event := await receive())["type"] != "websocket.disconnect":
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        else:
            print(event["text"])
"""

    result = await result_of("1.1", code)

    said = "shout#1 got websocket.receive (event 3), and sent nothing after it."
    assert said in " ".join(str(result).split())
    assert "line 6: print" in str(result)


async def test_message_never_says_to_change_the_line_of_a_definition() -> None:
    async def play(stage: Stage) -> None:
        ada = await stage.knock("/", "ada")
        await stage.send(ada, "hello")
        stage.require(ada.heard, "silent")

    texts = {"silent": Text(headline="no answer.")}
    exercise = replace(find("1.1"), play=play, texts=texts)
    names = define("async def shout(scope, receive, send): await receive()\n")

    result = composed(await judged(exercise, MISSING, names))

    assert "It did not read this event" in str(result)
    assert "line 1" not in str(result)
    assert "change line" not in str(result)


async def test_function_that_sends_nothing_is_told_so() -> None:
    result = await result_of("6.3", "def remind(*args): return 2")

    assert "remind returned, and sent nothing." in str(result)


async def test_function_that_has_nothing_to_send_is_told_what_it_returned() -> (
    None
):
    async def play(stage: Stage, function: Any) -> None:
        await stage.call("read_frame(b'')", function, b"")
        stage.require(False, "other")

    async def look(stage: Stage, function: Any) -> None:
        stage.require(False, "other")

    texts = {"other": Text(headline="it is another one.")}
    exercise = replace(find("3.1"), play=play, texts=texts)
    names = define("def read_frame(data): return [1, data]\n")

    said = str(composed(await judged(exercise, MISSING, names)))
    exercise = replace(exercise, play=look)
    unsaid = str(composed(await judged(exercise, MISSING, names)))

    assert "read_frame returned [1, b'']." in said
    assert "returned" not in unsaid


@pytest.mark.parametrize("key", ["await", "wrap"])
async def test_forgotten_call_is_shown_as_its_function_needs_it(
    key: str,
) -> None:
    start = "async def" if key == "await" else "def"
    base = "AsyncWebsocketConsumer" if key == "await" else "WebsocketConsumer"
    code = f"""\
class ChatConsumer({base}):
    {start} connect(self):
        self.channel_layer.group_add("a", self.channel_name)
        {"await self" if key == "await" else "self"}.accept()
"""

    result = await result_of("4.2", code)

    wanted = {
        "await": "await …group_add(…)",
        "wrap": "async_to_sync(self.channel_layer.group_add)(…).",
    }[key]
    assert wanted in str(result)


async def test_forgotten_call_of_an_application_needs_an_async_def() -> None:
    code = """\
class LanguageMiddleware(BaseMiddleware):
    def __call__(self, scope, receive, send):
        super().__call__(scope, receive, send)
"""

    result = await result_of("5.2", code)

    assert "__call__ is a plain def, where no await can stand" in str(result)
    assert "write async before that def, and await" in str(result)
    assert "async_to_sync" not in str(result)


@pytest.mark.parametrize("wrapper", ["sync_to_async", "database_sync_to_async"])
async def test_forgotten_call_of_what_wraps_has_the_wrapper_s_name(
    wrapper: str,
) -> None:
    code = f"""\
from minichannels.db import database_sync_to_async


class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        {wrapper}(len)("abc")
        await self.accept()
"""

    result = await result_of("4.2", code)

    assert f"It called {wrapper}(…)() without await" in " ".join(
        str(result).split()
    )


def test_forgotten_call_inside_async_to_sync_is_about_its_brackets() -> None:
    output = Output()
    output.unwrapped = True

    assert of_forgotten(None, "group_add", output).key == "brackets"


COUNTS = """\
async def post_all(layer, channel, messages):
    async def fits(message):
        try:
            await layer.send(channel, message)
        except ChannelFull:
            return False
        return True

    return {}
"""


@pytest.mark.parametrize(
    "counts",
    [
        "len([m for m in messages if not fits(m)])",
        "sum(not fits(m) for m in messages)",
        "[fits(m) for m in messages].count(False)",
        "len([*filter(lambda m: not fits(m), messages)])",
    ],
)
async def test_forgotten_call_in_one_line_is_awaited_where_it_stands(
    counts: str,
) -> None:
    result = await result_of("6.2", COUNTS.replace("{}", counts))

    assert result.key == "forgotten", str(result)
    assert f"line 9: return {counts}" in " ".join(str(result).split())
    assert "write await before the call" in " ".join(str(result).split())


async def test_loop_that_goes_on_for_want_of_an_await_is_told_of_that() -> None:
    code = find("8.3").second.replace("def show", "async def show")

    result = await result_of("8.3", code, 0.5)

    assert result.key == "forgotten", str(result)
    assert "line 14: self.show()" in str(result)
    assert "Exception ignored" not in str(result)


def test_forgotten_call_without_a_line_is_awaited() -> None:
    assert of_forgotten(None, "group_add", Output()).key == "await"


def test_silence_of_what_is_no_class_has_no_clue() -> None:
    assert of_silence(print, "", Output()) is None
    assert of_silence(define("def f(): pass")["f"], "", Output()) is None


async def test_client_that_goes_after_an_answer_is_no_silence() -> None:
    method = "def receive(self, text_data): self.close()"

    result = await result_of("4.2", CHAT.format(method))

    assert "has no disconnect" not in str(result)
