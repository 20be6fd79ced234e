"""A flow as HAR: each field that HAR 1.2 requires, and what was said."""

import base64
import gzip
import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from minichannels.flow import record
from minichannels.flow.flow import Flow
from minichannels.flow.journal.events import Event
from minichannels.flow.journal.journal import Journal
from minichannels.flow.recording.application.recorder import Recorder
from minichannels.flow.text.har import har
from minichannels.generic.http import AsyncHttpConsumer
from minichannels.generic.websocket import WebsocketConsumer
from minichannels.routing import ProtocolTypeRouter
from minichannels.testing import HttpCommunicator, WebsocketCommunicator

# HAR 1.2, "HAR Data Structure": what is not optional.
ENTRY = {
    *("startedDateTime", "time", "request", "response", "cache", "timings"),
}
BOTH = {"httpVersion", "cookies", "headers", "headersSize", "bodySize"}
REQUEST = BOTH | {"method", "url", "queryString"}
RESPONSE = BOTH | {"status", "statusText", "content", "redirectURL"}


class Echo(WebsocketConsumer):
    def receive(self, text_data: Any = None, bytes_data: Any = None) -> None:
        self.send(text_data=text_data, bytes_data=bytes_data)


class Upload(AsyncHttpConsumer):
    async def handle(self, body: bytes) -> None:
        await self.send_response(201, b"\xff" + body)


APPLICATION = ProtocolTypeRouter(
    {"http": Upload.as_asgi(), "websocket": Echo.as_asgi()}
)


def entries(events: Sequence[Event], began: float | None = None) -> list[Any]:
    log = json.loads(har(events, began))["log"]
    assert log["version"] == "1.2"
    assert log["creator"]["name"] == "minichannels"
    for entry in log["entries"]:
        assert entry.keys() >= ENTRY
        assert entry["request"].keys() >= REQUEST
        assert entry["response"].keys() >= RESPONSE
        assert entry["response"]["content"].keys() >= {"size", "mimeType"}
        parts = entry["timings"]
        assert sum(parts.values()) == pytest.approx(entry["time"])
    found: list[Any] = log["entries"]
    return found


