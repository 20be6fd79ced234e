"""What wakes the event loop of a kernel."""

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from minichannels.lab.transport import kernel
from minichannels.lab.transport.kernel import (
    wake_on_interrupt,
    wake_on_signals,
)

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="no signals like that"
)


@pytest.fixture(autouse=True)
def heard() -> Iterator[asyncio.Event]:
    """Set, by a handler that wakes nobody, at a signal."""
    event = asyncio.Event()
    former = signal.signal(signal.SIGUSR1, lambda *_: event.set())
    yield event
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGUSR1, former)


@pytest.fixture
def in_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = SimpleNamespace(kernel=object())
    monkeypatch.setattr(kernel, "shell_here", lambda: shell)


@pytest.mark.usefixtures("in_kernel")
async def test_a_signal_wakes_a_loop_that_waits_for_nothing_else(
    heard: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = pair = socket.socketpair()
    loop = asyncio.get_running_loop()
    with monkeypatch.context() as patch:
        patch.setattr("socket.socketpair", lambda: pair)
        wake_on_interrupt()
    os_kills = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1))
    os_kills.start()
    begun = loop.time()

    async with asyncio.timeout(30):
        await heard.wait()

    assert loop.time() < begun + 20  # and not at the end of the time
    loop.remove_reader(reader)
    reader.close()
    writer.close()
    os_kills.join()


async def test_who_else_listens_for_signals_goes_on_to_do_so() -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR2, lambda: None)  # asyncio listens
    others = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(others)

    wake_on_signals(loop)

    assert signal.set_wakeup_fd(-1) == others != -1
    loop.remove_signal_handler(signal.SIGUSR2)


async def test_outside_of_a_kernel_nothing_is_changed() -> None:
    wake_on_interrupt()

    assert signal.set_wakeup_fd(-1) == -1


@pytest.mark.usefixtures("in_kernel")
async def test_a_thread_that_is_not_interrupted_changes_nothing() -> None:
    await asyncio.to_thread(wake_on_interrupt)

    assert signal.set_wakeup_fd(-1) == -1


async def test_a_loop_in_a_thread_cannot_be_woken_so() -> None:
    loop = asyncio.get_running_loop()

    with pytest.raises(ValueError, match="main thread"):
        await asyncio.to_thread(wake_on_signals, loop)
