"""A learner's test, whatever it does, has a trial with an end."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from minichannels.lab.checking.sandbox.patient_loop import PatientLoop
from minichannels.lab.checking.sandbox.runner import run
from minichannels.lab.checking.sandbox.threads import Crew
from minichannels.lab.exercises.echoes import echo
from minichannels.lab.exercises.trials import Trial, run_test
from minichannels.layers import get_channel_layer
from minichannels.testing import WebsocketCommunicator
from support.exercises import result_of

LIMIT = 0.5
LONGEST = 30

TEST = """\
async def test_answer(application):
    ada = WebsocketCommunicator(application, "/")
    await ada.connect()
    await ada.send_to("tea")
    {}
"""

# What the test does, the key of the message, and the line in it.
MISBEHAVIOUR = {
    "loops for ever": ("while True: pass", "late", 5),
    "sleeps in its thread": (
        *(
            'time.sleep(0.1); assert await ada.receive_from() == "tea"',
            "sleeps",
        ),
        5,
    ),
    "sleeps, and looks too early": (
        *("time.sleep(0.1); ada.output_queue.get_nowait()", "sleeps"),
        5,
    ),
    "sleeps too long": ("time.sleep(1)", "late", 5),
    "waits for ever": ("await asyncio.Event().wait()", "hangs", 5),
    "waits again and again": (
        *("while True: await asyncio.sleep(0.001)", "hangs"),
        5,
    ),
    "gives turns away for ever": (
        *("while True: await asyncio.sleep(0)", "late"),
        5,
    ),
    "raises": ("1 / 0", "fails right", 5),
    "exits": ("raise SystemExit", "fails right", 5),
    "is cancelled by itself": (
        *("raise asyncio.CancelledError", "fails right"),
        0,
    ),
    "raises what is no Exception": ("raise GeneratorExit", "fails right", 5),
    "recurses": ("await test_answer(application)", "fails right", 3),
    "runs a loop in a loop": (
        *("asyncio.run(asyncio.sleep(0))", "forgotten"),
        5,
    ),
    "forgets to await": ('assert ada.receive_from() == "tea"', "forgotten", 5),
    "asks the keyboard": ("input()", "fails right", 5),
    "skips": ("import pytest; pytest.skip('no')", "skips", 5),
    "returns at once": ("return", "silent", 0),
    "prints 10 MB": ("print('x' * 10_000_000)", "silent", 0),
    "leaves a task": (
        *("asyncio.create_task(asyncio.sleep(1000))", "silent"),
        0,
    ),
    "waits in a thread": (
        *("await asyncio.to_thread(time.sleep, 0.01)", "silent"),
        0,
    ),
}
BEFORE = {
    "takes no argument": (
        *("async def test_answer(): pass", "raised in call"),
    ),
    "is a class": ("class test_answer: pass", "not a function"),
    "is nothing": ("test_answer = None", "not a function"),
    "has a yield": ("async def test_answer(x): yield", "silent"),
}


@pytest.mark.parametrize("what", MISBEHAVIOUR)
async def test_check_tells_of_a_test_that(what: str) -> None:
    line, key, number = MISBEHAVIOUR[what]
    limit = LIMIT if key == "late" else LONGEST

    result = await result_of("11.1", TEST.replace("{}", line), limit)

    assert result.key == key, str(result)
    assert f"line {number}: " in str(result) or not number, str(result)


@pytest.mark.parametrize("what", BEFORE)
async def test_check_tells_of_an_answer_that(what: str) -> None:
    code, key = BEFORE[what]

    result = await result_of("11.1", code)

    assert result.key == key, str(result)


async def test_test_that_waits_in_vain_for_good_reason_hides_nothing() -> None:
    code = """\
async def test_rooms(application):
    with record(application) as flow:
        ada = WebsocketCommunicator(flow.app, "/lobby/")
        bob = WebsocketCommunicator(flow.app, "/lobby/")
        fred = WebsocketCommunicator(flow.app, "/kitchen/")
        for client in ada, bob, fred:
            await client.connect()
        await ada.send_to("hi")
        await flow.settle()
        assert await ada.receive_from() == "hi"
        assert await bob.receive_from() == "hi"
        try:
            await fred.receive_from()
            raise AssertionError
        except TimeoutError:
            pass
"""
    text = str(await result_of("11.2", code))

    assert "11.2 not solved yet: your test passes, and everybody heard" in text
    assert "hid" not in text


async def test_test_without_an_end_is_told_nothing_of_handlers() -> None:
    line, _, _ = MISBEHAVIOUR["gives turns away for ever"]

    result = await result_of("11.1", TEST.replace("{}", line), LIMIT)

    assert result.key == "late"
    assert "handler" not in str(result)


async def test_test_that_does_not_connect_is_told_so() -> None:
    code = TEST.replace("    await ada.connect()\n", "")

    result = await result_of(
        "11.1", code.format('assert await ada.receive_from() == "tea"')
    )

    assert result.key == "fails right"
    words = " ".join(str(result).split())
    assert "a text came before websocket.connect" in words


async def tried(test: Callable[..., Any], *args: Any) -> Trial:
    """Run a test as a check does."""
    trials: list[Trial] = []

    async def scenario() -> None:
        trials.append(await run_test(test, *args))

    done = await run(scenario, Crew(), LONGEST, PatientLoop)
    assert done.error is None
    return trials[0]


async def test_trial_takes_the_seconds_of_what_the_test_waits_for() -> None:
    async def test(application: Any) -> None:
        ada = WebsocketCommunicator(application, "/")
        await ada.connect()
        await ada.send_to("tea")
        assert await ada.receive_from() == "tea"

    trial = await tried(test, echo(seconds=0.5).as_asgi())

    assert trial == Trial(seconds=0.5)


async def test_trial_ends_what_the_test_has_left_running() -> None:
    ended: list[bool] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    left: list[WebsocketCommunicator] = []  # who is forgotten, ends before

    async def test(application: Any) -> None:
        left.append(WebsocketCommunicator(application, "/"))
        await left[0].send_input({"type": "x"})
        await asyncio.sleep(0)

    trial = await tried(test, application)

    assert trial.error is None
    assert ended == [True]


async def test_check_of_a_test_leaves_the_notebooks_layer_as_it_was() -> None:
    before = get_channel_layer()

    await result_of("11.2", "async def test_rooms(application): pass")

    assert get_channel_layer() is before


async def test_where_the_loop_is_another_one_a_test_is_tried_all_the_same() -> (
    None
):
    async def test() -> None:
        await asyncio.sleep(0.01)

    trial = await run_test(test)

    assert trial.error is None
    assert 0 < trial.seconds < LONGEST
