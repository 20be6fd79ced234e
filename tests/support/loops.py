"""Event loops that run in threads of their own."""

import asyncio
import contextlib
import sys
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from typing import Any, Self, TypeVar

T = TypeVar("T")

LIMIT = 60.0
"""How many seconds a test waits for another thread before it fails.

It stands for "never": a busy machine may let a thread wait for long.
"""


FACTORIES: list[Any] = [None, getattr(asyncio, "eager_task_factory", None)]
"""What makes tasks: the loop itself, and what runs each to its first pause.

The latter is there since Python 3.12.
"""


@contextlib.contextmanager
def tasks_made_by(factory: Any) -> Iterator[None]:
    """Have the running loop make tasks in another way while the block runs."""
    loop = asyncio.get_running_loop()
    former = loop.get_task_factory()
    loop.set_task_factory(factory)
    try:
        yield
    finally:
        loop.set_task_factory(former)


@contextlib.contextmanager
def threads_taking_turns_often() -> Iterator[None]:
    """Let threads take turns after every few lines while the block runs."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


class LoopThread:
    """An event loop in a thread; as a context manager it ends by itself."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.run(self._nothing())  # it runs from here on
        return self

    def __exit__(self, *exc_info: object) -> None:
        if not self._thread.is_alive():
            self.start_again()
        self.run(self._cancel_all())
        self.stop()
        self.loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin a coroutine on the loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop to its end, from a plain function."""
        return self.submit(coroutine).result(LIMIT)

    async def do(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop to its end, from another loop."""
        return await asyncio.wait_for(
            asyncio.wrap_future(self.submit(coroutine)), LIMIT
        )

    def settle(self) -> None:
        """Let everything on the loop run that can run without waiting."""
        self.run(ticks(5))

    def stop(self) -> None:
        """Stop the loop, which leaves its tasks where they are."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(LIMIT)

    def start_again(self) -> None:
        """Run the stopped loop again, in a new thread."""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    async def _nothing(self) -> None:
        pass

    async def _cancel_all(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def ticks(count: int) -> None:
    """Let the running loop go round ``count`` times."""
    for _ in range(count):
        await asyncio.sleep(0)
