"""A lean HTTP load: a process of its own that drives some connections.

``python -m support.http_load HOST PORT CLIENTS REQUESTS PID`` prints what
``support.load`` does. Each client sends REQUESTS on one connection, each after
the answer to the one before; all answers are equally long.
"""

import asyncio
import sys
import time

import psutil

from support.load import worked

REQUEST = b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def visit(host: str, port: int, requests: int) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    for _ in range(requests):
        writer.write(REQUEST)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        assert await reader.readexactly(5) == b"hello"
    writer.close()


async def main(host: str, port: int, clients: int, n: int, pid: int) -> None:
    server = psutil.Process(pid)
    await visit(host, port, 20)
    begun, work = time.perf_counter(), worked(server)
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        for _ in range(clients):
            tasks.create_task(visit(host, port, n))
    took = time.perf_counter() - begun
    sys.stdout.write(f"{took} {worked(server) - work}\n")


if __name__ == "__main__":
    _, host, *numbers = sys.argv
    port, clients, requests, pid = map(int, numbers)
    asyncio.run(main(host, port, clients, requests, pid))
