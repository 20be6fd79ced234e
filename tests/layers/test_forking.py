"""A process that is forked while another thread is in the middle of a call."""

import asyncio
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from minichannels.layers import forking
from support import ROOT
from support.limit import OF_PROCESS


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
@pytest.mark.parametrize(
    "whose",
    [
        *("pool", "memory", "registry", "remote", "sessions", "store"),
        *("recorded", "journal", "followed", "recording"),
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
