"""``irc_server()``: a chat server in this kernel, from the package ``irc``.

How it works: that package has a small server, with a thread for each client.
It looks at its clients without a pause, as each can always be written to; ours
looks for that only if there is something to write.
"""

import asyncio
import importlib
import logging
import select
import socket
import threading
from contextlib import suppress
from typing import Any

from minichannels.flow.web.listening import listen
from minichannels.lab.beyond.held import HeldPerson, HeldServer, Line, leave
from minichannels.lab.keeping.files import room_for_files
from minichannels.protocols.irc import IrcLine, decode, encode

LIMIT = 5.0
"""How many seconds joining a channel may take."""

_PAUSE = 0.02  # how long something to write may wait


class IrcUser(HeldPerson):
    """Somebody in a channel of a chat server; made by ``connect()``.

    What others say in the channel is passed over: heard is what is said to
    this user alone.
    """

    def __init__(self, url: str, name: str, line: Line, channel: str) -> None:
        super().__init__(url, name, line)
        self.joined = asyncio.Event()
        self._channel = channel
        self._do("NICK", name)
        self._do("USER", name, "0", "*", name)

    async def send(self, text: str, to: str = "") -> None:
        """Say something: in the channel, or to somebody alone."""
        self._do("PRIVMSG", to or self._channel, text)
        await self.writer.drain()

    def _do(self, command: str, *parameters: str) -> None:
        self.writer.write(encode(IrcLine(command, parameters)))

    async def listen(self) -> None:
        """Hear what is said, until the line ends."""
        while data := await self.reader.readline():
            match decode(data):
                case IrcLine("PRIVMSG", (to, text)) if to == self.name:
                    self.heard.put_nowait(text)
                case IrcLine("433"):  # whoever had it is about to go
                    await asyncio.sleep(_PAUSE)
                    self._do("NICK", self.name)
                case IrcLine("001"):
                    self._do("JOIN", self._channel)
                case IrcLine("366"):
                    self.joined.set()


class IrcServer(HeldServer):
    """A chat server; made by ``irc_server()``."""

    def __init__(self, server: Any) -> None:
        super().__init__()
        self._server = server
        self.url = f"irc://127.0.0.1:{server.server_address[1]}"
        self._thread = threading.Thread(
            target=server.serve_forever,
            kwargs={"poll_interval": _PAUSE},
            name="minichannels irc server",
            daemon=True,
        )
        self._thread.start()

    async def connect(self, name: str, channel: str = "#lobby") -> IrcUser:
        """Let somebody join a channel; who had that name has left.

        Raises:
            TimeoutError: a program has that name.
        """
        leave(self.url, name)
        port = self._server.server_address[1]
        line = await asyncio.open_connection("127.0.0.1", port)
        user = IrcUser(self.url, name, line, channel)
        try:
            async with asyncio.timeout(LIMIT):
                await user.joined.wait()
        except TimeoutError:
            user.stop()
            raise TimeoutError(f"{name} could not join {channel}") from None
        return user

    def end(self) -> None:
        """End it, and its connections."""
        leave(self.url)
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        for thread, request in self._server.requests:
            with suppress(OSError):  # gone already
                request.shutdown(socket.SHUT_RDWR)
            thread.join()


@room_for_files()
def irc_server(port: int = 0) -> IrcServer:
    """Start a chat server on this machine, for this machine.

    Args:
        port: the port to listen on; 0 for a free one.

    Raises:
        ImportError: there is none; says how to get it.
        TypeError, ValueError: there is no such port.
        OSError: the port is in use.
    """
    try:
        others: Any = importlib.import_module("irc.server")
    except ImportError as error:
        raise ImportError(
            f"irc_server() needs {error.name}; run"
            ' pip install "minichannels[beyond]"'
        ) from None
    # Without a handler, what it has to say of its clients would be printed.
    logging.getLogger(others.__name__).addHandler(logging.NullHandler())
    listen("127.0.0.1", port).close()  # it says what is wrong with a port
    server = _quiet(others)(("127.0.0.1", port), _patient(others))
    server.requests = []
    return IrcServer(server)


def _quiet(others: Any) -> Any:
    def handle_error(self: Any, request: Any, client_address: Any) -> None:
        """Print nothing: who sends nonsense is cut off, and that is all."""

    return type("Quiet", (others.IRCServer,), {"handle_error": handle_error})


def _patient(others: Any) -> Any:
    def handle(self: Any) -> None:
        self.server.requests.append((threading.current_thread(), self.request))
        others.IRCClient.handle(self)

    def handle_one(self: Any) -> None:
        wanted = [self.request] if self.send_queue else []
        ready, _, _ = select.select([self.request], wanted, [], _PAUSE)
        while self.send_queue:
            self._send(self.send_queue.pop(0))
        if ready:
            self._handle_incoming()

    methods = {"handle": handle, "_handle_one": handle_one}
    return type("Patient", (others.IRCClient,), methods)
