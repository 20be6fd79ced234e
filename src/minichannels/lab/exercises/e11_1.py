"""11.1: a test that waits for what should happen, not for a time."""

from typing import Any

from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.exercises.echoes import echo
from minichannels.lab.exercises.trials import TEXTS, Sample, Trials

_TENTHS = 10
_TOO_LATE = 10.0  # seconds; the text of the exercise says: within one
_TICK = 0.001


async def play(stage: Stage, test: Any) -> None:
    """Try the test on consumers that are prompt, slow, silent and wrong."""
    needs = stage.draw.number(4, 2, 6) / _TENTHS
    ending = stage.draw.text("!", "{a}")
    prompt, slow, *_ = await Trials(stage, test, _show).judge(
        [
            Sample("answers at once", echo(), "fails right", right=True),
            Sample(
                f"needs {needs:g} s for its answer",
                echo(seconds=needs),
                "impatient",
                right=True,
            ),
            Sample("never answers", echo(lambda texts: None), "silent"),
            Sample("answers with another text", echo(_other), "other"),
            Sample(
                "answers with the text and more",
                echo(lambda texts: texts[-1] + ending),
                "more",
            ),
            Sample("answers with a part of the text", echo(_part), "part"),
            Sample(
                "answers in capitals what came in small letters",
                echo(_in_other_letters),
                "letters",
            ),
            Sample(
                f"needs {_TOO_LATE:g} s for its answer",
                echo(seconds=_TOO_LATE),
                "too patient",
            ),
        ]
    )
    waits = slow - prompt > _TICK  # one that looks now and then waits, too
    stage.values["prompt"], stage.values["slow"] = f"{prompt:g}", f"{slow:g}"
    stage.require(waits, "time", needs=f"{needs:g}")


def _other(texts: list[str]) -> str:
    return "milk" if texts[-1] != "milk" else "tea"


def _part(texts: list[str]) -> str:
    return texts[-1][:-1] or _other(texts)


def _in_other_letters(texts: list[str]) -> str:
    capitals = texts[-1].swapcase()
    return capitals if capitals != texts[-1] else _other(texts)


async def _show(stage: Stage) -> None:
    ada = await stage.connect("/", "ada")
    await stage.send(ada, "tea")


_RIGHT = """\
async def test_answer(application):
    ada = WebsocketCommunicator(application, "/")
    await ada.connect()
    await ada.send_to("tea")
    assert await ada.receive_from() == "tea"
    await ada.disconnect()
"""
_STUB = """\
async def test_answer(application):
    ada = WebsocketCommunicator(application, "/")
    await ada.connect()
    await ada.send_to("tea")
    await asyncio.sleep(0.1)
    event = ada.output_queue.get_nowait()
    assert event["text"] == "tea"
    await ada.disconnect()
"""

_COMPARE = "compare the answer itself with the text, by `==`."

EXERCISE = Exercise(
    number="11.1",
    name="test_answer",
    asks="test",
    play=play,
    texts={
        **TEXTS,
        "solved": Text(
            headline="your test waits for the answer, and no longer.",
            should="It passes for a consumer that is slow, fails for one that"
            " never answers or says something else, and has an end each time.",
        ),
        "untouched": Text(
            headline="the test fails for a consumer that is right, but slow.",
            did="The consumer was one that $what. The test raised $error.",
            should="The test passes as soon as the answer is there, and fails"
            " if none comes.",
            first="find the line that waits, and ask what it waits for.",
        ),
        "impatient": Text(
            headline="your test fails for a consumer that is right, but slow.",
            did="The consumer was one that $what. Your test raised $error.",
            should="The answer may take a while. It counts that it comes.",
            next="wait with `receive_from()`, and leave its limit of a second"
            " as it is.",
            why="M34",
        ),
        "time": Text(
            headline="your test waits for a time, not for the answer.",
            did="With a consumer that answers at once it took $prompt s, with"
            " one that needs $needs s for it $slow s.",
            should="It takes as long as the answer does.",
            next="take out the sleep; `receive_from()` waits for the answer.",
            why="M34",
        ),
        "too patient": Text(
            headline="your test passes, and the answer came much too late.",
            did="The consumer was one that $what. Your test passed.",
            should="The answer has to come within a second.",
            next="leave the limit of `receive_from()` as it is: a second.",
        ),
        "silent": Text(
            headline="your test passes, and there was no answer.",
            did="The consumer was one that $what. Your test passed.",
            should="A test that waits in vain fails.",
            next="let the `TimeoutError` of `receive_from()` end the test: do"
            " not catch it.",
            missing="websocket.send",
            why="M36",
        ),
        "other": Text(
            headline="your test passes, and the answer was another text.",
            did="The consumer was one that $what. Your test passed.",
            should="It fails unless the answer is the text that was sent.",
            next="compare what `receive_from()` returns with the text.",
        ),
        "more": Text(
            headline="your test passes, and the answer was longer than the"
            " text.",
            did="The consumer was one that $what. Your test passed.",
            should="It passes for the very text that was sent. That the answer"
            " has the text in it, or begins with it, is not enough.",
            next=_COMPARE,
        ),
        "part": Text(
            headline="your test passes, and the answer was only a part of the"
            " text.",
            did="The consumer was one that $what. Your test passed.",
            should="It passes for the very text that was sent. That the answer"
            " is somewhere in it is not enough.",
            next=_COMPARE,
        ),
        "letters": Text(
            headline="your test passes, and the answer had other letters.",
            did="The consumer was one that $what. Your test passed.",
            should="Capitals and small letters are not the same. The answer is"
            " compared as it came.",
            next=_COMPARE,
        ),
    },
    hints=(
        "The test has to wait for something that the consumer does.",
        "A communicator can wait for a frame: `await ada.receive_from()`.",
        'assert await ada.receive_from() == "tea"',
    ),
    stub=_STUB,
    solution=_RIGHT,
    second="""\
async def test_answer(application):
    async with WebsocketCommunicator(application, "/") as ada:
        await ada.connect()
        await ada.send_to("milk")
        event = await ada.receive_output(timeout=2)
        assert event == {"type": "websocket.send", "text": "milk"}
""",
    wrong={
        "time": edit(_STUB, "0.1", "1"),
        "fails right": edit(_STUB, "    await asyncio.sleep(0.1)\n", ""),
        "impatient": edit(
            _RIGHT, "receive_from()", "receive_from(timeout=0.1)"
        ),
        "hangs": edit(
            _STUB,
            "    await asyncio.sleep(0.1)\n",
            "",
            "ada.output_queue.get_nowait()",
            "await ada.output_queue.get()",
        ),
        "too patient": edit(
            _RIGHT, "receive_from()", "receive_from(timeout=60)"
        ),
        "silent": edit(
            _RIGHT,
            '    assert await ada.receive_from() == "tea"\n',
            """\
    try:
        assert await ada.receive_from() == "tea"
    except TimeoutError:
        print("no answer")
""",
        ),
        "other": edit(_RIGHT, ' == "tea"', ""),
        "more": edit(
            _RIGHT,
            'await ada.receive_from() == "tea"',
            '"tea" in await ada.receive_from()',
        ),
        "part": edit(_RIGHT, '== "tea"', 'in "tea"'),
        "letters": edit(
            _RIGHT,
            "receive_from() ==",
            "receive_from()).lower() ==",
            "assert await",
            "assert (await",
        ),
        "forgotten": edit(_RIGHT, "assert await", "assert"),
    },
)
