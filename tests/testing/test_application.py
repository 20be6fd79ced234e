import asyncio
import contextvars
import itertools
import time

import pytest

from minichannels.consumer import AsyncConsumer
from minichannels.testing import ApplicationCommunicator, application
from minichannels.types import Message, Receive, Scope, Send

SCOPE: Scope = {"type": "test"}


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "stop":
            return
        await send(message)


async def fail(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    raise LookupError("no such room")


async def ignore(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.Event().wait()


# Sending and receiving


async def test_communicator_gives_and_takes_events() -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)
        await send({"type": "got", "event": await receive()})

    communicator = ApplicationCommunicator(app, SCOPE)
    await communicator.send_input({"type": "a"})

    event = await communicator.receive_output()

    assert event == {"type": "got", "event": {"type": "a"}}
    assert seen == [SCOPE]


async def test_communicator_takes_events_in_their_order() -> None:
    async with ApplicationCommunicator(echo, SCOPE) as communicator:
        for number in range(3):
            await communicator.send_input({"type": "n", "number": number})

        events = [await communicator.receive_output() for _ in range(3)]

    assert [event["number"] for event in events] == [0, 1, 2]


async def test_communicator_has_an_application_wait_that_never_stops() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for number in itertools.count():
            await send({"type": "n", "number": number})

    async with ApplicationCommunicator(app, SCOPE) as communicator:
        events = [await communicator.receive_output() for _ in range(9)]

    assert [event["number"] for event in events] == list(range(9))
    assert communicator.output_queue.qsize() <= 10_000


async def test_communicator_starts_the_application_when_it_is_used() -> None:
    started = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        started.set()
        await receive()

    async with ApplicationCommunicator(app, SCOPE) as communicator:
        await asyncio.sleep(0)
        assert not started.is_set()

        await communicator.send_input({"type": "a"})
        await asyncio.wait_for(started.wait(), 5)


async def test_communicator_gives_the_application_a_context_of_its_own() -> (
    None
):
    variable = contextvars.ContextVar("variable", default="unset")
    variable.set("by the test")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": variable.get()})

    event = await ApplicationCommunicator(app, SCOPE).receive_output()

    assert event == {"type": "unset"}


async def test_receive_output_gives_what_is_ready_without_waiting() -> None:
    async with ApplicationCommunicator(echo, SCOPE) as communicator:
        await communicator.send_input({"type": "a"})
        await communicator.send_input({"type": "b"})
        await communicator.receive_output()
        # Both were answered before; a time limit of zero is enough.
        assert await communicator.receive_output(timeout=0) == {"type": "b"}


async def test_receive_output_stops_the_application_after_its_time() -> None:
    communicator = ApplicationCommunicator(ignore, SCOPE)

    with pytest.raises(
        TimeoutError,
        match=r"^the application ignore sent no event within 0\.01 s$",
    ):
        await communicator.receive_output(timeout=0.01)

    assert communicator.future.cancelled()


async def test_receive_output_says_that_the_application_was_stopped() -> None:
    communicator = ApplicationCommunicator(ignore, SCOPE)
    with pytest.raises(TimeoutError):
        await communicator.receive_output(timeout=0.01)

    with pytest.raises(
        AssertionError, match="ignore was stopped and can no longer send an"
    ):
        await communicator.receive_output()


async def test_receive_output_raises_at_once_when_the_application_fails() -> (
    None
):
    communicator = ApplicationCommunicator(fail, SCOPE)
    await communicator.send_input({"type": "a"})

    async with asyncio.timeout(5):
        with pytest.raises(LookupError, match="no such room"):
            await communicator.receive_output(timeout=60)


async def test_receive_output_raises_a_timeout_error_of_the_application() -> (
    None
):
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise TimeoutError("of the application")

    with pytest.raises(TimeoutError, match=r"^of the application$"):
        await ApplicationCommunicator(app, SCOPE).receive_output()


async def test_receive_output_raises_an_error_from_being_stopped() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await receive()
        finally:
            raise LookupError("while it was stopped")

    with pytest.raises(LookupError, match="while it was stopped"):
        await ApplicationCommunicator(app, SCOPE).receive_output(timeout=0.01)


async def test_receive_output_gives_what_came_while_the_loop_was_held_up() -> (
    None
):
    async def held_up(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        time.sleep(0.02)  # noqa: ASYNC251  # what is wrong with it
        await asyncio.sleep(0)  # the time of who waits is over
        await send({"type": "late"})

    communicator = ApplicationCommunicator(held_up, SCOPE)
    await communicator.send_input({"type": "go"})

    assert await communicator.receive_output(0.01) == {"type": "late"}


async def test_receive_output_tells_that_it_was_stopped_while_it_waited() -> (
    None
):
    communicator = ApplicationCommunicator(ignore, SCOPE)
    waiting = asyncio.create_task(communicator.receive_output(20))
    await asyncio.sleep(0)
    communicator.stop()

    with pytest.raises(AssertionError, match="was stopped"):
        await waiting


async def test_receive_output_waits_for_tasks_the_application_left() -> None:
    left: list[asyncio.Task[None]] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def later() -> None:
            await receive()
            await send({"type": "later"})

        left.append(asyncio.create_task(later()))

    communicator = ApplicationCommunicator(app, SCOPE)
    await communicator.wait()
    await communicator.send_input({"type": "a"})

    assert await communicator.receive_output() == {"type": "later"}


async def test_send_input_raises_what_the_application_raised() -> None:
    communicator = ApplicationCommunicator(fail, SCOPE)
    await communicator.send_input({"type": "a"})
    await asyncio.wait((communicator.future,), timeout=5)

    with pytest.raises(LookupError, match="no such room"):
        await communicator.send_input({"type": "b"})


async def test_send_input_says_that_the_application_was_stopped() -> None:
    communicator = ApplicationCommunicator(ignore, SCOPE)
    await communicator.wait(timeout=0.01)

    with pytest.raises(AssertionError, match="can no longer take 'a'"):
        await communicator.send_input({"type": "a"})


async def test_receive_nothing_is_true_while_nothing_comes() -> None:
    async with ApplicationCommunicator(echo, SCOPE) as communicator:
        assert await communicator.receive_nothing(0.02, 0.001) is True


async def test_receive_nothing_is_false_when_an_event_comes() -> None:
    async with ApplicationCommunicator(echo, SCOPE) as communicator:
        await communicator.send_input({"type": "a"})

        assert await communicator.receive_nothing(timeout=60) is False
        # It is still there to be taken.
        assert await communicator.receive_output() == {"type": "a"}


async def test_receive_nothing_looks_again_after_an_interval() -> None:
    async with ApplicationCommunicator(echo, SCOPE) as communicator:
        await communicator.send_input({"type": "a"})

        found = await communicator.receive_nothing(timeout=0.001, interval=0.1)

    assert found is False


async def test_receive_nothing_raises_what_the_application_raised() -> None:
    communicator = ApplicationCommunicator(fail, SCOPE)
    await communicator.send_input({"type": "a"})
    await asyncio.wait((communicator.future,), timeout=5)

    with pytest.raises(LookupError):
        await communicator.receive_nothing()


# Ending


async def test_wait_returns_when_the_application_has_ended() -> None:
    communicator = ApplicationCommunicator(echo, SCOPE)
    await communicator.send_input({"type": "stop"})

    await communicator.wait()

    assert communicator.future.done()
    assert not communicator.future.cancelled()


async def test_wait_raises_what_the_application_raised() -> None:
    communicator = ApplicationCommunicator(fail, SCOPE)
    await communicator.send_input({"type": "a"})

    with pytest.raises(LookupError, match="no such room"):
        await communicator.wait()


async def test_wait_stops_the_application_after_its_time() -> None:
    communicator = ApplicationCommunicator(ignore, SCOPE)

    await communicator.wait(timeout=0.01)

    assert communicator.future.cancelled()


async def test_wait_names_an_application_that_cannot_be_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(application, "CANCEL_TIMEOUT", 0.01)
    release = asyncio.Event()

    async def stubborn(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await receive()
        except asyncio.CancelledError:
            await release.wait()

    communicator = ApplicationCommunicator(stubborn, SCOPE)

    with pytest.raises(
        AssertionError, match="stubborn did not end when it was cancelled"
    ):
        await communicator.wait(timeout=0.01)
    release.set()
    await asyncio.wait((communicator.future,), timeout=5)


async def test_stop_before_the_start_does_nothing() -> None:
    ApplicationCommunicator(fail, SCOPE).stop()


async def test_stop_cancels_the_application() -> None:
    communicator = ApplicationCommunicator(ignore, SCOPE)
    future = communicator.future

    communicator.stop()
    await asyncio.wait((future,), timeout=5)

    assert future.cancelled()


async def test_stop_raises_what_the_application_raised() -> None:
    communicator = ApplicationCommunicator(fail, SCOPE)
    await communicator.send_input({"type": "a"})
    await asyncio.wait((communicator.future,), timeout=5)

    communicator.stop(exceptions=False)
    with pytest.raises(LookupError, match="no such room"):
        communicator.stop()


async def test_stop_accepts_an_application_that_has_ended() -> None:
    communicator = ApplicationCommunicator(echo, SCOPE)
    await communicator.send_input({"type": "stop"})
    await communicator.wait()

    communicator.stop()

    assert not communicator.future.cancelled()


async def test_leaving_without_a_start_does_nothing() -> None:
    async with ApplicationCommunicator(fail, SCOPE) as communicator:
        pass

    assert communicator.input_queue.empty()


async def test_leaving_cancels_the_application_and_waits_for_its_end() -> None:
    ended = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await receive()
        finally:
            await asyncio.sleep(0)
            ended.append(True)

    async with ApplicationCommunicator(app, SCOPE) as communicator:
        await communicator.receive_nothing(timeout=0.001)

    assert ended == [True]
    assert communicator.future.cancelled()


async def test_leaving_accepts_an_application_that_has_ended() -> None:
    async with ApplicationCommunicator(echo, SCOPE) as communicator:
        await communicator.send_input({"type": "stop"})
        await asyncio.wait((communicator.future,), timeout=5)

    assert communicator.future.exception() is None


async def test_leaving_raises_an_error_that_nobody_has_seen() -> None:
    communicator = ApplicationCommunicator(fail, SCOPE)
    await communicator.__aenter__()
    await communicator.send_input({"type": "a"})
    await asyncio.wait((communicator.future,), timeout=5)

    with pytest.raises(LookupError, match="no such room"):
        await communicator.__aexit__(None, None, None)


async def test_leaving_does_not_raise_an_error_twice() -> None:
    async with ApplicationCommunicator(fail, SCOPE) as communicator:
        await communicator.send_input({"type": "a"})
        with pytest.raises(LookupError):
            await communicator.wait()

    assert isinstance(communicator.future.exception(), LookupError)


async def test_leaving_with_an_error_of_the_test_raises_that() -> None:
    communicator = ApplicationCommunicator(fail, SCOPE)

    async def use() -> None:
        async with communicator:
            await communicator.send_input({"type": "a"})
            await asyncio.wait((communicator.future,), timeout=5)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await use()


def test_communicator_refuses_a_consumer_class() -> None:
    class Chat(AsyncConsumer):
        pass

    with pytest.raises(TypeError, match=r"under test is .* use Chat\.as_asgi"):
        ApplicationCommunicator(Chat, SCOPE)  # type: ignore[arg-type]


async def test_communicator_takes_a_consumer() -> None:
    class Echo(AsyncConsumer):
        async def test_event(self, event: Message) -> None:
            await self.send({"type": "test.answer"})

    async with ApplicationCommunicator(Echo.as_asgi(), SCOPE) as communicator:
        await communicator.send_input({"type": "test.event"})

        assert await communicator.receive_output() == {"type": "test.answer"}
