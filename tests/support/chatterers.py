"""Who talks to an echo, in a process of its own: ``python chatterers.py …``.

The process ends when all has come back.
"""

import asyncio
import sys

import aiomqtt

AT_ONCE = 100
WELCOME = b":server 001 bot :hello\r\n"
SAYS = b":ada!ada@host PRIVMSG bot :a message of an ordinary length\r\n"


async def mqtt(port: int, count: int) -> None:
    """Publish to ``in``, far ahead of what comes back on ``out``."""
    room = asyncio.Semaphore(AT_ONCE)
    async with aiomqtt.Client("127.0.0.1", port) as client:
        await client.subscribe("out/#")

        async def publish() -> None:
            for _ in range(count):
                await room.acquire()
                await client.publish("in/light", b"an ordinary payload")

        publishing = asyncio.create_task(publish())
        for _ in range(count):
            await anext(client.messages)
            room.release()
        await publishing


async def irc(count: int) -> None:
    """Be a server, on a port that is printed.

    Its only user says something when the last has come back.
    """
    done = asyncio.Event()

    async def talk(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"USER")
        writer.write(WELCOME)
        for _ in range(count):
            writer.write(SAYS)
            while b"PRIVMSG" not in await reader.readline():
                pass
        writer.close()
        done.set()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await done.wait()
    server.close()


if __name__ == "__main__":
    protocol, *numbers = sys.argv[1:]
    talk = {"mqtt": mqtt, "irc": irc}[protocol]
    asyncio.run(talk(*map(int, numbers)))  # type: ignore[operator]
