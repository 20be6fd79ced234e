"""What acts in the background is called after the function that it runs."""

import asyncio
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from minichannels.flow.record import record_everywhere
from minichannels.flow.recording.application.background import Background
from minichannels.layers import get_channel_layer
from minichannels.types import Receive, Scope, Send
from support.loops import threads_taking_turns_often


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    pass


async def test_background_tasks_have_names_and_stand_where_they_fail() -> None:
    async def prices() -> None:
        layer: Any = get_channel_layer()
        for _ in range(2):
            await layer.group_send("lots", {"type": "lot.price"})
        await go.wait()

    async def sell() -> None:
        layer: Any = get_channel_layer()
        await layer.group_send("lots", {"type": "lot.closed"})
        raise ValueError("no bid")

    def count() -> None:
        raise ValueError("no ledger")

    go = asyncio.Event()
    with record_everywhere(nothing, print) as flow:
        twins = [asyncio.create_task(prices()) for _ in range(2)]
        found = await asyncio.gather(
            asyncio.create_task(sell()),
            asyncio.to_thread(count),
            return_exceptions=True,
        )
        for error in found:
            assert isinstance(error, ValueError)
            flow.app.add_task_crash(error)
        flow.app.add_task_crash(ValueError("the end"), "shutdown")
        flow.app.add_task_crash(ValueError("nobody knows"))
        go.set()
        await asyncio.gather(*twins)
        await asyncio.create_task(prices())  # the others are over

    said = Counter((e.kind, e.source, e.connection) for e in flow)
    assert said == {
        ("group_send", "prices()", 1): 4,
        ("group_send", "prices()#2", 2): 2,
        ("group_send", "sell()", 3): 1,
        ("crash", "sell()", 3): 1,
        ("crash", "count()", 4): 1,
        ("crash", "shutdown", 5): 1,
        ("crash", "background task", 6): 1,
    }


def test_task_is_not_called_after_the_program_that_runs_the_loop() -> None:
    background, found = Background(), list[str]()

    async def works() -> None:
        found.append(background.name())

    asyncio.run(works())

    assert found == ["works()"]


def test_program_is_no_function() -> None:
    found: list[str] = []
    program = compile("found.append(name())", __file__, "exec")

    thread = threading.Thread(
        target=exec, args=(program, {"found": found, "name": Background().name})
    )
    thread.start()
    thread.join()

    assert found == ["background task"]


def test_thread_is_called_after_its_function() -> None:
    background, found = Background(), list[str]()

    def works() -> None:
        helps()

    def helps() -> None:
        found.append(background.name())

    thread = threading.Thread(target=works)
    thread.start()
    thread.join()

    assert found == ["works()"]


def test_tasks_of_several_event_loops_act_at_once() -> None:
    background, found = Background(), list[str]()

    async def works() -> None:
        found.append(background.name())
        await asyncio.sleep(0)

    async def works_often() -> None:
        for _ in range(60):
            await asyncio.gather(*(works() for _ in range(50)))

    with threads_taking_turns_often(), ThreadPoolExecutor(3) as pool:
        threads = [pool.submit(asyncio.run, works_often()) for _ in range(3)]
    for thread in threads:
        thread.result()

    assert len(found) == 3 * 60 * 50


async def test_of_many_it_is_not_asked_each_time_who_is_done() -> None:
    background, asked, found = Background(), list[str](), list[str]()
    go = asyncio.Event()

    class Asked(asyncio.Task[None]):
        def done(self) -> bool:
            asked.append(self.get_name())
            return super().done()

    async def works() -> None:
        found.append(background.name())
        await go.wait()

    loop = asyncio.get_running_loop()
    tasks = [Asked(works(), loop=loop) for _ in range(400)]
    await asyncio.sleep(0)

    assert found[:2] == ["works()", "works()#2"]
    assert len(set(found)) == 400
    assert len(asked) < 20 * 400
    go.set()
    await asyncio.wait(tasks)
