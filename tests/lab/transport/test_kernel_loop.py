"""What wakes the event loop of a kernel."""

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from IPython.core.formatters import DisplayFormatter

from minichannels.lab.transport import kernel
from minichannels.lab.transport.kernel import (
    BrokenOff,
    break_off_when_blocked,
    wake_on_interrupt,
    wake_on_signals,
)

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="no signals like that"
)


SHELL = SimpleNamespace(
    kernel=object(),
    events=SimpleNamespace(register=lambda *_: None),
    user_global_ns=globals(),  # what stands in this file is the cell's
)


@pytest.fixture
def cancelled() -> Iterator[list[int]]:
    """Notes how often the kernel's own handler was called."""
    told: list[int] = []
    former = signal.signal(signal.SIGINT, lambda number, _: told.append(number))
    yield told
    signal.signal(signal.SIGINT, former)


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
    monkeypatch.setattr(kernel, "shell_here", lambda: SHELL)


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
    for _ in range(3):  # the loop reads in its next turns
        await asyncio.sleep(0)
    with pytest.raises(BlockingIOError):
        reader.recv(1)  # it has read what woke it
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


def test_who_is_interrupted_leaves_no_closed_file_for_signals() -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    loop: Any = SimpleNamespace(add_reader=interrupted)

    with pytest.raises(KeyboardInterrupt):
        wake_on_signals(loop)

    assert signal.set_wakeup_fd(-1) == -1


@pytest.mark.parametrize("reused", [False, True])
def test_a_closed_file_for_signals_is_replaced(
    monkeypatch: pytest.MonkeyPatch, reused: bool
) -> None:
    pair = socket.socketpair()
    other = pair[1].dup()
    stale = pair[1] if reused else other
    stale.setblocking(False)
    signal.set_wakeup_fd(stale.fileno())
    other.close()
    read: list[Any] = []
    loop: Any = SimpleNamespace(add_reader=lambda *asked: read.append(asked))

    monkeypatch.setattr("socket.socketpair", lambda: pair)
    wake_on_signals(loop)

    ((reader, _, *_),) = read
    assert reader is pair[0]
    assert signal.set_wakeup_fd(-1) == pair[1].fileno() != -1
    for each in pair:
        each.close()


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


# A cell that blocks


@pytest.mark.usefixtures("in_kernel")
async def test_second_interrupt_breaks_off_a_cell_that_blocks(
    cancelled: list[int],
) -> None:
    break_off_when_blocked()

    signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)

    assert len(cancelled) == 1


@pytest.mark.usefixtures("in_kernel")
async def test_a_cell_whose_loop_had_a_turn_is_cancelled_again(
    cancelled: list[int],
) -> None:
    break_off_when_blocked()

    signal.raise_signal(signal.SIGINT)
    await asyncio.sleep(0)
    signal.raise_signal(signal.SIGINT)

    assert len(cancelled) == 2


@pytest.mark.usefixtures("in_kernel")
async def test_what_blocks_in_another_task_is_broken_off_by_another_error(
    cancelled: list[int],
) -> None:
    async def handler() -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    break_off_when_blocked()

    # A KeyboardInterrupt would pass through the loop, and end the kernel.
    with pytest.raises(BrokenOff, match="no turn"):
        await asyncio.create_task(handler())

    assert len(cancelled) == 1


@pytest.mark.usefixtures("in_kernel")
async def test_a_loop_that_waits_inside_of_a_cell_is_broken_off(
    cancelled: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    break_off_when_blocked()
    # In a loop inside of the cell's, no task runs while that one waits.
    monkeypatch.setattr(asyncio, "current_task", lambda _=None: None)
    selectors: dict[str, Any] = {"__name__": "selectors", "signal": signal}
    exec("select = lambda: signal.raise_signal(signal.SIGINT)", selectors)

    with pytest.raises(KeyboardInterrupt):
        selectors["select"]()

    assert cancelled == []


@pytest.mark.usefixtures("in_kernel")
async def test_what_a_loop_calls_inside_of_a_cell_is_not_broken_off(
    cancelled: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    break_off_when_blocked()
    monkeypatch.setattr(asyncio, "current_task", lambda _=None: None)

    signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGINT)

    assert len(cancelled) == 2


@pytest.mark.usefixtures("in_kernel")
async def test_the_kernels_own_code_is_not_broken_off(
    cancelled: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SHELL, "user_global_ns", {})
    break_off_when_blocked()

    signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGINT)

    assert len(cancelled) == 2


@pytest.mark.parametrize(
    "handler", [signal.default_int_handler, signal.SIG_IGN, signal.SIG_DFL]
)
async def test_an_interrupt_that_is_not_the_kernels_stays_as_it_is(
    handler: Any, cancelled: list[int]
) -> None:
    signal.signal(signal.SIGINT, handler)

    break_off_when_blocked()

    assert signal.getsignal(signal.SIGINT) is handler


async def test_a_cell_in_a_thread_is_not_interrupted(
    cancelled: list[int],
) -> None:
    before = signal.getsignal(signal.SIGINT)

    await asyncio.to_thread(break_off_when_blocked)

    assert signal.getsignal(signal.SIGINT) is before


# A coroutine as a cell's value


async def tea() -> None:
    await asyncio.sleep(0)


async def test_coroutine_as_the_value_of_a_cell_says_what_it_lacks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    formatter: Any = DisplayFormatter()
    shell = SimpleNamespace(display_formatter=formatter)
    monkeypatch.setattr(kernel, "shell_here", lambda: shell)
    kernel.help_with_await()
    coroutine = tea()

    before = formatter.format(coroutine)[0]["text/plain"]
    coroutine.send(None)
    begun = formatter.format(coroutine)[0]["text/plain"]

    coroutine.close()
    assert before.startswith("Nothing of tea() has run yet")
    assert begun == repr(coroutine)


def test_coroutine_is_shown_as_ever_outside_of_a_kernel() -> None:
    kernel.help_with_await()

    formatter: Any = DisplayFormatter()
    assert formatter.format(tea)[0]["text/plain"].startswith("<function ")