async def answers_unread(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": b"late"})


async def test_an_exchange_begins_with_its_request_though_nobody_read_it() -> (
    None
):
    journal = Journal(clock=itertools.count(5, 0.25).__next__)
    recorder = Recorder(answers_unread, journal)
    await HttpCommunicator(recorder, "GET", "/").get_response(10)

    (entry,) = entries(journal.line_up(), began=0)

    assert entry["startedDateTime"] == "1970-01-01T00:00:00.500000Z"
    assert entry["timings"] == {"send": 0, "wait": 250, "receive": 250}
    (start, _) = journal.line_up()
    assert start.waited == 0.25


def said(type_: str, payload: dict[str, Any], kind: str = "send") -> Event:
    return Event(1, kind, "", "", type_, payload, 1)


async def test_an_exchange_is_an_entry() -> None:
    journal = Journal(clock=itertools.count(5, 0.25).__next__)
    recorder = Recorder(APPLICATION, journal, folds_bodies=True)
    asks = HttpCommunicator(
        recorder, "POST", "/notes?of=ada&x=", b"caf\xc3\xa9"
    )
    await asks.get_response(10)
    flow = Flow(journal)

    (entry,) = entries(flow.events, began=0)

    # The clock is asked when the connection begins, and at each event.
    assert entry["startedDateTime"] == "1970-01-01T00:00:00.500000Z"
    # The clock is asked once more, when the handler begins.
    assert entry["timings"]["wait"] == 500
    request, response = entry["request"], entry["response"]
    assert request["method"] == "POST"
    assert request["url"] == "http://localhost/notes?of=ada&x="
    assert request["queryString"] == [
        {"name": "of", "value": "ada"},
        {"name": "x", "value": ""},
    ]
    assert request["postData"]["text"] == "café"
    assert request["bodySize"] == 5
    assert (response["status"], response["statusText"]) == (201, "Created")
    content = response["content"]
    assert content["encoding"] == "base64"
    assert base64.b64decode(content["text"]) == b"\xffcaf\xc3\xa9"
    assert content["size"] == 6


@pytest.mark.parametrize(
    ("path", "query", "shown", "address"),
    [
        ("/a b/é", b"", "/a b/é", "/a%20b/%C3%A9"),
        ("/what?#50%", b"x=1", "/what%3F%2350%25?x=1", "same"),
        ("/x", b"token=hunter2", "/x?token=•••", "same"),
        ("/\udcff", b"", "/\udcff", "/%ED%B3%BF"),
        ("*", b"", "*", "/*"),
        ("", b"", "", "/"),
    ],
)
async def test_an_address_leads_where_the_request_went(
    path: str, query: bytes, shown: str, address: str
) -> None:
    recorder = Recorder(answers_unread, journal := Journal())
    scope = {"type": "http", "method": "GET", "path": path}

    async def nowhere(*message: Any) -> Any: ...

    await recorder(scope | {"query_string": query}, nowhere, nowhere)

    events = journal.line_up()
    (entry,) = entries(events)
    assert events[0].payload["path"] == shown
    leads = shown if address == "same" else address
    assert entry["request"]["url"] == f"http://localhost{leads}"


async def test_an_answer_to_head_has_no_body() -> None:
    recorder = Recorder(answers_unread, journal := Journal())
    await HttpCommunicator(recorder, "HEAD", "/").get_response(10)

    (entry,) = entries(journal.line_up())

    assert entry["response"]["bodySize"] == 0
    assert entry["response"]["content"] == {"size": 0, "mimeType": "x-unknown"}


async def test_what_is_not_there_as_a_whole_says_so() -> None:
    recorder = Recorder(APPLICATION, Journal(), folds_bodies=True)
    for body in (b"x" * 150_000, b"short", b'{"password": "' + b"x" * 900):
        asks = HttpCommunicator(recorder, "POST", "/", body)
        await asks.get_response(10)
    client = WebsocketCommunicator(recorder, "/")
    await client.connect(10)
    for text in ("x" * 5_000_000, "short"):
        await client.send_to(text_data=text)
        await client.receive_from(10)
    await client.disconnect()

    large, *others, socket = entries(Flow(recorder.journal).events)

    assert len(others) == 2
    frames = socket["_webSocketMessages"]
    cut = "cut off: this is the beginning"
    assert large["request"]["postData"]["comment"] == cut
    assert large["response"]["content"]["comment"] == cut
    for other in others:
        assert "comment" not in other["request"]["postData"]
        assert "comment" not in other["response"]["content"]
    assert [frame.get("comment") for frame in frames] == [
        f"{cut} of 5000000 bytes",
        f"{cut} of 5000000 bytes",
        None,
        None,
    ]


async def test_a_compressed_body_that_was_cut_says_so() -> None:
    class Packed(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            coding = self.scope["path"].strip("/").encode()
            packed = gzip.compress(body) if coding == b"gzip" else body
            headers = [(b"content-encoding", coding)]
            await self.send_response(200, packed, headers=headers)

    recorder = Recorder(Packed.as_asgi(), Journal(), folds_bodies=True)
    for path, size in (("/gzip", 99_000), ("/gzip", 500_000), ("/br", 150_000)):
        asks = HttpCommunicator(recorder, "POST", path, b"x" * size)
        await asks.get_response(10)

    whole, large, sealed = (
        entry["response"]["content"]
        for entry in entries(Flow(recorder.journal).events)
    )

    assert (whole["size"], large["size"]) == (99_000, 100_000)
    assert "comment" not in whole
    assert (sealed["text"], "comment" in sealed) == ("•••", False)
    assert large["comment"] == "cut off: this is the beginning"


async def test_a_websocket_has_its_frames_without_its_secrets() -> None:
    recorder = Recorder(APPLICATION, Journal())
    client = WebsocketCommunicator(recorder, "/chat")
    await client.connect(10)
    await client.send_to(text_data='{"password": "s3cret"}')
    await client.send_to(bytes_data=b"\x00\x01")
    await client.receive_from(10)
    await client.receive_from(10)
    await client.disconnect()
    flow = Flow(recorder.journal)

    (entry,) = entries(flow.events, flow.began)

    assert entry["response"]["status"] == 101
    assert entry["request"]["url"] == "ws://localhost/chat"
    assert entry["_resourceType"] == "websocket"
    frames = entry["_webSocketMessages"]
    assert sorted((f["type"], f["opcode"]) for f in frames) == [
        *(("receive", 1), ("receive", 2), ("send", 1), ("send", 2)),
    ]
    assert {f["data"] for f in frames} == {'{"password": "•••"}', "AAE="}
    assert all(f["time"] >= (flow.began or 0) for f in frames)


async def says_what_it_is(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close"})
        return
    await receive()
    kind = (b"Content-Type", b"application/json; charset=utf-8")
    headers = [kind, (b"set-cookie", b"id=t0p-s3cret-cookie")]
    start = {"type": "http.response.start", "status": 200}
    await send({**start, "headers": headers})
    body = b'{"token": "s3cret-of-ada"}'
    await send({"type": "http.response.body", "body": body})


@pytest.mark.parametrize("saved", ["", "flow.jsonl", "flow.json"])
async def test_an_entry_says_who_was_asked_and_what_the_bodies_are(
    tmp_path: Path, saved: str
) -> None:
    path = tmp_path / "flow.jsonl"
    host = (b"host", b"shop.test:8443")
    headers = [host, (b"content-type", b"text/csv"), (b"cookie", b"id=s3cret")]
    with record(says_what_it_is, save=path) as flow:
        for more in (
            headers,
            [(b"host", b"a b/..<")],
            [host, (b"a", b"b", b"c")],
        ):
            asks = HttpCommunicator(flow.app, "POST", "/", b"a,b")
            asks.scope.update(headers=more, scheme="https")
            await asks.get_response(10)
        socket = WebsocketCommunicator(flow.app, "/ws", [host])
        socket.scope["scheme"] = "wss"
        await socket.connect(10)
    events = flow.events
    if saved == "flow.jsonl":
        events = Flow.merge(path).events
    elif saved:
        flow.save(tmp_path / saved)
        text = (tmp_path / saved).read_text(encoding="utf-8")
        assert "s3cret" not in text
        events = Flow.from_json(text).events
    assert "s3cret" not in har(events)

    first, second, third, opened = entries(events)

    assert first["request"]["url"] == "https://shop.test:8443/"
    assert first["request"]["postData"]["mimeType"] == "text/csv"
    content = first["response"]["content"]
    assert content["mimeType"] == "application/json; charset=utf-8"
    assert content["text"] == '{"token": "•••"}'
    assert second["request"]["url"] == "http://localhost/"
    assert third["request"]["url"] == first["request"]["url"]
    kind = second["request"]["postData"]["mimeType"]
    assert kind == "text/plain; charset=utf-8"
    assert opened["request"]["url"] == "wss://shop.test:8443/ws"
    assert opened["response"]["content"]["mimeType"] == "x-unknown"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "x-unknown"),
        (b' [{"a": 1}]', "application/json"),
        (b"\n<!DOCTYPE HTML><p>hi", "text/html; charset=utf-8"),
        (b"<html lang=en>", "text/html; charset=utf-8"),
        (b"caf\xc3\xa9", "text/plain; charset=utf-8"),
        (b"\x89PNG\r\n", "application/octet-stream"),
    ],
)
def test_a_body_of_which_nothing_is_said_is_what_it_looks_like(
    body: bytes, kind: str
) -> None:
    asked = said("http.request", {"path": "/"}, "receive")
    answer = said("http.response.body", {"body": body})

    (entry,) = entries([asked, answer])

    assert entry["response"]["content"]["mimeType"] == kind


