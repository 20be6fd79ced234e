"""A program that has served ends, whatever its application does."""

import subprocess
import sys
from pathlib import Path

import pytest

from support.servers import LIMIT

# What each handler goes on with when it should end.
HANDLERS = {
    "a handler": """
        while True:
            try:
                await asyncio.sleep(0.1)
                await self.send(text_data="tick")
            except:
                pass
""",
    "a task": """
        async def tick():
            while True:
                try:
                    await asyncio.sleep(0.1)
                    await self.send(text_data="tick")
                except:
                    pass
        self.task = asyncio.create_task(tick())
""",
    "an async generator": """
        async def ticks():
            try:
                yield 1
            finally:
                while True:
                    try:
                        await asyncio.sleep(1)
                    except:
                        pass
        self.ticks = ticks()
        await anext(self.ticks)
""",
    "a call that blocks": """
        await asyncio.sleep(0)
        time.sleep(10_000)
""",
}
PROGRAM = """
import asyncio, gc, time
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.lab import serve
from minichannels.lab.transport import uvicorn_thread

uvicorn_thread.GRACE = uvicorn_thread.PATIENCE = 0.3

class Stays(AsyncWebsocketConsumer):
    async def connect(self):
        await self.accept()
{handler}

async def main():
    server = serve(Stays.as_asgi(), wire="socket")
    ada = await server.connect("/", name="ada")
    {end}

asyncio.run(main())
gc.collect()
print("collected")
"""


@pytest.mark.parametrize("end", ["server.stop()", "pass"])
@pytest.mark.parametrize("name", HANDLERS)
def test_program_ends(tmp_path: Path, name: str, end: str) -> None:
    program = tmp_path / "program.py"
    text = PROGRAM.format(handler=HANDLERS[name], end=end)
    program.write_text(text, encoding="utf-8")

    done = subprocess.run(
        [sys.executable, str(program)],
        check=True,
        capture_output=True,
        encoding="utf-8",
        timeout=4 * LIMIT,
    )

    assert done.stdout == "collected\n"
    warnings = 1 if end == "server.stop()" else 0
    assert done.stderr.count("RuntimeWarning: the server") == warnings
