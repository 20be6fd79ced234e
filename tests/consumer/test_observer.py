"""What an observer is told of a consumer."""

import asyncio
import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest

from minichannels.consumer import (
    AsyncConsumer,
)
from minichannels.consumer.lifecycle import life_of
from minichannels.exceptions import StopConsumer
from minichannels.testing import ApplicationCommunicator
from minichannels.types import OBSERVER, Message, Receive, Scope, Send
from support.members import (
    AsyncMember,
    SyncMember,
    both_styles,
    talk,
)

pytestmark = pytest.mark.usefixtures("layer")


class Watcher:
    """An observer that notes what it is told."""

    def __init__(self) -> None:
        self.notes: list[tuple[Any, ...]] = []
        self.threads: list[tuple[str, int]] = []

    def consumer_started(self, consumer: AsyncConsumer) -> None:
        self.notes.append(("consumer", type(consumer).__name__))

    def handler_started(
        self, consumer: AsyncConsumer, name: str, message: Message
    ) -> None:
        self.notes.append(("start", name, message))

    def handler_ended(
        self, consumer: AsyncConsumer, name: str, error: BaseException | None
    ) -> None:
        self.notes.append(("end", name, error))

    def message_unhandled(self, consumer: AsyncConsumer) -> None:
        self.notes.append(("unhandled", type(consumer).__name__))

    def message_refused(
        self, consumer: AsyncConsumer, message: Message, error: BaseException
    ) -> None:
        self.notes.append(("refused", message, error))

    def connection_refused(self, why: str) -> None:
        self.notes.append(("why", why))

    def in_thread(
        self, call: Callable[[], None], message: Message
    ) -> Callable[[], None]:
        def noted() -> None:
            self.threads.append((message["type"], threading.get_ident()))
            call()

        return noted

    def thread_waited(
        self, consumer: AsyncConsumer, name: str, seconds: float
    ) -> None:
        self.notes.append(("waited", name, seconds))


def watched(
    consumer: type[AsyncConsumer], watcher: Watcher
) -> ApplicationCommunicator:
    inner = consumer.as_asgi()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        OBSERVER.set(watcher)
        await inner(scope, receive, send)

    return ApplicationCommunicator(app, {"type": "test"})


@both_styles
async def test_observer_sees_handlers_start_and_end(
    member: type[AsyncConsumer],
) -> None:
    watcher = Watcher()
    communicator = watched(member, watcher)
    await communicator.send_input({"type": "say"})
    await communicator.send_input({"type": "leave"})
    await communicator.wait()
    assert watcher.notes == [
        ("consumer", member.__name__),
        ("start", "say", {"type": "say"}),
        ("end", "say", None),
        ("start", "leave", {"type": "leave"}),
        ("end", "leave", None),  # StopConsumer is no error
    ]


@both_styles
async def test_observer_sees_the_error_of_a_handler(
    member: type[AsyncConsumer],
) -> None:
    watcher = Watcher()
    communicator = watched(member, watcher)
    await communicator.send_input({"type": "fail"})
    with pytest.raises(LookupError) as raised:
        await communicator.wait()
    assert watcher.notes[-1] == ("end", "fail", raised.value)


async def test_observer_sees_that_there_is_no_handler() -> None:
    watcher = Watcher()
    communicator = watched(AsyncMember, watcher)
    await communicator.send_input({"type": "unknown.type"})
    with pytest.raises(ValueError, match="no handler") as raised:
        await communicator.wait()
    assert watcher.notes[-1] == ("end", "unknown_type", raised.value)


async def test_observer_sees_a_handler_cancelled() -> None:
    watcher = Watcher()

    class Chat(AsyncConsumer):
        async def wait(self, event: Message) -> None:
            await self.send({"type": "waiting"})
            await asyncio.Event().wait()

    async with watched(Chat, watcher) as communicator:
        await communicator.send_input({"type": "wait"})
        await communicator.receive_output()
    kind, name, error = watcher.notes[-1]
    assert (kind, name) == ("end", "wait")
    assert isinstance(error, asyncio.CancelledError)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.5, []), (1.0, []), (1.5, [("waited", "say", 1.5)])],
)
async def test_observer_is_told_of_a_long_wait_for_a_thread(
    seconds: float, told: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    times = itertools.cycle([0.0, seconds])
    monkeypatch.setattr(
        "minichannels.consumer.threads.clock", lambda: next(times)
    )
    watcher = Watcher()
    async with watched(SyncMember, watcher) as communicator:
        await communicator.send_input({"type": "say"})
        await communicator.receive_output()
        await communicator.send_input({"type": "leave"})
        await communicator.wait()
    assert [note for note in watcher.notes if note[0] == "waited"] == told


async def test_long_wait_for_a_thread_needs_no_observer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times = itertools.cycle([0.0, 1.5])
    monkeypatch.setattr(
        "minichannels.consumer.threads.clock", lambda: next(times)
    )
    async with talk(SyncMember) as communicator:
        for _ in range(2):
            await communicator.send_input({"type": "say"})
            assert await communicator.receive_output() == {"type": "said"}


async def test_observer_is_asked_for_each_call_in_a_thread() -> None:
    watcher = Watcher()
    async with watched(SyncMember, watcher) as communicator:
        await communicator.send_input({"type": "say"})
        await communicator.receive_output()
        await communicator.send_input({"type": "leave"})
        await communicator.wait()
    assert [kind for kind, _ in watcher.threads] == ["say", "leave"]
    assert threading.get_ident() not in {ident for _, ident in watcher.threads}


@pytest.mark.parametrize("extensions", [None, {}, {"tls": {}}])
async def test_without_an_observer_nothing_is_watched(
    extensions: dict[str, Any] | None,
) -> None:
    seen: list[Any] = []

    class Chat(AsyncConsumer):
        async def look(self, event: Message) -> None:
            seen.append(life_of(self).observer)
            raise StopConsumer

    communicator = talk(Chat, extensions=extensions)
    await communicator.send_input({"type": "look"})
    await communicator.wait()
    assert seen == [None]
