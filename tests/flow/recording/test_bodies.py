import gzip
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from minichannels.flow import Flow, Journal, Recording, record
from minichannels.flow.journal import journal as module
from minichannels.flow.journal.arrivals import Arrivals
from minichannels.flow.journal.events import Entry, Event
from minichannels.flow.journal.payloads import LARGEST_BODY as LARGEST
from minichannels.flow.recording.bodies import where_to
from minichannels.flow.recording.codings import MEMBERS
from minichannels.flow.text.carried.payload import content
from minichannels.layers import InMemoryChannelLayer
from minichannels.testing import HttpCommunicator, WebsocketCommunicator
from minichannels.types import ASGIApp, Message, Receive, Scope, Send
from support import responses

EVENTS = (b"content-type", b"text/event-stream; charset=utf-8")
LIMIT = 30
Between = Callable[[int], Any]


def chunk(body: Any, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


def download(
    chunks: Iterable[Any],
    headers: Iterable[Any] = (),
    between: Between | None = None,
) -> ASGIApp:
    """Return an application whose response has some chunks, and an end."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            return
        start = {"type": "http.response.start", "status": 200}
        await send({**start, "headers": [*headers]})
        for number, body in enumerate(chunks):
            await send(chunk(body))
            if between is not None:
                await between(number)
        await send(chunk(b"", more=False))

    return app


async def asked(flow: Recording, path: str = "/") -> bytes:
    client = HttpCommunicator(flow.app, "GET", path)
    answer = await client.get_response(LIMIT)
    body: bytes = answer["body"]
    return body


def bodies(flow: Iterable[Event]) -> list[Event]:
    return [e for e in flow if e.type == "http.response.body"]


async def test_a_download_is_one_event_and_drives_out_no_message() -> None:
    with record(download([b"0123456789"] * 10_000), kept=20) as flow:
        for _ in range(6):
            ada = WebsocketCommunicator(flow.app, "/")
            await ada.connect()
            await ada.wait()

        assert len(await asked(flow)) == 100_000

    (body,) = bodies(flow)
    assert body.payload["chunks"] == 10_001
    assert body.payload["bytes"] == 100_000
    assert body.ends
    assert "<100000 bytes in 10001 chunks>" in str(flow)
    assert flow.left_out == 0


async def test_an_upload_is_one_event_and_reaches_the_application() -> None:
    got = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        more = True
        while more:
            event = await receive()
            got.append(event["body"])
            more = event["more_body"]
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    with record(app) as flow:
        client = HttpCommunicator(flow.app, "POST", "/")
        request = {"type": "http.request", "body": b"ab", "more_body": True}
        for _ in range(100):
            await client.send_input(request)
        await client.send_input({**request, "more_body": False})
        await client.wait()

    event, *_ = flow
    assert got == [b"ab"] * 101
    assert event.payload == {
        "method": "POST",
        "path": "/",
        "body": b"ab" * 101,
        "chunks": 101,
        "bytes": 202,
    }


async def test_each_server_sent_event_is_one() -> None:
    with record(download([b"data: 1\n\n"] * 3, [EVENTS])) as flow:
        await asked(flow)

    assert [e.payload["body"] for e in bodies(flow)][:3] == [b"data: 1\n\n"] * 3


async def test_what_happens_between_two_chunks_stands_between_them() -> None:
    layer = InMemoryChannelLayer()

    async def say(number: int) -> None:
        if number % 10 == 4:
            assert flow.layer is not None
            await flow.layer.group_send("room", {"type": "step"})

    app = download([b"x"] * 15, between=say)
    with record(app, layer) as flow:
        await asked(flow)

    assert [event.type for event in flow] == [
        "http.response.start",
        "http.response.body",
        "step",
        "http.response.body",
        "step",
        "http.response.body",
    ]
    assert [e.payload.get("chunks") for e in bodies(flow)] == [5, 10, None]


async def test_a_secret_in_two_pieces_is_masked() -> None:
    pieces = [b'{"password": "hun', b'ter2secret"}']
    with record(download(pieces)) as flow:
        await asked(flow)

    (body,) = bodies(flow)
    assert body.payload["body"] == '{"password": "•••"}'.encode()


KEY = b"a-key-of-a-session"


async def told_of(pieces: Iterable[bytes], headers: list[Any]) -> list[bytes]:
    """Return what is told of a body, where something happens in between."""

    async def say(number: int) -> None:
        assert flow.layer is not None
        await flow.layer.send("elsewhere", {"type": "step"})

    app = download(pieces, headers, between=say)
    with record(app, InMemoryChannelLayer()) as flow:
        client = HttpCommunicator(
            flow.app, "GET", "/", headers=[(b"cookie", b"a=" + KEY)]
        )
        await client.get_response(LIMIT)
    return [e.payload.get("body", b"") for e in bodies(flow)]


@pytest.mark.parametrize("headers", [[], [EVENTS]])
@pytest.mark.parametrize(
    ("first", "second", "shown"),
    [
        (b'{"password": "hun', b'ter2", "n": 1}', ', "n": 1}'),
        (b'{"password":', b'"hunter2", "n": 1}', '"•••", "n": 1}'),
        (b"x" * 3000 + b"{a-key-", b"of-a-session, 1}", "•••, 1}"),
        (b"{a-key-of-a-session", b", 1}", ", 1}"),
        (b'{"password": "', b"h", ""),
    ],
    ids=["value", "name", "key", "before", "open"],
)
async def test_a_secret_in_two_pieces_that_stand_alone_is_masked(
    headers: list[Any], first: bytes, second: bytes, shown: str
) -> None:
    told = [each.decode() for each in await told_of([first, second], headers)]

    assert told[1] == shown
    assert "hunter2" not in "".join(told)
    assert "a-key-of" not in "".join(told)


@pytest.mark.parametrize("headers", [[], [EVENTS]])
@pytest.mark.parametrize(
    "pieces",
    [
        (b"I am a-key-of", b"-a-session."),
        (b"I am a-k", b"ey-of-a-se", b"ssion."),
    ],
)
async def test_no_piece_shows_the_beginning_of_a_secret(
    headers: list[Any], pieces: tuple[bytes, ...]
) -> None:
    told = b"".join(await told_of(pieces, headers))

    assert told.startswith(b"I am ")
    assert told.endswith(b".")
    assert b"key" not in told
    assert b"session" not in told


@pytest.mark.parametrize("blank", [b"\n\n", b"\r\n\r\n", b"\r\r"])
async def test_each_event_of_a_stream_stands_alone(blank: bytes) -> None:
    first, second = b'{"password":' + blank, b'"is said"' + blank

    assert await told_of([first, second], [EVENTS]) == [first, second, b""]


@pytest.mark.parametrize("begin", [b"", b"\x1e"])
@pytest.mark.parametrize("kind", ["x-ndjson", "jsonl", "json-seq"])
async def test_each_line_of_json_stands_alone(begin: bytes, kind: str) -> None:
    lines = [begin + b'{"a": 1}\n', begin + b'{"token":\n', b'"x"}\n']
    headers = [(b"content-type", f"application/{kind}".encode())]

    assert await told_of(lines, headers) == [*lines, b""]
    with record(download(lines, headers)) as flow:
        await asked(flow)
    first, *_ = bodies(flow)
    assert content(first, 40) == '{"a": 1}'


@pytest.mark.parametrize("more", [b"", b"y" * 200_000])
@pytest.mark.parametrize("size", [300_000, 1000, 7])
async def test_of_a_secret_that_is_cut_off_nothing_is_kept(
    size: int, more: bytes
) -> None:
    body = b"x" * (LARGEST - 5) + KEY + more
    pieces = [body[i : i + size] for i in range(0, len(body), size)]
    with record(download(pieces)) as flow:
        client = HttpCommunicator(
            flow.app, "GET", "/", headers=[(b"cookie", b"a=" + KEY)]
        )
        assert (await client.get_response(LIMIT))["body"] == body

    (kept,) = bodies(flow)
    masked = b"x" * (LARGEST - 5) + "•••".encode()
    assert kept.payload["body"] == masked[:LARGEST]


@pytest.mark.parametrize("step", [1, 3, 7])
async def test_of_a_secret_that_comes_piece_by_piece_nothing_is_saved(
    step: int, tmp_path: Path
) -> None:
    body = b"{" + KEY + b"}"
    pieces = [body[i : i + step] for i in range(0, len(body), step)]
    with record(download(pieces), save=tmp_path / "flow.jsonl") as flow:
        client = HttpCommunicator(
            flow.app, "GET", "/", headers=[(b"cookie", b"a=" + KEY)]
        )
        await client.get_response(LIMIT)

    saved = (tmp_path / "flow.jsonl").read_text()
    assert KEY[:4].hex() not in saved
    assert "{•••}".encode().hex() in saved


async def test_of_a_secret_in_a_compressed_body_nothing_is_kept() -> None:
    packed = gzip.compress(b"x" * (LARGEST - 5) + KEY)
    with record(download([packed], coded(b"gzip"))) as flow:
        client = HttpCommunicator(
            flow.app, "GET", "/", headers=[(b"cookie", b"a=" + KEY)]
        )
        await client.get_response(LIMIT)

    (kept,) = bodies(flow)
    masked = b"x" * (LARGEST - 5) + "•••".encode()
    assert kept.payload["body"] == masked[:LARGEST]


@pytest.mark.parametrize("pieces", [[b"x" * 9], [b"x" * 4, b"x" * 5]])
@pytest.mark.parametrize("name", [b"br", b"zstd", b"gzip, br"])
async def test_of_a_body_that_others_could_open_nothing_is_kept(
    name: bytes, pieces: list[bytes]
) -> None:
    with record(download(pieces, coded(name))) as flow:
        await asked(flow)

    (kept,) = bodies(flow)
    assert kept.payload["body"] == "•••".encode()
    assert kept.payload["bytes"] == 9
    assert "<9 bytes" in str(flow)


@pytest.mark.parametrize("pieces", [[b"x" * 300_000], [b"x" * 1000] * 300])
async def test_of_a_large_body_the_beginning_is_kept(
    pieces: list[bytes],
) -> None:
    with record(download(pieces)) as flow:
        await asked(flow)

    (body,) = bodies(flow)
    assert body.payload["body"] == b"x" * 100_000
    assert "<300000 bytes in " in str(flow)


async def test_a_large_body_in_one_piece_says_how_large_it_was() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send(chunk(b"x" * 100_001, more=False))

    with record(app) as flow:
        await asked(flow)

    (body,) = bodies(flow)
    assert body.payload == {"body": b"x" * 100_000, "bytes": 100_001}


async def test_a_body_without_an_end_is_told_when_it_has_doubled() -> None:
    told = []

    async def look(number: int) -> None:
        told.append(bodies(flow)[0].payload.get("chunks", 1))
        if number == 10:
            raise ConnectionResetError

    with record(download([b"x"] * 20, between=look)) as flow:
        client = HttpCommunicator(flow.app, "GET", "/")
        with pytest.raises(ConnectionResetError):
            await client.get_response()

    assert told == [1, 2, 2, 4, 4, 4, 4, 8, 8, 8, 8]
    assert bodies(flow)[0].payload["chunks"] == 11


async def test_what_is_no_body_is_written_as_it_came() -> None:
    with record(download(["no", "bytes"])) as flow:
        client = HttpCommunicator(flow.app, "GET", "/")
        for _ in range(4):
            await client.receive_output()

    texts = [event.payload["body"] for event in bodies(flow)]
    assert texts == ["no", "bytes", b""]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ({"path": None}, "None"),
        ({"path": b"/a?b"}, "b'/a%3Fb'"),
        ({"path": "/", "query_string": "a=1&token=x"}, "/?a=1&token=•••"),
        ({"path": "/", "query_string": None}, "/"),
        ({}, ""),
    ],
)
def test_an_address_is_shown_whatever_a_scope_has_in_its_place(
    address: dict[str, Any], shown: str
) -> None:
    assert where_to({"type": "http", **address}) == {"path": shown}


async def test_a_body_that_is_not_kept_any_more_goes_on_as_another() -> None:
    async def others(number: int) -> None:
        if number == 9:
            for _ in range(4):
                await asked(flow, "/other")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        mine = scope["path"] == "/"
        inner = download([b"x"] * 20, between=others if mine else None)
        await inner(scope, receive, send)

    with record(app, kept=4) as flow:
        await asked(flow)

    assert bodies(flow)[-1].payload["chunks"] == 11


async def test_a_journal_on_disk_has_the_whole_body(tmp_path: Path) -> None:
    app = download([b"0123456789"] * 1_000)
    with record(app, name="web", save=tmp_path) as flow:
        await asked(flow)

    assert Flow.merge(tmp_path).events[-1].payload == bodies(flow)[0].payload
    assert (tmp_path / "web.jsonl").stat().st_size < 200_000


def test_who_follows_is_told_of_a_body_that_grew() -> None:
    journal = Journal()
    entry = Entry("send", journal.open_lane("ada", "app"), "x", {"body": b"1"})
    journal.add(entry)
    arrivals = Arrivals(journal)
    arrivals.news()

    journal.grew(entry, {"body": b"12", "chunks": 2})

    (event,) = arrivals.changes()
    assert event.payload == {"body": b"12", "chunks": 2}


def test_a_body_that_grew_takes_more_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "KEPT_BYTES", 110)
    journal = Journal()
    lane = journal.open_lane("ada", "app")
    first, second = (Entry("send", lane, name, {}) for name in "ab")
    journal.add(first, second)

    journal.grew(second, {"body": b"x" * 100})
    journal.grew(first, {"body": b"x" * 100})  # it is not kept any more

    assert [event.type for event in journal.line_up()] == ["b"]


async def test_headers_that_can_be_read_once_are_read_and_handed_on() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200}
        await send({**start, "headers": iter([EVENTS])})
        await send(chunk(b"data: 1\n\n"))
        await send(chunk(b"data: 2\n\n", more=False))

    with record(app) as flow:
        answer = await HttpCommunicator(flow.app, "GET", "/").get_response()

    assert answer["headers"] == [EVENTS]
    assert len(bodies(flow)) == 2


async def test_headers_that_are_no_list_are_handed_on_as_they_are() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200}
        await send({**start, "headers": (EVENTS,)})
        await send(chunk(b"data: 1\n\n", more=False))

    with record(app) as flow:
        answer = await HttpCommunicator(flow.app, "GET", "/").get_response()

    assert answer["headers"] == (EVENTS,)


# What was compressed


def coded(name: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"Content-Type", b"text/html"), (b"Content-Encoding", name)]


def in_two(body: bytes) -> bytes:
    """Return a body of which each half is compressed by itself."""
    return gzip.compress(body[:20]) + gzip.compress(body[20:])


def bare(body: bytes) -> bytes:
    """Return a body that is deflated, without a word of it before it."""
    return zlib.compress(body, wbits=-15)


COMPRESSED: list[tuple[bytes, Callable[[bytes], bytes]]] = [
    (b"gzip", gzip.compress),
    (b" X-GZip ", gzip.compress),
    (b"gzip", in_two),
    (b"deflate", zlib.compress),
    (b"deflate", bare),
    (b"deflate", gzip.compress),  # as some do, and browsers open
]


@pytest.mark.parametrize(("name", "compress"), COMPRESSED)
@pytest.mark.parametrize("step", [1, 7, 1000])
async def test_a_compressed_request_is_kept_as_it_was_before(
    name: bytes, compress: Callable[[bytes], bytes], step: int
) -> None:
    body = compress(b'{"token": "hunter2", "name": "ada"}')
    pieces = [body[n : n + step] for n in range(0, len(body), step)]
    left = list(pieces)

    async def read() -> Message:
        part = left.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(left)}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["more_body"]:
            pass
        await send({"type": "http.response.start", "status": 200})
        await send(chunk(b"", more=False))

    async def nowhere(message: Message) -> None: ...

    with record(app) as flow:
        headers = [(b"content-encoding", name)]
        scope = {"type": "http", "method": "POST", "headers": headers}
        await flow.app(scope, read, nowhere)

    (kept,) = (event for event in flow if event.kind == "receive")
    assert kept.payload["body"] == '{"token": "•••", "name": "ada"}'.encode()
    assert kept.payload["bytes"] == len(body)


@pytest.mark.parametrize(("name", "compress"), COMPRESSED)
@pytest.mark.parametrize("step", [7, 1000])
async def test_a_compressed_body_is_kept_as_it_was_before(
    name: bytes, compress: Callable[[bytes], bytes], step: int
) -> None:
    body = compress(b'{"token": "hunter2", "name": "ada"}')
    pieces = [body[n : n + step] for n in range(0, len(body), step)]

    with record(download(pieces, coded(name))) as flow:
        answer = await asked(flow)

    (kept,) = bodies(flow)
    assert answer == body
    assert kept.payload["body"] == '{"token": "•••", "name": "ada"}'.encode()
    assert kept.payload["bytes"] == len(body)


async def test_a_compressed_body_in_one_piece_has_its_size() -> None:
    body = gzip.compress(b"hello " * 100)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200}
        await send({**start, "headers": coded(b"gzip")})
        await send(chunk(body, more=False))

    with record(app) as flow:
        await asked(flow)

    (kept,) = bodies(flow)
    assert kept.payload == {"body": b"hello " * 100, "bytes": len(body)}
    assert f"<{len(body)} bytes>" in str(flow)


async def test_of_a_body_that_was_compressed_much_the_beginning_is_kept() -> (
    None
):
    body = gzip.compress(b"x" * 50_000_000)

    with record(download([body[:20_000], body[20_000:]], coded(b"gzip"))) as f:
        await asked(f)

    (kept,) = bodies(f)
    assert kept.payload["body"] == b"x" * 100_000
    assert kept.payload["bytes"] == len(body)


@pytest.mark.parametrize("many", [MEMBERS - 1, MEMBERS, 2_000])
async def test_of_very_many_bodies_in_one_the_first_are_opened(
    many: int,
) -> None:
    body = gzip.compress(b"x") * many
    pieces = [body, gzip.compress(b"password=seven")]
    with record(download(pieces, coded(b"gzip"))) as flow:
        await asked(flow)

    shown = repr([event.payload for event in flow.events])
    opened = min(many, MEMBERS)
    assert "x" * opened in shown
    assert "x" * (opened + 1) not in shown
    assert "seven" not in shown


@pytest.mark.parametrize("name", [b"gzip", b"deflate", b"identity", b""])
async def test_a_body_that_cannot_be_opened_is_kept_as_it_came(
    name: bytes,
) -> None:
    with record(download([b"not compressed", b" at all"], coded(name))) as flow:
        await asked(flow)

    (kept,) = bodies(flow)
    assert kept.payload["body"] == b"not compressed at all"


async def test_each_compressed_server_sent_event_is_one() -> None:
    squeeze = zlib.compressobj(wbits=31)
    texts = [b"data: one\n\n", b"data: two\n\n"]
    pieces = [
        squeeze.compress(text) + squeeze.flush(zlib.Z_SYNC_FLUSH)
        for text in texts
    ]

    with record(download(pieces, [EVENTS, *coded(b"gzip")[1:]])) as flow:
        await asked(flow)

    assert [e.payload["body"] for e in bodies(flow)][:2] == texts


def test_a_response_says_which_part_of_a_body_it_carries() -> None:
    ranged = (b"Content-Range", b"bytes 0-4/9")
    _, events, _ = responses.recorded(
        responses.site(
            [responses.start(ranged, status=206), responses.body(b"hello")]
        )
    )
    assert events[0].payload["part"] == "bytes 0-4/9"
    assert "part" not in events[1].payload


def test_a_response_without_a_range_says_of_no_part() -> None:
    _, events, _ = responses.recorded(
        responses.site([responses.start(status=206), responses.body(b"hello")])
    )
    assert "part" not in events[0].payload
