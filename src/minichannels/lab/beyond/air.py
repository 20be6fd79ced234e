"""``air()``: what is between radio stations, without radio and without sound.

How it works: it is the modem of all stations at once. Whatever one of them
transmits, all others hear; and some of it nobody, on purpose. Real modems make
sound of a frame, and sound of two at the same time is noise: not here.
"""

import asyncio
import socket
import threading
from collections.abc import Collection

from minichannels.lab.beyond.held import HeldServer
from minichannels.protocols import ax25, kiss
from minichannels.protocols.errors import WireError
from minichannels.protocols.kiss import KissFrame, KissReader

# In so many turns of the loop whoever has connected before is there to hear.
_TURNS = 5


class Air(HeldServer):
    """Air; made by ``air()``.

    Attributes:
        heard: what was transmitted, in words, in order.
    """

    def __init__(self, listener: socket.socket, lose: Collection[int]) -> None:
        self.url = f"kiss://127.0.0.1:{listener.getsockname()[1]}"
        self.heard: list[str] = []
        self._lose = frozenset(lose)
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._stations: list[asyncio.StreamWriter] = []
        self._thread = threading.Thread(
            target=self._run,
            args=[listener],
            name="minichannels air",
            daemon=True,
        )
        super().__init__()
        self._thread.start()

    def __str__(self) -> str:
        lines = (f"{n}. {line}" for n, line in enumerate(self.heard, 1))
        title = "Air, a stand-in: frames are copied, and there is no sound."
        return "\n".join([title, *lines])

    def end(self) -> None:
        """End it, and its connections."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    # In the thread

    def _run(self, listener: socket.socket) -> None:
        self._loop.run_until_complete(self._serve(listener))
        self._loop.close()

    async def _serve(self, listener: socket.socket) -> None:
        server = await asyncio.start_server(self._station, sock=listener)
        await self._over.wait()
        server.close()
        for writer in self._stations:
            writer.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _station(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._stations.append(writer)
        frames = KissReader()
        while data := await reader.read(kiss.LARGEST):
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            for frame in frames.feed(data):
                if isinstance(frame, KissFrame) and frame.command == kiss.DATA:
                    self._transmit(frame, writer)
        self._stations.remove(writer)
        writer.close()

    def _transmit(self, frame: KissFrame, sender: asyncio.StreamWriter) -> None:
        is_lost = len(self.heard) + 1 in self._lose
        self.heard.append(f"{_words(frame)}{'  ✗ lost' if is_lost else ''}")
        for station in self._stations:
            if station is not sender and not is_lost:
                station.write(kiss.encode(frame))


def _words(frame: KissFrame) -> str:
    try:
        found = ax25.decode(frame.data)
    except WireError as error:
        return str(error)
    path = ",".join(map(str, [found.destination, *found.path]))
    info = found.info.decode("utf-8", errors="replace")
    return f"{found.source}>{path}:{info}"


def air(port: int = 0, *, lose: Collection[int] = ()) -> Air:
    """Have stations of this machine hear each other, as if by radio.

    Args:
        port: the port to listen on; 0 for a free one.
        lose: the numbers, from 1, of the transmissions that nobody hears.

    Raises:
        OSError: the port is in use.
    """
    return Air(socket.create_server(("127.0.0.1", port)), lose)
