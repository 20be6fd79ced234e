"""Small helpers that consumers and their users import by name.

Source: the module ``channels.utils``, and ASGI's rules for headers.
"""

import asyncio
import re
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

Source = Callable[[], Awaitable[Any]]
# RFC 9110 5.6.2: what the name of a header is made of.
_HEADER_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")

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
    ready = _Ready()
    readers = [_Reader(source, ready) for source in consumer_callables]
    tasks = [asyncio.create_task(reader.run()) for reader in readers]
    try:
        while True:
            reader = await ready.next()
            if reader.error is not None:
                raise reader.error
            await dispatch(reader.result)
            reader.go_on()
    finally:
        ready.closed = True
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Ready:
    """The queue between the readers and the task that dispatches."""

    def __init__(self) -> None:
        self.closed = False  # True: nobody takes what the readers put in
        self._readers: deque[_Reader] = deque()
        self._loop = asyncio.get_running_loop()
        self._bell: asyncio.Future[None] | None = None

    def put(self, reader: "_Reader") -> None:
        """Say that a reader has a result, or an error."""
        self._readers.append(reader)
        if self._bell is not None and not self._bell.done():
            self._bell.set_result(None)

    async def next(self) -> "_Reader":
        """Return the reader whose turn it is, waiting for one."""
        while not self._readers:
            self._bell = self._loop.create_future()
            await self._bell
        return self._readers.popleft()


class _Reader:
    """Reads one source, and waits until what it read was handled."""

    __slots__ = ("_handled", "_loop", "_ready", "_source", "error", "result")

    def __init__(self, source: Source, ready: _Ready) -> None:
        self.result: Any = None
        self.error: BaseException | None = None
        self._source = source
        self._ready = ready
        self._loop = asyncio.get_running_loop()

    async def run(self) -> None:
        """Put each result of the source into the queue, or what it raises."""
        while True:
            try:
                self.result = await self._source()
            except (Exception, asyncio.CancelledError) as raised:
                self.error = raised  # handed on to the dispatching task
            if self._ready.closed:
                return
            self._handled = self._loop.create_future()
            self._ready.put(self)
            await self._handled

    def go_on(self) -> None:
        """Say that the result was handled."""
        # A reader that was cancelled in the meantime waits no longer.
        if not self._handled.done():
            self._handled.set_result(None)


def encode_headers(headers: Headers | None) -> list[tuple[bytes, bytes]]:
    """Return headers as ASGI wants them: pairs of bytes, names in lower case.

    Args:
        headers: a mapping or pairs; names and values are str or bytes.

    Raises:
        TypeError: no pairs, or a name or a value is neither str nor bytes.
        ValueError: a name holds what no name may, or a value a line break,
            which would let whoever wrote it add headers of their own.
    """
    if headers is None:
        return []
    pairs: Any = headers.items() if isinstance(headers, Mapping) else headers
    if isinstance(pairs, str | bytes) or not isinstance(pairs, Iterable):
        raise TypeError(f"headers are a dict or pairs; got {pairs!r}")
    return [_encode_header(pair) for pair in pairs]


def _encode_header(pair: Any) -> tuple[bytes, bytes]:
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise TypeError(f"a header is a pair of name and value; got {pair!r}")
    name, value = map(_header_bytes, pair)
    if not _HEADER_NAME.match(name):
        raise ValueError(
            f"a header's name holds letters, digits and '-'; got {pair[0]!r}"
        )
    return name.lower(), value


def _header_bytes(text: Any) -> bytes:
    try:
        data = text.encode("latin-1") if isinstance(text, str) else text
    except UnicodeEncodeError:
        raise ValueError(
            f"a header holds latin-1 alone, and {text!r} more than that"
        ) from None
    if not isinstance(data, bytes):  # bytes(5) would be five zeros
        raise TypeError(f"a header is made of str or bytes; got {text!r}")
    if b"\r" in data or b"\n" in data or b"\0" in data:
        raise ValueError(f"a header holds no line break or NUL; got {text!r}")
    return data
