"""Chat servers of others, and somebody who uses one."""

import asyncio
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import pytest

from minichannels.protocols.irc import IrcLine, decode, encode
from minichannels.protocols.places import find
from support.limit import LIMIT

SETTINGS = """
[Global]
Name = irc.test
Info = for tests
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = hello
[Limits]
MaxConnectionsIP = 0
MaxPenaltyTime = 0
MaxJoins = 0
[Options]
Ident = no
DNS = no
PAM = no
"""


@contextmanager
def ngircd(folder: Path, port: int = 0) -> Iterator[str]:
    """Run ngircd; give its address."""
    port = port or free_port()
    with started_ngircd(folder, port) as process:
        try:
            yield f"irc://127.0.0.1:{port}"
        finally:
            process.terminate()


def started_ngircd(folder: Path, port: int) -> "subprocess.Popen[bytes]":
    """Start ngircd; return it when it listens."""
    program = shutil.which("ngircd") or shutil.which("/usr/sbin/ngircd")
    if program is None:
        pytest.skip("ngircd is not installed")
    settings = folder / "ngircd.conf"
    settings.write_text(SETTINGS.format(port=port), encoding="utf-8")
    process = subprocess.Popen(
        [program, "-n", "-f", str(settings)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for_port(port)
    return process


def free_port() -> int:
    """Return a port that nobody uses by now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for_port(port: int) -> None:
    """Wait until somebody listens there."""
    end = time.monotonic() + LIMIT
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return


@contextmanager
def chat_server(kind: str, folder: Path) -> Iterator[str]:
    """Run a chat server of one of the two kinds."""
    if kind == "ngircd":
        with ngircd(folder) as url:
            yield url
    else:
        from minichannels.lab.beyond.irc_server import irc_server

        with irc_server() as server:
            yield server.url


class IrcUser:
    """Somebody with a client of the simplest kind."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._reader = reader
        self._writer = writer

    def do(self, command: str, *parameters: str) -> None:
        self._writer.write(encode(IrcLine(command, parameters)))

    def write(self, data: bytes) -> None:
        self._writer.write(data)

    def say(self, text: str, target: str) -> None:
        self.do("PRIVMSG", target, text)

    async def next(self, *commands: str) -> IrcLine:
        """Return the next line of one of some kinds."""
        async with asyncio.timeout(LIMIT):
            while True:
                line = decode(await self._reader.readuntil(b"\n"))
                if line.command == "PING":
                    self.do("PONG", line.text)
                if line.command in commands:
                    return line

    async def heard(self) -> str:
        """Return what somebody says next."""
        return (await self.next("PRIVMSG")).text


@asynccontextmanager
async def user(
    url: str, nick: str, channel: str = ""
) -> AsyncIterator[IrcUser]:
    """Connect somebody, who joins a channel."""
    place = find(url, "irc", 6667, allow_remote=False)
    reader, writer = await asyncio.open_connection(place.host, place.port)
    made = IrcUser(reader, writer)
    made.do("NICK", nick)
    made.do("USER", nick, "0", "*", nick)
    await made.next("001")
    if channel:
        made.do("JOIN", channel)
        await made.next("366")
    try:
        yield made
    finally:
        writer.close()
        await writer.wait_closed()


class OneClient:
    """A chat server that says what a test has it say."""

    def __init__(self) -> None:
        self.connections = asyncio.Queue[IrcUser]()
        self.url = ""
        self._writers: list[asyncio.StreamWriter] = []

    @asynccontextmanager
    async def listening(self, port: int = 0) -> AsyncIterator["OneClient"]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", port)
        self.url = f"irc://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
            for writer in self._writers:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()

    async def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._writers.append(writer)
        await self.connections.put(IrcUser(reader, writer))

    async def welcomed(self) -> IrcUser:
        client = await self.connections.get()
        await client.next("USER")
        client.write(b":irc 001 bot :Welcome\r\n")
        return client
