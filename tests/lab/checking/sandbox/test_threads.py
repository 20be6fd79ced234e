import subprocess
import sys

import pytest

from minichannels.lab.checking.sandbox.runner import run
from minichannels.lab.checking.sandbox.threads import Crew

STUBBORN = """
import asyncio
from minichannels.lab.checking.sandbox.runner import run
from minichannels.lab.checking.sandbox.threads import Crew

async def scenario():
    while True:
        try:
            await asyncio.sleep(1000)
        except BaseException:
            pass

asyncio.run(run(scenario, Crew(), 0.1))
print("the end", flush=True)
"""


def test_python_exits_although_a_task_will_not_be_cancelled() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STUBBORN],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    assert (done.stdout, done.stderr) == ("the end\n", "")


async def test_threads_of_a_crew_are_daemons_and_no_executors() -> None:
    crew = Crew()

    async def scenario() -> None:
        import asyncio

        await asyncio.to_thread(int)

    await run(scenario, crew)

    assert [thread.daemon for thread in crew.threads] == [True, True]
    with pytest.raises(RuntimeError, match="threads can only be started once"):
        crew.threads[0].start()
