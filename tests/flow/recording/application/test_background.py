"""What acts in the background is called after the function that it runs."""

import asyncio
import threading
from collections import Counter
from typing import Any

from minichannels.flow.record import record_everywhere
from minichannels.flow.recording.application.background import Background
from minichannels.layers import get_channel_layer
from minichannels.types import Receive, Scope, Send


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
