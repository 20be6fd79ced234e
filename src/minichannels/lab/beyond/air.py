"""``air()``: what is between radio stations, without radio and without sound.

How it works: it is the modem of all stations at once. Whatever one of them
transmits, all others hear; and some of it nobody, on purpose. Real modems make
sound of a frame, and sound of two at the same time is noise: not here.
"""

import asyncio
import contextlib
import itertools
import socket
from collections.abc import Collection
from concurrent.futures import Future

from minichannels.exceptions import WireError
from minichannels.flow.web.listening import listen
from minichannels.lab.beyond.held import HeldLoop, HeldPerson, Line, leave
from minichannels.lab.keeping.files import room_for_files
from minichannels.protocols import aprs, ax25, kiss
from minichannels.protocols.ax25 import Ax25Frame, Station
from minichannels.protocols.kiss import KissFrame, KissReader

# In so many turns of the loop whoever has connected before is there to hear.
_TURNS = 5


class AirStation(HeldPerson):
    """A station whose operator is a notebook; made by ``connect()``.

    It acknowledges what it hears. Nothing else is done by itself: what nobody
    acknowledges is sent again by hand.
    """

    def __init__(self, url: str, name: str, line: Line) -> None:
        super().__init__(url, name, line)
        self._numbers = itertools.count(1)
        self._last: aprs.Aprs

    async def send(self, text: str, to: str = "N0CALL-1") -> None:
        """Transmit a message, with a new number."""
        self._last = aprs.AprsMessage(to, text, str(next(self._numbers)))
        await self.send_again()

    async def send_again(self) -> None:
        """Transmit the last message once more."""
        self._transmit(self._last)
        await self.writer.drain()

    def _transmit(self, packet: aprs.Aprs) -> None:
        source = Station.parse(self.name)
        frame = Ax25Frame(Station("APRS"), source, aprs.encode(packet))
        self.writer.write(kiss.encode(KissFrame(ax25.encode(frame))))

    async def listen(self) -> None:
        """Hear what comes for this station, until the line ends."""
        frames = KissReader()
        while data := await self.reader.read(kiss.LARGEST):
            found = [f for f in frames.feed(data) if isinstance(f, KissFrame)]
            for frame in found:
                with contextlib.suppress(WireError):  # noise
                    self._hear(ax25.decode(frame.data))

    def _hear(self, frame: Ax25Frame) -> None:
        packet = aprs.decode(frame.info)
        if isinstance(packet, aprs.AprsOther) or packet.addressee != self.name:
            return
        if isinstance(packet, aprs.AprsMessage) and packet.number:
            sender = str(frame.source)
            self._transmit(aprs.AprsAnswer(sender, packet.number))
        self.heard.put_nowait(frame.info[11:].decode())


class Air(HeldLoop):
    """Air; made by ``air()``.

    Attributes:
        heard: what was transmitted, in words, in order.
    """

    scheme = "kiss"

    def __init__(self, listener: socket.socket, lose: Collection[int]) -> None:
        self.heard: list[str] = []
        self._lose = frozenset(lose)
        self._waiting: list[tuple[int, Future[None]]] = []
        super().__init__(listener)

    def __str__(self) -> str:
        lines = (f"{n}. {line}" for n, line in enumerate(self.heard, 1))
        title = "Air, a stand-in: frames are copied, and there is no sound."
        return "\n".join([title, *lines])

    async def connect(self, callsign: str) -> AirStation:
        """Put up a station for cells to operate; a former one is gone."""
        Station.parse(callsign)  # raises what is wrong with it
        leave(self.url, callsign)
        port = int(self.url.rpartition(":")[2])
        line = await asyncio.open_connection("127.0.0.1", port)
        return AirStation(self.url, callsign, line)

    async def transmitted(self, number: int, timeout: float = 5) -> None:
        """Wait until so many transmissions were made, also lost ones.

        Raises:
            TimeoutError: there are fewer, after so many seconds.
        """
        waiting = number, Future[None]()
        self.loop.call_soon_threadsafe(self._tell, waiting)
        async with asyncio.timeout(timeout):
            await asyncio.wrap_future(waiting[1])

    # In the thread

    async def talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Copy what a station transmits to all others, until it is gone."""
        frames = KissReader()
        while data := await reader.read(kiss.LARGEST):
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            for frame in frames.feed(data):
                if isinstance(frame, KissFrame) and frame.command == kiss.DATA:
                    self._transmit(frame, writer)

    def _transmit(self, frame: KissFrame, sender: asyncio.StreamWriter) -> None:
        is_lost = len(self.heard) + 1 in self._lose
        self.heard.append(f"{_words(frame)}{'  ✗ lost' if is_lost else ''}")
        self._tell()
        for station in self.writers:
            if station is not sender and not is_lost:
                station.write(kiss.encode(frame))

    def _tell(self, *more: tuple[int, Future[None]]) -> None:
        """Let those go on who wait for what has been transmitted."""
        waiting = [*self._waiting, *more]
        self._waiting = [w for w in waiting if w[0] > len(self.heard)]
        for number, future in waiting:
            if number <= len(self.heard) and not future.done():
                future.set_result(None)


def _words(frame: KissFrame) -> str:
    try:
        found = ax25.decode(frame.data)
    except WireError as error:
        return str(error)
    path = ",".join(map(str, [found.destination, *found.path]))
    info = found.info.decode("utf-8", errors="replace")
    return f"{found.source}>{path}:{info}"


@room_for_files()
def air(port: int = 0, *, lose: Collection[int] = ()) -> Air:
    """Have stations of this machine hear each other, as if by radio.

    Args:
        port: the port to listen on; 0 for a free one.
        lose: the numbers, from 1, of the transmissions that nobody hears.

    Raises:
        TypeError, ValueError: there is no such port.
        OSError: the port is in use.
    """
    return Air(listen("127.0.0.1", port), lose)
