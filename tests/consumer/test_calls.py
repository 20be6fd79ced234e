import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from minichannels.consumer.calls import call_async, call_sync, run_sync


def as_it_is(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        return method(*args, **kwargs)

    return call


class Chat:
    async def receive(self) -> None: ...

    def disconnect(self) -> None: ...

    def chat_message(self, event: object) -> None:
        raise TypeError("my own")

    async def chat_later(self, event: object) -> None:
        raise TypeError("my own")

    @as_it_is
    async def chat_told(self, event: object) -> None:
        raise TypeError("my own")

    @as_it_is
    async def chat_bare(self) -> None: ...


async def test_async_method_with_other_parameters_is_told_which() -> None:
    with pytest.raises(TypeError) as raised:
        await call_async(Chat().receive, text_data="hi")

    assert str(raised.value) == (
        "Chat.receive() has other parameters than it is called with (got an"
        " unexpected keyword argument 'text_data'); write"
        " 'async def receive(self, text_data=None, bytes_data=None)'"
    )


def test_sync_method_with_other_parameters_is_told_which() -> None:
    with pytest.raises(
        TypeError, match=r"write 'def disconnect\(self, code\)'"
    ):
        call_sync(Chat().disconnect, 1000)


async def test_method_that_is_called_with_nothing_is_told_to_take_nothing() -> (
    None
):
    class Page:
        async def disconnect(self, code: int) -> None: ...

    with pytest.raises(TypeError, match=r"'async def disconnect\(self\)'"):
        await call_async(Page().disconnect)


def test_error_in_a_method_is_its_own() -> None:
    with pytest.raises(TypeError, match=r"^my own$"):
        call_sync(Chat().chat_message, {})


@pytest.mark.parametrize("name", ["chat_message", "chat_later", "chat_told"])
async def test_error_in_an_async_method_is_its_own(name: str) -> None:
    with pytest.raises(TypeError, match=r"^my own$"):
        await call_async(getattr(Chat(), name), {})


async def test_method_behind_a_decorator_is_told_its_parameters() -> None:
    with pytest.raises(
        TypeError, match=r"'async def chat_bare\(self, event\)'"
    ):
        await call_async(Chat().chat_bare, {})


async def test_plain_method_is_told_to_be_a_coroutine_function() -> None:
    with pytest.raises(TypeError) as raised:
        await call_async(Chat().disconnect)

    assert str(raised.value) == (
        "Chat.disconnect is a plain function; write 'async def', as an async"
        " consumer awaits its methods"
    )
    assert raised.value.__suppress_context__


async def test_method_may_return_what_can_be_awaited() -> None:
    future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    future.set_result("done")

    assert await call_async(lambda: future) == "done"


class Feed:
    def tick(self) -> Iterator[str]:
        yield "tick"

    async def handle(self, body: bytes) -> AsyncIterator[str]:
        yield "tick"

    def empty(self) -> None:
        next(iter(()))


@pytest.mark.parametrize(
    ("method", "args"), [(Feed().tick, []), (Feed().handle, [b""])]
)
async def test_method_with_a_yield_is_told_to_send(
    method: Callable[..., object], args: list[bytes]
) -> None:
    with pytest.raises(TypeError) as raised:
        await call_async(method, *args)

    assert str(raised.value) == (
        f"{method.__qualname__} has a 'yield', so nothing in it runs; send each"
        " piece instead, as with send_body() or send()"
    )


@pytest.mark.parametrize("method", [Feed().tick, Feed().handle])
def test_sync_method_with_a_yield_is_told_to_send(
    method: Callable[..., object],
) -> None:
    args = [b""] if method.__name__ == "handle" else []
    with pytest.raises(TypeError, match="has a 'yield', so nothing in it runs"):
        run_sync(method, *args)


def bare(method: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a method without functools.wraps()."""
    return lambda *args: method(*args)


class Decorated:
    @bare
    def tick(self) -> Iterator[str]:
        yield "tick"

    @bare
    async def later(self) -> AsyncIterator[str]:
        yield "tick"

    def start(self) -> Iterator[int]:
        self.left = (n for n in range(3))
        return self.left

    def other(self) -> Any:
        return self.tick()


@pytest.mark.parametrize("method", [Decorated().tick, Decorated().later])
def test_sync_method_with_a_yield_is_told_so_behind_a_decorator(
    method: Callable[[], object],
) -> None:
    with pytest.raises(TypeError, match="has a 'yield', so nothing in it runs"):
        run_sync(method)


@pytest.mark.parametrize("method", [Decorated().start, Decorated().other])
def test_sync_method_may_return_what_another_one_generates(
    method: Callable[[], object],
) -> None:
    run_sync(method)


def test_what_is_generated_can_be_asked_for() -> None:
    assert list(call_sync(Feed().tick)) == ["tick"]


def test_error_of_what_is_written_in_c_is_its_own() -> None:
    with pytest.raises(TypeError, match="not iterable"):
        call_sync(functools.partial(dict), 5)


def test_stop_iteration_of_a_sync_method_is_a_runtime_error() -> None:
    with pytest.raises(RuntimeError, match="raised StopIteration") as up:
        call_sync(Feed().empty)

    assert isinstance(up.value.__cause__, StopIteration)


def test_what_a_sync_method_returns_is_passed_over() -> None:
    called = []

    def receive(text: str) -> bool:
        called.append(text)
        return True

    call_sync(receive, "hi")

    assert called == ["hi"]


def test_method_without_self_is_told_its_parameters() -> None:
    class Bare:
        def connect() -> None: ...  # type: ignore[misc]  # so it is written

    with pytest.raises(TypeError, match=r"write 'def connect\(self\)'"):
        call_sync(Bare().connect)  # type: ignore[misc]


def test_what_is_no_method_is_said_to_be_none() -> None:
    nothing: Any = None

    with pytest.raises(TypeError, match="not callable"):
        call_sync(nothing)


async def test_what_is_no_async_method_is_said_to_be_none() -> None:
    nothing: Any = None

    with pytest.raises(TypeError, match="not callable"):
        await call_async(nothing)
