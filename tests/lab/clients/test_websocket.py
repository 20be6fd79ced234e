import asyncio
import re
import socket
import threading
from typing import Any

import pytest
from websockets.exceptions import (
    ConnectionClosed,
    ConnectionClosedError,
    InvalidStatus,
)

from minichannels.exceptions import DenyConnection
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.lab import Client, Refused, serve
from minichannels.routing import URLRouter
from minichannels.types import Receive, Scope, Send
from support.lab import both_wires, echo


@both_wires
async def test_connect_gives_a_client_that_sends_and_receives() -> None:
    server = serve(echo)

    ada = await server.connect("/ws/", name="ada")
    await ada.send("hello")

    assert await ada.recv() == "hello"
    assert ada.name == "ada"
    assert repr(ada) == "<client 'ada'>"
    await ada.close()
    assert repr(ada) == "<client 'ada', closed with 1000>"


@both_wires
@pytest.mark.parametrize("message", ["", "é ✗", b"", b"\x00\xff", "x" * 70_000])
async def test_a_message_comes_back_as_it_was_sent(
    message: str | bytes,
) -> None:
    async with serve(echo).connect(name="ada") as ada:
        await ada.send(message)

        assert await ada.recv() == message


@both_wires
async def test_recv_gives_what_was_asked_for() -> None:
    async with serve(echo).connect() as client:
        await client.send("x")
        await client.send(["a", "b"])
        await client.send(b"c", text=True)

        assert await client.recv(decode=False) == b"x"
        assert await client.recv() == "ab"
        assert await client.recv() == "c"