def test_what_was_refused_or_not_answered_says_so() -> None:
    where = {"path": "/"}
    asked = said("websocket.connect", where, "receive")
    refused = said("websocket.http.response.start", {"status": 799})
    body = said("websocket.http.response.body", {"body": b"no", "bytes": 900})

    def answer(*events: Event) -> Any:
        return entries([asked, *events])[0]["response"]

    assert answer()["status"] == 0
    assert answer(said("websocket.close", {}))["status"] == 403
    assert answer(said("websocket.disconnect", {}, "receive"))["status"] == 0
    with_page = answer(refused, body)
    assert (with_page["status"], with_page["statusText"]) == (799, "")
    assert with_page["content"]["text"] == "no"
    assert with_page["bodySize"] == 900


@pytest.mark.parametrize("path", ["//[?a=1&b", "//[x]/?a=1&b"])
def test_an_address_that_looks_like_a_broken_host_is_a_path(path: str) -> None:
    (entry,) = entries([said("http.request", {"path": path}, "receive")])

    first, second = entry["request"]["queryString"]
    assert first == {"name": "a", "value": "1"}
    assert second == {"name": "b", "value": ""}


@pytest.mark.parametrize("status", ["200", None, {}, float("nan")])
def test_a_status_that_is_none_is_as_if_there_were_no_answer(
    status: Any,
) -> None:
    asked = said("http.request", {"path": "/"}, "receive")
    answer = said("http.response.start", {"status": status})

    (entry,) = entries([asked, answer])

    assert entry["response"]["status"] == 0


def test_a_body_that_is_no_bytes_is_shown_as_text() -> None:
    asked = said("http.request", {"path": "/"}, "receive")
    answer = said("http.response.body", {"body": "half \ud800"})

    (entry,) = entries([asked, answer])

    assert entry["response"]["content"]["text"] == "half \\ud800"


def test_what_has_no_beginning_or_is_not_of_the_web_is_left_out() -> None:
    assert entries([said("http.response.body", {"body": b"end"})]) == []
    assert entries([said("mqtt.connect", {"path": "/"})]) == []
