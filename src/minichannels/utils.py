"""Small helpers that consumers and their users import by name.

Source: the module ``channels.utils``, and ASGI's rules for headers.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

Source = Callable[[], Awaitable[Any]]
Headers = Mapping[Any, Any] | Iterable[tuple[Any, Any]]


def name_that_thing(thing: object) -> str:
    """Return the dotted name of a function, method, class or instance."""
    named = thing if hasattr(thing, "__qualname__") else type(thing)
    return f"{named.__module__}.{named.__qualname__}"


async def await_many_dispatch(
    consumer_callables: Sequence[Source],
    dispatch: Callable[[Any], Awaitable[Any]],
) -> None:
    """Dispatch what several sources give, one at a time, for ever.

    How it works: each source is read by one task. A task that has something
    puts it into the queue ``ready`` and waits until it was handled before it
    reads on, so no source holds more than one place in the queue: a busy one
    cannot crowd out the others, and what is not yet wanted stays where it is.

    Args:
        consumer_callables: coroutine functions without arguments, such as
            ``receive``; each is called again once its result was handled.
        dispatch: handles one result; always called in the caller's task.

    Raises:
        Exception: whatever a source or ``dispatch`` raises, in its turn.
    """
    queue = _Turns()
    readers = [
        asyncio.create_task(queue.read(source)) for source in consumer_callables
    ]
    try:
        while True:
            turn = await queue.next()
            if turn.error is not None:
                raise turn.error
            await dispatch(turn.result)
            turn.end()
    finally:
        queue.closed = True
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)


class _Turn:
    """One result of one source, and the reader that waits for its end."""

    __slots__ = ("_handled", "error", "result")

    def __init__(self, result: Any, error: BaseException | None) -> None:
        self.result = result
        self.error = error
        self._handled: asyncio.Future[None] = (
            asyncio.get_running_loop().create_future()
        )

    async def wait(self) -> None:
        await self._handled

    def end(self) -> None:
        # A reader that was cancelled in the meantime waits no longer.
        if not self._handled.done():
            self._handled.set_result(None)


class _Turns:
    """The queue between the readers and the task that dispatches."""

    def __init__(self) -> None:
        self.closed = False  # True: nobody takes what the readers put in
        self._ready: deque[_Turn] = deque()
        self._bell: asyncio.Future[None] | None = None

    async def read(self, source: Source) -> None:
        """Put each result of a source into the queue, or what it raises."""
        while True:
            result, error = None, None
            try:
                result = await source()
            except (Exception, asyncio.CancelledError) as raised:
                error = raised  # handed on to the dispatching task
            if self.closed:
                return
            turn = _Turn(result, error)
            self._ready.append(turn)
            if self._bell is not None and not self._bell.done():
                self._bell.set_result(None)
            await turn.wait()

    async def next(self) -> _Turn:
        """Return the oldest turn, waiting for one."""
        while not self._ready:
            self._bell = asyncio.get_running_loop().create_future()
            await self._bell
        return self._ready.popleft()


def encode_headers(headers: Headers | None) -> list[tuple[bytes, bytes]]:
    """Return headers as ASGI wants them: pairs of bytes, names in lower case.

    Args:
        headers: a mapping or pairs; names and values are str or bytes.

    Raises:
        TypeError: a name or a value is neither str nor bytes.
        ValueError: a name or a value holds a line break, which would let
            whoever wrote it add headers of their own.
    """
    if headers is None:
        return []
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return [
        (_header_bytes(name).lower(), _header_bytes(value))
        for name, value in pairs
    ]


def _header_bytes(text: Any) -> bytes:
    data = text.encode("latin-1") if isinstance(text, str) else text
    if not isinstance(data, bytes):  # bytes(5) would be five zeros
        raise TypeError(f"a header is made of str or bytes; got {text!r}")
    if b"\r" in data or b"\n" in data:
        raise ValueError(f"a header holds no line break; got {text!r}")
    return data