@both_wires
async def test_a_client_may_be_iterated_over() -> None:
    async def count(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        await send({"type": "websocket.accept"})
        for text in "abc":
            await send({"type": "websocket.send", "text": text})
        await send({"type": "websocket.close", "code": 1000})

    async with serve(count).connect() as client:
        assert [text async for text in client] == ["a", "b", "c"]


@both_wires
async def test_a_host_among_the_headers_is_the_only_one() -> None:
    class Named(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            await self.accept()
            names = [v for n, v in self.scope["headers"] if n == b"host"]
            await self.send(b", ".join(names).decode())

    headers = {"host": "a.example:8000"}
    async with serve(Named.as_asgi()).connect(headers=headers) as client:
        assert await client.recv() == "a.example:8000"


@both_wires
async def test_connect_sends_headers_and_subprotocols() -> None:
    seen = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            seen.append(scope)
            await send({"type": "websocket.accept", "subprotocol": "b"})
            await receive()
            await receive()

    connecting = serve(application).connect(
        "/a/?b=c", headers={"X-Room": "lobby"}, subprotocols=["a", "b"]
    )
    async with connecting as client:
        assert client.subprotocol == "b"

    (scope,) = seen
    assert (b"x-room", b"lobby") in [
        (k.lower(), v) for k, v in scope["headers"]
    ]
    assert scope["subprotocols"] == ["a", "b"]
    assert (scope["path"], scope["query_string"]) == ("/a/", b"b=c")


# Waits


@both_wires
async def test_recv_says_what_it_waited_for() -> None:
    async with serve(echo).connect(name="ada", timeout=2) as ada:
        assert ada.limit == 2
        ada.limit = 0.01
        with pytest.raises(TimeoutError) as caught:
            await ada.recv()
        ada.limit = 2

    assert str(caught.value) == (
        "ada waited 0.01 s for a message and none came; to wait longer, use"
        " recv(timeout=…)"
    )


@both_wires
async def test_a_client_is_usable_after_a_wait_in_vain() -> None:
    async with serve(echo).connect(name="ada") as ada:
        with pytest.raises(TimeoutError, match=r"waited 0\.01 s"):
            await ada.recv(timeout=0.01)
        await ada.send("still here")

        assert await ada.recv() == "still here"


@both_wires
async def test_wait_closed_says_what_it_waited_for() -> None:
    async with serve(echo).connect(name="ada") as ada:
        with pytest.raises(TimeoutError, match="it is still open"):
            await ada.wait_closed(timeout=0.01)


async def test_send_says_that_nobody_reads() -> None:
    go_on = threading.Event()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await send({"type": "websocket.accept"})
            await asyncio.sleep(0)
            go_on.wait(20)

    ada = await serve(application).connect(name="ada")

    async def fill() -> None:
        for _ in range(100):
            await ada.send(b"x" * 2**20, timeout=0.2)

    try:
        with pytest.raises(TimeoutError, match="the server reads nothing"):
            await fill()
    finally:
        go_on.set()
    ada.transport.abort()
    await ada.wait_closed()


@both_wires
async def test_connect_says_that_nobody_decided() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        while True:
            await receive()

    server = serve(application)
    with pytest.raises(TimeoutError) as caught:
        await server.connect(name="ada", timeout=0.05)

    assert str(caught.value).startswith(
        "ada waited 0.05 s to be accepted, and was neither accepted nor refused"
    )
    assert server.clients == []


# Refusals


@both_wires
async def test_a_client_that_is_refused_learns_the_status() -> None:
    class Closed(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            raise DenyConnection

    with pytest.raises(Refused) as caught:
        await serve(Closed.as_asgi()).connect(name="ada")

    assert isinstance(caught.value, InvalidStatus)
    assert caught.value.response.status_code == 403
    assert str(caught.value) == (
        "ada was refused with 403: the application closed before it accepted"
    )
    assert repr(caught.value) == f"Refused({str(caught.value)!r})"


@both_wires
async def test_a_refusal_shows_the_body() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        start = {"type": "websocket.http.response.start", "status": 401}
        await send({**start, "headers": []})
        body = {"type": "websocket.http.response.body", "body": b"log in first"}
        await send(body)

    with pytest.raises(Refused, match="ada was refused with 401: log in first"):
        await serve(application).connect(name="ada")


@both_wires
async def test_a_refusal_names_what_the_application_raised() -> None:
    with pytest.raises(Refused) as caught:
        await serve(URLRouter([])).connect("/x", name="ada")

    assert str(caught.value).startswith(
        "ada was refused with 500: the application raised ValueError: No route"
    )


@both_wires
async def test_a_refusal_says_that_the_application_ended() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        return

    with pytest.raises(Refused, match="ended before it accepted"):
        await serve(application).connect(name="ada")


@both_wires
async def test_connect_names_what_was_raised_halfway_through_refusing() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        start = {"type": "websocket.http.response.start", "status": 401}
        await send({**start, "headers": []})
        body = {"type": "websocket.http.response.body", "more_body": True}
        await send({**body, "body": b"log in"})
        raise ValueError("nobody can")

    with pytest.raises(ConnectionError) as caught:
        await serve(application).connect(name="ada")

    assert str(caught.value).startswith(
        "ada was not connected: the application raised ValueError: nobody can"
    )


@both_wires
async def test_connect_says_that_a_refusal_broke_off() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        start = {"type": "websocket.http.response.start", "status": 401}
        await send({**start, "headers": [(b"content-length", b"9")]})
        body = {"type": "websocket.http.response.body", "body": b"log in"}
        await send(body)

    with pytest.raises(ConnectionError, match="the answer broke off"):
        await serve(application).connect(name="ada")


@both_wires
@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        (b"x", b"y" * 20_000, ""),
        (b"upgrade", b"no", "invalid Upgrade header"),
        (b"sec-websocket-protocol", b"chat", "no subprotocols supported"),
    ],
)
async def test_connect_says_what_of_an_answer_fits_no_websocket(
    name: bytes, value: bytes, why: str
) -> None:
    class Odd(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            await self.accept(headers=[(name, value)])

    with pytest.raises(ConnectionError) as caught:
        await serve(Odd.as_asgi()).connect(name="ada")

    said = f"ada was not connected: the answer fits no WebSocket: {why}"
    assert str(caught.value).startswith(said)


@both_wires
async def test_connect_says_that_the_server_is_stopped() -> None:
    server = serve(echo)
    server.stop()

    with pytest.raises(ConnectionError, match="does not run any more"):
        await server.connect()


@both_wires
async def test_a_refusal_names_an_error_that_came_after_it() -> None:
    class Undecided(AsyncWebsocketConsumer):
        async def connect(self) -> None: ...

    server = serve(Undecided.as_asgi())

    for _ in range(20):  # it was a race
        with pytest.raises(Refused, match="ended without a decision"):
            await server.connect(name="ada")


@both_wires
async def test_an_ended_connection_names_what_the_application_raised() -> None:
    class Clumsy(AsyncWebsocketConsumer):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            raise LookupError("no such room")

    ada = await serve(Clumsy.as_asgi()).connect(name="ada")
    await ada.send("hi")

    with pytest.raises(ConnectionClosedError) as raised:
        await ada.recv()

    assert str(raised.value) == (
        "ada's connection has ended: the application raised LookupError: no"
        " such room; the server's flow shows where"
    )
    # IPython shows the frames of a cause, and some Pythons cannot bear it.
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__
    await ada.wait_closed()


@both_wires
async def test_an_ended_connection_says_that_the_server_is_stopped() -> None:
    server = serve(echo)
    ada = await server.connect(name="ada")
    server.stop()

    with pytest.raises(ConnectionClosedError, match="stopped or replaced"):
        await ada.recv()
    await ada.wait_closed()


@both_wires
async def test_an_ended_connection_says_how_it_was_closed() -> None:
    class Strict(AsyncWebsocketConsumer):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            await self.close(4001, "too late")

    ada = await serve(Strict.as_asgi()).connect(name="ada")
    await ada.send("hi")

    with pytest.raises(ConnectionClosedError, match=r"ended: .*4001.*too late"):
        await ada.recv()
    await ada.wait_closed()


@both_wires
@pytest.mark.parametrize("message", [{"message": "hi"}, 5, None])
async def test_send_says_what_a_message_is(message: Any) -> None:
    ada = await serve(echo).connect(name="ada")

    with pytest.raises(TypeError, match=r"use json\.dumps\(\) for data"):
        await ada.send(message)

    await ada.send("still there")
    assert await ada.recv() == "still there"
    await ada.close()


@both_wires
@pytest.mark.parametrize("message", [[1, 2], ["a", b"b"], [b"a", None], [{}]])
async def test_a_list_that_is_no_message_costs_no_connection(
    message: Any,
) -> None:
    async with await serve(echo).connect("/") as ada:
        with pytest.raises(TypeError, match="texts alone, or bytes alone, not"):
            await ada.send(message)
        with pytest.raises(ValueError, match="one half of a character"):
            await ada.send(["a", "\udc80"])

        await ada.send([b"still", bytearray(b" there")])
        assert await ada.recv() == b"still there"


@both_wires
@pytest.mark.parametrize(
    ("code", "reason", "kind", "expected"),
    [
        (
            "1000",
            "",
            ValueError,
            "close code '1000' cannot be sent; use an int",
        ),
        (True, "", ValueError, "close code True cannot be sent"),
        (1005, "", ValueError, "close code 1005 cannot be sent; use 1000 to"),
        (1000, None, TypeError, "the reason is a text, not None"),
        (1000, "é" * 62, ValueError, "the reason is 124 bytes long"),
        (None, "\udc80", ValueError, "one half of a character"),
    ],
)
async def test_close_says_what_it_takes_and_closes_nothing(
    code: Any, reason: Any, kind: type[Exception], expected: str
) -> None:
    server = serve(echo)
    ada = await server.connect("/", "ada")

    with pytest.raises(kind, match=expected):
        await ada.close(code, reason)

    await ada.send("still there")
    assert await ada.recv() == "still there"
    assert server.clients == [ada]
    await ada.close(None)
    assert ada.close_code == 1005


@both_wires
async def test_send_says_what_no_text_may_hold() -> None:
    async with await serve(echo).connect("/") as ada:
        with pytest.raises(ValueError, match=r"cannot say '\\ud800', one half"):
            await ada.send("\ud800")

        await ada.send("😀")
        assert await ada.recv() == "😀"


@both_wires
async def test_a_client_that_is_not_awaited_says_so() -> None:
    ada: Any = serve(echo).connect(name="ada")

    with pytest.raises(AttributeError, match="write 'ada = await server"):
        await ada.send("hi")
    assert (
        repr(ada) == "<a client on its way; write 'await' to have it connected>"
    )


@both_wires
async def test_connect_wants_a_name_that_is_a_str() -> None:
    name: Any = 5
    with pytest.raises(TypeError, match="a client's name is a str, not 5"):
        await serve(echo).connect(name=name)


@both_wires
async def test_connect_wants_a_list_of_subprotocols() -> None:
    with pytest.raises(TypeError, match=r"write \['chat'\]"):
        await serve(echo).connect(subprotocols="chat")


def test_connect_wants_a_path() -> None:
    problem = re.escape("a path begins with '/'; got 'ws/'")
    with pytest.raises(ValueError, match=problem):
        serve(echo).connect("ws/")


@both_wires
async def test_a_closed_client_says_so() -> None:
    async with serve(echo).connect() as client:
        await client.close(4000, "bye")

        with pytest.raises(ConnectionClosed):
            await client.send("x")
        with pytest.raises(ConnectionClosed):
            await client.recv()
        assert (client.close_code, client.close_reason) == (4000, "bye")


@both_wires
async def test_a_client_learns_the_code_that_the_application_chose() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await send({"type": "websocket.accept"})
            close = {"type": "websocket.close", "code": 4001}
            await send({**close, "reason": "enough"})

    async with serve(application).connect() as client:
        with pytest.raises(ConnectionClosedError):
            await client.recv()
        assert (client.close_code, client.close_reason) == (4001, "enough")


@both_wires
async def test_a_failed_block_closes_the_client() -> None:
    server = serve(echo)
    client: Client | None = None

    with pytest.raises(ZeroDivisionError):
        async with server.connect() as client:
            _ = 1 / 0

    assert client is not None
    assert client.close_code == 1000


@both_wires
async def test_a_block_that_is_not_entered_closes_nothing() -> None:
    connecting = serve(echo).connect()

    await connecting.__aexit__()


# Names


@both_wires
async def test_a_client_of_the_same_name_is_closed_before() -> None:
    server = serve(echo)
    first = await server.connect(name="ada")
    bob = await server.connect(name="bob")

    second = await server.connect(name="ada")

    assert first.close_code == 1000
    assert server.clients == [bob, second]
    await bob.close()
    await second.close()


@both_wires
async def test_clients_without_a_name_are_numbered() -> None:
    server = serve(echo)
    async with server.connect() as first, server.connect() as second:
        assert repr([first, second]) == (
            "[<client 'browser#1'>, <client 'browser#2'>]"
        )


async def test_a_client_of_another_event_loop_is_left_alone() -> None:
    server = serve(echo)
    ada = await server.connect(name="ada")

    async def elsewhere() -> None:
        async with server.connect(name="ada") as client:
            await client.send("x")
            assert await client.recv() == "x"

    await asyncio.to_thread(lambda: asyncio.run(elsewhere()))

    await ada.send("still here")
    assert await ada.recv() == "still here"
    await ada.close()


async def test_connecting_may_be_cancelled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = serve(echo)
    opened: list[socket.socket] = []

    async def cancelled(sock: socket.socket, address: Any) -> None:
        opened.append(sock)
        raise asyncio.CancelledError

    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", cancelled)
    with pytest.raises(asyncio.CancelledError):
        await server.connect()

    assert opened[0].fileno() == -1
