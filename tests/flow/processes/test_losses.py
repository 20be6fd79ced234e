import asyncio
from pathlib import Path
from typing import Any

from minichannels.flow import Flow
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.layers import InMemoryChannelLayer
from support.apart import Apart, apart

Seen = list[tuple[str, int, str, str]]


class Member(AsyncWebsocketConsumer):
    channel_layer_alias = "web-2"
    groups = ("lobby",)

    async def tell(self, event: dict[str, Any]) -> None:
        await self.send(str(event["n"]))


class Losing(InMemoryChannelLayer):
    """A layer that loses messages without a word."""

    def __init__(self, *lost: int) -> None:
        super().__init__()
        self._silent = set(lost)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        if message["n"] not in self._silent:
            await super().group_send(group, message)


async def tell(web: Apart, *numbers: int) -> None:
    for number in numbers:
        await web.layer.group_send("lobby", {"type": "tell", "n": number})


async def silent(scope: Any, receive: Any, send: Any) -> None: ...


def got(folder: Path) -> Seen:
    return [
        (e.target, e.payload["n"], e.status, e.reason)
        for e in Flow.merge(folder)
        if e.kind == "deliver"
    ]


async def test_what_came_between_was_lost(tmp_path: Path) -> None:
    layer = Losing(1, 3, 5)
    with (
        apart(silent, layer, "web-1", tmp_path) as web1,
        apart(Member.as_asgi(), layer, "web-2", tmp_path) as web2,
    ):
        ada = web2.client("ada")
        await ada.connect()
        await tell(web1, 1, 2, 3, 4, 5)
        assert [await ada.receive_from() for _ in range(2)] == ["2", "4"]
        await ada.disconnect()

    # Of the first and the last it is not known whether ada was there.
    assert got(tmp_path) == [
        ("Member#1@web-2", 2, "delivered", ""),
        ("Member#1@web-2", 3, "undelivered", "not received"),
        ("Member#1@web-2", 4, "delivered", ""),
    ]
    sent = [e for e in Flow.merge(tmp_path) if e.kind == "group_send"]
    assert [e.members for e in sent] == [0, 1, 1, 1, 0]


async def test_whoever_left_and_came_back_lost_nothing(tmp_path: Path) -> None:
    layer = InMemoryChannelLayer()
    with (
        apart(silent, layer, "web-1", tmp_path) as web1,
        apart(Member.as_asgi(), layer, "web-2", tmp_path) as web2,
    ):
        ada = web2.client("ada")
        await ada.connect()
        await tell(web1, 1)
        await ada.receive_from()
        channel = next(iter(layer.groups["lobby"]))
        await web2.layer.group_discard("elsewhere", channel)
        await web2.layer.group_discard("lobby", channel)
        await tell(web1, 2)
        await web2.layer.group_add("lobby", channel)
        await tell(web1, 3)
        await ada.receive_from()
        await ada.disconnect()

    assert [number for _, number, *_ in got(tmp_path)] == [1, 3]


async def test_members_of_a_process_that_was_killed_miss_what_comes_then(
    tmp_path: Path,
) -> None:
    layer = InMemoryChannelLayer()
    with (
        apart(silent, layer, "web-1", tmp_path) as web1,
        apart(Member.as_asgi(), layer, "web-2", tmp_path) as web2,
    ):
        ada, bob = web2.client("ada"), web2.client("bob")
        await ada.connect()
        await bob.connect()
        await tell(web1, 1)
        for one in (ada, bob):
            await one.receive_from()
        await bob.disconnect()
        until_then = (tmp_path / "web-2.jsonl").read_bytes()
        await tell(web1, 2)
        await ada.disconnect()
    (tmp_path / "web-2.jsonl").write_bytes(until_then)

    assert got(tmp_path) == [
        ("Member#1@web-2", 1, "delivered", ""),
        ("Member#2@web-2", 1, "delivered", ""),
        ("Member#1@web-2", 2, "undelivered", "undelivered"),
    ]
    # Nothing happens there any more: its scope is over.
    flow = Flow.merge(tmp_path)
    last = [e for e in flow if e.client == "ada@web-2" and e.kind == "send"][-1]
    assert last.ends


async def test_what_waited_where_a_process_was_killed_is_lost(
    tmp_path: Path,
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    class Slow(Member):
        async def tell(self, event: dict[str, Any]) -> None:
            begun.set()
            await go_on.wait()

    layer = InMemoryChannelLayer()
    with apart(Slow.as_asgi(), layer, "web-2", tmp_path) as web2:
        ada = web2.client("ada")
        await ada.connect()
        await tell(web2, 1)
        await begun.wait()
        await tell(web2, 2)
        until_then = (tmp_path / "web-2.jsonl").read_bytes()
        go_on.set()
        await ada.disconnect()
    (tmp_path / "web-2.jsonl").write_bytes(until_then)

    assert got(tmp_path) == [
        ("Slow#1@web-2", 1, "delivered", ""),
        ("Slow#1@web-2", 2, "waiting", "waits 1/100"),
    ]
    flow = Flow.merge(tmp_path)
    (lost,) = [e for e in flow if e.kind == "loss"]
    assert (lost.status, lost.target) == ("undelivered", "Slow#1@web-2")
    # It was at work on the first one, and never ended.
    assert next(e.handler for e in flow if e.kind == "deliver") == "tell"


async def test_a_message_whose_reading_is_not_kept_is_not_lost(
    tmp_path: Path,
) -> None:
    layer = InMemoryChannelLayer()
    with (
        apart(silent, layer, "web-1", tmp_path) as web1,
        apart(silent, layer, "web-2", tmp_path) as web2,
    ):
        await web1.layer.send("pictures", {"type": "make", "n": 1})
        await web2.layer.receive("pictures")
        read = (tmp_path / "web-2.jsonl").read_text().splitlines()
    # As if ten thousand others had come then.
    read.append(f'{{"back":[{web2.journal.line_up()[0].arrival}]}}')
    (tmp_path / "web-2.jsonl").write_text("\n".join(read))

    flow = Flow.merge(tmp_path)
    assert [(e.kind, e.status) for e in flow] == [
        ("channel_send", "delivered"),
        ("deliver", "delivered"),
    ]
