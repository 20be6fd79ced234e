import asyncio
import json
import re
import socket
import struct
from typing import Any

import pytest

from minichannels.flow import Recorder
from minichannels.lab import serve
from minichannels.lab.clients.http import Asking, request
from minichannels.lab.transport.sockets import SocketDialer
from minichannels.types import Receive, Scope, Send
from support.lab import both_wires, echo


async def mirror(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request with what it was."""
    if scope["type"] == "lifespan":
        return
    body, more = b"", True
    while more:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
    answer = {
        "method": scope["method"],
        "path": scope["path"],
        "query": scope["query_string"].decode(),
        "headers": {k.decode(): v.decode() for k, v in scope["headers"]},
        "body": body.decode(),
    }
    headers = [(b"X-Twice", b"a"), (b"x-twice", b"b"), (b"x-empty", b"")]
    start = {"type": "http.response.start", "status": 201, "headers": headers}
    await send(start)
    content = json.dumps(answer).encode()
    await send({"type": "http.response.body", "body": content})


@both_wires
async def test_get_returns_the_whole_answer() -> None:
    response = await serve(mirror).get("/a b/é?x=1&y=2")

    said = response.json()
    assert response.status == 201
    assert response.headers["x-twice"] == "a, b"
    assert (said["method"], said["path"]) == ("GET", "/a b/é")
    assert said["query"] == "x=1&y=2"
    assert json.loads(response.text) == said
    assert repr(response) == f"<201 Created, {len(response.body)} bytes>"
    assert "content-length" not in said["headers"]


@both_wires
@pytest.mark.parametrize("data", ["héllo", "héllo".encode()])
async def test_post_sends_a_body(data: str | bytes) -> None:
    response = await serve(mirror).post("/", data=data, headers={"X-A": "b"})

    said = response.json()
    assert (said["method"], said["body"]) == ("POST", "héllo")
    assert said["headers"]["x-a"] == "b"


@both_wires
async def test_a_header_may_hold_what_latin_1_can() -> None:
    async def named(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        name = dict(scope["headers"])[b"x-name"]
        if scope["type"] == "http":
            headers = [(b"x-name", name)]
            start = {"type": "http.response.start", "status": 200}
            await send({**start, "headers": headers})
            await send({"type": "http.response.body", "body": name})
            return
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "bytes": name})
        await receive()

    server = serve(named)
    response = await server.get("/", headers={"X-Name": "Zoé"})
    assert response.body == "Zoé".encode("latin-1")
    assert response.headers["x-name"] == "Zoé"
    async with server.connect("/", headers={"X-Name": "Zoé"}) as browser:
        assert await browser.recv() == "Zoé".encode("latin-1")
    with pytest.raises(ValueError, match="beyond Latin-1"):
        await server.get("/", headers={"X-Name": "€"})


@both_wires
async def test_post_sends_json() -> None:
    response = await serve(mirror).post("/", json={"a": [1]})

    said = response.json()
    assert json.loads(said["body"]) == {"a": [1]}
    assert said["headers"]["content-type"] == "application/json"


@both_wires
async def test_request_takes_any_method() -> None:
    response = await serve(mirror).request("DELETE", "/x")

    said = response.json()
    assert said["method"] == "DELETE"
    assert said["headers"]["content-length"] == "0"


@both_wires
async def test_an_unknown_status_has_no_phrase() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        await send({"type": "http.response.start", "status": 299})
        await send({"type": "http.response.body", "body": b"\xff"})

    response = await serve(application).get()

    assert repr(response) == "<299, 1 byte>"
    assert response.text == "\ufffd"
    with pytest.raises(ValueError, match=r"."):
        response.json()


@both_wires
async def test_requests_come_from_the_notebook_or_whom_they_name() -> None:
    server = serve(mirror)
    await server.get()
    await server.get(name="ada")
    await server.settle()

    sources = [e.source for e in server.flow if e.kind == "receive"]
    assert sources == ["notebook", "ada"]


@both_wires
async def test_a_streamed_body_arrives_piece_by_piece() -> None:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        await send({"type": "http.response.start", "status": 200})
        for text in (b"a", b"b"):
            piece = {"type": "http.response.body", "body": text}
            await send({**piece, "more_body": True})
        await receive()
        await receive()
        loop.call_soon_threadsafe(asked.set)

    response = await serve(application).get("/events", stream=True)
    body = b""
    async for piece in response:
        body += piece
        if body == b"ab":
            break
    await response.close()
    await response.close()

    assert response.status == 200
    assert response.body == b"ab"
    await asyncio.wait_for(asked.wait(), 5)
    assert [piece async for piece in response] == []


@both_wires
async def test_async_with_leaves_a_body_that_has_not_ended() -> None:
    told: list[str] = []
    gone = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        await receive()
        await send({"type": "http.response.start", "status": 200})
        piece = {"type": "http.response.body", "body": b"a"}
        await send({**piece, "more_body": True})
        told.append((await receive())["type"])
        loop.call_soon_threadsafe(gone.set)

    response = await serve(application).get("/", stream=True)
    async with response:
        async for _ in response:
            break

    await asyncio.wait_for(gone.wait(), 5)
    assert told == ["http.disconnect"]


async def test_a_socket_that_broke_is_closed_without_an_error() -> None:
    async def handle(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await read.wait()
        # No time to linger: it is broken off instead of ended.
        writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        writer.transport.abort()

    read = asyncio.Event()
    async with await asyncio.start_server(handle, "127.0.0.1", 0) as foreign:
        address = foreign.sockets[0].getsockname()
        asking = Asking(method="GET", target="/", stream=True)
        response = await request(Recorder(echo), SocketDialer(address), asking)
        read.set()
        with pytest.raises(ConnectionError):
            await anext(aiter(response))

        await response.close()

    assert response.body == b""


async def test_a_request_that_is_cancelled_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken: list[socket.socket] = []

    async def cancelled(make: Any, *, sock: socket.socket) -> None:
        taken.append(sock)
        raise asyncio.CancelledError

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "create_connection", cancelled)
    recorder = Recorder(echo)

    asking = Asking(method="GET", target="/")

    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        pytest.raises(asyncio.CancelledError),
    ):
        await request(recorder, SocketDialer(listener.getsockname()), asking)

    assert taken[0].fileno() == -1
    assert recorder.names.expected == {}


@both_wires
async def test_a_request_waits_only_so_long() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        while True:
            await receive()

    with pytest.raises(TimeoutError) as caught:
        await serve(application).get(name="ada", timeout=0.05)

    assert str(caught.value) == (
        "ada waited 0.05 s for an answer and none came; to wait longer, use"
        " timeout=…"
    )


@both_wires
async def test_a_broken_answer_is_a_connection_error() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        headers = [(b"content-length", b"10")]
        start = {"type": "http.response.start", "status": 200}
        await send({**start, "headers": headers})
        piece = {"type": "http.response.body", "body": b"abc"}
        await send({**piece, "more_body": True})
        raise ValueError("broken")

    problem = "notebook got no whole answer"
    with pytest.raises(ConnectionError, match=problem):
        await serve(application).get()


@pytest.mark.parametrize(
    ("resets", "why"),
    [(False, "the server closed it"), (True, "Connection reset by peer")],
)
async def test_who_gets_no_answer_at_all_learns_why(
    resets: bool, why: str
) -> None:
    async def handle(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        sock = writer.get_extra_info("socket")
        linger = struct.pack("ii", resets, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.close()

    foreign = await asyncio.start_server(handle, "127.0.0.1", 0)
    asking = Asking(method="GET", target="/", name="ada")
    dialer = SocketDialer(foreign.sockets[0].getsockname())
    async with foreign:
        with pytest.raises(ConnectionError) as caught:
            await request(Recorder(echo), dialer, asking)

    assert str(caught.value) == (
        f"ada got no whole answer: the connection broke off ({why}); if the"
        " server was stopped or replaced, ask again"
    )


async def test_an_interim_answer_is_passed_over() -> None:
    async def handle(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    foreign = await asyncio.start_server(handle, "127.0.0.1", 0)
    address = foreign.sockets[0].getsockname()
    async with foreign:
        response = await request(
            Recorder(echo),
            SocketDialer(address),
            Asking(method="GET", target="/"),
        )

    assert response.status == 204


@both_wires
async def test_get_says_that_the_server_is_stopped() -> None:
    server = serve(mirror)
    server.stop()

    with pytest.raises(ConnectionError, match="does not run any more"):
        await server.get()


@both_wires
async def test_get_wants_a_path_and_known_options() -> None:
    server = serve(mirror)

    with pytest.raises(ValueError, match=re.escape("got 'x'")):
        await server.get("x")
    with pytest.raises(TypeError, match="a request has no 'cookie'; it has"):
        await server.get("/", cookie="x")


@both_wires
async def test_an_answer_that_does_not_end_is_a_time_out() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        await send({"type": "http.response.start", "status": 200})
        piece = {"type": "http.response.body", "body": b"x", "more_body": True}
        while True:
            await send(piece)
            await asyncio.sleep(0.01)

    with pytest.raises(TimeoutError, match=r"does not end; .* use stream=True"):
        await serve(application).get(timeout=0.1)
