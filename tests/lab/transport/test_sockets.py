import asyncio
import errno
import socket
from typing import Any

import pytest

from minichannels.flow.web.listening import at_once, listen
from minichannels.lab import serve
from minichannels.lab.transport.sockets import SocketDialer
from support.lab import echo

NO_PORT = OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")


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
