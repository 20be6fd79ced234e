"""The live view while much happens: frames, keys, fragments; the feed.

What a page notices is measured in Chromium, what a feed takes to draw in
seconds of the processor.
"""

import asyncio
import contextlib
import gc
import statistics
import threading
import time
from collections.abc import Callable
from time import process_time
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from minichannels.flow.journal.events import Entry
from minichannels.flow.live.feed import Feed, Update
from support.journals import Later, Talk
from support.jupyter import FLAGS, find_chromium
from support.live import show, tell
from support.measuring import OURS, Row, interleaved

SECONDS = 8
TICK = 0.02
SAYS = 8  # events of one message in a chat of three

# A key is pressed behind whatever the page is busy with just then.
WATCH = """async seconds => {
  const frames = [], keys = [];
  let fragments = 0, folded = false;
  const view = document.querySelector(".mclive");
  const press = () => new Promise(done => {
    const from = performance.now();
    setTimeout(() => {
      const key = keys.length % 2 ? "End" : "ArrowLeft";
      view.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
      requestAnimationFrame(() => setTimeout(() => {
        keys.push(performance.now() - from);
        done();
      }));
    });
  });
  const end = performance.now() + seconds * 1000;
  let before = await new Promise(requestAnimationFrame);
  let next = before + 400;
  while (performance.now() < end) {
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - before);
    before = now;
    const pieces = view.querySelectorAll(".rows > *, .rows > .row > *");
    fragments = Math.max(fragments, pieces.length);
    folded ||= view.querySelector(".foot").textContent.includes("folded");
    if (now > next) { next = now + 400; void press(); }
  }
  return { frames, keys, fragments, folded };
}"""


def chatter(rate: int, over: threading.Event) -> tuple[Talk, threading.Thread]:
    """Return a talk, and a thread in which so many events a second happen."""
    talk = Talk()
    lanes = [talk.join(name) for name in ("ada", "bob", "eve")]

    def chat() -> None:
        start, said = time.monotonic(), 0
        while not over.wait(TICK):
            due = (time.monotonic() - start) * rate / SAYS
            while said < due:
                said += 1
                speaker = lanes[said % 3]
                cause = talk.says(speaker, f"message {said}")
                act = talk.broadcast(speaker, lanes)
                act[0].cause = cause.id
                for copy in act[1:]:
                    answer = talk.entry("send", copy.lane, "websocket.send", {})
                    answer.cause = copy.id
                    talk.journal.add(answer)

    return talk, threading.Thread(target=chat)


async def watched(page: Page, rate: int) -> Any:
    """Show so many events a second; return what the page noticed."""
    over, loop = threading.Event(), asyncio.get_running_loop()
    talk, thread = chatter(rate, over)
    feed = Feed(talk.journal)
    queue: asyncio.Queue[Update] = asyncio.Queue()
    await show(page, feed.state())

    def told(update: Update) -> None:
        with contextlib.suppress(RuntimeError):  # it was the last, and is late
            loop.call_soon_threadsafe(queue.put_nowait, update)

    feed.subscribe(told)

    async def pass_on() -> None:
        while True:
            await tell(page, await queue.get())

    passing = asyncio.create_task(pass_on())
    thread.start()
    try:
        return await page.evaluate(WATCH, SECONDS)
    finally:
        over.set()
        thread.join()
        feed.close()
        passing.cancel()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("rate", [200, 1000])
async def test_live_view(
    record: Callable[[list[Row]], None], rate: int
) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(playwright), args=FLAGS
        )
        page = await browser.new_page(viewport={"width": 1000, "height": 900})
        seen = await watched(page, rate)
        await browser.close()
    frames = sorted(seen["frames"])
    late = frames[int(len(frames) * 0.95)]
    folded = "folded" if seen["folded"] else "not folded"
    name = f"live view, {rate:,} events a second ({folded})"
    rows = [
        (f"{name}: median frame", "ms", statistics.median(frames), 17),
        (f"{name}: 95 % of the frames under", "ms", late, 50),
        (f"{name}: slowest answer to a key", "ms", max(seen["keys"]), 200),
        (f"{name}: fragments in the page", "", seen["fragments"], 1000),
    ]
    record(
        [
            Row(what, unit, [ours], "bound", [bound], 1, at_most=True)
            for what, unit, ours, bound in rows
        ]
    )


# What a feed takes


def wait(entries: list[Entry], number: int, capacity: int) -> None:
    """Let an act's messages stand at some place of large mailboxes."""
    for copy in entries[1:]:
        copy.become("waiting", waiting=number, capacity=capacity)


def opened() -> float:
    """Return the seconds until all of ten full mailboxes is drawn."""
    talk = Talk()
    lanes = [talk.join(f"c{number}") for number in range(10)]
    for number in range(1, 501):
        wait(talk.broadcast(lanes[0], lanes, "waiting"), number, 500)
    gc.collect()  # as below
    begun = process_time()
    Feed(talk.journal, Later())
    return process_time() - begun


def updated(tell: Callable[[Talk, list[Entry]], None]) -> float:
    """Return the seconds until it is drawn that a large group has read."""
    talk = Talk()
    lanes = [talk.join(f"c{number}") for number in range(1000)]
    entries = talk.broadcast(lanes[0], lanes, "waiting")
    wait(entries, 1, 100)
    feed = Feed(talk.journal, Later())
    feed.refresh()  # draws what was not in the first picture
    tell(talk, entries)
    gc.collect()  # what was made until now is not looked through meanwhile
    begun = process_time()
    feed.refresh()
    return process_time() - begun


def became_read(talk: Talk, entries: list[Entry]) -> None:
    for copy in entries[1:]:
        copy.become("delivered")


def is_read_later(talk: Talk, entries: list[Entry]) -> None:
    for copy in entries[1:]:
        talk.after("read", copy)


@pytest.mark.parametrize(
    ("what", "measure", "rounds", "bound", "goal"),
    [
        ("opens, ten mailboxes with 500", opened, 5, 1.3, 0.5),
        (
            *("update, 1,000 did not wait", lambda: updated(became_read)),
            *(5, 0.05, 0.04),
        ),
        (
            *("update, 1,000 read it later", lambda: updated(is_read_later)),
            *(5, 0.05, 0.04),
        ),
    ],
)
def test_what_a_feed_takes(
    record: Callable[[list[Row]], None],
    what: str,
    measure: Callable[[], float],
    rounds: int,
    bound: float,
    goal: float,
) -> None:
    seconds = interleaved(rounds, {OURS: measure})[OURS]
    name = f"live view: {what}"
    record(
        [Row(name, "s", seconds, "a second", [1.0], bound, goal, at_most=True)]
    )
