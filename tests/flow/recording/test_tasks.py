"""Which task runs here, wherever that is asked."""

import asyncio

from minichannels.flow.recording.tasks import Home


async def knows(home: Home) -> bool:
    return home.task_here() is asyncio.current_task() is not None


async def test_task_of_its_own_loop_is_known() -> None:
    assert await knows(Home())
    assert await asyncio.create_task(knows(Home()))


async def test_thread_without_a_loop_runs_no_task() -> None:
    assert await asyncio.to_thread(Home().task_here) is None


async def test_what_the_loop_calls_itself_is_no_task() -> None:
    home, found = Home(), asyncio.get_running_loop().create_future()

    asyncio.get_running_loop().call_soon(
        lambda: found.set_result(home.task_here())
    )

    assert await found is None


async def test_task_of_a_loop_in_another_thread_is_known() -> None:
    assert await asyncio.to_thread(asyncio.run, knows(Home()))


def test_task_of_a_later_loop_is_known() -> None:
    async def opened() -> Home:
        return Home()

    for home in (Home(), asyncio.run(opened())):
        assert asyncio.run(knows(home))
