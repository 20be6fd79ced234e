"""A process that is forked while another thread is in the middle of a call."""

import asyncio
import os
import re
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import minichannels
from minichannels.layers import forking
from support import ROOT
from support.limit import OF_PROCESS


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
@pytest.mark.parametrize(
    "whose",
    [
        *("pool", "memory", "registry", "remote", "sessions", "store"),
        *("recorded", "journal", "followed", "recording"),
        *("written", "visitors", "feed", "throttle"),
    ],
)
async def test_lock_of_another_thread_is_free_in_a_forked_process(
    whose: str,
) -> None:
    program = ["-m", "support.forked_with_lock", whose]
    forked = await asyncio.create_subprocess_exec(
        sys.executable, *program, cwd=ROOT / "tests"
    )
    async with asyncio.timeout(OF_PROCESS):
        status = await forked.wait()

    assert status == 0


@pytest.mark.parametrize("make", [forking.new_lock, forking.new_rlock])
def test_lock_is_free_after_a_fork_and_held_again(
    make: Callable[[], Any],
) -> None:
    lock = make()
    with ThreadPoolExecutor(1) as other:
        other.submit(lock.acquire).result()

        forking._free_all()

        assert lock.acquire(blocking=False)
        assert not other.submit(lock.acquire, blocking=False).result()


# Of an object that is made anew in a child, or that only its parent uses.
OF_PARENT = {
    "consumer/threads.py",
    "flow/live/throttle.py",
    "layers/remote/mailboxes.py",
}


def test_locks_of_what_serves_are_free_in_a_forked_process() -> None:
    package = Path(minichannels.__file__).parent
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if re.search(r"\b(R?Lock|Condition|Semaphore)\(\)", path.read_text())
    }

    served = {name for name in found if not name.startswith("lab/")}
    assert served == {"layers/forking.py", *OF_PARENT}
