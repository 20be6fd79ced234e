"""Answers that came late, and whether the machine is the reason."""

import time
from typing import Any

import pytest

from minichannels.lab.checking.stage.miss import BUSY
from minichannels.lab.exercises import e10_3
from minichannels.lab.exercises.slow import LateAnswers
from support.exercises import patience, result_of


def told(*late: bool) -> str:
    """Return what is told after some tries."""
    tries = LateAnswers()
    for is_late in late:
        assert tries.left()
        tries.add(is_late=is_late)
    assert not tries.left()
    return tries.told("too long")


def test_answer_that_is_late_each_time_is_told_so() -> None:
    assert told(True, True, True) == "too long"


def test_answer_that_the_machine_may_have_held_up_is_not_called_late() -> None:
    assert told(True, False, True) == BUSY
    assert told(False, False, False) == BUSY


TIMER = """\
import threading


class Asker(AsyncWebsocketConsumer):
    async def connect(self):
        self.waiting = {}
        await self.accept()

    async def receive(self, text_data):
        job = {"type": "text.count", "text": text_data}
        job["reply_channel"] = self.channel_name
        await self.channel_layer.send("counting", job)
        late = self.give_up(text_data), asyncio.get_running_loop()
        timer = threading.Timer(0.2, asyncio.run_coroutine_threadsafe, late)
        self.waiting[text_data] = timer, late[0]
        timer.start()

    async def give_up(self, text):
        if self.waiting.pop(text, None):
            await self.send(text_data=f"no answer: {text}")

    async def text_counted(self, event):
        timer, late = self.waiting.pop(event["text"], (None, None))
        if timer:
            timer.cancel()
            late.close()
            words, text = event["words"], event["text"]
            await self.send(text_data=f"{words} words: {text}")
"""


async def test_thread_that_counts_the_time_itself_is_right_or_held_up() -> None:
    result = await result_of("10.3", TIMER, patience())

    assert result.key in ("solved", BUSY), str(result)


SILENT = """\
import threading


class Asker(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        job = {"type": "text.count", "text": text_data}
        job["reply_channel"] = self.channel_name
        await self.channel_layer.send("counting", job)
        threading.Timer(0.2, len, [text_data]).start()

    async def text_counted(self, event):
        pass
"""


@pytest.mark.parametrize(("time", "expected"), [(60, "not told"), (0, BUSY)])
async def test_answer_that_nobody_hears_may_have_come_too_late_for_a_thread(
    monkeypatch: pytest.MonkeyPatch, time: float, expected: str
) -> None:
    monkeypatch.setattr(e10_3, "_TIME", time)

    result = await result_of("10.3", SILENT, patience())

    assert result.key == expected, str(result)


@pytest.mark.parametrize(
    ("asked", "by_thread", "is_up"),
    [(-1, True, True), (-1, False, False), (0, True, False)],
    ids=["held up", "no thread", "in time"],
)
def test_time_is_up_for_a_thread_by_the_clock_on_the_wall(
    asked: float, by_thread: bool, is_up: bool
) -> None:
    client: Any = None
    job = e10_3._Job(client, "", 0, time.monotonic() + asked)
    job.by_thread = by_thread

    assert job.is_up() is is_up


PRICES = """\
def find_price(dish):
    time.sleep(0.05)
    return len(dish)


class Prices(AsyncWebsocketConsumer):
"""

HASTY = (
    PRICES
    + """\
    asked = 0

    async def receive(self, text_data):
        self.asked += 1
        price = "later"
        if self.asked == 1:
            price = await asyncio.to_thread(find_price, text_data)
        await self.send(text_data=f"{text_data} costs {price}")
"""
)


async def test_answer_is_shown_whoever_was_let_in_after_it() -> None:
    result = await result_of("9.2", HASTY, patience())

    assert result.key == "other"
    assert "Prices#1 sent ada " in str(result)
    assert "sent bob" not in str(result)


HURRIED = (
    PRICES
    + """\
    busy = 0

    async def receive(self, text_data):
        Prices.busy += 1
        words = "costs" if Prices.busy == 1 else "may cost"
        price = await asyncio.to_thread(find_price, text_data)
        Prices.busy -= 1
        await self.send(text_data=f"{text_data} {words} {price}")
"""
)


async def test_answer_in_other_words_to_who_asks_beside_others() -> None:
    result = await result_of("9.2", HURRIED, patience())

    assert result.key == "other"
    assert "may cost" in " ".join(str(result).split())
