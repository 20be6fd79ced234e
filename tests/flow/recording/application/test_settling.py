import asyncio
import threading

import pytest

from minichannels.flow.recording.application.settling import (
    Settling,
    Waiter,
)
from support.loops import ticks


async def test_wait_returns_at_once_without_a_server() -> None:
    settling = Settling(lambda: ["never"])

    await asyncio.wait_for(settling.wait(timeout=60), 5)


async def test_wait_returns_when_a_change_leaves_nothing_to_do() -> None:
    left = ["one"]
    settling = Settling(lambda: left)
    settling.start(asyncio.get_running_loop())
    waiting = asyncio.create_task(settling.wait(timeout=60))
    await ticks(2)  # so that it waits

    settling.changed()
    await asyncio.sleep(0)
    assert not waiting.done()
    left.clear()
    settling.changed()

    await asyncio.wait_for(waiting, 5)


async def test_wait_lets_what_was_put_off_come_first() -> None:
    order = []

    class Noting(Settling):
        def changed(self) -> None:
            order.append("asked")
            super().changed()

    settling = Noting(list)
    loop = asyncio.get_running_loop()
    settling.start(loop)

    loop.call_soon(order.append, "put off")
    await settling.wait(timeout=5)

    assert order == ["put off", "asked"]


async def test_wait_says_what_is_left_when_time_is_up() -> None:
    settling = Settling(lambda: ["ada waits", "bob works"])
    settling.start(asyncio.get_running_loop())

    with pytest.raises(TimeoutError) as caught:
        await settling.wait(timeout=0.01)

    assert str(caught.value) == "not settled after 0.01 s: ada waits; bob works"


async def test_wait_asks_in_its_own_thread_when_the_servers_is_blocked() -> (
    None
):
    asked_in = []

    def unfinished() -> list[str]:
        asked_in.append(threading.current_thread())
        return ["ada waits"]

    settling = Settling(unfinished)
    blocked = asyncio.new_event_loop()  # it never runs
    settling.start(blocked)

    with pytest.raises(TimeoutError, match="ada waits"):
        await settling.wait(timeout=0.01)

    assert asked_in == [threading.current_thread()]
    blocked.close()


async def test_wait_says_so_when_there_is_always_something_new() -> None:
    left = [["once"]]
    settling = Settling(lambda: left.pop() if left else [])
    settling.start(asyncio.get_running_loop())

    with pytest.raises(TimeoutError, match="something new each time"):
        await settling.wait(timeout=0.01)


async def test_stop_lets_everybody_go() -> None:
    settling = Settling(lambda: ["never"])
    settling.start(asyncio.get_running_loop())
    waiting = asyncio.create_task(settling.wait(timeout=60))
    await ticks(2)  # so that it waits

    settling.stop()

    await asyncio.wait_for(waiting, 5)


async def test_stop_lets_go_who_begins_to_wait_in_this_moment() -> None:
    settling = Settling(lambda: ["never"])
    settling.start(asyncio.get_running_loop())

    class Waiters(list[asyncio.Future[None]]):
        def append(self, waiter: asyncio.Future[None]) -> None:
            settling.stop()  # in another thread, just before
            super().append(waiter)

    settling.waiters = Waiters()

    await asyncio.wait_for(settling.wait(timeout=60), 5)
    assert settling.waiters == []


async def test_wait_works_on_another_event_loop_than_the_server() -> None:
    left = ["one"]
    settling = Settling(lambda: left)
    settling.start(asyncio.get_running_loop())
    entered = threading.Event()

    async def wait_there() -> None:
        asyncio.get_running_loop().call_soon(entered.set)
        await settling.wait(timeout=5)

    thread = threading.Thread(target=lambda: asyncio.run(wait_there()))
    thread.start()
    await asyncio.to_thread(entered.wait, 5)
    left.clear()
    settling.changed()

    await asyncio.to_thread(thread.join, 5)
    assert not thread.is_alive()


async def test_wait_may_be_cancelled_while_it_is_released() -> None:
    settling = Settling(lambda: ["never"])
    settling.start(asyncio.get_running_loop())
    waiting = asyncio.create_task(settling.wait(timeout=60))
    await ticks(2)  # so that it waits

    settling.stop()
    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting


def test_a_closed_event_loop_harms_nobody() -> None:
    settling = Settling(list)
    loop = asyncio.new_event_loop()
    settling.start(loop)
    waiting = loop.create_task(settling.wait(timeout=60))
    loop.run_until_complete(ticks(2))
    waiting.cancel()
    loop.close()

    settling.changed()
    settling.stop()

    assert not waiting.done()


async def test_who_is_interrupted_as_the_wait_begins_waits_no_more() -> None:
    class Waiters(list[Waiter]):
        def append(self, waiter: Waiter) -> None:
            super().append(waiter)
            raise KeyboardInterrupt

    settling = Settling(lambda: ["never"])
    settling.waiters = Waiters()

    with pytest.raises(KeyboardInterrupt):
        await settling.wait(timeout=60)

    assert settling.waiters == []
