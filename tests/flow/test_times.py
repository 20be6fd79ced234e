"""When events were and what took how long, by a clock that a test holds."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from minichannels.consumer import SyncConsumer
from minichannels.exceptions import StopConsumer
from minichannels.flow import Flow, Recording, record
from minichannels.flow.processes import writing
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.layers import InMemoryChannelLayer
from minichannels.testing import (
    ApplicationCommunicator,
    HttpCommunicator,
    WebsocketCommunicator,
)
from minichannels.types import Message, Receive, Scope, Send
from support.clock import Clock
from support.story import GOLDEN

TIMES = ("at", "ran", "waited")


class Chat(AsyncWebsocketConsumer):
    """Takes its time: 2 s for what ada says, 0.5 s for a message."""

    groups = ("room",)
    clock = Clock()

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        assert self.channel_layer is not None
        message = {"type": "chat.message", "text": text_data}
        await self.channel_layer.group_send("room", message)
        self.clock.now += 2

    async def chat_message(self, event: Message) -> None:
        self.clock.now += 0.5
        await self.send(event["text"])


async def chatted(**options: Any) -> Recording:
    """Connect at 1 s; say something at 11 s, which is read 2 s later."""
    Chat.clock = clock = Clock()
    layer = InMemoryChannelLayer()
    with record(Chat.as_asgi(), layer, clock=clock, **options) as flow:
        ada = WebsocketCommunicator(flow.app, "/")
        clock.now += 1
        await ada.connect()
        clock.now += 10
        await ada.send_to("hi")
        await ada.receive_from()
        await ada.disconnect()
    return flow


def times(flow: Flow) -> list[tuple[Any, ...]]:
    return [(e.type, e.at, e.ran, e.waited) for e in flow]


TOLD = [
    ("websocket.connect", 1, 0, None),
    ("group_add", 1, None, None),
    ("websocket.accept", 1, None, None),
    ("websocket.receive", 11, 2, None),
    ("chat.message", 11, None, None),
    ("chat.message", 11, 0.5, 2),
    ("websocket.send", 13.5, None, None),
    ("websocket.disconnect", 13.5, 0, None),
    ("group_discard", 13.5, None, None),
]


async def test_events_have_the_times_of_the_clock() -> None:
    assert times(await chatted()) == TOLD


async def test_a_table_says_when_and_what_took_how_long() -> None:
    flow = await chatted()

    table = flow.table()
    rows = {line.split()[0]: line for line in table.text.splitlines() if line}
    assert rows["no."].split()[-4:] == ["result", "at", "gap", "took"]
    assert rows["4"].endswith("   11.000 s   +10.0 s  ran 2.0 s")
    assert rows["6"].endswith("11.000 s     +0 ms  waited 2.0 s, ran 500 ms")
    assert rows["7"].endswith("13.500 s    +2.5 s  answered 2.5 s")
    assert flow.began is not None
    began = datetime.fromtimestamp(flow.began, UTC)
    assert f"Times since {began:%Y-%m-%d %H:%M:%S} UTC." in table.text
    assert "<td>11.000 s</td><td>+10.0 s</td><td>ran 2.0 s</td>" in table.html
    assert '<th scope="col">took</th>' in table.html


async def test_only_a_table_has_times_unless_it_is_not_to() -> None:
    flow = await chatted()

    shown = [repr(flow), flow.lanes().html, flow.table(times=False).html]
    shown += [flow.table(times=False).text, flow.to_json(), flow.mermaid()]
    for text in shown:
        assert "Times since" not in text
        assert "took" not in text
        assert '"at"' not in text


async def test_times_are_told_by_type() -> None:
    assert str((await chatted()).times()).splitlines() == [
        "type                  what      times     p50     p95     max",
        "chat.message          answered      1   2.5 s   2.5 s   2.5 s",
        "chat.message          ran           1  500 ms  500 ms  500 ms",
        "chat.message          waited        1   2.0 s   2.0 s   2.0 s",
        "websocket.connect     answered      1    0 ms    0 ms    0 ms",
        "websocket.connect     ran           1    0 ms    0 ms    0 ms",
        "websocket.disconnect  ran           1    0 ms    0 ms    0 ms",
        "websocket.receive     ran           1   2.0 s   2.0 s   2.0 s",
    ]


@pytest.mark.parametrize("suffix", ["json", "jsonl"])
async def test_a_file_keeps_times(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"flow.{suffix}"
    if suffix == "json":
        flow = await chatted()
        flow.save(file)
        back = Flow.from_json(file.read_bytes())
    else:
        flow = await chatted(save=file)
        back = Flow.merge(file)

    assert times(back) == times(flow)
    assert flow.began is not None
    assert back.began == pytest.approx(flow.began, abs=0.001)
    assert back.table().text == flow.table().text


def test_a_flow_without_times_is_read_and_shown() -> None:
    flow = Flow.from_json((GOLDEN / "flow.json").read_bytes())

    assert flow.began is None
    assert {getattr(event, name) for event in flow for name in TIMES} == {None}
    assert flow.table().html == flow.table(times=False).html
    assert str(flow.times()) == "Times: none are known."
    assert flow.times().html == "<pre>Times: none are known.</pre>"


async def test_a_time_that_is_none_is_refused() -> None:
    values = json.loads((await chatted()).to_json(times=True))

    for name, wrong in (("at", -1), ("ran", "1"), ("waited", True)):
        events = [{**values["events"][0], name: wrong}]
        with pytest.raises(ValueError, match=f"'{name}' cannot be"):
            Flow.from_json(json.dumps({**values, "events": events}))
    with pytest.raises(ValueError, match="'began' cannot be 'today'"):
        Flow.from_json(json.dumps({**values, "began": "today"}))


async def test_a_wrong_time_in_a_journal_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "flow.jsonl"
    await chatted(save=file)
    text = file.read_text(encoding="utf-8")

    for name, wrong in (("at", "-1"), ("ran", "true"), ("waited", '"1"')):
        found = re.compile(rf'"{name}":[\d.]+')
        with pytest.raises(ValueError, match=f"'{name}' cannot be"):
            Flow.from_json(found.sub(f'"{name}":{wrong}', text, count=1))


async def test_the_first_answer_counts() -> None:
    clock = Clock()

    class Twice(AsyncWebsocketConsumer):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            for _ in range(2):
                clock.now += 1
                await self.send("hi")

    with record(Twice.as_asgi(), clock=clock) as flow:
        ada = WebsocketCommunicator(flow.app, "/")
        await ada.connect()
        await ada.send_to("hi")
        assert [await ada.receive_from() for _ in "ab"] == ["hi"] * 2

    assert "answered 2.0 s" in str(flow.table())
    (row,) = re.findall(r"websocket.receive +answered.*", str(flow.times()))
    assert row.split()[-4:] == ["1.0", "s", "1.0", "s"]


async def test_an_answer_to_what_was_not_read_is_timed_too() -> None:
    clock = Clock()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        clock.now += 3
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"late"})

    with record(slow, clock=clock) as flow:
        await HttpCommunicator(flow.app, "GET", "/").get_response()

    assert "answered 3.0 s" in str(flow.table())
    (row,) = re.findall(r"http.*answered.*", str(flow.times()))
    assert row.split()[:2] == ["http.response.start", "answered"]
    assert row.split()[-2:] == ["3.0", "s"]


async def test_two_flows_with_other_times_are_equal() -> None:
    one, other = await chatted(), await chatted()
    Chat.clock.now += 100

    assert one == other
    assert one.to_json() == other.to_json()
    assert one.filter(client="browser#1").began == one.began
    assert one.why(7).began == one.began


async def test_a_handler_in_a_thread_is_measured() -> None:
    clock = Clock()

    class Slow(SyncConsumer):
        def test_work(self, event: Message) -> None:
            clock.now += 3
            raise StopConsumer

    with record(Slow.as_asgi(), clock=clock) as flow:
        client = ApplicationCommunicator(flow.app, {"type": "test"})
        await client.send_input({"type": "test.work"})
        await client.wait()

    assert [event.ran for event in flow] == [3]


async def test_what_is_read_late_or_lost_says_how_long_it_lay() -> None:
    clock, layer = Clock(), InMemoryChannelLayer()
    with record(Chat.as_asgi(), layer, clock=clock) as flow:
        assert flow.layer is not None
        read, lost = [await flow.layer.new_channel() for _ in range(2)]
        for channel in (read, read, lost):
            await flow.layer.send(channel, {"type": "x"})
        clock.now += 4
        await flow.layer.receive(read)
        clock.now += 3

    waited = [(e.kind, e.waited) for e in flow if e.waited is not None]
    assert sorted(waited) == [("deliver", 4), ("loss", 7), ("loss", 7)]


async def test_a_journal_tells_of_a_handler_that_runs_for_long(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(writing, "WATCHED", 2)
    Chat.clock = clock = Clock()

    class Slow(Chat):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            for number in range(10):
                await self.send(str(number))
            clock.now += 9

    file = tmp_path / "flow.jsonl"
    with record(Slow.as_asgi(), clock=clock, save=file) as flow:
        ada = WebsocketCommunicator(flow.app, "/")
        await ada.connect()
        await ada.send_to("hi")
        for _ in range(10):
            await ada.receive_from()
        await ada.disconnect()

    ran = {e.type: e.ran for e in Flow.merge(file) if e.ran is not None}
    assert ran["websocket.receive"] == 9


async def test_times_of_several_processes_count_from_the_first(
    tmp_path: Path,
) -> None:
    await chatted(name="web-1", save=tmp_path)
    first = tmp_path / "web-1.jsonl"
    head, *lines = first.read_text(encoding="utf-8").splitlines()
    second = json.loads(head)
    second |= {"process": "web-2", "token": "b", "began": second["began"] + 60}
    text = "\n".join([json.dumps(second), *lines])
    (tmp_path / "web-2.jsonl").write_text(text, encoding="utf-8")

    flow = Flow.merge(tmp_path)
    connected = [e.at for e in flow if e.type == "websocket.connect"]
    assert connected == pytest.approx([1, 61], abs=0.001)

    del second["began"]  # as an older version has written it
    text = "\n".join([json.dumps(second), *lines])
    (tmp_path / "web-2.jsonl").write_text(text, encoding="utf-8")

    flow = Flow.merge(tmp_path)
    assert flow.began is None
    assert {event.at for event in flow} == {None}
