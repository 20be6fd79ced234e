"""Waiting until nothing is left to do, without looking again and again.

How it works: whoever changes something calls :meth:`Settling.changed`. Only if
somebody waits, the question "what is still to be done?" is then asked, on the
server's own event loop. There it is asked *between* the steps of the
applications, so that nothing can be in the middle of a hand-over. Only when
the time is up does the waiter ask, in its own thread and for the words alone:
the server's loop may be blocked, which is then what there is to tell.

Rule 1: any thread may ask what a connection still has to do. So copies are
looked at, each made in one step.
"""

import asyncio
import contextlib
from collections.abc import Callable

from minichannels.flow.recording.application.connection import Connection

Waiter = asyncio.Future[None]


class Settling:
    """The waiters for one server, and the question that they wait for.

    Args:
        unfinished: says what is still to be done, in words; for any thread.

    Attributes:
        waiters: who waits; the same list for good.
    """

    def __init__(self, unfinished: Callable[[], list[str]]) -> None:
        self._unfinished = unfinished
        self._loop: asyncio.AbstractEventLoop | None = None
        self.waiters: list[Waiter] = []
        self._asking = False

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take note of the event loop on which the applications run."""
        self._loop = loop

    def stop(self) -> None:
        """Let everybody go: with the server gone, nothing will happen."""
        self._loop = None
        self._release()

    def changed(self) -> None:
        """Ask again, if anybody waits; for any thread."""
        if not self.waiters:
            return  # most often
        loop = self._loop
        if self._asking or loop is None:
            return
        # One question is enough for whatever changes until it is asked.
        self._asking = True
        try:
            loop.call_soon_threadsafe(self._ask)
        except RuntimeError:  # closed in this moment
            self._asking = False

    async def wait(self, timeout: float | None) -> None:
        """Wait until nothing is left to do.

        Args:
            timeout: at most so many seconds; None for ever.

        Raises:
            TimeoutError: something still is; the text says what.
        """
        # What the waiter's own loop has put off comes first, such as the end
        # of a connection that was aborted just now.
        await asyncio.sleep(0)
        waiter = asyncio.get_running_loop().create_future()
        try:
            # First: who stops the server from here on finds the waiter.
            self.waiters.append(waiter)
            if self._loop is None:
                return
            self.changed()
            async with asyncio.timeout(timeout):
                await waiter
        except TimeoutError:
            left = "; ".join(self._unfinished()) or "something new each time"
            raise TimeoutError(
                f"not settled after {timeout:g} s: {left}"
            ) from None
        finally:
            self.waiters.remove(waiter)

    def _ask(self) -> None:
        self._asking = False  # first: what changes from here on asks again
        if self.waiters and not self._unfinished():
            self._release()

    def _release(self) -> None:
        for waiter in list(self.waiters):
            with contextlib.suppress(RuntimeError):  # its loop is closed
                waiter.get_loop().call_soon_threadsafe(_finish, waiter)


def _finish(waiter: Waiter) -> None:
    if not waiter.done():
        waiter.set_result(None)


# What is still to be done


def unfinished(connection: Connection) -> list[str]:
    """Say what is still to be done, a sentence for each thing."""
    if connection.over or connection.link.left_alone:
        return []
    return [*_work(connection), *_unread(connection), *_mail(connection)]


def _work(connection: Connection) -> list[str]:
    who = _who(connection)
    running = list(connection.observer.work)
    if running:
        return [f"{who} still runs {name}()" for _, name, _, _ in running]
    kinds = [message.entry.type for message in connection.work.now()]
    return [f"{who} is still at work on {kind!r}" for kind in kinds]


def _who(connection: Connection) -> str:
    lane = connection.lane
    return lane.application + (f" (for {lane.client})" if lane.client else "")


def _unread(connection: Connection) -> list[str]:
    who, client = connection.lane.application, connection.lane.client
    if connection.gone:
        return []
    if connection.unread > 0:
        return [
            f"{who} has not read {_messages(connection.unread)} of {client}"
        ]
    if connection.link.closed:
        return [f"{who} has not been told yet that {client} is gone"]
    return []


def _mail(connection: Connection) -> list[str]:
    who = _who(connection)
    counts = [count() for count in list(connection.mailboxes.values())]
    return [f"the mailbox of {who} holds {_messages(n)}" for n in counts if n]


def _messages(number: int) -> str:
    return "1 message" if number == 1 else f"{number} messages"
