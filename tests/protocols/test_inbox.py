import asyncio

from minichannels.consumer import AsyncConsumer
from minichannels.exceptions import StopConsumer
from minichannels.protocols.inbox import Inbox
from minichannels.protocols.server import ScopeServer
from minichannels.types import Message
from support.held_clock import turns


async def discard(key: str, message: Message) -> None:
    """Send nowhere."""


def said(text: str) -> Message:
    return {"type": "chat.received_message", "text": text}


async def test_inbox_wakes_whoever_of_several_still_waits() -> None:
    inbox = Inbox(2)
    gone, *waiting = [asyncio.create_task(inbox()) for _ in range(3)]
    await turns()
    gone.cancel()

    inbox.put(said("one"))
    inbox.put(said("two"))
    heard = await asyncio.gather(*waiting)

    assert [message["text"] for message in heard] == ["one", "two"]


def test_inbox_rings_once_and_again_for_what_else_is_there() -> None:
    inbox, rung = Inbox(3), list[str]()
    take = inbox.ring_reader(lambda: rung.append("ring"))

    inbox.put(said("one"))
    inbox.put(said("two"))
    before = len(rung)
    first, second = take(), take()

    assert (before, len(rung)) == (1, 2)
    assert (first, second, take()) == (said("one"), said("two"), None)
    inbox.put(said("three"))
    assert (len(rung), take()) == (3, said("three"))


def test_inbox_rings_after_its_last_for_who_asks_again() -> None:
    inbox, told = Inbox(3), list[str]()
    inbox.on_asked_again = lambda: told.append("again")
    take = inbox.ring_reader(lambda: told.append("ring"))

    inbox.close({"type": "chat.disconnect"})
    last, nothing = take(), take()

    assert (last, nothing) == ({"type": "chat.disconnect"}, None)
    assert told == ["ring", "ring", "again"]


def test_inbox_does_not_ring_while_its_first_waits() -> None:
    inbox, rung = Inbox(3, {"type": "chat.connect"}), list[str]()
    take = inbox.ring_reader(lambda: rung.append("ring"))

    inbox.put(said("one"))
    inbox.close({"type": "chat.disconnect"})
    before = list(rung)
    types = [message["type"] for message in iter(take, None)]

    assert before == []
    assert types == ["chat.connect", "chat.received_message", "chat.disconnect"]


async def test_consumer_reads_an_inbox_in_its_own_task() -> None:
    class Listener(AsyncConsumer):
        heard: list[str] = []

        async def chat_connect(self, event: Message) -> None: ...

        async def chat_received_message(self, event: Message) -> None:
            self.heard.append(event["text"])

        async def chat_disconnect(self, event: Message) -> None:
            raise StopConsumer

    server = ScopeServer(Listener.as_asgi())
    task = server.open("ada", {"type": "chat", "peer": "ada"}, discard)
    await turns()

    server.hand("ada", said("one"))
    server.hand("ada", said("two"))
    await asyncio.sleep(0)

    assert Listener.heard == ["one", "two"]
    assert asyncio.all_tasks() == {asyncio.current_task(), task}
    await server.stop()
