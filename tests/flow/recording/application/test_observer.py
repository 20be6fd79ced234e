"""When handlers ran, and on which threads: told by real consumers."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from minichannels.consumer import AsyncConsumer, SyncConsumer
from minichannels.exceptions import StopConsumer
from minichannels.flow import Flow, Recorder
from minichannels.testing import ApplicationCommunicator
from minichannels.types import Message, Receive, Scope, Send
from support.layers import fresh_layer

LIMIT = 10


@pytest.fixture(autouse=True)
def layer() -> Iterator[None]:
    with fresh_layer():
        yield


async def flow_of(application: Any, names: str, *types: str) -> Flow:
    """Let several clients send at the same time; return what moved."""
    recorder = Recorder(application)
    clients = []
    for number, name in enumerate(names.split(), start=1):
        recorder.expect((name, number), name)
        scope = {"type": "test", "client": (name, number)}
        clients.append(ApplicationCommunicator(recorder, scope))
    for kind in types:
        for client in clients:
            await client.send_input({"type": kind})
    for client in clients:
        await client.wait(LIMIT)
    return Flow(recorder.journal)


def ran(flow: Flow, handler: str) -> list[tuple[str, str, int, int]]:
    return [
        (event.client, event.thread, event.began, event.ended)
        for event in flow
        if event.handler == handler
    ]


class Leaving(SyncConsumer):
    def test_leave(self, event: Message) -> None:
        raise StopConsumer


async def test_handlers_in_threads_of_the_pool_run_at_the_same_time() -> None:
    meeting = threading.Barrier(3)

    class Meet(Leaving):
        def test_meet(self, event: Message) -> None:
            meeting.wait(LIMIT)  # breaks unless all three are here at once

    flow = await flow_of(
        Meet.as_asgi(), "ada bob eve", "test.meet", "test.leave"
    )

    # Who has ended may go on while the others have not.
    assert [found[:3] for found in ran(flow, "test_meet")] == [
        ("ada", "pool", 1),
        ("bob", "pool", 1),
        ("eve", "pool", 1),
    ]


async def test_handlers_in_one_thread_run_one_after_the_other() -> None:
    class Ping(SyncConsumer):
        thread_sensitive = True

        def test_ping(self, event: Message) -> None:
            raise StopConsumer

    flow = await flow_of(Ping.as_asgi(), "ada bob eve", "test.ping")

    found = ran(flow, "test_ping")
    assert {thread for _, thread, _, _ in found} == {"one thread"}
    steps = sorted((began, ended) for _, _, began, ended in found)
    assert steps == [(1, 1), (2, 2), (3, 3)]


async def test_handlers_on_the_loop_run_at_the_same_time_if_they_wait() -> None:
    meeting = asyncio.Barrier(2)

    class Meet(AsyncConsumer):
        async def test_meet(self, event: Message) -> None:
            await asyncio.wait_for(meeting.wait(), LIMIT)
            raise StopConsumer

    flow = await flow_of(Meet.as_asgi(), "ada bob", "test.meet")

    assert ran(flow, "test_meet") == [
        ("ada", "event loop", 1, 1),
        ("bob", "event loop", 1, 1),
    ]


async def test_handlers_on_the_loop_that_do_not_wait_run_in_turn() -> None:
    class Ping(AsyncConsumer):
        async def test_ping(self, event: Message) -> None:
            raise StopConsumer

    flow = await flow_of(Ping.as_asgi(), "ada bob", "test.ping")

    assert [began for _, _, began, _ in ran(flow, "test_ping")] == [1, 2]


class Failing(SyncConsumer):
    def test_fail(self, event: Message) -> None:
        raise LookupError


class AsyncFailing(AsyncConsumer):
    async def test_fail(self, event: Message) -> None:
        raise LookupError


@pytest.mark.parametrize("consumer", [Failing, AsyncFailing])
async def test_a_handler_that_raises_has_ended(
    consumer: type[AsyncConsumer],
) -> None:
    recorder = Recorder(consumer.as_asgi())
    client = ApplicationCommunicator(recorder, {"type": "test"})
    await client.send_input({"type": "test.fail"})
    with pytest.raises(LookupError):
        await client.wait(LIMIT)

    flow = Flow(recorder.journal)

    assert [steps for *_, steps in ran(flow, "test_fail")] == [1]
    assert "RAISED" in flow.threads().text


async def test_a_handler_that_has_not_ended_still_runs() -> None:
    begun = asyncio.Event()

    class Wait(AsyncConsumer):
        async def test_wait(self, event: Message) -> None:
            begun.set()
            await asyncio.Event().wait()

    recorder = Recorder(Wait.as_asgi())
    async with ApplicationCommunicator(recorder, {"type": "test"}) as client:
        await client.send_input({"type": "test.wait"})
        await asyncio.wait_for(begun.wait(), LIMIT)
        flow = Flow(recorder.journal.line_up())

    assert [ended for *_, ended in ran(flow, "test_wait")] == [0]
    assert "still runs" in flow.threads().text


async def test_a_message_without_a_handler_runs_on_no_thread() -> None:
    recorder = Recorder(Leaving.as_asgi())
    client = ApplicationCommunicator(recorder, {"type": "test"})
    await client.send_input({"type": "test.unknown"})
    with pytest.raises(ValueError, match="no handler"):
        await client.wait(LIMIT)

    (event, _) = Flow(recorder.journal)

    assert (event.thread, event.began) == ("", 0)


def copying(application: Any) -> Callable[..., Any]:
    """Return a middleware that hands on copies of events."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def copied() -> Message:
            return {**await receive()}

        await application(scope, copied, send)

    return app


async def test_of_a_copied_event_it_is_not_known_when_it_was_handled() -> None:
    flow = await flow_of(copying(Leaving.as_asgi()), "ada", "test.leave")

    assert [(event.thread, event.began) for event in flow] == [("", 0)]
    assert "0 handlers" in flow.threads().text


async def test_a_handler_may_end_before_that_of_a_consumer_within() -> None:
    inner_runs, goes_on = asyncio.Event(), asyncio.Event()

    class Inner(AsyncConsumer):
        async def test_begin(self, event: Message) -> None:
            inner_runs.set()
            await goes_on.wait()
            raise StopConsumer

    class Outer(AsyncConsumer):
        async def test_begin(self, event: Message) -> None:
            async def receive() -> Message:
                return {"type": "test.begin"}

            inner = Inner()(self.scope, receive, self.base_send)
            self.within = asyncio.create_task(inner)
            await inner_runs.wait()

        async def test_leave(self, event: Message) -> None:
            goes_on.set()
            await self.within
            raise StopConsumer

    flow = await flow_of(Outer.as_asgi(), "ada", "test.begin", "test.leave")

    (begin,) = [event for event in flow if event.handler == "test_begin"]
    (leave,) = [event for event in flow if event.handler == "test_leave"]
    assert 0 < begin.began <= begin.ended < leave.began <= leave.ended
