import asyncio
import contextlib
import errno
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from minichannels.flow.web.listening import at_once, listen
from minichannels.lab import serve
from minichannels.lab.transport.sockets import SocketDialer
from minichannels.types import Scope
from support.lab import echo

Late = contextlib.AbstractContextManager[None]

NO_PORT = OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")


async def dialled(server: Any) -> Late:
    """Connect to a server; at the end of the block it has let go of that."""
    connect = socket.create_connection
    line = await asyncio.to_thread(connect, server._wire.address, 5)

    @contextlib.contextmanager
    def over() -> Iterator[None]:
        with line, contextlib.suppress(ConnectionResetError):
            yield
            assert line.recv(1) == b""

    return over()


async def test_connect_says_why_there_is_no_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def failing(*args: Any) -> None:
        raise NO_PORT

    server = serve(echo)
    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", failing)

    with pytest.raises(ConnectionError, match="server: Cannot assign") as told:
        await server.connect("/")

    assert told.value.__cause__ is NO_PORT


async def test_connect_says_that_no_socket_is_to_be_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def failing(*args: Any, **named: Any) -> None:
        raise OSError("none left")

    server = serve(echo)
    with monkeypatch.context() as patched:
        patched.setattr(socket, "socket", failing)
        with pytest.raises(ConnectionError, match="the server: none left"):
            await server.connect("/")

    ada = await server.connect("/")  # it runs
    await ada.send("hi")
    assert await ada.recv() == "hi"
    await ada.close()


async def test_connect_says_that_the_server_could_accept_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The last file that may be open is the client's end, none is left for the
    # server's.
    def failing(*args: Any) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    server = serve(echo)
    with monkeypatch.context() as patched:
        patched.setattr(socket.socket, "dup", failing)
        with pytest.raises(ConnectionError, match="server: Too many open"):
            await server.connect("/")
        with pytest.raises(ConnectionError, match="server: Too many open"):
            await server.get("/")

    async with server.connect("/"):  # it runs
        pass


async def test_what_either_end_writes_goes_out_at_once() -> None:
    option = (socket.IPPROTO_TCP, socket.TCP_NODELAY)
    with at_once(listen("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        loop = asyncio.get_running_loop()
        accepting = asyncio.create_task(loop.sock_accept(listener))
        line = await SocketDialer(listener.getsockname()).dial()
        transport, _ = await line.use(asyncio.Protocol)
        connection, _ = await asyncio.wait_for(accepting, 5)

    with connection:
        assert connection.getsockopt(*option)
        assert transport.get_extra_info("socket").getsockopt(*option)
        transport.close()
        await asyncio.sleep(0)


async def test_stop_lets_go_of_whoever_connects_in_that_moment() -> None:
    held, connected = threading.Event(), threading.Event()

    async def application(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise ValueError("it has none")
        held.set()
        assert connected.wait(5)  # nobody is accepted meanwhile
        server.stop()

    server = serve(application, wire="socket")
    asking = asyncio.create_task(server.get("/"))
    assert await asyncio.to_thread(held.wait, 5)
    with await dialled(server):
        connected.set()
        assert (await asking).status == 500  # it was not told


async def test_stop_that_is_cut_short_lets_go_of_whoever_connects() -> None:
    asked, held, connected = (threading.Event() for _ in range(3))

    async def application(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise ValueError("it has none")
        asked.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            held.set()
            assert connected.wait(5)

    server = serve(application, wire="socket")
    asking = asyncio.create_task(server.get("/"))
    assert await asyncio.to_thread(asked.wait, 5)
    wire: Any = server._wire
    wire._thread._call(wire._thread._main.cancel)  # as an interrupt does
    assert await asyncio.to_thread(held.wait, 5)
    with await dialled(server):
        connected.set()
        with pytest.raises(ConnectionError):
            await asking
