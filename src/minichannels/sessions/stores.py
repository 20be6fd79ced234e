"""Where sessions are kept, and the store in this process's memory.

How it works: a client has a key that nobody can guess, and a store has the
text that belongs to it. A store of your own is any object with the four
methods of :class:`SessionStore`. They may be coroutine functions; plain ones
have to answer at once, for the event loop waits for them.

Source: Channels, "Sessions"; OWASP, "Session Management Cheat Sheet".
"""

import asyncio
import hashlib
import inspect
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from asgiref.sync import async_to_sync

from minichannels.exceptions import SessionError, SessionUnavailable
from minichannels.layers.forking import new_lock

_T = TypeVar("_T")

logger = logging.getLogger("minichannels")


class SessionStore(Protocol):
    """What a session asks of its store, whoever wrote it.

    A key may be anything that a client has sent.
    """

    def load(self, key: str) -> str | Awaitable[str | None] | None:
        """Return the text of a key; None if there is none, or not any more."""
        ...

    def create(self, text: str, seconds: float) -> str | Awaitable[str]:
        """Keep a text for so long; return a new key for it."""
        ...

    def update(
        self, key: str, text: str, seconds: float
    ) -> str | Awaitable[str | None] | None:
        """Keep another text; return the key, or None if it was deleted."""
        ...

    def delete(self, key: str) -> Awaitable[None] | None:
        """Forget a key; its client is nobody from now on."""
        ...


class _Kept:
    """What a store in memory has: one name there, as classes are made of it."""

    def __init__(
        self, clock: Callable[[], float], new_key: Callable[[], str]
    ) -> None:
        self.clock = clock
        self.new_key = new_key
        self.texts: dict[bytes, tuple[float, str]] = {}
        self.swept = 0
        self.lock = new_lock()

    def sweep(self) -> None:
        """Remove what has expired, whenever the number has doubled."""
        if len(self.texts) > 2 * self.swept + 100:
            now, kept = self.clock(), self.texts
            self.texts = {k: kept[k] for k in kept if kept[k][0] > now}
            self.swept = len(self.texts)


class MemoryStore:
    """Keeps sessions for as long as the process lives.

    It may be used from several threads and event loops at once.

    Args:
        clock: tells the time, in seconds.
        new_key: makes a key that nobody can guess.
    """

    def __init__(
        self,
        clock: Callable[[], float] = lambda: time.time(),  # a test may move it
        new_key: Callable[[], str] = secrets.token_urlsafe,
    ) -> None:
        self._minichannels = _Kept(clock, new_key)

    def load(self, key: str) -> str | None:
        """Return the text of a key, unless it has expired."""
        kept = self._minichannels
        end, text = kept.texts.get(digest(key), (0.0, ""))
        return text if end > kept.clock() else None

    def create(self, text: str, seconds: float) -> str:
        """Keep a text under a new key."""
        kept = self._minichannels
        key = kept.new_key()
        with kept.lock:
            kept.sweep()
            kept.texts[digest(key)] = (kept.clock() + seconds, text)
        return key

    def update(self, key: str, text: str, seconds: float) -> str | None:
        """Keep another text under a key, if that is still there."""
        kept = self._minichannels
        with kept.lock:
            if self.load(key) is None:
                return None
            kept.texts[digest(key)] = (kept.clock() + seconds, text)
        return key

    def delete(self, key: str) -> None:
        """Forget a key."""
        with self._minichannels.lock:
            self._minichannels.texts.pop(digest(key), None)

    def __repr__(self) -> str:
        return f"MemoryStore({len(self._minichannels.texts)} sessions)"


def digest(key: str) -> bytes:
    """Return what stands for a key where others may look.

    No key can be made of it. And how long it takes to find one of these
    says nothing about how the key begins.
    """
    return hashlib.sha256(key.encode(errors="replace")).digest()


async def ask(call: Callable[[], _T | Awaitable[_T]], seconds: float) -> _T:
    """Return what a store answers.

    Raises:
        SessionError: it has failed, or does not answer in time.
    """
    try:
        result = call()
        # Most answer at once; to look for what can be awaited takes longer.
        if type(result) is str or not inspect.isawaitable(result):
            return result
        async with asyncio.timeout(seconds):
            return await result
    except SessionError:
        raise
    except TimeoutError:
        what = f"has not answered within {seconds:g} seconds"
    except Exception as error:  # whatever its client library raises
        what = f"has failed: {type(error).__name__}"
    # Without the error itself, which may show what was to be kept.
    logger.error("the session store %s", what)
    raise SessionUnavailable(f"the session store {what}")


def ask_now(call: Callable[[], Any], seconds: float, instead: str) -> Any:
    """Return what a store answers, in a function that cannot await.

    Raises:
        SessionError: see :func:`ask`; or one has to wait for the store, and
            would hold up the event loop.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:  # a thread, which may wait
        return async_to_sync(ask)(call, seconds)
    result = call()
    if not inspect.isawaitable(result):
        return result
    if inspect.iscoroutine(result):
        result.close()
    raise SessionError(
        f"one has to wait for this session's store; await {instead} first"
    )
