"""A lean WebSocket load: a process of its own that drives many clients.

``python -m support.load HOST PORT KIND CLIENTS FRAMES PID`` prints the seconds
that it took, and how many of them the server's process was at work. Each client
of an echo sends FRAMES, each after the answer to the one before. In a chat up
to 20 clients speak at a time, FRAMES times, each time when everybody has heard
everything. All frames are equal, so what came is counted by its length.
"""

import asyncio
import base64
import contextlib
import os
import sys
import time
from importlib import import_module

import psutil

TEXT = b"a message of an ordinary length, as people write in a chat"
MASK = b"\1\2\3\4"
FRAME = (
    bytes([0x81, 0x80 | len(TEXT)])
    + MASK
    + bytes(byte ^ MASK[n % 4] for n, byte in enumerate(TEXT))
)
ANSWER = bytes([0x81, len(TEXT)]) + TEXT
SPEAKERS = 20


class Client(asyncio.Protocol):
    """A client that counts the frames that it receives."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.done: asyncio.Future[None] = loop.create_future()
        self.wanted = 0
        self.echoing = False
        self._received = bytearray()
        self._heard = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self.opened.done():
            head, end, rest = self._received.partition(b"\r\n\r\n")
            if not end:
                return
            assert b" 101 " in head.splitlines()[0], head
            self._received = rest
            self.opened.set_result(None)
        self._answer_pings()
        while len(self._received) >= len(ANSWER):
            answer = bytes(self._received[: len(ANSWER)])
            del self._received[: len(ANSWER)]
            assert answer == ANSWER, answer
            self._heard += 1
            if self._heard == self.wanted:
                self.done.set_result(None)
            elif self.echoing:
                self.speak()
            self._answer_pings()

    def _answer_pings(self) -> None:
        # A slow server has the time to ask whether its clients are there.
        while self._received[:1] == b"\x89" and len(self._received) > 1:
            size = self._received[1]
            content = self._received[2 : 2 + size]
            if len(content) < size:
                return
            del self._received[: 2 + size]
            self.transport.write(
                bytes([0x8A, 0x80 | size, 0, 0, 0, 0]) + content
            )

    def connection_lost(self, exc: Exception | None) -> None:
        for future in (self.opened, self.done):
            if not future.done():
                future.set_exception(ConnectionError("the server left"))
                future.exception()  # nobody may be waiting for it

    def speak(self) -> None:
        self.transport.write(FRAME)

    def expect(self, frames: int) -> None:
        """Begin to wait for that many more frames."""
        self.wanted = self._heard + frames
        self.done = asyncio.get_running_loop().create_future()


async def echo(clients: list[Client], frames: int) -> None:
    for client in clients:
        client.echoing = True
        client.expect(frames)
        client.speak()
    await asyncio.gather(*(client.done for client in clients))


async def chat(clients: list[Client], frames: int) -> None:
    speakers = clients[:SPEAKERS]
    for _ in range(frames):
        for client in clients:
            client.expect(len(speakers))
        for client in speakers:
            client.speak()
        await asyncio.gather(*(client.done for client in clients))


def worked(server: psutil.Process) -> float:
    """Return how many seconds a process has been at work."""
    times = server.cpu_times()
    return float(times.user + times.system)


async def main(
    host: str, port: int, kind: str, count: int, n: int, pid: int
) -> None:
    server = psutil.Process(pid)
    loop = asyncio.get_running_loop()
    clients = []
    for _ in range(count):
        _, client = await loop.create_connection(Client, host, port)
        await client.opened
        clients.append(client)
    begun, work = time.perf_counter(), worked(server)
    async with asyncio.timeout(120):
        await (echo if kind == "echo" else chat)(clients, n)
    took = time.perf_counter() - begun
    sys.stdout.write(f"{took} {worked(server) - work}\n")
    for client in clients:
        client.transport.abort()


def allow_many_sockets() -> None:
    """Lift the limit of open files, where there is one to lift."""
    with contextlib.suppress(ImportError):  # Windows has neither
        resource = import_module("resource")
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    allow_many_sockets()
    _, host, port, kind, *numbers = sys.argv
    count, frames, pid = map(int, numbers)
    asyncio.run(main(host, int(port), kind, count, frames, pid))
